"""Whether inputs that lie together in the shared space agree in the factors we know."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import homogeneity_score

from sharcs_core.errors import UserError
from sharcs_core.meanings import UNKNOWN
from sharcs_core.neighbours import checked_points
from sharcs_core.structures import Floats, Ints

MAX_CLUSTERED = 1000
"""Inputs that are clustered; more are drawn from."""

N_COUNTS = 20
"""Numbers of clusters tried, evenly from 2 to the number of inputs."""


def concept_alignment(concepts: Floats, factor_values: Mapping[str, Ints], seed: int = 0) -> dict[str, float | None]:
    """Concept alignment score (CAS): how pure clusters of the concepts are in each known factor.

    The inputs are clustered by their shared concepts into 2, …, n clusters (``N_COUNTS`` counts, evenly
    spaced); a factor's score is the mean, over these clusterings, of the homogeneity of its values within the
    clusters: 1 − H(factor | cluster) / H(factor), in [0, 1], and 1 for a factor of a single value.

    Source: Espinosa Zarlenga et al. 2022 (arXiv 2209.09056), section 4, "concept alignment score"; homogeneity
    is that of Rosenberg and Hirschberg 2007. They cluster by k-medoids each concept's own embedding; our
    concepts have no known counterpart, so all T are clustered together, by k-means (seeded, one start), on at
    most ``MAX_CLUSTERED`` inputs drawn by ``seed``.

    With nearly as many clusters as inputs any concepts score high, so a CAS says little by itself: compare it
    with ``shuffled``.

    Args:
        concepts: (n, T). factor_values: factor → (n,) value of each input; -1 where it is not known. Such inputs are
            clustered, and left out of that factor's score; a factor that is not known of two inputs has none.

    Returns:
        Factor → score, ``mean`` of the factors, and ``shuffled``: the mean when each factor's values are
        shuffled among the inputs, which is what concepts that know nothing of the factors would score. Both are None
        where no factor has a score.

    Raises:
        ValueError: for fewer than two inputs, no factor, values that do not fit, or a factor with a name that
            the result needs for itself.
    """
    concepts = checked_points(concepts, "concepts")
    values = {name: np.asarray(given) for name, given in factor_values.items()}
    shapes = {name: given.shape for name, given in values.items()}
    if len(concepts) < 2 or not values or set(shapes.values()) != {(len(concepts),)}:
        raise ValueError(
            f"Alignment needs at least two inputs and a value of each factor for each of them (got {len(concepts)} "
            f"inputs and values {shapes})"
        )
    if taken := {"mean", "shuffled"} & set(values):
        raise UserError(f"A factor cannot be called {sorted(taken)[0]!r}; give it another name")
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.permutation(len(concepts))[:MAX_CLUSTERED])
    clusterings = _clusterings(concepts[drawn], seed)
    known = {name: np.flatnonzero(given[drawn] != UNKNOWN) for name, given in values.items()}
    known = {name: rows for name, rows in known.items() if len(rows) > 1}
    scores = {name: _mean_homogeneity(values[name][drawn][rows], clusterings, rows) for name, rows in known.items()}
    shuffled = [
        _mean_homogeneity(rng.permutation(values[name][drawn][rows]), clusterings, rows) for name, rows in known.items()
    ]
    if not scores:
        return {"mean": None, "shuffled": None}
    return {**scores, "mean": float(np.mean(list(scores.values()))), "shuffled": float(np.mean(shuffled))}


def cluster_counts(n_inputs: int) -> list[int]:
    """The numbers of clusters tried for that many inputs, rising from 2 to all of them, none twice.

    >>> cluster_counts(4), len(cluster_counts(1000))
    ([2, 3, 4], 20)
    """
    counts: list[int] = np.unique(np.linspace(2, n_inputs, N_COUNTS).astype(int)).tolist()
    return counts


def _clusterings(concepts: NDArray[np.float64], seed: int) -> list[Ints]:
    """The cluster (n,) of each input, for every count."""
    distinct, own_point = np.unique(concepts, axis=0, return_inverse=True)
    found = []
    for count in cluster_counts(len(concepts)):
        if count < len(distinct):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # of points so near that they count as one
                found.append(KMeans(count, n_init=1, random_state=seed).fit_predict(concepts))
        else:  # equal points cannot be told apart, however many clusters are asked for
            found.append(own_point.ravel())
    return found


def _mean_homogeneity(values: Ints, clusterings: list[Ints], rows: Ints) -> float:
    """Of the values of the inputs at ``rows``, over all clusterings of the drawn inputs."""
    return float(np.mean([homogeneity_score(values, clusters[rows]) for clusters in clusterings]))
