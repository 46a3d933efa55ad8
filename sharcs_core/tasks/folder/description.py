"""task.toml: what somebody says of a folder, where the guess is not to be trusted. All of it may be left out."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, fields
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar, dataclass_transform

from pydantic import ConfigDict, Field, StrictBool, StrictInt, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from sharcs_core.errors import UserError
from sharcs_core.faults import WANTED, short
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns.cells import word
from sharcs_core.modality_names import check_modality_name
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.folder.faults import Fault, FolderError, first_faults
from sharcs_core.tasks.folder.places import PlaceError, Places

C = TypeVar("C")

FILE = "task.toml"
MAX_BYTES = 50_000
"""Of task.toml; the longest that makes sense has a few thousand."""


@dataclass_transform(frozen_default=True)
def _strict(part: type[C]) -> type[C]:
    """A frozen dataclass that is checked where it is made."""
    made: Any = checked_dataclass(frozen=True, config=ConfigDict(extra="forbid"))(part)
    checked: type[C] = made
    return checked


Line = Annotated[str, Field(min_length=1, max_length=200)]
Prose = Annotated[str, Field(max_length=100_000)]
Name = Annotated[str, Field(min_length=1)]
Names = tuple[Name, ...]
Side = Annotated[StrictInt, Field(ge=8, le=4096)]


@_strict
class ModalityDescription:
    """What is said of one modality; None and nothing where it is to be guessed.

    Attributes:
        kind: one of ``KINDS``.
        column: whose cells name its files, or are its texts; that of the modality's own name where none is given.
        columns: of a table, each to be guessed whether it holds numbers.
        numeric, category: of a table, those of numbers and those of words.
        title: for people.
        size: of pictures, height and width in pixels that all are brought to; that of the largest where none is given,
            at most 96 of the longer side.
        means: factor → the column that says its value for each sample.
        draws: part of a drawing → the attribute of its inputs that says it.
    """

    kind: str | None = None
    column: Name | None = None
    columns: Names = ()
    numeric: Names = ()
    category: Names = ()
    title: Line | None = None
    size: tuple[Side, ...] = ()
    means: Mapping[str, Name] = field(default_factory=dict)
    draws: Mapping[str, Name] = field(default_factory=dict)


@_strict
class Description:
    """What task.toml says.

    Attributes:
        title, summary, question: for people.
        label, id, split, group: columns.
        classes: the labels, in the order in which they are to stand; none for their natural order.
        missing: cells that say nothing, beside the empty one.
        ignore: columns that are left out.
        traits: columns that are no input, and say what concepts are described by.
        redistribute: whether originals may be kept with a run.
        license: text of the licence that the originals come under.
        modalities: by name; where any is given there are no others.
        settings: of the model and its training, those that differ from the usual ones, under the names that they have
            in a run's config.json.
    """

    title: Line | None = None
    summary: Prose | None = None
    question: Prose | None = None
    label: Name | None = None
    id: Name | None = None
    split: Name | None = None
    group: Name | None = None
    classes: Names = ()
    missing: tuple[str, ...] = ()
    ignore: Names = ()
    traits: Names = ()
    redistribute: StrictBool = True
    license: Prose | None = None
    modalities: Mapping[str, ModalityDescription] = field(default_factory=dict)
    settings: Mapping[Literal["model", "training"], Mapping[str, Any]] = field(default_factory=dict)


_DESCRIPTION = TypeAdapter(Description)
Path = tuple[str, ...]
"""Where something stands in TOML: the keys that lead there."""


def read_description(places: Places) -> Description:
    """What the folder's task.toml says; nothing where there is none.

    Raises:
        FolderError: with every fault of the file, each with its line.
    """
    content = _content(places)
    return Description() if content is None else description_of(content)


def at_key(places: Places, path: Path, says: str, mend: str) -> Fault:
    """A fault of what a key of the folder's task.toml says, found out after it was read."""
    content = _content(places)
    return _at(_lines(_text(content or b"")), path, says, mend)


