"""A stored figure of a notebook as SVG, for pages that run no scripts, such as the README"""
import json
import math
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 16, 52      # margins
COLOURS = '#4c6ef5', '#868e96', '#e8590c'
TEXT = 'font-family="sans-serif" font-size="13" fill="#495057"'


def stored_figure(notebook: Path, name: str) -> dict:
    "Return the Plotly figure that a notebook stores under this name"
    for cell in json.loads(notebook.read_text(encoding='utf-8'))['cells']:
        for output in cell.get('outputs', []):
            if ''.join(output.get('data', {}).get('text/plain', '')) == f'figure {name}':
                return output['data']['application/vnd.plotly.v1+json']
    raise SystemExit(f'{notebook}: no stored figure {name}; run: python tools/dev.py outputs {notebook}')


class Axes:
    "Positions of points: a logarithmic axis of words, a linear one of losses"

    def __init__(self, traces: list[dict]):
        x = [math.log10(v) for trace in traces for v in trace['x']]
        y = [v for trace in traces for v in trace['y']]
        self.x_range = min(x)-.1, max(x)+.1
        self.y_range = math.floor(min(y)*2)/2, math.ceil(max(y)*2)/2

    def x(self, words: float) -> float:
        low, high = self.x_range
        return LEFT+(math.log10(words)-low)/(high-low)*(WIDTH-LEFT-RIGHT)

    def y(self, loss: float) -> float:
        low, high = self.y_range
        return HEIGHT-BOTTOM-(loss-low)/(high-low)*(HEIGHT-TOP-BOTTOM)

    def words_ticks(self) -> list[int]:
        low, high = self.x_range
        return [n for n in (10**6, 3*10**6, 10**7, 3*10**7, 10**8) if low<=math.log10(n)<=high]

    def loss_ticks(self) -> list[float]:
        low, high = self.y_range
        return [low+i/2 for i in range(round((high-low)*2)+1)]


def _grid(axes: Axes) -> list[str]:
    parts = []
    for n in axes.words_ticks():
        x = axes.x(n)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT-BOTTOM}" stroke="#e9ecef"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT-BOTTOM+18}" text-anchor="middle" {TEXT}>{n//10**6}M</text>')
    for loss in axes.loss_ticks():
        y = axes.y(loss)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH-RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e9ecef"/>')
        parts.append(f'<text x="{LEFT-8}" y="{y+4:.1f}" text-anchor="end" {TEXT}>{loss:.1f}</text>')
    return parts


def _trace(trace: dict, colour: str, axes: Axes) -> list[str]:
    points = [(axes.x(x), axes.y(y)) for x,y in zip(trace['x'], trace['y'], strict=True)]
    if trace['mode']=='lines':
        path = ' '.join(f'{x:.1f},{y:.1f}' for x,y in points)
        return [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    parts = []
    for (x, y), loss in zip(points, trace['y'], strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{x:.1f}" y="{y-10:.1f}" text-anchor="middle" {TEXT}>{loss:.2f}</text>')
    return parts


def _legend(traces: list[dict]) -> list[str]:
    parts = []
    for i, (trace, colour) in enumerate(zip(traces, COLOURS)):
        y = TOP+16+20*i
        parts.append(f'<circle cx="{WIDTH-330}" cy="{y-4}" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH-318}" y="{y}" {TEXT}>{escape(trace["name"])}</text>')
    return parts


def static_svg(figure: dict) -> str:
    "Draw the points and lines of a figure of losses by words"
    traces = figure['data']
    if len(traces)>len(COLOURS): raise ValueError(f'{len(traces)} traces, but only {len(COLOURS)} colours')
    axes = Axes(traces)
    size = f'width="{WIDTH}" height="{HEIGHT}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {size}>',
             f'<rect {size} fill="white"/>']
    parts += _grid(axes)
    for trace, colour in zip(traces, COLOURS): parts += _trace(trace, colour, axes)
    parts += _legend(traces)
    parts.append(f'<text x="{(WIDTH+LEFT)/2}" y="{HEIGHT-10}" text-anchor="middle" {TEXT}>words of the corpus</text>')
    parts.append(f'<text transform="translate(16 {HEIGHT/2}) rotate(-90)" text-anchor="middle" {TEXT}>'
                 'held-out loss, nats per word</text>')
    return '\n'.join([*parts, '</svg>'])+'\n'
