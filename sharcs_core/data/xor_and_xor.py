"""XOR-AND-XOR: a table and a graph, each of which holds two of three hidden bits.

Fair bits f1, f2, f3; the answer is (f1 xor f2) and (f2 xor f3). The table knows f1 and f2 among four coin
flips, the graph knows f2 and f3 under a few random edges, so neither settles the answer alone.

Shapes: n samples, 10 nodes a graph, up to 10 neighbours a node (itself counted).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig
from sharcs_core.data import files
from sharcs_core.data.task import Modality, Task
from sharcs_core.structures import Codes, DataSource, Floats, Inputs, Ints, Split, TaskData

N_TRAIN, N_VALIDATION, N_TEST = 800, 200, 5000
N_BITS = 6
FIRST_BIT, SECOND_BIT = 1, 4
N_NODES = 10
NOISE = 0.2
KEY_NAMES = ("bits 0 0", "bits 0 1", "bits 1 0", "bits 1 1")


def _ring(nodes: list[int]) -> Codes:
    """Adjacency of one ring through ``nodes``, (10, 10)."""
    adjacency = np.zeros((N_NODES, N_NODES), dtype=bool)
    following = nodes[1:] + nodes[:1]
    adjacency[nodes, following] = adjacency[following, nodes] = True
    return adjacency


SMALL_RING = _ring([0, 1, 2, 3])
LARGE_RING = _ring([4, 5, 6, 7, 8, 9])
BRIDGE = _ring([3, 4])


def bits_tables(first: Ints, second: Ints, rng: np.random.Generator) -> Inputs:
    """Tables of six bits: ``first`` and ``second`` (n,) at positions 1 and 4, coin flips elsewhere."""
    values = rng.integers(0, 2, size=(len(first), N_BITS)).astype(np.float32)
    values[:, FIRST_BIT], values[:, SECOND_BIT] = first, second
    return Inputs("tabular", {"values": values})


def ring_graphs(third: Ints, second: Ints, rng: np.random.Generator) -> Inputs:
    """Graphs of ten nodes whose two rings say the bits, under a few random edges.

    Args:
        third: (n,) bit f3: whether nodes 4 to 9 form a ring.
        second: (n,) bit f2: whether nodes 0 to 3 form a ring. A bridge joins the rings where both are there.
    """
    return pack_adjacency(add_noise(clean_adjacency(third, second), rng))


def clean_adjacency(third: Ints, second: Ints) -> Codes:
    """Adjacency (n, 10, 10) of the graphs before noise; every node listens to itself."""
    has_small, has_large = (np.asarray(bit, dtype=bool)[:, None, None] for bit in (second, third))
    rings = (has_small & SMALL_RING) | (has_large & LARGE_RING) | (has_small & has_large & BRIDGE)
    with_loops: Codes = rings | np.eye(N_NODES, dtype=bool)
    return with_loops


def n_noise_edges(adjacency: Codes) -> Ints:
    """Random undirected edges to add to each graph: ⌊round(0.2·E) / 2⌋ of E directed entries, (n,)."""
    entries: Ints = np.rint(NOISE * adjacency.sum((1, 2))).astype(np.int64)
    return entries // 2


def add_noise(adjacency: Codes, rng: np.random.Generator) -> Codes:
    """The graphs with random undirected edges that were not there, (n, 10, 10)."""
    rows, columns = np.triu_indices(N_NODES, k=1)
    order = rng.random((len(adjacency), len(rows)))
    order[adjacency[:, rows, columns]] = np.inf  # an edge that is there is never drawn
    rank = order.argsort(axis=1).argsort(axis=1)
    graphs, pairs = np.nonzero(rank < n_noise_edges(adjacency)[:, None])
    noisy = adjacency.copy()
    noisy[graphs, rows[pairs], columns[pairs]] = noisy[graphs, columns[pairs], rows[pairs]] = True
    return noisy


def betweenness(adjacency: Codes) -> Floats:
    """Betweenness centrality of every node, in [0, 1].

    Args:
        adjacency: (n, N, N) symmetric; self-loops change nothing.

    Returns:
        (n, N): share of shortest paths between other nodes that lead through a node, summed over the pairs
        and divided by their number, as networkx's ``betweenness_centrality`` has it (Freeman 1977).
    """
    distances, paths = shortest_paths(adjacency)
    through = distances[:, :, :, None] + distances[:, None, :, :]  # (n, from, via, to)
    on_the_way = through == distances[:, :, None, :]
    share = paths[:, :, :, None] * paths[:, None, :, :] / np.maximum(paths, 1)[:, :, None, :]
    node = np.arange(adjacency.shape[1])
    share[:, node, node, :] = share[:, :, node, node] = 0  # the ends of a path are not on its way
    share[:, node, :, node] = 0
    n_others = adjacency.shape[1] - 1
    of_pairs: Floats = np.where(on_the_way, share, 0).sum((1, 3)) / max(n_others * (n_others - 1), 1)
    return of_pairs


def shortest_paths(adjacency: Codes) -> tuple[Floats, Floats]:
    """Length and number of the shortest paths between every two nodes, (n, N, N) each; no path: inf and 0."""
    n_nodes = adjacency.shape[1]
    own = np.eye(n_nodes, dtype=bool)
    edges = (adjacency & ~own).astype(np.float64)
    distances = np.where(own, 0.0, np.full(adjacency.shape, np.inf))
    paths = np.broadcast_to(own, adjacency.shape).astype(np.float64)
    walks = paths
    for length in range(1, n_nodes):
        walks = walks @ edges  # walks of exactly this length; the first to arrive are the shortest paths
        arrived = np.isinf(distances) & (walks > 0)
        distances[arrived], paths[arrived] = length, walks[arrived]
    return distances, paths


def pack_adjacency(adjacency: Codes) -> Inputs:
    """Graphs as inputs of kind graph; a node's feature is its betweenness, its neighbours in rising order."""
    n_graphs = len(adjacency)
    order = np.argsort(~adjacency, axis=2, kind="stable")
    present = np.take_along_axis(adjacency, order, axis=2)
    return Inputs(
        "graph",
        {
            "nodes": betweenness(adjacency).astype(np.float32)[:, :, None],
            "n_nodes": np.full(n_graphs, N_NODES, dtype=np.int16),
            "neighbours": np.where(present, order, -1).astype(np.int8),
        },
    )


