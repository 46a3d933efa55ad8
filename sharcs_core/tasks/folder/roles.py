"""Which column is what.

The rule, where task.toml says nothing else. Names are compared in small letters, with ``_`` for spaces and hyphens. A
column has one part: what has got one is out of all that follows.

1. The *label* is the first column called label, labels, class, target, y, category, diagnosis or outcome.
2. The *split* is the column called split; or one called partition, subset, set, fold, usage or phase, each cell of
   which says train, validation or test in the usual words.
3. *Files*: a column of which at least half of the different cells end as pictures, graphs or texts do, and of which one
   at least is there, is a modality of that kind; it is left out if none is there, or all rows name the same. Where no
   column names files of a kind so, one does of which every cell is the name of such a file without its suffix, or the
   ``id`` of a graph in a ``.jsonl`` file; it may be that of files of several kinds.
4. The *id* is the column called id, sample_id, sample, uid, uuid, guid, identifier or key.
5. The *group* is the column called group, patient, subject, participant, person or donor, or one of these and ``_id``;
   it has ten different values at least, and one of them twice.
6. Of the other columns are left out, with a note: the empty; those that are the same in every row; dates; lists;
   addresses; names of files that cannot be read; whole numbers that count the rows.
7. A column is of *numbers* if each cell that is not missing is one, and none has a zero before its digits, as codes
   have.
8. It is a *text*, and a modality of its own, if the median of its words is three or more, however many values it has.
   (Of Chinese, Japanese, Thai and other scripts without spaces, three characters are a word.)
9. Words of which more than nine in ten cells differ are left out, with a note; and so are numbers among which words
   stand, of which it must be said whether they mean that nothing is known.
10. All other columns are *categories*. Numbers and categories are one modality, called table.

task.toml overrides it, part by part. Where it names modalities, there are no others; of these a table without lists of
its columns has all numbers and categories that are left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns.cells import number_in, word
from sharcs_core.named import counted, listed
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.folder import guessing
from sharcs_core.tasks.folder.description import (
    Description,
    ModalityDescription,
    Path,
    at_key,
    columns_named,
    nearest,
)
from sharcs_core.tasks.folder.faults import Fault, FolderError
from sharcs_core.tasks.folder.files_named import kind_by_suffix, kinds_of_files, kinds_without_suffix, names_any
from sharcs_core.tasks.folder.guessing import Free, modality_name, table_kind, typed_kind
from sharcs_core.tasks.folder.places import Places
from sharcs_core.tasks.folder.sheet import Sheet

TABLE = "table"
"""What the modality of all numbers and categories is called."""


@dataclass(frozen=True)
class ModalityRole:
    """Where the inputs of a modality stand.

    Attributes:
        name, kind, title: of the modality.
        column: whose cells name its files, or are its texts; None of a table.
        in_files: whether the cells of that column name files.
        numeric, category: the columns of a table.
        means: factor → the column that says its value.
        size: of pictures, height and width that all are brought to; None for that of the largest.
    """

    name: str
    kind: str
    title: str
    column: str | None = None
    in_files: bool = False
    numeric: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict)
    size: tuple[int, int] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of its inputs."""
        return (self.column,) if self.column is not None else (*self.numeric, *self.category)


@dataclass(frozen=True)
class Roles:
    """What each column of a sheet is; no column has two parts.

    Attributes:
        id, label, split, group: columns; None where there is none.
        ignored: column → why it is in no part.
        notes: on what was made of columns.
    """

    id: str | None
    label: str | None
    split: str | None
    group: str | None
    modalities: tuple[ModalityRole, ...]
    ignored: Mapping[str, str]
    notes: tuple[str, ...] = ()


def roles_of(sheet: Sheet, description: Description, places: Places) -> Roles:
    """What each column is, by task.toml and else by the rule.

    Raises:
        FolderError: with every fault: columns that are not there, or have two parts; meanings that are the label;
            modalities without columns, or fewer than two.
    """
    roles, faults = roles_so_far(sheet, description, places)
    _raise(faults)
    return roles


