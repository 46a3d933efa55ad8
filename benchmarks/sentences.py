"""Are the sentences of why right? On all test samples of the shipped runs, which no run has seen.

Printed for each run: how often each input is read as what it means; how often what was read gives the answer that the
model gives, so that the sentence explains it; and of the wrong answers, on how many an input was misread, so that the
page can point at it. Beside it chance: always the commonest meaning.

    python benchmarks/sentences.py --data DIR      (DIR holds the full MNIST)
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from sharcs_core import inference
from sharcs_core.checkpoints import Run, list_runs, load_run
from sharcs_core.readings import UNREAD, keys_read
from sharcs_core.structures import Ints
from sharcs_core.tasks.mnist.task import MnistTask

COLUMNS = "{:24} {:>7} {:20} {:>9} {:>9} {:>10} {:>7} {:>9}"


def answers_of(run: Run, keys: dict[str, Ints]) -> Ints:
    """The class (n,) that follows from the keys that were read, ``UNREAD`` where none does."""
    rows = np.stack([keys[name] for name in keys], axis=1)
    different, of_sample = np.unique(rows, axis=0, return_inverse=True)
    answers = []
    for row in different.tolist():
        answer = None if UNREAD in row else run.task.answer(dict(zip(keys, row, strict=True)))
        answers.append(UNREAD if answer is None else answer)
    return np.array(answers)[of_sample.ravel()]


def measure(run: Run, data: Path | None) -> None:
    split = run.task.load(run.config.training.seed, data).test
    shared = inference.concepts_of(run.model, split.samples())[1]
    truth, predicted = split.sample_semantics(), inference.predicted_classes(run.model, shared)
    read = {name: keys_read(run, name, shared[name]) for name in shared}
    explained = np.mean(answers_of(run, read) == predicted)
    wrong = predicted != split.labels
    misread = np.any([read[name] != truth[name] for name in read], axis=0)
    pointed = f"{misread[wrong].mean():.3f}" if wrong.any() else "–"
    for place, name in enumerate(read):
        right, commonest = np.mean(read[name] == truth[name]), np.bincount(truth[name]).max() / len(split)
        own = (f"{explained:.4f}", f"{wrong.sum()}", pointed) if place == 0 else ("", "", "")
        print(
            COLUMNS.format(
                run.name, len(split), run.card.modality(name).title, f"{right:.4f}", f"{commonest:.3f}", *own
            )
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the full MNIST")
    parser.add_argument("--runs", nargs="+", help="names (default: all that are there)")
    arguments = parser.parse_args()
    print(COLUMNS.format("run", "samples", "input", "read", "chance", "explained", "wrong", "misread"))
    for summary in list_runs():
        if not summary.error and (arguments.runs is None or summary.name in arguments.runs):
            run = load_run(summary.path)
            measure(run, arguments.data if isinstance(run.task, MnistTask) else None)


if __name__ == "__main__":
    main()
