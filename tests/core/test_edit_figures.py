"""Whether answers follow edits, measured again one sample and one edit at a time."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from builders import ToyTask, make_bank, make_side
from one_move import moved_concepts, moves_of
from sharcs_core import edit_figures as module
from sharcs_core import inference
from sharcs_core.counterfactuals import edits_needed_of
from sharcs_core.edit_figures import EDIT_FIGURES, edit_figures
from sharcs_core.interventions import apply_edits, edits_of_value
from sharcs_core.moves import KeyMeans
from sharcs_core.named import taught, values_said
from sharcs_core.structures import Factor, Split
from sharcs_core.tasks import TASKS
from small_models import leaning, small_model

XOR, CLEVR, HALF, SUM = (TASKS[name] for name in ("xor_and_xor", "clevr", "half_mnist", "mnist_superpixels"))


def means_of(bank):
    return KeyMeans.of(bank.shared(), {name: side.semantics for name, side in bank.sides.items()})


class Case:
    """A model with made-up concepts of a task: half of what they say follows the keys, half is noise."""

    def __init__(self, task, n_shared, named=(), modalities=None, n=50, lean=2.0, **settings):
        self.task, rng = task, np.random.default_rng(0)
        modalities = modalities or [modality.name for modality in task.card.modalities]
        named = {name: max(task.card.factors[name]) + 1 for name in named}
        n_classes = len(task.card.target.names)
        model = small_model(modalities, n_shared, n_classes, seed=2, named=named, **settings)
        self.model = leaning(model, 0, lean)
        n_keys = len(task.card.modalities[0].key_names)
        self.of_key = rng.random((n_keys, n_shared))
        self.of_key[:, : model.config.n_named] = taught(model.config.factors, task.card.factors, np.arange(n_keys))
        keys = {name: rng.integers(0, n_keys, 150) for name in modalities}
        self.bank = make_bank(**{name: make_side(name, self.said(own, rng), own) for name, own in keys.items()})
        self.codes = {name: side.shared[:12] > 0.5 for name, side in self.bank.sides.items()}  # some of those there are
        keys = {modality.name: rng.integers(0, n_keys, n) for modality in task.card.modalities}
        rows = rng.permutation(n)  # where an input lies among those of its modality
        placed = {name: own[np.argsort(rows)] for name, own in keys.items()}
        self.test = Split({}, placed, {}, dict.fromkeys(keys, rows), np.zeros(n, dtype=int))
        self.shared = {name: self.said(keys[name], rng) for name in modalities}
        self.keys = [{name: int(keys[name][row]) for name in modalities} for row in range(n)]

    def said(self, keys, rng):
        noise = rng.random((len(keys), self.of_key.shape[1]))
        return (0.6 * self.of_key[keys] + 0.4 * noise).astype(np.float32)

    def figures(self, means=None, seed=0):
        means = means or means_of(self.bank)
        return edit_figures(self.model, self.task, means, self.codes, self.test, self.shared, seed)

    def sample(self, row):
        return {name: concepts[row] for name, concepts in self.shared.items()}

    def class_of(self, concepts):
        rows = {name: own[None] for name, own in concepts.items()}
        return int(inference.probabilities(self.model, rows)[0].argmax())

    def switched(self, row):
        """The sample after each single edit: whether the code that it leads to occurs in training, and the class."""
        config, shared = self.model.config, self.sample(row)
        free = [Factor("", 2, concept) for concept in range(config.n_named, config.width)]
        for name, factor in product(shared, (*config.factors, *free)):
            for value in set(range(factor.n_values)) - set(values_said(shared[name][None], factor).tolist()):
                after = apply_edits(shared, edits_of_value(factor, name, value))
                code = after[name] > 0.5
                yield any((code == known).all() for known in self.codes[name]), self.class_of(after)

    def moved(self, row):
        """The sample after each move that can be shown: the class it should have, and the class it has."""
        for move in moves_of(self.task, self.keys[row]):
            after = moved_concepts(self.model.config, self.task, self.bank, self.sample(row), self.keys[row], move)
            if after is None:
                continue
            changed = {
                name: next(
                    key
                    for key in range(len(self.of_key))
                    if all(
                        values[key]
                        == (move.value if factor == self.task.card.facts[move.fact].get(name) else values[own])
                        for factor, values in self.task.card.factors.items()
                    )
                )
                for name, own in self.keys[row].items()
            }
            yield self.task.answer(changed), self.class_of(after)

    def __len__(self):
        return len(self.keys)


CASES = {
    "bits, all taught": lambda: Case(XOR, 2, ("outer bit", "middle bit")),
    "bits, free": lambda: Case(XOR, 4),
    "bits, in four ways": lambda: Case(TASKS["xor_four_ways"], 3, ("middle bit",), lean=0.5),
    "scenes, all taught": lambda: Case(CLEVR, 13, ("size", "colour", "material", "shape"), agreements=True),
    "scenes, free": lambda: Case(CLEVR, 5),
    "halves, mixed": lambda: Case(HALF, 11, ("digit",), lean=5.0),
    "sums, no shared space": lambda: Case(SUM, 4, wiring="concept", lean=4.0),
}


@pytest.fixture(scope="module", params=list(CASES))
def case(request):
    return CASES[request.param]()


def test_one_move_is_the_share_of_samples_on_which_some_move_or_seen_switch_changes_the_class(case):
    figures, all_taught = case.figures(), case.model.config.n_named == case.model.config.width
    changes, any_changes = [], []
    for row in range(len(case)):
        before = case.class_of(case.sample(row))
        switches, moves = list(case.switched(row)), list(case.moved(row))
        any_changes.append(any(after != before for _, after in switches))
        seen = [after for known, after in switches if known]
        changes.append(any(after != before for after in ([after for _, after in moves] if all_taught else seen)))
    assert figures["one_move"] == pytest.approx(np.mean(changes))
    assert figures["any_switch"] == pytest.approx(np.mean(any_changes))
    assert figures["one_move"] > 0
    assert figures["any_switch"] < 1


def test_right_edit_is_of_all_moves_whose_right_answer_is_known(case):
    wanted, answers, before = [], [], []
    for row in range(len(case)):
        for right, after in case.moved(row):
            if right is not None:
                wanted.append(right)
                answers.append(after)
                before.append(case.class_of(case.sample(row)))
    wanted, answers, before = map(np.array, (wanted, answers, before))
    classes = np.unique(wanted)
    figure = case.figures()["right_edit"]
    assert figure["n_moves"] == len(wanted) > 0
    assert figure["balanced_accuracy"] == pytest.approx(np.mean([(answers[wanted == c] == c).mean() for c in classes]))
    assert figure["never_changes"] == pytest.approx(np.mean([(before[wanted == c] == c).mean() for c in classes]))
    assert figure["always_commonest"] == pytest.approx(1 / len(classes))


def test_edits_needed_is_of_samples_that_the_seed_draws(case, monkeypatch):
    monkeypatch.setattr(module, "MAX_SAMPLES", 20)
    needed = edits_needed_of(case.model, case.shared)
    drawn = np.random.default_rng(3).permutation(len(case))[:20]
    figure = case.figures(seed=3)["edits_needed"]
    assert figure["n_samples"] == 20
    assert figure["median"] == np.median(needed[drawn])
    assert figure["share_one"] == (needed[drawn] == 1).mean()
    assert case.figures(seed=3) == case.figures(seed=3)


def test_the_means_of_other_inputs_than_the_banks_can_be_given():
    case = CASES["scenes, free"]()
    keys = {name: np.repeat(np.arange(96), 2) for name in case.shared}
    rng = np.random.default_rng(1)
    means = KeyMeans.of({name: case.said(own, rng) for name, own in keys.items()}, keys)
    every_move_is_possible = case.figures(means)["right_edit"]
    assert every_move_is_possible["n_moves"] == 22 * len(case)
    assert case.figures()["right_edit"]["n_moves"] < 22 * len(case)  # the bank lacks some keys


def test_a_model_that_follows_its_concepts_rightly_scores_full_marks():
    """XOR with the predictor that the task asks for, built by hand: |f1 + f3 - 2 f2| = 2 tells f2 from both others."""
    case = Case(XOR, 2, ("outer bit", "middle bit"), n=400)
    consistent = np.array([keys["table"] % 2 == keys["graph"] % 2 for keys in case.keys])
    first, _, last = case.model.predictor.layers
    with torch.no_grad():
        for weights in case.model.predictor.parameters():
            weights.zero_()
        # read as −1 and 1: table (outer, middle), graph (outer, middle)
        first.weight[0] = torch.tensor([1.0, -1.0, 1.0, -1.0])
        first.weight[1] = -first.weight[0]
        first.bias[:2] = -3.0
        last.weight[1, :2], last.bias[1] = 1.0, -0.5
    rows = np.flatnonzero(consistent)
    case.keys = [case.keys[row] for row in rows]
    case.test = case.test.select(rows)
    of_key = np.array([XOR.card.factors["outer bit"], XOR.card.factors["middle bit"]], dtype=np.float32).T
    case.shared = {name: of_key[[keys[name] for keys in case.keys]] for name in case.shared}
    figures = case.figures()
    assert figures["one_move"] == 1
    assert figures["right_edit"]["balanced_accuracy"] == 1
    assert figures["right_edit"]["never_changes"] < 0.5
    assert figures["edits_needed"]["median"] <= 2


def test_a_model_whose_concepts_change_nothing_scores_nothing():
    case = CASES["scenes, all taught"]()
    leaning(case.model, 1, 1000.0)
    figures = case.figures()
    assert figures["one_move"] == figures["any_switch"] == 0
    assert figures["edits_needed"] == {"median": 4, "p90": 4, "share_one": 0, "n_samples": len(case)}
    assert figures["right_edit"]["balanced_accuracy"] == figures["right_edit"]["never_changes"] == 0.5


def test_a_task_without_facts_has_no_right_edit_and_tries_switches():
    rng = np.random.default_rng(0)
    names, rows = ("image", "graph"), np.arange(30)
    bank = make_bank(**{name: rng.random((200, 4)) for name in names})
    codes = {name: side.shared > 0.5 for name, side in bank.sides.items()}  # every code there is
    test = Split({}, dict.fromkeys(names, rows % 4), {}, dict.fromkeys(names, rows), rows)
    shared = {name: rng.random((30, 4)).astype(np.float32) for name in names}
    figures = edit_figures(small_model(names, 4, n_classes=2), ToyTask(), means_of(bank), codes, test, shared, seed=0)
    assert figures["right_edit"] is None
    assert 0 < figures["one_move"] == figures["any_switch"]


def test_one_modality_alone_leaves_every_answer_open():
    case = Case(CLEVR, 5, modalities=["text"], wiring="concept")
    figures = case.figures()
    assert figures["right_edit"] is None
    assert 0 < figures["one_move"] <= figures["any_switch"]


@pytest.mark.parametrize("wiring", ["fusion", "embedding"])
def test_a_model_without_concepts_has_none_of_the_figures(wiring):
    case = Case(XOR, 4)
    case.model = small_model(("table", "graph"), 4, n_classes=2, wiring=wiring)
    assert case.figures() == dict.fromkeys(EDIT_FIGURES)
