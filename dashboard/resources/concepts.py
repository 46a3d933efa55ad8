"""What is known of a run's concepts, and of the decision tree that asks about them."""

from __future__ import annotations

from drawings.prototypes import PrototypeSheet, prototype_sheet
from resources.kept import of_run
from resources.runs import run
from resources.samples import predictions
from sharcs_core.profiles import Profile
from sharcs_core.profiles import concept_profiles as profiles_of
from sharcs_core.rationale import concept_meanings as meanings_of
from sharcs_core.rules import SizeCurve
from sharcs_core.rules import loose_factors as loose_of
from sharcs_core.rules import size_curve as curve_of
from sharcs_core.tree import MAX_LEAVES, TreeNode


def concept_meanings(run_name: str) -> dict[str, tuple[str, ...]]:
    """What each shared concept is on for in each modality, in words: modality → a line a concept."""
    return of_run(run_name, "concept_meanings", lambda: _concept_meanings(run_name))


def _concept_meanings(run_name: str) -> dict[str, tuple[str, ...]]:
    loaded = run(run_name)
    return {name: meanings_of(loaded.bank, loaded.task, name) for name in loaded.bank.sides}


def concept_profiles(run_name: str) -> tuple[Profile, ...]:
    """What is known of each concept of a run, see :func:`sharcs_core.profiles.concept_profiles`."""
    told = "Looking into the concepts …"
    return of_run(run_name, "concept_profiles", lambda: profiles_of(run(run_name)), told, names=True)


def prototypes(run_name: str) -> PrototypeSheet:
    """Two prototypes of every free concept of a run in every modality, and the style sheet with their pictures."""
    return of_run(run_name, "prototypes", lambda: _prototypes(run_name), "Looking for prototypes …")


def _prototypes(run_name: str) -> PrototypeSheet:
    loaded = run(run_name)
    config = loaded.model.config
    return prototype_sheet(loaded.bank, loaded.task, range(config.n_named, config.width))


def tree_nodes(run_name: str, leaves: int) -> tuple[TreeNode, ...]:
    """The nodes of a run's decision tree of at most so many leaves."""
    key = ("tree_nodes", leaves)
    return of_run(run_name, key, lambda: run(run_name).tree_of(leaves).nodes(), "Growing the tree …")


def size_curve(run_name: str) -> SizeCurve:
    """How good a run's tree of each size is: on validation samples, and beside the model on unseen ones."""
    return of_run(run_name, "size_curve", lambda: _size_curve(run_name))


def _size_curve(run_name: str) -> SizeCurve:
    loaded = run(run_name)
    return curve_of(
        loaded.tree_of(MAX_LEAVES),
        loaded.validation_answers,
        loaded.validation_labels,
        loaded.test_bank,
        predictions(run_name)["test"],
    )


def loose_factors(run_name: str) -> frozenset[tuple[str, str]]:
    """Modality and factor of which a run's training inputs often say several values, or none."""
    return of_run(run_name, "loose_factors", lambda: _loose_factors(run_name))


def _loose_factors(run_name: str) -> frozenset[tuple[str, str]]:
    loaded = run(run_name)
    return loose_of(loaded.answers, loaded.questions, loaded.model.config.factors)