def roles_so_far(sheet: Sheet, description: Description, places: Places) -> tuple[Roles, list[Fault]]:
    """What each column is, and what keeps these from being those of a task.

    Raises:
        FolderError: for columns that are not there, or have two parts.
    """
    places = places.holding(sheet.pictures)
    said = [*_by_their_names(sheet, description), *columns_named(description)]
    _raise(
        [
            *_unknown(sheet, said, places),
            *_twice(said, description, places),
            *_without_column(said, description, places),
        ]
    )
    free = Free(sheet, places, {word(column) for _, column in said})
    label = _said(description.label) or free.take(guessing.label_in(free))
    split = _said(description.split) or free.take(guessing.split_in(free))
    files, absent = ({}, {}) if description.modalities else guessing.files_in(free)
    for column in (*files, *absent):
        free.take(column)
    id_ = _said(description.id) or free.take(guessing.id_in(free)) or guessing.id_of_files(sheet, files)
    group = _said(description.group) or free.take(guessing.group_in(free))
    notes = tuple(
        f"{shown(column)} names the files of a modality, so samples have no ids but their rows"
        for column in files
        if guessing.plain(column) in guessing.IDS and id_ is None
    )
    described = bool(description.modalities)
    modalities = _described(free, description, dict(said)) if described else _guessed(free, files)
    ignored = {word(column): "ignored in task.toml" for column in description.ignore}
    ignored |= absent | _left(free, modalities, described)
    in_order = {column: ignored[column] for column in sheet.columns if column in ignored}
    roles = Roles(id_, label, split, group, modalities, in_order, notes)
    return roles, [
        *_without_size(roles, places),
        *_equal_to_label(roles, sheet, places),
        *_too_few(roles, sheet, places),
    ]


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise FolderError(faults)


def _said(column: str | None) -> str | None:
    return None if column is None else word(column)


# -- what task.toml says


def _by_their_names(sheet: Sheet, description: Description) -> list[tuple[Path, str]]:
    """The columns of modalities that name none and are called like one."""
    found: list[tuple[Path, str]] = []
    for name, modality in description.modalities.items():
        is_table = modality.kind is not None and KINDS[modality.kind].of_columns
        if modality.column is None and not _lists(modality) and not is_table:
            like = [column for column in sheet.columns if guessing.plain(column) == guessing.plain(name)]
            found += [(("modalities", name, "column"), name if name in like else like[0])] if like else []
    return found


def _lists(modality: ModalityDescription) -> tuple[str, ...]:
    return (*modality.columns, *modality.numeric, *modality.category)


def _without_column(said: list[tuple[Path, str]], description: Description, places: Places) -> Iterator[Fault]:
    with_one = {path[1] for path, _ in said if path[0] == "modalities" and path[2] != "means"}
    first_table = None
    for name, modality in description.modalities.items():
        is_table = modality.kind is not None and KINDS[modality.kind].of_columns
        if name in with_one:
            continue
        if is_table and first_table is not None:
            says = f"has all columns that are left, and so has modalities.{first_table}"
            yield at_key(places, ("modalities", name), says, "name the columns of one in numeric and category")
        elif is_table:
            first_table = name
        else:
            mend = 'write column = "...", or kind = "tabular" for all numbers and categories'
            yield at_key(places, ("modalities", name), "has no column", mend.replace("tabular", table_kind()))


def _unknown(sheet: Sheet, said: list[tuple[Path, str]], places: Places) -> Iterator[Fault]:
    for path, column in said:
        if word(column) not in sheet.cells:
            says = f"names the column {shown(column)}, which {sheet.file} does not have"
            yield at_key(places, path, says, nearest(column, sheet.columns))


def _twice(said: list[tuple[Path, str]], description: Description, places: Places) -> Iterator[Fault]:
    """Columns with two parts; several modalities may mean what one column says, or be files of one name."""
    kinds = {name: modality.kind for name, modality in description.modalities.items()}
    parts: dict[str, list[Path]] = defaultdict(list)
    for path, column in said:
        parts[word(column)].append(path)
    for column, paths in parts.items():
        is_meaning = [path[2:3] == ("means",) for path in paths]
        of_files = {kinds[path[1]] for path in paths if path[0] == "modalities" and path[2] == "column"} - {None}
        n_others = len(paths) - (("id",) in paths and bool(of_files - {typed_kind()}))  # files may bear ids as names
        if len(paths) > 1 and not all(is_meaning) and len(of_files) < n_others:
            first = ".".join(paths[0])
            if sum(is_meaning) and ("label",) in paths:
                mend = "leave it out: alignment by the label would be classification"
            else:
                mend = "keep one"
            yield at_key(places, paths[1], f"is {shown(column)}, and so is {first}", mend)


def _described(free: Free, description: Description, said: Mapping[Path, str]) -> tuple[ModalityRole, ...]:
    """The modalities of task.toml. A table without lists has what is left."""
    made = []
    for name, modality in description.modalities.items():
        column = _said(said.get(("modalities", name, "column")))
        role = _of_table(free, modality) if column is None else _of_column(free, modality, column)
        title = modality.title or _title(column or name)
        means = {factor: word(column) for factor, column in modality.means.items()}
        size = (modality.size[0], modality.size[1]) if modality.size else None
        made.append(replace(role, name=name, title=title, means=means, size=size))
    return tuple(made)


