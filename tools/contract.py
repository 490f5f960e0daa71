"""`blalm check --model` under the oldest and the newest supported transformers, each in an environment of its own"""
import configparser
import os
import re
import subprocess
import venv
from importlib.metadata import version
from pathlib import Path


def transformers_range(root: Path) -> list[str]: # requirements, the oldest first
    "Return what pip installs as the oldest and as the newest supported transformers"
    settings = configparser.ConfigParser(delimiters=['='])
    settings.read(root/'settings.ini', encoding='utf-8')
    oldest = re.search(r'\btransformers>=([\d.]+)', settings['DEFAULT']['requirements'])[1]
    return [f'transformers=={oldest}.*', 'transformers']


def install(root: Path, folder: Path, transformers: str) -> Path: # its Python
    "Make an environment with the package, PEFT and this transformers, or bring it up to date"
    python = folder/('Scripts' if os.name=='nt' else 'bin')/'python'
    if not python.exists(): venv.create(folder, with_pip=True)
    pip = [python, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', '--upgrade']
    torch = f"torch=={version('torch').partition('+')[0]}"   # the one at hand, so that pip takes no other build
    subprocess.run([*pip, torch, transformers, 'accelerate', 'peft', '-e', root], check=True)
    return python


def check_range(root: Path, model: Path) -> int: # exit code
    "Print the table of both versions"
    codes = []
    for name, transformers in zip(('oldest', 'newest'), transformers_range(root)):
        python = install(root, root/'_runs'/'contract'/name, transformers)
        env = os.environ | dict(OMP_NUM_THREADS='1', HF_HUB_OFFLINE='1', PYTHONWARNINGS='ignore')
        codes.append(subprocess.run([python, '-m', 'blalm', 'check', '--model', model], env=env).returncode)
    return max(codes)
