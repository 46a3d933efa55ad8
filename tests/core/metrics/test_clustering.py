"""The concept alignment score against entropies counted by hand, and its behaviour."""

from __future__ import annotations

import warnings
from math import log

import numpy as np
import pytest
from sklearn.cluster import KMeans

from sharcs_core import metrics
from sharcs_core.metrics import clustering


def homogeneity_by_hand(values, clusters):
    """1 − H(values | clusters) / H(values), from counts; 1 where all values are one."""
    n = len(values)
    whole = -sum(values.count(v) / n * log(values.count(v) / n) for v in set(values))
    within = 0.0
    for cluster in set(clusters):
        inside = [v for v, c in zip(values, clusters, strict=True) if c == cluster]
        within -= sum(inside.count(v) / n * log(inside.count(v) / len(inside)) for v in set(inside))
    return 1 - within / whole if whole else 1.0


def test_the_score_is_the_mean_homogeneity_over_the_numbers_of_clusters():
    rng = np.random.default_rng(0)
    concepts = rng.random((18, 3))
    values = {"size": rng.integers(0, 2, 18), "colour": rng.integers(0, 4, 18)}
    found = metrics.concept_alignment(concepts, values, seed=3)
    counts = range(2, 19)  # few inputs: every number of clusters is tried
    assert clustering.cluster_counts(18) == list(counts)
    for name, given in values.items():
        by_count = []
        for count in counts:
            clusters = KMeans(count, n_init=1, random_state=3).fit_predict(concepts) if count < 18 else np.arange(18)
            by_count.append(homogeneity_by_hand(given.tolist(), clusters.tolist()))
        assert found[name] == pytest.approx(np.mean(by_count))
    assert found["mean"] == pytest.approx((found["size"] + found["colour"]) / 2)


def test_concepts_that_say_a_factor_score_high_and_those_that_do_not_as_if_shuffled():
    rng = np.random.default_rng(0)
    size, colour = rng.integers(0, 2, 300), rng.integers(0, 4, 300)
    concepts = np.stack([size] * 4, axis=1) + rng.normal(0, 0.05, (300, 4))
    found = metrics.concept_alignment(concepts, {"size": size, "colour": colour})
    assert found["size"] > 0.99
    assert found["colour"] < found["size"] - 0.2
    blind = metrics.concept_alignment(rng.random((300, 4)), {"size": size, "colour": colour})
    assert blind["mean"] == pytest.approx(blind["shuffled"], abs=0.05)
    assert found["size"] > blind["size"] + 0.2


def test_with_two_points_only_no_clustering_is_finer_than_they_are():
    concepts = np.repeat([[0.0, 0.0], [1.0, 1.0]], 10, axis=0)
    own, crossed = np.repeat([0, 1], 10), np.tile([0, 1], 10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # k-means would say that it found fewer clusters than it was asked for
        found = metrics.concept_alignment(concepts, {"own": own, "crossed": crossed})
    assert found["own"] == pytest.approx(1)
    assert found["crossed"] == pytest.approx(0, abs=1e-12)


def test_a_factor_of_one_value_is_always_pure():
    assert metrics.concept_alignment(np.random.default_rng(0).random((9, 2)), {"same": np.zeros(9, int)})["same"] == 1


def test_of_many_inputs_some_are_drawn_and_the_same_each_time(monkeypatch):
    monkeypatch.setattr(clustering, "MAX_CLUSTERED", 40)
    rng = np.random.default_rng(0)
    concepts, values = rng.random((100, 3)), {"size": rng.integers(0, 3, 100)}
    found = metrics.concept_alignment(concepts, values, seed=1)
    assert found == metrics.concept_alignment(concepts, values, seed=1)
    drawn = np.sort(np.random.default_rng(1).permutation(100)[:40])
    part = metrics.concept_alignment(concepts[drawn], {"size": values["size"][drawn]}, seed=1)
    assert found["size"] == part["size"]


@pytest.mark.parametrize(
    ("concepts", "values", "message"),
    [
        (np.ones((1, 2)), {"size": [0]}, "at least two inputs"),
        (np.ones((3, 2)), {"size": [0, 1]}, "a value of each factor"),
        (np.ones((3, 2)), {}, "a value of each factor"),
        (np.ones((3, 2)), {"mean": [0, 1, 1]}, "cannot be called 'mean'"),
    ],
)
def test_alignment_says_what_does_not_fit(concepts, values, message):
    with pytest.raises(ValueError, match=message):
        metrics.concept_alignment(concepts, values)
