"""The notebooks as a static site, made by pandoc: the fallback of `make docs` where Quarto is not installed.

Every page works from a folder on disk and loads nothing from the network: mathematics is MathML, plotly.js and
the search index are copied. `build` is the entry point; `tools/links.py` checks the result.
"""
import ast
import html
import json
import os
import re
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from configparser import ConfigParser
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from pathlib import Path

from command_page import command_page
from links import PageReader

THEME = Path(__file__).resolve().parent/'theme'
# folders of nbs/, in the order of the sidebar
CHAPTERS = ['tutorials', 'reference', '', 'data', 'model', 'kernels', 'training', 'evaluation', 'experiments']
CHAPTER_TITLES = {'': 'Helpers and commands', 'reference': 'Reference', 'project': 'Project'}
DIALECT = ('markdown-smart-blank_before_header-blank_before_blockquote+lists_without_preceding_blankline'
           '+autolink_bare_uris')


class SiteError(Exception):
    "A problem of the notebooks that the author can mend"


# --- pages

@dataclass(frozen=True)
class Page:
    "A page of the site and its source"
    path: Path    # notebook or Markdown file; for the reference, the package's folder or its command line
    href: str     # address relative to the site's root
    chapter: str  # section of the sidebar; empty for the front page
    title: str
    summary: str

    @property
    def to_root(self) -> str:
        "Relative path from the page's folder to the site's root: '' or '../'"
        return '../'*self.href.count('/')


def page_name(path: str) -> str:
    "Name the page of a source: `tutorials/01_first.ipynb` becomes `tutorials/first.html`"
    html_path = re.sub(r'\.(ipynb|md)$', '.html', path)
    return re.sub(r'(^|/)\d+[a-z]*_([^/]*)$', r'\1\2', html_path)


def read_cells(path: Path) -> list[dict]:
    "Read the cells of a notebook, or a Markdown file as one cell for its title and one for the rest"
    text = path.read_text(encoding='utf-8')
    if path.suffix=='.ipynb':
        return [cell | dict(source=''.join(cell['source'])) for cell in json.loads(text)['cells']]
    title, _, rest = text.partition('\n')
    return [dict(cell_type='markdown', source=source) for source in (title, rest)]


def make_page(path: Path, relative: str, chapter: str) -> Page:
    head = next((c['source'] for c in read_cells(path) if c['cell_type']=='markdown'), '')
    if not head.startswith('# '):
        raise SiteError(f'{path}: expected a first cell with `# title` and a line `> summary`')
    title, *rest = head.split('\n')
    summary = ' '.join(line[2:].strip() for line in rest if line.startswith('> '))
    return Page(path, page_name(relative), chapter, title[2:].strip(), summary)


def find_pages(root: Path) -> list[Page]:
    "List the pages of the project at `root`, the front page first, then chapter by chapter"
    notebooks = root/'nbs'
    pages = []
    for path in sorted(notebooks.rglob('*.ipynb')):
        relative = path.relative_to(notebooks)
        hidden = any(part[0] in '._' for part in relative.parts)
        if hidden or relative.name=='index.ipynb': continue
        folder = relative.parts[0] if len(relative.parts)>1 else ''
        chapter = CHAPTER_TITLES.get(folder, folder.capitalize())
        pages.append((folder, make_page(path, relative.as_posix(), chapter)))
    if (root/'blalm').is_dir():
        title = CHAPTER_TITLES['project']
        page = Page(root/'blalm', 'reference.html', title, 'All names', 'Every public function and class')
        pages.append(('project', page))
    if (root/'blalm'/'cli.py').is_file():
        page = Page(root/'blalm'/'cli.py', 'commands.html', CHAPTER_TITLES['reference'], 'Command line',
                    'Every command with its options and defaults, and the fields of a model')
        pages.append(('reference', page))
    for name in ('CONTRIBUTING.md', 'CHANGELOG.md'):
        if (root/name).is_file():
            pages.append(('project', make_page(root/name, name, CHAPTER_TITLES['project'])))
    def place(p): return CHAPTERS.index(p[0]) if p[0] in CHAPTERS else len(CHAPTERS)
    pages.sort(key=place)  # stable within a chapter
    found = [make_page(notebooks/'index.ipynb', 'index.ipynb', ''), *(page for _, page in pages)]
    by_href = {}
    for page in found:
        other = by_href.setdefault(page.href, page)
        if other!=page:
            raise SiteError(f'{other.path}, {page.path}: both would be {page.href}; rename one')
    return found


