"""The task on a few pictures of the shipped subset: who meets whom, and what never meets."""

import numpy as np
import pytest

from few_digits import few_digits, in_place_of_mnist
from sharcs_core.baselines import build_model
from sharcs_core.comparison import stratified_part
from sharcs_core.inference import build_bank
from sharcs_core.tasks.mnist import mnist_superpixels
from sharcs_core.tasks.mnist.mnist_superpixels import MnistSuperpixels, cyclic_partners
from sharcs_core.tasks.mnist.superpixels import superpixels

N_TRAIN, N_TEST = 200, 60


@pytest.fixture(scope="module")
def few():
    return few_digits(N_TRAIN, N_TEST)


@pytest.fixture(scope="module")
def task(few, tmp_path_factory):
    with in_place_of_mnist(few, tmp_path_factory.mktemp("graphs")):
        yield MnistSuperpixels()


@pytest.fixture(scope="module")
def data(task):
    return task.load(seed=0)


@pytest.mark.parametrize("n", [2, 3, 10, 57])
def test_partners_are_a_permutation_in_which_nobody_meets_himself(n):
    for seed in range(20):
        partners = cyclic_partners(n, np.random.default_rng(seed))
        assert sorted(partners) == list(range(n))
        assert (partners != np.arange(n)).all()


@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_no_picture_meets_itself_and_the_label_is_the_sum(data, name):
    split = getattr(data, name)
    sources, keys = split.sample_sources(), split.sample_semantics()
    assert (sources["image"] != sources["graph"]).all()
    np.testing.assert_array_equal(split.labels, keys["image"] + keys["graph"])
    assert sorted(split.pairing["graph"]) == sorted(split.pairing["image"]) == list(range(len(split)))


def test_keys_are_the_digits_of_the_pictures(data, few):
    arrays, _ = few
    for split, part in ((data.train, "train"), (data.validation, "train"), (data.test, "test")):
        sources = split.sources["image"]
        np.testing.assert_array_equal(split.inputs["image"].arrays["pixels"], arrays[f"{part}_images"][sources])
        for name in ("image", "graph"):
            np.testing.assert_array_equal(split.semantics[name], arrays[f"{part}_labels"][split.sources[name]])


def test_the_graphs_are_those_of_the_pictures_they_are_said_to_come_from(data, few):
    arrays, _ = few
    for split, part in ((data.train, "train"), (data.test, "test")):
        for row in (0, 17):
            nodes, segments = superpixels(arrays[f"{part}_images"][split.sources["graph"][row]])
            graph = split.inputs["graph"].take([row]).arrays
            assert graph["n_nodes"][0] == len(nodes)
            np.testing.assert_allclose(graph["nodes"][0, : len(nodes)], nodes, atol=1e-3)
            np.testing.assert_array_equal(graph["segments"][0], segments)


def test_training_and_validation_share_the_training_pictures_and_the_test_has_its_own(data, few):
    arrays, source = few
    training, validation = (set(split.sources["image"].tolist()) for split in (data.train, data.validation))
    assert not training & validation
    assert training | validation == set(range(N_TRAIN))
    assert len(validation) == N_TRAIN * 0.05
    assert len(data.test) == N_TEST
    np.testing.assert_array_equal(data.test.inputs["image"].arrays["pixels"], arrays["test_images"])
    seen = {picture.tobytes() for picture in arrays["train_images"]}
    assert not seen & {picture.tobytes() for picture in data.test.inputs["image"].arrays["pixels"]}
    assert data.source == source
    assert source.name == "mnist-custom"


def test_test_pairings_are_the_same_for_every_seed_and_each_load(task, data):
    other, again = task.load(seed=7), task.load(seed=0)
    np.testing.assert_array_equal(other.test.pairing["graph"], data.test.pairing["graph"])
    np.testing.assert_array_equal(other.test.labels, data.test.labels)
    np.testing.assert_array_equal(again.validation.sample_sources()["graph"], data.validation.sample_sources()["graph"])
    np.testing.assert_array_equal(again.train.pairing["graph"], data.train.pairing["graph"])
    assert set(other.validation.sources["image"]) != set(data.validation.sources["image"])


def test_training_pairs_afresh_by_the_generator_alone(task, data):
    first, labels = task.pair(data.train, np.random.default_rng([0, 1]))
    again, _ = task.pair(data.train, np.random.default_rng([0, 1]))
    next_epoch, _ = task.pair(data.train, np.random.default_rng([0, 2]))
    np.testing.assert_array_equal(first["graph"], again["graph"])
    assert (first["graph"] != next_epoch["graph"]).mean() > 0.9
    assert (data.train.sources["image"][first["image"]] != data.train.sources["graph"][first["graph"]]).all()
    keys = data.train.semantics
    np.testing.assert_array_equal(labels, keys["image"][first["image"]] + keys["graph"][first["graph"]])


@pytest.mark.parametrize(("missing", "other"), [("image", "graph"), ("graph", "image")])
def test_described_is_the_very_picture_that_is_missing(task, data, missing, other):
    described = task.describe(data.test, missing, other, np.random.default_rng(0))
    assert described.kind == other
    wanted = data.test.sample_sources()[missing]
    np.testing.assert_array_equal(
        described.arrays["pixels" if other == "image" else "segments"],
        data.test.inputs[other].arrays["pixels" if other == "image" else "segments"][wanted],
    )


def test_ids_name_the_picture_an_input_was_made_from(task, data):
    model = build_model(task.preset().model).eval()
    index = stratified_part(data.test.labels, 10, seed=0)
    bank = build_bank(model, task, data.test, index, "test")
    assert bank.sample_ids.tolist() == [f"test/{number:05d}" for number in index]
    for row, number in enumerate(index):
        for name, side in bank.sides.items():
            source = data.test.sample_sources()[name][number]
            assert side.ids[row] == f"test/{source:05d}/{name}"


def test_fewer_training_pictures_leave_validation_and_test_whole(task, data):
    less, more = task.load(seed=0, n_train=30), task.load(seed=0, n_train=50)
    assert len(less.train) == len(less.train.inputs["graph"]) == 30
    assert set(less.train.sources["image"]) < set(more.train.sources["image"]) < set(data.train.sources["image"])
    assert (less.train.sample_sources()["image"] != less.train.sample_sources()["graph"]).all()
    for name in ("validation", "test"):
        for modality in ("image", "graph"):
            np.testing.assert_array_equal(
                getattr(less, name).sample_sources()[modality], getattr(data, name).sample_sources()[modality]
            )
    assert set(task.load(seed=1, n_train=30).train.sources["image"]) != set(less.train.sources["image"])


@pytest.mark.parametrize("n_train", [1, N_TRAIN])
def test_a_number_of_training_pictures_that_cannot_be_is_refused(task, n_train):
    with pytest.raises(ValueError, match=f"n_train must be 2 … 190 .*got {n_train}"):
        task.load(seed=0, n_train=n_train)


def test_the_known_factor_of_a_key_is_its_digit(task):
    assert task.card.factors == {"digit": tuple(range(10))}


def test_graphs_are_built_once(task, data, monkeypatch):
    monkeypatch.setattr(mnist_superpixels, "superpixel_graphs", lambda _: pytest.fail("built again"))
    again = task.load(seed=0)
    for name, values in data.test.inputs["graph"].arrays.items():
        np.testing.assert_array_equal(values, again.test.inputs["graph"].arrays[name])


def test_the_licence_of_the_pictures_goes_with_every_copy(task):
    licence = task.card.license
    for words in ("Yann LeCun", "Corinna Cortes", "CC BY-SA 3.0", "subset, repacked"):
        assert words in licence
