"""HalfMNIST: half of a handwritten digit as a picture, the other half as a superpixel graph; which digit is it?

Inputs of a split of n pictures: 2n of each modality, the top half of picture i at row i, its bottom half at
row n + i. Semantics key: 2 · digit + half, half 0 the top and 1 the bottom.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

import numpy as np

from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig
from sharcs_core.data import files, half_files
from sharcs_core.data.array_cache import cached_arrays
from sharcs_core.data.half_superpixels import HALVES, N_HALF_SEGMENTS, half_graphs, half_picture
from sharcs_core.data.mnist import load_mnist
from sharcs_core.data.mnist_splits import DATA_LICENSE, FIXED_PAIRING_SEED, PARTS, split_rows
from sharcs_core.data.superpixels import COMPACTNESS, GRAPH_ARRAYS
from sharcs_core.data.task import Modality, Task
from sharcs_core.structures import DataSource, Inputs, Ints, Split, TaskData

KEYS = tuple(f"{half} half of digit {digit}" for digit in range(10) for half in HALVES)


def draw_halves(n: int, rng: np.random.Generator) -> Ints:
    """Which half of each of n pictures is shown as a picture: 0 the top, 1 the bottom, as many of each (± 1)."""
    return rng.permutation(np.arange(n) % 2)


def _pairing(shown: Ints) -> dict[str, Ints]:
    """Rows of the inputs of each sample: the half that is ``shown`` as a picture, the other one as a graph."""
    n = len(shown)
    return {"image": np.arange(n) + n * shown, "graph": np.arange(n) + n * (1 - shown)}


def _load_graphs(pictures: Ints, source: DataSource, part: str) -> Inputs:
    """The graphs of both halves of ``pictures``, from the cache if they were built before."""
    made_by = f"{N_HALF_SEGMENTS}-{COMPACTNESS}-skimage{version('scikit-image')}"
    name = f"half-superpixels-{source.sha256[:16]}-{part}-{made_by}"
    return Inputs("graph", cached_arrays(name, GRAPH_ARRAYS, 2 * len(pictures), lambda: half_graphs(pictures).arrays))


class HalfMnist(Task):
    """The two inputs of a sample are the two halves of one picture; the class is its digit."""

    name = "half_mnist"
    title = "HalfMNIST"
    summary = "Half of a handwritten digit as a picture, its other half as a graph of superpixels."
    question = "Which digit is it?"
    class_names = tuple(str(digit) for digit in range(10))
    factors: ClassVar[Mapping[str, tuple[int, ...]]] = {
        "digit": tuple(key // 2 for key in range(20)),
        "half": tuple(key % 2 for key in range(20)),
    }
    modalities = (
        Modality("image", "image", "Half picture", KEYS, half_files.read_half_image, files.IMAGE_SUFFIXES),
        Modality("graph", "graph", "Half graph", KEYS, half_files.read_half_graph, files.GRAPH_SUFFIXES),
    )

    def load(self, seed: int, data_dir: Path | None = None, n_train: int | None = None) -> TaskData:
        arrays, source = load_mnist(data_dir)
        rows = split_rows(arrays, seed, n_train)
        graphs = {part: _load_graphs(arrays[f"{part}_images"], source, part) for part in ("train", "test")}
        splits = {
            name: _split(
                arrays[f"{part}_images"][rows[name]],
                graphs[part].take(np.concatenate([rows[name], len(arrays[f"{part}_labels"]) + rows[name]])),
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
                n_classes=10,
                n_local=12,
                n_shared=12,
                slope=2.0,
            ),
            training=TrainingConfig(epochs=16, alignment_weight=0.3, temperature=0.5, seed=seed),
            bank_size=3000,
            test_size=1000,
        )

    def data_license(self) -> str:
        return DATA_LICENSE.read_text()

    def pair(self, split: Split, rng: np.random.Generator) -> tuple[Mapping[str, Ints], Ints]:
        """Every picture once, the half that is shown as a picture drawn afresh."""
        digits = split.semantics["image"][: len(split.semantics["image"]) // 2] // 2
        return _pairing(draw_halves(len(digits), rng)), digits

    def describe(self, split: Split, missing: str, described_in: str, rng: np.random.Generator) -> Inputs:
        """The very half that is missing, as the other modality shows it."""
        return split.inputs[described_in].take(split.pairing[missing])


def _split(pictures: Ints, graphs: Inputs, digits: Ints, sources: Ints) -> Split:
    """A split of n pictures (n, 28, 28) and the 2n graphs of their halves."""
    pixels = np.concatenate([half_picture(pictures, half) for half in range(len(HALVES))])
    keys = np.concatenate([2 * digits + half for half in range(len(HALVES))])
    both = np.concatenate([sources, sources])
    return Split(
        inputs={"image": Inputs("image", {"pixels": pixels}), "graph": graphs},
        semantics={"image": keys, "graph": keys},
        sources={"image": both, "graph": both},
        pairing=_pairing(draw_halves(len(digits), np.random.default_rng(FIXED_PAIRING_SEED))),
        labels=digits,
    )
