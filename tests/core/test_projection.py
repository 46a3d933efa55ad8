"""The map: seeded, bounded, neighbourhoods kept; and the place of a new input by a plain loop."""

from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest
import torch

from builders import make_bank, make_side
from sharcs_core import projection
from sharcs_core.projection import GRAIN, METHODS, fit_maps, place

ALL_FITS = dict(projection.METHOD_FITS)


@pytest.fixture(scope="module", autouse=True)
def pca_alone():
    """Here are all maps, whatever the other tests have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "METHOD_FITS", ALL_FITS)
        yield


def two_groups():
    rng = np.random.default_rng(0)
    centre = np.repeat([[0.1] * 4, [0.9] * 4], 15, axis=0)
    return {name: (centre + rng.normal(0, 0.03, centre.shape)).astype(np.float32) for name in ("image", "graph")}


def test_maps_are_seeded_bounded_and_keep_what_is_near_together():
    shared = two_groups()
    maps = fit_maps(shared, seed=3)
    again = fit_maps(shared, seed=3)
    assert tuple(maps) == METHODS == ("t-SNE", "UMAP", "PCA")
    for method, sides in maps.items():
        assert {name: side.shape for name, side in sides.items()} == {"image": (30, 2), "graph": (30, 2)}
        together = np.concatenate(list(sides.values()))
        assert abs(together).max() == pytest.approx(1)
        for name in sides:
            np.testing.assert_array_equal(sides[name], again[method][name])
        group = np.tile(np.repeat([0, 1], 15), 2)
        distances = np.linalg.norm(together[:, None] - together[None], axis=-1)
        distances[np.arange(60), np.arange(60)] = np.inf
        assert (group[distances.argmin(axis=1)] == group).mean() > 0.95


def test_of_many_inputs_a_sample_is_fitted_and_the_others_lie_near_theirs(monkeypatch):
    rng = np.random.default_rng(0)
    shared, fitted = {"image": rng.random((50, 3)), "graph": rng.random((40, 3))}, []

    def fit(points, seed):
        fitted.append(points)
        return points[:, :2] - 3 * points[:, 2:]

    monkeypatch.setattr(projection, "MOST_FITTED", 25)
    monkeypatch.setitem(projection.METHOD_FITS, "UMAP", fit)
    monkeypatch.setitem(projection.METHOD_FITS, "t-SNE", fit)
    maps = fit_maps(shared, seed=3)["UMAP"]
    assert [len(points) for points in fitted] == [25, 25]
    plane, fitted_plane, together = np.empty((90, 2)), fit(fitted[0], 3), np.concatenate(list(shared.values()))
    for row, point in enumerate(together + np.random.default_rng(3).normal(scale=GRAIN, size=together.shape)):
        far = np.linalg.norm(fitted[0] - point, axis=1)
        near = far.argsort()[:10]
        weights = np.eye(10)[0] if far.min() == 0 else 1 / far[near]
        plane[row] = weights @ fitted_plane[near] / weights.sum()
    centred = plane - (plane.max(0) + plane.min(0)) / 2
    np.testing.assert_allclose(np.concatenate(list(maps.values())), centred / abs(centred).max(), atol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 4, 40])
def test_very_few_inputs_and_a_single_concept_get_a_map(n):
    maps = fit_maps({"image": np.linspace(0, 1, n)[:, None], "graph": np.empty((0, 1))}, seed=0)
    for sides in maps.values():
        assert sides["image"].shape == (n, 2)
        assert sides["graph"].shape == (0, 2)
        assert np.isfinite(sides["image"]).all()


def test_inputs_that_are_all_alike_lie_on_one_finite_spot():
    maps = fit_maps({"image": np.full((9, 3), 0.5)}, seed=0)
    assert all((maps[method]["image"] == 0).all() for method in METHODS)


@pytest.mark.parametrize("shared", [{}, {"a": np.empty((0, 2))}, {"a": np.ones((2, 2)), "b": np.ones((2, 3))}])
def test_a_map_needs_inputs_of_one_width(shared):
    with pytest.raises(ValueError, match="A map needs inputs with equally many concepts"):
        fit_maps(shared, seed=0)


def bank_with_map(seed=0, n=20):
    rng = np.random.default_rng(seed)
    return make_bank(
        **{name: make_side(name, rng.random((n, 3)), maps={"PCA": rng.random((n, 2))}) for name in ("image", "graph")}
    )


def test_the_place_is_the_distance_weighted_mean_of_the_nearest_rows_of_all_modalities():
    bank = bank_with_map()
    queries = np.random.default_rng(1).random((5, 3))
    rows = np.concatenate([side.shared for side in bank.sides.values()])
    spots = np.concatenate([side.maps["PCA"] for side in bank.sides.values()])
    for query, found in zip(queries, place(queries, bank, "PCA", k=4), strict=True):
        nearest = sorted((np.linalg.norm(row - query), index) for index, row in enumerate(rows))[:4]
        weights = [1 / distance for distance, _ in nearest]
        expected = sum(w * spots[index] for w, (_, index) in zip(weights, nearest, strict=True)) / sum(weights)
        np.testing.assert_allclose(found, expected)


def test_a_row_lands_on_itself_and_others_change_nothing():
    bank = bank_with_map()
    side = bank.sides["graph"]
    np.testing.assert_array_equal(place(side.shared, bank, "PCA"), side.maps["PCA"])
    alone = place(np.full((1, 3), 0.3), bank, "PCA")
    among = place(np.concatenate([side.shared, np.full((1, 3), 0.3)]), bank, "PCA")
    np.testing.assert_array_equal(alone[0], among[-1])


def test_of_several_equal_rows_the_lowest_is_landed_on():
    bank = make_bank(image=make_side("image", np.ones((3, 2)), maps={"PCA": [[5, 6], [7, 8], [9, 9]]}))
    assert place(np.ones((1, 2)), bank, "PCA").tolist() == [[5, 6]]


def test_fewer_rows_than_neighbours_are_enough():
    bank = make_bank(image=make_side("image", [[0.0], [1.0]], maps={"PCA": [[0, 0], [1, 1]]}))
    np.testing.assert_allclose(place(np.array([[0.25]]), bank, "PCA"), [[0.25, 0.25]])


def test_a_map_that_is_not_there_is_said_with_the_choice():
    with pytest.raises(ValueError, match=r"no map 'UMAP'; choose one of \['PCA'\]"):
        place(np.zeros((1, 3)), bank_with_map(), "UMAP")
    with pytest.raises(ValueError, match="empty bank"):
        place(np.zeros((1, 3)), bank_with_map(n=0), "PCA")


class EagerUmap(ModuleType):
    """In the place of umap: gives torch other threads whatever is asked of it, as numba does at its first start."""

    def __getattr__(self, name):
        torch.set_num_threads(torch.get_num_threads() + 1)
        return self

    def __call__(self, **_):
        torch.set_num_threads(torch.get_num_threads() + 1)
        return self

    def fit_transform(self, points):
        torch.set_num_threads(torch.get_num_threads() + 1)
        return points[:, :2]


def test_umap_leaves_the_threads_of_torch_as_they_are(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", EagerUmap("umap"))
    before = torch.get_num_threads()
    assert projection.METHOD_FITS["UMAP"](np.random.default_rng(0).random((9, 4)), 0).shape == (9, 2)
    assert torch.get_num_threads() == before


def test_the_threads_of_torch_are_kept_from_numba():
    """Numba sets them when it starts, once a process: a training after another would not be the same to the bit."""
    program = """
import torch
from numba.np.ufunc.parallel import _launch_threads
from sharcs_core.projection import _threads_of_torch_kept
with _threads_of_torch_kept():
    _launch_threads()
print(torch.get_num_threads())
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert done.stdout.split() == ["1"], done.stderr
