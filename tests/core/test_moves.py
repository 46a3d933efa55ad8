"""What tasks know of their content, and what changing a fact does to keys and concepts."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from builders import ToyTask, make_bank, make_side
from one_move import moved_concepts, moved_keys, moves_of
from sharcs_core.config import EncoderConfig, ModelConfig
from sharcs_core.moves import OPEN, KeyMeans, Move, all_moves, apply_move, right_classes
from sharcs_core.structures import Inputs
from sharcs_core.tasks import TASKS
from sharcs_core.tasks.clevr.splits import Scenes, drawn_split
from sharcs_core.tasks.mnist.source import load_mnist
from sharcs_core.tasks.reasons.generated import HEIGHT, WIDTH, ReasonScenes
from sharcs_core.tasks.reasons.task import KEYS, split_of_scenes
from sharcs_core.tasks.xor.xor_and_xor import generate_split

CLEVR, HALF, SUM, XOR = (TASKS[name] for name in ("clevr", "half_mnist", "mnist_superpixels", "xor_and_xor"))
FOUR_WAYS = TASKS["xor_four_ways"]


def split_of(task):
    """A split of the task's own making, with as little to draw or render as its keys allow."""
    rng = np.random.default_rng(0)
    if task.name.startswith("xor"):
        return generate_split(300, rng, task.witnesses)
    if task.name == "clevr":
        keys = rng.integers(0, 96, 300)
        return drawn_split(Scenes(np.zeros((300, 2, 2, 3), dtype=np.uint8), keys, np.arange(300)), rng)
    if task.name == "clevr_reasons":
        return split_of_facts(np.array(KEYS)[rng.integers(0, 96, 300)])
    arrays, _ = load_mnist()
    pictures, digits = arrays["test_images"][:500], arrays["test_labels"][:500].astype(np.int64)
    n_graphs = task.graphs_a_picture * len(pictures)
    graphs = Inputs(
        "graph",
        {
            "nodes": np.zeros((n_graphs, 1, 3)),
            "n_nodes": np.ones(n_graphs, dtype=int),
            "neighbours": np.full((n_graphs, 1, 1), -1),
        },
    )
    return task.split(pictures, graphs, digits, np.arange(len(pictures)))


def split_of_facts(facts):
    """Scenes of three things of which nothing is drawn."""
    nothing = np.zeros((len(facts), HEIGHT, WIDTH), dtype=bool)
    things = np.repeat(facts[:, None], 3, axis=1)
    pixels = np.zeros((*nothing.shape, 3), dtype=np.uint8)
    scenes = ReasonScenes(pixels, np.stack([nothing] * 3, axis=1), things, np.zeros(len(facts), dtype=int))
    return split_of_scenes("validation", scenes, 0, None)


@pytest.fixture(params=list(TASKS))
def task(request):
    return TASKS[request.param]


# -- what tasks know ----------------------------------------------------------------------------------------------


def test_facts_speak_of_the_tasks_own_modalities_and_factors_and_leave_none_out(task):
    modalities = {modality.name for modality in task.card.modalities}
    assert all(
        by and set(by) <= modalities and set(by.values()) <= set(task.card.factors) for by in task.card.facts.values()
    )
    assert {name for by in task.card.facts.values() for name in by} == modalities


def test_what_the_inputs_of_a_sample_mean_gives_its_class(task):
    split = split_of(task)
    keys = split.sample_semantics()
    answers = [task.answer({name: int(own[i]) for name, own in keys.items()}) for i in range(len(split))]
    assert answers == split.labels.tolist()
    assert len(set(answers)) == len(task.card.target.names)


def test_the_three_bits_are_stated_by_those_who_know_them():
    assert FOUR_WAYS.card.facts == {
        "first bit": {"table": "outer bit", "image": "outer bit"},
        "second bit": dict.fromkeys(("table", "graph", "image", "text"), "middle bit"),
        "third bit": {"graph": "outer bit", "text": "outer bit"},
    }
    assert TASKS["xor_three_ways"].card.facts["third bit"] == {"graph": "outer bit"}
    assert XOR.card.facts["first bit"] == {"table": "outer bit"}


@pytest.mark.parametrize(
    ("task", "keys"),
    [
        (XOR, {"table": 0b01, "graph": 0b00}),  # the middle bits differ
        (XOR, {"table": 0b11, "graph": 0b10}),
        (FOUR_WAYS, {"table": 0b00, "image": 0b10, "graph": 0b00, "text": 0b00}),  # the first bits differ
        (FOUR_WAYS, {"table": 0b00, "image": 0b00, "graph": 0b10, "text": 0b00}),  # the third bits differ
        (HALF, {"image": 2 * 3 + 0, "graph": 2 * 5 + 1}),  # two digits
        (HALF, {"image": 2 * 3 + 1, "graph": 2 * 3 + 1}),  # the same half twice
    ],
)
def test_contents_that_contradict_each_other_have_no_answer(task, keys):
    assert task.answer(keys) is None