# --- text

LINK = re.compile(r'\]\((?!\w+:)((?:\.\./)*)(nbs/)?([^)\s#]+\.(?:ipynb|md))(#[^)\s]*)?\)')
OUTSIDE = re.compile(r'\]\((?:\.\./)+(results|recipes|CONTRIBUTING|CHANGELOG)')


def link_pages(text: str, # Markdown
               site: str, # address under which nbdev's look-up places the pages
               page: Page,
              ) -> str: # Markdown
    "Turn links to notebooks and names of exported functions into links between pages"
    from nbdev.doclinks import NbdevLookup
    text = NbdevLookup().linkify(text)
    # private names have no page, and a link holds no other link
    text = re.sub(r'\[(`_\w*`)\]\([^)]*\)', r'\1', text)
    text = re.sub(r'\[([^\[\]]*)\[(`\w+`)\]\([^)]*\)([^\[\]]*)\]\(', r'[\1\2\3](', text)
    text = OUTSIDE.sub(lambda m: f']({page.to_root}{m[1]}', text)  # files at the project's root
    text = LINK.sub(lambda m: f']({m[1]}{page_name(m[3])}{m[4] or ""})', text)
    return text.replace(f']({site}/', f']({page.to_root}')


def show_doc(obj, name: str) -> str: # Markdown
    "Render the signature and docstring of an exported function or class"
    from nbdev.showdoc import show_doc as nbdev_show_doc
    _, signature, docstring = nbdev_show_doc(obj)._repr_markdown_().split('```', 2)
    docstring = re.sub(r'^\s*\*(.*?)\*(?=\n|$)', r'\1', docstring, count=1, flags=re.S)
    return f'### {name} {{#{name.lower()} .doc}}\n\n::: {{.doc}}\n\n```{signature}```\n\n{docstring}\n\n:::'


def defined_names(source: str) -> list[str]:
    return [n.name for n in ast.parse(source).body if isinstance(n, (ast.FunctionDef, ast.ClassDef))]


FIGURE = '''<script>window.Plotly || document.write('<script src="{root}plotly.min.js"><\\/script>')</script>
<div id="{name}" class="plot"></div>
<script>{{ const [data, layout] = {figure};
Plotly.newPlot("{name}", data, {{...layout, autosize: true, width: undefined}},
               {{responsive: true, displayModeBar: false}}) }}</script>'''


def output_html(output: dict, # of a code cell, as notebooks store it
                to_root: str, # from the page to the site's root
                name: str, # id of the output's element, unique on the page
               ) -> tuple[str, str]: # ('html' or 'markdown', text); an empty text for nothing
    "Render a stored output"
    data = {}
    for mime, content in output.get('data', {}).items():
        data[mime] = content if isinstance(content, dict) else ''.join(content)
    if figure := data.get('application/vnd.plotly.v1+json'):
        script = json.dumps([figure['data'], figure.get('layout', {})], sort_keys=True).replace('</', '<\\/')
        return 'html', FIGURE.format(root=to_root, name=name, figure=script)
    if 'text/markdown' in data: return 'markdown', data['text/markdown']
    if 'text/html' in data: return 'html', data['text/html']
    if 'image/svg+xml' in data: return 'html', data['image/svg+xml']
    if 'image/png' in data:
        return 'html', f'<img alt="" src="data:image/png;base64,{data["image/png"].strip()}">'
    text = ''.join(output.get('text', output.get('traceback', []))) or data.get('text/plain', '')
    text = re.sub(r'\x1b\[[0-9;]*m', '', text).rstrip()
    return 'html', f'<pre class="output">{html.escape(text)}</pre>' if text else ''


# --- articles

def _exported_cells(source: str, directive: str, module) -> list[dict]:
    "Cells that show an exported cell: the documentation of its public names, then its source, to be folded"
    names = defined_names(source)
    public = [n for n in names if n[0]!='_' and directive=='export' and hasattr(module, n)]
    docs = [dict(cell_type='markdown', source=show_doc(getattr(module, n), n)) for n in public]
    return [*docs, dict(cell_type='code', source=source, names=names, outputs=[])]


