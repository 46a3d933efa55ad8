"""HalfMNIST: half of a handwritten digit as a picture, the other half as a superpixel graph; which digit is it?

Inputs of a split of n pictures: 2n of each modality, the top half of picture i at row i, its bottom half at
row n + i. Semantics key: 2 · digit + half, half 0 the top and 1 the bottom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sharcs_core.config import RunConfig, TrainingConfig
from sharcs_core.kinds.image import ImageForm
from sharcs_core.structures import Inputs, Ints, Split
from sharcs_core.tasks.card import Modality, Target, TaskCard
from sharcs_core.tasks.mnist import half_files
from sharcs_core.tasks.mnist.from_pictures import HALF
from sharcs_core.tasks.mnist.half_superpixels import HALVES, MAX_HALF_NODES, N_HALF_SEGMENTS, half_graphs, half_picture
from sharcs_core.tasks.mnist.task import DATA_LICENSE, FIXED_PAIRING_SEED, PICTURE_SIZE, MnistTask, superpixel_form
from sharcs_core.tasks.task import Making, Reader

KEYS = tuple(f"{half} half of digit {digit}" for digit in range(10) for half in HALVES)


def draw_halves(n: int, rng: np.random.Generator) -> Ints:
    """Which half of each of n pictures is shown as a picture: 0 the top, 1 the bottom, as many of each (± 1)."""
    return rng.permutation(np.arange(n) % 2)


def _pairing(shown: Ints) -> dict[str, Ints]:
    """Rows of the inputs of each sample: the half that is ``shown`` as a picture, the other one as a graph."""
    n = len(shown)
    return {"image": np.arange(n) + n * shown, "graph": np.arange(n) + n * (1 - shown)}


class HalfMnist(MnistTask):
    """The two inputs of a sample are the two halves of one picture; the class is its digit."""

    card = TaskCard(
        name="half_mnist",
        title="HalfMNIST",
        summary="Half of a handwritten digit as a picture, its other half as a graph of superpixels.",
        question="Which digit is it?",
        target=Target(tuple(str(digit) for digit in range(10)), title="digit"),
        modalities=(
            Modality("image", "Half picture", ImageForm(PICTURE_SIZE[0] // 2, PICTURE_SIZE[1]), KEYS),
            Modality("graph", "Half graph", superpixel_form(MAX_HALF_NODES), KEYS),
        ),
        factors={"digit": tuple(key // 2 for key in range(20)), "half": tuple(key % 2 for key in range(20))},
        facts={"digit": {"image": "digit", "graph": "digit"}},
        license=DATA_LICENSE.read_text(encoding="utf-8"),
    )
    readers: Mapping[str, Reader] = {"image": half_files.read_half_image, "graph": half_files.read_half_graph}
    makings: Mapping[str, Making] = {"graph": HALF}

    graphs_name = "half-superpixels"
    most_nodes = MAX_HALF_NODES
    n_segments = N_HALF_SEGMENTS
    n_shared_named = 15  # ten digits, the half, and four free ones for what a half cannot tell apart
    graphs_a_picture = len(HALVES)
    training = TrainingConfig(epochs=16, alignment_weight=1.0, temperature=0.5)
    bank_size = 3000

    def preset(self, seed: int = 0, concepts: str | None = None) -> RunConfig:
        """Free concepts are pulled together as everywhere; of named ones the names do most of that."""
        config = super().preset(seed, concepts)
        if not config.model.named:
            return config
        return replace(config, training=replace(config.training, alignment_weight=0.3))

    def build_graphs(self, pictures: Ints) -> Inputs:
        return half_graphs(pictures)

    def split(self, pictures: Ints, graphs: Inputs, digits: Ints, sources: Ints) -> Split:
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

    def answer(self, keys: Mapping[str, int]) -> int | None:
        """The digit that the halves are of; two of different digits, or twice the same half, contradict each other."""
        (digits,) = self.stated(keys).values()
        halves = [self.card.factors["half"][key] for key in keys.values()]
        return digits.pop() if len(digits) == 1 and len(set(halves)) == len(halves) else None

    def because(self, keys: Mapping[str, int]) -> str:
        halves = "both halves are" if len(keys) > 1 else "the half is"
        return f"{halves} of a {self._answered(keys)}"

    def pair(self, split: Split, rng: np.random.Generator) -> tuple[Mapping[str, Ints], Ints]:
        """Every picture once, the half that is shown as a picture drawn afresh."""
        digits = split.semantics["image"][: len(split.semantics["image"]) // 2] // 2
        return _pairing(draw_halves(len(digits), rng)), digits
