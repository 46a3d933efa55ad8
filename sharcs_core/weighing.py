"""How much each modality's vote counts, found on validation samples.

Shapes: n samples, M modalities, C classes.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from sharcs_core import inference
from sharcs_core.model import Multimodal
from sharcs_core.predictor import Votes
from sharcs_core.structures import Floats, Ints, Split

MOST = 20.0
"""A vote is made no louder than that: where a vote is never wrong, no weight would be large enough."""


def vote_weights(votes: Floats, labels: Ints) -> NDArray[np.float64]:
    """The weights (M,), 0 … ``MOST``, with which the sum of votes says best what the classes are.

    Best is the least cross-entropy, a convex function of the weights. So a vote that is right less often than it is
    sure counts less, and one that only adds faults counts nothing.

    Args:
        votes: (M, n, C) logits of each modality by itself.
        labels: (n,) the true classes.

    >>> mostly_right, mostly_wrong = 3 * np.eye(2)[[0, 1, 0, 0]], 3 * np.eye(2)[[1, 0, 0, 0]]
    >>> vote_weights(np.stack([mostly_right, mostly_wrong]), np.array([0, 1, 0, 1])).round(2).tolist()
    [0.37, 0.0]
    """
    votes, rows = np.asarray(votes, dtype=np.float64), np.arange(len(labels))
    n_votes = len(votes)

    def loss(weights: Floats) -> tuple[float, Floats]:
        total = np.einsum("m,mnc->nc", weights, votes)
        off = softmax(total, axis=1)
        off[rows, labels] -= 1
        return float(-log_softmax(total, axis=1)[rows, labels].mean()), np.einsum("mnc,nc->m", votes, off) / len(rows)

    found = minimize(loss, np.full(n_votes, 1 / n_votes), jac=True, bounds=[(0, MOST)] * n_votes, method="L-BFGS-B")
    weights: NDArray[np.float64] = found.x
    return weights


def unweigh(model: Multimodal) -> None:
    """Let all votes of a model count alike, as while they are learned; of no other model."""
    if (predictor := _votes_of(model)) is not None:
        predictor.weights.fill_(1)


def weigh(model: Multimodal, validation: Split) -> None:
    """Give each modality's vote of a trained model the weight that validation samples find; of no other model.

    Args:
        validation: of samples whose class is known; those that lack an input are left out.
    """
    predictor = _votes_of(model)
    if predictor is None:
        return
    whole = validation.select(validation.whole())
    if not len(whole):
        return
    shared = inference.concepts_of_samples(model, whole)
    weights = predictor.weights
    with torch.no_grad():
        votes = predictor.each({name: torch.as_tensor(of).to(weights.device) for name, of in shared.items()})
        logits = torch.stack([votes[name] for name in model.config.deciding]).cpu().numpy()
        weights.copy_(torch.as_tensor(vote_weights(logits, whole.labels), dtype=weights.dtype))


def _votes_of(model: Multimodal) -> Votes | None:
    predictor = getattr(model, "predictor", None)  # a baseline may predict in its own way
    return predictor if isinstance(predictor, Votes) else None
