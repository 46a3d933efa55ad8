"""Many samples that somebody brings at once, not as a folder on this machine: a zip of one, or several files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import BinaryIO

from sharcs_core.brought import Brought, BroughtFolder, columns_of, samples_in
from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.named import counted, listed
from sharcs_core.readers.checks import InputError, shown
from sharcs_core.readers.zips import unpacked
from sharcs_core.structures import Inputs
from sharcs_core.tasks.card import SheetColumns
from sharcs_core.tasks.folder.description import Description
from sharcs_core.tasks.folder.listing import PlaceError, inside, is_hidden
from sharcs_core.tasks.folder.places import OWN, Places
from sharcs_core.tasks.folder.sheet import read_sheet
from sharcs_core.tasks.task import Task

SHEETS = ("metadata.csv", "metadata.parquet")
SHEET_SUFFIXES = (".csv", ".parquet")
ZIP = ".zip"
MOST_SHOWN = 3


@contextmanager
def samples_of(task: Task, files: Sequence[tuple[str, BinaryIO]]) -> Iterator[BroughtFolder]:
    """The samples of a zip, or of several files; what they are read from is deleted at the end.

    One zip holds a folder with a sheet, or files. One sheet alone is enough where the model reads nothing but its
    columns. Several files are a sheet with what it names, or files of one modality, a sample each, or such as say
    theirs: ``cat_picture.png`` beside ``cat_sketch.png``, or ``picture/cat.png`` in a zip.

    Args:
        files: name → content, open to read.

    Raises:
        UserError: one sentence on what they cannot be read as.
    """
    zips = [name for name, _ in files if name.lower().endswith(ZIP)]
    if zips and len(files) > 1:
        raise UserError(f"{shown(zips[0])} is a zip among other files; bring one zip alone, or files without one")
    if zips:
        with unpacked(*files[0], _name_in_zip) as folder:
            yield _samples(task, _inner(folder))
        return
    with TemporaryDirectory(prefix="sharcs-", ignore_cleanup_errors=True) as place:
        _lay_out(files, Path(place))
        _into_folders(task, Path(place))
        yield _samples(task, Path(place))


def _name_in_zip(name: str) -> str | None:
    """Where a file of a zip goes; nowhere if it is hidden."""
    try:
        target = inside(name)
    except PlaceError as error:
        raise InputError(f"The zip is refused: {error.says}; zip the folder itself, and bring that") from None
    return None if any(map(is_hidden, PurePosixPath(target).parts)) else target


def _inner(folder: Path) -> Path:
    """The folder that was zipped: what was unpacked, or the one folder that lies there alone."""
    while [one.is_dir() for one in folder.iterdir()] == [True]:
        (folder,) = folder.iterdir()
    return folder


def _lay_out(files: Sequence[tuple[str, BinaryIO]], folder: Path) -> None:
    """Write files beside each other; a single sheet is one whatever it is called."""
    for name, content in files:
        target = inside(name).replace("/", "_")
        if len(files) == 1 and target.lower().endswith(SHEET_SUFFIXES):
            target = f"metadata{PurePosixPath(target.lower()).suffix}"
        if (folder / target).exists():
            raise InputError(f"{shown(target)} was brought twice; give each file a name of its own")
        (folder / target).write_bytes(content.read())


def _into_folders(task: Task, folder: Path) -> None:
    """Move files to where the sheet, if there is one, looks for them: who brings them forgets their folders.

    A file stays where it is if cells name several of its name.
    """
    places = Places.of(folder)
    if not any(name in places.listing.files for name in SHEETS):
        return
    columns = task.card.sheet or SheetColumns()
    sheet = read_sheet(places, Description(missing=columns.missing))
    read = [modality for modality in task.card.modalities if not KINDS[modality.kind].of_columns]
    named: dict[str, set[str]] = defaultdict(set)
    for cell in (
        cell for one in read for name in columns_of(one, columns) for cell in sheet.cells.get(name, ()) if cell
    ):
        with suppress(PlaceError):
            named[PurePosixPath(inside(cell)).name].add(inside(cell))
    for last, names in named.items():
        if last in places.listing.files and last not in OWN and len(names) == 1:
            with suppress(OSError):  # a name that no disk takes
                _move(folder / last, folder.joinpath(*names.pop().split("/")))


def _move(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    file.rename(target)


def _samples(task: Task, folder: Path) -> BroughtFolder:
    places = Places.of(folder)
    if any(name in places.listing.files for name in SHEETS):
        return samples_in(task, folder)
    return _without_sheet(task, places)


def _without_sheet(task: Task, places: Places) -> BroughtFolder:
    """A file a sample, all of one modality by what their names end in, or several, by the modality in their names.

    Others are told, and left out.
    """
    names = [name for name in places.listing.files if name.lower() not in OWN]
    fitting = {
        modality: read
        for modality in task.card.names
        if (read := [name for name in names if name.lower().endswith(task.suffixes_of(modality))])
    }
    if not fitting:
        raise UserError(
            f"There is neither metadata.csv nor a file that the model reads ({_some(names) or 'nothing at all'}); "
            f"bring a table of samples, or files such as {_examples(task)}"
        )
    read = list(dict.fromkeys(name for found in fitting.values() for name in found))
    samples = {name: {modality: name} for modality, found in fitting.items() for name in found}
    if len(fitting) > 1:
        samples = _by_name(task, read)
    left_out = len(names) - len(read)
    notes = (f"{counted(left_out, 'file')} of another kind left out",) if left_out else ()
    return BroughtFolder((_sample(task, places, *one) for one in samples.items()), len(samples), notes)


def _by_name(task: Task, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Sample → modality → file, by names that all say both."""
    samples: dict[str, dict[str, str]] = {}
    for name in names:
        found = _parts_of(task, name)
        if found is None:
            titles = listed([task.card.modality(one).title for one in _readers(task, name)], "or")
            ends = listed([f"_{one}" for one in _readers(task, name)], "or")
            raise UserError(
                f"Nothing says whether {shown(name)} is {titles}; add a metadata.csv with a column for each, or end "
                f"the names of such files in {ends}"
            )
        sample, modality = found
        others = samples.setdefault(sample, {})
        if modality in others:
            raise UserError(f"{shown(others[modality])} and {shown(name)} are both the {modality} of {shown(sample)}")
        others[modality] = name
    if all(len(files) == 1 for files in samples.values()):
        read = {modality for files in samples.values() for modality in files}
        titles = listed([one.title for one in task.card.modalities if one.name in read], "or")
        raise UserError(
            f"Nothing says which files of {titles} belong together; add a metadata.csv with a column for each, or give "
            "those of a sample one name"
        )
    return samples


