"""What somebody teaches, picture by picture: kept in a folder, with a sheet that :func:`load_explained` reads.

A folder holds ``metadata.csv``, a row a picture, with the pictures in ``pictures/`` and what matters in them in
``masks/``. A picture is called by what it shows, so that what is said of it anew stands in place of what was said
before. Names of files are made here alone; nothing that people write becomes one.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.guided.annotation_sheet import (
    IMAGE_NAME,
    MASK_NAME,
    MASKS,
    MOST,
    PICTURES,
    SHEET,
    Row,
    rows_of,
    sheet_of,
)
from sharcs_core.guided.annotations import BRIGHT
from sharcs_core.guided.taught import Annotation, checked_annotation, digest_of, id_of, in_colours
from sharcs_core.readers.checks import InputError
from sharcs_core.readers.pictures import open_colours
from sharcs_core.storage import check_writable, checked_name, locked, write_bytes

WAIT = 10.0
"""Seconds that one who writes waits for another."""
ROOM = 10_000_000


def annotation_folder(home: Path, name: str) -> Path:
    """The folder of that name in ``home``, whether it is there or not.

    Raises:
        UserError: it cannot be called so, or is none that annotations can be put into.
    """
    folder = home / checked_name(name)
    rows_of(folder)
    return folder


def folders_of(home: Path) -> tuple[str, ...]:
    """The folders in ``home`` that hold annotations, by name."""
    try:
        with os.scandir(home) as entries:
            names = sorted(one.name for one in entries if one.is_dir(follow_symlinks=False) and one.name[0] != ".")
    except OSError:
        return ()
    return tuple(name for name in names if (home / name / SHEET).is_file() and _is_readable(home / name))


def _is_readable(folder: Path) -> bool:
    try:
        rows_of(folder)
    except UserError:
        return False
    return True


def annotation_at(folder: Path, row: Row) -> Annotation:
    """What a row says, with picture and mask.

    Raises:
        UserError: a file of it is not there, or damaged.
    """
    pixels = _picture(folder / row.image)
    mask = None if not row.mask else _picture(folder / row.mask).max(2) >= BRIGHT
    return Annotation(pixels, row.label, mask, row.sentence)


def kept_of(folder: Path, pixels: NDArray[np.uint8]) -> Annotation | None:
    """What was kept of a picture; None for nothing. Raises UserError as :func:`annotation_at` does."""
    name = id_of(pixels)
    found = [row for row in rows_of(folder) if row.id == name]
    return annotation_at(folder, found[0]) if found else None


def _picture(path: Path) -> NDArray[np.uint8]:
    try:
        return open_colours(path.name, path.read_bytes())
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); take the annotation back") from None
    except InputError as error:
        raise UserError(f"{path} is damaged: {error}") from None


def add(folder: Path, annotation: Annotation) -> Row:
    """Keep an annotation, in place of what was said of that picture before; all of it is there, or nothing.

    Raises:
        UserError: it says nothing, or the folder is none of annotations.
        StorageError: it cannot be written.
    """
    kept = checked_annotation(annotation)
    row, files = _files_of(kept)
    check_writable(folder, ROOM)
    with locked(folder, wait=WAIT):
        others = [one for one in rows_of(folder) if one.id != row.id]
        if len(others) >= MOST:
            raise UserError(f"A folder takes {MOST:,} annotations; begin another one")
        for name, content in files.items():
            write_bytes(folder / name, content)
        _write(folder, [*others, row])
    return row


def add_memory(folder: Path, samples: Iterable[Annotation]) -> int:
    """Put samples before what people said, explained or not: a training needs more than they can say; how many.

    Pictures that are there already stay as they are.

    Raises:
        UserError: the folder is none of annotations.
        StorageError: it cannot be written.
    """
    with locked(folder, wait=WAIT):
        rows = rows_of(folder)
        there = {row.id for row in rows}
        made = [_files_of(replace(one, pixels=in_colours(one.pixels))) for one in samples]
        new = {row.id: (row, files) for row, files in made if row.id not in there}
        chosen = list(new.values())[: MOST - len(rows)]
        check_writable(folder, sum(len(content) for _, files in chosen for content in files.values()) + ROOM)
        for _, files in chosen:
            for name, content in files.items():
                write_bytes(folder / name, content)
        _write(folder, [*(row for row, _ in chosen), *rows])
    return len(chosen)


def remove(folder: Path, row_id: str) -> None:
    """Take the annotation of a picture back; nothing where there is none.

    Raises:
        UserError: the folder is none of annotations, or cannot be written.
    """
    with locked(folder, wait=WAIT):
        rows = rows_of(folder)
        if any(one.id == row_id for one in rows):
            _write(folder, [one for one in rows if one.id != row_id])


def _write(folder: Path, rows: Sequence[Row]) -> None:
    """The sheet, in one step; then what it names no more goes."""
    write_bytes(folder / SHEET, sheet_of(rows))
    named = {name for row in rows for name in (row.image, row.mask)}
    for part, pattern in ((PICTURES, IMAGE_NAME), (MASKS, MASK_NAME)):
        for path in (folder / part).glob("*.png"):
            name = f"{part}/{path.name}"
            if name not in named and pattern.fullmatch(name):
                path.unlink(missing_ok=True)


def _files_of(annotation: Annotation) -> tuple[Row, Mapping[str, bytes]]:
    """An annotation's row, and the files that it names."""
    name, mask = id_of(annotation.pixels), ""
    row = Row(name, annotation.label, mask, annotation.sentence)
    files = {row.image: _png(annotation.pixels)}
    if annotation.mask is not None:
        row = replace(row, mask=f"{MASKS}/{name}-{digest_of(annotation.mask)[:8]}.png")
        files[row.mask] = _png(np.where(annotation.mask, np.uint8(255), np.uint8(0)))
    return row, files


def _png(pixels: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


# -- to take along


def zip_of(annotations: Iterable[Annotation]) -> bytes:
    """Annotations as a zip of a folder that is not on disk. Raises UserError as :func:`checked_annotation` does."""
    made = [_files_of(checked_annotation(one)) for one in annotations]
    files = {SHEET: sheet_of(row for row, _ in made)}
    return _zipped(files | {name: content for _, own in made for name, content in own.items()})


def zipped(folder: Path) -> bytes:
    """A folder of annotations as a zip, to be brought elsewhere.

    Raises:
        UserError: a file of it cannot be read.
    """
    with locked(folder, wait=WAIT):
        rows = rows_of(folder)
        names = [name for row in rows for name in (row.image, row.mask) if name]
        try:
            return _zipped({SHEET: sheet_of(rows), **{name: (folder / name).read_bytes() for name in names}})
        except OSError as error:
            raise UserError(f"{error.filename} cannot be read ({error.strerror}); take its annotation back") from None


def _zipped(files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, own in files.items():
            archive.writestr(zipfile.ZipInfo(name), own, zipfile.ZIP_DEFLATED)
    return content.getvalue()
