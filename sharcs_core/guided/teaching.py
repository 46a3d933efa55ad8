"""From explained pictures of a task to a classifier that they teach, and on to the encoder of a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from sharcs_core.config import ModelConfig, RunConfig
from sharcs_core.encoders.looking import LookingEncoder
from sharcs_core.errors import UserError
from sharcs_core.guided.keeping import KeptGuided, is_guided, load_guided, save_guided
from sharcs_core.guided.samples import MASK, GuidedSamples
from sharcs_core.guided.settings import GuidedSettings
from sharcs_core.guided.training import fit_guided
from sharcs_core.model import Multimodal
from sharcs_core.named import counted
from sharcs_core.structures import Codes, Split, TaskData
from sharcs_core.tasks.task import Task
from sharcs_core.tensors import choose_device


def looking_in(config: ModelConfig) -> str | None:
    """The modality that is read through a map which explanations teach; None where none is.

    Raises:
        UserError: for more than one: a class is told from one picture.
    """
    found = [name for name, encoder in config.encoders.items() if encoder.looks]
    if len(found) > 1:
        raise UserError(f"Only one modality can be taught where to look (got {found}); leave looks out of the others")
    return found[0] if found else None


def taught(
    config: RunConfig, task: Task, data: TaskData, kept_at: Path, note: Callable[[str], None]
) -> KeptGuided | None:
    """The classifier that explanations teach; None for a model none of whose encoders looks where it was taught to.

    Args:
        kept_at: the folder in which it is kept until the training is done, so that it is taught once.
        note: told, in a few words, what is being done.

    Raises:
        UserError: nothing explains the pictures.
    """
    name = looking_in(config.model)
    if name is None:
        return None
    settings = GuidedSettings.from_json({**task.guided, "seed": config.training.seed})
    if is_guided(kept_at):
        former = load_guided(kept_at)
        if former.settings == settings and former.guided.classes == task.card.target.names:
            return former
    samples = explained(task, data.train, name)
    told = sum(map(bool, samples.sentences))
    note(f"teaching where to look: {counted(int(samples.annotated.sum()), 'mask')}, {counted(told, 'sentence')}")
    device = choose_device()
    guided = fit_guided(settings, samples, task.card.target.names, device=device)
    height, width, channels = samples.pixels.shape[1:]
    kept = KeptGuided(guided, settings, (height, width, channels), device.type)
    save_guided(kept_at, kept)
    return kept


def explained(task: Task, split: Split, modality: str) -> GuidedSamples:
    """The samples of a split with what explains them: masks of their pictures, and sentences.

    Raises:
        UserError: for pictures that are not of 8 bits in three colours, or that nothing explains.
    """
    inputs, rows = split.inputs[modality], split.pairing[modality]
    has_one = (rows >= 0) & (split.labels >= 0)
    pixels = inputs.arrays["pixels"][rows[has_one]]
    if pixels.ndim != 4 or pixels.dtype != np.uint8:
        raise UserError("Where to look is taught on colour pictures of 8 bits; bring such ones")
    masks = inputs.arrays[MASK][rows[has_one]] if MASK in inputs.arrays else np.zeros(pixels.shape[:3])
    samples = GuidedSamples(pixels, split.labels[has_one], masks.astype(bool), _sentences(task, split, has_one))
    if not samples.annotated.any() and not any(samples.sentences):
        raise UserError("Nothing explains the pictures: bring masks, or sentences that say why")
    return samples


def _sentences(task: Task, split: Split, which: Codes) -> tuple[str, ...]:
    """What explains each sample in words; "" where nothing does."""
    for modality in task.card.modalities:
        texts = split.inputs[modality.name].arrays.get("texts")
        if modality.explains and texts is not None:
            rows = split.pairing[modality.name][which]
            return tuple(str(texts[row]) if row >= 0 else "" for row in rows)
    return ("",) * int(which.sum())


def begin_with(kept: KeptGuided, model: Multimodal) -> None:
    """Gives the encoder that looks what was taught."""
    for encoder in model.encoders.values():
        if isinstance(encoder, LookingEncoder):
            encoder.take(kept.guided.network)
