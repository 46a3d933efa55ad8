"""Studies of a trained model that need its predictions again and again: under noise, and with concepts set right.

Shapes: n samples, M modalities, T shared concepts, D = M·T concepts of a sample side by side, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sharcs_core import inference, metrics
from sharcs_core.errors import UserError
from sharcs_core.model import Multimodal
from sharcs_core.named import mean_by_key
from sharcs_core.perturbation import perturb
from sharcs_core.structures import THRESHOLD, Bank, BankSide, Floats, Inputs, Ints, Split

MAX_SAMPLES = 1000
"""Samples of an intervention study, more are drawn from."""

GREEDY_ROWS = 1_000_000
"""Predictions that the greedy policy may cost; with many concepts all policies run on fewer samples instead."""

ROWS_AT_ONCE = 100_000
NOISE_STREAM = 3  # apart from the draws that made the data: NumPy's [seed, 0] is its seed alone
SMALLEST_PROBABILITY = 1e-12  # keeps the logarithms finite

Flat = NDArray[np.float32]
Order = NDArray[np.int64]


def noise_curve(
    model: Multimodal, samples: Mapping[str, Inputs], labels: Ints, levels: Sequence[float], seed: int = 0
) -> dict[str, list[float]]:
    """Accuracy when every modality of every sample is perturbed, for each level of noise.

    The noise is that of :func:`~sharcs_core.perturbation.perturb`; ``seed`` draws the same for every level, so
    that a higher level adds to a lower one. Level 0 is the plain accuracy.

    Args:
        samples: modality → the inputs of n samples, aligned with ``labels`` (n,).

    Returns:
        ``levels`` and ``accuracy``, of equal length.
    """
    accuracies = []
    for level in levels:
        _, shared = inference.concepts_of(model, perturbed(model, samples, level, seed))
        accuracies.append(metrics.accuracy(inference.predicted_classes(model, shared), labels))
    return {"levels": [float(level) for level in levels], "accuracy": accuracies}


def perturbed(model: Multimodal, samples: Mapping[str, Inputs], level: float, seed: int) -> dict[str, Inputs]:
    """The samples' inputs of the model's modalities under noise, each modality under draws of its own."""
    return {
        name: perturb(
            samples[name],
            level,
            np.random.default_rng([seed, position, NOISE_STREAM]),
            positions=encoder.positions,
        )
        for position, (name, encoder) in enumerate(model.config.encoders.items())
    }


def right_codes(side: BankSide, keys: Ints) -> tuple[Flat, NDArray[np.bool_]]:
    """What the concepts of inputs ought to say, by what the bank's inputs of equal key say.

    Args:
        side: the bank's rows of the inputs' own modality.
        keys: (n,) true semantics keys; -1 where they are not known.

    Returns:
        (n, T) of 0 and 1, a concept being 1 where its mean activation over the rows of that key is above 0.5;
        and (n,) whether the bank has the key at all (where not, the values mean nothing).
    """
    keys = np.asarray(keys)
    seen, means = mean_by_key(side.semantics, side.shared)
    if not len(seen):
        return np.zeros((len(keys), side.shared.shape[1]), dtype=np.float32), np.zeros(len(keys), dtype=bool)
    codes = (means > THRESHOLD).astype(np.float32)
    place = np.searchsorted(seen, keys).clip(max=len(seen) - 1)
    return codes[place], seen[place] == keys


def intervention_study(
    model: Multimodal, test: Split, bank: Bank, level: float, seed: int = 0, max_samples: int = MAX_SAMPLES
) -> dict[str, Any]:
    """Intervention curves of perturbed test samples, whose concepts an expert sets right.

    The inputs are perturbed first, for where nothing is wrong nothing can be set right. The right values come
    from the training samples in ``bank`` (:func:`right_codes` of each input's true key); samples with a key that
    the bank lacks are left out.

    Args:
        level: of the noise, in [0, 1]. seed: draws the samples, the noise and the random order.

    Returns:
        What :func:`intervention_curves` gives, with ``noise_level`` and ``n_left_out``.

    Raises:
        ValueError: if the bank knows the keys of no sample.
    """
    keys = test.sample_semantics()
    answers = {name: right_codes(bank.sides[name], keys[name]) for name in model.config.modalities}
    known = np.flatnonzero(np.all([has for _, has in answers.values()], axis=0))
    if not len(known):
        raise UserError(f"The bank has the keys of no sample (got {len(test)} samples); use the training bank")
    size = n_affordable(len(answers) * bank.sides[next(iter(answers))].shared.shape[1], max_samples)
    index = np.sort(np.random.default_rng(seed).permutation(known)[:size])
    _, shared = inference.concepts_of(model, perturbed(model, test.samples(index), level, seed))
    right = {name: codes[index] for name, (codes, _) in answers.items()}
    curves = intervention_curves(model, shared, right, test.labels[index], seed, max_samples)
    return {**curves, "noise_level": float(level), "n_left_out": len(test) - len(known)}


def n_affordable(n_concepts: int, max_samples: int) -> int:
    """Samples that the greedy policy can afford with D concepts: it predicts D² times for each.

    >>> n_affordable(24, 1000), n_affordable(100, 1000)
    (1000, 100)
    """
    return max(1, min(max_samples, GREEDY_ROWS // n_concepts**2))


def intervention_curves(
    model: Multimodal,
    shared: Mapping[str, Floats],
    right: Mapping[str, Floats],
    labels: Ints,
    seed: int = 0,
    max_samples: int = MAX_SAMPLES,
) -> dict[str, Any]:
    """Accuracy against the number of concepts set right, one concept after the other, by policy.

    A policy gives each sample an order of its D concepts, of all modalities side by side; none knows the label.

    - ``random``: drawn by ``seed``.
    - ``uncertainty``: the activation nearest to 0.5 first.
    - ``gradient``: the largest |∂ probability of the predicted class / ∂ concept| · |right − current| first, at
      the concepts as they come.
    - ``greedy``: at each step the concept whose correction changes the predicted distribution most, by the
      Kullback-Leibler divergence of the new from the old.
    - ``wrong``: the random order, but each concept is set to the opposite of right, 1 − right: a model whose
      concepts matter loses by it.

    ``gradient`` and ``greedy`` see the right values before they choose: they show what an expert with all the
    answers could gain, the other two what can be had by asking one at a time.

    Source: the procedure and the policies follow Koh et al. 2020 (arXiv 2007.04612) and Shin et al. 2023
    (arXiv 2302.14260; random, uncertainty of a concept, its contribution to the prediction, and the change of
    the prediction, there in expectation and here for the right value).

    Args:
        shared: modality → (n, T) concepts as the model sees them.
        right: modality → (n, T) what they ought to be, 0 or 1.
        labels: (n,).
        max_samples: of more samples this many are drawn, all policies on the same; with many concepts fewer
            (:func:`n_affordable`).

    Returns:
        ``counts`` 0 to D, a list of D + 1 accuracies for each policy, ``area`` by policy (the mean of its
        curve), and ``n_samples``.

    Raises:
        ValueError: for no samples, or concepts that do not fit.
    """
    current, wanted = _side_by_side(model, shared), _side_by_side(model, right)
    if current.shape != wanted.shape or len(current) != len(labels) or not len(labels):
        raise ValueError(
            f"Give current and right concepts and a label of at least one sample (got {current.shape}, "
            f"{wanted.shape} and {len(labels)} labels)"
        )
    rng = np.random.default_rng(seed)
    index = np.sort(rng.permutation(len(labels))[: n_affordable(current.shape[1], max_samples)])
    current, wanted, labels = current[index], wanted[index], np.asarray(labels)[index]
    at_random: Order = rng.random(current.shape).argsort(axis=1)
    orders = {
        "random": at_random,
        "uncertainty": np.abs(current - 0.5).argsort(axis=1, kind="stable"),
        "gradient": gradient_order(model, current, wanted),
        "greedy": greedy_order(model, current, wanted),
    }
    curves = {name: _curve(model, current, wanted, order, labels) for name, order in orders.items()}
    curves["wrong"] = _curve(model, current, 1 - wanted, at_random, labels)
    areas = {name: metrics.area(curve) for name, curve in curves.items()}
    return {"counts": list(range(current.shape[1] + 1)), **curves, "area": areas, "n_samples": len(labels)}


def gradient_order(model: Multimodal, current: Flat, wanted: Flat) -> Order:
    """Concepts (n, D) by how much setting them right changes the predicted class's probability, to first order."""
    with torch.enable_grad():
        concepts = torch.as_tensor(current).requires_grad_()
        parts = concepts.chunk(len(model.config.modalities), dim=1)
        logits = model.predict(dict(zip(model.config.modalities, parts, strict=True)))
        (slopes,) = torch.autograd.grad(logits.softmax(-1).amax(-1).sum(), concepts)  # (n, D)
    gain = np.abs(slopes.numpy()) * np.abs(wanted - current)
    order: Order = (-gain).argsort(axis=1, kind="stable")
    return order


def greedy_order(model: Multimodal, current: Flat, wanted: Flat) -> Order:
    """Concepts (n, D), each in turn the one whose correction changes the predicted distribution most."""
    size = max(1, ROWS_AT_ONCE // current.shape[1])
    parts = [slice(start, start + size) for start in range(0, len(current), size)]
    return np.concatenate([_greedy_order(model, current[part], wanted[part]) for part in parts])


def _greedy_order(model: Multimodal, current: Flat, wanted: Flat) -> Order:
    n, n_concepts = current.shape
    values, sample, own = current.copy(), np.arange(n), np.arange(n_concepts)
    order = np.empty((n, n_concepts), dtype=np.int64)
    for step in own:
        tried = np.repeat(values[:, None], n_concepts, axis=1)  # (n, D, D): in row d concept d is set
        tried[:, own, own] = wanted
        after = _probabilities(model, tried.reshape(-1, n_concepts)).reshape(n, n_concepts, -1)
        change = divergence(after, _probabilities(model, values)[:, None])  # (n, D)
        np.put_along_axis(change, order[:, :step], -np.inf, axis=1)  # those that are set
        order[:, step] = change.argmax(axis=1)
        values[sample, order[:, step]] = wanted[sample, order[:, step]]
    return order


def divergence(after: Floats, before: Floats) -> Floats:
    """Kullback-Leibler divergence, in nats, of distributions (…, C) from others (…, C); at least 0."""
    after, before = (np.maximum(p.astype(np.float64), SMALLEST_PROBABILITY) for p in (after, before))
    nats: Floats = (after * np.log(after / before)).sum(axis=-1)
    return nats


def _curve(model: Multimodal, current: Flat, target: Flat, order: Order, labels: Ints) -> list[float]:
    """Accuracy with the first 0, 1, …, D concepts of each sample's order set to their target."""
    place = order.argsort(axis=1)  # (n, D) when each concept is set
    answers = (_probabilities(model, np.where(place < count, target, current)) for count in range(current.shape[1] + 1))
    return [metrics.accuracy(answer.argmax(1), labels) for answer in answers]


def _side_by_side(model: Multimodal, concepts: Mapping[str, Floats]) -> Flat:
    """Concepts (n, T) of every modality → (n, D), in the model's order. Raises ValueError for a missing one."""
    missing = [name for name in model.config.modalities if name not in concepts]
    if missing:
        raise ValueError(f"Interventions need the concepts of every modality (missing {missing})")
    return np.concatenate([np.asarray(concepts[name], dtype=np.float32) for name in model.config.modalities], axis=1)


def _probabilities(model: Multimodal, flat: Flat) -> Floats:
    """Concepts side by side (n, D) → probabilities (n, C)."""
    parts = np.split(flat, len(model.config.modalities), axis=1)
    return inference.probabilities(model, dict(zip(model.config.modalities, parts, strict=True)))
