"""The sheet of a folder of annotations: a row a picture, and nothing in it that leads elsewhere."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sharcs_core.errors import UserError
from sharcs_core.guided.folder import IMAGE, LABEL, TEXTUAL, VISUAL
from sharcs_core.guided.taught import MOST_LETTERS

SHEET, PICTURES, MASKS = "metadata.csv", "pictures", "masks"
COLUMNS = (IMAGE, LABEL, VISUAL, TEXTUAL)
MOST = 5000
"""Annotations of a folder."""
MAX_SHEET = MOST * (4 * MOST_LETTERS + 1000)
IMAGE_NAME = re.compile(rf"{PICTURES}/([0-9a-f]{{16}})\.png")
MASK_NAME = re.compile(rf"({MASKS}/[0-9a-f]{{16}}-[0-9a-f]{{8}}\.png)?")
"""How files are called that are made here."""


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
    image = IMAGE_NAME.fullmatch(cells[0]) if len(cells) == len(COLUMNS) else None
    if image is None or not MASK_NAME.fullmatch(cells[2]):
        raise UserError(f"{path}, row {number}, is none that was kept here; take it out, or choose another name")
    return Row(image[1], *cells[1:])


def sheet_of(rows: Iterable[Row]) -> bytes:
    """The rows as the file."""
    content = io.StringIO(newline="")
    writer = csv.writer(content, quoting=csv.QUOTE_ALL)
    writer.writerows([COLUMNS, *(row.cells for row in rows)])
    return content.getvalue().encode()
