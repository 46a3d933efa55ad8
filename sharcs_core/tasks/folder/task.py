"""A folder that was read → a task, by the same way in as what is brought from Python."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns.fitting import fit_column
from sharcs_core.kinds.kind import Form
from sharcs_core.kinds.tabular import TableForm
from sharcs_core.readers.checks import shown
from sharcs_core.structures import Ints, id_digest
from sharcs_core.tasks import arrays
from sharcs_core.tasks.card import Modality, SheetColumns, TaskCard
from sharcs_core.tasks.folder.description import at_key, nearest
from sharcs_core.tasks.folder.faults import Fault, FolderError
from sharcs_core.tasks.folder.reading import Folder, Progress, TableRows, check_readable, read_folder
from sharcs_core.tasks.folder.roles import ModalityRole
from sharcs_core.tasks.folder.splits import Parts, parts_of
from sharcs_core.tasks.folder.traits import traits_of
from sharcs_core.tasks.given import Given
from sharcs_core.tasks.given.raw_inputs import at
from sharcs_core.tasks.redistribution import without_values
from sharcs_core.tasks.task import LoadedTask

SAYS_NOTHING = ("label", "labels", "class", "target", "y", "category", "outcome")
"""Names of a column of labels that do not say what they are of."""


@dataclass(frozen=True)
class FolderTask:
    """A task made of a folder.

    Attributes:
        task: with its data.
        folder: what it was made of.
        split: (n,) the part of each of its rows.
        notes: on the folder, and on what was drawn.
    """

    task: LoadedTask
    folder: Folder
    split: Sequence[str]
    notes: tuple[Fault, ...]

    @property
    def parts(self) -> dict[str, str]:
        """Id → ``train``, ``validation`` or ``test``."""
        return dict(zip(self.folder.ids, self.split, strict=True))


def folder_task(
    path: Path,
    *,
    seed: int = 0,
    split_from: Mapping[str, str] | None = None,
    on_progress: Progress | None = None,
) -> FolderTask:
    """The task that a folder of files is.

    Args:
        seed: of the split, where it is drawn.
        split_from: digest of an id → part as an earlier run had it, see
            :func:`sharcs_core.checkpoints.parts.read_parts`; these rows do not move.

    Raises:
        FolderError: with every fault of the folder.
        UserError: for what makes no task, in one sentence.
    """
    folder = read_folder(path, on_progress)
    check_readable(folder)
    parts = parts_of_folder(folder, seed, split_from)
    task = made_of(folder, parts, seed, name_of(path))
    notes = (*(fault for fault in folder.faults if fault.is_note), *parts.notes)
    return FolderTask(task, folder, parts.split, notes)


def name_of(path: Path) -> str:
    """What a task of that folder is called.

    >>> name_of(Path("my data/ph-of-lakes (2)"))
    'ph_of_lakes_2'
    """
    bare = re.sub(r"[^A-Za-z0-9]+", "_", Path(path).resolve().name).strip("_")
    return bare[:60] or "task"


def parts_of_folder(folder: Folder, seed: int, split_from: Mapping[str, str] | None = None) -> Parts:
    """Which of its rows are in which part. Raises FolderError as :func:`parts_of` does."""
    roles = folder.roles
    return parts_of(
        folder.sheet,
        split=roles.split,
        group=roles.group,
        label=roles.label,
        contents={name: one.digests for name, one in folder.read.items() if any(one.digests)},
        gaps=_gaps(folder),
        seed=seed,
        ids=folder.ids,
        split_from=None if split_from is None else _by_id(folder, split_from),
    )


def _by_id(folder: Folder, by_digest: Mapping[str, str]) -> dict[str, str]:
    """Id → part, of those that are among the digests."""
    if folder.roles.id is None:
        mend = "add a column id that stays the same"
        raise FolderError([folder.sheet.fault(None, None, "gives no ids by which rows could be found again", mend)])
    digests = {own: id_digest(own) for own in folder.ids}
    return {own: by_digest[digest] for own, digest in digests.items() if digest in by_digest}


def _gaps(folder: Folder) -> Sequence[tuple[bool, ...]]:
    """Which modalities each row lacks, (n,); equal ones are held once."""
    held: dict[tuple[bool, ...], tuple[bool, ...]] = {}
    lacking = zip(*((~one.present).tolist() for one in folder.read.values()), strict=True)
    return [held.setdefault(gaps, gaps) for gaps in lacking]


def given_by(folder: Folder, parts: Parts, seed: int) -> Given:
    """What the folder brings, checked as what comes from Python is. Raises UserError."""
    means = {
        role.name: {factor: folder.sheet.cells[column] for factor, column in role.means.items()}
        for role in folder.roles.modalities
        if role.means
    }
    return arrays.checked(
        {name: one.raws for name, one in folder.read.items()},
        list(folder.labels),
        means=means,
        split=parts.split,
        ids=None if folder.roles.id is None else folder.ids,
        seed=seed,
    )


def made_of(folder: Folder, parts: Parts, seed: int, name: str) -> LoadedTask:
    """The task that a folder without faults is. Raises UserError for what makes none."""
    given = given_by(folder, parts, seed)
    said, label = folder.description, _target(folder.roles.label)
    forms = {role.name: _form(role, given) for role in folder.roles.modalities}
    card, values = arrays.card_of(
        given,
        forms,
        name=name,
        title=said.title or name.replace("_", " ").capitalize(),
        summary=said.summary or "",
        question=said.question or f"Which {label} is it?",
        target=label,
        order=said.classes,
    )
    settings: dict[str, Any] = {str(part): changes for part, changes in said.settings.items()}
    traits = traits_of(folder.sheet, said.traits, given.rows("train"))
    described = replace(_described(card, folder), traits=traits.names)
    return LoadedTask(described, arrays.data_of(described, given, values, traits=traits.values), settings)


def _target(column: str | None) -> str:
    """What is predicted, in a word: what the column of labels is called, where that says anything.

    >>> _target("plant"), _target("label"), _target("Y")
    ('plant', 'class', 'class')
    """
    return "class" if column is None or column.lower() in SAYS_NOTHING else column


def _form(role: ModalityRole, given: Given) -> str | Form:
    """The kind of a modality; of a table its columns, fitted to training rows as what they are said to be."""
    if role.column is not None and role.size is None:
        return role.kind
    train, raws = given.rows("train"), given.inputs[role.name]
    present: Ints = train[given.present()[role.name][train]]
    if not len(present):
        raise UserError(f"No training row says anything in {role.name!r}; bring some, or leave the modality out")
    if role.size is not None:
        spoken = KINDS[role.kind]
        assert spoken.sized is not None, role.kind
        sized: Form = spoken.sized(spoken.fit(at(raws, present)), role.size)
        return sized
    kinds = {**dict.fromkeys(role.numeric, "number"), **dict.fromkeys(role.category, "category")}
    assert isinstance(raws, TableRows)
    return TableForm(tuple(fit_column(name, raws.column(name, present), kind) for name, kind in kinds.items()))  # type: ignore[arg-type]


def _draws(folder: Folder, modality: Modality) -> Mapping[str, str]:
    """How the inputs of a modality are drawn. Raises FolderError for attributes that they do not have."""
    described = folder.description.modalities.get(modality.name)
    draws = described.draws if described else {}
    find = KINDS[modality.kind].drawable
    choices = find(modality.form) if find else {}
    for part, attribute in draws.items():
        path = ("modalities", modality.name, "draws", part)
        if part not in choices:
            says = "is no part of a drawing"
            mend = nearest(part, choices) if choices else f"leave it out, for {modality.kind!r} has no such parts"
            raise FolderError([at_key(folder.places, path, says, mend)])
        if attribute not in choices[part]:
            says = f"names {shown(attribute)}, which says nothing of it"
            raise FolderError([at_key(folder.places, path, says, nearest(attribute, choices[part]))])
    return dict(draws)


def _described(card: TaskCard, folder: Folder) -> TaskCard:
    """The card with what the folder says of itself."""
    roles, said = folder.roles, folder.description
    titles = {role.name: role.title for role in roles.modalities}
    sheet = SheetColumns(
        columns={role.name: role.column for role in roles.modalities if role.column is not None},
        in_files=tuple(role.name for role in roles.modalities if role.in_files),
        id=roles.id,
        label=roles.label,
        split=roles.split,
        group=roles.group,
        missing=said.missing,
        means={role.name: dict(role.means) for role in roles.modalities if role.means},
    )
    modalities = tuple(
        replace(
            one,
            title=titles[one.name],
            form=one.form if said.redistribute else without_values(one.form),
            draws=_draws(folder, one),
        )
        for one in card.modalities
    )
    return replace(card, modalities=modalities, sheet=sheet, redistribute=said.redistribute, license=said.license)