def article(page: Page, site: str) -> list[dict]:
    """Return the cells of a page's notebook as an article: Markdown for the site, code with its outputs, and `names`
    for code to be folded. The notebook's module must be importable."""
    cells = read_cells(page.path)
    title = next(i for i, c in enumerate(cells) if c['cell_type']=='markdown')
    out, module = [], None
    for i, cell in enumerate(cells):
        directives = dict(re.findall(r'^#\| *(\w+)(?:: *| +|$)(.*)$', cell['source'], flags=re.M))
        source = re.sub(r'^#\|.*\n?', '', cell['source'], flags=re.M).strip('\n')
        exported = directives.keys() & {'export', 'exporti'}
        if 'default_exp' in directives: module = import_module(f'blalm.{directives["default_exp"]}')
        elif i==title or 'hide' in directives or not source or cell['cell_type']=='raw': continue
        elif cell['cell_type']=='markdown': out.append(dict(cell_type='markdown', source=source))
        elif exported: out += _exported_cells(source, *exported, module)
        else: out.append(dict(cell_type='code', source=source, names=None, outputs=cell.get('outputs', [])))
    names = {n.lower() for c in out for n in c.get('names') or []}
    for cell in out:
        if cell['cell_type']=='markdown':
            cell['source'] = link_pages(_rename_headings(cell['source'], names), site, page)
    return out


def _rename_headings(text: str, names: set[str]) -> str:
    "Give a heading another anchor where a documented name of the page already has it"
    def anchor(m):
        taken = m[1].lower() in names and not m[0].endswith('}')
        return f'{m[0]} {{#{m[1].lower()}-section}}' if taken else m[0]
    return re.sub(r'^#+ +(\w+)$', anchor, text, flags=re.M)


def reference(root: Path, pages: list[Page]) -> list[dict]:
    "Return a table for each notebook: its public functions and classes with the first line of their docstrings"
    out = []
    for page in pages:
        if page.path.suffix!='.ipynb': continue
        source = '\n'.join(c['source'] for c in read_cells(page.path))
        module = re.search(r'^#\| *default_exp +([\w.]+)', source, flags=re.M)
        if not module: continue
        file = root/'blalm'/(module[1].replace('.', '/')+'.py')
        rows = []
        for node in ast.parse(file.read_text(encoding='utf-8')).body:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name[0]=='_': continue
            summary = (ast.get_docstring(node) or '').split('\n\n')[0].replace('\n', ' ').replace('|', '\\|')
            rows.append(f'| [`{node.name}`]({page.href}#{node.name.lower()}) | {summary} |')
        if rows:
            head = [f'## [{page.title}]({page.href})', '', page.summary, '', '| | |', '|---|------|']
            out.append(dict(cell_type='markdown', source='\n'.join([*head, *rows])))
    return out


def _raw(text: str) -> str: return f'`````{{=html}}\n{text}\n`````'


def article_text(cells: list[dict], page: Page) -> str: # Markdown
    "Join the cells of an article into one Markdown text"
    parts = []
    for i, cell in enumerate(cells):
        if cell['cell_type']=='markdown':
            parts.append(cell['source'])
            continue
        code = f'`````python\n{cell["source"]}\n`````'
        if cell['names'] is None: parts.append(code)
        else:
            label = ': '.join(filter(None, ['Source', ', '.join(cell['names'])]))
            parts += [_raw(f'<details class="source"><summary>{label}</summary>'), code, _raw('</details>')]
        for j, output in enumerate(cell['outputs']):
            kind, text = output_html(output, page.to_root, f'out-{i}-{j}')
            if text: parts.append(text if kind=='markdown' else _raw(text))
    return '\n\n'.join(parts)


# --- HTML

def _sidebar(pages: list[Page], page: Page) -> str:
    parts = []
    for chapter, members in groupby(pages, lambda p: p.chapter):
        if chapter: parts.append(f'<h2>{chapter}</h2>')
        parts.append('<ul>')
        for p in members:
            current = ' aria-current=page' if p==page else ''
            attributes = f'href="{page.to_root}{p.href}" title="{html.escape(p.summary)}"{current}'
            parts.append(f'<li><a {attributes}>{html.escape(p.title)}</a></li>')
        parts.append('</ul>')
    return ''.join(parts)


