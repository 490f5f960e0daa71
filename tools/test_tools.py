"""Tests of the tools: python -m unittest discover -s tools"""
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parent))

import checks
import command_page
import links
import longest_first
import site_pages
from browser import Browser, find_browser
from contract import transformers_range
from dev import WIDGET, run_notebook
from readme import readme_text
from static_figure import Axes, static_svg
from site_pages import Page, SiteError

ROOT = Path(__file__).resolve().parent.parent
SITE = 'https://example.org/blalm'
TUTORIAL = Page(Path(), 'tutorials/t.html', 'Tutorials', 't', '')


def markdown(source: str) -> dict: return dict(cell_type='markdown', source=source)
def code(source: str, *outputs: dict) -> dict: return dict(cell_type='code', source=source, outputs=list(outputs))


def write_notebook(path: Path, cells: list[dict]):
    path.parent.mkdir(parents=True, exist_ok=True)
    full = [dict(id=f'c{i}', metadata={}, **cell) for i, cell in enumerate(cells)]
    for cell in full:
        if cell['cell_type']=='code': cell['execution_count'] = None
    path.write_text(json.dumps(dict(cells=full, metadata={}, nbformat=4, nbformat_minor=5)))


def make_project(**notebooks: list[dict]) -> Path:
    "Write a small project with a notebook for each name"
    root = Path(tempfile.mkdtemp())
    (root/'settings.ini').write_text('[DEFAULT]\ntitle = small\nlib_name = blalm\n'
                                     'doc_host = https://example.org\ndoc_baseurl = /blalm\n')
    for name, cells in (dict(index=[markdown('# small\n\n> A project')]) | notebooks).items():
        write_notebook(root/'nbs'/f'{name}.ipynb', cells)
    return root


def write_module(root: Path, name: str, source: str):
    path = root/'blalm'/name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)


class TestChecks(unittest.TestCase):
    def test_untyped(self):
        source = '\n'.join([
            "__all__ = ['a', 'b', 'c', 'C']",
            "def a(x:int, *, y:str='') -> int: return x",
            'def b(x): pass',
            'def c(x:int):',
            '    g = lambda: 2',
            '    def h(): return 1',
            'def d(x): return x',
            'class C:',
            '    def __init__(self, x): pass',
            '    def _m(self, x): return x',
            '    def n(self): return 1',
            '    def o(self): yield 1'])
        self.assertEqual(checks.untyped(source), ['b', 'C.__init__', 'C.n', 'C.o'])

    def test_order_of_imports(self):
        root = Path(tempfile.mkdtemp())
        write_module(root, 'reading.py', '')
        write_module(root, 'kernels/swa.py', 'import torch')
        write_module(root, 'model/swa.py', 'import torch\nfrom .backend import load')
        write_module(root, 'model/backend.py', '')
        write_module(root, 'training/train.py', 'from ..reading import read\nfrom ..model import swa')
        write_module(root, 'demo.py', 'from .training.train import train')
        self.assertEqual(checks.against_the_order(root), [])
        write_module(root, 'model/mixer.py', 'from ..reading import read')
        write_module(root, 'kernels/mixer.py', 'def f():\n    from blalm.model.swa import swa')
        write_module(root, 'words.py', 'from .data.curate import curate')
        write_module(root, 'data/curate.py', 'import blalm.training.train')
        found = [line.split(':')[0] for line in checks.against_the_order(root)]
        self.assertEqual(found, ['blalm/data/curate.py', 'blalm/kernels/mixer.py',
                                 'blalm/model/mixer.py', 'blalm/words.py'])

    def test_cycles(self):
        root = Path(tempfile.mkdtemp())
        write_module(root, 'data/a.py', 'from .b import x')
        write_module(root, 'data/b.py', 'from .c import x')
        write_module(root, 'data/c.py', '')
        self.assertEqual(checks.import_cycles(root), [])
        write_module(root, 'data/c.py', 'from .a import x')
        self.assertEqual(checks.import_cycles(root), ['blalm/data/a.py', 'blalm/data/b.py', 'blalm/data/c.py'])

    def test_mixed_cells(self):
        imports = code('import os\nfrom pathlib import Path')
        self.assertEqual(checks.mixed_cells(make_project(**{'01_a': [imports, code('x = 1')]})), [])
        mixed = code('import os\nx = 1')
        bad = checks.mixed_cells(make_project(**{'01_a': [imports, mixed]}))
        self.assertEqual(bad, ['nbs/01_a.ipynb cell 1: imports belong in a cell of their own'])


