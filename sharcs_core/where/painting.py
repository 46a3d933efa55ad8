"""Where something is read, as pictures: PNG of what has pixels, SVG of all else.

Orange speaks for what is said, blue against it, the more the stronger. Shapes: H × W pixels, N nodes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from sharcs_core.kinds.kind import File, Form
from sharcs_core.structures import Floats, Inputs, OnGraph, OnPicture, OnTable, OnText, Part
from sharcs_core.structures.where import over_regions
from sharcs_core.where.showing import strengths

FOR, AGAINST = (234, 88, 12), (37, 99, 235)
SIDE = 480
"""Pixels of the longer side of a PNG, at least."""
STRONGEST, FAINTER = 0.75, 0.7
"""How much of the colour the strongest part has over the input, and by which power less the others have."""
FEW = 12
"""So many nodes stand in a ring."""
LINE, MARGIN, WIDE = 28, 16, 480
"""Of an SVG: height of a line, margin, width."""

_PAGE = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
    'font-family="sans-serif" font-size="14"><rect width="100%" height="100%" fill="#ffffff"/>{body}</svg>\n'
)
_BAR = Markup(
    '<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{colour}" fill-opacity="{much:.3f}"/>'
)
_WORDS = Markup('<text x="{x:.1f}" y="{y:.1f}" fill="#111827" xml:space="preserve">{words}</text>')
_LINE = Markup(
    '<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#9ca3af" stroke-width="1.5"/>'
    '<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="7" '
    'stroke-opacity="{much:.3f}"/>'
)
_NODE = Markup(
    '<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="#ffffff" stroke="#6b7280"/>'
    '<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="{colour}" fill-opacity="{much:.3f}"/>'
    '<text x="{x:.1f}" y="{y:.1f}" dy="4" text-anchor="middle" font-size="10" fill="#111827">{number}</text>'
)


def paint(form: Form, inputs: Inputs, part: Part) -> File:
    """One input with what is read in it.

    Args:
        form: what such inputs are like.
        inputs: the one input that ``part`` is of.
    """
    return _PAINTERS[type(part)](form, inputs, part)


def _of_picture(form: Form, inputs: Inputs, part: OnPicture) -> File:
    pixels = np.asarray(inputs.arrays["pixels"][0], dtype=np.float64)
    return _png(_in_colour(pixels / np.iinfo(inputs.arrays["pixels"].dtype).max), part.shares)


def _in_colour(shown: Floats) -> Floats:
    """A picture (H, W) or (H, W, channels) of shares of white as (H, W, 3); opacity is left out."""
    deep = shown[..., None] if shown.ndim == 2 else shown
    colours: Floats = np.repeat(deep[..., :1], 3, axis=2) if deep.shape[2] < 3 else deep[..., :3]
    return colours


def _png(colours: Floats, shares: Floats) -> File:
    """The picture (H, W, 3) under the colours of its shares (H, W)."""
    from PIL import Image

    strong = strengths(shares)[..., None]
    ink = np.where(strong > 0, np.array(FOR), np.array(AGAINST)) / 255
    cover = STRONGEST * np.abs(strong) ** FAINTER
    painted = (255 * ((1 - cover) * colours + cover * ink)).round().astype(np.uint8)
    times = max(1, -(-SIDE // max(painted.shape[:2])))
    content = io.BytesIO()
    Image.fromarray(painted.repeat(times, 0).repeat(times, 1)).save(content, "PNG")
    return File(".png", content.getvalue(), "image/png")


def _of_graph(form: Form, inputs: Inputs, part: OnGraph) -> File:
    painted = part.painted()
    if painted is None:
        return _drawn(form, inputs, part)
    assert part.regions is not None
    shades = np.asarray(inputs.arrays["nodes"][0][:, 0], dtype=np.float64)
    return _png(_in_colour(over_regions(strengths(shades[: len(part.nodes)].clip(0)), part.regions)), painted)


def _drawn(form: Any, inputs: Inputs, part: OnGraph) -> File:
    """Nodes and edges as circles and lines."""
    from sharcs_core.kinds.graph.edges import edges_of

    edges = edges_of(inputs, 0)
    found = _own_places(form, inputs) if form.positions else _places(len(part.nodes), edges)
    places = MARGIN + (WIDE - 2 * MARGIN) * found[: len(part.nodes)]
    given = {tuple(ends): share for ends, share in zip(part.ends.tolist(), part.edges.tolist(), strict=True)}
    strong = strengths(np.concatenate([part.nodes, [given.get(tuple(ends), 0.0) for ends in edges.tolist()]]))
    lines = [
        _LINE.format(x1=x1, y1=y1, x2=x2, y2=y2, **_look(strong[len(part.nodes) + number]))
        for number, ((x1, y1), (x2, y2)) in enumerate(places[edges].tolist())
    ]
    dots = [
        _NODE.format(x=x, y=y, number=number, **_look(strong[number])) for number, (x, y) in enumerate(places.tolist())
    ]
    return _svg([*lines, *dots], WIDE)


def _own_places(form: Any, inputs: Inputs) -> NDArray[np.float64]:
    """Where nodes say that they stand, (N, 2) in [0, 1]."""
    scale, mean = (np.array([getattr(column, name) for column in form.nodes[-2:]]) for name in ("scale", "mean"))
    places: NDArray[np.float64] = (inputs.arrays["nodes"][0][:, -2:] * scale + mean).clip(0, 1).astype(np.float64)
    return places


def _places(n_nodes: int, edges: NDArray[Any]) -> NDArray[np.float64]:
    """Where nodes stand, (N, 2) in [0, 1]: in a ring, or, where they are many, as their edges pull them."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(n_nodes))
    graph.add_edges_from(edges[edges[:, 0] != edges[:, 1]].tolist())
    found = nx.circular_layout(graph) if n_nodes <= FEW else nx.spring_layout(graph, seed=0, iterations=200)
    places = np.array([found[node] for node in range(n_nodes)], dtype=np.float64)
    low, high = places.min(0), places.max(0)
    spread: NDArray[np.float64] = (places - low) / np.maximum(high - low, 1e-9)
    return spread


