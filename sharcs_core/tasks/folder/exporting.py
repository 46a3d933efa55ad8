"""A task with its data → a folder that is that task: metadata.csv, a folder of files a modality, task.toml.

Shapes: n samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.tabular import row_cells
from sharcs_core.meanings import UNKNOWN
from sharcs_core.storage import check_writable, locked, replacing_folder, tidy_up
from sharcs_core.storage.writing import unwritable
from sharcs_core.structures import Ints, Split, TaskData
from sharcs_core.tasks.card import Modality, SheetColumns, TaskCard
from sharcs_core.tasks.folder import toml_text as toml
from sharcs_core.tasks.folder.description import FILE
from sharcs_core.tasks.folder.sheet_text import SHEET, sheet_bytes
from sharcs_core.tasks.given import SPLITS
from sharcs_core.tasks.task import Task

Progress = Callable[[int, int], None]
"""How many samples of how many are written."""

EVERY = 100
"""Samples that are written before the next progress is told."""
FEWEST_A_CLASS = 2
"""Samples of a class that a part of a task needs to be one."""

Columns = dict[str, list[str | None]]
"""Column → its cells, (n,)."""


def export_task(
    task: Task, data: TaskData, path: Path, n: int | None = None, seed: int = 0, on_progress: Progress | None = None
) -> int:
    """Writes a task as a folder, and says how many samples it has. The folder is whole or not there.

    Args:
        n: so many samples of each part, classes in the shares that they have; None for all.
        seed: of the choice of these.

    Raises:
        UserError: for an ``n`` that makes no task, and where something is at ``path`` already.
        StorageError: it cannot be written.
    """
    check_free(path)
    parts = {"train": data.train, "validation": data.validation, "test": data.test}
    rows = _chosen(parts, task.card, n, seed)
    with locked(path):
        tidy_up(path)
        check_free(path)
        with replacing_folder(path) as aside:
            _write(task, parts, rows, aside, on_progress)
    return sum(map(len, rows.values()))


def check_free(path: Path) -> None:
    """Raise UserError where something is at ``path``, StorageError where nothing can be written there."""
    try:
        is_taken = path.is_symlink() or (path.exists() and (not path.is_dir() or any(path.iterdir())))
    except OSError as error:
        raise unwritable(path, error) from None
    if is_taken:
        raise UserError(f"There is something at {path} already; name a folder that is not there yet")
    check_writable(path.parent)


def exported_columns(card: TaskCard) -> SheetColumns:
    """Where everything stands in the sheet of an exported task.

    What an input means stands under the names of its modality and of the factor, such as ``image colour``: a scene may
    be red while its question asks for blue.
    """
    taken = [column for modality in card.modalities for column in _columns_of(modality)]
    means: dict[str, dict[str, str]] = {}
    for name in card.names:
        for factor in card.stated_by(name):
            means.setdefault(name, {})[factor] = _free(f"{name} {factor}", taken)
            taken.append(means[name][factor])
    own: list[str] = []
    for column in ("id", card.target.title, "split"):
        own.append(_free(column, (*taken, *own)))
    kinds = {modality.name: KINDS[modality.kind] for modality in card.modalities}
    return SheetColumns(
        columns={name: name for name, kind in kinds.items() if not kind.of_columns},
        in_files=tuple(name for name, kind in kinds.items() if _in_files(kind.of_columns, kind.typed)),
        id=own[0],
        label=own[1],
        split=own[2],
        means=means,
    )


def _in_files(of_columns: bool, typed: bool) -> bool:
    return not of_columns and not typed


def _columns_of(modality: Modality) -> tuple[str, ...]:
    kind = KINDS[modality.kind]
    return kind.words(modality.form) if kind.of_columns else (modality.name,)


def _free(name: str, taken: Sequence[str]) -> str:
    """A name that is not taken; of one that is, with a number."""
    choices = (name, *(f"{name} {number}" for number in range(2, len(taken) + 3)))
    return next(choice for choice in choices if choice not in taken)


# -- which samples


def _chosen(parts: Mapping[str, Split], card: TaskCard, n: int | None, seed: int) -> dict[str, Ints]:
    """Part → positions of its samples that are written."""
    if n is None:
        return {name: np.arange(len(split)) for name, split in parts.items()}
    least = FEWEST_A_CLASS * card.target.n
    if n < least:
        raise UserError(f"--n must be at least {least}, {FEWEST_A_CLASS} of each of {card.target.n} classes (got {n})")
    rng = np.random.default_rng(seed)
    classes, counts = np.unique(parts[SPLITS[0]].labels, return_counts=True)
    known = np.append(classes[counts >= FEWEST_A_CLASS], UNKNOWN)
    rows: dict[str, Ints] = {}
    for name, split in parts.items():
        there = np.flatnonzero(np.isin(split.labels, known))  # no class that cannot be learned
        rows[name] = there[_some(split.labels[there], n, rng)]
    return rows


def _some(labels: Ints, n: int, rng: np.random.Generator) -> Ints:
    """Positions of ``n`` samples, some of each class, the others such that classes keep their shares."""
    drawn = rng.permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        own = drawn[labels[drawn] == label]
        place[own] = (np.arange(len(own)) + 0.5) / len(own)
        place[own[:FEWEST_A_CLASS]] -= 1
    return np.sort(drawn[np.argsort(place[drawn], kind="stable")][:n])


# -- what is written


@dataclass(frozen=True)
class _Exported:
    """One part of a task, and which of its samples are written.

    Attributes:
        name: ``train``, ``validation`` or ``test``.
        rows: (n,) positions of the samples in the split.
    """

    task: Task
    name: str
    split: Split
    rows: Ints

    @property
    def ids(self) -> list[str | None]:
        """What samples are called: as a run calls them."""
        if self.split.ids is not None:
            return [str(own) for own in self.split.ids[self.rows]]
        return [f"{self.name}/{row:05d}" for row in self.rows]

    @property
    def labels(self) -> list[str | None]:
        names = self.task.card.target.names
        return [None if label == UNKNOWN else names[label] for label in self.split.labels[self.rows].tolist()]

    def inputs_of(self, modality: str) -> list[int]:
        """Position of each sample's input, (n,); -1 where it has none."""
        found: list[int] = self.split.pairing[modality][self.rows].tolist()
        return found


