"""Run functions and commands of blalm in forks of this process, which has imported what they need"""
import functools
import gc
import importlib
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from blalm.__main__ import ending_at_once, main
from blalm.signals import holding_interrupts

TRACEBACK = 70    # exit code of a fork in which something was raised that the command line does not expect
LIBRARIES = ('datasets', 'plotly.graph_objects', 'pyarrow.parquet', 'pylangacq', 'scipy.stats', 'scipy.optimize',
             'sklearn.feature_extraction.text', 'sklearn.linear_model', 'sklearn.model_selection')
SETTINGS = dict(OMP_NUM_THREADS='1', TOKENIZERS_PARALLELISM='false', TQDM_DISABLE='1', HF_HUB_OFFLINE='1')


def import_all():
    "Import what the commands import, so that forks need not"
    os.environ |= SETTINGS
    from blalm import cli
    for module, _ in cli.COMMANDS.values(): importlib.import_module(f'blalm.{module}')
    cli.load_signature = functools.cache(cli.load_signature)    # reads all modules' source
    cli.parse(['words', '.'])
    for library in LIBRARIES: importlib.import_module(library)
    gc.freeze()    # so that a fork does not copy what it does not change


def _run_child(f: Callable, log: Path):
    "Call a function whose output goes to `log`, and end the process with what it returns"
    code = TRACEBACK
    try:
        fd = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(fd, 1)
        os.dup2(fd, 2)
        os.close(fd)
        sys.stdout = open(1, 'w', buffering=1, closefd=False, errors='backslashreplace')
        sys.stderr = open(2, 'w', buffering=1, closefd=False, errors='backslashreplace')
        signal.signal(signal.SIGINT, signal.default_int_handler)    # a shell's background jobs ignore it
        with ending_at_once():
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
            code = int(f() or 0)
    except SystemExit as e: code = int(e.code or 0)
    except BaseException: traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def start(f: Callable, log: Path) -> int: # process id
    "Begin to call a function in a fork"
    sys.stdout.flush()
    with holding_interrupts():    # until the fork can answer them
        pid = os.fork()
        if pid==0: _run_child(f, log)
    return pid


def wait(pid: int, seconds: float) -> int|None: # exit code, negative for a signal; None if it had to be killed
    "Wait for a fork to end"
    ended = os.pidfd_open(pid)
    in_time = select.select([ended], [], [], seconds)[0]
    os.close(ended)
    if not in_time: os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) if in_time else None


def run(f: Callable, log: Path, seconds: float=60) -> int|None: # as `wait` returns
    "Call a function in a fork"
    return wait(start(f, log), seconds)


def command(*argv: object) -> Callable[[], int]:
    "Return a function that runs a command of blalm and returns its exit code"
    def call() -> int:
        sys.argv = ['blalm', *map(str, argv)]
        signal.signal(signal.SIGINT, signal.default_int_handler)    # as at the start of a process
        return main()
    return call


def must_run(log: Path, *argv: object):
    "Run a command that has to succeed"
    code = run(command(*argv), log)
    if code: raise SystemExit(f'blalm {" ".join(map(str, argv))} ended with {code}:\n{log.read_text()}')
