"""How files lie in a folder without a sheet → what a sheet would say of them, a row a sample.

The rule. A file is of the kind that its suffix says.

1. *Folders of a kind* are several folders on one level, each with files of one kind while not all have the same:
   ``images/7.png`` and ``graphs/7.json``. Of several of one kind (``images`` and ``masks`` beside ``texts``) each is a
   modality where names come again in them, and else they are classes of one.
2. Of all other folders on the way to a file the first level whose names all are usual words for train, validation and
   test says the *split*; the first other one of two names or more says the *label*. One single folder says nothing.
3. Files of several modalities make a row where their names without suffix are equal, together with the folders that are
   no folders of a kind, or else without these. What has no partner makes a row of its own; a modality of which hardly
   any file has one is left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns.cells import natural, word
from sharcs_core.named import counted
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.folder.files_named import kinds_of_files
from sharcs_core.tasks.folder.graph_lines import GRAPH_LINES
from sharcs_core.tasks.folder.guessing import modality_name
from sharcs_core.tasks.folder.listing import PlaceError, stem
from sharcs_core.tasks.folder.places import OWN, Places
from sharcs_core.tasks.folder.splits import split_named
from sharcs_core.tasks.given import SPLITS

MOST = 0.9
"""Share of files that have to agree for a level of folders to say something; a few may lie elsewhere."""
FEW = 0.1
"""Share of a modality's files with a partner, below which it is left out."""
OTHER_COLUMNS = ("id", "label", "split")


@dataclass(frozen=True)
class File:
    """One file, or one graph of a file of many.

    Attributes:
        cell: what names it in a sheet.
        kind: of the input that it is.
        folders: on the way to it; folders of a kind left out where they are known.
        name: without folders and suffix.
    """

    cell: str
    kind: str
    folders: tuple[str, ...]
    name: str

    @property
    def whole_name(self) -> str:
        """Its name with its folders."""
        return "/".join((*self.folders, self.name))


@dataclass(frozen=True)
class Said:
    """What the folders on the way to a file say of it; None where they say nothing."""

    label: str | None = None
    split: str | None = None


@dataclass(frozen=True)
class Row:
    """One sample.

    Attributes:
        id: what it is called.
        said: what folders say of it.
        cells: modality → what names its file.
    """

    id: str
    said: Said
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """What lies in a folder.

    Attributes:
        kinds: modality → its kind.
        rows: in natural order.
        notes: on what was left out.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    notes: tuple[str, ...] = ()


Files = Mapping[str, Sequence[File]]
"""Modality → its files."""


def layout_of(places: Places) -> Layout:
    """The samples that the files of a folder make; none where no file is of a kind."""
    files = list(_files(places))
    named = [one for one in files if _is_found(one, places)]
    kept, notes = _with_partners(by_modality(named))
    rows, more = _rows(kept)
    links = sorted([*places.listing.links, *places.listing.leaving])
    unnamed = sorted({one.cell for one in files} - {one.cell for one in named})
    said = (
        *_told(unnamed, "cannot be named in a sheet; rename it"),
        *_told(links, "is a link; put the file itself there"),
        *notes,
        *more,
    )
    return Layout({name: own[0].kind for name, own in kept.items()}, rows, said)


def _files(places: Places) -> Iterator[File]:
    kind_of = {suffix: name for name, suffixes in reversed(list(kinds_of_files().items())) for suffix in suffixes}
    for path in places.listing.files:
        kind = kind_of.get(path[path.rfind(".") :].lower()) if "." in path else None
        if kind is not None and path.lower() not in OWN:
            *folders, name = stem(path).split("/")
            yield File(path, kind, tuple(folders), name)
    of_lines = kind_of[GRAPH_LINES.removesuffix("l")]
    yield from (File(own, of_lines, (), own) for own in places.graph_lines)


def _is_found(file: File, places: Places) -> bool:
    try:
        return not places.find(file.cell, KINDS[file.kind].suffixes).notes
    except PlaceError:
        return False


def _told(names: Sequence[str], what: str) -> Iterator[str]:
    """A note on files of which the first is named."""
    if names:
        more = f" (and {counted(len(names) - 1, 'further one')})" if len(names) > 1 else ""
        yield f"{shown(names[0])}{more} is left out: it {what}"


# -- which files are of one modality


def by_modality(files: Sequence[File]) -> dict[str, list[File]]:
    """Modality → its files, without the folders of a kind on the way to them."""
    level = _level_of_kinds(files)
    if level is None:
        return {_new(kind, kind, ()): own for kind, own in _by([(file.kind, file) for file in files]).items()}
    there = _on_level(files, level)
    kind_of = {folder: _usual_kind(own) for folder, own in there.items()}
    found: dict[str, list[File]] = {}
    for kind in dict.fromkeys(kind_of.values()):
        folders = {
            name: [one for one in own if one.kind == kind] for name, own in there.items() if kind_of[name] == kind
        }
        bare = {name: [_without(one, level) for one in own] for name, own in folders.items()}
        if len(bare) == 1:
            found[_new(kind, kind, found)] = next(iter(bare.values()))
        elif _come_again(bare):
            for name, own in bare.items():
                found[_new(name, kind, found)] = own
        else:
            found[_new(kind, kind, found)] = [one for own in folders.values() for one in own]
    return found


def _by(pairs: Iterable[tuple[str, File]]) -> dict[str, list[File]]:
    found: dict[str, list[File]] = defaultdict(list)
    for name, file in pairs:
        found[name].append(file)
    return dict(found)


def _on_level(files: Sequence[File], level: int) -> dict[str, list[File]]:
    """Name of a folder on that level → the files below it."""
    return _by((file.folders[level], file) for file in files if len(file.folders) > level)


def _new(name: str, kind: str, used: Collection[str]) -> str:
    return modality_name(name, kind, (*used, *OTHER_COLUMNS))


def _usual_kind(files: Sequence[File]) -> str:
    return Counter(file.kind for file in files).most_common(1)[0][0]


def _without(file: File, level: int) -> File:
    return File(file.cell, file.kind, (*file.folders[:level], *file.folders[level + 1 :]), file.name)


def _level_of_kinds(files: Sequence[File]) -> int | None:
    """The level of the folders of a kind; None where there is none."""
    for level in range(max((len(file.folders) for file in files), default=0)):
        there = _on_level(files, level)
        usual = {folder: _usual_kind(own) for folder, own in there.items()}
        n_usual = sum(file.kind == usual[folder] for folder, own in there.items() for file in own)
        if len(set(usual.values())) > 1 and n_usual >= MOST * len(files):
            return level
    return None


def _come_again(folders: Files) -> bool:
    """Whether names of files come in more than one folder."""
    names = [{file.whole_name for file in own} for own in folders.values()]
    return any(len(one & two) >= FEW * min(len(one), len(two)) > 0 for one, two in combinations(names, 2))


# -- which files make a row


def _with_partners(files: Files) -> tuple[dict[str, Sequence[File]], tuple[str, ...]]:
    """The modalities whose files have partners, the largest in any case; and notes on the others."""
    if len(files) < 2:
        return dict(files), ()
    key = _key(files)
    keys = {name: {key(file) for file in own} for name, own in files.items()}
    largest = max(files, key=lambda name: len(files[name]))
    shares = {name: _share(name, keys) for name in files}
    out = {name: own for name, own in files.items() if shares[name] < FEW and name != largest}
    notes = [
        f"{counted(len(own), f'{own[0].kind} file')} such as {shown(own[0].cell)} {'is' if len(own) == 1 else 'are'} "
        "left out: hardly any has the name of another file; give files of one sample one name"
        for own in out.values()
    ]
    return {name: own for name, own in files.items() if name not in out}, tuple(notes)


def _share(name: str, keys: Mapping[str, set[str]]) -> float:
    """The share of a modality's names that another modality has too."""
    others = set().union(*(own for other, own in keys.items() if other != name))
    return len(keys[name] & others) / len(keys[name])


