"""Interrupt the commands that write, run them again, and compare what they wrote with an undisturbed run

    python tools/kill.py                     # 100 interruptions of all commands, some minutes
    python tools/kill.py --kills 10 --seed 7
    python tools/kill.py --replay 42         # interruption 42 of this seed alone, with what was printed

A command gets SIGKILL, SIGTERM or SIGINT before one of its system calls that change files, or at some time. In half
of the cases older output is there already. The command must end with the exit code that is documented, and the same
command must then succeed and leave the same bytes as if it had not been interrupted; times are not compared."""
import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

import small_world
import warm

SECONDS = 120


class Job(NamedTuple):
    "A command that writes; `{}` is the small world, `OUT` the folder that is compared"
    command: str
    older: str=''    # a command of the same settings that leaves older output there; none if empty


CURATE = 'curate {}/sources/jsonl/in --out OUT/corpus --dropped'
RECIPE = 'curate {}/sources/txt.zst/recipe.toml --out OUT/corpus'
PARQUET = 'curate {}/sources --out OUT/corpus --format parquet'
TOKENIZER = 'tokenizer {}/corpus --out OUT/tok --vocab-size 300'
JOBS = dict(
    curate=Job(CURATE, 'curate {}/sources/csv/in --out OUT/corpus'),
    curate_recipe=Job(RECIPE, RECIPE+' --dropped'),
    curate_parquet=Job(PARQUET, PARQUET+' --dropped'),
    tokenizer=Job(TOKENIZER, TOKENIZER),
    pack=Job('pack {}/corpus {}/tokenizer --out OUT/tokens', 'pack {}/sources/csv/in {}/tokenizer --out OUT/tokens'),
    train=Job('train {}/tokens --out OUT/run --dev {}/tokens TRAIN'),
    export=Job('export {}/stopped --out OUT/model', 'export {}/run --out OUT/model'),
    evaluate=Job('evaluate {}/run/model --data {}/tasks --out OUT/scores.json',
                 'evaluate {}/run/model --data {}/tasks --tasks blimp --out OUT/scores.json'),
    evaluate_pairs=Job('evaluate {}/run/model --data {}/pairs/pairs.csv --text {}/sources/csv/in '
                       '--out OUT/scores.json'),
    finetune=Job('finetune {}/run/model {}/glue --out OUT/tuned --epochs 1 --seeds 42,43'),
    surprisal=Job('surprisal {}/run/model {}/sources/csv/in/whole.csv --out OUT/words.csv',
                  'surprisal {}/run/model {}/sources/csv/in/whole.csv --out OUT/words.csv --context none'),
    submit=Job('submit {}/run {}/tasks --out OUT/submission --fast {}/tasks --glue {}/tuned'),
    distill=Job('distill {}/labels/labels.jsonl --out OUT/scorer.json'))

# --- what a command leaves

def _without_times(path: Path) -> bytes:
    "Return the content of a file without the times in it"
    if path.name=='result.json': return re.sub(rb'"seconds": [\d.]+', b'', path.read_bytes())
    if path.name!='log.jsonl': return path.read_bytes()
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows: row.pop('tokens_per_s', None)
    return json.dumps(rows).encode()


def _is_compared(path: Path, out: Path) -> bool:
    "Leave out locks, a page with times, and checkpoints but the last, as more are saved in an interrupted run"
    if not path.is_file() or path.suffix in ('.lock', '.owner') or path.name=='report.html': return False
    checkpoints = [p for p in path.relative_to(out).parts if p.startswith('step_')]
    if not checkpoints: return True
    folder = next(p for p in path.parents if p.name==checkpoints[0])
    return folder==max(folder.parent.glob('step_*'))


def contents(out: Path) -> dict[str, str]: # checksum by path
    "Return what a command left in a folder, also what it should have removed"
    files = [p for p in sorted(out.rglob('*')) if _is_compared(p, out)]
    return {str(p.relative_to(out)): hashlib.sha256(_without_times(p)).hexdigest() for p in files}


def difference(expected: dict[str, str], found: dict[str, str]) -> str: # empty if there is none
    "Say how two folders differ"
    if missing := expected.keys()-found.keys(): return f'missing: {", ".join(sorted(missing))}'
    if added := found.keys()-expected.keys(): return f'left over: {", ".join(sorted(added))}'
    changed = [name for name in expected if expected[name]!=found[name]]
    return f'other bytes: {", ".join(changed)}' if changed else ''

# --- interruptions

CHANGES = ('os.rename', 'os.remove', 'os.rmdir', 'os.mkdir', 'os.truncate', 'os.utime', 'os.chmod', 'shutil.rmtree')


def _changes_files(event: str, args: tuple) -> bool:
    "Say whether a system call, as Python's audit hooks see it, changes files"
    if event!='open': return event in CHANGES
    _, mode, flags = args
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


def on_change(then: Callable[[int], object]):
    "Call `then` before each system call of this process that changes files, with its number from 1"
    numbers = count(1)

    def hook(event: str, args: tuple):
        if _changes_files(event, args): then(next(numbers))
    sys.addaudithook(hook)


def count_changes(call: Callable[[], int], file: Path) -> int: # exit code
    "Call a function and write how many system calls changed files"
    numbers = []
    on_change(numbers.append)
    code = call()
    file.write_text(str(len(numbers)))
    return code


class Baseline(NamedTuple):
    "An undisturbed run of a job"
    contents: dict[str, str]
    changes: int      # system calls that change files
    seconds: float


def _argv(command: str, base: Path, out: Path) -> list[str]:
    words = []
    for word in command.split(): words += small_world.TRAIN if word=='TRAIN' else [word]
    return [word.replace('{}', str(base)).replace('OUT', str(out)) for word in words]


