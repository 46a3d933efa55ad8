"""Shuffling takes the truth out of training and validation, and leaves the test alone."""

import numpy as np
import pytest

from sharcs_benchmark.sanity import shuffle
from toy_task import MODALITIES, ToyTask


@pytest.fixture(scope="module")
def data():
    return ToyTask().load(seed=0)


@pytest.mark.parametrize("shuffled", ["labels", "keys"])
def test_the_test_split_stays_as_it_was(shuffled, data):
    assert shuffle(ToyTask(), data, shuffled, seed=0)[1].test is data.test


def test_labels_are_dealt_out_anew_and_stay_the_same_labels(data):
    task, other = shuffle(ToyTask(), data, "labels", seed=0)
    _, labels = task.pair(other.train, np.random.default_rng(0))
    for shuffled, own in ((labels, data.train.labels), (other.validation.labels, data.validation.labels)):
        assert np.array_equal(np.sort(shuffled), np.sort(own))
        assert np.mean(shuffled == own) < 0.6  # of four classes with shares 1/8 to 3/8 about a third agree by chance
    assert all(np.array_equal(other.train.semantics[name], data.train.semantics[name]) for name in MODALITIES)


def test_keys_are_dealt_out_anew_within_each_modality_and_labels_stay(data):
    task, other = shuffle(ToyTask(), data, "keys", seed=0)
    pairing, labels = task.pair(other.train, np.random.default_rng(0))
    assert np.array_equal(labels, data.train.labels)
    for name in MODALITIES:
        assert np.array_equal(np.sort(other.train.semantics[name]), np.sort(data.train.semantics[name]))
        assert np.mean(other.train.semantics[name] == data.train.semantics[name]) < 0.45
        assert np.array_equal(pairing[name], data.train.pairing[name])


def test_the_same_seed_shuffles_the_same_way(data):
    one, same, other = (shuffle(ToyTask(), data, "labels", seed)[1].train.labels for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
