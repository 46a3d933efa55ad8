"""Cells with made-up figures of the shape that the benchmark measures, for every part of its plan.

The numbers follow from the names alone, look like what such models reach, and mean nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np

from sharcs_benchmark.cells import Cell, write_cell
from sharcs_benchmark.definitions import versions_of
from sharcs_benchmark.plan import EDGE_COUNT, Plan, plans
from sharcs_core.config import HAS_CONCEPTS, HAS_SHARED_SPACE, WIRINGS
from sharcs_core.tasks import get_task

MAJORITY = {"mnist_superpixels": 0.102, "half_mnist": 0.1135, "clevr": 0.5}
CHANCE = {"mnist_superpixels": 0.1, "half_mnist": 0.05, "clevr": 1 / 96}
TESTED = {"mnist_superpixels": 10_000, "half_mnist": 20_000, "clevr": 2_000}
POLICIES = {"random": 0.12, "uncertainty": 0.2, "gradient": 0.22, "greedy": 0.3}
RATES = (0.0, 0.25, 0.5, 0.75, 1.0)
NEW_FIGURES = (
    *("n_concepts", "n_dead", "redundancy", "n_twins", "nameable", "one_move", "any_switch", "right_edit"),
    *("edits_needed", "small_tree"),
)
SPOILT = ("shuffled labels", "shuffled keys", "random weights")


def made_up_cells() -> tuple[Cell, ...]:
    """A cell for every plan of blocks A, B, C and S."""
    return tuple(map(made_up_cell, plans()))


def write_made_up(folder: Path) -> Path:
    for cell in made_up_cells():
        write_cell(cell, folder)
    return folder


def made_up_cell(plan: Plan) -> Cell:
    key = plan.key
    rng = np.random.default_rng(list(hashlib.sha256(str(key).encode()).digest()[:8]))
    n_train = plan.n_train or (800 if "xor" in key.task else 57_000)
    cost = {"clevr": 4.6, "half_mnist": 1.3, "mnist_superpixels": 2.0}.get(key.task, 0.45) * rng.uniform(0.9, 1.1)
    epochs = plan.config.training.epochs
    figures = _figures(plan, rng)
    return Cell(
        **vars(key),
        settings=plan.config.to_json(),
        n_parameters=int(rng.integers(20_000, 60_000)),
        data_source={"name": "generated" if "xor" in key.task else "mnist-full", "sha256": "ab12cd34" * 8},
        n_train=n_train,
        n_validation=max(200, n_train // 20),
        n_test=TESTED.get(key.task, 5_000),
        epochs=epochs,
        best_epoch=epochs - 1,
        versions={"python": "3.11.9", "torch": "2.13.0", "numpy": "2.4.6", "scikit-learn": "1.9.1", "sharcs": "0.2.0"},
        times={
            "training_cpu_s": cost * n_train * epochs / 1000,
            "cpu_s_per_1000_epoch": cost,
            "measuring_cpu_s": 12.0,
        },
        figures=figures,
        figure_versions=versions_of(figures),
    )


def as_once(cell: Cell) -> Cell:
    """The cell as one of before there were agreements and companions is read: every figure of the first version."""
    old = {name: value for name, value in cell.figures.items() if name not in NEW_FIGURES}
    old["completeness_plain"] = old.get("completeness")
    if old.get("missing"):
        old["missing"] = {name: {**held, "absent_over_bank": held["absent"]} for name, held in old["missing"].items()}
    return replace(cell, figures=old, figure_versions=dict.fromkeys(versions_of(old), 1))


class _Skill:
    """How good a made-up model is: shares near a level, never beyond 1."""

    def __init__(self, plan: Plan, rng: np.random.Generator) -> None:
        self.rng, key, training = rng, plan.key, plan.config.training
        self.task = key.task
        self.majority, self.chance = MAJORITY.get(key.task, 0.75), CHANCE.get(key.task, 0.25)
        self.base = {"half_mnist": 0.975, "mnist_superpixels": 0.968, "clevr": 0.98}.get(key.task, 0.998)
        weight = 0.0 if training.alignment == "none" else training.alignment_weight
        self.aligned = weight / (weight + 0.03) * (0.9 if training.alignment in ("distance", "triplet") else 1)
        if plan.config.model.wiring == "relative":
            self.aligned = 0.35
        self.spoilt = key.variant in SPOILT

    def share(self, loss: float = 0.0) -> float:
        """A share that close to the top, or to the majority for a spoilt model."""
        if self.spoilt:
            return float(np.clip(self.majority + self.rng.normal(0, 0.01), 0, 1))
        return float(np.clip(self.base - loss - abs(self.rng.normal(0, 0.002)), 0, 1))

    def found(self) -> float:
        top = {"half_mnist": 0.85}.get(self.task, 0.985)
        level = self.chance + (top - self.chance) * (0.0 if self.spoilt else self.aligned)
        return float(np.clip(level + self.rng.normal(0, 0.004), 0, 1))


def _figures(plan: Plan, rng: np.random.Generator) -> dict[str, Any]:
    skill, model = _Skill(plan, rng), plan.config.model
    modalities = model.modalities
    loss = 0.2 if len(modalities) == 1 else 0.004
    accuracy = skill.share(loss)
    difficulties = {"positive": accuracy, "hard": accuracy - 0.01, "easy": 1.0}
    return {
        "accuracy": accuracy,
        "majority_accuracy": skill.majority,
        "balanced_accuracy": accuracy - 0.003,
        "majority_prediction": skill.majority,
        "unimodal_ceiling": dict.fromkeys(modalities, skill.majority),
        "by_difficulty": difficulties if skill.task == "clevr" else None,
        **_tree(plan, skill, accuracy, loss),
        **_concepts(plan, skill),
        "semantics_accuracy": {name: skill.share(0.01) for name in modalities} if _has(plan, WIRINGS) else None,
        **_space(plan, skill),
        **_missing(plan, skill, accuracy),
        **_curves(plan, skill, accuracy),
    }


def _has(plan: Plan, wirings: tuple[str, ...]) -> bool:
    return plan.key.model != EDGE_COUNT and plan.config.model.wiring in wirings


def _tree(plan: Plan, skill: _Skill, accuracy: float, loss: float) -> dict[str, Any]:
    names = ("completeness", "completeness_normalised", "fidelity", "tree_depth", "tree_leaves", "tree_nodes")
    names = (*names, "completeness_plain")
    if not _has(plan, HAS_CONCEPTS):
        return dict.fromkeys((*names, "concept_alignment"))
    tree = skill.share(loss + (0.06 if plan.config.model.wiring == "concept" else 0.01))
    normalised = (tree - skill.majority) / (accuracy - skill.majority) if accuracy > skill.majority else None
    factors = {name: skill.share(0.2) for name in get_task(skill.task).card.factors}
    scores = {**factors, "mean": float(np.mean(list(factors.values()) or [0])), "shuffled": 0.41}
    return {
        **dict(zip(names, (tree, normalised, skill.share(0.012), 5, 12, 23, tree - 0.002), strict=True)),
        "concept_alignment": dict.fromkeys(plan.config.model.modalities, scores) if factors else None,
    }


def _concepts(plan: Plan, skill: _Skill) -> dict[str, Any]:
    """How many concepts there are, whether they can be told apart and named, and what changing them does."""
    if not _has(plan, HAS_CONCEPTS):
        return dict.fromkeys(NEW_FIGURES)
    model = plan.config.model
    edits = {
        "one_move": skill.share(0.05),
        "any_switch": skill.share(0.01),
        "right_edit": {"balanced_accuracy": skill.share(0.02), "never_changes": 0.3, "always_commonest": 0.5}
        | {"n_moves": 12_000},
        "edits_needed": {"median": 1.0, "p90": 2.0, "share_one": skill.share(0.1), "n_samples": 500},
        "small_tree": {"leaves": 8, "depth": 4, "accuracy": skill.share(0.03), "fidelity": skill.share(0.03)},
    }
    n_kept = model.n_named or (6 if plan.config.training.polish_epochs else model.width)
    names = [skill.share(0.02) for _ in range(n_kept)]
    clear = {"n_concepts": n_kept, "n_dead": 0, "redundancy": 0.7 if n_kept > 1 else None, "n_twins": 0}
    return {**clear, "nameable": {"mean": float(np.mean(names)), "shuffled": 0.5, "by_concept": names}, **edits}


def _space(plan: Plan, skill: _Skill) -> dict[str, Any]:
    modalities, factors = plan.config.model.modalities, get_task(skill.task).card.factors
    names = ("retrieval", "attribute_retrieval", "modality_gap", "modality_probe", "code_agreement")
    if not _has(plan, HAS_SHARED_SPACE) or len(modalities) < 2:
        return dict.fromkeys(names)
    pairs = [f"{query}->{target}" for query, target in permutations(modalities, 2)]
    return {
        "retrieval": {pair: _retrieval(skill) for pair in pairs},
        "attribute_retrieval": {pair: {name: skill.found() for name in factors} for pair in pairs} if factors else None,
        "modality_gap": 1.3 - 1.2 * skill.aligned,
        "modality_probe": {"accuracy": 1 - 0.45 * skill.aligned, "chance": 1 / len(modalities)},
        "code_agreement": {
            f"{left}-{right}": {"equal": skill.found(), "other": 0.4} for left, right in combinations(modalities, 2)
        }
        if plan.config.model.wiring == "sharcs"
        else None,
    }


def _retrieval(skill: _Skill) -> dict[str, Any]:
    first, chance = skill.found(), skill.chance
    return {
        "recall_at_1": first,
        "recall_at_5": min(1.0, first + 0.03),
        "map": max(0.0, first - 0.02),
        "mrr": min(1.0, first + 0.01),
        "chance": {"recall_at_1": chance, "recall_at_5": 1 - (1 - chance) ** 5, "map": chance, "mrr": 2.5 * chance},
    }


def _missing(plan: Plan, skill: _Skill, accuracy: float) -> dict[str, Any]:
    modalities = plan.config.model.modalities
    if len(modalities) < 2 or plan.key.model == EDGE_COUNT:
        return dict.fromkeys(("missing", "missing_rates", "stand_in_error"))
    missing, rates, errors = {}, {"rates": list(RATES)}, {}
    for size in range(1, len(modalities)):
        for gone in combinations(modalities, size):
            name = "+".join(sorted(gone))
            found = skill.majority + (accuracy - skill.majority) * skill.aligned
            held = {"described": found, "absent": skill.majority + 0.2 * (accuracy - skill.majority)}
            missing[name] = {**held, "absent_over_bank": skill.majority + 0.1 * (accuracy - skill.majority)}
            rates[name] = {how: [(1 - r) * accuracy + r * kept for r in RATES] for how, kept in held.items()}
            if size == 1:
                errors[name] = {**_spread(1.4 - 1.2 * skill.aligned), "shuffled": _spread(1.6)}
    return {"missing": missing, "missing_rates": rates, "stand_in_error": errors}


def _spread(median: float) -> dict[str, float]:
    return {"median": median, "q25": 0.7 * median, "q75": 1.3 * median, "p95": 1.8 * median}


def _curves(plan: Plan, skill: _Skill, accuracy: float) -> dict[str, Any]:
    levels = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    fall = skill.rng.uniform(0.6, 1.1)
    noise = [skill.majority + (accuracy - skill.majority) * float(np.exp(-fall * (4 * x) ** 2 / 4)) for x in levels]
    figures: dict[str, Any] = {"noise": {"levels": levels, "accuracy": noise}, "interventions": None}
    if _has(plan, HAS_CONCEPTS) and not plan.key.model.startswith("unimodal"):
        figures["interventions"] = _interventions(plan, skill, noise[3])
    return figures


def _interventions(plan: Plan, skill: _Skill, start: float) -> Mapping[str, Any]:
    counts = list(range(plan.config.model.n_shared + 1))
    curves = {
        name: [start + (1 - start) * float(1 - np.exp(-speed * 2 * count)) for count in counts]
        for name, speed in POLICIES.items()
    }
    curves["wrong"] = [start * float(np.exp(-0.2 * count)) for count in counts]
    areas = {name: float(np.mean(curve)) for name, curve in curves.items()}
    return {"counts": counts, **curves, "area": areas, "noise_level": 0.3, "n_samples": 1000, "n_left_out": 0}


def subset(cells: tuple[Cell, ...], **wanted: str) -> Iterator[Cell]:
    """The cells whose attributes are as wanted."""
    return (cell for cell in cells if all(getattr(cell, name) == value for name, value in wanted.items()))
