# make demo | test | setup | outputs | docs | lab
PY ?= python3
# torch 2.13.0 needs triton 3.7.1; its CPU build brings none, and the kernels are tested under Triton's interpreter
TORCH ?= torch==2.13.0 $(if $(filter Linux,$(shell uname -s)),triton==3.7.1)
V := .venv/bin
export PATH := $(CURDIR)/$(V):$(PATH)

demo: setup ## the pipeline end to end on a small world of its own, a few minutes on a CPU
	blalm demo --out _runs/demo

test: setup ## every notebook and tool, and whether notebooks, package and README are in step
	bash .ci/nbtest

setup: $(V)/.ok ## a virtual environment with everything
$(V)/.ok: settings.ini setup.py Makefile
	test -x $(V)/python || $(PY) -m venv .venv
	$(V)/pip install -q --disable-pip-version-check $(TORCH)
	$(V)/pip install -q --disable-pip-version-check -e '.[dev]'
	touch $@

outputs: setup ## run the notebooks and store what they print and draw
	OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 TRITON_INTERPRET=1 PYTHONWARNINGS=ignore python tools/dev.py outputs && nbdev_clean

docs: setup ## the notebooks as a site in _docs, with Quarto where it is installed, else with pandoc
	OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 PYTHONWARNINGS=ignore python tools/dev.py docs

lab: setup ## the notebooks, to read and run
	jupyter lab nbs

.PHONY: demo test setup outputs docs lab
