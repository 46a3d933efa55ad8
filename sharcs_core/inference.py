"""The border between torch and NumPy: a model and inputs go in, arrays come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from sharcs_core.encoders.checks import check_inputs
from sharcs_core.model import ModalityBatch, Multimodal
from sharcs_core.retrieval import companions
from sharcs_core.structures import Bank, BankSide, Floats, Inputs, Ints, Split
from sharcs_core.tasks.task import Task
from sharcs_core.tensors import device_of, to_tensors

BATCH_SIZE = 64  # what a CPU keeps in its cache: 512 graphs at a time cost three times as much each
ABSENT_ROWS = 100_000  # predictor rows at a time while averaging over samples of a bank
N_COMPANIONS = 20
"""Bank samples whose own inputs stand for what is absent; chosen on validation samples."""


def _chunks(n: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, n, size))


def readable(model: Multimodal, modality: str, inputs: Inputs) -> Iterator[ModalityBatch]:
    """Inputs of a modality as its encoder reads them, ``BATCH_SIZE`` at a time, on the device of the model.

    Raises:
        UserError: for a modality that the model lacks, or inputs of another form than its encoder reads.
    """
    check_inputs(model.config, modality, inputs)
    device = device_of(model)
    return (to_tensors(inputs.take(rows), device) for rows in _chunks(len(inputs), BATCH_SIZE))


@torch.inference_mode()
def concepts_of(model: Multimodal, inputs: Mapping[str, Inputs]) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Local (n, K) and shared (n, T) concepts of inputs of any of the model's modalities.

    The modalities may be of different length: nothing is paired here.

    Raises:
        UserError: for a modality that the model lacks, or inputs of another form than its encoder reads.

    >>> from sharcs_core.tasks import get_task
    >>> task = get_task("xor_and_xor")
    >>> from sharcs_core.baselines import build_model
    >>> model = build_model(task.preset().model).eval()
    >>> local, shared = concepts_of(model, {"table": Inputs("tabular", {"values": np.zeros((2, 6))})})
    >>> shared["table"].shape
    (2, 2)
    """
    local: dict[str, Floats] = {}
    shared: dict[str, Floats] = {}
    for name, of_modality in inputs.items():
        pieces = []
        for batch in readable(model, name, of_modality):
            own = model.encode({name: batch})
            pieces.append((own[name].cpu().numpy(), model.share(own)[name].cpu().numpy()))
        local[name] = np.concatenate([piece[0] for piece in pieces])
        shared[name] = np.concatenate([piece[1] for piece in pieces])
    return local, shared


@torch.inference_mode()
def probabilities(model: Multimodal, shared: Mapping[str, Floats]) -> Floats:
    """Shared concepts of every modality, (n, T) each → class probabilities (n, C)."""
    device = device_of(model)
    tensors = {name: torch.tensor(np.asarray(of, dtype=np.float32), device=device) for name, of in shared.items()}
    return model.predict(tensors).softmax(-1).cpu().numpy()


def predicted_classes(model: Multimodal, shared: Mapping[str, Floats]) -> NDArray[np.int64]:
    """The class (n,) that a model says of n samples, from the shared concepts of every modality, (n, T) each."""
    classes: NDArray[np.int64] = probabilities(model, shared).argmax(1)
    return classes


def probabilities_absent(
    model: Multimodal, shared: Mapping[str, Floats], bank: Bank, *, exclude: Sequence[int] | None = None
) -> Floats:
    """Class probabilities (n, C) when nothing is known of the modalities that ``shared`` lacks.

    The mean of the predicted probabilities over what the :func:`~sharcs_core.retrieval.companions` of each sample
    have there, what is present staying fixed. Of several absent modalities each companion brings its own pair.

    Args:
        shared: present modality → (n, T); at least one.
        exclude: of each sample the bank sample that must not stand in for it, such as itself, (n,).
    """
    rows = companions(shared, bank, N_COMPANIONS, exclude=exclude)  # (n, k)
    parts = _chunks(len(rows), max(1, ABSENT_ROWS // rows.shape[1]))
    return np.concatenate([_mean_over(model, _at(shared, part), bank, rows[part]) for part in parts])


def probabilities_over_bank(model: Multimodal, shared: Mapping[str, Floats], bank: Bank) -> Floats:
    """As :func:`probabilities_absent`, the mean taken over all samples of the bank, alike or not."""
    n = len(next(iter(shared.values())))
    parts = _chunks(n, max(1, ABSENT_ROWS // len(bank)))
    everything = np.arange(len(bank))[None]
    return np.concatenate([_mean_over(model, _at(shared, part), bank, everything) for part in parts])


def _at(shared: Mapping[str, Floats], part: slice) -> dict[str, Floats]:
    return {name: values[part] for name, values in shared.items()}


def _mean_over(model: Multimodal, present: Mapping[str, Floats], bank: Bank, rows: Ints) -> Floats:
    """Mean probabilities (n, C) with the bank samples ``rows`` (n or 1, k) in what is not ``present``."""
    n, k = len(next(iter(present.values()))), rows.shape[1]
    rows = np.broadcast_to(rows, (n, k)).ravel()
    filled = {
        name: np.repeat(present[name], k, axis=0) if name in present else bank.sides[name].shared[rows]
        for name in model.config.modalities
    }
    mean: Floats = probabilities(model, filled).reshape(n, k, -1).mean(1)
    return mean


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
