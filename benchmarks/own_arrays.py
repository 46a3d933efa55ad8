"""Tasks out of arrays: are they learned as they are, and is a file that is brought read as its array was?

Printed, each with its seed and CPU seconds (one core is enough):
- scikit-learn's 8 × 8 digits beside a table of their row and column sums: accuracy; and of 60 test pictures that
  somebody wrote as PNG files, how many a run that was loaded from disk gets right, brought alone and with their sums;
- breast cancer in two tables, unscaled, over five seeds;
- with ``--drop``: what it brings to predict without some inputs in training, on validation samples;
- for 100 test inputs of every modality of every task: written to a file and read as an upload, how many give equal
  arrays, and how far probabilities differ at most.

    python benchmarks/own_arrays.py [--drop 0 0.15 0.3] [--seeds 5]
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_digits

from sharcs_core import inference
from sharcs_core.baselines import build_model
from sharcs_core.checkpoints import Run, list_runs, load_run
from sharcs_core.explanations import explain_inputs
from sharcs_core.model import Multimodal
from sharcs_core.pipeline import train_run
from sharcs_core.structures import Inputs, Split
from sharcs_core.tasks import TASKS
from sharcs_core.tasks.task import LoadedTask, Task
from sharcs_core.training import fit

ROOT = Path(__file__).resolve().parents[1]
N_FILES = 60
N_INPUTS = 100
DRAWN = {"segments"}
"""Arrays that no encoder reads and no file keeps."""
SHADES = 16
"""What is white in scikit-learn's digits."""


# -- the tasks


def digits_and_sums(seed: int) -> LoadedTask:
    """Pictures (8, 8) and, beside each, a row of its 8 row sums and 8 column sums."""
    digits = load_digits()
    names = [f"{line} {place}" for line in ("column", "row") for place in range(8)]
    sums = np.concatenate([digits.images.sum(1), digits.images.sum(2)], axis=1)
    rows = [dict(zip(names, row, strict=True)) for row in sums]
    inputs = {"picture": digits.images, "sums": rows}
    return Task.from_arrays("digits", inputs, digits.target, ids=range(len(rows)), target="digit", seed=seed)


def halves_of_digits(seed: int, n: int = 500) -> LoadedTask:
    """The upper and the lower half of few digits, a picture each: neither says all."""
    digits = load_digits()
    some = np.random.default_rng(0).permutation(len(digits.target))[:n]
    inputs = {"upper": digits.images[some, :4], "lower": digits.images[some, 4:]}
    return Task.from_arrays("halves", inputs, digits.target[some], target="digit", seed=seed)


def cancer_in_two_tables(seed: int) -> LoadedTask:
    """The ten means of a tumour, and its twenty errors and worst values, as they were measured."""
    cancer = load_breast_cancer(as_frame=True)
    is_mean = [name.startswith("mean") for name in cancer.data]
    inputs = {"means": cancer.data.loc[:, is_mean], "spread": cancer.data.loc[:, [not mean for mean in is_mean]]}
    labels = cancer.target_names[cancer.target]
    return Task.from_arrays("breast_cancer", inputs, labels, target="diagnosis", seed=seed)


# -- accuracy


def measure_digits(folder: Path, seed: int) -> Run:
    task, started = digits_and_sums(seed), time.process_time()
    train_run(task.preset(seed), task, folder / f"digits_{seed}")
    seconds = time.process_time() - started
    run = load_run(folder / f"digits_{seed}")
    print(f"digits, seed {seed}: accuracy {run.metrics['accuracy']:.4f} on {len(task.data.test)}, CPU {seconds:.0f} s")
    for names in (["picture"], ["picture", "sums"]):
        right = sum(is_right(run, task.data.test, row, names) for row in range(N_FILES))
        print(f"  brought as files, {' and '.join(names)}: {right} of {N_FILES} right")
    return run


def is_right(run: Run, test: Split, row: int, names: Sequence[str]) -> bool:
    """Whether a test sample is rightly told from files: its picture by a stranger's hand, its sums by the task's."""
    assert test.ids is not None
    files = {"picture": ("their.png", strangers_png(int(test.ids[row]))), "sums": sums_file(run, test, row)}
    brought = {name: run.task.read(name, *files[name])[0] for name in names}
    return explain_inputs(run, brought).class_index == test.labels[row]


def strangers_png(number: int) -> bytes:
    """A digit as somebody would save it who never saw this package."""
    content = io.BytesIO()
    Image.fromarray((load_digits().images[number] / SHADES * 255).astype(np.uint8)).save(content, format="PNG")
    return content.getvalue()


def sums_file(run: Run, test: Split, row: int) -> tuple[str, bytes]:
    file = run.task.write("sums", test.inputs["sums"], row)
    return f"sums{file.suffix}", file.content


