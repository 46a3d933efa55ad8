"""The sentence of why: it says what was read, what follows, and what was misread; all of it in the task's words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sharcs_core.checkpoints import load_run
from sharcs_core.explanations import explain_sample
from sharcs_core.inference import probabilities
from sharcs_core.readings import keys_read
from sharcs_core.structures import Unusual
from sharcs_core.tasks import TASKS, get_task
from sharcs_core.why import agreements, why


@pytest.fixture(scope="module")
def digits(shipped_runs: Path):
    return load_run(shipped_runs / "mnist_superpixels")


@pytest.fixture(scope="module")
def scenes(shipped_runs: Path):
    return load_run(shipped_runs / "clevr")


def wrong_samples(run) -> list[str]:
    bank = run.test_bank
    predicted = probabilities(run.model, bank.shared()).argmax(1)
    return bank.sample_ids[predicted != bank.labels].tolist()


def test_two_digits_and_their_sum(digits):
    bank = digits.test_bank
    image, graph = (int(side.semantics[0]) for side in bank.sides.values())
    said = why(digits, explain_sample(digits, str(bank.sample_ids[0])))
    read = f"The model reads the picture as {image} and the superpixel graph as {graph}"
    assert said.sentence == f"{read}: {image} + {graph} = {image + graph}."
    assert said.fault == ""
    assert said.agreements == ()


def test_a_wrong_answer_names_the_input_that_was_misread(digits):
    bank = digits.test_bank
    read = {name: keys_read(digits, name, side.shared) for name, side in bank.sides.items()}
    blamed = 0
    for sample_id in wrong_samples(digits):
        row = bank.row(sample_id)
        fault = why(digits, explain_sample(digits, sample_id)).fault.lower()
        for name, side in bank.sides.items():
            title = digits.task.card.modality(name).title.lower()
            assert (f"the {title}" in fault and "misread" in fault) == (read[name][row] != side.semantics[row])
            blamed += read[name][row] != side.semantics[row]
        assert digits.task.card.target.names[bank.labels[row]] in fault
    assert blamed


def test_what_a_question_compares_is_told_factor_by_factor(scenes):
    bank = scenes.test_bank
    for row in range(40):
        said = why(scenes, explain_sample(scenes, str(bank.sample_ids[row])))
        keys = {name: int(side.semantics[row]) for name, side in bank.sides.items()}
        differ = [
            name for name, of_key in scenes.task.card.factors.items() if len({of_key[key] for key in keys.values()}) > 1
        ]
        assert [one.name for one in said.agreements if not one.agrees] == differ
        assert all(f"{name} differs" in said.sentence for name in differ)
        assert ("yes, because" in said.sentence) == (not differ)


def test_a_missing_input_is_said_to_be_missing(digits):
    sample_id = str(digits.test_bank.sample_ids[0])
    said = why(digits, explain_sample(digits, sample_id, missing=["graph"], handling="absent"))
    assert "without the superpixel graph, " in said.sentence
    assert set(said.readings) == {"image"}
    stood_in = why(digits, explain_sample(digits, sample_id, missing=["graph"]))
    assert "what stands in for the superpixel graph as" in stood_in.sentence


def test_readings_that_do_not_give_the_answer_are_not_made_to(digits):
    explanation = explain_sample(digits, str(digits.test_bank.sample_ids[0]))
    other = np.roll(explanation.probabilities, 1)
    said = why(digits, replace(explanation, probabilities=other))
    assert "would follow, yet it says" in said.sentence
    assert "read right, and yet the answer is wrong" in said.fault


def test_an_input_unlike_the_training_data_is_not_to_be_trusted(digits):
    explanation = explain_sample(digits, str(digits.test_bank.sample_ids[0]))
    far = replace(explanation, unusual={"image": Unusual("image", 2.0, "far")})
    assert "Trust this little: the model was trained on nothing like the picture." in why(digits, far).fault
    just = replace(explanation, unusual={"image": Unusual("image", 1.2, "beyond")})
    assert "Trust this less: the model was trained on little like the picture." in why(digits, just).fault
    near = replace(explanation, unusual={"image": Unusual("image", 0.5, "like what it was trained on")})
    assert why(digits, near).fault == ""


def test_facts_that_contradict_each_other_are_told(shipped_runs):
    halves = load_run(shipped_runs / "half_mnist")
    keys = {"image": 2 * 8, "graph": 2 * 7 + 1}
    (found,) = agreements(halves, keys)
    assert (found.name, found.agrees, dict(found.words)) == ("digit", False, {"image": "8", "graph": "7"})
    assert agreements(halves, {"image": 3}) == ()


def test_a_value_is_called_as_a_person_called_its_concept(scenes):
    place = scenes.concept_names.index("purple")
    renamed = replace(scenes, given_names={place: "violet"})
    bank = renamed.test_bank
    purple = next(row for row, key in enumerate(bank.sides["image"].semantics) if "purple" in name_of(renamed, key))
    said = why(renamed, explain_sample(renamed, str(bank.sample_ids[purple])))
    assert "violet" in said.sentence
    assert "purple" not in said.sentence
    assert "violet" in {word for one in said.agreements for word in one.words.values()}


def name_of(run, key: int) -> str:
    return run.card.modality("image").key_names[key]


@pytest.mark.parametrize("name", sorted(set(TASKS) - {"toy"}))
def test_every_task_says_why_its_answer_follows_and_names_it(name):
    task = get_task(name)
    rng = np.random.default_rng(0)
    answered = 0
    for _ in range(300):
        keys = {modality.name: int(rng.integers(len(modality.key_names))) for modality in task.card.modalities}
        answer = task.answer(keys)
        if answer is None:
            with pytest.raises(ValueError, match="Nothing follows"):
                task.because(keys)
            continue
        answered += 1
        assert task.card.target.names[answer] in task.because(keys)
    assert answered