@pytest.mark.parametrize(
    ("task", "keys", "answer"),
    [
        (XOR, {"table": 0b10}, None),
        (XOR, {"graph": 0b01}, None),
        (XOR, {"table": 0b11}, 0),  # the second bit equals the first, whatever the third is
        (XOR, {"graph": 0b00}, 0),
        (XOR, {}, None),
        (FOUR_WAYS, {"image": 0b10, "text": 0b10}, 1),
        (FOUR_WAYS, {"table": 0b10, "image": 0b10}, None),
        (SUM, {"image": 7}, None),
        (SUM, {"graph": 7}, None),
        (HALF, {"graph": 2 * 7 + 1}, 7),
        (HALF, {}, None),
        (CLEVR, {"image": 5}, None),
        (CLEVR, {"text": 5}, None),
    ],
)
def test_what_is_missing_leaves_the_answer_open_unless_the_rest_settles_it(task, keys, answer):
    assert task.answer(keys) == answer


@pytest.mark.parametrize("task", [XOR, FOUR_WAYS], ids=lambda task: task.name)
def test_the_bits_answer_as_their_formula_does_for_all_that_can_be_said(task):
    names = list(task.witnesses)
    for said in product([None, 0, 1, 2, 3], repeat=len(names)):
        keys = {name: key for name, key in zip(names, said, strict=True) if key is not None}
        possible = [  # every three bits that the keys allow; they agree on an answer or leave it open
            (first ^ second) & (second ^ third)
            for first, second, third in product((0, 1), repeat=3)
            if all(key == 2 * (first, second, third)[task.witnesses[name].outer] + second for name, key in keys.items())
        ]
        assert task.answer(keys) == (possible[0] if len(set(possible)) == 1 else None)


def test_a_task_that_knows_no_facts_has_no_moves_and_no_answer():
    assert ToyTask().answer({"image": 0, "graph": 0}) is None
    assert ToyTask().card.facts == {}
    assert all_moves(ToyTask()) == ()


# -- moves and keys -----------------------------------------------------------------------------------------------


def keys_after(task, keys, move):
    """The keys of one sample after a move, of a model that is taught all there is; None where it is not possible."""
    config = config_of(task, 50, {name: max(values) + 1 for name, values in task.card.factors.items()})
    shared, rows = ({name: np.zeros((1, 50)) for name in keys}, {name: np.array([key]) for name, key in keys.items()})
    moved = apply_move(config, task, KeyMeans({}, {}), shared, rows, move)
    return {name: int(own[0]) for name, own in moved.keys.items()} if moved.possible[0] else None


def test_a_move_changes_its_fact_everywhere_it_is_stated_and_nothing_else():
    keys = {"table": 0b10, "image": 0b10, "graph": 0b00, "text": 0b00}
    assert keys_after(FOUR_WAYS, keys, Move("first bit", 0)) == {"table": 0, "image": 0, "graph": 0, "text": 0}
    assert keys_after(FOUR_WAYS, keys, Move("second bit", 1)) == {
        "table": 0b11,
        "image": 0b11,
        "graph": 0b01,
        "text": 0b01,
    }
    assert keys_after(HALF, {"image": 6, "graph": 7}, Move("digit", 9)) == {"image": 18, "graph": 19}
    assert keys["table"] == 0b10


def test_only_what_changes_something_that_is_stated_is_possible():
    assert keys_after(XOR, {"table": 0b10}, Move("first bit", 1)) is None
    assert keys_after(XOR, {"table": 0b01, "graph": 0b00}, Move("second bit", 1)) == {"table": 0b01, "graph": 0b01}
    assert keys_after(SUM, {"image": 3, "graph": 3}, Move("digit of the picture", 3)) is None


def test_every_move_of_every_key_leads_to_the_key_that_differs_in_that_factor_alone(task):
    factors = {name: np.asarray(values) for name, values in task.card.factors.items()}
    for move in all_moves(task):
        for name, moved_factor in task.card.facts[move.fact].items():
            for key in range(len(task.card.modality(name).key_names)):
                after = (keys_after(task, {name: key}, move) or {name: key})[name]
                assert factors[moved_factor][after] == move.value
                assert all(factors[other][after] == factors[other][key] for other in factors if other != moved_factor)


