"""What somebody teaches, picture by picture: kept in a folder, with a sheet that :func:`load_explained` reads.

A folder holds ``metadata.csv``, a row a picture, with the pictures in ``pictures/`` and what matters in them in
``masks/``. A picture is called by what it shows, so that what is said of it anew stands in place of what was said
before. Names of files are made here alone; nothing that people write becomes one.
"""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.guided.annotations import BRIGHT
from sharcs_core.guided.folder import IMAGE, LABEL, TEXTUAL, VISUAL
from sharcs_core.guided.taught import MOST_LETTERS, Annotation, checked_annotation, digest_of, id_of
from sharcs_core.readers.checks import InputError
from sharcs_core.readers.pictures import open_colours
from sharcs_core.storage import check_writable, checked_name, locked, write_bytes

SHEET, PICTURES, MASKS = "metadata.csv", "pictures", "masks"
COLUMNS = (IMAGE, LABEL, VISUAL, TEXTUAL)
MOST = 5000
"""Annotations of a folder."""
MAX_SHEET = MOST * (4 * MOST_LETTERS + 1000)
WAIT = 10.0
"""Seconds that one who writes waits for another."""
ROOM = 10_000_000
_IMAGE = re.compile(rf"{PICTURES}/([0-9a-f]{{16}})\.png")
_MASK = re.compile(rf"({MASKS}/[0-9a-f]{{16}}-[0-9a-f]{{8}}\.png)?")


@dataclass(frozen=True)
class Row:
    """One annotation as it stands in the sheet.

    Attributes:
        id: what its picture is called.
        label: its class.
        mask: its mask's file; "" for none.
        sentence: "" for none.
    """

    id: str
    label: str
    mask: str
    sentence: str

    @property
    def image(self) -> str:
        """The picture's file."""
        return f"{PICTURES}/{self.id}.png"

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """As ``COLUMNS`` has them."""
        return self.image, self.label, self.mask, self.sentence


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


def rows_of(folder: Path) -> tuple[Row, ...]:
    """The annotations of a folder as its sheet has them, the oldest first; none where there is no folder yet.

    Raises:
        UserError: something else is there.
    """
    path = folder / SHEET
    _check_place(folder)
    if not path.exists():
        return ()
    lines = _lines(path)
    if not lines or tuple(lines[0]) != COLUMNS:
        raise UserError(f"{path} has other columns than annotations have; choose another name")
    return tuple(_row(path, number, cells) for number, cells in enumerate(lines[1:], start=2))


def _check_place(folder: Path) -> None:
    """Raises UserError where annotations would lie among something else, or elsewhere."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UserError(f"{folder} is no folder of its own; choose another name")
    names = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
    if SHEET not in names and any(not name.startswith(".") for name in names - {PICTURES, MASKS}):
        raise UserError(f"{folder} holds something else; choose another name")


def _lines(path: Path) -> list[list[str]]:
    try:
        if path.is_symlink() or path.stat().st_size > MAX_SHEET:
            raise UserError(f"{path} is no sheet of annotations; choose another name")
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise UserError(f"{path} cannot be read; mend it, or choose another name") from None


def _row(path: Path, number: int, cells: Sequence[str]) -> Row:
    image = _IMAGE.fullmatch(cells[0]) if len(cells) == len(COLUMNS) else None
    if image is None or not _MASK.fullmatch(cells[2]):
        raise UserError(f"{path}, row {number}, is none that was kept here; take it out, or choose another name")
    return Row(image[1], *cells[1:])


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
    write_bytes(folder / SHEET, _sheet(rows))
    named = {name for row in rows for name in (row.image, row.mask)}
    for part, pattern in ((PICTURES, _IMAGE), (MASKS, _MASK)):
        for path in (folder / part).glob("*.png"):
            name = f"{part}/{path.name}"
            if name not in named and pattern.fullmatch(name):
                path.unlink(missing_ok=True)


def _sheet(rows: Iterable[Row]) -> bytes:
    content = io.StringIO(newline="")
    writer = csv.writer(content, quoting=csv.QUOTE_ALL)
    writer.writerows([COLUMNS, *(row.cells for row in rows)])
    return content.getvalue().encode()


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
    files = {SHEET: _sheet(row for row, _ in made)}
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
            return _zipped({SHEET: _sheet(rows), **{name: (folder / name).read_bytes() for name in names}})
        except OSError as error:
            raise UserError(f"{error.filename} cannot be read ({error.strerror}); take its annotation back") from None


def _zipped(files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, own in files.items():
            archive.writestr(zipfile.ZipInfo(name), own, zipfile.ZIP_DEFLATED)
    return content.getvalue()
