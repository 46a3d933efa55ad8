"""The task on a few pictures of the shipped subset: which half meets which, and what never meets."""

import numpy as np
import pytest

from few_digits import few_digits, in_place_of_mnist
from sharcs_core.tasks.mnist import half_mnist
from sharcs_core.tasks.mnist import task as mnist_task
from sharcs_core.tasks.mnist.half_mnist import HalfMnist, draw_halves
from sharcs_core.tasks.mnist.half_superpixels import (
    MAX_HALF_NODES,
    OTHER_HALF,
    half_graphs,
    half_picture,
    half_superpixels,
)
from sharcs_core.tasks.mnist.source import DataError
from sharcs_core.tasks.mnist.superpixels import N_NEIGHBOURS

N_TRAIN, N_TEST = 200, 61


@pytest.fixture(scope="module")
def few():
    return few_digits(N_TRAIN, N_TEST)


@pytest.fixture(scope="module")
def task(few, tmp_path_factory):
    with in_place_of_mnist(few, tmp_path_factory.mktemp("graphs")):
        yield HalfMnist()


@pytest.fixture(scope="module")
def data(task):
    return task.load(seed=0)


def splits_of(data):
    return ((data.train, "train"), (data.validation, "train"), (data.test, "test"))


# -- half graphs --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def graphs(few):
    return half_graphs(few[0]["train_images"][:30])


@pytest.mark.parametrize("half", [0, 1])
def test_a_node_is_the_mean_of_its_pixels_at_its_place_on_the_whole_picture(few, half):
    picture = few[0]["train_images"][3]
    nodes, segments = half_superpixels(picture, half)
    for number, (intensity, x, y) in enumerate(nodes):
        rows, columns = np.nonzero(segments == number)
        assert intensity == pytest.approx(picture[rows, columns].mean() / 255)
        assert x == pytest.approx(columns.mean() / 27)
        assert y == pytest.approx(rows.mean() / 27)
        assert ((rows >= 14) == bool(half)).all()
    other = segments[:14] if half else segments[14:]
    assert (other == OTHER_HALF).all()
    own = segments[14:] if half else segments[:14]
    assert set(np.unique(own)) == set(range(len(nodes)))


