"""The border between torch and NumPy: a model and inputs go in, arrays come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from sharcs_core.kinds import check_inputs
from sharcs_core.model import ModalityBatch, Multimodal
from sharcs_core.retrieval import companions
from sharcs_core.structures import Bank, BankSide, Codes, Floats, Inputs, Ints, Split, Strings
from sharcs_core.tasks.task import Task
from sharcs_core.tensors import device_of, to_tensors

BATCH_SIZE = 64  # what a CPU keeps in its cache: 512 graphs at a time cost three times as much each
ABSENT_ROWS = 100_000  # predictor rows at a time while averaging over samples of a bank
MOST_OVER_BANK = 5_000
"""Samples of a bank over which the mean of all of them is taken."""
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


def probabilities_over_bank(model: Multimodal, shared: Mapping[str, Floats], bank: Bank, seed: int = 0) -> Floats:
    """As :func:`probabilities_absent`, the mean taken over all samples of the bank, alike or not.

    Of a bank of more than ``MOST_OVER_BANK`` samples over so many, drawn by ``seed``, the same for all.
    """
    n = len(next(iter(shared.values())))
    rows = np.arange(len(bank))
    if len(bank) > MOST_OVER_BANK:
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:MOST_OVER_BANK])
    parts = _chunks(n, max(1, ABSENT_ROWS // len(rows)))
    return np.concatenate([_mean_over(model, _at(shared, part), bank, rows[None]) for part in parts])


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
        index: of samples that lack no input.
        split_name: ``train`` or ``test``, the first part of every id that the data do not give.
        seed: of the noise in renderings of one modality's content in another.
    """
    part = split.select(index)
    samples = {name: inputs for name, inputs in part.samples().items() if name in model.config.modalities}
    own = index if part.ids is None else part.ids
    sample_ids = np.array([f"{split_name}/{number:05d}" if part.ids is None else str(number) for number in own])
    semantics, sources = part.sample_semantics(), part.sample_sources()
    local, shared = concepts_of(model, samples)
    sides = {
        name: BankSide(
            ids=_input_ids(split_name, name, sources[name], sample_ids if part.ids is not None else None),
            inputs=samples[name],
            semantics=semantics[name],
            sources=sources[name],
            local=local[name],
            shared=shared[name],
            described={
                other: described_concepts(model, task, part, name, other, seed)
                for other in samples
                if other != name and task.can_describe
            },
        )
        for name in samples
    }
    return Bank(sample_ids, part.labels, sides, part.traits)


def _input_ids(split_name: str, modality: str, sources: Ints, sample_ids: Strings | None) -> Strings:
    """Ids (n,) of inputs: by what they were made from, or by their samples' where these have ids of their own."""
    if sample_ids is not None:
        return np.array([f"{own}/{modality}" for own in sample_ids])
    return np.array([f"{split_name}/{source:05d}/{modality}" for source in sources])


def concepts_of_samples(model: Multimodal, split: Split, bank: Bank | None = None) -> dict[str, Floats]:
    """Shared concepts (n, T) of the inputs of each sample of a split, modality by modality.

    Args:
        bank: as in :func:`sample_concepts`.
    """
    if split.whole().all():
        samples = split.samples()
        return concepts_of(model, {name: samples[name] for name in model.config.modalities})[1]
    shared = concepts_of(model, {name: split.inputs[name] for name in model.config.modalities})[1]
    return sample_concepts(model, split, shared, bank)


def sample_concepts(
    model: Multimodal, split: Split, shared: Mapping[str, Floats], bank: Bank | None = None
) -> dict[str, Floats]:
    """Shared concepts (n, T) of the inputs of each sample, from those of all inputs of a split.

    What a sample lacks is filled with the mean of what its companions in the bank have there.

    Args:
        shared: modality → (inputs, T), as :func:`concepts_of` gives them.
        bank: of whole samples; needed only where something is missing.
    """
    rows = {name: split.pairing[name] for name in model.config.modalities}
    filled = {name: _at_rows(model, shared[name], own) for name, own in rows.items()}
    missing = {name: own < 0 for name, own in rows.items()}
    if not any(of.any() for of in missing.values()):
        return filled
    assert bank is not None, "samples that lack inputs need a bank"
    return _with_companions(filled, missing, bank)


def _at_rows(model: Multimodal, shared: Floats, rows: Ints) -> Floats:
    """(n, T), anything where there is no row; zeros of a modality that the whole split lacks."""
    if not len(shared):
        return np.zeros((len(rows), model.config.width), dtype=np.float32)
    return shared[np.maximum(rows, 0)]


def _with_companions(filled: dict[str, Floats], missing: Mapping[str, Codes], bank: Bank) -> dict[str, Floats]:
    """The same with what is missing taken from the companions of what is there; samples of equal gaps together."""
    pattern = np.stack([missing[name] for name in filled], axis=1)  # (n, modalities)
    complete = {name: values.copy() for name, values in filled.items()}
    for gaps in np.unique(pattern, axis=0):
        samples = np.flatnonzero((pattern == gaps).all(1))
        absent = [name for name, gap in zip(filled, gaps, strict=True) if gap]
        present = {name: filled[name][samples] for name in filled if name not in absent}
        if not absent:
            continue
        rows = companions(present, bank, min(N_COMPANIONS, len(bank))) if present else np.arange(len(bank))[None]
        for name in absent:
            complete[name][samples] = bank.sides[name].shared[rows].mean(1)
    return complete


def described_concepts(
    model: Multimodal, task: Task, split: Split, missing: str, described_in: str, seed: int = 0
) -> Floats:
    """Shared concepts (n, T) of each sample's ``missing`` input, as another modality of the task renders it."""
    rendered = task.describe(split, missing, described_in, np.random.default_rng(seed))
    return concepts_of(model, {described_in: rendered})[1][described_in]
