"""What the tasks made from MNIST have in common: which pictures train, validate and test, graphs, encoders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig
from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.graph import GraphForm
from sharcs_core.kinds.kind import File
from sharcs_core.readers.graphs.files import SUPERPIXEL_FEATURES
from sharcs_core.structures import DataSource, Inputs, Ints, Split, TaskData
from sharcs_core.tasks.array_cache import cached_arrays
from sharcs_core.tasks.mnist.source import DataError, load_mnist
from sharcs_core.tasks.mnist.superpixels import COMPACTNESS, GRAPH_ARRAYS, N_NEIGHBOURS
from sharcs_core.tasks.task import Task

DATA_LICENSE = Path(__file__).with_name("DATA-LICENSE")
PICTURE_SIZE = (28, 28)
"""Height and width of MNIST's pictures, in pixels."""
MIN_PICTURES = 60  # so that the validation part is not a handful
VALIDATION_SHARE = 0.05
FIXED_PAIRING_SEED = 0  # validation, test and bank pairings are the same for every training seed
PARTS = {"train": "train", "validation": "train", "test": "test"}
"""Split → the part of MNIST that it is taken from."""


def superpixel_form(most_nodes: int) -> GraphForm:
    """Superpixels joined to their nearest: intensity (1 is ink) and place, all in [0, 1] as they are."""
    columns = tuple(Column(name) for name in SUPERPIXEL_FEATURES)
    return GraphForm(columns, positions=True, most_nodes=most_nodes, n_neighbours=N_NEIGHBOURS)


def split_rows(arrays: Mapping[str, NDArray[Any]], seed: int, n_train: int | None = None) -> dict[str, Ints]:
    """The rows of its part of MNIST that each split is made of, sorted.

    Args:
        arrays: as :func:`~sharcs_core.tasks.mnist.source.load_mnist` returns them.
        seed: of the choice of the validation pictures, 5 % of the training part, and of ``n_train``.
        n_train: so many of the pictures left to train on, the fewer among the more; None is all.

    Raises:
        DataError: for fewer than ``MIN_PICTURES`` pictures.
        ValueError: for an ``n_train`` that the pictures do not allow.
    """
    n_pictures = {part: len(arrays[f"{part}_labels"]) for part in ("train", "test")}
    if min(n_pictures.values()) < MIN_PICTURES:
        raise DataError(f"There must be at least {MIN_PICTURES} pictures to train and to test on (got {n_pictures})")
    order = np.random.default_rng(seed).permutation(n_pictures["train"])
    n_validation = round(VALIDATION_SHARE * len(order))
    rest = order[n_validation:]
    if n_train is not None and not 2 <= n_train <= len(rest):
        raise UserError(f"n_train must be 2 … {len(rest)} with these {len(order)} training pictures (got {n_train})")
    return {
        "train": np.sort(rest[:n_train]),
        "validation": np.sort(order[:n_validation]),
        "test": np.arange(n_pictures["test"]),
    }


class MnistTask(Task):
    """A task of handwritten digits, some seen as pictures and some as graphs of superpixels.

    Attributes:
        graphs_name: what its graphs are kept under in the cache.
        most_nodes: that a graph can have.
        n_segments: superpixels that are asked for in what one graph shows.
        most_nodes: int
    graphs_a_picture: 1, or more where a graph shows a part of a picture; graph i of ``build_graphs`` shows
            picture i modulo their number.
        n_shared_named: shared concepts of a model whose concepts are named, free ones included.
        training: its settings but for the seed.
        bank_size: of its runs.
    """

    graphs_name: str
    most_nodes: int
    n_segments: int
    graphs_a_picture = 1
    n_shared_named: int
    training: TrainingConfig
    bank_size: int

    def build_graphs(self, pictures: Ints) -> Inputs:
        """The graphs of n pictures (n, 28, 28), ``graphs_a_picture`` · n of them."""
        raise NotImplementedError

    def split(self, pictures: Ints, graphs: Inputs, digits: Ints, sources: Ints) -> Split:
        """A split of n pictures (n, 28, 28), their graphs, the digits (n,) they show and where they come from (n,)."""
        raise NotImplementedError

    def load(self, seed: int, data_dir: Path | None = None, n_train: int | None = None) -> TaskData:
        arrays, source = load_mnist(data_dir)
        rows = split_rows(arrays, seed, n_train)
        graphs = {part: self._graphs(arrays[f"{part}_images"], source, part) for part in ("train", "test")}
        splits = {}
        for name, part in PARTS.items():
            pictures, digits = arrays[f"{part}_images"], arrays[f"{part}_labels"]
            of_graphs = [rows[name] + i * len(pictures) for i in range(self.graphs_a_picture)]
            splits[name] = self.split(
                pictures[rows[name]],
                graphs[part].take(np.concatenate(of_graphs)),
                digits[rows[name]].astype(np.int64),
                rows[name],
            )
        return TaskData(self.name, seed, source, **splits)

    def _graphs(self, pictures: Ints, source: DataSource, part: str) -> Inputs:
        """The graphs of ``pictures``, from the cache if they were built before."""
        made_by = f"{self.n_segments}-{COMPACTNESS}-skimage{version('scikit-image')}"
        name = f"{self.graphs_name}-{source.sha256[:16]}-{part}-{made_by}"
        n_graphs = self.graphs_a_picture * len(pictures)
        return Inputs("graph", cached_arrays(name, GRAPH_ARRAYS, n_graphs, lambda: self.build_graphs(pictures).arrays))

    def preset(self, seed: int = 0, concepts: str | None = None) -> RunConfig:
        named = self.named(concepts)
        encoders = {
            "image": EncoderConfig("image", 1, (16, 32, 64)),
            "graph": EncoderConfig("graph", 3, (32, 64, 64, 64), positions=True, jitter=0.01),
        }
        n_shared = self.n_shared_named if named else 12
        model = ModelConfig(
            encoders, n_classes=self.card.target.n, n_local=12, n_shared=n_shared, slope=2.0, named=named
        )
        has_free = model.n_named < n_shared
        training = replace(self.training, polish_epochs=3 if has_free else 0, seed=seed)
        return RunConfig(self.name, model, training, self.bank_size, test_size=1000)

    def write(self, modality: str, inputs: Inputs, row: int = 0) -> File:
        """As any task does; of a graph who listens to whom, which the edges alone do not say.

        A superpixel listens to its nearest, who need not listen to it.
        """
        if modality != "graph":
            return super().write(modality, inputs, row)
        return KINDS["graph"].write(replace(superpixel_form(self.most_nodes), directed=True), inputs, row)

    def can_describe_in(self, split: Split) -> bool:
        """Where the inputs of both modalities are of the same pictures, one by one; those of files are not."""
        return bool(np.array_equal(split.semantics["image"], split.semantics["graph"]))

    def describe(self, split: Split, missing: str, described_in: str, rng: np.random.Generator) -> Inputs:
        """The very picture, or part of one, that is missing, as the other modality shows it."""
        return split.inputs[described_in].take(split.pairing[missing])