def test_a_half_graph_knows_nothing_of_the_other_half(few):
    first, second = few[0]["train_images"][:2]
    mixed = np.concatenate([first[:14], second[14:]])
    for half, whole in ((0, first), (1, second)):
        for found, expected in zip(half_superpixels(mixed, half), half_superpixels(whole, half), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_half_graphs_come_tops_first_and_are_about_fifty_nodes(few, graphs):
    n_nodes = graphs.arrays["n_nodes"]
    assert len(graphs) == 60
    assert 40 <= n_nodes.min() <= n_nodes.max() < MAX_HALF_NODES
    assert 45 <= n_nodes.mean() <= 55
    for row in (0, 7, 30, 37):
        nodes, segments = half_superpixels(few[0]["train_images"][row % 30], row // 30)
        assert n_nodes[row] == len(nodes)
        np.testing.assert_array_equal(graphs.arrays["nodes"][row, : len(nodes)], nodes.astype(np.float16))
        np.testing.assert_array_equal(graphs.arrays["segments"][row], segments)


def test_neighbours_are_the_eight_nearest_and_the_padding_is_empty(graphs):
    for nodes, n_nodes, neighbours in zip(*(graphs.arrays[n] for n in ("nodes", "n_nodes", "neighbours")), strict=True):
        assert not nodes[n_nodes:].any()
        assert (neighbours[n_nodes:] == -1).all()
        places = nodes[:n_nodes, 1:].astype(float)
        for i in range(0, n_nodes, 11):
            away = np.hypot(*(places - places[i]).T)
            away[i] = np.inf
            heard = neighbours[i]
            assert len(set(heard.tolist()) - {i}) == N_NEIGHBOURS
            assert away[heard].max() <= np.sort(away)[N_NEIGHBOURS - 1] + 2e-3  # places are kept in half precision


def test_the_other_half_is_painted_by_a_node_that_no_graph_has(graphs):
    assert graphs.arrays["n_nodes"].max() <= OTHER_HALF < MAX_HALF_NODES
    painted = np.take_along_axis(
        graphs.arrays["nodes"][..., 0], graphs.arrays["segments"].reshape(60, -1).astype(int), axis=1
    ).reshape(60, 28, 28)
    assert not painted[:30, 14:].any()
    assert not painted[30:, :14].any()
    assert painted[:30, :14].any((1, 2)).all()
    assert painted[30:, 14:].any((1, 2)).all()


@pytest.mark.parametrize("value", [0, 255])
def test_an_even_half_is_still_a_graph(value):
    graph = half_graphs(np.full((1, 28, 28), value, dtype=np.uint8))
    assert (graph.arrays["n_nodes"] >= 1).all()
    assert np.isfinite(graph.arrays["nodes"].astype(float)).all()


# -- splits -------------------------------------------------------------------------------------------------------


def test_the_two_inputs_of_a_sample_are_the_two_halves_of_one_picture(data, few):
    for split, part in splits_of(data):
        inputs = split.samples()
        numbers = split.sample_sources()["image"]
        np.testing.assert_array_equal(numbers, split.sample_sources()["graph"])
        assert len(set(numbers.tolist())) == len(split)
        for i, number in enumerate(numbers):
            picture = few[0][f"{part}_images"][number]
            shown = split.sample_semantics()["image"][i] % 2
            assert split.sample_semantics()["graph"][i] % 2 == 1 - shown
            top_or_bottom = slice(14 * shown, 14 * shown + 14)
            black = slice(14 - 14 * shown, 28 - 14 * shown)
            pixels = inputs["image"].arrays["pixels"][i]
            np.testing.assert_array_equal(pixels[top_or_bottom], picture[top_or_bottom])
            assert not pixels[black].any()
            segments = inputs["graph"].arrays["segments"][i]
            assert (segments[top_or_bottom] == OTHER_HALF).all()
            assert (segments[black] != OTHER_HALF).all()


def test_the_graphs_are_those_of_the_pictures_they_are_said_to_come_from(data, few):
    for split, part in splits_of(data):
        n = len(split)
        for row in (0, 5, n, n + 5):
            picture = few[0][f"{part}_images"][split.sources["graph"][row]]
            nodes, segments = half_superpixels(picture, row // n)
            np.testing.assert_array_equal(split.inputs["graph"].arrays["segments"][row], segments)
            kept = split.inputs["graph"].arrays["nodes"][row]
            np.testing.assert_array_equal(kept[: len(nodes)], nodes.astype(np.float16))


def test_the_label_is_the_digit_and_the_key_is_digit_and_half(data, few):
    for split, part in splits_of(data):
        digits = few[0][f"{part}_labels"]
        np.testing.assert_array_equal(split.labels, digits[split.sample_sources()["image"]])
        n = len(split)
        for name in ("image", "graph"):
            assert len(split.inputs[name]) == 2 * n
            for row, (key, number) in enumerate(zip(split.semantics[name], split.sources[name], strict=True)):
                assert key == 2 * digits[number] + row // n


def test_both_orientations_are_even_in_every_split(data):
    for split, _ in splits_of(data):
        n_bottoms = (split.sample_semantics()["image"] % 2).sum()
        assert abs(2 * n_bottoms - len(split)) <= 1


def test_no_sample_pairs_equal_keys(data):
    for split, _ in splits_of(data):
        keys = split.sample_semantics()
        assert (keys["image"] != keys["graph"]).all()


def test_training_and_validation_share_the_training_pictures_and_the_test_has_its_own(data, few):
    arrays, source = few
    training, validation = (set(split.sources["image"].tolist()) for split in (data.train, data.validation))
    assert not training & validation
    assert training | validation == set(range(N_TRAIN))
    assert len(validation) == N_TRAIN * 0.05
    np.testing.assert_array_equal(np.sort(data.test.sample_sources()["graph"]), np.arange(N_TEST))
    np.testing.assert_array_equal(
        data.test.inputs["image"].arrays["pixels"][:N_TEST, :14], arrays["test_images"][:, :14]
    )
    assert data.source == source


def test_test_pairings_are_the_same_for_every_seed_and_each_load(task, data):
    other, again = task.load(seed=7), task.load(seed=0)
    np.testing.assert_array_equal(other.test.pairing["image"], data.test.pairing["image"])
    np.testing.assert_array_equal(again.validation.pairing["image"], data.validation.pairing["image"])
    np.testing.assert_array_equal(again.train.sources["image"], data.train.sources["image"])
    assert set(other.validation.sources["image"]) != set(data.validation.sources["image"])


def test_training_draws_the_halves_afresh_by_the_generator_alone(task, data):
    first, labels = task.pair(data.train, np.random.default_rng([0, 1]))
    again, _ = task.pair(data.train, np.random.default_rng([0, 1]))
    following, _ = task.pair(data.train, np.random.default_rng([0, 2]))
    n = len(data.train)
    np.testing.assert_array_equal(first["image"], again["image"])
    assert 0.3 < (first["image"] != following["image"]).mean() < 0.7
    np.testing.assert_array_equal(first["image"] % n, np.arange(n))
    np.testing.assert_array_equal(first["graph"], (first["image"] + n) % (2 * n))
    np.testing.assert_array_equal(labels, data.train.labels)
    assert (first["image"] < n).sum() == (n + 1) // 2


@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_halves_are_drawn_evenly(n):
    for seed in range(10):
        halves = draw_halves(n, np.random.default_rng(seed))
        assert halves.shape == (n,)
        assert halves.sum() == n // 2


def test_a_picture_is_shown_by_either_half_in_the_long_run():
    drawn = np.mean([draw_halves(20, np.random.default_rng(seed)) for seed in range(400)], axis=0)
    assert abs(drawn - 0.5).max() < 0.12


@pytest.mark.parametrize(("missing", "other"), [("image", "graph"), ("graph", "image")])
def test_described_is_the_very_half_that_is_missing(task, data, missing, other):
    described = task.describe(data.test, missing, other, np.random.default_rng(0))
    assert described.kind == other
    keys, numbers = data.test.sample_semantics()[missing], data.test.sample_sources()[missing]
    field = "pixels" if other == "image" else "segments"
    for i, (key, number) in enumerate(zip(keys, numbers, strict=True)):
        row = number + (key % 2) * N_TEST  # test pictures are whole and in order
        np.testing.assert_array_equal(described.arrays[field][i], data.test.inputs[other].arrays[field][row])


def test_described_follows_the_samples_of_a_selection(task, data):
    chosen = data.test.select(np.array([9, 2]))
    described = task.describe(chosen, "graph", "image", np.random.default_rng(0))
    rows = data.test.pairing["graph"][[9, 2]]
    np.testing.assert_array_equal(described.arrays["pixels"], data.test.inputs["image"].arrays["pixels"][rows])


# -- fewer training pictures --------------------------------------------------------------------------------------


def test_fewer_training_pictures_leave_validation_and_test_whole(task, data):
    less, more = task.load(seed=0, n_train=30), task.load(seed=0, n_train=50)
    assert len(less.train) == 30
    assert len(less.train.inputs["graph"]) == len(less.train.inputs["image"]) == 60
    assert set(less.train.sources["image"]) < set(more.train.sources["image"]) < set(data.train.sources["image"])
    for name in ("validation", "test"):
        part, whole = getattr(less, name), getattr(data, name)
        np.testing.assert_array_equal(part.sources["image"], whole.sources["image"])
        np.testing.assert_array_equal(part.pairing["image"], whole.pairing["image"])
    other = task.load(seed=1, n_train=30)
    assert set(other.train.sources["image"]) != set(less.train.sources["image"])


def test_all_training_pictures_by_number_is_all(task, data):
    np.testing.assert_array_equal(
        task.load(seed=0, n_train=N_TRAIN - 10).train.sources["image"], data.train.sources["image"]
    )


@pytest.mark.parametrize("n_train", [-1, 0, 1, N_TRAIN - 9])
def test_a_number_of_training_pictures_that_cannot_be_is_refused(task, n_train):
    with pytest.raises(ValueError, match=f"n_train must be 2 … 190 .*got {n_train}"):
        task.load(seed=0, n_train=n_train)


def test_a_handful_of_pictures_is_refused(monkeypatch, few):
    arrays, source = few
    monkeypatch.setattr(mnist_task, "load_mnist", lambda _: ({k: v[:59] for k, v in arrays.items()}, source))
    with pytest.raises(DataError, match="at least 60 pictures"):
        HalfMnist().load(seed=0)


# -- the rest -----------------------------------------------------------------------------------------------------


def test_factors_and_names_say_what_a_key_is(task):
    for key in range(20):
        digit, half = task.card.factors["digit"][key], task.card.factors["half"][key]
        assert 2 * digit + half == key
        for modality in task.card.modalities:
            assert modality.key_names[key] == f"{('top', 'bottom')[half]} half of digit {digit}"


def test_half_pictures_add_up_to_the_picture(few):
    pictures = few[0]["test_images"][:20]
    np.testing.assert_array_equal(half_picture(pictures, 0) + half_picture(pictures, 1), pictures)
    assert not half_picture(pictures, 0)[:, 14:].any()


def test_graphs_are_built_once(task, data, monkeypatch):
    monkeypatch.setattr(half_mnist, "half_graphs", lambda _: pytest.fail("built again"))
    again = task.load(seed=0)
    for name, values in data.test.inputs["graph"].arrays.items():
        np.testing.assert_array_equal(values, again.test.inputs["graph"].arrays[name])


def test_the_preset_fits_the_task(task, data):
    config = task.preset(seed=3)
    assert config.task == task.name
    assert config.training.seed == 3
    assert config.model.n_classes == len(task.card.target.names)
    assert {name: encoder.kind for name, encoder in config.model.encoders.items()} == {
        modality.name: modality.kind for modality in task.card.modalities
    }
    assert config.model.encoders["graph"].n_features == data.train.inputs["graph"].arrays["nodes"].shape[2]


def test_the_licence_of_the_pictures_goes_with_every_copy(task):
    assert "CC BY-SA 3.0" in task.card.license
