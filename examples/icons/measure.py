"""What a run on the icons reaches, split by split and seed by seed, beside what is to be had without a model.

Each training is made once and kept under RUNS; called again, it measures what is there and goes on with what is not.

    python examples/icons/measure.py DIR RUNS [--splits random family] [--seeds 0 1 2] [--few]

DIR as for ``make.py``. Printed as Markdown, and kept in RUNS/figures.json; those by family in ``by_family.json`` too,
which ``make.py`` tells of the icons. Accuracy with all three modalities and with each alone, logistic regression on the
words of the tags, how often the partner of a test input is among the ten nearest of the test split's, the share of
suggested words that an icon really has, completeness, and CPU seconds of training.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from make import BY_FAMILY, unpack, write_folder
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from sharcs_core import inference, metrics
from sharcs_core.additions import accuracy_of, additions
from sharcs_core.comparison import TrainingConcepts, training_concepts
from sharcs_core.config import changed
from sharcs_core.meanings import Gallery
from sharcs_core.model import Multimodal
from sharcs_core.neighbours import nearest_rows
from sharcs_core.questions import answers_of, questions_of
from sharcs_core.structures import Bank, Floats, Ints, Split
from sharcs_core.suggestions import share_of_words, words_of, words_that_fit
from sharcs_core.tasks.folder.task import folder_task
from sharcs_core.tasks.task import Task
from sharcs_core.texts import WORD
from sharcs_core.training import fit
from sharcs_core.tree import fit_tree

STRENGTHS = (0.3, 1.0, 3.0, 10.0)
"""Of the logistic regression, one chosen on validation samples."""
ALL_CONCEPTS: dict[str, Any] = {
    "model": {"n_local": 96},
    "training": {"epochs": 32, "polish_epochs": 0, "sparse_weight": 0.1},
}
"""What else is set where a run keeps all its concepts; that of ``task.toml`` chooses few, to be read one by one."""
N_WORDS, N_ASKED = 5, 200
WITHIN = 10


def figures_of(task: Task, state: Path, seed: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Train with some settings changed, or take the training that ``state`` keeps, and measure."""
    config, data = changed(task.preset(seed), changes), task.load(seed)
    fitted = fit(config, task, data, state=state)
    model, names = fitted.model, config.model.modalities
    known = training_concepts(model, task, data, config)
    shared = inference.concepts_of_samples(model, data.test)
    figures = accuracies(model, shared, data.test.labels, known.bank)
    return {
        "all": figures["accuracy"],
        "alone": {name: accuracy_of(figures, names, (name,)) for name in names},
        "harm": [f"{one.modality} to {'+'.join(one.to)}" for one in additions(figures, names) if one.harms],
        "regression": regression_on_tags(task, seed),
        "within": {way: partners_within(shared, data.test, *way.split("->")) for way in WAYS},
        "chance": WITHIN / len(data.test),
        "completeness": completeness(model, known, shared, data.test.labels),
        "leaves": known.tree_leaves,
        "concepts": model.config.n_shared,
        "weights": dict(zip(names, model.predictor.weights.tolist(), strict=True)),
        "words": words_right(task, known.bank, shared, data.test),
        "seconds": sum(epoch.cpu_seconds for epoch in fitted.history),
    }


def accuracies(model: Multimodal, shared: Mapping[str, Floats], labels: Ints, bank: Bank) -> dict[str, Any]:
    """Of all modalities, and of all else where some are absent, as the figures of a run have it."""
    names = model.config.modalities
    missing = {}
    for absent in (some for size in range(1, len(names)) for some in combinations(names, size)):
        present = {name: values for name, values in shared.items() if name not in absent}
        answers = inference.probabilities_absent(model, present, bank).argmax(1)
        missing["+".join(sorted(absent))] = {"absent": float((answers == labels).mean())}
    right = inference.probabilities(model, shared).argmax(1) == labels
    return {"accuracy": float(right.mean()), "n_test": len(labels), "missing": missing}


def completeness(model: Multimodal, known: TrainingConcepts, shared: Mapping[str, Floats], labels: Ints) -> float:
    """Test accuracy of the shown tree."""
    questions, config = questions_of(model.config), model.config
    tree = fit_tree(known.answers, known.labels, questions, config.factors, config.n_classes, known.tree_leaves)
    return metrics.completeness(tree, answers_of(shared, questions, config.factors), labels)


def partners_within(shared: Mapping[str, Floats], test: Split, query: str, target: str) -> float:
    """The share of test inputs of which a partner is among the ten nearest of all test inputs of another modality."""
    gallery = Gallery.of(test, query, target)
    rows = nearest_rows(shared[query][gallery.queries], shared[target][gallery.rows], WITHIN)[0]
    right = gallery.right(np.arange(len(gallery.queries)), np.arange(len(gallery.rows)))
    return float(np.take_along_axis(right, rows, axis=1).any(axis=1).mean())