def measure_cancer(seeds: int) -> None:
    accuracies = []
    for seed in range(seeds):
        task, started = cancer_in_two_tables(seed), time.process_time()
        model = fit(task.preset(seed), task, task.data).model
        accuracies.append(accuracy(model, task.data.test))
        seconds = time.process_time() - started
        print(
            f"breast cancer, seed {seed}: accuracy {accuracies[-1]:.4f} on {len(task.data.test)}, CPU {seconds:.0f} s"
        )
    print(f"breast cancer, mean of {seeds} seeds: {np.mean(accuracies):.4f} ± {np.std(accuracies):.4f}")


def accuracy(model: Multimodal, split: Split) -> float:
    shared = inference.concepts_of(model, split.samples())[1]
    return float((inference.predicted_classes(model, shared) == split.labels).mean())


def measure_drop(shares: Sequence[float], seeds: int) -> None:
    """Accuracy on validation samples with all inputs, and the mean over taking one away."""
    for make in (cancer_in_two_tables, halves_of_digits, digits_and_sums):
        for share in shares:
            found = np.array([with_drop(make(seed), share, seed) for seed in range(seeds)])
            whole, absent = found.mean(0)
            print(
                f"{make.__name__}, drop {share:g}: accuracy {whole:.4f}, one input absent {absent:.4f}, {seeds} seeds"
            )


def with_drop(task: LoadedTask, share: float, seed: int) -> tuple[float, float]:
    settings = task.preset(seed)
    settings = replace(settings, training=replace(settings.training, drop=share))
    model, split = fit(settings, task, task.data).model, task.data.validation
    bank = inference.build_bank(model, task, task.data.train, np.arange(len(task.data.train)), "train")
    shared = inference.concepts_of(model, split.samples())[1]
    absent = [
        inference.probabilities_absent(model, {name: shared[name]}, bank).argmax(1) == split.labels for name in shared
    ]
    return accuracy(model, split), float(np.mean(absent))


# -- the same input


def trained() -> Iterator[tuple[Task, Multimodal]]:
    """Every built-in task with a model of it: of the first run that is shipped, else as it is before training."""
    shipped: dict[str, Path] = {}
    for run in list_runs(ROOT / "checkpoints"):
        shipped.setdefault(run.task, run.path)
    for name, task in TASKS.items():
        model = load_run(shipped[name]).model if name in shipped else build_model(task.preset().model).eval()
        yield task, model


def measure_same(task: Task, model: Multimodal, split: Split) -> None:
    whole = np.flatnonzero(split.whole())[:N_INPUTS]
    samples = split.select(whole).samples()
    shared = {name: one_by_one(model, name, rows_of(samples[name])) for name in model.config.modalities}
    usual = inference.probabilities(model, shared)
    for name in model.config.modalities:
        back = [read_back(task, name, samples[name], row) for row in range(len(whole))]
        equal = sum(is_same(one, again) for one, again in zip(rows_of(samples[name]), back, strict=True))
        again = inference.probabilities(model, {**shared, name: one_by_one(model, name, back)})
        apart = np.abs(again - usual).max()
        print(f"{task.name}, {name}: {equal} of {len(whole)} equal, probabilities {apart:.1e} apart at most")


def rows_of(inputs: Inputs) -> list[Inputs]:
    return [inputs.take([row]) for row in range(len(inputs))]


def read_back(task: Task, name: str, inputs: Inputs, row: int) -> Inputs:
    file = task.write(name, inputs, row)
    return task.read(name, f"input{file.suffix}", file.content)[0]


def one_by_one(model: Multimodal, name: str, inputs: Sequence[Inputs]) -> Any:
    return np.concatenate([inference.concepts_of(model, {name: one})[1][name] for one in inputs])


def is_same(one: Inputs, other: Inputs) -> bool:
    """Whether an encoder reads the same numbers; in what order a node hears its neighbours says nothing."""
    return all(np.array_equal(plain(field, one), plain(field, other)) for field in set(one.arrays) - DRAWN)


def plain(field: str, inputs: Inputs) -> Any:
    values = inputs.arrays[field]
    if field != "neighbours":
        return values
    ranked = np.sort(values, axis=-1)
    return ranked[..., (ranked >= 0).any((0, 1))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drop", type=float, nargs="*", default=[], help="shares of inputs to drop in training")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    measure_cancer(arguments.seeds)
    if arguments.drop:
        measure_drop(arguments.drop, arguments.seeds)
    with tempfile.TemporaryDirectory() as folder:
        run = measure_digits(Path(folder), seed=0)
        measure_same(run.task, run.model, digits_and_sums(0).data.test)
    cancer = cancer_in_two_tables(0)
    measure_same(cancer, build_model(cancer.preset(0).model).eval(), cancer.data.test)
    for task, model in trained():
        measure_same(task, model, task.load(0).test)


if __name__ == "__main__":
    main()
