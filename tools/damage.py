"""Ways to damage a file, each small and named: from bytes to bytes, from JSON to JSON, and of the file as a whole"""
import bz2
import gzip
import io
import json
import lzma
import os
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import zstandard

Damage = Callable[[bytes, random.Random], bytes]

# --- bytes

INSERTED = dict(
    nul=b'\0', not_utf8=b'\xff\xfe', surrogate=b'\xed\xa0\x80', escaped_surrogate=b'\\ud800', bom=b'\xef\xbb\xbf',
    lone_cr=b'\r', end_of_file=b'\x1a', form_feed=b'\x0c', next_line='\x85'.encode(), line_separator='\u2028'.encode(),
    quote=b'"', comma=b',', tab=b'\t', newline=b'\n', less=b'<', bracket=b'[', brace=b'}', backslash=b'\\',
    percent=b'%s{}', accent='e\u0301'.encode(), emoji='\U0001f600'.encode(), right_to_left='\u202e'.encode(),
    nesting=b'['*100_000, objects=b'{"a":'*50_000, tags=b'<'*50_000, parentheses=b'('*50_000, stars=b'* '*20_000,
    digits=b'7'*5_000, huge=b'1e999', nan=b'NaN', infinity=b'-Infinity', long_line=b'word '*50_000,
    blank_lines=b'\n'*20_000, spaces=b' '*50_000, markup=b'</script><script>alert(1)</script>')


def insert(data: bytes, rng: random.Random, piece: bytes) -> bytes:
    place = rng.randrange(len(data)+1)
    return data[:place]+piece+data[place:]


def _slice(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(data)+1)
    return start, min(len(data), start+rng.choice((1, 10, 100, 1000)))


def truncate(data: bytes, rng: random.Random) -> bytes: return data[:rng.randrange(len(data)+1)]


def truncate_a_little(data: bytes, rng: random.Random) -> bytes: return data[:-rng.randint(1, 8)]


def flip_bits(data: bytes, rng: random.Random) -> bytes:
    flipped = bytearray(data)
    for _ in range(rng.choice((1, 8, 64)) if data else 0):
        flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def remove_part(data: bytes, rng: random.Random) -> bytes:
    start, end = _slice(data, rng)
    return data[:start]+data[end:]


def duplicate_part(data: bytes, rng: random.Random) -> bytes:
    start, end = _slice(data, rng)
    return data[:end]+data[start:end]*rng.choice((1, 100))+data[end:]


def swap_parts(data: bytes, rng: random.Random) -> bytes:
    middle = rng.randrange(len(data)+1)
    return data[middle:]+data[:middle]


def zeros(data: bytes, rng: random.Random) -> bytes:
    start, end = _slice(data, rng)
    return data[:start]+bytes(end-start)+data[end:]


def empty(data: bytes, rng: random.Random) -> bytes: return b''


def blank(data: bytes, rng: random.Random) -> bytes: return b' \n\n'


def noise(data: bytes, rng: random.Random) -> bytes: return rng.randbytes(1000)


def twice(data: bytes, rng: random.Random) -> bytes: return data+data


def recode(data: bytes, rng: random.Random) -> bytes:
    "Write a text in an encoding that nobody expects"
    encoding = rng.choice(('utf-16', 'utf-16-le', 'utf-32', 'latin-1', 'cp037', 'utf-7'))
    return (data.decode('utf-8', 'replace')+' \u00e9').encode(encoding, 'replace')


def carriage_returns(data: bytes, rng: random.Random) -> bytes:
    return data.replace(b'\n', rng.choice((b'\r', b'\r\n', b'\r\r\n', b'\n\r')))


BYTES = (truncate, truncate_a_little, flip_bits, remove_part, duplicate_part, swap_parts, zeros, empty, blank, noise,
         twice, recode, carriage_returns)

# --- JSON

VALUES = (None, True, 0, -1, 10**30, 1.5, float('nan'), float('inf'), '', ' ', 'x', '\ud800', '\0', [], ['x'], {},
          {'x': 1}, [[[]]], '../../x', 'x'*100_000)


def _places(value: object) -> list[tuple[object, object]]: # containers with each of their keys or indices
    found, todo = [], [value]
    while todo:
        container = todo.pop()
        keys = range(len(container)) if isinstance(container, list) else list(container)
        for key in list(keys)[:1000]:
            found.append((container, key))
            if isinstance(container[key], (list, dict)): todo.append(container[key])
    return found


def _damage_value(value: object, rng: random.Random) -> object:
    "Remove, rename or replace one thing in a JSON value"
    if not isinstance(value, (list, dict)) or not value: return rng.choice(VALUES)
    container, key = rng.choice(_places(value))
    how = rng.choice(('remove', 'replace', 'replace', 'rename', 'wrap'))
    if how=='remove': del container[key]
    elif how=='rename' and isinstance(container, dict): container[f'{key}_'] = container.pop(key)
    elif how=='wrap': container[key] = [container[key]]
    else: container[key] = rng.choice(VALUES)
    return value


def _dumped(value: object) -> bytes: return json.dumps(value).encode()