def _of_column(free: Free, modality: ModalityDescription, column: str) -> ModalityRole:
    cells = free.sheet.cells[column]
    ending = kind_by_suffix(cells)
    kind = modality.kind or ending
    by_stem = [] if kind and kind == ending else kinds_without_suffix(cells, free.places, list(kinds_of_files()))
    kind = kind or next(iter(by_stem), typed_kind())
    named = kind in by_stem or (kind == ending and names_any(cells, free.places, kind))
    in_files = named or not KINDS[kind].typed
    return ModalityRole("", kind, "", column, in_files)


def _of_table(free: Free, modality: ModalityDescription) -> ModalityRole:
    if not _lists(modality):
        return _table(free)
    numeric, category = set(map(word, modality.numeric)), set(map(word, modality.category))
    for column in map(word, modality.columns):
        is_number = all(number_in(free.sheet.pointed(cell)) is not None for cell in free.sheet.cells[column] if cell)
        (numeric if is_number else category).add(column)
    in_order = free.sheet.columns
    return ModalityRole(
        "",
        table_kind(),
        "",
        numeric=tuple(column for column in in_order if column in numeric),
        category=tuple(column for column in in_order if column in category),
    )


# -- what is guessed


def _guessed(free: Free, files: Mapping[str, tuple[str, ...]]) -> tuple[ModalityRole, ...]:
    """The modalities of the rule, in the order of their columns, the table last."""
    texts = {column: (typed_kind(),) for column in free.columns if free.look(column).kind == "texts"}
    made: list[ModalityRole] = []
    for column in free.sheet.columns:
        kinds = files.get(column) or texts.get(column) or ()
        for kind in kinds:
            called = column if len(kinds) == 1 else kind  # of what one column names in two folders
            name = modality_name(called, kind, [one.name for one in made])
            made.append(ModalityRole(name, kind, _title(called), column, column in files))
    table = _table(free)
    if table.columns:
        made.append(replace(table, name=modality_name(TABLE, table.kind, [one.name for one in made])))
    return tuple(made)


def _table(free: Free) -> ModalityRole:
    """All numbers and categories that are left."""
    looks = {column: free.look(column).kind for column in free.columns}
    numeric = tuple(column for column, look in looks.items() if look == "numbers")
    category = tuple(column for column, look in looks.items() if look == "words")
    return ModalityRole(TABLE, table_kind(), _title(TABLE), numeric=numeric, category=category)


def _title(name: str) -> str:
    """What a modality is called for people, where nobody says it."""
    return name.replace("_", " ").strip().capitalize() or name


def _left(free: Free, modalities: tuple[ModalityRole, ...], described: bool) -> dict[str, str]:
    """The columns that are in no modality, and why."""
    used = {column for modality in modalities for column in modality.columns}
    looks = {column: free.look(column) for column in free.columns if column not in used}
    return {
        column: look.why or ("is in no modality of task.toml" if described else look.kind)
        for column, look in looks.items()
    }


# -- what is wrong


def _without_size(roles: Roles, places: Places) -> Iterator[Fault]:
    for modality in roles.modalities:
        if modality.size is not None and KINDS[modality.kind].sized is None:
            says = f"is for pictures, not for {modality.kind!r}"
            yield at_key(places, ("modalities", modality.name, "size"), says, "leave it out")


def _equal_to_label(roles: Roles, sheet: Sheet, places: Places) -> Iterator[Fault]:
    if roles.label is None:
        return
    labels = sheet.cells[roles.label]
    for modality in roles.modalities:
        for factor, column in modality.means.items():
            pairs = {pair for pair in zip(sheet.cells[column], labels, strict=True) if None not in pair}
            sides = [{pair[side] for pair in pairs} for side in (0, 1)]
            if len(pairs) > 1 and len(pairs) == len(sides[0]) == len(sides[1]):
                says = f"names {shown(column)}, which says of each sample just what its label says"
                path = ("modalities", modality.name, "means", factor)
                yield at_key(places, path, says, "leave it out: alignment by the label would be classification")


def _too_few(roles: Roles, sheet: Sheet, places: Places) -> Iterator[Fault]:
    for modality in roles.modalities:
        if not modality.columns:
            yield at_key(places, ("modalities", modality.name), "is left no column", "name some in numeric or category")
    if len(roles.modalities) >= 2:
        return
    names = [f"{one.name} ({listed([shown(column) for column in one.columns[:3]])})" for one in roles.modalities]
    what = f"gives {counted(len(names), 'modality', 'modalities')}{': ' if names else ''}{listed(names)}"
    left = [f"{shown(column)} {why.partition(';')[0]}" for column, why in list(roles.ignored.items())[:3]]
    mend = "bring a column of files, of texts, or of numbers and categories besides, or name its part in task.toml"
    says = f"{what}, and concepts are shared between two at least{'; ' if left else ''}{', '.join(left)}"
    yield sheet.fault(None, None, says, mend)
