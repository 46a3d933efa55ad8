"""Where concepts are read: is it there, is it what the model rests on, and what would a model without training say?

On samples of the shipped runs that no model has seen. Beside each figure stands that of the same explainer on the same
model with random weights.

deletion   how sure the model stays of the deciding concept of an input while its parts go, those that speak for it
           first, beside parts in random order. Sure is 2p - 1, 0 below p = 1/2; the mean over 20 steps.
insertion  the same while parts come.
           The deciding concept is the first of ``sharcs_core.where.deciding`` that an empty input does not say as well.
points at  whether the part with most evidence is among the parts that truly say it: of a scene the very pixels of the
           object, within what the encoder looks at; of bits their cell, word, shape, or ring where there is one.
inside     the share of the evidence there.
stable     rank correlation with the map of the same input under a little noise.
random, shuffled   rank correlation with the map of a model with random weights, and of one trained on shuffled keys.
named      share of the regions that sentences name that overlap the parts that truly say it; ink in a picture of ink.

    python benchmarks/where.py --task clevr --n 500 [--data DIR] [--split validation --every] [--keep]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from report import print_header
from sharcs_core.baselines import build_model
from sharcs_core.checkpoints import Run, load_run
from sharcs_core.errors import UserError
from sharcs_core.explanations import explain_inputs
from sharcs_core.kinds import KINDS
from sharcs_core.metrics.places import points_at, rank_correlation, removal_order, share_inside
from sharcs_core.structures import Floats, Inputs, OnGraph, OnPicture, OnTable, Part, Question, Split, TaskData
from sharcs_core.tasks.folder.task import folder_task
from sharcs_core.training import fit
from sharcs_core.where import EXPLAINERS, concept, deciding, say, where
from sharcs_core.where.asked import amount_of_question, opposite
from sharcs_core.where.check import overlap, thing_asked, wrong_facts
from sharcs_core.where.removing import deletion_curve, insertion_curve
from sharcs_core.where.sample import Sample
from where_truth import true_parts

SHIPPED = Path(__file__).resolve().parents[1] / "checkpoints"
KEPT = Path(__file__).resolve().parent / "results" / "where"
N_ORDERS, NOISE = 3, 0.05
UNTRAINED_SEED, SHUFFLED_EPOCHS, SHUFFLED_SAMPLES = 1, 3, 2000

Figures = dict[tuple[str, str, str], list[float]]
"""Modality, explainer and figure → a value a sample."""


def sure(probabilities: Floats) -> float:
    """Mean of how sure a model is, 0 at even odds."""
    return float((2 * probabilities - 1).clip(0).mean())


def untrained(run: Run) -> Run:
    """The same with random weights."""
    return replace(run, model=build_model(run.model.config, UNTRAINED_SEED).eval())


def shuffled(run: Run, data: TaskData) -> Run:
    """The same, trained a little on samples whose keys and labels are dealt anew, so that there is nothing to learn."""
    rng = np.random.default_rng(0)
    train = data.train.select(slice(SHUFFLED_SAMPLES))
    dealt = replace(
        train,
        semantics={name: rng.permutation(keys) for name, keys in train.semantics.items()},
        labels=rng.permutation(train.labels),
    )
    config = replace(
        run.config,
        model=run.model.config,
        training=replace(run.config.training, epochs=SHUFFLED_EPOCHS, polish_epochs=0),
    )
    return replace(run, model=fit(config, _Dealt(run.task), replace(data, train=dealt)).model.eval())


class _Dealt:
    """A task that pairs nothing afresh, so that what was dealt stays so."""

    def __init__(self, task: object) -> None:
        self.task = task

    def __getattr__(self, name: str) -> object:
        return getattr(self.task, name)

    def pair(self, split: Split, rng: np.random.Generator) -> object:
        return split.pairing, split.labels


def node_evidence(part: Part) -> Floats:
    """The shares by part; of a graph by node, what its edges have given to their ends."""
    if not isinstance(part, OnGraph):
        return part.flat()
    halves = np.repeat(np.abs(part.edges) / 2, 2)
    return np.abs(part.nodes) + np.bincount(part.ends.ravel(), weights=halves, minlength=len(part.nodes))


def within(part: Part, truth: np.ndarray) -> np.ndarray:
    """The true parts in the order of :func:`node_evidence`; of a picture those that are looked at."""
    if not isinstance(part, OnPicture):
        return truth
    top, left, bottom, right = part.seen
    return truth[top:bottom, left:right].ravel()


def deciding_concept(run: Run, inputs: Mapping[str, Inputs], modality: str) -> Question | None:
    """The concept of an input that the answer rests on most, and that an empty input does not say as well."""
    sample = Sample.of(run, inputs)
    for one in deciding(sample):
        if modality in one.question.modalities:
            numbers = list(one.question.concepts)
            said = numbers[int(sample.evidence[modality][0, numbers].argmax())]
            asked = concept(run, modality, said)
            found = where(run, {modality: inputs[modality]}, asked)
            if isinstance(found.parts[modality], OnTable) or found.nothing[modality] <= 0.5:  # no row is empty
                return asked
    return None


def add_removal(
    figures: Figures, run: Run, inputs: Mapping[str, Inputs], modality: str, name: str, asked: Question
) -> None:
    """Deletion and insertion of one input, by the map and in random order."""
    found = where(run, {modality: inputs[modality]}, asked, {modality: name})
    amount = amount_of_question(asked)
    probe = Sample.of(run, {modality: inputs[modality]}).probe(modality, amount if found.says else opposite(amount))
    order, rng = removal_order(found.parts[modality].flat()), np.random.default_rng(0)
    figures[modality, name, "deletion"].append(sure(deletion_curve(probe, order)))
    figures[modality, name, "insertion"].append(sure(insertion_curve(probe, order)))
    at_random = [sure(deletion_curve(probe, rng.permutation(len(order)))) for _ in range(N_ORDERS)]
    figures[modality, name, "deletion, random order"].append(float(np.mean(at_random)))


def add_maps(
    figures: Figures,
    runs: Mapping[str, Run],
    inputs: Mapping[str, Inputs],
    modality: str,
    name: str,
    asked: Question,
    truth: np.ndarray | None,
) -> None:
    """What the map of a concept points at, and how it is beside maps of other models and of noise."""
    one = {modality: inputs[modality]}
    parts = {label: where(run, one, asked, {modality: name}).parts[modality] for label, run in runs.items()}
    for label, part in parts.items() if truth is not None else ():
        tag = "" if label == "trained" else f", {label}"
        if label != "shuffled" and within(part, truth).any():
            figures[modality, name, f"points at{tag}"].append(points_at(node_evidence(part), within(part, truth)))
            figures[modality, name, f"inside{tag}"].append(share_inside(node_evidence(part), within(part, truth)))
    shares = {label: part.flat() for label, part in parts.items()}
    noisy = {
        **inputs[modality].arrays,
        **KINDS[inputs[modality].kind].perturb(inputs[modality], NOISE, np.random.default_rng(0), True),
    }
    again = where(runs["trained"], {modality: Inputs(inputs[modality].kind, noisy)}, asked, {modality: name})
    shares["stable"] = again.parts[modality].flat()
    for label in shares.keys() - {"trained"}:
        if len(shares[label]) == len(shares["trained"]) > 1:
            figures[modality, name, label].append(rank_correlation(shares["trained"], shares[label]))


def measure(run: Run, split: Split, part: str, data: TaskData, n: int, every: bool) -> Figures:
    """All figures of a run on the first ``n`` of the samples of a split, drawn by seed 0."""
    figures: Figures = defaultdict(list)
    runs = {"trained": run, "untrained": untrained(run), "shuffled": shuffled(run, data)}
    rows = np.random.default_rng(0).permutation(len(split))[:n]
    first = {name: one.take([0]) for name, one in split.samples(rows[:1]).items()}
    usual = {name: [_usual(run, first, name)] for name in first}
    for count, row in enumerate(rows.tolist()):
        inputs = {name: one.take([0]) for name, one in split.samples([row]).items()}
        truth = true_parts(run.card.name, part, split, row)
        for modality in run.model.config.modalities:
            names = list(EXPLAINERS[inputs[modality].kind]) if every else usual[modality]
            decides = deciding_concept(run, inputs, modality)
            asked = concept(run, modality, count % run.model.config.width)
            true = _told(run, split, row, modality, asked, truth)
            for name in names:
                add_maps(figures, runs, inputs, modality, name, asked, true)
                if decides is not None:
                    add_removal(figures, run, inputs, modality, name, decides)
                    add_removal_untrained(figures, runs["untrained"], inputs, modality, name, decides)
        _add_said(figures, run, inputs, truth)
        _add_time(figures, run, inputs)
    return figures


def add_removal_untrained(
    figures: Figures, run: Run, inputs: Mapping[str, Inputs], modality: str, name: str, asked: Question
) -> None:
    """Deletion by the map of the model with random weights."""
    own: Figures = defaultdict(list)
    add_removal(own, run, inputs, modality, name, asked)
    figures[modality, name, "deletion, untrained"] += own[modality, name, "deletion"]
    figures[modality, name, "deletion, random order, untrained"] += own[modality, name, "deletion, random order"]


def _usual(run: Run, inputs: Mapping[str, Inputs], modality: str) -> str:
    return where(run, {modality: inputs[modality]}, concept(run, modality, 0)).explainers[modality]


def _told(run: Run, split: Split, row: int, modality: str, asked: Question, truth: Mapping) -> np.ndarray | None:
    """The parts that truly say a concept; of a ring only where there is one."""
    thing = thing_asked(run, asked)
    found = truth.get((modality, thing), truth.get((modality, "")))
    if run.card.name.startswith("xor") and modality == "graph":
        key = int(split.semantics[modality][split.pairing[modality][row]])
        return found if run.card.factors[thing][key] else None
    return found


def _add_said(figures: Figures, run: Run, inputs: Mapping[str, Inputs], truth: Mapping) -> None:
    explanation = explain_inputs(run, inputs)
    began = time.perf_counter()
    said = say(run, explanation, inputs)
    figures["all", "sentences", "milliseconds"].append(1000 * (time.perf_counter() - began))
    figures["all", "sentences", "facts that do not hold"].append(float(len(wrong_facts(run, explanation, said.facts))))
    for fact in said.facts:
        if hasattr(fact, "regions"):
            for region, hit in zip(*(_known(run, fact, truth)), strict=True):
                figures[region, "sentences", "named"].append(hit)
                figures["all", "sentences", "named"].append(hit)


def _known(run: Run, fact: object, truth: Mapping) -> tuple[list[str], list[float]]:
    known = [
        region
        for region in fact.regions
        if (region.modality, thing_asked(run, fact.question)) in truth or (region.modality, "") in truth
    ]
    return [region.modality for region in known], [float(hit) for hit in overlap(run, fact, truth)]


def _add_time(figures: Figures, run: Run, inputs: Mapping[str, Inputs]) -> None:
    began = time.perf_counter()
    where(run, inputs)
    figures["all", "answer", "milliseconds"].append(1000 * (time.perf_counter() - began))


def table_of(figures: Figures) -> list[dict[str, object]]:
    """A row a modality, explainer and figure: median of times, mean of all else."""
    return [
        {
            "modality": modality,
            "explainer": name,
            "figure": figure,
            "value": float(np.median(values) if figure == "milliseconds" else np.mean(values)),
            "n": len(values),
        }
        for (modality, name, figure), values in sorted(figures.items())
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", required=True, help="a shipped run")
    parser.add_argument("--n", type=int, default=500, help="samples")
    parser.add_argument("--data", type=Path, help="folder of the full MNIST, or of a task of files")
    parser.add_argument("--split", choices=["validation", "test"], default="test")
    parser.add_argument(
        "--every", action="store_true", help="every explainer, to choose one; on validation samples alone"
    )
    parser.add_argument("--keep", action="store_true", help="write the figures below benchmarks/results/where")
    arguments = parser.parse_args()
    if arguments.every and arguments.split == "test":
        raise UserError("Explainers are chosen on validation samples; say --split validation")
    torch.set_num_threads(1)
    run = load_run(SHIPPED / arguments.task)
    is_folder = arguments.data is not None and (arguments.data / "metadata.csv").exists()
    task = folder_task(arguments.data).task if is_folder else run.task
    data = task.load(run.config.training.seed, None if is_folder else arguments.data)
    print_header(f"Where is it read? {arguments.task}, {arguments.split}", seeds=[0], source=data.source.name)
    figures = measure(run, getattr(data, arguments.split), arguments.split, data, arguments.n, arguments.every)
    rows = table_of(figures)
    for row in rows:
        print("{modality:12} {explainer:22} {figure:36} {value:9.4f}  n {n}".format(**row))
    if arguments.keep:
        KEPT.mkdir(exist_ok=True)
        kept = {
            "run": arguments.task,
            "split": arguments.split,
            "source": data.source.name,
            "n": arguments.n,
            "figures": rows,
        }
        (KEPT / f"{arguments.task}.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
