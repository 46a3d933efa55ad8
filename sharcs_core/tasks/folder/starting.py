"""A folder of somebody's files, without a sheet or a task.toml → both, for them to go on with.

The sheet is, in this order: one of another name, such as ``train.csv``; several that are called as the parts of a split
are, one below the other; what :mod:`sharcs_core.tasks.folder.layout` makes of how files lie. What a column says counts
before what a folder says. Nothing that is there is changed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns.cells import natural
from sharcs_core.named import counted, listed
from sharcs_core.readers.checks import shown
from sharcs_core.storage import check_writable, locked, write_bytes
from sharcs_core.tasks.folder import guessing
from sharcs_core.tasks.folder.describing import description_text
from sharcs_core.tasks.folder.description import FILE, Description, ModalityDescription
from sharcs_core.tasks.folder.layout import MOST, File, Layout, Said, layout_of, sayer
from sharcs_core.tasks.folder.listing import PlaceError, stem
from sharcs_core.tasks.folder.looks import OTHER_FILES
from sharcs_core.tasks.folder.places import OWN, Places
from sharcs_core.tasks.folder.roles import ModalityRole, Roles, roles_so_far
from sharcs_core.tasks.folder.sheet import FILES, MAX_BYTES, Cells, Sheet, read_sheet, sheet_of
from sharcs_core.tasks.folder.sheet_text import SHEET, sheet_bytes
from sharcs_core.tasks.folder.splits import split_named
from sharcs_core.tasks.given import SPLITS

USUAL = ("data", "dataset", "samples", "labels", "label", "annotations", "index")
"""What sheets are called."""
_SHEETS = (".csv", ".tsv", ".parquet")
MOST_NAMED = 5


@dataclass(frozen=True)
class Start:
    """What a folder is begun with.

    Attributes:
        files: name → content, of the files that it lacks.
        says: what was made of it, and what is to be known, a sentence each.
    """

    files: Mapping[str, bytes]
    says: tuple[str, ...]


@dataclass(frozen=True)
class _Made:
    """A sheet that was made: its name, its content, what is to be said of it, and what is known of its columns."""

    file: str
    content: bytes
    says: tuple[str, ...]
    known: Description = field(default_factory=Description)


def start_folder(path: Path) -> Start:
    """Writes the sheet and the task.toml that a folder lacks, both or neither.

    Raises:
        UserError: where there are both already, and for a folder of which nothing can be made.
        FolderError: for a sheet that cannot be read.
        StorageError: nothing can be written there.
    """
    start = start_of(path)
    check_writable(path, sum(map(len, start.files.values())))
    with locked(path / FILE, path):
        _check_lacking(path, start.files)
        written: list[Path] = []
        try:
            for name, content in start.files.items():
                write_bytes(path / name, content)
                written.append(path / name)
        except BaseException:
            for file in written:
                file.unlink(missing_ok=True)
            raise
    return start


def start_of(path: Path) -> Start:
    """What :func:`start_folder` writes. Raises UserError and FolderError as it does."""
    places = Places.of(path)
    has_sheet, has_description = (any(_is_there(path, name) for name in names) for names in (FILES, (FILE,)))
    if has_sheet and has_description:
        raise UserError(f"{shown(str(path))} has a sheet and a {FILE} already; change these, or call sharcs check")
    made = None if has_sheet else _sheet_made(places, path)
    sheet = read_sheet(places) if made is None else sheet_of(made.file, made.content)
    roles, _ = roles_so_far(sheet, made.known if made is not None else Description(), places)
    files = {} if made is None else {made.file: made.content}
    if not has_description:
        files[FILE] = description_text(sheet, roles, _title(path)).encode()
    says = (*(made.says if made is not None else ()), *_said(roles, sheet))
    return Start(files, says)


def _is_there(path: Path, name: str) -> bool:
    return os.path.lexists(path / name)


def _check_lacking(path: Path, names: Mapping[str, bytes]) -> None:
    there = [name for name in names if _is_there(path, name)]
    if there:
        raise UserError(f"{there[0]} was written to {shown(str(path))} meanwhile, and was left as it is; try again")


def _title(path: Path) -> str:
    name = "".join(letter if letter.isprintable() else " " for letter in path.resolve().name.replace("_", " "))
    return (" ".join(name.split()).capitalize() or "My task")[:200]


# -- a sheet


def _sheet_made(places: Places, path: Path) -> _Made:
    sheets = [name for name in places.listing.files if "/" not in name and name.lower().endswith(_SHEETS)]
    if sheets:
        return _of_sheets(places, sheets)
    layout = layout_of(places)
    if not layout.rows:
        raise _nothing(places, path)
    made = _of_layout(layout)
    return replace(made, says=(*made.says, *_sheets_below(places)))


def _sheets_below(places: Places) -> Iterator[str]:
    """A note on sheets that are not in the folder itself."""
    below = [name for name in places.listing.files if name.lower().endswith(_SHEETS)]
    if below:
        yield f"{shown(below[0])} is not read; put the sheet into the folder itself, beside the folders of files"


def _nothing(places: Places, path: Path) -> UserError:
    """Why nothing can be made of a folder."""
    name = shown(str(path))
    others = [file for file in places.listing.files if file.lower() not in OWN]
    ends = Counter(file[file.rfind(".") :].lower() for file in others if "." in file)
    known = [end for end, _ in ends.most_common() if end in OTHER_FILES]
    below = next(_sheets_below(places), None)
    if below is not None:
        return UserError(f"{name} has no sheet: {below}")
    if known:
        return UserError(f"{name} has {known[0]} files, which are not read; {OTHER_FILES[known[0]]}")
    has = "no file that is read" if others else "no files"
    wanted = "pictures, graphs or texts, or a CSV file with a row a sample"
    return UserError(f"{name} has {has}; put {wanted} there")


def _of_layout(layout: Layout) -> _Made:
    """The sheet of files that have none: labels as folders say, or to be filled in."""
    rows = layout.rows
    columns: dict[str, Cells] = {"id": [row.id for row in rows], "label": [row.said.label for row in rows]}
    if any(row.said.split is not None for row in rows):
        columns["split"] = [row.said.split for row in rows]
    columns |= {name: [row.cells.get(name) for row in rows] for name in layout.kinds}
    content = sheet_bytes(list(columns), list(zip(*columns.values(), strict=True)))
    says = [f"{SHEET} has {counted(len(rows), 'row')}, one {_of_what(layout)}"]
    says += _folders_say(columns)
    if not any(columns["label"]):
        says.append("No folders name classes; fill in the column label")
    known = {name: ModalityDescription(kind=kind, column=name) for name, kind in layout.kinds.items()}
    split = "split" if "split" in columns else None
    described = Description(id="id", label="label", split=split, modalities=known)
    return _Made(SHEET, content, (*says, *layout.notes), described)


def _of_what(layout: Layout) -> str:
    if len(layout.kinds) == 1:
        return f"for each {next(iter(layout.kinds.values()))} file"
    return f"for all files of one name: {listed(list(layout.kinds))}"


def _folders_say(columns: Mapping[str, Cells]) -> Iterator[str]:
    for column in ("label", "split"):
        counts = Counter(cell for cell in columns.get(column, ()) if cell is not None)
        if counts:
            yield f"The folders say the {column}: {_some(counts)}"


def _some(counts: Mapping[str, int]) -> str:
    names = sorted(counts, key=natural)
    said = [f"{shown(name)} ({counts[name]:,})" for name in names[:MOST_NAMED]]
    return listed([*said, f"{len(names) - MOST_NAMED:,} more"] if len(names) > MOST_NAMED else said)


# -- sheets of other names


def _of_sheets(places: Places, names: Sequence[str]) -> _Made:
    chosen = _chosen(names)
    contents = {name: _content(places, name) for name in chosen}
    sheets = {name: sheet_of(name, content) for name, content in contents.items()}
    left = [name for name in names if name not in chosen]
    notes = [f"{listed([shown(name) for name in left])} {'is' if len(left) == 1 else 'are'} not read"] if left else []
    columns = _below_each_other(sheets)
    more = _by_folders(columns, next(iter(sheets.values())), places) if len(sheets) == 1 else {}
    first = chosen[0]
    from_ = f"has the {counted(len(next(iter(columns.values()))), 'row')} of {listed([shown(name) for name in chosen])}"
    if len(sheets) == 1 and not more:
        file = FILES[1] if first.lower().endswith(".parquet") else SHEET
        return _Made(file, contents[first], (f"{file} {from_}, as it is", *notes))
    columns |= more
    content = sheet_bytes(list(columns), list(zip(*columns.values(), strict=True)))
    said = list(_parts_said(sheets)) if len(sheets) > 1 else list(_folders_say(more))
    return _Made(SHEET, content, (f"{SHEET} {from_}", *said, *notes))


def _parts_said(sheets: Mapping[str, Sheet]) -> Iterator[str]:
    yield f"The names of the files say the column {guessing.SPLIT}"
    labels = {name: _labels(sheet) for name, sheet in sheets.items()}
    without = [shown(name) for name, cells in labels.items() if not any(cells)]
    if without and len(without) < len(sheets):
        yield (
            f"{listed(without)} {'has' if len(without) == 1 else 'have'} no labels, so that nothing can be measured "
            "there; leave those rows out to have other parts drawn"
        )


def _labels(sheet: Sheet) -> Cells:
    """The cells of the column that is called as labels are; none where there is none."""
    by_name = {guessing.plain(column): cells for column, cells in sheet.cells.items()}
    return next((by_name[name] for name in guessing.LABELS if name in by_name), ())


def _content(places: Places, name: str) -> bytes:
    try:
        return places.own(name, MAX_BYTES) or b""
    except PlaceError as error:
        raise UserError(str(error)) from None


def _chosen(names: Sequence[str]) -> list[str]:
    """The one sheet among several, or one for each part of a split; training first."""
    if len(names) == 1:
        return list(names)
    by_part = Counter(split_named(stem(name)) for name in names)
    if by_part["train"] == 1 and all(n == 1 for part, n in by_part.items() if part is not None):
        parts = {split_named(stem(name)): name for name in names}
        return [parts[part] for part in SPLITS if part in parts]
    usual = [name for name in names if guessing.plain(stem(name)) in USUAL]
    if len(usual) == 1:
        return usual
    some = [shown(name) for name in names[:MOST_NAMED]]
    raise UserError(f"There are several sheets, {listed(some)}, and one is read; rename it to {SHEET}")


def _below_each_other(sheets: Mapping[str, Sheet]) -> dict[str, Cells]:
    """The rows of all, with a column that says their parts where there are several."""
    for name, sheet in sheets.items():
        if len(sheets) > 1 and sheet.pictures:
            raise UserError(f"{shown(name)} holds pictures itself; write one metadata.parquet with a column split")
    if len(sheets) == 1:
        return dict(next(iter(sheets.values())).cells)
    names = list(dict.fromkeys(column for sheet in sheets.values() for column in sheet.columns))
    columns: dict[str, Cells] = {
        name: [cell for sheet in sheets.values() for cell in sheet.cells.get(name, [None] * len(sheet))]
        for name in names
    }
    if not any(guessing.plain(name) == guessing.SPLIT for name in names):
        columns[guessing.SPLIT] = [split_named(stem(name)) for name, sheet in sheets.items() for _ in range(len(sheet))]
    return columns


def _by_folders(columns: Mapping[str, Cells], sheet: Sheet, places: Places) -> dict[str, Cells]:
    """Columns of label and split that the sheet lacks and the folders of its files say."""
    roles, _ = roles_so_far(sheet, Description(), places)
    lacks = [key for key in ("label", "split") if getattr(roles, key) is None and key not in columns]
    if sheet.pictures or not lacks:
        return {}
    found: dict[str, Cells] = {}
    for role in roles.modalities:
        said = _said_of_files(role, sheet, places) if role.in_files else []
        for key in lacks:
            cells = [getattr(one, key) for one in said]
            if key not in found and sum(cell is not None for cell in cells) >= MOST * len(sheet):
                found[key] = cells
    return found


def _said_of_files(role: ModalityRole, sheet: Sheet, places: Places) -> list[Said]:
    """What the folder of each row's file says."""
    assert role.column is not None
    files = [_file(cell, role, places) for cell in sheet.cells[role.column]]
    there = [file for file in files if file is not None]
    says = sayer(there) if there else None
    return [Said() if file is None or says is None else says(file) for file in files]


