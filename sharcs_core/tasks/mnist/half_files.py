"""A person's half of a digit, as a picture or as a graph → one input, with what was changed to read it."""

from __future__ import annotations

import numpy as np

from sharcs_core.readers.checks import InputError, file_name
from sharcs_core.readers.digit_pixels import DARK, MIN_CONTRAST, Steps, as_mnist
from sharcs_core.readers.pictures import read_grey
from sharcs_core.structures import Floats, Inputs, Ints
from sharcs_core.tasks.mnist.half_superpixels import HALF_ROWS, HALVES, MAX_HALF_NODES, OTHER_HALF, SIDE, half_picture
from sharcs_core.tasks.mnist.superpixel_files import (
    few_nodes_note,
    further_fields_note,
    nearest_segments,
    neighbours_to_hear,
    packed_graph,
    superpixel_nodes,
)

USUAL_HALF_NODES = 50
FEW_HALF_NODES = 40
"""Half a picture has 43 to 55 superpixels."""
BLACK = 16
"""Of 255: a half no brighter than this is black; a JPEG leaves a trace next to an edge."""
CUT = (
    "Only the top half of the digit was kept; "
    f"to bring a bottom half, put it in place on a {SIDE}×{SIDE} picture whose top half is black."
)


def read_half_image(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A PNG, JPEG or WebP of half a digit, or of a whole one, of which the top half is kept.

    A 28×28 picture with one half black is taken in place, as it is. Anything else is read as a whole digit, as
    :func:`~sharcs_core.readers.pictures.read_digit_image` reads it, and cut.

    Returns:
        One picture, ``pixels`` (1, 28, 28) uint8 with one half black, and a note of every change.

    Raises:
        InputError: naming the fault and the mend.
    """
    steps = Steps()
    file, grey, (height, width) = read_grey(name, content, steps)
    if float(np.ptp(grey)) < MIN_CONTRAST:
        raise InputError(f"{file} is blank: it shows no half of a digit; bring one bright half digit on black")
    pixels = _in_place(grey, (height, width), steps)
    notes: tuple[str, ...] = ()
    if pixels is None:
        pixels = half_picture(as_mnist(file, grey, (height, width), steps)[None], 0)
        notes = (CUT,)
    return Inputs("image", {"pixels": pixels}), steps.note(width, height) + notes


def _in_place(grey: Floats, size: tuple[int, int], steps: Steps) -> Ints | None:
    """The picture (1, 28, 28) if one half, or one half of its negative, is black and the other bright ink on dark."""
    if size != (SIDE, SIDE):
        return None
    for picture, change in ((grey, None), (255 - grey, "inverted")):
        for half, rows in enumerate(HALF_ROWS):
            other = picture[HALF_ROWS[1 - half]]
            if other.max() <= BLACK and np.median(picture[rows]) < DARK:
                if change:
                    steps.done.append(change)
                if other.max() > 0:
                    steps.done.append("blackened where one half was all but black")
                return half_picture(np.rint(picture).clip(0, 255).astype(np.uint8)[None], half)
    return None


def read_half_graph(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """Half a picture as a graph of patches, each with ``intensity``, ``x`` and ``y`` in [0, 1] of the whole picture.

    The patches of a top half have y below 0.5. Of a graph with nodes in both halves the half with more of them is
    kept, and each of its nodes is joined to its eight nearest.

    Returns:
        One graph, padded to 60 nodes, as :func:`~sharcs_core.tasks.mnist.half_superpixels.half_superpixels` makes them.
        Then notes on what was changed.

    Raises:
        InputError: naming the fault and the mend.
    """
    graph, features = superpixel_nodes(name, content)
    in_bottom = features[:, 2] >= 0.5
    half = int(in_bottom.sum() > len(features) / 2)
    kept = features[in_bottom == bool(half)]
    _check_half_count(name, len(kept), half)
    is_whole = len(kept) < len(features)
    neighbours, edge_notes = neighbours_to_hear(
        () if is_whole else graph.edges, kept[:, 1:], () if is_whole else graph.ways
    )
    if is_whole:
        edge_notes = (
            f"The graph has nodes in both halves; only the {len(kept)} of its {HALVES[half]} half were kept, "
            "each joined to its 8 nearest.",
        )
    segments = nearest_segments(kept[:, 1:])
    segments[HALF_ROWS[1 - half]] = OTHER_HALF
    notes = edge_notes + few_nodes_note(len(kept), FEW_HALF_NODES, USUAL_HALF_NODES)
    return packed_graph(kept, neighbours, segments, MAX_HALF_NODES), graph.notes + notes + further_fields_note(graph)


def _check_half_count(name: str, n_nodes: int, half: int) -> None:
    if n_nodes > OTHER_HALF:
        raise InputError(
            f"{file_name(name)} has {n_nodes} nodes in its {HALVES[half]} half, too many; "
            f"bring at most {OTHER_HALF} in one half of the picture"
        )
