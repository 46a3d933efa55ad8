"""CLEVR with one object: a rendered scene, a four-word question, and whether the question describes the object.

After Johnson et al. 2017 (the objects, their look and their words) and the SHARCS paper (the task).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig
from sharcs_core.errors import UserError
from sharcs_core.kinds.image import ImageForm
from sharcs_core.kinds.text import TextForm
from sharcs_core.named import listed, names_of_values
from sharcs_core.structures import DataSource, Inputs, Ints, Split, TaskData
from sharcs_core.tasks.card import Modality, Target, TaskCard
from sharcs_core.tasks.clevr.generated import HEIGHT, WIDTH
from sharcs_core.tasks.clevr.question_files import read_question
from sharcs_core.tasks.clevr.questions import (
    FACTORS,
    KEY_NAMES,
    N_KEYS,
    WORDINGS,
    WORDS,
    difficulty_of,
    draw_wordings,
    factor_values,
    n_differences,
)
from sharcs_core.tasks.clevr.scene_files import read_scene_image
from sharcs_core.tasks.clevr.splits import drawn_split, nearest_other, redrawn_pairing, some_of
from sharcs_core.tasks.task import Reader, Task


class Clevr(Task):
    """Positive and negative questions come evenly, and half of the negatives miss by one attribute only."""

    card = TaskCard(
        name="clevr",
        title="CLEVR",
        summary="A rendered scene of one object, and a question of four words that may or may not describe it.",
        question="Does the question describe the object?",
        target=Target(("no", "yes"), title="answer"),
        modalities=(
            Modality("image", "Scene", ImageForm(HEIGHT, WIDTH, channels=3, ground=(0.5, 0.5, 0.5)), KEY_NAMES),
            Modality("text", "Question", TextForm(WORDS, longest=len(FACTORS)), KEY_NAMES),
        ),
        factors=factor_values(),
        facts={
            **{f"{factor} of the scene": {"image": factor} for factor in FACTORS},
            **{f"{factor} asked for": {"text": factor} for factor in FACTORS},
        },
        compared={factor: {"image": factor, "text": factor} for factor in FACTORS},
    )
    readers: Mapping[str, Reader] = {"image": read_scene_image, "text": read_question}
    default_concepts = "named"

    def load(self, seed: int, data_dir: Path | None = None, n_train: int | None = None) -> TaskData:
        """8,000 training, 500 validation and 2,000 test scenes of our own, or the scenes in ``data_dir``.

        Our scenes are the same for every ``seed``, which governs the questions, their pairing with the scenes
        and the choice of ``n_train`` scenes.

        Raises:
            DataError: for a ``data_dir`` that does not hold what the original generator writes.
            ValueError: for an ``n_train`` that the scenes do not allow.
        """
        if data_dir is None:
            splits, source = _load_generated(seed, n_train)
        else:
            from sharcs_core.tasks.clevr.genuine import load_genuine

            splits, source = load_genuine(Path(data_dir), seed, n_train)
        return TaskData(self.name, seed, source, **splits)

    def preset(self, seed: int = 0, concepts: str | None = None) -> RunConfig:
        named = self.named(concepts)
        encoders: Mapping[str, EncoderConfig] = {
            "image": EncoderConfig("image", 3, (24, 48, 64, 96, 96), positions=True, jitter=0.05),
            "text": EncoderConfig("text", len(WORDS), (32, 64)),
        }
        return RunConfig(
            task=self.name,
            model=ModelConfig(
                encoders,
                n_classes=2,
                n_local=32,
                n_shared=13 if named else 32,
                projection_hidden=64,
                predictor_hidden=128,
                slope=2.0,
                named=named,
                agreements=True,
            ),
            training=TrainingConfig(
                epochs=30, alignment_weight=1.0, temperature=0.3, polish_epochs=0 if named else 3, seed=seed
            ),
            bank_size=400,
            test_size=200,
        )

    def pair(self, split: Split, rng: np.random.Generator) -> tuple[Mapping[str, Ints], Ints]:
        """Every scene once, with a question drawn afresh, half of them positive."""
        return redrawn_pairing(split, rng)

    def describe(self, split: Split, missing: str, described_in: str, rng: np.random.Generator) -> Inputs:
        """A sentence true of each missing scene, or for each missing question a scene that shows what it asks.

        The scene is another one of the same split than the sample's own. Where the split has none that fits,
        it is one that differs from what is asked in as few attributes as there are.

        Raises:
            ValueError: for modalities that the task does not have, or twice the same.
        """
        missing, described_in = self.card.modality(missing).name, self.card.modality(described_in).name
        if missing == described_in:
            raise UserError(f"A missing {missing} must be described in another modality (got {described_in!r})")
        if missing == "image":
            wordings = draw_wordings(split.sample_semantics()["image"], rng)
            return Inputs("text", {"tokens": WORDINGS[wordings]})
        return split.inputs["image"].take(_other_scenes(split, rng))

    def answer(self, keys: Mapping[str, int]) -> int | None:
        """Whether the scene has all that is asked for; one of the two alone leaves it open."""
        return int(keys["image"] == keys["text"]) if {"image", "text"} <= set(keys) else None

    def because(self, keys: Mapping[str, int]) -> str:
        """What differs, such as ``no, because material differs: rubber, metal``."""
        if self._answered(keys):
            return f"yes, because {listed(tuple(FACTORS))} agree"
        differ = []
        for factor in FACTORS:
            words = names_of_values(self.card.factors, KEY_NAMES, factor)
            scene, asked = (words[self.card.factors[factor][keys[name]]] for name in ("image", "text"))
            differ += [f"{factor} differs: {scene}, {asked}"] if scene != asked else []
        return f"no, because {'; '.join(differ)}"

    def difficulties(self, split: Split) -> Mapping[str, NDArray[np.bool_]]:
        """``positive``, ``hard`` (one attribute differs) and ``easy`` (more do) samples."""
        keys = split.sample_semantics()
        return difficulty_of(keys["image"], keys["text"])


def _other_scenes(split: Split, rng: np.random.Generator) -> NDArray[np.int64]:
    """For each sample the row of a scene that shows what is asked, not its own where there are two, (n,)."""
    keys, own = split.semantics["image"], split.pairing["image"]
    if len(keys) < 2:
        return np.zeros(len(own), dtype=np.int64)
    away = n_differences(np.arange(N_KEYS)[:, None], keys)  # (96, scenes)
    asked = split.sample_semantics()["text"]
    return np.array([nearest_other(away[key], row, rng) for key, row in zip(asked, own, strict=True)], dtype=np.int64)


def _load_generated(seed: int, n_train: int | None) -> tuple[dict[str, Split], DataSource]:
    from sharcs_core.tasks.clevr.generated import N_SCENES, content_hash, generated_scenes

    scenes = {part: generated_scenes(part) for part in N_SCENES}
    source = DataSource("generated", content_hash(scenes.values()))
    choice, *streams = (np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(4))
    scenes["train"] = some_of(scenes["train"], n_train, choice)
    splits = {
        part: drawn_split(some, rng, with_wordings=part == "train")
        for (part, some), rng in zip(scenes.items(), streams, strict=True)
    }
    return splits, source
