"""Small inputs of every kind that the commands read; every word of a source is unlike all others"""
import gzip
import json
import shutil
from pathlib import Path

import warm

TRAIN = ('--switches hidden_size=32,num_hidden_layers=1,num_attention_heads=2,intermediate_size=64 '
         '--epochs 2 --batch 4 --length 32 --device cpu --save-every 4 --checkpoints').split()
MARK = 'zq{}z'    # what words of sources are numbered with


class _Words:
    "Sentences whose third word is a mark of their own"
    def __init__(self): self.n = 0

    def sentence(self) -> str:
        self.n += 1
        return f'The dog {MARK.format(self.n)} saw a red ball near the old house in number {self.n}.'

    def text(self, sentences: int=4) -> str: return '\n'.join(self.sentence() for _ in range(sentences))


def _chat(lines: list[str]) -> str:
    said = [f'*MOT:\t{line[:-1]} .\n*CHI:\tyes I see it .' for line in lines]
    head = ('@UTF8\n@Begin\n@Languages:\teng\n@Participants:\tCHI Target_Child , MOT Mother\n'
            '@ID:\teng|Toy|CHI|2;06.00||||Target_Child|||\n@ID:\teng|Toy|MOT|||||Mother|||')
    return '\n'.join([head, *said, '@End\n'])


def _srt(lines: list[str]) -> str:
    cues = [f'{i}\n00:00:{i:02},000 --> 00:00:{i+1:02},000\n{line}\n' for i, line in enumerate(lines, 1)]
    return '\n'.join(cues)


def _book(words: _Words) -> str:
    paragraphs = '\n\n'.join(words.text(2) for _ in range(4))
    return ('The Project Gutenberg EBook of A Dog\n\nCharacter set encoding: UTF-8\n\n'
            f'*** START OF THE PROJECT GUTENBERG EBOOK A DOG ***\n\n{paragraphs}\n\n'
            '*** END OF THE PROJECT GUTENBERG EBOOK A DOG ***\n\nThe licence.\n')


def _table(rows: list[dict], comma: str) -> str:
    quoted = [comma.join('"'+str(v).replace('"', '""')+'"' for v in row.values()) for row in rows]
    return '\n'.join([comma.join(rows[0]), *quoted])+'\n'


def _lines(rows: list[dict]) -> str: return ''.join(json.dumps(row)+'\n' for row in rows)


def _source(kind: str, words: _Words) -> bytes:
    "Return a file of text of a kind"
    rows = [dict(id=f'd{i}', text=words.text(2), score=i) for i in range(6)]
    texts = [row['text'] for row in rows]
    said = [dict(transcript_id=i//3, gloss=words.sentence()[:-1], type='declarative', speaker_code='MOT',
                 speaker_role='Mother', target_child_age=30.5) for i in range(9)]
    if kind=='parquet':
        import io
        import pyarrow as pa
        import pyarrow.parquet as pq
        out = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), out)
        return out.getvalue()
    made = dict(txt='\n\n'.join(texts), jsonl=_lines(rows), json=json.dumps(rows, indent=1), csv=_table(rows, ','),
                cha=_chat('\n'.join(texts).split('\n')), srt=_srt('\n'.join(texts).split('\n')), book=_book(words),
                heading='\n'.join(f'= = = {i} = = =\n{text}' for i, text in enumerate(texts)),
                db=_table(said, ','), strings=json.dumps(texts))
    return made[kind].encode()


SOURCES = dict(txt='.txt', jsonl='.jsonl', json='.json', csv='.csv', parquet='.parquet', cha='.cha', srt='.srt',
               book='.txt', heading='.train', db='.csv', strings='.json')


RECIPE = '''words = 300
[[source]]
path = "in"
chunk = 40
filters = {long_enough = 5, varied = 0.1}
edits = {join_lines = 7}
'''


def make_sources(base: Path):
    "Write a folder for each kind of source, with a file to damage and one that stays whole"
    import zstandard
    pack = {'': bytes, '.gz': gzip.compress, '.zst': zstandard.compress}
    for kind, suffix in SOURCES.items():
        for packed, compress in pack.items():
            words = _Words()
            folder = base/'sources'/f'{kind}{packed}'/'in'
            folder.mkdir(parents=True)
            for name in ('damaged', 'whole'):
                (folder/f'{name}{suffix}{packed}').write_bytes(compress(_source(kind, words)))
            (folder.parent/'recipe.toml').write_text(RECIPE)


