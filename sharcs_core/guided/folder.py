"""A folder of pictures with a class and explanations → samples of a guided training.

``metadata.csv`` has a row a picture, with the columns

- ``image``: the picture's file; ``label``: its class; ``id``, ``split`` (train, validation or test), where there are;
- ``visual_explanation``: the file of a mask as large as the picture, bright where it matters, or a box in the picture's
  pixels, ``left top right bottom``; empty where nobody said;
- ``textual_explanation``: a sentence, or several, one a line, of which the first is learned; empty likewise.

Every fault is found in one pass, each with its row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sharcs_core.guided.annotations import AnnotationError, mask_of_box, mask_of_picture
from sharcs_core.guided.samples import GuidedSamples
from sharcs_core.readers.checks import InputError, shown
from sharcs_core.readers.pictures import IMAGE_SUFFIXES, MAX_PICTURE_BYTES, open_colours
from sharcs_core.structures import Codes
from sharcs_core.tasks.folder.faults import Fault, FolderError
from sharcs_core.tasks.folder.listing import PlaceError
from sharcs_core.tasks.folder.places import Places
from sharcs_core.tasks.folder.sheet import Sheet, read_sheet
from sharcs_core.tasks.folder.splits import split_named
from sharcs_core.tasks.given import SPLITS

IMAGE, LABEL, ID, SPLIT = "image", "label", "id", "split"
VISUAL, TEXTUAL = "visual_explanation", "textual_explanation"
SIZE = (60, 80)
"""Height and width that pictures are brought to, unless something else is asked for."""

HELD_OUT = (0.15, 0.15)
"""Shares that are validated and tested on where no column says."""


@dataclass(frozen=True)
class Explained:
    """What a folder holds.

    Attributes:
        samples: split → its samples; ``train``, ``validation``, ``test``.
        ids: split → what its samples are called.
        classes: their names, in order.
    """

    samples: Mapping[str, GuidedSamples]
    ids: Mapping[str, tuple[str, ...]]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    pixels: NDArray[np.uint8]
    mask: Codes
    sentence: str
    label: str
    id: str
    split: str | None


def load_explained(folder: Path, size: tuple[int, int] = SIZE, seed: int = 0) -> Explained:
    """The samples of a folder, pictures and masks brought to ``size``.

    Raises:
        FolderError: with every fault: columns and files that are not there, masks of another size, empty or all on,
            boxes outside of their picture, half an annotation.
    """
    places = Places.of(folder)
    sheet = read_sheet(places)
    missing = [
        sheet.fault(None, None, f"has no column {shown(name)}") for name in (IMAGE, LABEL) if name not in sheet.cells
    ]
    if missing:
        raise FolderError(missing)
    rows: list[_Row] = []
    faults: list[Fault] = []
    for row in range(len(sheet)):
        try:
            rows.append(_read(places, sheet, row, size))
        except _RowError as error:
            faults.append(error.fault)
    if faults:
        raise FolderError(faults)
    return _dealt(rows, seed)


class _RowError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def _read(places: Places, sheet: Sheet, row: int, size: tuple[int, int]) -> _Row:
    picture = _picture(places, sheet, row, IMAGE)
    label = _cell(sheet, row, LABEL)
    if not label:
        raise _RowError(sheet.fault(row, LABEL, "is empty", "write the class of the picture"))
    sentence = (_cell(sheet, row, TEXTUAL) or "").strip().split("\n")[0].strip()
    mask = _mask(places, sheet, row, picture)
    return _Row(
        pixels=_resized(picture, size),
        mask=resized_mask(mask, size),
        sentence=sentence,
        label=label,
        id=_cell(sheet, row, ID) or str(sheet.numbers[row]),
        split=_split(sheet, row),
    )


def _cell(sheet: Sheet, row: int, column: str) -> str | None:
    return sheet.cells[column][row] if column in sheet.cells else None


def _split(sheet: Sheet, row: int) -> str | None:
    cell = _cell(sheet, row, SPLIT)
    if cell is None:
        return None
    named = split_named(cell)
    if named is None:
        raise _RowError(sheet.fault(row, SPLIT, f"says {shown(cell)}", "write train, validation or test"))
    return named


def _picture(places: Places, sheet: Sheet, row: int, column: str) -> NDArray[np.uint8]:
    """The colours (H, W, 3) of the file that a cell names."""
    cell = _cell(sheet, row, column)
    if not cell:
        raise _RowError(sheet.fault(row, column, "is empty", "write the name of a picture"))
    try:
        place = places.find(cell, IMAGE_SUFFIXES)
        return open_colours(place.file, places.read(place, MAX_PICTURE_BYTES))
    except PlaceError as error:
        raise _RowError(sheet.fault(row, column, error.says, error.mend)) from None
    except InputError as error:
        raise _RowError(sheet.fault(row, column, str(error))) from None


def _mask(places: Places, sheet: Sheet, row: int, picture: NDArray[np.uint8]) -> Codes:
    """What matters in a picture, (H, W); all off where nobody said."""
    cell, size = _cell(sheet, row, VISUAL), (picture.shape[0], picture.shape[1])
    if not cell:
        return np.zeros(size, dtype=bool)
    try:
        if cell.lower().endswith(IMAGE_SUFFIXES):
            return mask_of_picture(_picture(places, sheet, row, VISUAL), size)
        return mask_of_box(cell, size)
    except AnnotationError as error:
        raise _RowError(sheet.fault(row, VISUAL, error.says, error.mend)) from None


def _resized(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    from PIL import Image

    if picture.shape[:2] == size:
        return picture
    return np.asarray(Image.fromarray(picture).resize(size[::-1], Image.Resampling.BOX))


def resized_mask(mask: Codes, size: tuple[int, int]) -> Codes:
    """The mask at another size; where it is on at all one pixel at least stays so."""
    shares = _resized(np.where(mask, np.uint8(255), np.uint8(0)), size)
    least = min(128, int(shares.max()))
    on: Codes = shares >= max(least, 1)
    return on


def _dealt(rows: Sequence[_Row], seed: int) -> Explained:
    """The samples of each split; where no column says which, drawn by chance."""
    classes = tuple(sorted({row.label for row in rows}))
    splits = [row.split for row in rows]
    if not any(splits):
        splits = _drawn(len(rows), seed)
    samples, ids = {}, {}
    for name in SPLITS:
        own = [row for row, split in zip(rows, splits, strict=True) if (split or SPLITS[0]) == name]
        samples[name], ids[name] = _samples(own, rows[0], classes), tuple(row.id for row in own)
    return Explained(samples, ids, classes)


def _samples(rows: Sequence[_Row], any_row: _Row, classes: Sequence[str]) -> GuidedSamples:
    height, width, channels = any_row.pixels.shape
    return GuidedSamples(
        pixels=np.array([row.pixels for row in rows], dtype=np.uint8).reshape(-1, height, width, channels),
        labels=np.array([classes.index(row.label) for row in rows], dtype=np.int64),
        masks=np.array([row.mask for row in rows], dtype=bool).reshape(-1, height, width),
        sentences=tuple(row.sentence for row in rows),
    )


def _drawn(n: int, seed: int) -> list[str | None]:
    """A split for each of n rows."""
    n_validation, n_test = (round(share * n) for share in HELD_OUT)
    names = [SPLITS[1]] * n_validation + [SPLITS[2]] * n_test + [SPLITS[0]] * (n - n_validation - n_test)
    order = np.random.default_rng(seed).permutation(n)
    return [names[place] for place in order]
