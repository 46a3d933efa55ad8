"""A picture as a graph of superpixels: patches of even brightness, each joined to its eight nearest."""

from __future__ import annotations

import numpy as np

from sharcs_core.structures import Floats, Inputs, Ints

MAX_NODES = 84
N_NEIGHBOURS = 8
N_SEGMENTS = 75
COMPACTNESS = 0.25
GRAPH_ARRAYS = ("nodes", "n_nodes", "neighbours", "segments")


def nearest_nodes(positions: Floats, n_neighbours: int = N_NEIGHBOURS) -> Ints:
    """The ``n_neighbours`` nearest other nodes of each node, (n, D); -1 where the graph has fewer.

    Args:
        positions: (n, 2). Of equally near nodes the one of the lower number comes first.
    """
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    order = np.argsort(distances, axis=1, kind="stable")[:, :n_neighbours]
    neighbours = np.full((len(positions), n_neighbours), -1, dtype=np.int16)
    n_others = min(n_neighbours, len(positions) - 1)
    neighbours[:, :n_others] = order[:, :n_others]
    return neighbours


def superpixels(picture: Ints) -> tuple[Floats, Ints]:
    """Superpixels of one grey picture.

    Args:
        picture: (28, 28) uint8, bright digit on dark ground.

    Returns:
        Node features (n, 3): mean intensity and centroid x, y, all in [0, 1]; and the (28, 28) map that
        gives the node of each pixel.

    Source: SLIC as scikit-image implements it (Achanta et al. 2012), with the node features of the
    MNIST superpixel benchmark (Dwivedi et al. 2020).
    """
    from skimage.segmentation import slic

    segments = slic(picture / 255.0, n_segments=N_SEGMENTS, compactness=COMPACTNESS, channel_axis=None, start_label=0)
    segments = numbered(segments)
    return node_features(picture, segments), segments.astype(np.uint8)


def numbered(segments: Ints) -> Ints:
    """The same map with its segments numbered 0, 1, … without a gap."""
    numbers: Ints = np.unique(segments, return_inverse=True)[1].reshape(segments.shape)
    return numbers


def node_features(picture: Ints, segments: Ints) -> Floats:
    """Mean intensity and centroid x, y of each segment, (n, 3), all in [0, 1] of the whole picture.

    Args:
        picture: (H, W) uint8.
        segments: (H, W) in 0 … n - 1, each of which occurs.
    """
    flat = segments.ravel()
    counts = np.bincount(flat)
    rows, columns = np.indices(picture.shape)
    height, width = picture.shape
    features: Floats = np.stack(
        [
            np.bincount(flat, (picture / 255.0).ravel()) / counts,
            np.bincount(flat, columns.ravel()) / counts / (width - 1),
            np.bincount(flat, rows.ravel()) / counts / (height - 1),
        ],
        axis=1,
    )
    return features


def pack_graphs(graphs: list[tuple[Floats, Ints]], max_nodes: int = MAX_NODES) -> Inputs:
    """Superpixel graphs, padded and packed; half precision is what models are trained on too.

    Raises:
        ValueError: for a graph of more than ``max_nodes`` nodes.
    """
    largest = max(len(nodes) for nodes, _ in graphs)
    if largest > max_nodes:
        raise ValueError(f"A superpixel graph may have at most {max_nodes} nodes (got {largest})")
    nodes = np.zeros((len(graphs), max_nodes, 3), dtype=np.float16)
    neighbours = np.full((len(graphs), max_nodes, N_NEIGHBOURS), -1, dtype=np.int8)
    for i, (features, _) in enumerate(graphs):
        nodes[i, : len(features)] = features
        neighbours[i, : len(features)] = nearest_nodes(features[:, 1:])
    return Inputs(
        "graph",
        {
            "nodes": nodes,
            "n_nodes": np.array([len(features) for features, _ in graphs], dtype=np.int16),
            "neighbours": neighbours,
            "segments": np.stack([segments for _, segments in graphs]),
        },
    )


def superpixel_graphs(pictures: Ints) -> Inputs:
    """The superpixel graph of each picture, (n, 28, 28) uint8 → n graphs."""
    return pack_graphs([superpixels(picture) for picture in pictures])
