"""Half a picture as a graph of superpixels that keep their places on the whole picture."""

from __future__ import annotations

import numpy as np

from sharcs_core.structures import Floats, Inputs, Ints
from sharcs_core.tasks.mnist.superpixels import COMPACTNESS, node_features, numbered, pack_graphs

HALVES = ("top", "bottom")
SIDE = 28
HALF_ROWS = (slice(0, SIDE // 2), slice(SIDE // 2, SIDE))
"""The rows of each half."""
MAX_HALF_NODES = 60
N_HALF_SEGMENTS = 52
OTHER_HALF = MAX_HALF_NODES - 1
"""What ``segments`` says of the half that is not there: a node that no graph has, so it is painted black."""


def half_picture(pictures: Ints, half: int) -> Ints:
    """The pictures (n, 28, 28) with everything black but one half, 0 the top and 1 the bottom."""
    kept = np.zeros_like(pictures)
    kept[:, HALF_ROWS[half]] = pictures[:, HALF_ROWS[half]]
    return kept


def half_superpixels(picture: Ints, half: int) -> tuple[Floats, Ints]:
    """Superpixels of one half of a grey picture.

    Args:
        picture: (28, 28) uint8, bright digit on dark ground.
        half: 0 the top, 1 the bottom.

    Returns:
        Node features (n, 3), n about 50: mean intensity and centroid x, y in [0, 1] of the whole picture; and
        the (28, 28) map that gives the node of each pixel, ``OTHER_HALF`` where the other half is.

    Source: SLIC with a mask, which spreads any number of seeds evenly (Irving 2016); without one scikit-image
    sets them on a square grid, which on 14 × 28 pixels makes 41 or 91 of them and nothing between.
    """
    from skimage.segmentation import slic

    part = picture[HALF_ROWS[half]]
    everywhere = np.ones(part.shape, dtype=bool)
    segments = slic(
        part / 255.0,
        n_segments=N_HALF_SEGMENTS,
        compactness=COMPACTNESS,
        channel_axis=None,
        start_label=0,
        mask=everywhere,
    )
    segments = numbered(segments)
    n_nodes = int(segments.max()) + 1
    canvas = np.full(picture.shape, n_nodes, dtype=np.int64)
    canvas[HALF_ROWS[half]] = segments
    features = node_features(picture, canvas)[:n_nodes]
    return features, np.where(canvas == n_nodes, OTHER_HALF, canvas).astype(np.uint8)


def half_graphs(pictures: Ints) -> Inputs:
    """Graphs of the halves of n pictures, (n, 28, 28) uint8 → 2n graphs: all top halves, then all bottom halves."""
    return pack_graphs(
        [half_superpixels(picture, half) for half in range(len(HALVES)) for picture in pictures],
        MAX_HALF_NODES,
    )