def _content(places: Places) -> bytes | None:
    try:
        return places.own(FILE, MAX_BYTES)
    except PlaceError as error:
        raise FolderError([Fault(FILE, None, None, error.says, error.mend)]) from None


def description_of(content: bytes) -> Description:
    """What the content of a task.toml says.

    Raises:
        FolderError: with every fault, each with its line.

    >>> description_of(b'label = "digit"').label
    'digit'
    >>> description_of(b'lable = "digit"')
    Traceback (most recent call last):
    sharcs_core.tasks.folder.faults.FolderError: task.toml, line 1, key 'lable': is no key here; write 'label'
    """
    text = _text(content)
    lines = _lines(text)
    try:
        description = _DESCRIPTION.validate_python(_values(text))
    except ValidationError as error:
        faults = [_fault(lines, fault) for fault in error.errors(include_url=False)]
    else:
        faults = [_at(lines, path, says, mend) for path, says, mend in _odd(description)]
        if not faults:
            return description
    raise FolderError(first_faults(sorted(faults, key=lambda fault: fault.row or 0), "faults"))


def nearest(name: str, names: Iterable[str]) -> str:
    """What to write instead of a name that is not there.

    >>> nearest("lable", ["label", "id"]), nearest("x", ["label", "id"])
    ("write 'label'", "choose from 'label', 'id'")
    """
    known = list(dict.fromkeys(names))
    lower = {one.lower(): one for one in reversed(known)}
    close = get_close_matches(name.lower(), lower, n=1)
    if close:
        return f"write {shown(lower[close[0]])}"
    some = ", ".join(shown(one) for one in known[:_SOME])
    return f"choose from {some}{f' and {len(known) - _SOME:,} more' if len(known) > _SOME else ''}"


_SOME = 20
_DEEP = re.compile(r"""(?:[\w"'-]{1,100}[ \t]{0,9}\.[ \t]{0,9}){50}""")


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise FolderError([Fault(FILE, row, None, "is not UTF-8 text", "save it with the encoding UTF-8")]) from None


def _values(text: str) -> dict[str, Any]:
    deep = _DEEP.search(text)  # which the parser would take minutes for
    if deep:
        at = text.count("\n", 0, deep.start()) + 1
        raise FolderError([Fault(FILE, at, None, "has a key of too many parts", "write keys such as label")])
    mend = 'write key = "text", with the text in quotes'
    row: int | None = None
    try:
        return tomllib.loads(text)
    except RecursionError:
        says = "is nested too deeply"
    except ValueError as error:  # TOMLDecodeError, and of numbers of thousands of digits ValueError itself
        said = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error), re.DOTALL)
        what = said[1] if said else "a number has too many digits"
        row = int(said[2] or text.count("\n") + 1) if said else None
        says = f"is no TOML that one can read: {what[:1].lower()}{what[1:]}"
    raise FolderError([Fault(FILE, row, None, says, mend)])


# -- faults in words


_WANTED = {
    "dataclass_type": "a table of keys",
    "mapping_type": "a table of keys",
    "dict_type": "a table of keys",
    "tuple_type": 'a list, such as ["a", "b"]',
    "string_too_short": "text of a character at least",
    "string_too_long": "text of at most {max_length} characters",
}
"""Kind of fault → what must be there instead, in words of TOML."""


def _fault(lines: Mapping[Path, int], fault: Mapping[str, Any]) -> Fault:
    path = tuple(str(part) for part in fault["loc"])
    if fault["type"] == "unexpected_keyword_argument":
        part = ModalityDescription if path[0] == "modalities" else Description
        return _at(lines, path, "is no key here", nearest(path[-1], [one.name for one in fields(part)]))
    wanted = (_WANTED.get(fault["type"]) or WANTED.get(fault["type"], "")).format(**fault.get("ctx", {}))
    says = f"must be {wanted}" if wanted else f"is wrong: {fault['msg'].lower()}"
    quotes = isinstance(fault["input"], int | float) and not isinstance(fault["input"], bool) and wanted == "text"
    mend = f'write it in quotes, "{fault["input"]}"' if quotes else "correct it, or leave it out"
    return _at(lines, path, f"{says} (got {short(fault['input'])})", mend)


