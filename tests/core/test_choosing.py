"""Which concepts are kept: against a slow search that works everything out anew, and what a narrower model says."""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import partial
from itertools import combinations, permutations

import numpy as np
import pytest
import torch
from sklearn.tree import DecisionTreeClassifier

from named_toy import NamedToy
from sharcs_core import choosing
from sharcs_core.choosing import narrowed, sliced
from sharcs_core.config import EncoderConfig, ModelConfig
from sharcs_core.inference import concepts_of, probabilities
from sharcs_core.meanings import Meanings
from sharcs_core.structures import Choice, Inputs, Removal, Split
from toy_task import MODALITIES, ToyTask
from untrained_runs import config_of, untrained_model

N_KEYS = 4
choose_concepts = partial(choosing.choose_concepts, meanings=Meanings({}))


class Told(torch.nn.Module):
    """A model whose shared concepts are its inputs, so that a test can say what they are."""

    def __init__(self, n_concepts, modalities=("a", "b"), named=None):
        super().__init__()
        self.nothing = torch.nn.Parameter(torch.zeros(1))
        encoder = EncoderConfig("tabular", n_concepts, (1,))
        self.config = ModelConfig(dict.fromkeys(modalities, encoder), 3, 1, n_concepts, named=named or {})

    def encode(self, batch):
        return {name: fields["values"] for name, fields in batch.items()}

    def share(self, local):
        return dict(local)


def split_of(shared, keys, pairing=None, labels=None):
    """A split whose inputs are the concepts (n, T) of each modality; a class is whether the first two keys are low."""
    own = {name: np.arange(len(values)) for name, values in shared.items()}
    pairing = pairing or own
    first, second, *_ = (keys[name][pairing[name]] for name in shared)
    return Split(
        inputs={name: Inputs("tabular", {"values": values.astype(np.float32)}) for name, values in shared.items()},
        semantics=keys,
        sources=own,
        pairing=pairing,
        labels=(first >= 2).astype(np.int64) + (second >= 2) if labels is None else np.asarray(labels),
    )


