"""Damaged files and interruptions at small size, without models: python -m unittest discover -s tools"""
import json
import os
import random
import signal
import sys
import tempfile
import time
import unittest
import warnings
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent))

import damage
import fuzz
import kill
import small_world
import warm

SEED = 0


def setUpModule():
    warnings.simplefilter('ignore')    # of forks, in a process with threads that are asleep
    warm.import_all()


class TestDamage(unittest.TestCase):
    def test_operators(self):
        data = ('{"id": "a", "text": "One."}\n'*20).encode()
        for f in (*damage.BYTES, *damage.JSON, damage.wrong_compression):
            changed = [f(data, random.Random(i)) for i in range(5)]
            self.assertTrue(any(c!=data for c in changed), f.__name__)
            self.assertEqual(changed, [f(data, random.Random(i)) for i in range(5)], f.__name__)
            for other in (b'', b'text'): f(other, random.Random(0))

    def test_inside(self):
        for suffix, pack in damage.PACK.items():
            if suffix in ('.gz', '.zst'):
                self.assertEqual(damage.unpack(pack(b'text'), suffix), b'text')
                self.assertIsNone(damage.unpack(pack(b'text')[:-5], suffix))


class TestFuzz(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = Path(tempfile.mkdtemp())
        small_world.make(cls.base, models=False)

    def test_inputs(self):
        for i in range(15):
            r = fuzz.run_input(self.base, SEED, i)
            self.assertIn(r.outcome, fuzz.GOOD, f'seed {SEED}, input {i}, {r}')

    def outcome(self, curate) -> str:
        "Return what comes of an input if `curate` is another function"
        with mock.patch('blalm.data.curate.curate', curate):
            return fuzz.run_input(self.base, SEED, 0, 'curate jsonl').outcome

    def test_faults_are_found(self):
        def fails(**args): raise KeyError('text')
        def hangs(**args): time.sleep(9)
        self.assertEqual(self.outcome(fails), 'traceback')
        with mock.patch.object(fuzz, 'SECONDS', .5): self.assertEqual(self.outcome(hangs), 'hang')

        def says_much(**args):
            from blalm.errors import InputError
            print('blalm curate: one')
            raise InputError('two')
        self.assertEqual(self.outcome(says_much), 'several lines')

    def test_lost_words_are_found(self):
        from blalm.data.sieve import prepare

        def forgetful(*args):
            yield from list(prepare(*args))[:-1]
        with mock.patch('blalm.data.sieve.prepare', forgetful):
            r = fuzz.run_input(self.base, SEED, 0, 'curate jsonl')
        self.assertEqual(r.outcome, 'words unaccounted', r)


class TestKill(unittest.TestCase):
    def test_interruptions(self):
        world = kill.World(Path(tempfile.mkdtemp()), models=False)
        with mock.patch.object(world, 'jobs', ['curate', 'tokenizer', 'pack']):
            results = [kill.interrupt(world, SEED, i) for i in range(6)]
        for r in results: self.assertIn(r.outcome, kill.GOOD, f'seed {SEED}, {r}')
        self.assertIn('resumed', {r.outcome for r in results})

    def test_interrupted_at_once(self):
        log = Path(tempfile.mkdtemp())/'log'
        for _ in range(5):
            pid = warm.start(warm.command('words', '.'), log)
            os.kill(pid, signal.SIGINT)
            self.assertEqual(warm.wait(pid, 60), 130, log.read_text())

    def test_difference(self):
        self.assertEqual(kill.difference(dict(a='1'), dict(a='1')), '')
        self.assertEqual(kill.difference(dict(a='1'), {}), 'missing: a')
        self.assertEqual(kill.difference({}, dict(a='1')), 'left over: a')
        self.assertEqual(kill.difference(dict(a='1'), dict(a='2')), 'other bytes: a')

    def test_contents(self):
        out = Path(tempfile.mkdtemp())
        for step in (1, 2):
            (out/'checkpoints'/f'step_{step}').mkdir(parents=True)
            (out/'checkpoints'/f'step_{step}'/'state.json').write_text(str(step))
        (out/'log.jsonl').write_text(json.dumps(dict(loss=1, tokens_per_s=5))+'\n')
        before = kill.contents(out)
        self.assertEqual(list(before), ['checkpoints/step_2/state.json', 'log.jsonl'])
        (out/'log.jsonl').write_text(json.dumps(dict(loss=1, tokens_per_s=6))+'\n')
        self.assertEqual(kill.contents(out), before)
        (out/'log.jsonl').write_text(json.dumps(dict(loss=2, tokens_per_s=6))+'\n')
        self.assertNotEqual(kill.contents(out), before)


if __name__=='__main__': unittest.main()
