"""One input as a small picture: pixels as pixels, a graph as a graph, a table row as cells, a sentence as words.

Pictures are ``<img>`` for ``st.html``, which would strip an ``<svg>``. A picture cannot take the page's colour of
text, so lines in it are of a grey that is seen on light and on dark ground, and letters ask which of the two it is. A
sentence stays text: it takes size, fount and colour of the page, and a screen reader reads it.

Shapes: N nodes, D neighbours of a node, F features.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image

from drawings.theme import FONT, QUIET, modality_colour
from sharcs_core.structures import Floats, Inputs, Ints

GROUND = "#0B0D12"
RADIUS = 6
FLAT = 0.62
"""Height of a laid out graph for a width of 1."""
CRISP_SIDE = 64
"""Up to so many pixels a side, a picture's pixels are shown as such; larger ones are smoothed."""
FONT_NAMES = FONT.replace("'", "")
LETTERS = (
    "<style>text:not([fill]){fill:#4F5666}@media(prefers-color-scheme:dark){text:not([fill]){fill:#B9C0CE}}</style>"
)
"""4.5 : 1 on either ground; a picture in a page follows the page's own."""
WIDER = {"tabular": 1.5, "text": 1.3}
"""A table row is flat and a sentence has words, so they are drawn wider than a picture to be as readable."""


def draw(
    inputs: Inputs, row: int, size: int = 140, name: str | None = None, words: Sequence[str] = (), says: str = ""
) -> str:
    """HTML of input ``row``, ``size`` CSS pixels wide: an ``<img>``, or a ``<div>`` of a sentence.

    Args:
        name: of the modality; gives the colour. Default: the kind's.
        words: of a text: token t is ``words[t]``.
        says: what a screen reader says of a picture before its measures, such as ``Picture: digit 7``: the modality,
            and the content where it is known. Default: the kind. A sentence is read as it is.
    """
    if inputs.kind == "text":
        return draw_sentence(sentence(inputs, row, words), size, name)
    return _DRAW[inputs.kind](inputs, row, size, name, says)


def told(says: str, measures: str) -> str:
    """What a screen reader says of a drawing.

    >>> told("Picture: digit 7", "28 × 28 pixels")
    'Picture: digit 7 (28 × 28 pixels)'
    """
    return f"{says} ({measures})"


def width_of(inputs: Inputs, size: int) -> int:
    """How wide an input is drawn beside a square picture of ``size``, so that it reads as well."""
    if inputs.kind == "image":
        height, width = inputs.arrays["pixels"].shape[1:3]
        return round(size * max(1.0, width / height))
    return round(size * WIDER.get(inputs.kind, 1.0))


def sentence(inputs: Inputs, row: int, words: Sequence[str]) -> str:
    """The words of a text; a token without a word shows its number."""
    tokens = (int(token) for token in inputs.arrays["tokens"][row] if token)
    return " ".join(words[token] if token < len(words) else f"#{token}" for token in tokens)


def draw_sentence(said: str, size: int, name: str | None = None) -> str:
    """``<div>`` of a sentence, its letters the smaller the less room there is for its words."""
    letters = min(max(size / 7.5, 10.5), 17.0) * (0.88 if len(said) > 40 else 1)
    colour = modality_colour(name or "text")
    return (
        f'<div style="width:{size}px;max-width:100%;box-sizing:border-box;padding:.45em .55em;border-radius:{RADIUS}px;'
        f"border-left:3px solid {colour};background:color-mix(in srgb, {colour} 13%, transparent);"
        f'font-size:{letters:.1f}px;line-height:1.28;overflow-wrap:anywhere">{html.escape(said) or "(no words)"}</div>'
    )


def png(pixels: Ints, scale: int = 1) -> bytes:
    """PNG of one picture (H, W) or (H, W, 3), each pixel ``scale`` wide, edges kept crisp."""
    image = Image.fromarray(np.asarray(pixels, dtype=np.uint8))
    image = image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def draw_pixels(pixels: Ints, size: int = 140, says: str = "") -> str:
    """``<img>`` of one picture in its own proportions; the pixels of a small one are kept crisp."""
    height, width = pixels.shape[:2]
    crisp = max(height, width) <= CRISP_SIDE
    source = _data_url(png(pixels), "png") if crisp else _data_url(_webp(pixels), "webp")
    shape = f"width:{size}px;aspect-ratio:{width}/{height};max-width:100%;border-radius:{RADIUS}px"
    style = f"{shape};image-rendering:{'pixelated' if crisp else 'auto'};display:block"
    return _img(source, style, told(says or "picture", f"{width} × {height} pixels"))


def _img(source: str, style: str, alt: str) -> str:
    return f'<img src="{source}" style="{style}" alt="{html.escape(alt, quote=True)}">'


def _webp(pixels: Ints) -> bytes:
    """A larger picture, lossless: a third of a PNG."""
    content = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(content, "WEBP", lossless=True, quality=20, method=1)
    return content.getvalue()


def _data_url(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def edges_of(neighbours: Ints) -> list[tuple[int, int]]:
    """Undirected edges, each once and without self-loops, of ``neighbours`` (N, D), -1 where there are none."""
    nodes, slots = np.nonzero(neighbours >= 0)
    pairs = {(int(min(a, b)), int(max(a, b))) for a, b in zip(nodes, neighbours[nodes, slots], strict=True) if a != b}
    return sorted(pairs)


def _svg(width: float, height: float, body: str, size: float, alt: str) -> str:
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}">{body}</svg>'
    source = _data_url(drawn.encode(), "svg+xml")
    style = f"width:{size:g}px;aspect-ratio:{width:g}/{height:g};max-width:100%;display:block"
    return _img(source, style, alt)