class TestContract(unittest.TestCase):
    def test_transformers_range(self):
        root = make_project()
        (root/'settings.ini').write_text('[DEFAULT]\nrequirements = torch>=2.11 transformers>=4.51 numpy\n')
        self.assertEqual(transformers_range(root), ['transformers==4.51.*', 'transformers'])


class TestReadme(unittest.TestCase):
    def test_cells(self):
        root = make_project(index=[
            markdown('# A\n\n> b\n\n[c](model/23_mlstm.ipynb) [d](../results/x.jsonl) [e](https://x.org)'),
            code('#| eval: false\nf(1)', dict(text=['2\n'])),
            code('#| hide\ng()')])
        text = readme_text(root/'nbs'/'index.ipynb')
        self.assertEqual(text, '# A\n\n> b\n\n[c](nbs/model/23_mlstm.ipynb) [d](results/x.jsonl) [e](https://x.org)\n\n'
                               '```python\nf(1)\n```\n\n```\n2\n```\n')

    def test_figure(self):
        traces = [dict(x=[1e6, 1e7], y=[5.37, 4.13], mode='markers', name='a & b'),
                  dict(x=[1e6, 1e7], y=[5.3, 4.2], mode='lines', name='line')]
        axes = Axes(traces)
        self.assertLess(axes.x(1e6), axes.x(3e6))
        self.assertAlmostEqual(axes.x(1e7)-axes.x(1e6), 2*(axes.x(10**6.5)-axes.x(1e6)))
        self.assertGreater(axes.y(4), axes.y(5))      # SVG counts from the top
        drawn = ElementTree.fromstring(static_svg(dict(data=traces)))
        texts = [t.text for t in drawn.iter('{http://www.w3.org/2000/svg}text')]
        self.assertIn('a & b', texts)
        self.assertIn('5.37', texts)
        self.assertNotIn('5.30', texts)               # points of a line have no labels
        with self.assertRaises(ValueError): static_svg(dict(data=traces*2))    # else one would be missing


class TestOutputs(unittest.TestCase):
    def test_run_notebook(self):
        bar = f'from IPython.display import display\ndisplay({{"{WIDGET}": {{}}}}, raw=True)'
        warns = 'import warnings\nwarnings.warn("at a path of this machine")\nprint("shown")'
        cells = [code('x = 2\nprint(x)'), code('#| slow\nprint(3)'), code(bar), code(warns), code('x*21')]
        path = make_project(n=cells)/'nbs'/'n.ipynb'
        notebook = json.loads(path.read_text())
        notebook['cells'][0]['outputs'] = []
        path.write_text(json.dumps(notebook))
        run_notebook(path)
        first, slow, bar, warns, last = json.loads(path.read_text())['cells']
        self.assertEqual(''.join(first['outputs'][0]['text']), '2\n')
        self.assertEqual(slow['outputs'], [])
        self.assertEqual(bar['outputs'], [])
        self.assertEqual([o['name'] for o in warns['outputs']], ['stdout'])
        self.assertEqual(''.join(last['outputs'][0]['data']['text/plain']), '42')


class TestOrder(unittest.TestCase):
    def test_longest_first(self):
        started = []

        def run(path: Path, **options) -> str:
            started.append(path.stem)
            return f'result of {path.stem}'
        notebooks = [Path(f'nbs/{stem}.ipynb') for stem in ('01_a', longest_first.LONGEST[1], longest_first.LONGEST[0])]
        results = longest_first.run(run, notebooks, n_workers=0)
        self.assertEqual(started, [*longest_first.LONGEST[:2], '01_a'])
        self.assertEqual(results, [f'result of {path.stem}' for path in notebooks])

    def test_names(self):
        self.assertLessEqual({*longest_first.LONGEST}, {path.stem for path in (ROOT/'nbs').rglob('*.ipynb')})


