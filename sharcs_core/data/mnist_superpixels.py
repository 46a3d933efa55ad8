"""MNIST+Superpixels: a picture of one digit, the superpixel graph of another, and the question of their sum."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig
from sharcs_core.data import files
from sharcs_core.data.mnist import DataError, cache_dir, load_mnist
from sharcs_core.data.superpixels import COMPACTNESS, N_SEGMENTS, superpixel_graphs
from sharcs_core.data.task import Modality, Task
from sharcs_core.structures import DataSource, Inputs, Ints, Split, TaskData

DATA_LICENSE = Path(__file__).with_name("DATA-LICENSE")
MIN_PICTURES = 60  # so that the validation part is not a handful
VALIDATION_SHARE = 0.05
FIXED_PAIRING_SEED = 0  # validation, test and bank pairings are the same for every training seed
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
    path = cache_dir() / f"superpixels-{source.sha256[:16]}-{part}-{made_by}.npz"
    cached = _read_cache(path, len(pictures))
    if cached is not None:
        return cached
    graphs = superpixel_graphs(pictures)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{os.getpid()}-{path.name}")
        arrays: dict[str, Any] = dict(graphs.arrays)
        np.savez(aside, **arrays)
        os.replace(aside, path)
    except OSError:
        pass  # a cache that cannot be written costs time, nothing else
    return graphs


def _read_cache(path: Path, n: int) -> Inputs | None:
    """The graphs kept at ``path``, or None where there are none or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            graphs = Inputs("graph", dict(arrays))
    except (OSError, ValueError, KeyError, BadZipFile, EOFError):
        return None
    return graphs if len(graphs) == n else None


class MnistSuperpixels(Task):
    """Two different pictures, one of them seen as a graph; the class is the sum of their digits (0 … 18)."""

    name = "mnist_superpixels"
    title = "MNIST + Superpixels"
    summary = "A handwritten digit as a picture, a second one as a graph of superpixels."
    question = "What is the sum of the two digits?"
    class_names = tuple(str(total) for total in range(19))
    modalities = (
        Modality("image", "image", "Picture", DIGITS, files.read_digit_image, files.IMAGE_SUFFIXES),
        Modality("graph", "graph", "Superpixel graph", DIGITS, files.read_superpixel_graph, files.GRAPH_SUFFIXES),
    )

    def load(self, seed: int, data_dir: Path | None = None) -> TaskData:
        arrays, source = load_mnist(data_dir)
        pictures = {part: arrays[f"{part}_images"] for part in ("train", "test")}
        digits = {part: arrays[f"{part}_labels"].astype(np.int64) for part in ("train", "test")}
        if min(len(values) for values in digits.values()) < MIN_PICTURES:
            raise DataError(f"{self.title} needs at least {MIN_PICTURES} pictures to train and to test on")
        graphs = {part: _load_graphs(pictures[part], source, part) for part in ("train", "test")}
        order = np.random.default_rng(seed).permutation(len(pictures["train"]))
        n_validation = round(VALIDATION_SHARE * len(order))
        parts = {
            "train": ("train", np.sort(order[n_validation:])),
            "validation": ("train", np.sort(order[:n_validation])),
            "test": ("test", np.arange(len(pictures["test"]))),
        }
        splits = {
            name: _split(pictures[part][index], graphs[part].take(index), digits[part][index], index)
            for name, (part, index) in parts.items()
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
