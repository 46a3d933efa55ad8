"""What training decided beside the weights: which concepts were kept, and how large the shown tree is; as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from sharcs_core.config import HAS_CONCEPTS, MAX_COUNT, ModelConfig
from sharcs_core.errors import UserError
from sharcs_core.faults import short
from sharcs_core.json_text import checked
from sharcs_core.structures import Choice, Removal

Place = Annotated[int, Field(strict=True, ge=0, le=MAX_COUNT)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]

_strict = checked_dataclass(frozen=True, config=ConfigDict(extra="forbid"))


def choice_to_json(choice: Choice | None) -> dict[str, Any] | None:
    return None if choice is None else asdict(choice)


@_strict
class _Removal:
    concept: Place
    tree_accuracy: Share
    recall: Share


@_strict
class _Choice:
    n_before: Place
    kept: tuple[Place, ...]
    tree_accuracy: Share
    recall: Share
    removals: tuple[_Removal, ...]


_CHOICE: TypeAdapter[_Choice] = TypeAdapter(_Choice)


def choice_from_json(values: Any, config: ModelConfig) -> Choice | None:
    """The inverse of :func:`choice_to_json`.

    Args:
        config: of the model before concepts were chosen.

    Raises:
        UserError: for what is no choice, or none that such a model could have come to.
    """
    if values is None:
        return None
    if config.wiring != "sharcs":
        raise UserError(f"Only concepts of a shared space are chosen (got a choice for the wiring {config.wiring!r})")
    given = checked(_CHOICE, values, "choice")
    removals = tuple(Removal(**vars(removal)) for removal in given.removals)
    choice = Choice(given.n_before, given.kept, given.tree_accuracy, given.recall, removals)
    _check_choice(choice, config)
    return choice


def check_tree_leaves(leaves: int, config: ModelConfig) -> int:
    """The number of leaves, if such a model's tree can have so many; else UserError."""
    from sharcs_core.tree import MAX_LEAVES, MIN_LEAVES

    if config.wiring not in HAS_CONCEPTS and leaves != 0:
        raise UserError(f"A model without concepts has no tree, so that tree_leaves is 0 (got {short(leaves)})")
    if config.wiring in HAS_CONCEPTS and leaves not in range(MIN_LEAVES, MAX_LEAVES + 1):
        raise UserError(f"tree_leaves must be {MIN_LEAVES} to {MAX_LEAVES} (got {short(leaves)})")
    return leaves


def _check_choice(choice: Choice, config: ModelConfig) -> None:
    if choice.n_before != config.n_shared:
        raise UserError(f"n_before must be the {config.n_shared} concepts of the model (got {choice.n_before})")
    kept, removed = choice.kept, [removal.concept for removal in choice.removals]
    if not kept or list(kept) != sorted(set(kept)) or kept[-1] >= choice.n_before:
        raise UserError(f"kept must be rising places from 0 to {choice.n_before - 1} (got {short(list(kept))})")
    if kept[: config.n_named] != tuple(range(config.n_named)):
        raise UserError(f"kept must begin with the {config.n_named} named concepts (got {short(list(kept))})")
    if len(kept) + len(removed) != choice.n_before or sorted([*kept, *removed]) != list(range(choice.n_before)):
        raise UserError(f"removals must name each concept that was not kept, once (got {short(removed)})")
