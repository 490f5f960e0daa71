"""What a rendered page holds, and which links of a site lead nowhere"""
import os
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urldefrag

INLINE = ('a', 'span', 'code', 'em', 'strong', 'math', 'mi', 'mo', 'mn', 'msub', 'msup', 'mrow', 'semantics')
SCRIPT = re.compile('(<script[^>]*>).*?</script>', re.DOTALL)    # figures are long scripts, slow to parse
SILENT = ('script', 'style', 'footer', 'annotation', 'details', 'h1')  # not searched


class Section(NamedTuple):
    "A part of a page between two headings"
    anchor: str
    heading: str
    text: str


class PageReader(HTMLParser):
    "Collects a page's sections, anchors, links, and what a browser would load by itself"

    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links, self.loads = Counter(), [], []
        self._parts = [dict(anchor='', heading='', text='')]
        self._field = 'text'
        self._main_depth = self._silent_depth = 0
        self.feed(SCRIPT.sub(r'\1</script>', text))
        self.close()

    @property
    def sections(self) -> list[Section]: return [Section(**part) for part in self._parts]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str|None]]):
        a = dict(attrs)
        if 'id' in a: self.ids[a['id']] += 1
        if tag=='a' and 'href' in a: self.links.append(a['href'])
        if source := a.get('src') or (tag=='link' and a.get('href')): self.loads.append(source)
        self._main_depth += tag=='main'
        self._silent_depth += tag in SILENT
        if tag in ('h2', 'h3') and self._main_depth:
            self._parts.append(dict(anchor=a.get('id', ''), heading='', text=''))
            self._field = 'heading'
        if tag not in INLINE: self._parts[-1][self._field] += ' '

    def handle_endtag(self, tag: str):
        self._main_depth -= tag=='main'
        self._silent_depth -= tag in SILENT
        if tag in ('h2', 'h3'): self._field = 'text'

    def handle_data(self, data: str):
        if self._main_depth and not self._silent_depth: self._parts[-1][self._field] += data


def _loaded_by_styles(site: Path) -> list[str]:
    bad = []
    for css in sorted(site.rglob('*.css')):
        text = css.read_text(encoding='utf-8')
        for m in re.finditer(r'(?:@import|url\()[ "\']*(?:https?:)?//[^"\')]+', text):
            bad.append(f'{css.relative_to(site).as_posix()}: {m[0]}: loaded from elsewhere')
    return bad


def _broken(site: Path, name: str, link: str, anchors: dict[str, Counter]) -> str: # empty if the link is right
    if re.match(r'\w+:', link): return ''
    path, anchor = urldefrag(unquote(link))
    target = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
    if not (site/target).is_file(): return f'{name}: {link}: no such file'
    if anchor and target in anchors and anchor not in anchors[target]:
        return f'{name}: {link}: no such place on the page'
    return ''


def broken_links(site: Path) -> list[str]: # page, link, why: one line each
    "List links of a site that lead nowhere, anchors used twice, and what a page would load from elsewhere"
    readers = {}
    for path in sorted(site.rglob('*.html')):
        readers[path.relative_to(site).as_posix()] = PageReader(path.read_text(encoding='utf-8'))
    anchors = {name: reader.ids for name, reader in readers.items()}
    bad = _loaded_by_styles(site)
    for name, reader in readers.items():
        bad += [f'{name}: #{i}: two places of this name' for i, count in reader.ids.items() if count>1]
        remote = [s for s in reader.loads if re.match(r'(\w+:)?//', s)]
        local = [s for s in reader.loads if not re.match(r'(\w+:|//)', s)]
        bad += [f'{name}: {s}: loaded from elsewhere' for s in remote]
        bad += filter(None, (_broken(site, name, link, anchors) for link in [*reader.links, *local]))
    return bad