def _of_table(form: Form, inputs: Inputs, part: OnTable) -> File:
    strong, half = strengths(part.cells), WIDE / 4
    body = []
    for number, (name, share) in enumerate(zip(part.columns, part.cells.tolist(), strict=True)):
        y, long = MARGIN + number * LINE, half * abs(strong[number])
        start = 3 * half if strong[number] > 0 else 3 * half - long
        body.append(_BAR.format(x=start, y=y, wide=long, high=LINE - 8, **_look(strong[number], least=1.0)))
        body.append(_WORDS.format(x=MARGIN, y=y + 15, words=f"{name}  {share:+.2f}"))
    return _svg(body, 2 * MARGIN + LINE * len(part.columns))


def _of_text(form: Form, inputs: Inputs, part: OnText) -> File:
    strong, x, y = strengths(part.shares), float(MARGIN), float(MARGIN)
    body = []
    for word, much in zip(part.words, strong.tolist(), strict=True):
        wide = 9.0 * len(word) + 8
        if x + wide > WIDE - MARGIN and x > MARGIN:
            x, y = float(MARGIN), y + LINE
        body += [_BAR.format(x=x, y=y, wide=wide, high=LINE - 6, **_look(much))]
        body += [_WORDS.format(x=x + 4, y=y + 16, words=word)]
        x += wide + 4
    return _svg(body, y + LINE + MARGIN)


def _look(strong: float, least: float = 0.0) -> dict[str, Any]:
    colour = "#{:02x}{:02x}{:02x}".format(*(FOR if strong > 0 else AGAINST))
    return {"colour": colour, "much": max(least, STRONGEST * abs(strong))}


def _svg(body: list[Markup], high: float) -> File:
    page = _PAGE.format(wide=WIDE, high=round(high), body=Markup("").join(body))
    return File(".svg", str(page).encode(), "image/svg+xml")


_PAINTERS: Mapping[type, Callable[[Form, Inputs, Any], File]] = {
    OnPicture: _of_picture,
    OnGraph: _of_graph,
    OnTable: _of_table,
    OnText: _of_text,
}