def _draw_image(inputs: Inputs, row: int, size: int, name: str | None, says: str) -> str:
    return draw_pixels(inputs.arrays["pixels"][row], size, says)


def _draw_graph(inputs: Inputs, row: int, size: int, name: str | None, says: str) -> str:
    n_nodes = int(inputs.arrays["n_nodes"][row])
    nodes = np.asarray(inputs.arrays["nodes"][row][:n_nodes], dtype=np.float64)
    edges = edges_of(inputs.arrays["neighbours"][row][:n_nodes])
    if nodes.shape[1] >= 3:
        return _draw_superpixels(nodes, edges, size, says or "graph")
    return _draw_structure(nodes[:, 0], edges, size, modality_colour(name or "graph"), says or "graph")


def _draw_superpixels(nodes: Floats, edges: list[tuple[int, int]], size: int, says: str) -> str:
    """Nodes (N, 3) of intensity, x, y in [0, 1] where they lie in the picture, y downwards."""
    places = 6 + nodes[:, 1:3] * 88
    lines = "".join(f"M{_at(places[a])}L{_at(places[b])}" for a, b in edges)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2.2 + 1.6 * light:.1f}" fill="{_grey(light)}"/>'
        for (light, _, _), (x, y) in zip(nodes, places, strict=True)
    )
    body = (
        f'<rect width="100" height="100" rx="{RADIUS * 100 / size:.1f}" fill="{GROUND}"/>'
        f'<path d="{lines}" stroke="#7F9BC2" stroke-opacity=".22" stroke-width=".6" fill="none"/>{dots}'
    )
    return _svg(100, 100, body, size, told(says, f"{len(nodes)} superpixels"))


def _draw_structure(values: Floats, edges: list[tuple[int, int]], size: int, colour: str, says: str) -> str:
    """Nodes without a place of their own, laid out; the fuller a node, the higher its value."""
    places = 7 + layout(len(values), tuple(edges)) * 86
    lines = "".join(f"M{_at(places[a])}L{_at(places[b])}" for a, b in edges)
    top = max(float(values.max(initial=0)), 1e-9)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}" fill-opacity="{0.12 + 0.88 * value / top:.2f}" '
        f'stroke="{colour}" stroke-width="1.4"/>'
        for value, (x, y) in zip(values, places, strict=True)
    )
    body = f'<path d="{lines}" stroke="{QUIET}" stroke-width="1.3" fill="none"/>{dots}'
    return _svg(100, 14 + 86 * FLAT, body, size, told(says, f"{len(values)} nodes, {len(edges)} edges"))


@lru_cache(maxsize=4096)
def layout(n_nodes: int, edges: tuple[tuple[int, int], ...]) -> Floats:
    """A place for every node, the same each time, (N, 2): x in [0, 1], y in [0, FLAT].

    Graphs of ten nodes are those of XOR-AND-XOR: nodes 0 to 3 stand in a circle on the left, 4 to 9 in one on
    the right, so that a ring is seen as a ring and noise as chords. Others are laid out by their edges.
    """
    if n_nodes == 10:
        return np.concatenate([_circle(4, 0.15, 0.15, 0.0), _circle(6, 0.725, 0.275, 0.5)])
    import networkx as nx

    graph = nx.Graph(list(edges))
    graph.add_nodes_from(range(n_nodes))
    found = nx.spring_layout(graph, seed=0, iterations=60)
    places = np.array([found[node] for node in range(n_nodes)])
    low, high = places.min(0), places.max(0)
    return (places - low) / np.where(high > low, high - low, 1) * (1, FLAT)


def _circle(n: int, x: float, radius: float, turn: float) -> Floats:
    """``n`` places on a circle around (x, FLAT / 2), the last of four and the first of six facing each other."""
    angle = 2 * np.pi * ((np.arange(n) + (n == 4)) / n + turn)
    return np.stack([x + radius * np.cos(angle), FLAT / 2 + radius * np.sin(angle)], axis=1)


def _draw_tabular(inputs: Inputs, row: int, size: int, name: str | None, says: str) -> str:
    values = inputs.arrays["values"][row]
    colour, width = modality_colour(name or "table"), 100 / len(values)
    body = "".join(_cell(i, float(value), width, colour) for i, value in enumerate(values))
    cells = ", ".join(f"bit {i} = {value:g}" for i, value in enumerate(values))
    return _svg(100, width + 10, LETTERS + body, size, told(says or "table", cells))


def _cell(position: int, value: float, width: float, colour: str) -> str:
    left, on = position * width, value > 0.5
    fill = f'fill="{colour}"' if on else f'fill="{QUIET}" fill-opacity=".08"'
    text, side = ' fill="#FFFFFF"' if on else "", width - 1.6
    return (
        f'<g font-family="{FONT_NAMES}"><rect x="{left + 0.8:.1f}" y=".8" width="{side:.1f}" height="{side:.1f}" '
        f'rx="2.4" {fill} '
        f'stroke="{colour}" stroke-opacity="{1 if on else 0.55}" stroke-width=".8"/>'
        f'<text x="{left + width / 2:.1f}" y="{width * 0.67:.1f}" font-size="8.5" font-weight="600" '
        f'text-anchor="middle"{text}>{value:.3g}</text>'
        f'<text x="{left + width / 2:.1f}" y="{width + 7:.1f}" font-size="6" text-anchor="middle">bit {position}</text>'
        "</g>"
    )


def _at(place: Floats) -> str:
    return f"{place[0]:.1f} {place[1]:.1f}"


def _grey(light: float) -> str:
    level = round(46 + 209 * min(max(light, 0.0), 1.0))
    return f"rgb({level},{level},{level})"


_DRAW = {"image": _draw_image, "graph": _draw_graph, "tabular": _draw_tabular}
