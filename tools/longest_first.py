"""nbdev_test with the longest notebooks first: one that starts last would keep the other workers waiting

    python tools/longest_first.py --timing    # takes the options of nbdev_test"""
from collections.abc import Callable
from pathlib import Path

import nbdev.test
from fastcore.parallel import parallel

# Names of notebooks, as `--timing` lists them
LONGEST = ('61_run', '49_train', '35_mixer_kernels', '41_distributed', '32_mlstm_kernels', '70_check')


def _place(path: Path) -> int: return LONGEST.index(path.stem) if path.stem in LONGEST else len(LONGEST)


def run(test: Callable, notebooks: list[Path], **options) -> list[tuple]: # what `test` returns, by notebook
    "Test notebooks in parallel, the longest first"
    ordered = sorted(notebooks, key=_place)
    results = dict(zip(ordered, parallel(test, ordered, **options)))
    return [results[path] for path in notebooks]


if __name__=='__main__':
    nbdev.test.parallel = run    # nbdev_test has no option for an order
    nbdev.test.nbdev_test()
