"""nbdev_test with the longest notebooks first: one that starts last would keep the other workers waiting

    python tools/longest_first.py --timing    # takes the options of nbdev_test"""
from collections.abc import Callable
from pathlib import Path

import nbdev.test
from fastcore.parallel import parallel

# Names of notebooks, as `--timing` lists them
LONGEST = ('49e_whole_runs', '61d_sweep', '61c_run', '35_mixer_kernels', '32b_mlstm_kernels', '41_distributed',
           '70_check', '73_cli', '55d_submission', '05_gpus', '07_hypothesis', '30c_model', '16i_curate',
           '01_ten_minutes', '03_own_mixer')


def _place(path: Path) -> int: return LONGEST.index(path.stem) if path.stem in LONGEST else len(LONGEST)


def run(test: Callable, notebooks: list[Path], **options) -> list[tuple]: # what `test` returns, by notebook
    "Test notebooks in parallel, the longest first"
    ordered = sorted(notebooks, key=_place)
    results = dict(zip(ordered, parallel(test, ordered, **options)))
    return [results[path] for path in notebooks]


if __name__=='__main__':
    nbdev.test.parallel = run    # nbdev_test has no option for an order
    nbdev.test.nbdev_test()
