"""The command line as a page of the site: every command, option and default, and the fields of a model"""
import inspect

from fastcore.docments import docments


def _escape(text: str) -> str: return text.replace('|', '\\|').replace('*', '\\*').replace('_', '\\_')


def _shown_default(default: object) -> str:
    if default is True: return 'on'
    if default is False: return 'off'
    if default in ('', ()): return ''
    return f'`{default}`'


def _flag(name: str, default: object) -> str:
    "Write an option with the kind of its value"
    flag = '--'+name.replace('_', '-')
    if default is True: return f'`--no-{flag[2:]}`'
    if default is False: return f'`{flag}`'
    if isinstance(default, tuple): return f'`{flag} KEY VALUE`'
    kind = type(default).__name__.upper()
    return f'`{flag} {kind}`'


def _table(head: list[str], rows: list[list[str]]) -> list[str]: # lines
    "Return a table whose last column is the widest"
    rule = ['---']*len(head)
    rule[-1] = '-'*9
    return ['| '+' | '.join(cells)+' |' for cells in [head, rule, *rows]]


def command_text(command: str, f) -> str: # Markdown
    "Describe a command: what it does, how it is called, and its options"
    comments = {name: _escape(text or '') for name, text in docments(f).items()}
    call, rows = [f'blalm {command}'], []
    for name, parameter in inspect.signature(f).parameters.items():
        comment = comments.get(name, '')
        if parameter.default is not inspect.Parameter.empty:
            rows.append([_flag(name, parameter.default), _shown_default(parameter.default), comment])
            continue
        several = ' ...' if str(parameter.annotation).startswith('list') else ''
        value = name.upper()+several
        written = '--out PATH' if name=='out' else value
        call.append(written)
        rows.append([f'`{written}`', 'required', comment])
    summary = inspect.getdoc(f).split('\n')[0]
    usage = ' '.join(call)+' [options]'
    table = _table(['option', 'default', 'meaning'], rows)
    return '\n'.join([f'## blalm {command} {{#{command}}}', '', f'{summary}.', '', '```sh', usage, '```', '', *table])


def fields_text() -> str: # Markdown
    "Describe the fields of a model, and what presets set"
    from blalm.cli import model_fields
    from blalm.model.config import PRESETS
    fields = model_fields()
    rows = [[f'`{name}`', _shown_default(default), _escape(comment)] for name, (default, comment) in fields.items()]
    configs = {name: preset() for name, preset in PRESETS.items()}
    differing = [name for name in fields if len({getattr(c, name) for c in configs.values()})>1]
    presets = []
    for name, config in configs.items():
        presets.append([f'`{name}`', *(_shown_default(getattr(config, field)) for field in differing)])
    about = ('`--switches window=128,dropout=0.1` sets fields of the model. A field that is not named has the '
             'value of the preset (`--preset`), or the default where a preset says nothing.')
    return '\n'.join([
        '## Fields of a model {#switches}', '', about, '', *_table(['field', 'default', 'meaning'], rows), '',
        '### Presets', '', *_table(['preset', *(f'`{name}`' for name in differing)], presets)])


def command_page() -> str: # Markdown, without the title
    "Describe every command"
    from blalm.cli import COMMANDS, load_signature
    about = ('Every stage is a command. An option that is left out has its default. `blalm COMMAND --help` shows '
             'the same in a terminal.')
    parts = [command_text(command, load_signature(*place)) for command, place in COMMANDS.items()]
    return '\n\n'.join([about, *parts, fields_text()])
