"""The guess of the rule → a task.toml that says the same, with reasons, for somebody to change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns.cells import natural
from sharcs_core.named import counted
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.folder import guessing
from sharcs_core.tasks.folder import toml_text as toml
from sharcs_core.tasks.folder.description import MAX_BYTES
from sharcs_core.tasks.folder.files_named import kind_by_suffix
from sharcs_core.tasks.folder.roles import ModalityRole, Roles
from sharcs_core.tasks.folder.sheet import Sheet

MOST_CLASSES = 50
"""Classes that are listed."""

_HEAD = (
    "What SHARCS makes of this folder. Every line may be changed or taken out: what is not said here is guessed",
    "again. `sharcs check` says what is wrong.",
)


def description_text(sheet: Sheet, roles: Roles, title: str) -> str:
    """The content of task.toml.

    Where there are fewer than two modalities these stand there as comments, so that a column that is added is seen.
    """
    text = _text(sheet, roles, title, lists=True)
    return text if len(text.encode()) <= MAX_BYTES else _text(sheet, roles, title, lists=False)


def _text(sheet: Sheet, roles: Roles, title: str, *, lists: bool) -> str:
    lines = [
        *map(toml.remark, _HEAD),
        f"title = {toml.quoted(title)}",
        _offer('question = "..."', "asked of each sample, such as: Which digit is it?"),
        _offer('summary = "..."', "a sentence or two on what the samples are"),
        "",
        *_columns(sheet, roles),
        "",
        *_classes(sheet, roles),
        _offer('missing = ["-999"]', "cells that say nothing, beside the empty one; NA, None and null are values"),
        *_ignored(sheet, roles, lists=lists),
        _offer("redistribute = false", "nothing of the originals is kept in a run"),
        _offer('license = "..."', "that the originals come under; kept with every copy"),
    ]
    is_task = len(roles.modalities) >= 2
    if not is_task:
        said = counted(len(roles.modalities), "modality", "modalities")
        lines += [
            "",
            toml.remark(f"{said} found, and concepts are shared between two at least; add a column of files,"),
        ]
        lines += [toml.remark("of texts, or of numbers and categories. Until then it is left to the rule.")]
    for role in roles.modalities:
        section = list(_section(sheet, role, lists=lists))
        lines += ["", *(section if is_task else [f"# {line}" for text in section for line in text.split("\n")])]
    return "\n".join(lines) + "\n"


def _offer(line: str, why: str) -> str:
    """A line that may be used, as a comment with its reason."""
    return f"# {line}  {toml.remark(why)}"


# -- columns that are no input


_NAMED = {
    "label": (guessing.LABELS, "what is predicted"),
    "split": ((guessing.SPLIT, *guessing.OTHER_SPLITS), "train, validation or test; drawn where there is none"),
    "id": (guessing.IDS, "what a sample is called"),
    "group": (guessing.GROUPS, "rows that stay in one part, such as all of one person"),
}
"""Key → the names that a column is looked for by, and what it is."""


def _columns(sheet: Sheet, roles: Roles) -> Iterator[str]:
    for key, (names, what) in _NAMED.items():
        column = getattr(roles, key)
        if column is not None:
            yield f"{key} = {toml.quoted(column)}  {toml.remark(f'{what}; by its name')}"
        else:
            some = ", ".join(names[:3])
            yield _offer(f'{key} = "..."', f"{what} (none is called {some} or the like)")


def _classes(sheet: Sheet, roles: Roles) -> Iterator[str]:
    if roles.label is None:
        return
    classes = sorted({cell for cell in sheet.cells[roles.label] if cell is not None}, key=natural)
    if 0 < len(classes) <= MOST_CLASSES:
        yield toml.remark("the order in which classes stand; this is their natural one:")
        yield f"# classes = [{', '.join(map(toml.quoted, classes))}]"


def _ignored(sheet: Sheet, roles: Roles, *, lists: bool) -> Iterator[str]:
    if not roles.ignored or not lists:
        return
    yield toml.remark("columns that are left out, and why; take one out of the list and name it below to have it read:")
    yield "ignore = ["
    for column, why in roles.ignored.items():
        lacks_files = kind_by_suffix(sheet.cells[column]) is not None
        yield f"  {'# ' if lacks_files else ''}{toml.quoted(column)},  {toml.remark(why)}"
    yield "]"


# -- modalities


def _section(sheet: Sheet, role: ModalityRole, *, lists: bool) -> Iterator[str]:
    yield f"[modalities.{toml.key(role.name)}]"
    yield f"kind = {toml.quoted(role.kind)}  {toml.remark(_why(sheet, role))}"
    yield f"title = {toml.quoted(role.title)}"
    if role.column is not None:
        yield f"column = {toml.quoted(role.column)}"
    elif lists:
        yield from _listed("numeric", role.numeric, "each cell is a number")
        yield from _listed("category", role.category, "words that come again and again")
    if KINDS[role.kind].sized is not None:
        yield _offer(
            "size = [96, 96]", "height and width that all are brought to; else that of the largest, 96 at most"
        )
    yield _offer('means = { colour = "..." }', "factor = column that says what the input shows: names of concepts")


def _listed(key: str, columns: Sequence[str], why: str) -> Iterator[str]:
    if columns:
        yield toml.remark(why)
        yield f"{key} = {toml.names(columns)}"


def _why(sheet: Sheet, role: ModalityRole) -> str:
    """Why the rule takes a column for what it does."""
    if role.column is None:
        return "all columns of numbers and of words that come again and again"
    if not role.in_files:
        return "three words or more, in half of the cells at least"
    first = next(cell for cell in sheet.cells[role.column] if cell is not None)
    return f"its cells name files, such as {shown(first)}"
