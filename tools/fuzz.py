"""Give damaged files to the commands and count what comes of it

    python tools/fuzz.py                       # 1,000 inputs, all commands, some minutes
    python tools/fuzz.py --inputs 50 --seed 7  # fewer, others
    python tools/fuzz.py --replay 137          # input 137 of this seed alone, with what it prints

Each input is a copy of a small valid one with one file damaged, and its number and the seed say how. A command may read
it, set parts aside and count them, or refuse it in one line. A traceback, a hang, a message of several lines and a word
that is neither in the corpus nor counted are faults; the exit code is 1 if there is one."""
import argparse
import json
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

import damage
import small_world
import warm

GOOD = ('read', 'set aside', 'refused')
FAULTS = ('traceback', 'hang', 'several lines', 'words unaccounted')
SECONDS = 30
MEMORY = 8 << 30    # bytes of address space beyond what this process has


class Target(NamedTuple):
    "A command and what is damaged of its input; `{}` is the folder of the copy, `{file}` the damaged file in it"
    command: str
    copy: tuple[str, ...]    # what is copied of the small world
    files: str               # pattern of the files of which one is damaged
    share: int=4             # of all inputs, relative to others


CURATE = 'curate {}/in --out {}/out --dropped'
TARGETS = {f'curate {kind}{packed}': Target(CURATE, (f'sources/{kind}{packed}/*',), 'in/damaged*', share)
           for kind in small_world.SOURCES for packed, share in (('', 10), ('.gz', 3), ('.zst', 3))} | {
    'curate one file': Target('curate {file} --out {}/out --dropped', ('sources/*/in',), 'in/damaged*', 10),
    'curate recipe': Target('curate {file} --out {}/out --dropped', ('sources/jsonl/*',), 'recipe.toml', 10),
    'curate with a recipe': Target('curate {}/recipe.toml --out {}/out --dropped', ('sources/*/*',), 'in/damaged*', 10),
    'words': Target('words {}/in', ('sources/*/in',), 'in/damaged*', 5),
    'curate, again': Target('curate {}/in --out {}/corpus', ('corpus', 'sources/jsonl/in'), 'corpus/card.json', 8),
    'tokenizer': Target('tokenizer {}/corpus --out {}/out --vocab-size 300', ('corpus',), 'corpus/*'),
    'tokenizer, again': Target('tokenizer {}/corpus --out {}/tokenizer --vocab-size 300', ('corpus', 'tokenizer'),
                               'tokenizer/*', 8),
    'pack corpus': Target('pack {}/corpus {}/tokenizer --out {}/out', ('corpus', 'tokenizer'), 'corpus/*'),
    'pack tokenizer': Target('pack {}/corpus {}/tokenizer --out {}/out', ('corpus', 'tokenizer'), 'tokenizer/*', 10),
    'pack, again': Target('pack {}/corpus {}/tokenizer --out {}/tokens', ('corpus', 'tokenizer', 'tokens'),
                          'tokens/*', 8),
    'train': Target('train {}/tokens --out {}/out --dev {}/tokens TRAIN', ('tokens',), 'tokens/*', 10),
    'train, resumed': Target('train {}/tokens --out {}/stopped TRAIN', ('stopped', 'tokens'), 'stopped/**/*', 20),
    'train, complete': Target('train {}/tokens --out {}/run TRAIN', ('run', 'tokens'), 'run/*.*'),
    'export': Target('export {}/stopped --out {}/out', ('stopped',), 'stopped/**/*', 15),
    'evaluate export': Target('evaluate {}/run/model --data {}/pairs/pairs.jsonl --out {}/out.json', ('run', 'pairs'),
                              'run/model/*', 15),
    'evaluate text': Target('evaluate {}/run/model --text {}/in --out {}/out.json', ('run', 'sources/*/in'),
                            'in/damaged*'),
    'evaluate tasks': Target('evaluate {}/run/model --data {}/tasks --out {}/out.json', ('run', 'tasks'),
                             'tasks/*/*', 20),
    'pairs': Target('evaluate {}/run/model --data {file} --out {}/out.json', ('run', 'pairs'), 'pairs/*', 15),
    'compare': Target('compare {}/scores/a.json {}/scores/b.json', ('scores',), 'scores/a*', 10),
    'generate': Target('generate {}/run/model', ('run',), 'run/model/*'),
    'surprisal': Target('surprisal {}/run/model {file} --out {}/out.csv', ('run', 'sources/*/in'), 'in/damaged*', 15),
    'finetune': Target('finetune {}/run/model {}/glue --out {}/out --epochs 1', ('run', 'glue'), 'glue/*', 10),
    'finetune, resumed': Target('finetune {}/run/model {}/glue --out {}/tuned --epochs 1', ('run', 'glue', 'tuned'),
                                'tuned/*'),
    'submit': Target('submit {}/run {}/tasks --out {}/out --glue {}/tuned', ('run', 'tasks', 'tuned'),
                     '[rt][uau]*/**/*', 15),
    'submit, resumed': Target('submit {}/run {}/tasks --out {}/submission --fast {}/tasks --glue {}/tuned',
                              ('run', 'tasks', 'tuned', 'submission'), 'submission/**/*.[jz]*', 15),
    'distill': Target('distill {}/labels/labels.jsonl --out {}/out.json', ('labels',), 'labels/*', 8)}


