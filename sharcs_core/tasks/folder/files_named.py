"""Which columns name files, and of which kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sharcs_core.kinds import KINDS
from sharcs_core.tasks.folder.listing import PlaceError
from sharcs_core.tasks.folder.places import Places

Cells = Sequence[str | None]


def kinds_of_files() -> Mapping[str, tuple[str, ...]]:
    """Kinds that are read from files → what their files end in."""
    return {name: kind.suffixes for name, kind in KINDS.items() if not kind.of_columns}


def kind_by_suffix(cells: Cells) -> str | None:
    """The kind of file that half of the different cells end like, at least; None where they name no files."""
    kind_of = {suffix: name for name, suffixes in reversed(list(kinds_of_files().items())) for suffix in suffixes}
    different = {cell for cell in cells if cell is not None}
    counts = Counter(kind_of.get(cell[cell.rfind(".") :].lower()) for cell in different if "." in cell)
    found = [(n, kind) for kind, n in counts.items() if kind is not None]
    n, kind = max(found, default=(0, None))
    return kind if n and 2 * n >= len(different) else None


def kinds_without_suffix(cells: Cells, places: Places, kinds: Collection[str]) -> list[str]:
    """Those of ``kinds`` of which every cell names a file without its suffix, or a graph by its id."""
    different = {cell for cell in cells if cell is not None}
    return [kind for kind in kinds if len(different) > 1 and all(names_file(cell, places, kind) for cell in different)]


def names_any(cells: Cells, places: Places, kind: str) -> bool:
    """Whether any cell names a file of a kind that is there."""
    return any(names_file(cell, places, kind) for cell in dict.fromkeys(cells) if cell is not None)


def names_file(cell: str, places: Places, kind: str) -> bool:
    """Whether a cell names a file of a kind that is there."""
    try:
        places.find(cell, KINDS[kind].suffixes)
    except PlaceError:
        return False
    return True
