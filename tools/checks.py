"""What must hold for every notebook and module: each check returns the places that break it, one line each"""
import ast
import filecmp
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HELPERS = {'errors', 'reading', 'writing', 'outputs', 'signals', 'testing', 'words', 'track', 'device', 'plots',
           'progress', 'provenance', '_modidx'}
FOLDERS = ['data', 'kernels', 'model', 'training', 'evaluation', 'experiments']  # each imports from those before it
ALONE = {'kernels', 'model'}                                                     # these import nothing but themselves


# --- notebooks, package and README are in step

def _made_files(root: Path) -> set[str]: # notebooks, modules, the README and its figure, relative to `root`
    found = set()
    for pattern in ('blalm/**/*.py', 'nbs/**/*.ipynb', 'nbs/*.svg', 'README.md'):
        for path in root.glob(pattern):
            parts = path.relative_to(root).parts
            hidden = any(p[0] in '._' and p not in ('__init__.py', '_modidx.py') for p in parts)
            if not hidden: found.add('/'.join(parts))
    return found


def _copy_sources(root: Path, to: Path):
    "Copy what the package is made of, without the modules themselves"
    for name in ('settings.ini', 'README.md', 'setup.py'):
        if (root/name).is_file():
            to.mkdir(exist_ok=True)
            shutil.copy(root/name, to/name)
    shutil.copytree(root/'nbs', to/'nbs', ignore=shutil.ignore_patterns('.ipynb_checkpoints', '_quarto.yml'))
    (to/'blalm').mkdir()
    shutil.copy(root/'blalm'/'__init__.py', to/'blalm'/'__init__.py')    # by hand, but for its version


def out_of_step(root: Path) -> list[str]:
    "List files that export, clean or the README's command would change, add or leave without a source"
    from readme import write_readme_and_figure
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder)/'copy'
        _copy_sources(root, new)
        for command in ('nbdev_export', 'nbdev_clean'):
            subprocess.run([Path(sys.executable).with_name(command)], cwd=new, check=True, stdout=subprocess.DEVNULL)
        write_readme_and_figure(new)
        old_files, new_files = _made_files(root), _made_files(new)
        differ = [f for f in old_files & new_files if not filecmp.cmp(root/f, new/f, shallow=False)]
        return sorted([*(old_files ^ new_files), *differ])


# --- imports

def module_folder(path: Path, root: Path) -> str: # of a module: its folder, or 'helpers' or 'commands' at the top
    parts = path.relative_to(root/'blalm').with_suffix('').parts
    if len(parts)>1: return parts[0]
    return 'helpers' if parts[0] in HELPERS else 'commands'


def _imported_modules(path: Path, root: Path) -> list[tuple[int, Path]]: # line, module
    "List the package's modules that a module imports, anywhere in it"
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        targets = []
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parents[node.level-1]
            base = base.joinpath(*node.module.split('.')) if node.module else base
            targets = [base, *(base/a.name for a in node.names)]
        elif isinstance(node, ast.ImportFrom) and (node.module or '').split('.')[0]=='blalm':
            base = root.joinpath(*node.module.split('.'))
            targets = [base, *(base/a.name for a in node.names)]
        elif isinstance(node, ast.Import):
            targets = [root.joinpath(*a.name.split('.')) for a in node.names if a.name.split('.')[0]=='blalm']
        found += [(node.lineno, t.with_suffix('.py')) for t in targets if t.with_suffix('.py').is_file()]
    return found


def _may_import(importer: str, imported: str) -> bool:
    if importer==imported: return True
    if importer in ALONE: return False
    if importer=='commands': return True
    if importer=='helpers' or imported=='commands': return False
    if imported=='helpers': return True
    return FOLDERS.index(imported)<FOLDERS.index(importer)


def against_the_order(root: Path) -> list[str]:
    "List imports between folders that go against the order of the layout"
    bad = []
    for path in sorted((root/'blalm').rglob('*.py')):
        if path.name in ('__init__.py', '_modidx.py'): continue
        importer = module_folder(path, root)
        for line, target in _imported_modules(path, root):
            imported = module_folder(target, root)
            if not _may_import(importer, imported):
                place = f'{path.relative_to(root)}:{line}'
                bad.append(f'{place}: {importer} imports {target.relative_to(root)} of {imported}')
    return bad


