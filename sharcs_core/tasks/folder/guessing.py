"""The guesses of the rule in :mod:`sharcs_core.tasks.folder.roles`, one by one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.modality_names import MAX_LENGTH, check_modality_name
from sharcs_core.named import listed
from sharcs_core.tasks.folder.cells import n_different
from sharcs_core.tasks.folder.files_named import kind_by_suffix, kinds_of_files, kinds_without_suffix, names_any
from sharcs_core.tasks.folder.looks import Look, look_of
from sharcs_core.tasks.folder.places import Places
from sharcs_core.tasks.folder.sheet import Sheet
from sharcs_core.tasks.folder.splits import split_named

LABELS = ("label", "labels", "class", "target", "y", "category", "diagnosis", "outcome")
SPLIT, OTHER_SPLITS = "split", ("partition", "subset", "set", "fold", "usage", "phase")
IDS = ("id", "sample_id", "sample", "uid", "uuid", "guid", "identifier", "key")
_OF_GROUPS = ("group", "patient", "subject", "participant", "person", "donor")
GROUPS = (*_OF_GROUPS, *(f"{name}_id" for name in _OF_GROUPS))
FEWEST_GROUPS = 10


class Free:
    """The columns of a sheet that have no part yet, in their order."""

    def __init__(self, sheet: Sheet, places: Places, taken: Collection[str]) -> None:
        self.sheet, self.places = sheet, places
        self.columns = [column for column in sheet.columns if column not in taken]
        self._looks: dict[str, Look] = {}

    def take(self, column: str | None) -> str | None:
        """The same column, which has a part from now on."""
        if column is not None:
            self.columns.remove(column)
        return column

    def called(self, names: Sequence[str]) -> list[str]:
        """The columns that have one of some names, the first name's first."""
        return [column for name in names for column in self.columns if plain(column) == name]

    def look(self, column: str) -> Look:
        """What a column looks like that names no files."""
        if column not in self._looks:
            self._looks[column] = look_of(self.sheet.cells[column], self.sheet.pointed)
        return self._looks[column]


def plain(name: str) -> str:
    """A name as names are compared.

    >>> plain("Sample ID"), plain("patient-id")
    ('sample_id', 'patient_id')
    """
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def table_kind() -> str:
    """The kind of the rows of a table."""
    return next(name for name, kind in KINDS.items() if kind.of_columns)


def typed_kind() -> str:
    """The kind of texts."""
    return next(name for name, kind in KINDS.items() if kind.typed)


# -- columns that are no input


def label_in(free: Free) -> str | None:
    """The column of labels."""
    return next(iter(free.called(LABELS)), None)


def split_in(free: Free) -> str | None:
    """The column that says the split."""
    names_parts = [column for column in free.called(OTHER_SPLITS) if _names_parts(free.sheet.cells[column])]
    return next(iter((*free.called((SPLIT,)), *names_parts)), None)


def _names_parts(cells: Sequence[str | None]) -> bool:
    different = {cell for cell in cells if cell is not None}
    return bool(different) and all(split_named(cell) for cell in different)


def id_in(free: Free) -> str | None:
    """The column of ids."""
    return next(iter(free.called(IDS)), None)


def id_of_files(sheet: Sheet, files: Collection[str]) -> str | None:
    """The column of ids that are names of files too, each of one row alone."""
    different = [
        column
        for column in files
        if plain(column) in IDS and n_different(sheet.cells[column], len(sheet)) == len(sheet)
    ]
    return next(iter(different), None)


def group_in(free: Free) -> str | None:
    """The column that says which samples belong together."""
    return next((column for column in free.called(GROUPS) if _groups(free.sheet.cells[column])), None)


def _groups(cells: Sequence[str | None]) -> bool:
    counts = Counter(cell for cell in cells if cell is not None)
    return len(counts) >= FEWEST_GROUPS and max(counts.values()) > 1


# -- columns that are


def files_in(free: Free) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Column → the kinds of the files that it names; and columns that name files of which none is there → why not."""
    ending = {column: kind for column in free.columns if (kind := _kind_of_endings(free, column))}
    absent = {column: why for column, kind in ending.items() if (why := _not_files(free, column, kind))}
    there: dict[str, tuple[str, ...]] = {column: (kind,) for column, kind in ending.items() if column not in absent}
    loose = [kind for kind in kinds_of_files() if (kind,) not in there.values()]
    for column in free.columns:
        kinds = kinds_without_suffix(free.sheet.cells[column], free.places, loose) if column not in ending else []
        if kinds:
            there[column] = tuple(kinds)
            loose = [kind for kind in loose if kind not in kinds]
    return there, absent


def _kind_of_endings(free: Free, column: str) -> str | None:
    """The kind of files that a column names by their endings; not of texts that mention files which are not there."""
    cells = free.sheet.cells[column]
    kind = kind_by_suffix(cells)
    if kind and free.look(column).kind == "texts" and not names_any(cells, free.places, kind):
        return None
    return kind


def _not_files(free: Free, column: str, kind: str) -> str | None:
    """Why a column whose cells end as files do is no modality; None where it is."""
    cells = free.sheet.cells[column]
    if not names_any(cells, free.places, kind):
        return f"names {listed(KINDS[kind].suffixes, 'or')} files, none of which is in the folder; put them there"
    if len(cells) > 1 and len(set(cells) - {None}) == 1:
        return "names the same file in every row; bring one for each sample, of a large graph what is around each node"
    return None


def modality_name(column: str, kind: str, used: Collection[str]) -> str:
    """A name for the modality of a column, as modalities can be called, and none that is used.

    >>> modality_name("Röntgen-Bild", "image", ()), modality_name("絵", "image", ()), modality_name("2nd", "text", ())
    ('Rontgen_Bild', 'image', 'text_2nd')
    >>> modality_name("id", "graph", ()), modality_name("text", "text", ["text"])
    ('graph', 'text_2')
    """
    letters = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode()
    name = re.sub(r"\W+", "_", letters).strip("_") if plain(column) not in IDS else ""
    if not name[:1].isalpha():
        name = f"{kind}_{name}".rstrip("_")
    name = name[: MAX_LENGTH - 6]
    choices = (name, *(f"{name}_{number}" for number in range(2, len(used) + 4)))
    return next(choice for choice in choices if choice not in used and _can_be(choice))


def _can_be(name: str) -> bool:
    try:
        check_modality_name(name)
    except UserError:
        return False
    return True