def _write(
    task: Task, parts: Mapping[str, Split], rows: Mapping[str, Ints], folder: Path, on_progress: Progress | None
) -> None:
    sheet = exported_columns(task.card)
    made = [_Exported(task, name, parts[name], rows[name]) for name in SPLITS]
    of = sum(len(one.rows) for one in made)
    columns: Columns = {
        str(sheet.id): [own for one in made for own in one.ids],
        str(sheet.label): [label for one in made for label in one.labels],
        str(sheet.split): [one.name for one in made for _ in one.rows],
    }
    for place, modality in enumerate(task.card.modalities):
        told = None if on_progress is None else _told(on_progress, place * of, len(task.card.modalities) * of)
        columns |= _cells(made, modality, folder, told)
    for name, factors in sheet.means.items():
        columns |= {column: _meant(made, name, factor) for factor, column in factors.items()}
    (folder / SHEET).write_bytes(sheet_bytes(list(columns), list(zip(*columns.values(), strict=True))))
    (folder / FILE).write_text(_description(task.card, sheet, columns), encoding="utf-8", newline="\n")


def _told(on_progress: Progress, before: int, of: int) -> Callable[[int], None]:
    return lambda done: on_progress(before + done, of)


def _cells(made: Sequence[_Exported], modality: Modality, folder: Path, told: Callable[[int], None] | None) -> Columns:
    """The columns of a modality; its files are written, each once."""
    kind = KINDS[modality.kind]
    if kind.of_columns:
        return _table(made, modality)
    cells: list[str | None] = []
    written: set[str] = set()
    for one in made:
        inputs = one.split.inputs[modality.name]
        for row in one.inputs_of(modality.name):
            if row == UNKNOWN:
                cells.append(None)
                continue
            file = one.task.write(modality.name, inputs, row)
            name = f"{modality.name}/{one.name}-{row:05d}{file.suffix}"
            cells.append(file.content.decode().removesuffix("\n") if kind.typed else name)
            if not kind.typed and name not in written:
                _write_file(folder / name, file.content)
                written.add(name)
            if told is not None and len(cells) % EVERY == 0:
                told(len(cells))
    return {modality.name: cells}


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def _table(made: Sequence[_Exported], modality: Modality) -> Columns:
    names = _columns_of(modality)
    nothing = [None] * len(names)
    rows = [
        nothing if row == UNKNOWN else row_cells(modality.form, one.split.inputs[modality.name], row)  # type: ignore[arg-type]
        for one in made
        for row in one.inputs_of(modality.name)
    ]
    return {name: [row[place] or None for row in rows] for place, name in enumerate(names)}