def _neighbours(pages: list[Page], page: Page) -> str:
    i = pages.index(page)
    before = after = '<span></span>'
    if i>0:
        before = f'<a href="{page.to_root}{pages[i-1].href}">← {html.escape(pages[i-1].title)}</a>'
    if i+1<len(pages):
        after = f'<a href="{page.to_root}{pages[i+1].href}">{html.escape(pages[i+1].title)} →</a>'
    return before+after


def _callout(m: re.Match) -> str:
    "Keep a callout's title, which pandoc writes as a tooltip; its kind is the title of one without"
    title = re.search(r' title="([^"]*)"', m[0])
    return f'<div class="callout-{m[1]}" data-title="{title[1] if title else m[1].capitalize()}">'


def render(page: Page, pages: list[Page], markdown: str, site_title: str) -> str: # HTML
    "Render a page with pandoc"
    import pypandoc
    is_front = page.href=='index.html'
    variables = dict(
        root=page.to_root, site=site_title, pagetitle=site_title if is_front else f'{page.title} · {site_title}',
        heading=html.escape(page.title), summary=html.escape(page.summary),
        sidebar=_sidebar(pages, page), next=_neighbours(pages, page))
    args = [f'--template={THEME/"page.html"}', '--mathml', '--toc', '--toc-depth=3', '--wrap=none', '--quiet']
    args += [f'--variable={name}={value}' for name, value in variables.items()]
    text = pypandoc.convert_text(markdown, 'html5', format=DIALECT, extra_args=args)
    text = re.sub(r'<div class="callout-(\w+)[^>]*>', _callout, text)
    return text.replace('<table', '<div class="table"><table').replace('</table>', '</table></div>')


def search_entries(page: Page, reader: PageReader) -> list[list[str]]: # [title, heading, address, text] per section
    "Return what the search knows of a page"
    def line(s): return re.sub(r'\s+', ' ', s).strip()
    entries = []
    for s in reader.sections:
        address = f'{page.href}#{s.anchor}' if s.anchor else page.href
        entries.append([page.title, line(s.heading), address, line(s.text)])
    return entries


def copy_resources(root: Path, out: Path):
    "Copy what pages load or link to: plotly.js, figures, measured rows, recipes"
    from plotly.offline import get_plotlyjs
    (out/'plotly.min.js').write_text(get_plotlyjs(), encoding='utf-8')
    for path in (root/'nbs').glob('*.svg'): shutil.copy(path, out/path.name)
    for name in ('results', 'recipes'):
        if (root/name).is_dir(): shutil.copytree(root/name, out/name, dirs_exist_ok=True)


def build(root: Path, # project's folder, where settings.ini is
          out: Path|None = None, # folder of the site, made or replaced; `_docs` by default
         ) -> Path: # folder of the site
    "Make the site of the project at `root`; raises `SiteError` without pandoc, or for two notebooks of one name"
    try:
        import pypandoc
        pypandoc.get_pandoc_path()
    except (ImportError, OSError):
        message = 'neither Quarto nor pandoc is installed; pip install pypandoc_binary, or see https://quarto.org'
        raise SiteError(message) from None
    cfg = ConfigParser(delimiters=['='])
    cfg.read(root/'settings.ini', encoding='utf-8')
    cfg = cfg['DEFAULT']
    out = out or root/'_docs'
    new = out.with_name(out.name+'.new')
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    pages = find_pages(root)
    site = cfg['doc_host']+cfg['doc_baseurl']

    def text_of(page: Page) -> str:
        if page.path.suffix=='.py': return command_page()
        cells = reference(root, pages) if page.path.is_dir() else article(page, site)
        return article_text(cells, page)
    write_pages(new, pages, map(text_of, pages), cfg['title'])
    copy_resources(root, new)
    shutil.rmtree(out, ignore_errors=True)
    new.rename(out)
    return out


def write_pages(out: Path, pages: list[Page], texts: Iterable[str], title: str):
    "Render all pages, their style and the search index to `out`"
    for name in ('site.css', 'site.js'): shutil.copy(THEME/name, out)
    index = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        rendered = pool.map(lambda page, text: render(page, pages, text, title), pages, list(texts))
        for page, text in zip(pages, rendered):
            (out/page.href).parent.mkdir(exist_ok=True)
            (out/page.href).write_text(text, encoding='utf-8')
            index += search_entries(page, PageReader(text))
    script = 'const INDEX = '+json.dumps(index, ensure_ascii=False, separators=(',', ':'))
    (out/'search.js').write_text(script, encoding='utf-8')
