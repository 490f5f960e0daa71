"""Commands for people who work on blalm; run in the project's root.

    python tools/dev.py check     # are notebooks, package and README in step, and is the layout kept?
    python tools/dev.py readme    # write README.md from nbs/index.ipynb, and its figure from the results
    python tools/dev.py outputs   # run notebooks and store their outputs
    python tools/dev.py docs      # make the site in _docs, with Quarto where it is installed, else with pandoc
    python tools/dev.py contract MODEL    # try an exported model under the oldest and the newest transformers
"""
import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

SKIPPED = ('#| eval: false', '#| slow', '#| cuda')


def check(root: Path) -> int: # exit code
    from checks import CHECKS
    failed = False
    for title, find in CHECKS.items():
        if bad := find(root):
            failed = True
            print(f'{title}:', *bad, sep='\n  ')
    if not failed: print('notebooks, package and README are in step')
    return int(failed)


def write_readme(root: Path) -> int:
    from readme import write_readme_and_figure
    write_readme_and_figure(root)
    print(f'wrote {root/"README.md"} and its figure')
    return 0


WIDGET = 'application/vnd.jupyter.widget-view+json'     # a progress bar, of another name at each run

def _is_kept(output: dict) -> bool:
    "Say whether an output is stored: warnings and logs name paths of the machine, and bars differ at each run"
    return output.get('name')!='stderr' and WIDGET not in output.get('data', {})


def run_notebook(path: Path):
    "Run a notebook in a fresh kernel and store its outputs in place"
    import nbformat
    from nbclient import NotebookClient
    nb = nbformat.read(path, 4)
    run = nbformat.from_dict(nb | dict(cells=[c for c in nb.cells if not c.source.startswith(SKIPPED)]))
    resources = dict(metadata=dict(path=str(path.parent)))
    NotebookClient(run, timeout=1200, coalesce_streams=True, resources=resources).execute()
    outputs = {c.id: c.outputs for c in run.cells if c.cell_type=='code'}
    for cell in nb.cells:
        if cell.id in outputs: cell.outputs = [o for o in outputs[cell.id] if _is_kept(o)]
    nbformat.write(nb, path)


def store_outputs(root: Path, notebooks: list[Path]) -> int:
    os.environ |= dict(TQDM_DISABLE='1', PYTHONPATH=str(root))
    for path in notebooks or sorted((root/'nbs').rglob('*.ipynb')):
        if any(part[0] in '._' for part in path.resolve().relative_to(root/'nbs').parts): continue
        print(path.name, flush=True)
        run_notebook(path)
    return 0


def docs(root: Path) -> int:
    from links import broken_links
    from site_pages import SiteError, build
    if shutil.which('quarto'):
        command = Path(sys.executable).with_name('nbdev_docs')
        if code := subprocess.run([command], cwd=root).returncode: return code
    else:
        try: build(root)
        except SiteError as e:
            print(f'docs: {e}', file=sys.stderr)
            return 1
    bad = broken_links(root/'_docs')
    if bad: print('broken links:', *bad, sep='\n  ')
    print(f'wrote the site to {root/"_docs"}; open it with: python -m http.server -d _docs')
    return int(bool(bad))


def main(argv: list[str]|None = None) -> int:
    parser = argparse.ArgumentParser(prog='tools/dev.py', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    commands.add_parser('check')
    commands.add_parser('readme')
    commands.add_parser('docs')
    outputs = commands.add_parser('outputs')
    outputs.add_argument('notebooks', nargs='*', type=Path, help='all if none is given')
    contract = commands.add_parser('contract')
    contract.add_argument('model', type=Path, help='exported folder, such as _runs/demo/run/model')
    args, root = parser.parse_args(argv), Path.cwd()
    if not (root/'settings.ini').is_file():
        print("tools/dev.py: run it in the project's root, where settings.ini is", file=sys.stderr)
        return 2
    if args.command=='check': return check(root)
    if args.command=='readme': return write_readme(root)
    if args.command=='docs': return docs(root)
    if args.command=='contract':
        from contract import check_range
        return check_range(root, args.model.resolve())
    return store_outputs(root, args.notebooks)


if __name__=='__main__': sys.exit(main())