class TestPages(unittest.TestCase):
    def test_find_pages(self):
        root = make_project(**{
            '90_z': [markdown('# z')], 'model/10_a': [markdown('# a\n\n> first\n\n- skip_exec: true')],
            'tutorials/01_t': [markdown('# t')], 'experiments/e': [markdown('# e')], '_x/00_no': [markdown('# no')]})
        pages = site_pages.find_pages(root)
        self.assertEqual([(p.href, p.chapter) for p in pages], [
            ('index.html', ''), ('tutorials/t.html', 'Tutorials'), ('z.html', 'Helpers and commands'),
            ('model/a.html', 'Model'), ('experiments/e.html', 'Experiments')])
        self.assertEqual(pages[3].summary, 'first')
        self.assertEqual(pages[1].to_root, '../')

    def test_refuses(self):
        with self.assertRaisesRegex(SiteError, 'rename'):
            site_pages.find_pages(make_project(**{'10_a': [markdown('# a')], '20_a': [markdown('# a')]}))
        with self.assertRaisesRegex(SiteError, 'title'):
            site_pages.find_pages(make_project(**{'10_a': [markdown('a')]}))

    def test_links(self):
        def link(text): return site_pages.link_pages(text, SITE, TUTORIAL)
        self.assertEqual(link('[a](../model/23_mlstm.ipynb#the-definition)'), '[a](../model/mlstm.html#the-definition)')
        self.assertEqual(link('[c](../../CONTRIBUTING.md)'), '[c](../CONTRIBUTING.html)')
        self.assertEqual(link('[r](../../results/training.jsonl)'), '[r](../results/training.jsonl)')
        self.assertEqual(link('[d](https://x.org/a.md)'), '[d](https://x.org/a.md)')
        self.assertEqual(link('[the `mlstm` there](x.html)'), '[the `mlstm` there](x.html)')
        self.assertEqual(link('see `_page`'), 'see `_page`')

    def test_figure(self):
        figure = dict(data=[dict(y=[1], name='</script>')], layout={})
        output = dict(data={'application/vnd.plotly.v1+json': figure, 'text/html': '<script src="https://cdn">'})
        kind, text = site_pages.output_html(output, '../', 'o1')
        self.assertEqual(kind, 'html')
        self.assertIn('src="../plotly.min.js"', text)
        self.assertIn('id="o1"', text)
        self.assertNotIn('cdn', text)
        self.assertEqual(text.count('</script>'), 2)

    def test_outputs(self):
        def show(**output): return site_pages.output_html(output, '', 'o')
        self.assertEqual(show(text=['\x1b[31ma<b\x1b[0m\n']), ('html', '<pre class="output">a&lt;b</pre>'))
        self.assertEqual(show(data={'text/plain': ['1'], 'text/markdown': ['*1*']}), ('markdown', '*1*'))
        self.assertEqual(show(data={}), ('html', ''))

    def test_reference(self):
        root = make_project(**{'10_a': [markdown('# a\n\n> sum'), code('#| default_exp data.a')]})
        write_module(root, 'data/a.py', 'def f():\n    "Says x | y\\n\\nmore"\ndef _g(): pass\nclass C: "See"\n')
        cell, = site_pages.reference(root, site_pages.find_pages(root))
        self.assertTrue(cell['source'].startswith('## [a](a.html)\n\nsum'))
        self.assertTrue(cell['source'].endswith('| [`f`](a.html#f) | Says x \\| y |\n| [`C`](a.html#c) | See |'))

    def test_command_page(self):
        def stage(runs:list[str], # Folders
                  out:str, # Folder to write
                  bos_every:int=200, # Tokens | mean
                  graph:bool=True): # Record
            "Do it"
        text = command_page.command_text('stage', stage)
        self.assertIn('blalm stage RUNS ... --out PATH [options]', text)
        self.assertIn('| `--bos-every INT` | `200` | Tokens \\| mean |', text)
        self.assertIn('| `--no-graph` | on | Record |', text)
        self.assertIn('## blalm train {#train}', command_page.command_page())

    def test_article_text(self):
        cells = [dict(cell_type='markdown', source='*a*'),
                 dict(cell_type='code', source='x', names=None, outputs=[dict(text=['<1>'])]),
                 dict(cell_type='code', source='def f(): pass', names=['f'], outputs=[])]
        text = site_pages.article_text(cells, TUTORIAL)
        output = '`````{=html}\n<pre class="output">&lt;1&gt;</pre>\n`````'
        self.assertTrue(text.startswith(f'*a*\n\n`````python\nx\n`````\n\n{output}'))
        self.assertIn('<summary>Source: f</summary>', text)
        self.assertIn('</details>', text)