def import_cycles(root: Path) -> list[str]:
    "List modules that import each other in a loop"
    graph = {}
    for path in (root/'blalm').rglob('*.py'):
        graph[path] = {target for _, target in _imported_modules(path, root)}-{path}
    while free := [p for p, targets in graph.items() if not targets & graph.keys()]:
        for p in free: del graph[p]
    needed = {t for targets in graph.values() for t in targets}
    return sorted(str(p.relative_to(root)) for p in graph if p in needed)


def mixed_cells(root: Path) -> list[str]:
    "List code cells that import and do something else: nbdev's documentation step would run them"
    bad = []
    for path in sorted((root/'nbs').rglob('*.ipynb')):
        if any(part[0] in '._' for part in path.relative_to(root/'nbs').parts): continue
        for i, cell in enumerate(json.loads(path.read_text(encoding='utf-8'))['cells']):
            source = ''.join(cell['source'])
            if cell['cell_type']!='code' or source.lstrip().startswith(('%', '!')): continue
            if '#| eval: false' in source: continue
            body = ast.parse(source).body
            is_import = [isinstance(node, (ast.Import, ast.ImportFrom)) for node in body]
            if any(is_import) and not all(is_import):
                bad.append(f'{path.relative_to(root)} cell {i}: imports belong in a cell of their own')
    return bad


# --- types

def _is_static(f: ast.FunctionDef) -> bool:
    return any(getattr(d, 'id', '')=='staticmethod' for d in f.decorator_list)


def _lacks_types(f: ast.FunctionDef, is_method: bool) -> bool:
    "Return whether an argument lacks its type, or a function that returns something lacks the type of its result"
    args = [*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs]
    if is_method and not _is_static(f): args = args[1:]
    inner = set()
    for node in ast.walk(f):
        if node is not f and isinstance(node, (ast.FunctionDef, ast.Lambda)):
            inner |= {id(n) for n in ast.walk(node)}
    own = [n for n in ast.walk(f) if id(n) not in inner]
    gives = any(isinstance(n, (ast.Yield, ast.YieldFrom)) or isinstance(n, ast.Return) and n.value for n in own)
    return any(a.annotation is None for a in args) or gives and f.returns is None


def untyped(source: str) -> list[str]: # names
    "List public functions and methods of a module that lack the type of an argument or result"
    public, functions = set(), []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], 'id', '')=='__all__':
            public |= set(ast.literal_eval(node.value))
        if isinstance(node, ast.FunctionDef):
            functions.append((node.name, node, False))
        if isinstance(node, ast.ClassDef):
            methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
            functions += [(f'{node.name}.{m.name}', m, True) for m in methods]
    found = []
    for name, f, is_method in functions:
        is_public = name.split('.')[0] in public and (f.name[0]!='_' or f.name=='__init__')
        if is_public and _lacks_types(f, is_method): found.append(name)
    return found


def untyped_modules(root: Path) -> list[str]:
    bad = []
    for path in sorted((root/'blalm').rglob('*.py')):
        bad += [f'{path.relative_to(root)}: {name}' for name in untyped(path.read_text(encoding='utf-8'))]
    return bad


def lint(root: Path) -> list[str]:
    "Run ruff over the package, the notebooks and the tools"
    ruff = Path(sys.executable).with_name('ruff')
    command = [ruff, 'check', '--quiet', '--output-format=concise', 'blalm', 'nbs', 'tools']
    result = subprocess.run(command, cwd=root, capture_output=True, text=True)
    return (result.stdout+result.stderr).splitlines()


CHECKS = {
    'out of step (run: nbdev_export && nbdev_clean && python tools/dev.py readme)': out_of_step,
    'imports against the order of the folders': against_the_order,
    'modules that import each other': import_cycles,
    'cells that import and do more': mixed_cells,
    'public functions without types': untyped_modules,
    'ruff': lint,
}