def generate_split(n_samples: int, rng: np.random.Generator) -> Split:
    """A split of ``n_samples`` freshly drawn samples; input i of both modalities makes sample i."""
    first, second, third = rng.integers(0, 2, size=(3, n_samples))
    own = np.arange(n_samples)
    return Split(
        inputs={"table": bits_tables(first, second, rng), "graph": ring_graphs(third, second, rng)},
        semantics={"table": 2 * first + second, "graph": 2 * third + second},
        sources={"table": own, "graph": own},
        pairing={"table": own, "graph": own},
        labels=(first ^ second) & (second ^ third),
    )


def content_hash(splits: tuple[Split, ...]) -> str:
    """SHA-256 of the bytes of all inputs and labels, in a fixed order."""
    digest = hashlib.sha256()
    for split in splits:
        for inputs in split.inputs.values():
            for values in inputs.arrays.values():
                digest.update(np.ascontiguousarray(values).tobytes())
        digest.update(split.labels.tobytes())
    return digest.hexdigest()


def _render(modality: str, keys: NDArray[Any], rng: np.random.Generator) -> Inputs:
    """Fresh inputs of ``modality`` that say ``keys`` (n,): noise anew, bits as given."""
    outer, second = keys // 2, keys % 2
    return {"table": bits_tables, "graph": ring_graphs}[modality](outer, second, rng)


class XorAndXor(Task):
    """Does the middle bit differ from both others? Table and graph each hold the middle bit and one other."""

    name = "xor_and_xor"
    title = "XOR-AND-XOR"
    summary = (
        "A made-up task with a known answer. Three hidden bits; a table of six bits shows the first and the "
        "second, a graph of two possible rings shows the second and the third, both among random noise."
    )
    question = "Does the second bit differ from both the first and the third?"
    modalities = (
        Modality("table", "tabular", "Table of bits", KEY_NAMES, files.read_bits_table, files.TABLE_SUFFIXES),
        Modality("graph", "graph", "Ring graph", KEY_NAMES, files.read_structure_graph, files.GRAPH_SUFFIXES),
    )
    class_names = ("0", "1")

    def load(self, seed: int, data_dir: Path | None = None) -> TaskData:
        """800 training, 200 validation and 5,000 test samples; ``seed`` governs them all.

        ``data_dir`` is not used: the data are generated.
        """
        sizes = (N_TRAIN, N_VALIDATION, N_TEST)
        streams = np.random.SeedSequence(seed).spawn(len(sizes))
        train, validation, test = (
            generate_split(size, np.random.default_rng(stream)) for size, stream in zip(sizes, streams, strict=True)
        )
        source = DataSource("generated", content_hash((train, test)))
        return TaskData(self.name, seed, source, train, validation, test)

    def preset(self, seed: int = 0) -> RunConfig:
        encoders: Mapping[str, EncoderConfig] = {
            "table": EncoderConfig("tabular", N_BITS, (32, 32)),
            "graph": EncoderConfig("graph", 1, (32, 32)),
        }
        return RunConfig(
            task=self.name,
            model=ModelConfig(encoders, n_classes=2, n_local=7, n_shared=7, slope=5.0),
            training=TrainingConfig(epochs=60, batch_size=64, learning_rate=6e-3, seed=seed),
            bank_size=0,
            test_size=500,
        )

    def describe(self, split: Split, missing: str, described_in: str, rng: np.random.Generator) -> Inputs:
        """The two bits of each sample's ``missing`` input under fresh noise, as inputs of ``described_in``.

        Raises:
            ValueError: for modalities that the task does not have, or twice the same.
        """
        missing, described_in = self.modality(missing).name, self.modality(described_in).name
        if missing == described_in:
            raise ValueError(f"A missing {missing} must be described in another modality (got {described_in!r})")
        return _render(described_in, split.sample_semantics()[missing], rng)
