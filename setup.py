"Package metadata comes from settings.ini, so that nbdev and pip read one file."
import configparser
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

here = Path(__file__).parent
cp = configparser.ConfigParser(delimiters=['='])
cp.read(here/'settings.ini', encoding='utf-8')
cfg = cp['DEFAULT']


class Build(build_py):
    "Put the notebooks of the experiments, which `blalm experiment` runs, into the package"

    def run(self):
        super().run()
        if not getattr(self, 'editable_mode', False):
            folder = Path(self.build_lib)/cfg['lib_name']/'notebooks'
            folder.mkdir(parents=True, exist_ok=True)
            for pattern in ('e[0-9]*.ipynb', 'e[0-9]*.toml'):
                for path in (here/'nbs'/'experiments').glob(pattern): shutil.copy(path, folder)


extras, packages = {}, []
for name in ('data', 'experiments', 'dev'):    # each brings those before it
    packages = packages+cfg[f'{name}_requirements'].split()
    extras[name] = packages

setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'], license='Apache-2.0',
    author=cfg['author'], author_email=cfg['author_email'], url=cfg['git_url'], keywords=cfg['keywords'],
    long_description=(here/'README.md').read_text(encoding='utf-8'), long_description_content_type='text/markdown',
    python_requires='>='+cfg['min_python'], packages=find_packages(include=[cfg['lib_name'], cfg['lib_name']+'.*']),
    package_data={cfg['lib_name']: ['**/*.toml']},
    install_requires=cfg['requirements'].split(), extras_require=extras,
    entry_points={'console_scripts': cfg['console_scripts'].split(),
                  'nbdev': [f"{cfg['lib_name']}={cfg['lib_path']}._modidx:d"]},
    cmdclass=dict(build_py=Build), zip_safe=False)
