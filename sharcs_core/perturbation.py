"""Noise on inputs, by kind of modality and by level: 0 leaves them as they are, at 1 little of them is left.

Shapes: n inputs, N nodes of a graph, D neighbours, F features, P pairs of nodes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.structures import Codes, Inputs, Ints
from sharcs_core.tasks.xor.ring_graphs import betweenness

SHIFT = 0.1
"""Standard deviation of a node's shift at level 1, in widths of the picture."""

CLOSE = 1e-3
"""A feature that differs from the betweenness by no more, for rounding, is the betweenness."""

VALUES_AT_ONCE = 4_000_000
"""Numbers held in memory at one time, so that large pictures and graphs need no more."""

Array = NDArray[Any]


def perturb(inputs: Inputs, level: float, rng: np.random.Generator, *, in_plane: bool = False) -> Inputs:
    """The inputs under noise of a level in [0, 1]; the given ones stay as they are.

    ``tabular``: each value is replaced with probability ``level``, a bit (a column of 0 and 1 only) by the toss
    of a fair coin, any other value by that of another row. ``image``: each pixel becomes
    (1 − level) · pixel + level · noise, the noise uniform over the brightnesses. ``graph`` in the plane: the other
    features are blended in the same way with uniform noise, and each node moves by a normal shift of ``SHIFT`` ·
    level, within the picture; who listens to whom stays. ``graph`` elsewhere: each edge is taken out with
    probability ``level``, and as many edges are put between random nodes that are not joined; self-loops stay, and
    a single feature that is the betweenness is computed anew. ``text``: each word is replaced with probability
    ``level`` by another one, of those up to the largest token that occurs. Arrays for display only (a superpixel's
    ``segments``) stay.

    Args:
        rng: draws all the noise.
        in_plane: of graphs: whether the last two features of a node are its place, x and y in [0, 1].

    Raises:
        ValueError: for a level outside [0, 1].

    >>> words = Inputs("text", {"tokens": np.array([[1, 2, 0]])})
    >>> perturb(words, 1.0, np.random.default_rng(0)).arrays["tokens"].tolist()
    [[2, 1, 0]]
    """
    if not 0 <= level <= 1:
        raise UserError(f"The level of noise lies between 0 (none) and 1 (all) (got {level})")
    if level == 0 or not len(inputs):
        return inputs
    graph = _moved if in_plane else _rewired
    noisy = {"tabular": _tabular, "image": _image, "graph": graph, "text": _text}[inputs.kind](inputs, level, rng)
    return Inputs(inputs.kind, {**inputs.arrays, **noisy})


def _tabular(inputs: Inputs, level: float, rng: np.random.Generator) -> dict[str, Array]:
    values = inputs.arrays["values"]
    n_rows = len(values)
    is_bit = np.isin(values, (0, 1)).all(axis=0)  # (F,)
    coins = rng.integers(0, 2, values.shape)
    # 1 to n - 1 rows further on, round about: any row but the own (of a single row its own)
    others = (np.arange(n_rows)[:, None] + rng.integers(1, max(n_rows, 2), values.shape)) % n_rows
    replacement = np.where(is_bit, coins, np.take_along_axis(values, others, axis=0))
    return {"values": np.where(rng.random(values.shape) < level, replacement, values).astype(values.dtype)}


def _image(inputs: Inputs, level: float, rng: np.random.Generator) -> dict[str, Array]:
    pixels = inputs.arrays["pixels"]
    noisy = np.empty_like(pixels)
    for part in _parts(len(pixels), pixels[0].size):
        noise = rng.integers(0, 256, pixels[part].shape, dtype=np.uint8).astype(np.float32)
        noisy[part] = np.rint((1 - level) * pixels[part].astype(np.float32) + level * noise)
    return {"pixels": noisy}


def _text(inputs: Inputs, level: float, rng: np.random.Generator) -> dict[str, Array]:
    tokens = inputs.arrays["tokens"]
    n_words = int(tokens.max(initial=0))
    if n_words < 2:
        return {}  # there is no other word
    others = (tokens - 1 + rng.integers(1, n_words, tokens.shape)) % n_words + 1
    replaced = (tokens != 0) & (rng.random(tokens.shape) < level)
    return {"tokens": np.where(replaced, others, tokens).astype(tokens.dtype)}