def _parts_of(task: Task, name: str) -> tuple[str, str] | None:
    """Sample and modality of a file such as ``cat_picture.png`` or ``picture/cat.png``; None where several fit."""
    path = PurePosixPath(name)
    for modality in sorted(_readers(task, name), key=len, reverse=True):  # wide_picture before picture
        if path.parent.name.lower() == modality.lower():
            return path.stem, modality
        sample = path.stem[: -len(modality) - 1]
        if sample and path.stem[len(sample) :].lower() in {f"_{modality}".lower(), f"-{modality}".lower()}:
            return sample, modality
    (first, *others) = _readers(task, name)
    return None if others else (path.stem, first)  # no other modality reads such a file


def _readers(task: Task, name: str) -> list[str]:
    """The modalities that read files of such a name."""
    return [modality for modality in task.card.names if name.lower().endswith(task.suffixes_of(modality))]


def _sample(task: Task, places: Places, own_id: str, files: Mapping[str, str]) -> Brought:
    """Files, modality → name, as a sample."""
    inputs: dict[str, Inputs] = {}
    notes: list[str] = []
    faults: dict[str, str] = {}
    for modality, name in files.items():
        try:
            content = places.read(places.find(name), KINDS[task.card.modality(modality).kind].max_bytes)
            inputs[modality], said = task.read(modality, name, content)
            notes += [f"{modality}: {note}" for note in said]
        except UserError as error:
            faults[modality] = str(error)
    return Brought(own_id, inputs, tuple(notes), faults)


def _some(names: Sequence[str]) -> str:
    return ", ".join(shown(name) for name in names[:MOST_SHOWN]) + (" …" if len(names) > MOST_SHOWN else "")


def _examples(task: Task) -> str:
    return listed(list(dict.fromkeys(task.suffixes_of(name)[0] for name in task.card.names)), "or")