def _file(cell: str | None, role: ModalityRole, places: Places) -> File | None:
    try:
        name = None if cell is None else places.find(cell, KINDS[role.kind].suffixes).name
    except PlaceError:
        return None
    if name is None:
        return None
    *folders, last = stem(name).split("/")
    return File(name, role.kind, tuple(folders), last)


# -- what is said of it


def _said(roles: Roles, sheet: Sheet) -> Iterator[str]:
    """What each column was taken for; and what is missing."""
    for role in roles.modalities:
        columns = [shown(column) for column in role.columns]
        more = [f"{len(columns) - MOST_NAMED} more"] if len(columns) > MOST_NAMED else []
        yield f"{role.name} is {_article(role.kind)} modality: {listed([*columns[:MOST_NAMED], *more])}"
    if roles.label is None:
        yield f'No column is the label; call one label, or write label = "..." in {FILE}'
    if len(roles.modalities) < 2:
        yield _second(roles)


def _article(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"


def _second(roles: Roles) -> str:
    """What a second modality could be."""
    found = f"only one was found ({roles.modalities[0].kind})" if roles.modalities else "none was found"
    return (
        f"SHARCS explains what two modalities share, and {found}; add to the sheet a column of sentences, such as "
        "captions, or columns of numbers and categories, such as measurements, or one that names files of another kind"
    )