def _key(files: Files) -> Callable[[File], str]:
    """What files of one sample have in common: their names, with folders or without, whichever gives more pairs."""
    bare = {name: [file.name for file in own] for name, own in files.items()}
    whole = {name: {file.whole_name for file in own} for name, own in files.items()}
    is_unique = all(len(set(own)) == len(own) for own in bare.values())
    if is_unique and _n_pairs({name: set(own) for name, own in bare.items()}) > _n_pairs(whole):
        return lambda file: file.name
    return lambda file: file.whole_name


def _n_pairs(keys: Mapping[str, set[str]]) -> int:
    counts = Counter(key for own in keys.values() for key in own)
    return sum(n > 1 for n in counts.values())


def _rows(files: Files) -> tuple[list[Row], tuple[str, ...]]:
    """The samples; and a note on files of one modality that have one name."""
    key = _key(files) if len(files) > 1 else (lambda file: file.cell)
    cells: dict[str, dict[str, str]] = defaultdict(dict)
    said: dict[str, Said] = {}
    names: dict[str, str] = {}
    twice: list[str] = []
    for modality, own in files.items():
        says = sayer(own)
        for file in own:
            row = key(file)
            if modality in cells[row]:
                twice.append(file.cell)
                continue
            cells[row][modality] = file.cell
            names.setdefault(row, file.name)
            said[row] = _both(said.get(row, Said()), says(file))
    strays = [row for row in cells if said[row].label is None and len(cells[row]) == 1]
    if len(strays) > (1 - MOST) * len(cells):
        strays = []  # where folders say no labels, or not of all
    notes = (
        *_told(twice, "has the name of another file of its modality"),
        *_told([cell for row in strays for cell in cells[row].values()], "lies in no folder of a class"),
    )
    kept = sorted(set(cells) - set(strays), key=natural)
    ids = _ids(kept, names, files)
    return [Row(ids[row], said[row], cells[row]) for row in kept], notes


def _both(one: Said, two: Said) -> Said:
    return Said(one.label if one.label is not None else two.label, one.split if one.split is not None else two.split)


def _ids(rows: Sequence[str], names: Mapping[str, str], files: Files) -> Mapping[str, str]:
    """Row → its id: the name of its files where no two rows have one, else with its folders."""
    whole = {file.cell: file.whole_name for own in files.values() for file in own}
    for choice in (names, {row: whole.get(row, row) for row in rows}):
        if len({word(choice[row]) for row in rows}) == len(rows):
            return choice
    return {row: row for row in rows}


# -- what folders say


def sayer(files: Sequence[File]) -> Callable[[File], Said]:
    """What the folders on the way to a file of one modality say."""
    depth = max(len(file.folders) for file in files)
    levels = [[file.folders[level] for file in files if len(file.folders) > level] for level in range(depth)]
    several = [level for level, own in enumerate(levels) if len(own) >= MOST * len(files) and len(set(own)) > 1]
    split = next((level for level in several if _says_split(levels[level])), None)
    label = next((level for level in several if level != split), None)
    return lambda file: Said(_at(file, label), _at(file, split))


def _at(file: File, level: int | None) -> str | None:
    return file.folders[level] if level is not None and level < len(file.folders) else None


def _says_split(names: Sequence[str]) -> bool:
    parts = {split_named(name) for name in set(names)}
    return None not in parts and SPLITS[0] in parts and len(parts) > 1