def make_tasks(base: Path):
    "Write the data of the evaluation, of fine-tuning and of distillation"
    pairs = [dict(sentence_good=f'The dog {i} sees it .', sentence_bad=f'The dog {i} see it .', UID='agreement',
                  field='syntax', linguistics_term='agreement', pair_id=i) for i in range(6)]
    ewok = [dict(Domain='d', Context1='A dog .', Context2='A bird .', Target1='It barks .', Target2='It flies .')
            for _ in range(4)]
    options = [' a ball .', ' a cat .', ' a hat .']
    entity = [dict(input_prefix='Box 1 has', numops=i, options=options) for i in range(4)]
    comps = [dict(prefix_acceptable='A dog', prefix_unacceptable='A car', property_phrase='barks .') for _ in range(4)]
    wugs = [dict(sentences=f'A wug {i} .\tA wuggy {i} .', ratio=i/5) for i in range(5)]
    rte = [dict(sentence1=f'The dog {i} ran .', sentence2='It ran .', label=i%2) for i in range(8)]
    labels = [dict(id=str(i), text=f'The dog {i} ran to the house number {i%7} .', score=i%5) for i in range(40)]
    files = {'blimp_filtered/a.jsonl': pairs, 'ewok_filtered/a.jsonl': ewok, 'entity_tracking/a.jsonl': entity,
             'comps/comps_base.jsonl': comps, 'wug_adj_nominalization/a.jsonl': wugs, '../glue/rte.train.jsonl': rte,
             '../glue/rte.valid.jsonl': rte, '../labels/labels.jsonl': labels, '../pairs/pairs.jsonl': pairs}
    for name, rows in files.items():
        path = base/'tasks'/name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_lines(rows))
    (base/'pairs'/'pairs.csv').write_text(_table(pairs, ','))
    (base/'pairs'/'pairs.tsv').write_text(_table(pairs, '\t'))
    _make_reading(base/'tasks'/'reading')
    _make_ages(base/'tasks'/'aoa')


def _make_reading(folder: Path):
    columns = ('item word prev_item prev_word Subtlex_log10 length context_length prev_length RTfirstfix RTfirstpass '
               'RTgopast RTrightbound self_paced_reading_time').split()
    rows = []
    for i in range(60):
        numbers = [(i*k+3)%11 for k in range(1, 10)]
        rows.append(dict(zip(columns, ['The dog', f'w{i}', 'The', 'dog', *numbers])))
    folder.mkdir()
    (folder/'reading_data.csv').write_text(_table(rows, ','))


def _make_ages(folder: Path):
    words = ('dog', 'ball', 'house')
    folder.mkdir()
    (folder/'cdi_childes.json').write_text(json.dumps({w: [dict(context='the old'), dict(context='a')] for w in words}))
    children = [dict(word=w) | {str(m): (m-15)/16 for m in range(16, 31)} for w in words]
    (folder/'cdi_human.csv').write_text(_table(children, ','))


def make_corpus(base: Path, log: Path):
    "Make a corpus, a tokenizer and tokens"
    warm.must_run(log, 'curate', base/'sources'/'jsonl'/'in', '--out', base/'corpus')
    warm.must_run(log, 'tokenizer', base/'corpus', '--out', base/'tokenizer', '--vocab-size', 300)
    warm.must_run(log, 'pack', base/'corpus', base/'tokenizer', '--out', base/'tokens')


def make_models(base: Path, log: Path):
    "Make a complete run and a stopped one, scores, results of fine-tuning and a submission"
    warm.must_run(log, 'train', base/'tokens', '--out', base/'run', *TRAIN)
    shutil.copytree(base/'run', base/'stopped')
    shutil.rmtree(base/'stopped'/'model')
    for name in ('result.json', 'report.html'): (base/'stopped'/name).unlink()
    for name in ('chck_1M', 'chck_2M'): shutil.copytree(base/'run'/'model', base/'run'/'chck'/name)
    for name in ('a', 'b'):
        out = base/'scores'/f'{name}.json'
        warm.must_run(log, 'evaluate', base/'run'/'model', '--data', base/'tasks', '--out', out)
    warm.must_run(log, 'finetune', base/'run'/'model', base/'glue', '--out', base/'tuned', '--epochs', 1)
    warm.must_run(log, 'submit', base/'run', base/'tasks', '--out', base/'submission', '--fast', base/'tasks',
                  '--glue', base/'tuned')


def make(base: Path, models: bool=True):
    "Make everything in a folder, or everything that needs no model"
    log = base/'log'
    code = warm.run(lambda: make_sources(base) or make_tasks(base), log)
    if code: raise SystemExit(log.read_text())
    make_corpus(base, log)
    if models: make_models(base, log)
