"""MNIST+Superpixels: a picture of one digit, the superpixel graph of another, and the question of their sum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sharcs_core.config import TrainingConfig
from sharcs_core.kinds.image import ImageForm
from sharcs_core.structures import Inputs, Ints, Split
from sharcs_core.tasks import files
from sharcs_core.tasks.card import Modality, Target, TaskCard
from sharcs_core.tasks.mnist.from_pictures import WHOLE
from sharcs_core.tasks.mnist.superpixels import MAX_NODES, N_SEGMENTS, superpixel_graphs
from sharcs_core.tasks.mnist.task import DATA_LICENSE, FIXED_PAIRING_SEED, PICTURE_SIZE, MnistTask, superpixel_form
from sharcs_core.tasks.task import Making, Reader

DIGITS = tuple(f"digit {digit}" for digit in range(10))


def cyclic_partners(n: int, rng: np.random.Generator) -> Ints:
    """A random partner for each of n ≥ 2 pictures, none its own: neighbours on one random ring."""
    ring = rng.permutation(n)
    partners = np.empty(n, dtype=np.int64)
    partners[ring] = np.roll(ring, 1)
    return partners


class MnistSuperpixels(MnistTask):
    """Two different pictures, one of them seen as a graph; the class is the sum of their digits (0 … 18)."""

    card = TaskCard(
        name="mnist_superpixels",
        title="MNIST+Superpixels",
        summary="A handwritten digit as a picture, a second one as a graph of superpixels.",
        question="What is the sum of the two digits?",
        target=Target(tuple(str(total) for total in range(19)), title="sum"),
        modalities=(
            Modality("image", "Picture", ImageForm(*PICTURE_SIZE), DIGITS),
            Modality("graph", "Superpixel graph", superpixel_form(MAX_NODES), DIGITS),
        ),
        factors={"digit": tuple(range(10))},
        facts={"digit of the picture": {"image": "digit"}, "digit of the graph": {"graph": "digit"}},
        license=DATA_LICENSE.read_text(encoding="utf-8"),
    )
    readers: Mapping[str, Reader] = {"image": files.read_digit_image, "graph": files.read_superpixel_graph}
    makings: Mapping[str, Making] = {"graph": WHOLE}
    default_concepts = "named"

    graphs_name = "superpixels"
    most_nodes = MAX_NODES
    n_segments = N_SEGMENTS
    n_shared_named = 10
    training = TrainingConfig(epochs=16, alignment_weight=1.0, temperature=0.5)
    bank_size = 4000

    def build_graphs(self, pictures: Ints) -> Inputs:
        return superpixel_graphs(pictures)

    def split(self, pictures: Ints, graphs: Inputs, digits: Ints, sources: Ints) -> Split:
        partners = cyclic_partners(len(digits), np.random.default_rng(FIXED_PAIRING_SEED))
        return Split(
            inputs={"image": Inputs("image", {"pixels": pictures}), "graph": graphs},
            semantics={"image": digits, "graph": digits},
            sources={"image": sources, "graph": sources},
            pairing={"image": np.arange(len(digits)), "graph": partners},
            labels=digits + digits[partners],
        )

    def answer(self, keys: Mapping[str, int]) -> int | None:
        """The sum of the two digits; one alone leaves it open."""
        return int(keys["image"] + keys["graph"]) if {"image", "graph"} <= set(keys) else None

    def because(self, keys: Mapping[str, int]) -> str:
        return f"{keys['image']} + {keys['graph']} = {self._answered(keys)}"

    def pair(self, split: Split, rng: np.random.Generator) -> tuple[Mapping[str, Ints], Ints]:
        digits = split.semantics["image"]
        partners = cyclic_partners(len(digits), rng)
        return {"image": np.arange(len(digits)), "graph": partners}, digits + digits[partners]