def _meant(made: Sequence[_Exported], modality: str, factor: str) -> list[str | None]:
    """What each sample's input says of a factor."""
    card = made[0].task.card
    of_key = [*card.factors[factor], UNKNOWN]  # key -1 is the last
    names = card.value_names(factor)
    keys = [key for one in made for key in one.split.sample_semantics()[modality][one.rows].tolist()]
    return [None if of_key[key] == UNKNOWN else names[of_key[key]] for key in keys]


# -- task.toml


def _description(card: TaskCard, sheet: SheetColumns, columns: Columns) -> str:
    """The content of task.toml."""
    n_train = columns[str(sheet.split)].count(SPLITS[0])
    train = {column: cells[:n_train] for column, cells in columns.items()}
    means = [column for factors in sheet.means.values() for column in factors.values()]
    says_label = [column for column in means if _says_label(train[column], train[str(sheet.label)])]
    lines = [
        f"title = {toml.quoted(card.title)}",
        f"summary = {toml.prose(card.summary)}",
        f"question = {toml.prose(card.question)}",
        *(f"{what} = {toml.quoted(str(getattr(sheet, what)))}" for what in ("id", "label", "split")),
        f"classes = {toml.names(card.target.names)}",
        *_ignored(says_label),
        *([] if card.redistribute else ["redistribute = false"]),
        *([f"license = {toml.prose(card.license)}"] if card.license else []),
    ]
    for modality in card.modalities:
        lines += ["", *_section(modality, sheet, says_label)]
    return "\n".join(lines) + "\n"


def _says_label(values: Sequence[str | None], labels: Sequence[str | None]) -> bool:
    """Whether values and labels are one to one, so that a task may not align by them; or all values are one."""
    pairs = {pair for pair in zip(values, labels, strict=True) if None not in pair}
    different = {value for value, _ in pairs}
    return len(different) < 2 or len(pairs) == len(different) == len({label for _, label in pairs})


def _ignored(columns: Sequence[str]) -> Iterator[str]:
    if columns:
        yield toml.remark("in no means: these say of each sample just what its label says, or the same of all")
        yield f"ignore = {toml.names(columns)}"


def _section(modality: Modality, sheet: SheetColumns, left_out: Sequence[str]) -> Iterator[str]:
    """What task.toml says of one modality."""
    kind, form = KINDS[modality.kind], modality.form
    yield f"[modalities.{toml.key(modality.name)}]"
    yield f"kind = {toml.quoted(modality.kind)}"
    yield f"title = {toml.quoted(modality.title)}"
    if kind.of_columns:
        numeric = {column.name: column.kind == "number" for column in form.columns}  # type: ignore[attr-defined]
        for key, wanted in (("numeric", True), ("category", False)):
            names = [name for name, is_number in numeric.items() if is_number is wanted]
            yield from [f"{key} = {toml.names(names)}"] if names else []
    else:
        yield f"column = {toml.quoted(sheet.columns[modality.name])}"
    if form.read_size is not None:
        yield f"size = {list(form.read_size)}"
    means = {factor: column for factor, column in sheet.means.get(modality.name, {}).items() if column not in left_out}
    if means:
        yield f"means = {toml.table(means)}"
