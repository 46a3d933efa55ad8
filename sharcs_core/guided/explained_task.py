"""A folder of explained pictures as a task: pictures answer, sentences explain, masks teach where to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.guided.folder import SIZE, TEXTUAL, VISUAL, Explained, load_explained
from sharcs_core.guided.samples import MASK, GuidedSamples
from sharcs_core.kinds.image import ImageForm
from sharcs_core.structures import Inputs, Split
from sharcs_core.tasks import arrays
from sharcs_core.tasks.folder.checking import Report
from sharcs_core.tasks.folder.faults import FolderError
from sharcs_core.tasks.folder.places import Places
from sharcs_core.tasks.folder.sheet import read_sheet
from sharcs_core.tasks.given import SPLITS
from sharcs_core.tasks.task import LoadedTask

IMAGE, TEXT = "image", "text"
SETTINGS: Mapping[str, Any] = {"model": {"encoders": {IMAGE: {"hidden": [128, 64], "looks": True}}}}
HOW: Mapping[str, Any] = {"borne_out": False}
"""People say the same in many ways, so that no sentence of theirs is read off a map word by word."""
FEWEST_SENTENCES = 2
"""In training: without any there is no second modality that concepts could be shared with."""


def is_explained(folder: Path) -> bool:
    """Whether the sheet of a folder has a column for what explains its pictures."""
    try:
        columns = read_sheet(Places.of(folder)).cells
    except UserError:  # it is told where the folder is checked
        return False
    return IMAGE in columns and (VISUAL in columns or TEXTUAL in columns)


def check_explained(folder: Path, seed: int = 0) -> Report:
    """What a folder of explained pictures holds, or every fault of it."""
    try:
        explained = load_explained(folder, SIZE, seed)
    except FolderError as error:
        return Report(error.faults)
    some = [explained.samples[split] for split in SPLITS]
    classes = {
        name: {split: int((explained.samples[split].labels == label).sum()) for split in SPLITS}
        for label, name in enumerate(explained.classes)
    }
    return Report(
        (),
        n=sum(map(len, some)),
        modalities={IMAGE: IMAGE, "mask": VISUAL, TEXT: TEXTUAL},
        classes=classes,
        missing={
            "mask": sum(int((~samples.masks.any((1, 2))).sum()) for samples in some),
            TEXT: sum(not sentence for samples in some for sentence in samples.sentences),
        },
    )


def explained_task(folder: Path, seed: int = 0) -> LoadedTask:
    """The task of a folder as :func:`~sharcs_core.guided.folder.load_explained` reads it.

    Raises:
        FolderError: with every fault of the folder.
        UserError: where no sentence explains a training picture.
    """
    explained = load_explained(folder, SIZE, seed)
    _check(explained, folder)
    samples = [(split, explained.samples[split]) for split in SPLITS]
    sentences = [text or None for _, some in samples for text in some.sentences]
    given = arrays.checked(
        {IMAGE: [picture for _, some in samples for picture in some.pixels], TEXT: sentences},
        [explained.classes[label] for _, some in samples for label in some.labels],
        split=[split for split, some in samples for _ in range(len(some))],
        ids=[name for split, _ in samples for name in explained.ids[split]],
    )
    card, values = arrays.card_of(
        given,
        {IMAGE: ImageForm(*SIZE, channels=3), TEXT: "text"},
        name=_name(folder),
        title=folder.resolve().name.replace("_", " "),
        summary="Pictures of a class, with masks of what matters and sentences that say why.",
        question="Which class is it?",
        target="class",
    )
    card = replace(card, modalities=tuple(replace(one, explains=one.name == TEXT) for one in card.modalities))
    data = arrays.data_of(card, given, values)
    train, validation, test = (_with_masks(getattr(data, split), some) for split, some in samples)
    task = LoadedTask(card, replace(data, train=train, validation=validation, test=test), SETTINGS)
    task.guided = HOW
    return task


def _check(explained: Explained, folder: Path) -> None:
    train = explained.samples["train"]
    if sum(map(bool, train.sentences)) < FEWEST_SENTENCES:
        raise UserError(
            f"No picture of {folder.name} that is trained on has a sentence; write some into textual_explanation"
        )


def _name(folder: Path) -> str:
    """A name of letters, digits and ``_``."""
    name = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in folder.resolve().name)
    return name.strip("_").lower() or "explained"


def _with_masks(split: Split, samples: GuidedSamples) -> Split:
    """The split with what matters in each picture beside it, all 0 where that is not known."""
    pictures = split.inputs[IMAGE]
    masks = np.zeros((len(pictures), *SIZE), dtype=np.uint8)
    masks[split.pairing[IMAGE]] = samples.masks
    return replace(split, inputs={**split.inputs, IMAGE: Inputs("image", {**pictures.arrays, MASK: masks})})