def noisy(n, model, rng, noise=0.3):
    """Concepts that follow the bits of the keys, or their inverse, under noise; the samples are paired anyhow."""
    config = model.config
    keys = {name: rng.integers(0, N_KEYS, n) for name in config.modalities}
    shared = {}
    for name, of in keys.items():
        bits = np.stack([of % 2, of // 2, 1 - of % 2, of == 3], axis=1)
        taught = np.resize(np.arange(bits.shape[1]), config.n_shared)
        shared[name] = bits[:, taught] * 0.6 + 0.2 + rng.normal(0, noise, (n, config.n_shared))  # no two are equal
    pairing = {name: rng.permutation(n)[: n - 3] for name in keys}
    return split_of(shared, keys, pairing)


# The slow search: nothing is carried over from one candidate to the next.


def tree_accuracy_by_hand(config, train, validation, kept):
    def answers(split):
        rows = []
        for sample in range(len(split)):
            said = {
                name: split.inputs[name].arrays["values"][split.pairing[name][sample]] for name in config.modalities
            }
            row = [bool(said[name][concept] > 0.5) for name in config.modalities for concept in kept]
            for one, other in combinations(config.modalities, 2):
                for factor in config.factors:
                    values = []
                    for name in (one, other):
                        own = [float(said[name][concept]) for concept in factor.concepts]
                        values.append(own[0] > 0.5 if factor.n_values == 2 else own.index(max(own)))
                    row.append(values[0] == values[1])
                for concept in kept:
                    if concept >= config.n_named:
                        row.append((said[one][concept] > 0.5) == (said[other][concept] > 0.5))
            rows.append(row)
        return np.array(rows, dtype=np.float32)

    tree = DecisionTreeClassifier(max_leaf_nodes=300, random_state=0).fit(answers(train), train.labels)
    return float(np.mean(tree.predict(answers(validation)) == validation.labels))


def recall_by_hand(config, train, validation, kept):
    recalls = []
    for query, target in permutations(config.modalities, 2):
        asked = validation.inputs[query].arrays["values"].astype(np.float64)
        rows = train.inputs[target].arrays["values"].astype(np.float64)
        right = 0
        for point, key in zip(asked, validation.semantics[query], strict=True):
            apart = [sum((point[concept] - row[concept]) ** 2 for concept in kept) for row in rows]
            right += train.semantics[target][apart.index(min(apart))] == key
        recalls.append(right / len(asked))
    return min(recalls)


def choice_by_hand(model, train, validation, tolerance=0.003):
    config = model.config
    T = config.n_shared  # noqa: N806
    everything = np.concatenate([train.inputs[name].arrays["values"] for name in config.modalities]).astype(float)
    follows = np.abs(np.corrcoef(everything.T)).round(9)  # of two twins each follows the other alike

    def figures(kept):
        args = (config, train, validation, kept)
        return tree_accuracy_by_hand(*args), recall_by_hand(*args)

    def floor(share, n):
        return share - max(tolerance, (share * (1 - share) / n) ** 0.5) - 1e-9

    kept, removals = list(range(T)), []
    accuracy, recall = figures(kept)
    n_queries = min(len(validation.semantics[name]) for name in config.modalities)
    floors = floor(accuracy, len(validation)), floor(recall, n_queries)
    while len(kept) > max(1, config.n_named):
        found = []
        for concept in kept:
            if concept < config.n_named:
                continue
            left = [other for other in kept if other != concept]
            reached = figures(left)
            room = round(min(reached[0] - floors[0], reached[1] - floors[1]), 9)
            found.append((room, max(follows[concept][other] for other in left), -concept, reached))
        room, _, place, reached = max(found)
        if room < 0:
            break
        kept.remove(-place)
        removals.append(Removal(-place, *reached))
    return Choice(T, tuple(kept), accuracy, recall, tuple(removals))


def assert_same_choice(found, expected):
    assert found.kept == expected.kept
    assert [removal.concept for removal in found.removals] == [removal.concept for removal in expected.removals]
    assert (found.n_before, len(found.removals)) == (expected.n_before, len(expected.removals))
    for one, other in zip((found, *found.removals), (expected, *expected.removals), strict=True):
        assert one.tree_accuracy == pytest.approx(other.tree_accuracy, abs=1e-9)
        assert one.recall == pytest.approx(other.recall, abs=1e-9)


CASES = {
    "two modalities": {"n_concepts": 6},
    "three modalities": {"n_concepts": 5, "modalities": ("a", "b", "c")},
    "named": {"n_concepts": 6, "named": {"low": 2, "high": 3}},
    "all named": {"n_concepts": 4, "named": {"low": 2, "high": 3}},
    "one": {"n_concepts": 1},
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("case", CASES)
def test_the_choice_is_that_of_a_slow_search(case, seed):
    rng = np.random.default_rng(seed)
    model = Told(**CASES[case])
    train, validation = noisy(70, model, rng), noisy(40, model, rng)
    found = choose_concepts(model, train, validation)
    assert_same_choice(found, choice_by_hand(model, train, validation))
    if case in ("all named", "one"):
        assert found.kept == tuple(range(model.config.n_shared))
        assert not found.removals


@pytest.mark.parametrize("tolerance", [0.0, 0.15, 2.0])
def test_the_tolerance_sets_the_floors(tolerance):
    rng = np.random.default_rng(5)
    model = Told(6)
    train, validation = noisy(70, model, rng), noisy(40, model, rng)
    found = choose_concepts(model, train, validation, tolerance=tolerance)
    assert_same_choice(found, choice_by_hand(model, train, validation, tolerance))
    assert (len(found.kept) == 1) == (tolerance == 2.0)  # one is left, however much may be lost


@pytest.mark.parametrize("seed", range(3))
def test_steep_concepts_are_told_apart_by_what_little_they_differ(seed):
    """What is left of a distance after its largest part went must not be a matter of rounding."""
    rng = np.random.default_rng(seed)
    model = Told(6)

    def steep(n):
        split = noisy(n, model, rng, noise=0.15)
        squeezed = {
            name: 1 / (1 + np.exp(-12 * (2 * inputs.arrays["values"].astype(float) - 1)))
            for name, inputs in split.inputs.items()
        }
        return split_of(squeezed, split.semantics, split.pairing)

    train, validation = steep(90), steep(50)
    assert_same_choice(choose_concepts(model, train, validation), choice_by_hand(model, train, validation))


# What is kept, whatever the data.


def clear(n, columns, rng, noise=0.1):
    """Concepts that follow the given functions of the key, for two modalities of two keys."""
    keys = {name: rng.integers(0, N_KEYS, n) for name in ("a", "b")}
    shared = {}
    for name, of in keys.items():
        wanted = np.stack([column(of) for column in columns], axis=1).astype(float)
        shared[name] = np.clip(0.8 * wanted + 0.1 + rng.normal(0, noise, wanted.shape), 0, 1)
    return split_of(shared, keys)


LOW, HIGH = (lambda key: key % 2), (lambda key: key // 2)


@pytest.mark.parametrize("named", [{"low": 2}, {"low": 2, "high": 2}, {"key": 3}])
def test_named_concepts_never_go_even_where_they_say_nothing(named):
    rng = np.random.default_rng(0)
    nothing = [lambda key: np.zeros(len(key))] * 3
    model = Told(6, named=named)
    train, validation = (clear(n, [*nothing, LOW, HIGH, LOW], rng) for n in (150, 80))
    found = choose_concepts(model, train, validation)
    n_named = model.config.n_named
    assert found.kept[:n_named] == tuple(range(n_named))
    assert all(removal.concept >= n_named for removal in found.removals)
    assert {3, 5} - set(found.kept)  # but what is free and double goes


@pytest.mark.parametrize("inverse", [False, True])
def test_of_two_that_say_the_same_one_goes_and_what_says_more_stays(inverse):
    rng = np.random.default_rng(1)
    twin = (lambda key: 1 - HIGH(key)) if inverse else HIGH
    train, validation = (clear(n, [LOW, HIGH, twin], rng) for n in (200, 120))
    found = choose_concepts(Told(3), train, validation)
    assert len(found.removals) == 1
    assert found.removals[0].concept in (1, 2)
    assert found.kept in ((0, 1), (0, 2))


def test_of_equals_the_one_with_the_closest_twin_goes_first():
    """Without noise nothing is lost whichever goes, so that what another follows most closely decides."""
    rng = np.random.default_rng(2)
    keys = {name: rng.integers(0, N_KEYS, 200) for name in ("a", "b")}
    shared = {
        name: np.stack([0.2 + 0.6 * LOW(of), 0.2 + 0.6 * HIGH(of), 0.2 + 0.6 * HIGH(of) + 0.1 * LOW(of)], axis=1)
        for name, of in keys.items()
    }
    shared = {
        name: np.concatenate([values, 0.2 + 0.6 * (keys[name] == 3)[:, None]], 1) for name, values in shared.items()
    }
    split = split_of(shared, keys)
    found = choose_concepts(Told(4), split, split)
    correlation = np.abs(np.corrcoef(np.concatenate(list(shared.values())).T)) - np.eye(4)
    closest = set(np.argwhere(correlation == correlation.max()).ravel().tolist())
    assert closest == {1, 2}
    assert found.removals[0].concept in closest


def test_a_double_of_a_named_concept_goes_though_it_does_no_harm():
    rng = np.random.default_rng(3)
    model = Told(3, named={"low": 2, "high": 2})
    train, validation = (clear(n, [LOW, HIGH, LOW], rng) for n in (200, 120))
    assert choose_concepts(model, train, validation).kept == (0, 1)


@pytest.mark.parametrize("seed", range(4))
def test_no_removal_falls_below_the_floors_and_every_further_one_would(seed):
    rng = np.random.default_rng(seed)
    model = Told(6)
    train, validation = noisy(120, model, rng, 0.2), noisy(80, model, rng, 0.2)
    found = choose_concepts(model, train, validation)
    floors = []
    for share, n in ((found.tree_accuracy, len(validation)), (found.recall, 80)):
        floors.append(share - max(0.003, (share * (1 - share) / n) ** 0.5) - 1e-6)
    for removal in found.removals:
        assert removal.tree_accuracy >= floors[0]
        assert removal.recall >= floors[1]
    for concept in found.kept:
        left = [other for other in found.kept if other != concept]
        if left:
            args = (model.config, train, validation, left)
            assert tree_accuracy_by_hand(*args) < floors[0] or recall_by_hand(*args) < floors[1]


def test_nothing_goes_where_each_is_needed():
    rng = np.random.default_rng(4)
    train, validation = (clear(n, [LOW, HIGH], rng) for n in (200, 120))
    found = choose_concepts(Told(2), train, validation)
    assert (found.kept, found.removals) == ((0, 1), ())


def test_what_was_chosen_before_keeps_its_floors_and_its_places():
    """Of six, 1 and 4 went before; the model has the other four. Places are told as they were among the six."""
    rng = np.random.default_rng(5)
    train, validation = (clear(n, [LOW, HIGH, HIGH, LOW], rng) for n in (200, 120))
    gone = (Removal(4, 0.9, 0.9), Removal(1, 0.85, 0.85))
    former = Choice(6, (0, 2, 3, 5), 0.9, 0.9, gone)
    found = choose_concepts(Told(4), train, validation, former=former)
    assert (found.n_before, found.tree_accuracy, found.recall) == (6, 0.9, 0.9)
    assert found.removals[:2] == gone
    assert {removal.concept for removal in found.removals[2:]} < {0, 2, 3, 5}
    assert sorted([*found.kept, *(removal.concept for removal in found.removals)]) == list(range(6))
    assert len({0, 5} & set(found.kept)) == len({2, 3} & set(found.kept)) == 1
    beyond = choose_concepts(Told(4), train, validation, former=replace(former, tree_accuracy=1.0, recall=1.0))
    easy = choose_concepts(Told(4), train, validation, former=replace(former, tree_accuracy=0.0, recall=0.0))
    assert len(easy.kept) == 1 < len(beyond.kept)  # floors are those of then, not of the model that is left


def test_test_samples_cannot_be_looked_at_and_the_seed_settles_all(monkeypatch):
    assert [name for name in inspect.signature(choose_concepts).parameters if "test" in name] == []
    rng = np.random.default_rng(6)
    model = Told(6)
    train, validation = noisy(90, model, rng), noisy(50, model, rng)
    state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    assert choose_concepts(model, train, validation) == choose_concepts(model, train, validation)
    monkeypatch.setattr(choosing, "MAX_ROWS", 20)
    few = [choose_concepts(model, train, validation, seed=seed) for seed in (0, 0, 1, 2, 3)]
    assert few[0] == few[1]
    assert len({choice.recall for choice in few}) > 1
    assert torch.equal(state[0], torch.get_rng_state())
    assert (state[1] == np.random.get_state()[1]).all()  # noqa: NPY002


# The model that is left.


@pytest.fixture(scope="module", params=["free", "named", "agreements"])
def wide(request):
    """An untrained model of eight concepts whose norms have seen data, and that data."""
    task = NamedToy() if request.param == "named" else ToyTask()
    data = task.load(0)
    config = config_of(task, n_shared=8, agreements=request.param != "free")
    model = untrained_model(config, data.train)
    if request.param == "named":
        with torch.no_grad():
            model.space.activation.scale.copy_(torch.linspace(0.5, 2, 5))
            model.space.activation.shift.copy_(torch.linspace(-1, 1, 5))
    return model, data.test


KEPT = (0, 1, 2, 3, 4, 6)


def test_a_narrower_model_has_exactly_the_concepts_that_were_kept(wide):
    model, split = wide
    before = {name: value.clone() for name, value in model.state_dict().items()}
    narrow = sliced(model, KEPT)
    assert narrow.config == replace(model.config, n_shared=6)
    local, shared = concepts_of(model, split.inputs)
    narrow_local, narrow_shared = concepts_of(narrow, split.inputs)
    for name in MODALITIES:
        np.testing.assert_array_equal(narrow_local[name], local[name])
        np.testing.assert_allclose(narrow_shared[name], shared[name][:, list(KEPT)], atol=1e-6)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    narrow.space.activation.norm.running_mean += 1  # nothing of it is the wide model's
    assert torch.equal(before["space.activation.norm.running_mean"], model.space.activation.norm.running_mean)


def test_a_narrower_model_says_the_same_where_nothing_was_read_of_what_went(wide):
    model, split = wide
    _, shared = concepts_of(model, split.samples())
    deaf = sliced(model, range(8))
    weights = deaf.predictor.layers[0].weight
    with torch.no_grad():
        for column in range(weights.shape[1]):
            if column % 8 not in KEPT:
                weights[:, column] = 0
    narrow = sliced(deaf, KEPT)
    found = probabilities(narrow, {name: values[:, list(KEPT)] for name, values in shared.items()})
    np.testing.assert_allclose(found, probabilities(deaf, shared), atol=1e-5)
    assert np.abs(found - probabilities(model, shared)).max() > 1e-3  # which heard them


def test_the_predictor_keeps_the_columns_of_each_modality_and_each_pair(wide):
    model, _ = wide
    numbered = sliced(model, range(8))
    columns = numbered.predictor.layers[0].weight.shape[1]
    n_blocks = 6 if model.config.agreements else 3
    assert columns == 8 * n_blocks
    with torch.no_grad():
        numbered.predictor.layers[0].weight.copy_(torch.arange(columns).float().expand(32, -1))
    kept = sliced(numbered, KEPT).predictor.layers[0].weight[0].tolist()
    assert kept == [8 * block + concept for block in range(n_blocks) for concept in KEPT]


def test_a_model_of_all_its_concepts_is_the_same_model(wide):
    model, _ = wide
    same = sliced(model, range(8)).state_dict()
    assert all(torch.equal(value, same[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("training", [True, False])
def test_a_narrower_model_is_in_the_mode_and_its_weights_learn_as_they_did(wide, training):
    model, _ = wide
    narrow = sliced(model.train(training), KEPT)
    model.eval()
    assert narrow.training == training
    assert {name for name, of in narrow.named_parameters() if of.requires_grad} == {
        name for name, of in model.named_parameters()
    }


def test_a_cut_of_a_cut_is_a_cut(wide):
    model, _ = wide
    twice, once = sliced(sliced(model, KEPT), (0, 1, 2, 3, 4, 5)), sliced(model, KEPT)
    assert all(torch.equal(value, twice.state_dict()[name]) for name, value in once.state_dict().items())
    if not model.config.named:
        twice, once = sliced(sliced(model, KEPT), (1, 5)), sliced(model, (1, 6))
        assert all(torch.equal(value, twice.state_dict()[name]) for name, value in once.state_dict().items())


def test_a_model_that_has_a_concept_twice_loses_one_of_the_two():
    """A trained run of the toy, one concept of which is said again at the end."""
    from sharcs_core.training import fit

    task = ToyTask()
    data = task.load(0)
    model = fit(task.preset(0), task, data, device=torch.device("cpu")).model
    few = choose_concepts(model, data.train, data.validation).kept
    doubled = sliced(sliced(model, few), (*range(len(few)), 0))
    found = choose_concepts(doubled, data.train, data.validation)
    assert not {0, len(few)} <= set(found.kept)


def test_settings_are_narrowed_by_a_choice_alone(wide):
    config = wide[0].config
    assert narrowed(config, None) is config
    choice = Choice(8, KEPT, 1.0, 1.0, ())
    assert narrowed(config, choice) == replace(config, n_shared=6)
