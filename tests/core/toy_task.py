"""A task of three modalities that is generated at once and learnt in a second.

Each sample has three inputs, a table row, a text and a picture, and each of them says a number from 0 to 3 on
its own. The class is how many of the three numbers are at least 2, so no input settles it without the others.

Shapes: n samples; table (n, 4), text (n, 3) of 13 words, picture (n, 8, 8).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig
from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.image import ImageForm
from sharcs_core.kinds.tabular import TableForm
from sharcs_core.kinds.text import TextForm
from sharcs_core.readers.checks import InputError, check_file, text_of
from sharcs_core.structures import DataSource, Inputs, Ints, Split, TaskData
from sharcs_core.tasks.card import Modality, Target, TaskCard
from sharcs_core.tasks.task import Reader, Task

SIZES = {"train": 256, "validation": 64, "test": 96}
NUMBERS = tuple(f"number {number}" for number in range(4))
MODALITIES = ("table", "words", "picture")
WORDS = ("", "zero", "none", "one", "single", "two", "both", "three", "trio", "old", "new", "grey", "plain")
"""Tokens 1 to 8 say a number, two each; the others say nothing."""


def render(modality: str, numbers: Ints, rng: np.random.Generator) -> Inputs:
    """Inputs of ``modality`` that say ``numbers`` (n,), each under noise of its own."""
    n = len(numbers)
    if modality == "table":
        values = np.eye(4)[numbers] + rng.normal(0, 0.15, (n, 4))
        return Inputs("tabular", {"values": values.astype(np.float32)})
    if modality == "words":
        tokens = rng.integers(9, 13, (n, 3))  # fillers
        tokens[:, 2] = 0
        tokens[np.arange(n), rng.integers(0, 2, n)] = 1 + 2 * numbers + rng.integers(0, 2, n)
        return Inputs("text", {"tokens": tokens})
    pixels = rng.integers(0, 60, (n, 8, 8)).astype(np.uint8)
    for i, number in enumerate(numbers):
        row, column = 4 * (number // 2), 4 * (number % 2)
        pixels[i, row : row + 4, column : column + 4] += 150
    return Inputs("image", {"pixels": pixels})


def toy_split(n: int, rng: np.random.Generator, first_source: int = 0) -> Split:
    numbers = {name: rng.integers(0, 4, n) for name in MODALITIES}
    own = np.arange(n)
    return Split(
        inputs={name: render(name, numbers[name], rng) for name in MODALITIES},
        semantics=numbers,
        sources=dict.fromkeys(MODALITIES, own + first_source),
        pairing=dict.fromkeys(MODALITIES, own),
        labels=np.sum([numbers[name] >= 2 for name in MODALITIES], axis=0),
    )


def read_words(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A text file of up to three words that the task knows."""
    file = check_file(name, content, (".txt",), "sentence")
    said = text_of(file, content).split()
    for word in said:
        if word not in WORDS:
            raise InputError(f"{file} has the word {word!r}, which is not known; use {', '.join(WORDS[1:])}")
    tokens = np.zeros((1, 3), dtype=np.int64)
    tokens[0, : len(said[:3])] = [WORDS.index(word) for word in said[:3]]
    return Inputs("text", {"tokens": tokens}), ("Only three words were read.",) if len(said) > 3 else ()


def _no_reader(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    raise ValueError(f"The toy task reads no files (got {name})")


class ToyTask(Task):
    card = TaskCard(
        name="toy",
        title="Toy",
        summary="Three inputs that each say a number.",
        question="How many of the numbers are at least 2?",
        target=Target(("none", "one", "two", "all"), title="number"),
        modalities=(
            Modality("table", "Table", TableForm(tuple(Column(f"number {i}") for i in range(4))), NUMBERS),
            Modality("words", "Words", TextForm(WORDS, longest=3), NUMBERS),
            Modality("picture", "Picture", ImageForm(8, 8), NUMBERS),
        ),
    )
    readers: ClassVar[Mapping[str, Reader]] = {"table": _no_reader, "words": read_words, "picture": _no_reader}
    suffixes: ClassVar[Mapping[str, tuple[str, ...]]] = {"table": (".none",), "words": (".txt",), "picture": (".none",)}

    def load(self, seed: int, data_dir: Path | None = None, n_train: int | None = None) -> TaskData:
        rng = np.random.default_rng(seed)
        splits = {name: toy_split(size, rng) for name, size in SIZES.items()}
        if n_train is not None:
            splits["train"] = splits["train"].select(np.sort(rng.permutation(SIZES["train"])[:n_train]))
        content = b"".join(split.labels.tobytes() for split in splits.values())
        source = DataSource("generated", hashlib.sha256(content).hexdigest())
        return TaskData(self.name, seed, source, **splits)

    def preset(self, seed: int = 0, concepts: str | None = None) -> RunConfig:
        return RunConfig(
            task=self.name,
            model=ModelConfig(
                encoders={
                    "table": EncoderConfig("tabular", 4, (16,)),
                    "words": EncoderConfig("text", 13, (16, 16)),
                    "picture": EncoderConfig("image", 1, (8, 16)),
                },
                n_classes=4,
                n_local=6,
                n_shared=5,
                projection_hidden=16,
                predictor_hidden=32,
                slope=2.0,
                named=self.named(concepts),
            ),
            training=TrainingConfig(epochs=20, batch_size=32, learning_rate=1e-2, seed=seed),
            bank_size=200,
            test_size=40,
        )

    def describe(self, split: Split, missing: str, described_in: str, rng: np.random.Generator) -> Inputs:
        return render(described_in, split.sample_semantics()[missing], rng)