class Result(NamedTuple):
    target: str
    outcome: str    # one of `GOOD` or `FAULTS`
    damage: str
    text: str       # what the command printed


def _copy(base: Path, target: Target, rng: random.Random, to: Path):
    "Copy what a target needs; of several that match a pattern, what is in one folder"
    for pattern in target.copy:
        found = sorted(base.glob(pattern))
        folder = rng.choice(sorted({p.parent for p in found}))
        for path in found:
            if path.parent!=folder: continue
            if path.is_dir(): shutil.copytree(path, to/path.name)
            else: shutil.copy2(path, to)


def _is_made(base: Path, target: Target) -> bool: return all(any(base.glob(pattern)) for pattern in target.copy)


def _argv(target: Target, folder: Path, file: Path) -> list[str]:
    argv = []
    for word in target.command.split():
        if word=='TRAIN': argv += small_world.TRAIN
        else: argv.append(word.replace('{file}', str(file)).replace('{}', str(folder)))
    return argv

# --- accounts

_mark = re.compile(small_world.MARK.format(r'\d+'))
_LOSSY = ('licence and header', 'book notes', 'not CHAT')    # words that are in the ledger, and their text nowhere


def _marks_of(text: str) -> set[str]: return set(_mark.findall(text))


def _marks_in(file: Path) -> tuple[set[str], bool]: # marks; whether all of it can be read
    "Return the marks in a file, independently of blalm"
    data = damage.unpack(file.read_bytes(), file.suffix) if file.is_file() else b''
    return _marks_of((data or b'').decode('utf-8', 'replace')), data is not None


def lost_words(folder: Path, sources: list[Path]) -> str: # empty if there are none
    """Say which words of the sources are neither in a corpus, nor among what was dropped, nor counted

    The words of a damaged file are not compared if the card names a part of it as unreadable."""
    from blalm.data.sources import read_documents
    from blalm.reading import read_jsonl
    card = json.loads((folder/'out'/'card.json').read_text())
    ledger = {row['reason']: row for row in card['ledger']}
    for what in ('docs', 'words'):
        entered = sum(row[what] for reason, row in ledger.items() if reason!='read')
        if entered!=ledger['read'][what]: return f'{what}: {ledger["read"][what]} read, {entered} kept and dropped'
    kept = [d.text for d in read_documents(folder/'out')]
    if sum(len(text.split()) for text in kept)!=card['words']: return 'the corpus has not the words of its card'
    if ledger.get('over budget', {}).get('words'): return ''
    there = _marks_of(' '.join([*kept, *(row['text'] for row in read_jsonl(folder/'out'/'dropped.jsonl.zst'))]))
    named = any(stage['unreadable'] for stage in card['stages']) or card['ignored']
    for file in sources:
        marks, readable = _marks_in(file)
        is_counted = not file.name.startswith('whole') and (named or any(reason in ledger for reason in _LOSSY))
        if is_counted: continue
        if not readable: return f'{file.name} is damaged, and nothing says so'
        if marks-there: return f'{len(marks-there)} marks of {file.name} are lost, such as {min(marks-there)}'
    return ''