def _moved(inputs: Inputs, level: float, rng: np.random.Generator) -> dict[str, Array]:
    """Graphs in the plane with their nodes blended with noise and shifted."""
    nodes = inputs.arrays["nodes"].astype(np.float32)  # (n, N, F)
    features, places = nodes[..., :-2], nodes[..., -2:]
    blended = (1 - level) * features + level * rng.random(features.shape)
    shifted = (places + level * SHIFT * rng.standard_normal(places.shape)).clip(0, 1)
    is_node = np.arange(nodes.shape[1]) < inputs.arrays["n_nodes"][:, None]
    noisy = np.concatenate([blended, shifted], axis=-1) * is_node[..., None]
    return {"nodes": noisy.astype(inputs.arrays["nodes"].dtype)}


def _rewired(inputs: Inputs, level: float, rng: np.random.Generator) -> dict[str, Array]:
    """Graphs without a place, some of their edges between other nodes."""
    nodes, neighbours = inputs.arrays["nodes"], inputs.arrays["neighbours"]
    n_nodes = inputs.arrays["n_nodes"].astype(np.int64)
    adjacency = adjacency_of(neighbours)
    is_central = nodes.shape[2] == 1 and np.allclose(nodes[..., 0], _betweenness(adjacency, n_nodes), atol=CLOSE)
    for part in _parts(len(nodes), nodes.shape[1] ** 3):
        adjacency[part] = _rewire(adjacency[part], n_nodes[part], level, rng)
    found: dict[str, Array] = {"neighbours": neighbours_of(adjacency, neighbours.shape[2]).astype(neighbours.dtype)}
    if is_central:
        found["nodes"] = _betweenness(adjacency, n_nodes)[..., None].astype(nodes.dtype)
    return found


def adjacency_of(neighbours: Ints) -> Codes:
    """Who is joined to whom: neighbours (n, N, D) → (n, N, N), symmetric, joined where either listens."""
    n_graphs, size, _ = neighbours.shape
    adjacency = np.zeros((n_graphs, size, size), dtype=bool)
    graph, node, place = np.nonzero(neighbours >= 0)
    adjacency[graph, node, neighbours[graph, node, place]] = True
    symmetric: Codes = adjacency | adjacency.transpose(0, 2, 1)
    return symmetric


def neighbours_of(adjacency: Codes, n_places: int) -> Ints:
    """Adjacency (n, N, N) → neighbours in rising order, -1 beyond; at least ``n_places`` a node, more if needed."""
    width = max(n_places, int(adjacency.sum(axis=2).max(initial=0)))
    order = np.argsort(~adjacency, axis=2, kind="stable")
    present = np.take_along_axis(adjacency, order, axis=2)
    packed = np.where(present, order, -1)
    missing = max(0, width - packed.shape[2])
    return np.pad(packed, ((0, 0), (0, 0), (0, missing)), constant_values=-1)[:, :, :width]


def _rewire(adjacency: Codes, n_nodes: Ints, level: float, rng: np.random.Generator) -> Codes:
    """(n, N, N) with each edge taken out with probability ``level`` and as many put in at random."""
    rows, columns = np.triu_indices(adjacency.shape[1], k=1)  # (P,)
    edges = adjacency[:, rows, columns]  # (n, P)
    kept = edges & (rng.random(edges.shape) >= level)
    free = ~kept & (columns[None, :] < n_nodes[:, None])  # also where an edge was just taken out
    order = np.where(free, rng.random(edges.shape), np.inf)
    n_taken = (edges & ~kept).sum(axis=1, keepdims=True)
    put_in = order.argsort(axis=1).argsort(axis=1) < n_taken
    graph, pair = np.nonzero(kept | put_in)
    rewired: Codes = adjacency & np.eye(adjacency.shape[1], dtype=bool)
    rewired[graph, rows[pair], columns[pair]] = rewired[graph, columns[pair], rows[pair]] = True
    return rewired


def _betweenness(adjacency: Codes, n_nodes: Ints) -> Array:
    """Betweenness (n, N) of every node of graphs of ``n_nodes`` (n,) each; 0 beyond."""
    found = np.zeros(adjacency.shape[:2])
    for size in np.unique(n_nodes):
        same = np.flatnonzero(n_nodes == size)
        for part in _parts(len(same), size**3):
            found[same[part], :size] = betweenness(adjacency[same[part], :size, :size])
    return found


def _parts(n: int, values_each: int) -> list[slice]:
    size = max(1, VALUES_AT_ONCE // max(1, values_each))
    return [slice(start, start + size) for start in range(0, n, size)]
