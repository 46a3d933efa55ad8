"""What training decided beside the weights: which concepts were kept, and how large the shown tree is; as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sharcs_core.config import HAS_CONCEPTS, ModelConfig
from sharcs_core.structures import Choice, Removal


def choice_to_json(choice: Choice | None) -> dict[str, Any] | None:
    return None if choice is None else asdict(choice)


def choice_from_json(values: Any, config: ModelConfig) -> Choice | None:
    """The inverse of :func:`choice_to_json`.

    Args:
        config: of the model before concepts were chosen.

    Raises:
        ValueError: for what is no choice, or none that such a model could have come to.
    """
    if values is None:
        return None
    if config.wiring != "sharcs":
        raise ValueError(f"Only concepts of a shared space are chosen (got a choice for the wiring {config.wiring!r})")
    wanted = {"n_before", "kept", "tree_accuracy", "recall", "removals"}
    given = _object("choice", values, wanted)
    choice = Choice(
        n_before=_whole("n_before", given["n_before"]),
        kept=tuple(_whole("kept", concept) for concept in _list("kept", given["kept"])),
        tree_accuracy=_share("tree_accuracy", given["tree_accuracy"]),
        recall=_share("recall", given["recall"]),
        removals=tuple(_removal(values) for values in _list("removals", given["removals"])),
    )
    _check_choice(choice, config)
    return choice


def check_tree_leaves(leaves: Any, config: ModelConfig) -> int:
    """The number of leaves, if such a model's tree can have so many; else ValueError."""
    from sharcs_core.tree import MAX_LEAVES, MIN_LEAVES

    if config.wiring not in HAS_CONCEPTS:
        if _whole("tree_leaves", leaves) != 0:
            raise ValueError(f"A model without concepts has no tree, so that tree_leaves is 0 (got {leaves})")
        return 0
    if _whole("tree_leaves", leaves) not in range(MIN_LEAVES, MAX_LEAVES + 1):
        raise ValueError(f"tree_leaves must be {MIN_LEAVES} to {MAX_LEAVES} (got {leaves})")
    return int(leaves)


def _check_choice(choice: Choice, config: ModelConfig) -> None:
    if choice.n_before != config.n_shared:
        raise ValueError(f"n_before must be the {config.n_shared} concepts of the model (got {choice.n_before})")
    kept, removed = choice.kept, [removal.concept for removal in choice.removals]
    if not kept or list(kept) != sorted(set(kept)) or not 0 <= kept[0] <= kept[-1] < choice.n_before:
        raise ValueError(f"kept must be rising places from 0 to {choice.n_before - 1} (got {list(kept)})")
    if kept[: config.n_named] != tuple(range(config.n_named)):
        raise ValueError(f"kept must begin with the {config.n_named} named concepts (got {list(kept)})")
    if sorted([*kept, *removed]) != list(range(choice.n_before)):
        raise ValueError(f"removals must name each concept that was not kept, once (got {removed})")


def _removal(values: Any) -> Removal:
    given = _object("a removal", values, {"concept", "tree_accuracy", "recall"})
    return Removal(
        _whole("concept", given["concept"]),
        _share("tree_accuracy", given["tree_accuracy"]),
        _share("recall", given["recall"]),
    )


def _object(name: str, values: Any, wanted: set[str]) -> Mapping[str, Any]:
    if not isinstance(values, dict) or set(values) != wanted:
        got = sorted(values) if isinstance(values, dict) else type(values).__name__
        raise ValueError(f"{name} must be an object of {sorted(wanted)} (got {got})")
    return values


def _list(name: str, values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise ValueError(f"{name} must be a list (got {type(values).__name__})")
    return values


def _whole(name: str, value: Any) -> int:
    if type(value) is not int:  # True is an int too
        raise ValueError(f"{name} must be a whole number (got {value!r})")
    return value


def _share(name: str, value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value <= 1:  # which what is not a number is not either
        raise ValueError(f"{name} must be a number from 0 to 1 (got {value!r})")
    return float(value)
