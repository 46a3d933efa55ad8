"""The map: shared concepts of all modalities on one plane, fitted once, and the place of a new input.

Shapes: n inputs, T shared concepts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.neighbours import checked_points, nearest_rows
from sharcs_core.retrieval import nearest_in_all
from sharcs_core.storage import prepare_numba
from sharcs_core.structures import Bank, Floats, Found, Ints

UMAP_NEIGHBOURS = 15
TSNE_PERPLEXITY = 30.0
N_AROUND = 10
"""Bank rows that say where on the map a new input belongs."""
FEWEST_FOR_CURVED = 5
"""With fewer inputs, t-SNE and UMAP have no neighbourhoods to keep, and PCA takes their place."""

MOST_FITTED = 20_000
"""Of more inputs t-SNE and UMAP are fitted to a sample, for the cost of both grows faster than the inputs."""

Plane = NDArray[np.float64]


GRAIN = 0.05
"""Standard deviation of the noise that t-SNE and UMAP see on every concept. Both blow up whatever is nearest, so
without it inputs that differ by a hundredth of a concept, or not at all, are drawn as islands apart."""


def fit_maps(shared: Mapping[str, Floats], seed: int) -> dict[str, dict[str, Plane]]:
    """One map by each of ``METHODS`` of all inputs of all modalities together.

    Of more than ``MOST_FITTED`` inputs, t-SNE and UMAP are fitted to so many, drawn at random, and the others placed
    near those of them that are nearest, as :func:`place` does.

    Args:
        shared: modality → (n, T) shared concepts; n may differ between modalities.
        seed: the same seed gives the same maps on one machine.

    Returns:
        Method → modality → (n, 2), centred, the farthest coordinate at distance 1. Lengths compare across the
        two axes; t-SNE and UMAP keep neighbourhoods, not distances.

    Raises:
        ValueError: for no inputs at all, or concepts that are not finite or of unequal width.
    """
    names = list(shared)
    points = [checked_points(shared[name], f"The shared concepts of {name!r}") for name in names]
    if len({part.shape[1] for part in points}) != 1 or not sum(map(len, points)):
        raise ValueError(f"A map needs inputs with equally many concepts (got {[part.shape for part in points]})")
    borders = np.cumsum([len(part) for part in points])[:-1]
    together = np.concatenate(points)
    if (together == together[0]).all():  # one spot, which no method could spread
        planes = {method: np.zeros((len(together), 2)) for method in METHODS}
    else:
        grainy = together + np.random.default_rng(seed).normal(scale=GRAIN, size=together.shape)
        planes = {method: _scaled(_fitted(method, together, grainy, seed)) for method in METHOD_FITS}
    maps = {method: np.split(plane, borders) for method, plane in planes.items()}
    return {method: dict(zip(names, parts, strict=True)) for method, parts in maps.items()}


def _fitted(method: str, points: Plane, grainy: Plane, seed: int) -> Plane:
    """Where a method puts all points (n, T): by a fit to all of them, or to a sample where that would take too long."""
    fit, n = METHOD_FITS[method], len(points)
    if method == "PCA":
        return fit(points, seed)
    if n <= MOST_FITTED:
        return fit(grainy, seed)
    is_drawn = np.zeros(n, dtype=bool)
    is_drawn[np.random.default_rng(seed).permutation(n)[:MOST_FITTED]] = True
    plane = np.empty((n, 2))
    plane[is_drawn] = fit(grainy[is_drawn], seed)
    plane[~is_drawn] = _near(grainy[~is_drawn], grainy[is_drawn], plane[is_drawn])
    return plane


def place(query: Floats, bank: Bank, method: str, k: int = N_AROUND) -> Plane:
    """Where new inputs belong on the bank's map: near their exact neighbours, whatever their modality.

    The distance-weighted mean (weight 1 / distance) of the map positions of the ``k`` nearest bank rows; an
    input whose concepts are exactly a row's lands on that row. The map itself never moves.

    Args:
        query: (n, T) shared concepts.

    Returns:
        (n, 2).

    Raises:
        ValueError: for a method that the bank has no map of, or an empty bank.
    """
    check_map(bank, method)
    return place_among(nearest_in_all(bank, query, k), bank, method)


def check_map(bank: Bank, method: str) -> None:
    """Raise ValueError for a method that the bank has no map of, or an empty bank."""
    sides = list(bank.sides.values())
    known = sorted(set.intersection(*(set(side.maps) for side in sides))) if sides else []
    if method not in known:
        raise UserError(f"The bank has no map {method!r}; choose one of {known}")
    if not len(bank):
        raise ValueError("A place on the map needs bank rows to stand near (got an empty bank)")


def place_among(found: Found, bank: Bank, method: str) -> Plane:
    """Where inputs belong (n, 2) on the bank's map, from their nearest rows (n, k) among all modalities.

    The rows are numbered one modality below the other, as :func:`~sharcs_core.retrieval.nearest_in_all` has them.
    """
    return _weighed(found, _positions(bank, method, found[0]))


def _near(points: Plane, fitted: Plane, plane: Plane) -> Plane:
    """Places (n, 2) of points (n, T) among those (m, T) that were fitted, which have places (m, 2)."""
    found = nearest_rows(points, fitted, N_AROUND)
    return _weighed(found, plane[np.maximum(found[0], 0)])


def _weighed(found: Found, positions: Plane) -> Plane:
    """The mean (n, 2) of positions (n, k, 2), each weighed by how near its row is."""
    indices, distances = found
    exact = distances[:, 0] == 0
    with np.errstate(invalid="ignore"):
        weights = distances[:, :1] / distances  # (n, k), at most 1; 0 where there is no row
    weights[exact] = np.eye(1, indices.shape[1])  # all on the lowest of the rows that equal the query
    weights /= weights.sum(axis=1, keepdims=True)
    placed: Plane = np.einsum("nk,nkd->nd", weights, positions)
    return placed


def _positions(bank: Bank, method: str, rows: Ints) -> Plane:
    """Where rows (n, k), numbered one modality below the other, lie on the map, (n, k, 2); anywhere for no row."""
    of_side, row = np.divmod(np.maximum(rows, 0), len(bank))
    maps = [side.maps[method] for side in bank.sides.values()]
    positions: Plane = np.select(
        [(of_side == place)[..., None] for place in range(len(maps))], [own[row] for own in maps]
    ).astype(np.float64)
    return positions


def _fit_pca(points: Plane, seed: int) -> Plane:
    from sklearn.decomposition import PCA

    n_components = min(2, *points.shape)
    flat = PCA(n_components, svd_solver="full", random_state=seed).fit_transform(points)
    return np.pad(flat, ((0, 0), (0, 2 - n_components)))


def _fit_tsne(points: Plane, seed: int) -> Plane:
    if len(points) < FEWEST_FOR_CURVED:
        return _fit_pca(points, seed)
    from sklearn.manifold import TSNE

    perplexity = min(TSNE_PERPLEXITY, (len(points) - 1) / 3)
    start = _scaled(_fit_pca(points, seed)) * 1e-4  # our own, for one concept gives scikit-learn's too few axes
    plane: Plane = TSNE(perplexity=perplexity, init=start, random_state=seed, n_jobs=1).fit_transform(points)
    return plane


def _fit_umap(points: Plane, seed: int) -> Plane:
    if len(points) < FEWEST_FOR_CURVED:
        return _fit_pca(points, seed)
    n_neighbors = min(UMAP_NEIGHBOURS, len(points) - 1)
    start = _scaled(_fit_pca(points, seed)) * 10  # spectral start fails where the neighbourhoods fall apart
    flat = np.ptp(start, axis=0) == 0  # of one concept: UMAP divides each axis by its length
    start[:, flat] = np.random.default_rng(seed).normal(size=(len(points), int(flat.sum())))
    prepare_numba()
    with _threads_of_torch_kept():
        from umap import UMAP

        plane: Plane = UMAP(n_neighbors=n_neighbors, init=start, random_state=seed, n_jobs=1).fit_transform(points)
    return plane


@contextmanager
def _threads_of_torch_kept() -> Iterator[None]:
    """Numba, when it starts, gives all cores to the OpenMP that torch uses too: a later training would differ."""
    import torch

    n_threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def _scaled(plane: Plane) -> Plane:
    """Centred, both axes by one factor so that the largest coordinate is 1."""
    centred: Plane = np.asarray(plane, dtype=np.float64) - (np.max(plane, axis=0) + np.min(plane, axis=0)) / 2
    largest = np.abs(centred).max()
    return centred / largest if largest > 0 else centred


METHOD_FITS: dict[str, Callable[[Plane, int], Plane]] = {"t-SNE": _fit_tsne, "UMAP": _fit_umap, "PCA": _fit_pca}
METHODS = tuple(METHOD_FITS)
