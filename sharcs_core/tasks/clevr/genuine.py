"""Scenes of the original generator of CLEVR, brought by a person, as splits of the task.

Split by scene. What a scene shows is said by the generator's scenes JSON where that is there, else by the
question that is answered yes. Training asks new questions, as it does of our own scenes; validation and test
ask those that were brought.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sharcs_core.structures import DataSource, Ints, Split
from sharcs_core.tasks.clevr.genuine_files import Asked, find_lists, read_picture, read_questions, read_scene_keys
from sharcs_core.tasks.clevr.questions import KEY_NAMES
from sharcs_core.tasks.clevr.splits import Scenes, asked_split, drawn_split, some_of
from sharcs_core.tasks.mnist.source import DataError

MIN_SCENES = 30  # so that two at least are left to validate on
TEST_SHARE, VALIDATION_SHARE = 0.24, 0.06
"""As of the scenes of our own."""
TEST_SEED = 0
"""The scenes of the test split are the same for every seed of a training."""


def load_genuine(folder: Path, seed: int, n_train: int | None = None) -> tuple[dict[str, Split], DataSource]:
    """The splits of what the generator wrote to ``folder``.

    Args:
        folder: pictures (``*_000000.png`` …, here or in ``images/``), one JSON file with the questions, and where
            there is one the JSON file with the scenes.
        seed: of the choice of the validation scenes and of ``n_train`` training scenes, and of the questions
            that are asked in training.

    Warns:
        UserWarning: how many scenes are left out because nothing says what they show.

    Raises:
        DataError: naming what is missing, damaged or contradictory.
        ValueError: for an ``n_train`` that the scenes do not allow.
    """
    path, question_values, scene_values = find_lists(folder)
    asked = read_questions(path, question_values)
    names = sorted({question.picture for question in asked})
    keys = scene_keys(asked, read_scene_keys(scene_values, names))
    _check_enough(folder, names, keys)
    scenes, tokens, of_scene = _read(folder, [name for name in names if name in keys], asked, keys)
    source = DataSource("clevr-genuine", content_hash(scenes, tokens, of_scene))
    return _splits(scenes, tokens, of_scene, seed, n_train), source


def _read(
    folder: Path, names: Sequence[str], asked: Sequence[Asked], keys: Mapping[str, int]
) -> tuple[Scenes, Ints, Ints]:
    """The scenes of these names, the questions about them (q, 4), and the row of each question's scene (q,)."""
    scenes = Scenes(
        np.stack([read_picture(folder, name) for name in names]),
        np.array([keys[name] for name in names], dtype=np.int64),
        np.arange(len(names)),
    )
    row_of = {name: row for row, name in enumerate(names)}
    kept = [question for question in asked if question.picture in row_of]
    tokens = np.array([question.tokens for question in kept], dtype=np.int16)
    return scenes, tokens, np.array([row_of[question.picture] for question in kept], dtype=np.int64)


def scene_keys(asked: Sequence[Asked], listed: Mapping[str, int]) -> dict[str, int]:
    """Picture → what it shows, as far as it is listed or a question about it is answered yes.

    Raises:
        DataError: for an answer that contradicts what the picture shows.
    """
    keys = dict(listed)
    for question in asked:
        if question.answer and keys.setdefault(question.picture, question.key) != question.key:
            raise DataError(
                f"{question.place} is answered yes, but {question.picture} shows {_of(keys[question.picture])} "
                "by the scenes JSON or another question: the task is of one object a scene"
            )
    for question in asked:
        if not question.answer and keys.get(question.picture) == question.key:
            raise DataError(f"{question.place} is answered no, but {question.picture} shows {_of(question.key)}")
    return keys


def _of(key: int) -> str:
    return f"a {KEY_NAMES[key]}"


def _check_enough(folder: Path, names: Sequence[str], keys: Mapping[str, int]) -> None:
    n_unknown = len(names) - len(keys)
    left_out = f"{n_unknown} of {len(names)} scenes are left out: no scenes JSON and no question answered yes says "
    left_out += "what they show"
    if len(keys) < MIN_SCENES:
        why = f"; {left_out}" if n_unknown else ""
        raise DataError(f"{folder} must hold at least {MIN_SCENES} scenes with questions (got {len(keys)}{why})")
    if n_unknown:
        warnings.warn(f"{folder}: {left_out}", stacklevel=2)


def content_hash(scenes: Scenes, tokens: Ints, of_scene: Ints) -> str:
    """SHA-256 of all that is shown, asked and answered."""
    digest = hashlib.sha256(scenes.pixels.tobytes())
    for values in (scenes.keys, tokens, of_scene):
        digest.update(np.ascontiguousarray(values, dtype="<i8").tobytes())
    return digest.hexdigest()


def split_scenes(n: int, seed: int) -> dict[str, Ints]:
    """Which of ``n`` scenes train, validate and test, sorted; those of the test for every seed the same."""
    order = np.random.default_rng(TEST_SEED).permutation(n)
    n_test, n_validation = round(TEST_SHARE * n), round(VALIDATION_SHARE * n)
    choice, test = np.random.default_rng(seed).permutation(order[n_test:]), order[:n_test]
    parts = {"train": choice[n_validation:], "validation": choice[:n_validation], "test": test}
    return {part: np.sort(rows) for part, rows in parts.items()}


def _splits(scenes: Scenes, tokens: Ints, of_scene: Ints, seed: int, n_train: int | None) -> dict[str, Split]:
    rows = split_scenes(len(scenes), seed)
    rng = np.random.default_rng(seed)
    splits = {"train": drawn_split(some_of(scenes.take(rows["train"]), n_train, rng), rng, with_wordings=True)}
    for part in ("validation", "test"):
        about = np.isin(of_scene, rows[part])
        splits[part] = asked_split(scenes.take(rows[part]), tokens[about], np.searchsorted(rows[part], of_scene[about]))
    return splits