def regression_on_tags(task: Task, seed: int) -> float:
    """Test accuracy of a logistic regression on which words the tags have."""
    data = task.load(seed)
    parts = {"train": data.train, "validation": data.validation, "test": data.test}
    counter = CountVectorizer(binary=True, token_pattern=WORD).fit(_tags(data.train))
    words = {name: counter.transform(_tags(part)) for name, part in parts.items()}
    fitted = [
        LogisticRegression(C=strength, max_iter=1000).fit(words["train"], data.train.labels) for strength in STRENGTHS
    ]
    best = max(fitted, key=lambda one: one.score(words["validation"], data.validation.labels))
    return float(best.score(words["test"], data.test.labels))


def _tags(split: Split) -> list[str]:
    texts = split.inputs["tags"].arrays["texts"]
    return [str(texts[row]) for row in split.pairing["tags"]]


def words_right(task: Task, bank: Bank, shared: Mapping[str, Floats], test: Split) -> dict[str, float]:
    """The share of words suggested from picture and strokes alone that an unseen icon's tags have; of the commonest."""
    rows = np.random.default_rng(0).permutation(len(test))[:N_ASKED]
    truth, table = _tags(test), words_of(task.card, bank, "tags")
    usual = {str(table.words[place]) for place in np.argsort(-table.shares, kind="stable")[:N_WORDS]}
    hits, chance = [], []
    for row in rows:
        seen = {name: shared[name][row] for name in ("picture", "strokes")}
        hits.append(share_of_words(words_that_fit(bank, seen, table, n=N_WORDS), truth[row]))
        chance.append(len(usual & set(truth[row].split())) / N_WORDS)
    return {"suggested": float(np.nanmean(hits)), "commonest": float(np.mean(chance))}


def row_of(name: str, it: Mapping[str, Any]) -> str:
    """A row of the table."""
    alone = [it["alone"][one] for one in ("tags", "picture", "strokes")]
    ways = [it["within"].get(way) for way in WAYS]
    cells = [it["all"], *alone, it["regression"], *ways, it["completeness"]]
    said = [_three(value) for value in cells]
    return " | ".join([f"| {name}", *said, str(it["concepts"]), f"{it['seconds']:.0f}"]) + " |"


WAYS = ("picture->tags", "tags->picture", "picture->strokes", "strokes->picture")


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".removeprefix("0")


def table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """All that was measured, a row a training, as Markdown."""
    head = ["", "all", "tags", "picture", "strokes", "LR on tags", *(way.replace("->", " → ") for way in WAYS)]
    head += ["tree", "concepts", "CPU s"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [row_of(name, it) for name, it in found.items()]
    for name, it in found.items():
        words, weights = it["words"], ", ".join(f"{key} {value:.2f}" for key, value in it["weights"].items())
        lines.append(
            f"\n{name}: chance of the ten nearest {_three(it['chance'])}; weights of the votes {weights}; harm: "
            f"{', '.join(it['harm']) or 'none'}; of five words suggested from picture and strokes the icon has "
            f"{words['suggested']:.2f} (of the five commonest {words['commonest']:.2f})"
        )
    return "\n".join(lines)


def keep_by_family(found: Sequence[Mapping[str, Any]]) -> None:
    """The mean over seeds, which ``make.py`` says of the icons from then on; nothing where none was measured."""
    if found:
        alone = {name: float(np.mean([it["alone"][name] for it in found])) for name in found[0]["alone"]}
        values = {"seeds": len(found), "all": float(np.mean([it["all"] for it in found])), "alone": alone}
        BY_FAMILY.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path, metavar="DIR")
    parser.add_argument("runs", type=Path, metavar="RUNS")
    parser.add_argument("--splits", nargs="+", choices=("random", "family"), default=["random", "family"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--few", action="store_true", help="choose few concepts, as the shipped run has")
    given = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[str, dict[str, Any]] = {}
    for seed, split in ((seed, split) for seed in given.seeds for split in given.splits):
        folder = given.runs / f"{split}_{seed}" / "icons"  # the task is called as the folder is
        if not (folder / "metadata.csv").is_file():
            write_folder(unpack(given.dir), folder, split, seed)
        name = f"{split}, seed {seed}"
        state = folder.with_name(".few.training.safetensors" if given.few else ".all.training.safetensors")
        found[name] = figures_of(folder_task(folder, seed=seed).task, state, seed, {} if given.few else ALL_CONCEPTS)
        print(row_of(name, found[name]), flush=True)
    (given.runs / "figures.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    keep_by_family([it for name, it in found.items() if name.startswith("family")])
    print(f"\n{table(found)}")


if __name__ == "__main__":
    main()