def _odd(description: Description) -> Iterator[tuple[Path, str, str]]:
    """What is of the right types and yet makes no sense: where, what, and the mend."""
    for name, count in Counter(description.classes).items():
        if count > 1:
            yield ("classes",), f"names {shown(name)} {count} times", "name each class once"
    for name, modality in description.modalities.items():
        path = ("modalities", name)
        try:
            check_modality_name(name)
        except UserError as error:
            yield path, *_halves(str(error))
        yield from ((path + more, says, mend) for more, says, mend in _odd_modality(modality))


def _halves(sentence: str) -> tuple[str, str]:
    """A sentence as its fault and its mend."""
    says, _, mend = sentence.partition("; ")
    return says[:1].lower() + says[1:], mend


def _odd_modality(modality: ModalityDescription) -> Iterator[tuple[Path, str, str]]:
    if modality.kind is not None and modality.kind not in KINDS:
        yield ("kind",), f"is {shown(modality.kind)}, which is no kind of modality", nearest(modality.kind, KINDS)
        return
    of_columns = modality.kind is not None and KINDS[modality.kind].of_columns
    lists = [key for key in ("columns", "numeric", "category") if getattr(modality, key)]
    if modality.size and len(modality.size) != 2:
        yield ("size",), f"must be two numbers (got {short(list(modality.size))})", "write [height, width] in pixels"
    if of_columns and modality.column is not None:
        yield ("column",), f"is for one column, and {modality.kind!r} has several", "write numeric = [...] instead"
    if lists and modality.kind is not None and not of_columns:
        yield (lists[0],), f"is for the columns of a table, not for {modality.kind!r}", 'write column = "..." instead'
    if lists and modality.column is not None and modality.kind is None:
        yield (lists[0],), "is for the columns of a table, and column for files and texts", "keep one of the two"
    for factor in modality.means:
        if not factor or word(factor) != factor:
            yield ("means", factor), "is no name of a factor", "use 1 to 100 characters that can be seen, on one line"


# -- lines


def _at(lines: Mapping[Path, int], path: Path, says: str, mend: str) -> Fault:
    """A fault at the line of a key, or of the nearest table around it that has one."""
    found = next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)
    return Fault(FILE, found, ".".join(part for part in path if not part.isdigit()), says, mend)


_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


def _lines(text: str) -> dict[Path, int]:
    """Where each key and each table is first written, by line; as far as lines alone tell, which is most."""
    lines: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(map(str.strip, text.split("\n")), start=1):
        is_table = line.startswith("[")
        if is_table:
            table = _parts(line.lstrip("[").partition("]")[0])
        key, equals, _ = line.partition("=")
        path = table if is_table else table + _parts(key) if equals else ()
        for end in range(1, min(len(path), _DEEPEST) + 1):
            lines.setdefault(path[:end], number)
    return lines


_DEEPEST = 5
"""Keys that lead anywhere: ``modalities``, a name, ``means``, a factor."""


def _parts(dotted: str) -> Path:
    return tuple("".join(part) for part in _PART.findall(dotted))


def columns_named(description: Description) -> Sequence[tuple[Path, str]]:
    """Every column that is named, and where."""
    single: list[tuple[Path, str | None]] = [
        ((key,), getattr(description, key)) for key in ("label", "id", "split", "group")
    ]
    several: list[tuple[Path, str]] = [
        ((key,), column) for key in ("ignore", "traits") for column in getattr(description, key)
    ]
    for name, modality in description.modalities.items():
        path = ("modalities", name)
        single.append(((*path, "column"), modality.column))
        for key in ("columns", "numeric", "category"):
            several += [((*path, key), column) for column in getattr(modality, key)]
        several += [((*path, "means", factor), column) for factor, column in modality.means.items()]
    return [(path, column) for path, column in single if column is not None] + several