def _outcome(code: int|None, text: str, argv: list[str], folder: Path) -> tuple[str, str]: # and why, for a fault
    "Name what came of a command"
    if code is None: return 'hang', f'longer than {SECONDS} s'
    if code not in (0, 1, 2): return 'traceback', f'exit code {code}'
    if code:
        lines = [line for line in text.split('\n') if line.startswith(f'blalm {argv[0]}: ')]
        rest = text.partition(f'blalm {argv[0]}: ')[2].strip()
        if len(lines)==1 and '\n' not in rest: return 'refused', ''
        return 'several lines', f'exit code {code}'
    if '--dropped' not in argv: return ('set aside' if 'damaged' in text or 'not read' in text else 'read'), ''
    source = Path(argv[1])
    is_one = source.is_file() and source.suffix!='.toml'
    lost = lost_words(folder, [source] if is_one else list((folder/'in').iterdir()))
    if lost: return 'words unaccounted', lost
    card = json.loads((folder/'out'/'card.json').read_text())
    aside = any(stage['unreadable'] for stage in card['stages']) or card['ignored']
    return ('set aside' if aside else 'read'), ''


def _limit_memory():
    import resource
    pages = int(Path('/proc/self/statm').read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages*resource.getpagesize()+MEMORY,)*2)


def _judge(code: int|None, argv: list[str], folder: Path, text: str, verdict: Path) -> int:
    verdict.write_text('\n'.join(_outcome(code, text, argv, folder)))
    return 0


def run_input(base: Path, seed: int, i: int, only: str='') -> Result:
    "Damage an input, run its command, and say what came of it"
    rng = random.Random(f'{seed}/{i}')
    names = [name for name in TARGETS if only in name and _is_made(base, TARGETS[name])]
    name, = rng.choices(names, [TARGETS[n].share for n in names])
    target = TARGETS[name]
    with tempfile.TemporaryDirectory() as tmp:
        folder, log, verdict = Path(tmp)/'in', Path(tmp)/'log', Path(tmp)/'verdict'
        folder.mkdir()
        _copy(base, target, rng, folder)
        files = sorted(p for p in folder.glob(target.files) if p.is_file())
        file = rng.choice(files)
        shown = str(file.relative_to(folder))
        file, done = damage.damage(file, rng)
        argv = _argv(target, folder, file)
        call = warm.command(*argv)
        code = warm.run(lambda: _limit_memory() or call(), log, SECONDS)
        text = log.read_text(errors='replace')
        if warm.run(lambda: _judge(code, argv, folder, text, verdict), Path(tmp)/'judging'):
            outcome, why = 'words unaccounted', (Path(tmp)/'judging').read_text(errors='replace')
        else: outcome, _, why = verdict.read_text().partition('\n')
        return Result(name, outcome, f'{shown}: {done}; {why}', text)


def show(results: list[Result]):
    "Print counts by target and outcome"
    columns = [*GOOD, *FAULTS]
    counts = Counter((r.target.partition(' ')[0], r.outcome) for r in results)
    print(f'{"":12}'+''.join(f'{c:>19}' for c in columns))
    for command in dict.fromkeys(name for name, _ in counts):
        print(f'{command:12}'+''.join(f'{counts[command, c]:19}' for c in columns))
    print(f'{"all":12}'+''.join(f'{sum(r.outcome==c for r in results):19}' for c in columns), flush=True)


def main(argv: list[str]|None=None) -> int: # exit code
    parser = argparse.ArgumentParser(prog='tools/fuzz.py', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--inputs', type=int, default=1000)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--only', default='', help='part of the name of a target, such as "curate csv"')
    parser.add_argument('--replay', type=int, nargs='+', help='numbers of the only inputs to run')
    args = parser.parse_args(argv)
    warm.import_all()
    began = time.time()
    with tempfile.TemporaryDirectory() as tmp:
        small_world.make(Path(tmp))
        numbers = args.replay or range(args.inputs)
        results = []
        for i in numbers:
            r = run_input(Path(tmp), args.seed, i, args.only)
            results.append(r)
            if len(results)%100==0: print(f'{len(results):,} inputs, {time.time()-began:.0f} s', flush=True)
            if r.outcome in FAULTS or args.replay:
                text = r.text if args.replay else '\n'.join(r.text.split('\n')[-9:])
                print(f'input {i}, {r.target}: {r.outcome}; {r.damage}\n{text}\n', flush=True)
    print(f'seed {args.seed}, {len(results):,} inputs, {time.time()-began:.0f} s')
    show(results)
    return int(any(r.outcome in FAULTS for r in results))


if __name__=='__main__': sys.exit(main())