class World:
    "The small world, a folder to write to, and the undisturbed run of each job"
    def __init__(self, folder: Path, models: bool=True): # without models, jobs that need none
        self.jobs = list(JOBS) if models else [name for name in JOBS if '{}/run' not in JOBS[name].command
                                               and '{}/stopped' not in JOBS[name].command]
        self.base, self.out, self.log = folder/'world', folder/'out', folder/'log'
        self.base.mkdir()
        small_world.make(self.base, models)
        self.baselines = {}

    def clear(self):
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()

    def call(self, command: str) -> Callable[[], int]: return warm.command(*_argv(command, self.base, self.out))

    def run(self, command: str) -> int|None: return warm.run(self.call(command), self.log, SECONDS)

    def baseline(self, name: str) -> Baseline:
        if name in self.baselines: return self.baselines[name]
        found, seconds = [], []
        file = self.log.with_name('count')
        for _ in range(2):    # the second is without first-time effects, and must be equal
            self.clear()
            began = time.time()
            code = warm.run(lambda: count_changes(self.call(JOBS[name].command), file), self.log, SECONDS)
            if code: raise SystemExit(f'{name}, undisturbed: exit code {code}\n{self.log.read_text()}')
            seconds.append(time.time()-began)
            found.append(contents(self.out))
        if problem := difference(*found): raise SystemExit(f'{name}: two undisturbed runs differ: {problem}')
        self.baselines[name] = Baseline(found[0], int(file.read_text()), min(seconds))
        return self.baselines[name]


SIGNALS = dict(SIGKILL=(-9,), SIGTERM=(-15, 143), SIGINT=(130,))    # exit codes; a shell shows -15 as 143


GOOD = ('resumed', 'finished before')


class Result(NamedTuple):
    job: str
    signal: str
    place: str       # where the signal came
    outcome: str     # 'finished before', 'resumed', or a fault
    text: str        # what was printed, before and after


def _interrupted(world: World, name: str, sent: signal.Signals, rng: random.Random) -> tuple[int|None, str]:
    "Run a job until a signal ends it; return its exit code, and where the signal came"
    job, baseline = JOBS[name], world.baseline(name)
    call = world.call(job.command)
    if rng.random()<.6:
        n = rng.randint(1, baseline.changes)

        def interrupted() -> int:
            on_change(lambda number: number==n and os.kill(os.getpid(), sent))
            return call()
        return warm.run(interrupted, world.log, SECONDS), f'before change {n} of {baseline.changes}'
    pid = warm.start(call, world.log)
    seconds = rng.uniform(.01, baseline.seconds)
    time.sleep(seconds)
    os.kill(pid, sent)
    return warm.wait(pid, SECONDS), f'after {seconds:.2f} s of {baseline.seconds:.2f}'


def interrupt(world: World, seed: int, i: int) -> Result:
    "Interrupt a job, run it again, and compare"
    rng = random.Random(f'{seed}/{i}')
    name = rng.choice(world.jobs)
    sent = signal.Signals[rng.choice(('SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'))]
    baseline = world.baseline(name)
    world.clear()
    older = JOBS[name].older if rng.random()<.5 else ''
    if older and world.run(older): raise SystemExit(f'{older}\n{world.log.read_text()}')
    code, place = _interrupted(world, name, sent, rng)
    text = world.log.read_text(errors='replace')
    place += ', older output there' if older else ''
    is_expected = code==0 or code in SIGNALS[sent.name]
    again = world.run(JOBS[name].command)
    text += f'--- again: exit code {again}\n{world.log.read_text(errors="replace")}'
    problem = difference(baseline.contents, contents(world.out)) if not again else ''
    if not is_expected: outcome = f'exit code {code}'
    elif again: outcome = f'not resumed: exit code {again}'
    elif problem: outcome = problem
    else: outcome = 'finished before' if code==0 else 'resumed'
    return Result(name, sent.name, place, outcome, text)


def show(results: list[Result]):
    "Print counts by command, signal and outcome"
    counts = Counter((r.job, r.signal, r.outcome if r.outcome in GOOD else 'fault') for r in results)
    columns = [(sent, outcome) for sent in SIGNALS for outcome in (*GOOD, 'fault')]

    def print_row(head: str, jobs: list[str]):
        cells = [sum(counts[(job, *column)] for job in jobs) for column in columns]
        print(f'{head:16}'+''.join(f'{n:25}' for n in cells), flush=True)
    print(f'{"":16}'+''.join(f'{" ".join(column):>25}' for column in columns))
    for job in JOBS: print_row(job, [job])
    print_row('all', list(JOBS))


def main(argv: list[str]|None=None) -> int: # exit code
    parser = argparse.ArgumentParser(prog='tools/kill.py', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--kills', type=int, default=100)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--replay', type=int, nargs='+', help='numbers of the only interruptions')
    args = parser.parse_args(argv)
    warm.import_all()
    began = time.time()
    with tempfile.TemporaryDirectory() as tmp:
        world = World(Path(tmp))
        results = []
        for i in args.replay or range(args.kills):
            r = interrupt(world, args.seed, i)
            results.append(r)
            if r.outcome not in GOOD or args.replay:
                print(f'{i}, {r.job}, {r.signal} {r.place}: {r.outcome}\n{r.text}\n', flush=True)
    print(f'seed {args.seed}, {len(results):,} interruptions, {time.time()-began:.0f} s')
    show(results)
    return int(any(r.outcome not in GOOD for r in results))


if __name__=='__main__': sys.exit(main())