def change_json(data: bytes, rng: random.Random) -> bytes:
    "Damage a JSON file, or one line of JSON lines; other files are cut"
    try: return _dumped(_damage_value(json.loads(data), rng))
    except ValueError: lines = data.split(b'\n')
    i = rng.randrange(len(lines))
    try: lines[i] = _dumped(_damage_value(json.loads(lines[i]), rng))
    except ValueError: return truncate(data, rng)
    return b'\n'.join(lines)


def duplicate_key(data: bytes, rng: random.Random) -> bytes:
    return data.replace(b'{"', b'{"text": 1, "', 1)


JSON = (change_json, change_json, change_json, duplicate_key)


def change_table(data: bytes, rng: random.Random) -> bytes:
    "Damage the rows of a parquet file, and write a whole file again"
    import pyarrow as pa
    import pyarrow.parquet as pq
    rows = pq.read_table(io.BytesIO(data)).to_pylist()
    how = rng.choice(('bytes', 'value', 'column', 'none', 'date'))
    column = rng.choice(list(rows[0]))
    values = [row[column] for row in rows]
    if how=='bytes': array = pa.array([b'\xff\xfe'+str(v).encode() for v in values], pa.binary()).view(pa.string())
    elif how=='date': array = pa.array([2**62 for _ in values], pa.int64()).view(pa.timestamp('us'))
    elif how=='none': array = pa.array([None for _ in values], pa.string())
    elif how=='value': array = pa.array([[{'x': 1}] for _ in values])
    else: array = pa.array(values)
    table = pa.Table.from_pylist(rows)
    name = f'{column}_' if how=='column' else column
    table = table.set_column(table.schema.get_field_index(column), name, array)
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()

# --- compression

PACK = {'.gz': gzip.compress, '.zst': zstandard.compress, '.xz': lzma.compress, '.bz2': bz2.compress}


def _unpack_zst(data: bytes) -> bytes|None: # None if it ends within a frame
    unpacked = b''
    while data:
        frame = zstandard.ZstdDecompressor().decompressobj()
        unpacked += frame.decompress(data)
        if not frame.eof: return None
        data = frame.unused_data
    return unpacked


def unpack(data: bytes, suffix: str) -> bytes|None: # None if it is damaged
    "Return what is in a compressed file, independently of blalm"
    try:
        if suffix=='.gz': return gzip.decompress(data)
        if suffix=='.zst': return _unpack_zst(data)
    except (OSError, EOFError, ValueError, zlib.error, zstandard.ZstdError): return None
    return data


def wrong_compression(data: bytes, rng: random.Random) -> bytes: return rng.choice(list(PACK.values()))(data)

# --- files

SUFFIXES = ('.txt', '.jsonl', '.json', '.csv', '.tsv', '.parquet', '.cha', '.srt', '.vtt', '.gz', '.zst', '.xz', '.bz2',
            '', '.JSONL', '.txt.gz', '.jsonl.zst', '.md')


def wrong_suffix(file: Path, rng: random.Random) -> Path: return file.rename(file.with_suffix(rng.choice(SUFFIXES)))


def strange_name(file: Path, rng: random.Random) -> Path:
    name = rng.choice((b'\xff\xe9', b'a\nb', b' ', b'<b>x', b'-o', b'%s{}', b'x'*200))+os.fsencode(file.suffix)
    return file.rename(file.parent/os.fsdecode(name))


def remove(file: Path, rng: random.Random) -> Path:
    file.unlink()
    return file


def folder_instead(file: Path, rng: random.Random) -> Path:
    file.unlink()
    file.mkdir()
    return file


def broken_link(file: Path, rng: random.Random) -> Path:
    file.unlink()
    file.symlink_to('nowhere')
    return file


FILES = (wrong_suffix, strange_name, remove, folder_instead, broken_link)


def _change_bytes(data: bytes, file: Path, rng: random.Random) -> tuple[str, bytes]:
    if file.suffix=='.parquet' and rng.random()<.5: return 'change_table', change_table(data, rng)
    kind = rng.choice(('bytes', 'insert', 'json' if b'{' in data else 'bytes', 'compression'))
    if kind=='compression' and rng.random()<.3: return 'wrong_compression', wrong_compression(data, rng)
    if kind=='insert':
        name = rng.choice(list(INSERTED))
        return f'insert {name}', insert(data, rng, INSERTED[name])
    f = rng.choice(JSON if kind=='json' else BYTES)
    return f.__name__, f(data, rng)


def damage(file: Path, rng: random.Random) -> tuple[Path, str]: # the file, which may have another name; what was done
    "Damage a file in one way or two"
    done = []
    inside = file.suffix in PACK and rng.random()<.6
    data = file.read_bytes()
    if inside: data = unpack(data, file.suffix) if file.suffix in ('.gz', '.zst') else data
    for _ in range(rng.choice((1, 1, 2))):
        name, data = _change_bytes(data, file if not done else Path('x'), rng)
        done.append(name)
    file.write_bytes(PACK[file.suffix](data) if inside and file.suffix in ('.gz', '.zst') else data)
    if rng.random()<.08:
        change = rng.choice(FILES)
        file = change(file, rng)
        done.append(change.__name__)
    return file, ', '.join(done)+(' (inside)' if inside else '')
