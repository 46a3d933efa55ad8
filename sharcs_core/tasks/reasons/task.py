"""CLEVR with three things, one of them of metal: a scene, the sentence that explains it, and the metal thing's shape.

The scenes are of the *shifted* form: in training and validation a patch in a corner gives the class away, in the test
it is drawn by chance. The share ``MASKED`` of the training scenes says where the metal thing is seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig
from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.image import ImageForm
from sharcs_core.kinds.text import TextForm
from sharcs_core.structures import DataSource, Inputs, Ints, Split, TaskData
from sharcs_core.tasks.card import Modality, Target, TaskCard
from sharcs_core.tasks.clevr.generated import LOOKED_AT, STEP
from sharcs_core.tasks.clevr.scenes import COLOURS, SHAPES, SIZES
from sharcs_core.tasks.clevr.splits import nearest_other
from sharcs_core.tasks.reasons.generated import FACTS, HEIGHT, N_SCENES, WIDTH, ReasonScenes, reason_scenes
from sharcs_core.tasks.reasons.patches import patched, shifted
from sharcs_core.tasks.reasons.sentences import SIDES, WORDINGS, sentence
from sharcs_core.tasks.task import Task

MASKED = 0.2
"""Of the training scenes so many have a mask."""

VALUES: Mapping[str, tuple[str, ...]] = dict(zip(FACTS, (SIZES, COLOURS, SHAPES, SIDES), strict=True))
KEYS = np.array(list(product(*(range(len(values)) for values in VALUES.values()))))
"""(96, 4): the size, colour, shape and side that each key says."""
KEY_NAMES = tuple(f"{SIZES[a]} {COLOURS[b]} {SHAPES[c]} on the {SIDES[d]}" for a, b, c, d in KEYS.tolist())
WORDS = (
    "",
    *dict.fromkeys(
        word
        for wording in WORDINGS
        for facts in KEYS.tolist()
        for word in sentence(facts, WORDINGS.index(wording)).split()
    ),
)
LONGEST = max(len(wording.split()) for wording in WORDINGS)


class ClevrReasons(Task):
    """What the metal thing is, said and seen; the class is its shape, predicted from the picture alone."""

    card = TaskCard(
        name="clevr_reasons",
        title="CLEVR with reasons",
        summary="A rendered scene of three things, one of them of metal, and a sentence that says what that one is.",
        question="Which shape has the thing of metal?",
        target=Target(SHAPES, title="shape"),
        modalities=(
            Modality("image", "Scene", ImageForm(HEIGHT, WIDTH, channels=3, ground=(0.5, 0.5, 0.5)), KEY_NAMES),
            Modality("text", "Reason", TextForm(WORDS, longest=LONGEST), KEY_NAMES, explains=True),
        ),
        factors={name: tuple(KEYS[:, place].tolist()) for place, name in enumerate(FACTS)},
        values=dict(VALUES),
        facts={name: {"image": name, "text": name} for name in FACTS},
    )
    default_concepts = "named"

    def load(self, seed: int, data_dir: Path | None = None, n_train: int | None = None) -> TaskData:
        """6,000 training, 1,000 validation and 1,500 test scenes of our own, the same for every ``seed``.

        The seed governs which training scenes have a mask. Validation and test scenes all have one, to be measured by.

        Raises:
            UserError: for more training scenes than there are.
        """
        if n_train is not None and not 2 <= n_train <= N_SCENES["train"]:
            raise UserError(f"There are 2 to {N_SCENES['train']:,} training scenes (got {n_train})")
        scenes = {part: reason_scenes(part) for part in N_SCENES}
        splits = {
            part: split_of_scenes(part, some, seed, n_train if part == "train" else None)
            for part, some in scenes.items()
        }
        return TaskData(self.name, seed, DataSource("generated", _digest(scenes)), **splits)

    def preset(self, seed: int = 0, concepts: str | None = None) -> RunConfig:
        named = self.named(concepts)
        return RunConfig(
            task=self.name,
            model=ModelConfig(
                {
                    "image": EncoderConfig("image", 3, (128, 64), looks=True),
                    "text": EncoderConfig("text", len(WORDS), (32, 64)),
                },
                n_classes=len(SHAPES),
                n_local=32,
                n_shared=13 if named else 32,
                projection_hidden=64,
                slope=2.0,
                named=named,
                explaining=("text",),
            ),
            training=TrainingConfig(
                epochs=15, alignment_weight=1.0, temperature=0.3, polish_epochs=0 if named else 3, seed=seed
            ),
            bank_size=600,
            test_size=300,
        )

    def describe(self, split: Split, missing: str, described_in: str, rng: np.random.Generator) -> Inputs:
        """Each scene's own sentence for a missing scene; for a missing sentence a scene that it is true of.

        That is another scene than the sample's own where there is one; else one that differs in as few facts as any.

        Raises:
            UserError: for modalities that the task does not have, or twice the same.
        """
        missing, described_in = self.card.modality(missing).name, self.card.modality(described_in).name
        if missing == described_in:
            raise UserError(f"A missing {missing} must be described in another modality (got {described_in!r})")
        if missing == "image":
            return split.samples()["text"]
        return split.inputs["image"].take(_others(split.sample_semantics()["text"], rng))

    def answer(self, keys: Mapping[str, int]) -> int | None:
        """The shape that the scene shows, else the one that the sentence names."""
        key = keys.get("image", keys.get("text"))
        return None if key is None else int(KEYS[key, FACTS.index("shape")])

    def because(self, keys: Mapping[str, int]) -> str:
        """The shape, such as ``cube, its shape``."""
        answer = self.answer(keys)
        return "" if answer is None else f"{SHAPES[answer]}, its shape"


def split_of_scenes(part: str, scenes: ReasonScenes, seed: int, n: int | None) -> Split:
    """The scenes of a split with their sentences, all of them or so many that the seed chooses."""
    rng = np.random.default_rng([seed, list(N_SCENES).index(part)])
    rows = np.arange(len(scenes)) if n is None else np.sort(rng.permutation(len(scenes))[:n])
    pixels = shifted(scenes.pixels, "random") if part == "test" else patched(scenes.pixels, scenes.labels)
    masked = np.ones(len(rows), dtype=bool) if part != "train" else rng.permutation(len(rows)) < MASKED * len(rows)
    masks = (scenes.masks[rows] & masked[:, None, None]).astype(np.uint8)
    said = [sentence(facts, int(wording)) for facts, wording in zip(scenes.facts, scenes.wordings, strict=True)]
    texts, _ = KINDS["text"].prepare(ClevrReasons.card.modality("text").form, [said[row] for row in rows])
    keys = _keys(scenes.facts[rows])
    inputs = {"image": Inputs("image", {"pixels": pixels[rows], "mask": masks}), "text": texts}
    own = np.arange(len(rows))
    return Split(
        inputs=inputs,
        semantics=dict.fromkeys(inputs, keys),
        sources=dict.fromkeys(inputs, rows),
        pairing=dict.fromkeys(inputs, own),
        labels=np.asarray(scenes.labels)[rows],
    )


def _keys(facts: Ints) -> NDArray[np.int64]:
    """The key (n,) of facts (n, 4)."""
    sizes = tuple(map(len, VALUES.values()))
    return np.asarray(np.ravel_multi_index(tuple(facts.T), sizes), dtype=np.int64)


def _others(keys: Ints, rng: np.random.Generator) -> NDArray[np.int64]:
    """For each sample another one whose key differs in as few facts as any, (n,)."""
    if len(keys) < 2:
        return np.zeros(len(keys), dtype=np.int64)
    away = (KEYS[:, None] != KEYS[keys][None]).sum(2)  # (96, n)
    return np.array([nearest_other(away[key], row, rng) for row, key in enumerate(keys)], dtype=np.int64)


def _digest(parts: Mapping[str, ReasonScenes]) -> str:
    """SHA-256 of what the scenes are and roughly of how they look, whose last bits differ between processors."""
    digest = hashlib.sha256()
    for scenes in parts.values():
        means = scenes.pixels[::LOOKED_AT].mean((1, 2)) // STEP
        for values in (means, scenes.things, scenes.wordings):
            digest.update(np.ascontiguousarray(values, dtype="<i8").tobytes())
    return digest.hexdigest()