class _Corner(ToyTask):
    """Four letters of two factors: not every line comes with every bow."""

    card = replace(
        ToyTask.card,
        factors={"line": (0, 0, 1, 2), "bow": (0, 1, 0, 1)},
        facts={"line of the image": {"image": "line"}, "line of the graph": {"graph": "line"}},
    )


@pytest.mark.parametrize(
    ("keys", "move", "message"),
    [
        ({"image": 0}, Move("line of the image", 3), r"has values 0 to 2 \(got 3\)"),
        ({"image": 0}, Move("line of the image", -1), r"has values 0 to 2 \(got -1\)"),
        ({"image": 0}, Move("curve", 0), r"states no fact 'curve'; choose from \['line of the image', 'line of"),
        ({"image": 0}, Move("line of the graph", 0), r"stated by \['graph'\] only \(got \['image'\]\)"),
    ],
)
def test_moves_that_cannot_be_made_are_said(keys, move, message):
    with pytest.raises(ValueError, match=message):
        keys_after(_Corner(), keys, move)


def test_a_sample_that_no_key_can_be_moved_to_stays_as_it_was():
    assert keys_after(_Corner(), {"image": 3}, Move("line of the image", 1)) is None  # no key is line 1 with bow 1


def test_where_several_keys_mean_the_same_the_own_one_stays_and_else_the_lowest_is_taken():
    task, move = _Corner(), Move("line of the image", 1)
    task.card = replace(task.card, factors={"line": (0, 0, 1, 1)})
    assert [keys_after(task, {"image": key}, move) for key in range(4)] == [{"image": 2}, {"image": 2}, None, None]


# -- moves and concepts -------------------------------------------------------------------------------------------


def config_of(task, n_shared, named):
    encoder = EncoderConfig("tabular", 2, (4,))
    encoders = {modality.name: encoder for modality in task.card.modalities}
    return ModelConfig(encoders, len(task.card.target.names), n_local=n_shared, n_shared=n_shared, named=named)


def bank_of(task, n, n_shared, seed=0):
    """A bank whose samples have every key by turns."""
    rng = np.random.default_rng(seed)
    sides = {}
    for modality in task.card.modalities:
        keys = rng.permutation(np.arange(n) % len(modality.key_names))
        sides[modality.name] = make_side(modality.name, rng.random((n, n_shared)).astype(np.float32), keys)
    return make_bank(**sides)


def means_of(bank):
    return KeyMeans.of(bank.shared(), {name: side.semantics for name, side in bank.sides.items()})


def concepts_after(config, task, bank, shared, keys, move):
    """The concepts of one sample after a move, modality → (T,)."""
    rows = {name: own[None] for name, own in shared.items()}
    moved = apply_move(config, task, means_of(bank), rows, {name: np.array([key]) for name, key in keys.items()}, move)
    return {name: own[0] for name, own in moved.shared.items()}


def test_a_taught_factor_is_set_in_every_modality_that_states_it_and_the_rest_is_as_read():
    config = config_of(FOUR_WAYS, 4, {"outer bit": 2, "middle bit": 2})
    bank = bank_of(FOUR_WAYS, 8, 4)
    shared = {name: np.full(4, 0.25, dtype=np.float32) for name in config.modalities}
    keys = dict.fromkeys(config.modalities, 0)
    after = concepts_after(config, FOUR_WAYS, bank, shared, keys, Move("second bit", 1))
    assert {tuple(own.tolist()) for own in after.values()} == {(0.25, 1.0, 0.25, 0.25)}
    after = concepts_after(config, FOUR_WAYS, bank, shared, keys, Move("third bit", 1))
    assert after["graph"].tolist() == after["text"].tolist() == [1.0, 0.25, 0.25, 0.25]
    assert after["table"].tolist() == [0.25] * 4
    assert all((own == 0.25).all() for own in shared.values())


def test_a_factor_of_many_values_is_set_as_a_whole():
    config = config_of(SUM, 10, {"digit": 10})
    shared = {name: np.eye(10, dtype=np.float32)[4] * 0.9 for name in config.modalities}
    move = Move("digit of the picture", 7)
    after = concepts_after(config, SUM, bank_of(SUM, 20, 10), shared, {"image": 4, "graph": 4}, move)
    assert after["image"].tolist() == np.eye(10)[7].tolist()
    assert after["graph"].tolist() == shared["graph"].tolist()


