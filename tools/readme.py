"""README.md from nbs/index.ipynb, and its figure from the stored outputs of the results"""
import json
import re
from pathlib import Path
from static_figure import static_svg, stored_figure


def _relative_to_root(text: str) -> str:
    "Links of the notebook are relative to nbs/, those of the README to the project's root"
    text = re.sub(r'\]\(\.\./', '](', text)
    return re.sub(r'\]\((?!\w+:|#|nbs/)([\w./]+\.(?:ipynb|svg))', r'](nbs/\1', text)


def readme_text(index: Path) -> str: # Markdown
    "Render the notebook `index` as README: prose as it is, code as blocks, printed output below it"
    parts = []
    for cell in json.loads(index.read_text(encoding='utf-8'))['cells']:
        source = ''.join(cell['source'])
        if cell['cell_type']=='markdown': parts.append(_relative_to_root(source))
        if cell['cell_type']!='code' or source.startswith('#| hide'): continue
        lines = [line for line in source.split('\n') if not line.startswith('#|')]
        parts.append('```python\n'+'\n'.join(lines)+'\n```')
        printed = ''.join(text for output in cell['outputs'] for text in output.get('text', []))
        if printed: parts.append('```\n'+printed.rstrip('\n')+'\n```')
    return '\n\n'.join(parts)+'\n'


def write_readme_and_figure(root: Path):
    "Write what the project's front page consists of"
    notebooks = root/'nbs'
    (root/'README.md').write_text(readme_text(notebooks/'index.ipynb'), encoding='utf-8')
    figure = stored_figure(notebooks/'experiments'/'62_results.ipynb', 'results-words')
    (notebooks/'words.svg').write_text(static_svg(figure), encoding='utf-8')
