"""Copy what pages load or link to next to the notebooks; `_quarto.yml` runs this in `_proc` before rendering"""
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from site_pages import copy_resources

root, here = Path(__file__).resolve().parent.parent, Path.cwd()
copy_resources(root, here)
for name in ('CONTRIBUTING.md', 'CHANGELOG.md'): shutil.copy(root/name, here/name)
