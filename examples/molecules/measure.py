"""How well molecules are told and found, by any of their inputs, beside a random forest on the same inputs.

    python examples/molecules/measure.py FOLDER [--seeds 5] [--other-seeds 1] [--json FILE]

Trains, for each subset of the modalities and each seed, a model of these inputs alone, as ``sharcs train`` would, and
prints its accuracy on the test molecules, mean and standard deviation over the seeds; beside it a random forest of 500
trees on the same inputs, flat, and what the model of all inputs answers where the others are absent. The subsets that
have a figure to reach are trained with ``--seeds`` seeds, the others with ``--other-seeds``. Each seed draws its own
validation part from the training molecules; test molecules are looked at here alone. A model of one modality has no
space to share and is of the wiring ``concept``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sharcs_core import inference
from sharcs_core.config import RunConfig
from sharcs_core.kinds.image.preparing import resized
from sharcs_core.meanings import Gallery
from sharcs_core.neighbours import distances_in_chunks
from sharcs_core.structures import Inputs, Split
from sharcs_core.tasks.folder.task import folder_task
from sharcs_core.tasks.task import LoadedTask
from sharcs_core.training import fit

ALL = ("graph", "depiction", "descriptors", "name")
REACH = {
    ALL: 0.87,
    ("graph", "descriptors"): 0.865,
    ("graph", "depiction", "name"): 0.80,
}
"""Subset → the accuracy that it is to reach."""
FACTS: dict[str, Any] = {"weight_decay": 1e-4, "alignment_weight": 0.5, "epochs": 40}
"""Of the training of graphs and descriptors alone, chosen on validation molecules too: of these nothing is learned by
heart, as depictions and names are, and one pair of modalities is aligned, not six."""
WITHIN = 10
FOUND = 0.95
"""Of graphs and descriptors, the share whose partner is among the first ten."""
SIDE = 24
"""A forest reads depictions in grey, of so many pixels a side."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    """A model of some inputs and its figures on the test molecules.

    Attributes:
        accuracy, forest: of the model, and of a random forest on the same inputs.
        validation: accuracy on the validation molecules.
        found: ``graph->name`` → share of graphs whose name is among the first ten.
        absent: subset, its names joined by ``+`` → accuracy where all else is absent.
        gallery: inputs that are searched.
        seconds: of the CPU.
    """

    subset: tuple[str, ...]
    seed: int
    accuracy: float
    forest: float
    validation: float
    seconds: float
    found: Mapping[str, float] = field(default_factory=dict)
    absent: Mapping[str, float] = field(default_factory=dict)
    gallery: int = 0


def subsets() -> Iterator[tuple[str, ...]]:
    """All of the modalities, then all smaller subsets."""
    for size in range(len(ALL), 0, -1):
        yield from combinations(ALL, size)


def settings_of(task: LoadedTask, seed: int, subset: Sequence[str]) -> RunConfig:
    """The settings in task.toml for some of its modalities."""
    config = task.preset(seed)
    encoders = {name: encoder for name, encoder in config.model.encoders.items() if name in subset}
    if set(subset) <= {"graph", "descriptors"}:
        config = replace(config, training=replace(config.training, **FACTS))
    if len(subset) > 1:
        return replace(config, model=replace(config.model, encoders=encoders))
    training = replace(config.training, polish_epochs=0)
    model = replace(config.model, encoders=encoders, wiring="concept", votes=False)
    return replace(config, model=model, training=training)


# -- a random forest


def flat(inputs: Inputs) -> Matrix:
    """The inputs of a modality as rows of numbers, (n, any): what nodes and edges say summed, words counted."""
    flatten = {"graph": _sums, "image": _small, "tabular": _values, "text": _counts}
    return flatten[inputs.kind](inputs.arrays)


def _sums(arrays: Mapping[str, NDArray[Any]]) -> Matrix:
    columns = arrays["columns"][0] >= 0  # places are no sums
    parts = [arrays["nodes"][..., columns].sum(1), arrays["edge_values"].sum(1), arrays["n_nodes"][:, None]]
    return np.concatenate(parts, axis=1).astype(np.float64)


def _small(arrays: Mapping[str, NDArray[Any]]) -> Matrix:
    grey = arrays["pixels"].reshape(*arrays["pixels"].shape[:3], -1).mean(-1)
    return np.stack([resized(one, (SIDE, SIDE)).ravel() for one in grey])


def _values(arrays: Mapping[str, NDArray[Any]]) -> Matrix:
    return arrays["values"].astype(np.float64)


def _counts(arrays: Mapping[str, NDArray[Any]]) -> Matrix:
    width = int(arrays["tokens"].max(initial=0)) + 1
    return np.stack([np.bincount(row, minlength=width)[1:] for row in arrays["tokens"]]).astype(np.float64)


def forest_accuracy(task: LoadedTask, subset: Sequence[str], seed: int) -> float:
    """Of a random forest that is fitted to the training molecules, on the test molecules."""
    from sklearn.ensemble import RandomForestClassifier

    train, test = task.data.train, task.data.test
    parts = [(flat(train.inputs[name]), flat(test.inputs[name])) for name in subset]
    width = [min(one.shape[1], other.shape[1]) for one, other in parts]
    rows = [np.concatenate([part[side][:, :n] for part, n in zip(parts, width, strict=True)], 1) for side in (0, 1)]
    forest = RandomForestClassifier(500, random_state=seed).fit(rows[0], train.labels)
    return float(forest.score(rows[1], test.labels))


# -- ours


def found_within(shared: Mapping[str, Matrix], split: Split, query: str, target: str) -> tuple[float, int]:
    """Of how many inputs a partner of the same molecule is among the first ten; and how many are searched."""
    gallery = Gallery.of(split, query, target)
    queries, rows = shared[query][gallery.queries], shared[target][gallery.rows]
    right = 0
    for part, distances, _ in distances_in_chunks(queries, rows, None, None):
        first = distances.argsort(axis=1, kind="stable")[:, :WITHIN]
        partners = gallery.right(np.arange(len(queries))[part], np.arange(len(rows)))
        right += int(np.take_along_axis(partners, first, axis=1).any(axis=1).sum())
    return right / len(queries), len(rows)


def trained(task: LoadedTask, subset: tuple[str, ...], seed: int) -> Trained:
    """A model of some inputs, trained and measured."""
    started = time.process_time()
    config = settings_of(task, seed, subset)
    model = fit(config, task, task.data).model
    seconds = time.process_time() - started
    test, validation = task.data.test, task.data.validation
    shared = inference.concepts_of_samples(model, test)
    found = {way: found_within(shared, test, *way) for way in permutations(subset, 2)}
    absent = {}
    if subset == ALL:
        bank = inference.build_bank(model, task, task.data.train, np.arange(len(task.data.train)), "train", seed)
        absent = {
            "+".join(some): _right(inference.probabilities_absent(model, {m: shared[m] for m in some}, bank), test)
            for some in subsets()
            if some != ALL
        }
    return Trained(
        subset,
        seed,
        accuracy=_right(inference.probabilities(model, shared), test),
        forest=forest_accuracy(task, subset, seed),
        validation=_right(inference.probabilities(model, inference.concepts_of_samples(model, validation)), validation),
        seconds=seconds,
        found={"->".join(way): share for way, (share, _) in found.items()},
        absent=absent,
        gallery=max((n for _, n in found.values()), default=0),
    )


def _right(probabilities: Matrix, split: Split) -> float:
    return float((probabilities.argmax(1) == split.labels).mean())


# -- what is printed


def mean_of(values: Sequence[float]) -> str:
    """Such as ``.871 ± .008``; of one value that alone."""
    mean, spread = np.mean(values), np.std(values)
    return f"{mean:.3f}{f' ± {spread:.3f}' if len(values) > 1 else '        '}"


def table(results: Sequence[Trained]) -> Iterator[str]:
    """A line a subset: its model, a forest, and the model of all inputs where the others are absent."""
    whole = [one for one in results if one.subset == ALL]
    yield f"{'inputs':42} {'seeds':>5}  {'trained on these':16} {'forest':16} {'others absent':16} to reach"
    for subset in subsets():
        own = [one for one in results if one.subset == subset]
        if not own:
            continue
        absent = [one.absent["+".join(subset)] for one in whole] if subset != ALL and whole else []
        columns = [mean_of([one.accuracy for one in own]), mean_of([one.forest for one in own])]
        columns.append(mean_of(absent) if absent else "")
        goal = _goal(REACH[subset], np.mean([one.accuracy for one in own])) if subset in REACH else ""
        yield f"{', '.join(subset):42} {len(own):5}  {columns[0]:16} {columns[1]:16} {columns[2]:16} {goal}"


def _goal(wanted: float, got: Any) -> str:
    return f"{wanted:.3f} {'reached' if got >= wanted else 'missed'}"


def ways(results: Sequence[Trained], subset: tuple[str, ...]) -> Iterator[str]:
    """A line a direction: how often the same molecule is found."""
    own = [one for one in results if one.subset == subset]
    if not own:
        return
    chance = min(1.0, WITHIN / own[0].gallery)
    yield f"same molecule within {WITHIN} of {own[0].gallery}, model of {', '.join(subset)} (chance {chance:.2f}):"
    for way in own[0].found:
        shares = [one.found[way] for one in own]
        goal = _goal(FOUND, np.mean(shares)) if set(way.split("->")) == {"graph", "descriptors"} else ""
        yield f"  {way:26} {mean_of(shares):16} {goal}".rstrip()


def redundancy(results: Sequence[Trained]) -> Iterator[str]:
    """How much of what all inputs say each says alone, and what is lost without it; and whether any harms."""
    mean = {
        subset: float(np.mean([one.accuracy for one in results if one.subset == subset]))
        for subset in subsets()
        if any(one.subset == subset for one in results)
    }
    without = {name: mean.get(tuple(m for m in ALL if m != name)) for name in ALL}
    alone = {name: mean.get((name,)) for name in ALL}
    if ALL not in mean or None in without.values() or None in alone.values():
        return
    added = {name: mean[ALL] - (accuracy or 0) for name, accuracy in without.items()}
    said = ", ".join(f"{name} {alone[name]:.3f} alone and {added[name]:+.3f} to the rest" for name in ALL)
    yield f"How redundant they are: of the {mean[ALL]:.3f} of all, {said}."
    n_test = 253
    harms = [
        f"{name} to {', '.join(subset)} ({mean[full] - accuracy:+.3f})"
        for subset, accuracy in mean.items()
        for name in ALL
        if name not in subset
        and (full := tuple(m for m in ALL if m in (*subset, name))) in mean
        and mean[full] < accuracy - np.sqrt(accuracy * (1 - accuracy) / n_test)
    ]
    yield f"Added, these lower accuracy by more than one standard error: {'; '.join(harms) or 'none'}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what make.py wrote")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--other-seeds", type=int, default=1)
    parser.add_argument("--json", type=Path, help="keeps what is measured, a line a model, and goes on from there")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    results = kept(arguments.json)
    for seed in range(max(arguments.seeds, arguments.other_seeds)):
        task = folder_task(arguments.folder, seed=seed).task
        for subset in sorted(subsets(), key=lambda some: some not in REACH):
            is_there = any((one.subset, one.seed) == (subset, seed) for one in results)
            if not is_there and seed < (arguments.seeds if subset in REACH else arguments.other_seeds):
                results.append(trained(task, subset, seed))
                keep(arguments.json, results[-1])
    for part in (table(results), ways(results, ALL), ways(results, ("graph", "descriptors")), redundancy(results)):
        print(*part, sep="\n")
    print(f"{sum(one.seconds for one in results):.0f} CPU s of training")


def kept(file: Path | None) -> list[Trained]:
    """What was measured before."""
    if file is None or not file.exists():
        return []
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return [Trained(**{**line, "subset": tuple(line["subset"])}) for line in lines]


def keep(file: Path | None, one: Trained) -> None:
    if file is not None:
        with file.open("a", encoding="utf-8") as opened:
            opened.write(json.dumps(asdict(one)) + "\n")


if __name__ == "__main__":
    main()