def test_a_free_concept_says_what_training_inputs_of_the_changed_key_say_on_average():
    config, bank = config_of(CLEVR, 5, {}), bank_of(CLEVR, 400, 5)
    shared = {name: np.zeros(5, dtype=np.float32) for name in config.modalities}
    after = concepts_after(config, CLEVR, bank, shared, {"image": 0, "text": 1}, Move("size of the scene", 1))
    side = bank.sides["image"]
    np.testing.assert_allclose(after["image"], side.shared[side.semantics == 48].mean(0), atol=1e-6)
    assert not after["text"].any()


def test_in_a_mixed_model_a_taught_factor_is_set_and_an_untaught_one_takes_the_mean():
    config, bank = config_of(CLEVR, 5, {"shape": 3}), bank_of(CLEVR, 400, 5)
    shared = {"image": np.full(5, 0.25, dtype=np.float32)}
    after = concepts_after(config, CLEVR, bank, shared, {"image": 0}, Move("shape of the scene", 2))
    assert after["image"].tolist() == [0, 0, 1, 0.25, 0.25]
    after = concepts_after(config, CLEVR, bank, shared, {"image": 0}, Move("size of the scene", 1))
    assert after["image"].tolist() == means_of(bank).at("image", np.array([48]))[0].tolist()


def test_a_key_that_no_input_of_the_bank_has_cannot_be_shown():
    config, zeros = config_of(SUM, 3, {}), np.zeros((1, 3))
    bank = make_bank(image=make_side("image", np.zeros((2, 3)), [0, 1]), graph=make_side("graph", np.zeros((2, 3))))
    keys, moves = {"image": np.array([0])}, [Move("digit of the picture", value) for value in (1, 7)]
    moved = [apply_move(config, SUM, means_of(bank), {"image": zeros}, keys, move) for move in moves]
    assert [one.possible.tolist() for one in moved] == [[True], [False]]
    with pytest.raises(ValueError, match="No training input of 'image' has the key 7"):
        means_of(bank).at("image", np.array([7]))


def test_means_are_those_of_each_key_however_the_inputs_are_ordered():
    rng = np.random.default_rng(0)
    shared, keys = rng.random((50, 3)), rng.integers(0, 7, 50) * 3
    means = KeyMeans.of({"a": shared}, {"a": keys})
    assert means.keys["a"].tolist() == sorted(set(keys.tolist()))
    for key in set(keys.tolist()):
        np.testing.assert_allclose(means.at("a", np.array([key]))[0], shared[keys == key].mean(0), atol=1e-6)
    assert means.has("a", np.array([0, 1, 99])).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("task", "named"),
    [
        (CLEVR, {}),
        (CLEVR, {"shape": 3, "colour": 8}),
        (FOUR_WAYS, {"middle bit": 2}),
        (HALF, {"digit": 10}),
        (HALF, {}),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_many_samples_move_as_each_of_them_does(task, named):
    n, n_shared = 40, 12
    config, bank = config_of(task, n_shared, named), bank_of(task, 70, n_shared)  # of 96 keys some are not there
    rng = np.random.default_rng(1)
    keys = {modality.name: rng.integers(0, len(modality.key_names), n) for modality in task.card.modalities}
    shared = {name: rng.random((n, n_shared)).astype(np.float32) for name in keys}
    possible = 0
    for move in all_moves(task):
        moved = apply_move(config, task, means_of(bank), shared, keys, move)
        for row in range(n):
            own_keys = {name: int(own[row]) for name, own in keys.items()}
            own = {name: concepts[row] for name, concepts in shared.items()}
            after = moved_concepts(config, task, bank, own, own_keys, move)
            makes_sense = after is not None and move in moves_of(task, own_keys)
            assert moved.possible[row] == makes_sense
            expected_keys = moved_keys(task, own_keys, move) if makes_sense else own_keys
            assert {name: int(rows[row]) for name, rows in moved.keys.items()} == expected_keys
            for name, concepts in (after if makes_sense else own).items():
                np.testing.assert_allclose(moved.shared[name][row], concepts, atol=1e-6)
        possible += moved.possible.sum()
    assert possible > n


def test_the_right_class_of_many_samples_is_the_answer_of_each():
    rng = np.random.default_rng(0)
    keys = {"table": rng.integers(0, 4, 60), "graph": rng.integers(0, 4, 60)}
    expected = [XOR.answer({name: int(own[row]) for name, own in keys.items()}) for row in range(60)]
    found = right_classes(XOR, keys)
    assert found.tolist() == [OPEN if answer is None else answer for answer in expected]
    assert set(found.tolist()) == {OPEN, 0, 1}
    assert right_classes(XOR, {name: own[:0] for name, own in keys.items()}).tolist() == []