class TestLinks(unittest.TestCase):
    def setUp(self):
        self.site = Path(tempfile.mkdtemp())
        (self.site/'sub').mkdir()
        (self.site/'a.html').write_text(
            '<link href="s.css"><script src="https://x.org/x.js"></script><a href="https://x.org">x</a><main><h1>A</h1>'
            '<p>One <em>t</em>wo</p><h2 id="h">Two <code>2</code></h2><p id="h">three<script>no</script></p></main>'
            '<a href="sub/b.html#b">b</a><a href="#no">n</a>')
        (self.site/'f.css').write_text('@import "https://x.org/f"; a {b: url("data:x//y"); c: url(g.png)}')
        (self.site/'sub'/'b.html').write_text('<a id="b" href="../a.html#h">a</a><a href="c.html">c</a>')

    def test_sections(self):
        reader = links.PageReader((self.site/'a.html').read_text())
        entries = site_pages.search_entries(Page(Path(), 'a.html', '', 'A', ''), reader)
        self.assertEqual(entries, [['A', '', 'a.html', 'One two'], ['A', 'Two 2', 'a.html#h', 'three']])

    def test_broken_links(self):
        self.assertEqual(links.broken_links(self.site), [
            'f.css: @import "https://x.org/f: loaded from elsewhere',
            'a.html: #h: two places of this name',
            'a.html: https://x.org/x.js: loaded from elsewhere',
            'a.html: #no: no such place on the page',
            'a.html: s.css: no such file',
            'sub/b.html: c.html: no such file'])


def has_pandoc() -> bool:
    try:
        import pypandoc
        pypandoc.get_pandoc_path()
    except (ImportError, OSError): return False
    return True


@unittest.skipUnless(has_pandoc(), 'pandoc is missing (pip install pypandoc_binary)')
class TestSite(unittest.TestCase):
    def test_small_site(self):
        text = ('::: {.callout-warning}\nmind\n:::\n\n::: {.callout-note title="So"}\nyes\n:::\n\n'
                '$x^2$\n\n|a|b|\n|-|-|\n|1|2|')
        figure = {'application/vnd.plotly.v1+json': dict(data=[dict(y=[1])])}
        root = make_project(**{'10_a': [
            markdown('# a & b\n\n> sum'), markdown(text), code('1+1', dict(text=['<2>\n'])),
            code('#| eval: false\nx', dict(data={'text/markdown': ['**bold**']}), dict(data=figure))]})
        out = site_pages.build(root)
        self.assertEqual(links.broken_links(out), [])
        page = (out/'a.html').read_text()
        parts = ['a &amp; b', 'callout-warning" data-title="Warning"', 'data-title="So"', '<math',
                 '<div class="table"><table', '&lt;2&gt;', '<strong>bold</strong>', 'Plotly.newPlot']
        for part in parts:
            self.assertIn(part, page)

    def test_whole_site(self):
        out = site_pages.build(ROOT, Path(tempfile.mkdtemp())/'docs')
        self.addCleanup(shutil.rmtree, out.parent)
        self.assertEqual(links.broken_links(out), [])
        self.assertIn('--no-graph', (out/'commands.html').read_text())
        text = (out/'model'/'mlstm.html').read_text()
        self.assertGreater(text.count('<math'), 20)
        self.assertIn('<h3 class="doc" id="mlstm">', text)
        self.assertIn('aria-current=page>mlstm<', text)
        self.assertIn('plotly.min.js', (out/'model'/'swa.html').read_text())
        if program := find_browser(): self.browse(out, Browser(program))
        else: print('no page opened in a browser: there is no chromium or chrome', file=sys.__stdout__)

    def browse(self, out: Path, browser: Browser):
        "Every page draws its figures without an error or the network; the search finds names and headings"
        self.addCleanup(browser.close)
        for page in sorted(out.rglob('*.html')):
            figures = page.read_text().count('class="plot"')
            if not figures and page.name!='index.html': continue
            browser.open(page.as_uri())
            self.assertEqual(browser.errors, [], page.name)
            for request in browser.requests: self.assertRegex(request, '^(file|data|blob):')
            drawn = browser.run("document.querySelectorAll('.js-plotly-plot .plot-container').length")
            self.assertEqual(drawn, figures, page.name)
        browser.open((out/'tutorials'/'gpus.html').as_uri())
        blocks = browser.run("document.querySelectorAll('main pre:not(.output)').length")
        self.assertEqual(browser.run("document.querySelectorAll('.copy').length"), blocks)
        self.assertEqual(self.search(browser, 'newton_schulz'), '../training/muon.html#newton_schulz')
        self.assertEqual(self.search(browser, 'schulz NEWTON'), '../training/muon.html#newton_schulz')
        self.assertEqual(self.search(browser, 'sliding window'), '../model/swa.html#swa')
        self.assertIsNone(self.search(browser, 'a.b*(<b>'))

    def search(self, browser: Browser, words: str) -> str|None: # address of the first hit
        return browser.run('''(async () => {
            const box = document.getElementById('site-search')
            box.value = %s
            box.oninput()
            await index()
            await 0
            return document.querySelector('#site-hits a').getAttribute('href')
        })()'''%json.dumps(words))


if __name__=='__main__': unittest.main()
