"""The border between torch and NumPy: a model and inputs go in, arrays come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch

from sharcs_core.data.task import Task
from sharcs_core.model import Multimodal
from sharcs_core.structures import Bank, BankSide, Floats, Inputs, Ints, Split
from sharcs_core.training import to_tensors

BATCH_SIZE = 64  # what a CPU keeps in its cache: 512 graphs at a time cost three times as much each
ABSENT_ROWS = 100_000  # predictor rows at a time while averaging over a bank


def _chunks(n: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, n, size))


@torch.inference_mode()
def concepts_of(model: Multimodal, inputs: Mapping[str, Inputs]) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Local (n, K) and shared (n, T) concepts of inputs of any of the model's modalities.

    The modalities may be of different length: nothing is paired here.

    >>> from sharcs_core.data import get_task
    >>> task = get_task("xor_and_xor")
    >>> from sharcs_core.baselines import build_model
    >>> model = build_model(task.preset().model).eval()
    >>> local, shared = concepts_of(model, {"table": Inputs("tabular", {"values": np.zeros((2, 6))})})
    >>> shared["table"].shape
    (2, 7)
    """
    local: dict[str, Floats] = {}
    shared: dict[str, Floats] = {}
    for name, all_inputs in inputs.items():
        pieces = []
        for rows in _chunks(len(all_inputs), BATCH_SIZE):
            own = model.encode({name: to_tensors(all_inputs.take(rows))})
            pieces.append((own[name].numpy(), model.share(own)[name].numpy()))
        local[name] = np.concatenate([piece[0] for piece in pieces])
        shared[name] = np.concatenate([piece[1] for piece in pieces])
    return local, shared


@torch.inference_mode()
def probabilities(model: Multimodal, shared: Mapping[str, Floats]) -> Floats:
    """Shared concepts of every modality, (n, T) each → class probabilities (n, C)."""
    tensors = {name: torch.as_tensor(np.asarray(values, dtype=np.float32)) for name, values in shared.items()}
    return model.predict(tensors).softmax(-1).numpy()


def probabilities_absent(model: Multimodal, shared: Mapping[str, Floats], bank: Bank) -> Floats:
    """Class probabilities (n, C) when nothing is known of the modalities that ``shared`` lacks.

    The mean of the predicted probabilities over the bank's samples, whose concepts stand in one after the
    other, what is present staying fixed. Of several absent modalities each bank sample brings its own pair.

    Args:
        shared: present modality → (n, T); at least one.
    """
    absent = [name for name in model.config.modalities if name not in shared]
    n, n_bank = len(next(iter(shared.values()))), len(bank)
    answers = []
    for rows in _chunks(n, max(1, ABSENT_ROWS // n_bank)):
        present = {name: np.repeat(values[rows], n_bank, axis=0) for name, values in shared.items()}
        n_rows = len(next(iter(present.values()))) // n_bank
        filled = {name: np.tile(bank.sides[name].shared, (n_rows, 1)) for name in absent}
        answers.append(probabilities(model, {**present, **filled}).reshape(n_rows, n_bank, -1).mean(1))
    return np.concatenate(answers)


def build_bank(model: Multimodal, task: Task, split: Split, index: Ints, split_name: str, seed: int = 0) -> Bank:
    """The bank of the samples at ``index`` of a split, without map coordinates.

    Args:
        split_name: ``train`` or ``test``, the first part of every id.
        seed: of the noise in renderings of one modality's content in another.
    """
    part = split.select(index)
    samples = {name: inputs for name, inputs in part.samples().items() if name in model.config.modalities}
    semantics, sources = part.sample_semantics(), part.sample_sources()
    local, shared = concepts_of(model, samples)
    sides = {
        name: BankSide(
            ids=np.array([f"{split_name}/{source:05d}/{name}" for source in sources[name]]),
            inputs=samples[name],
            semantics=semantics[name],
            sources=sources[name],
            local=local[name],
            shared=shared[name],
            described={
                other: described_concepts(model, task, part, name, other, seed) for other in samples if other != name
            },
        )
        for name in samples
    }
    return Bank(np.array([f"{split_name}/{number:05d}" for number in index]), part.labels, sides)


def described_concepts(
    model: Multimodal, task: Task, split: Split, missing: str, described_in: str, seed: int = 0
) -> Floats:
    """Shared concepts (n, T) of each sample's ``missing`` input, as another modality of the task renders it."""
    rendered = task.describe(split, missing, described_in, np.random.default_rng(seed))
    return concepts_of(model, {described_in: rendered})[1][described_in]
