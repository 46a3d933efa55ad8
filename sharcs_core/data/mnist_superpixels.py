"""MNIST+Superpixels: a picture of one digit, the superpixel graph of another, and the question of their sum."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

import numpy as np

from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig
from sharcs_core.data import files
from sharcs_core.data.array_cache import cached_arrays
from sharcs_core.data.mnist import load_mnist
from sharcs_core.data.mnist_splits import DATA_LICENSE, FIXED_PAIRING_SEED, PARTS, split_rows
from sharcs_core.data.superpixels import COMPACTNESS, GRAPH_ARRAYS, N_SEGMENTS, superpixel_graphs
from sharcs_core.data.task import Modality, Task
from sharcs_core.structures import DataSource, Inputs, Ints, Split, TaskData

DIGITS = tuple(f"digit {digit}" for digit in range(10))


def cyclic_partners(n: int, rng: np.random.Generator) -> Ints:
    """A random partner for each of n ≥ 2 pictures, none its own: neighbours on one random ring."""
    ring = rng.permutation(n)
    partners = np.empty(n, dtype=np.int64)
    partners[ring] = np.roll(ring, 1)
    return partners


def _load_graphs(pictures: Ints, source: DataSource, part: str) -> Inputs:
    """The superpixel graphs of ``pictures``, from the cache if they were built before."""
    made_by = f"{N_SEGMENTS}-{COMPACTNESS}-skimage{version('scikit-image')}"
    name = f"superpixels-{source.sha256[:16]}-{part}-{made_by}"
    return Inputs("graph", cached_arrays(name, GRAPH_ARRAYS, len(pictures), lambda: superpixel_graphs(pictures).arrays))


class MnistSuperpixels(Task):
    """Two different pictures, one of them seen as a graph; the class is the sum of their digits (0 … 18)."""

    name = "mnist_superpixels"
    title = "MNIST + Superpixels"
    summary = "A handwritten digit as a picture, a second one as a graph of superpixels."
    question = "What is the sum of the two digits?"
    class_names = tuple(str(total) for total in range(19))
    factors: ClassVar[Mapping[str, tuple[int, ...]]] = {"digit": tuple(range(10))}
    modalities = (
        Modality("image", "image", "Picture", DIGITS, files.read_digit_image, files.IMAGE_SUFFIXES),
        Modality("graph", "graph", "Superpixel graph", DIGITS, files.read_superpixel_graph, files.GRAPH_SUFFIXES),
    )

    def load(self, seed: int, data_dir: Path | None = None, n_train: int | None = None) -> TaskData:
        arrays, source = load_mnist(data_dir)
        rows = split_rows(arrays, seed, n_train)
        graphs = {part: _load_graphs(arrays[f"{part}_images"], source, part) for part in ("train", "test")}
        splits = {
            name: _split(
                arrays[f"{part}_images"][rows[name]],
                graphs[part].take(rows[name]),
                arrays[f"{part}_labels"][rows[name]].astype(np.int64),
                rows[name],
            )
            for name, part in PARTS.items()
        }
        return TaskData(self.name, seed, source, **splits)

    def preset(self, seed: int = 0) -> RunConfig:
        return RunConfig(
            task=self.name,
            model=ModelConfig(
                encoders={
                    "image": EncoderConfig("image", 1, (16, 32, 64)),
                    "graph": EncoderConfig("graph", 3, (32, 64, 64, 64), positions=True, jitter=0.01),
                },
                n_classes=19,
                n_local=12,
                n_shared=12,
                slope=2.0,
            ),
            training=TrainingConfig(epochs=16, alignment_weight=1.0, temperature=0.5, seed=seed),
            bank_size=4000,
            test_size=1000,
        )

    def data_license(self) -> str:
        return DATA_LICENSE.read_text()

    def pair(self, split: Split, rng: np.random.Generator) -> tuple[Mapping[str, Ints], Ints]:
        digits = split.semantics["image"]
        partners = cyclic_partners(len(digits), rng)
        return {"image": np.arange(len(digits)), "graph": partners}, digits + digits[partners]

    def describe(self, split: Split, missing: str, described_in: str, rng: np.random.Generator) -> Inputs:
        """The very picture that is missing, as the other modality shows it."""
        return split.inputs[described_in].take(split.pairing[missing])


def _split(pictures: Ints, graphs: Inputs, digits: Ints, sources: Ints) -> Split:
    partners = cyclic_partners(len(digits), np.random.default_rng(FIXED_PAIRING_SEED))
    return Split(
        inputs={"image": Inputs("image", {"pixels": pictures}), "graph": graphs},
        semantics={"image": digits, "graph": digits},
        sources={"image": sources, "graph": sources},
        pairing={"image": np.arange(len(digits)), "graph": partners},
        labels=digits + digits[partners],
    )
