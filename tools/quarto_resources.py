"""Put what pages load or link to, and the page of commands, next to the notebooks

`_quarto.yml` runs this in `_proc` before rendering."""
import shutil
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(root/'tools'), str(root)]

from command_page import command_page
from site_pages import copy_resources

here = Path.cwd()
copy_resources(root, here)
for name in ('CONTRIBUTING.md', 'CHANGELOG.md'): shutil.copy(root/name, here/name)
(here/'commands.md').write_text('# Command line\n\n'+command_page()+'\n', encoding='utf-8')
