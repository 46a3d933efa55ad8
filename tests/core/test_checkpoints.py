"""Runs on disk: nothing is lost on the way there and back, and every kind of damage is said in one sentence."""

import io
import json
import os
import shutil
import signal
import zipfile
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from forked import Forked
from sharcs_core import npz
from sharcs_core.checkpoints import (
    RunError,
    finding,
    layout,
    list_runs,
    load_run,
    outcome,
    pictures,
    resolve_run,
    runs_folder,
    save_run,
)
from sharcs_core.checkpoints.usual import usual_arrays
from sharcs_core.storage import StorageError, writing
from sharcs_core.structures import BankSide, Inputs, Removal
from sharcs_core.tasks import TASKS
from sharcs_core.tree import fit_tree
from sharcs_core.unusual import fit_usual
from untrained_runs import PARTS, choice_of, config_of, untrained_model, untrained_parts, untrained_run

WIDTHS = {"n_features": 4, "hidden": [16], "positions": False, "jitter": 0.0}
FILES = ("config.json", "card.json", "weights.safetensors", "bank.npz", "unusual.npz", "metrics.json")


@pytest.fixture(scope="module")
def run(toy, toy_data, tmp_path_factory):
    """A run of the toy task that kept three of five concepts; nobody trained it."""
    folder = tmp_path_factory.mktemp("runs") / "toy"
    return untrained_run(toy, toy_data, folder, config_of(toy, n_shared=5), choice_of(5, (0, 2, 4)))


@pytest.fixture
def copy(run, tmp_path):
    """A copy of the run to be damaged."""
    return Path(shutil.copytree(run.path, tmp_path / "runs" / "copy"))


def save_again(run, path, **changes):
    save_run(path, **{**{name: getattr(run, name) for name in PARTS}, **changes})


def change_unusual(path, **changes):
    with np.load(path / "unusual.npz", allow_pickle=False) as file:
        arrays = dict(file)
    for name, change in changes.items():
        key = name.replace("__", "/")
        arrays[key] = change(arrays[key])
    np.savez(path / "unusual.npz", **{name: values for name, values in arrays.items() if values is not None})
    restamp(path)


def restamp(path, change=lambda facts: None):
    """Make every digest fit again, after a change that only a look at the content can find."""
    facts = json.loads((path / "config.json").read_text())
    facts["files"] = {name: layout.sha256_of(path / name) for name in facts["files"]}
    change(facts)
    facts["sha256"] = layout.config_digest(facts)
    (path / "config.json").write_text(json.dumps(facts))


def change_bank(path, **changes):
    with np.load(path / "bank.npz", allow_pickle=False) as file:
        arrays = dict(file)
    for name, change in changes.items():
        key = name.replace("__", "/")
        arrays[key] = change(arrays[key])
    np.savez(path / "bank.npz", **{name: values for name, values in arrays.items() if values is not None})
    restamp(path)


def assert_refused(path, message):
    with pytest.raises(RunError, match=message) as raised:
        load_run(path)
    said = str(raised.value)
    assert "\n" not in said
    assert path.name in said


# --- there and back ------------------------------------------------------------------------------------------


def assert_equal_banks(one, other):
    np.testing.assert_array_equal(one.sample_ids, other.sample_ids)
    np.testing.assert_array_equal(one.labels, other.labels)
    for name, side in one.sides.items():
        for field in ("ids", "semantics", "sources", "local", "shared"):
            np.testing.assert_array_equal(getattr(side, field), getattr(other.sides[name], field))
        for field in ("maps", "described"):
            mine, others = getattr(side, field), getattr(other.sides[name], field)
            assert set(mine) == set(others)
            for key, values in mine.items():
                np.testing.assert_array_equal(values, others[key])
        assert side.inputs.kind == other.sides[name].inputs.kind
        for key, values in side.inputs.arrays.items():
            np.testing.assert_array_equal(values, other.sides[name].inputs.arrays[key])


def assert_equal_usual(one, other):
    mine, others = usual_arrays(one), usual_arrays(other)
    assert set(mine) == set(others)
    for key, values in mine.items():
        np.testing.assert_array_equal(values, others[key])


def test_a_run_comes_back_as_it_was(run, tmp_path):
    save_again(run, tmp_path / "again", card=replace(run.card, license="Free für alle."), device="cuda")
    again = load_run(tmp_path / "again")
    assert again.config == run.config
    assert again.source == run.source
    assert again.metrics == run.metrics
    assert again.choice == run.choice == choice_of(5, (0, 2, 4))
    assert again.tree_leaves == run.tree_leaves == 5
    assert_equal_banks(again.bank, run.bank)
    assert_equal_banks(again.test_bank, run.test_bank)
    assert_equal_usual(again.usual, run.usual)
    for part in ("answers", "labels", "validation_answers", "validation_labels"):
        np.testing.assert_array_equal(getattr(again, part), getattr(run, part))
    state = run.model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in again.model.state_dict().items())
    assert not again.model.training
    assert again.model.config == run.model.config
    assert (tmp_path / "again" / "LICENSE").read_text(encoding="utf-8") == "Free für alle."
    facts = json.loads((tmp_path / "again" / "config.json").read_text())
    assert facts["device"] == "cuda"
    assert set(facts["versions"]) == set(layout.PACKAGES)


def test_a_run_in_which_nothing_was_chosen_comes_back_too(toy, toy_data, tmp_path):
    run = untrained_run(toy, toy_data, tmp_path / "all", config_of(toy))
    assert run.choice is None
    assert run.model.config == run.config.model


def test_labels_beyond_what_16_bits_hold_come_back(toy, toy_data, tmp_path, monkeypatch):
    card = replace(toy.card, name="many", target=replace(toy.card.target, names=tuple(map(str, range(40_000)))))
    many = type("Many", (type(toy),), {"card": card})()
    monkeypatch.setitem(TASKS, "many", many)
    splits = {name: getattr(toy_data, name) for name in ("train", "validation", "test")}
    shifted = {name: replace(split, labels=split.labels + 39_990) for name, split in splits.items()}
    config = config_of(toy, n_classes=40_000)
    found = untrained_run(many, replace(toy_data, **shifted), tmp_path / "many", replace(config, task="many"))
    np.testing.assert_array_equal(found.labels, shifted["train"].labels)
    np.testing.assert_array_equal(found.validation_labels, shifted["validation"].labels)


def test_the_model_has_the_kept_concepts_alone_and_the_settings_those_it_was_trained_with(run):
    assert run.config.model.n_shared == 5
    assert run.model.config.n_shared == 3
    assert run.bank.sides["words"].shared.shape == (200, 3)
    assert run.answers.shape == (256, len(run.questions))
    assert len(run.questions) == 3 * 3 + 3 * 3


def test_a_run_is_enough_by_itself(run):
    assert set(FILES) == {path.name for path in run.path.iterdir()}
    assert run.name == "toy"
    assert run.find("test/" + str(run.test_bank.sample_ids[4])[5:]) == (run.test_bank, 4)
    facts = (run.path / "config.json").read_text() + (run.path / "metrics.json").read_text()
    assert str(Path.home()) not in facts
    assert str(run.path.parent) not in facts


def test_the_model_of_another_choice_is_not_saved(run, tmp_path):
    for wrong in (None, choice_of(5, (0, 2)), choice_of(6, (0, 2))):
        with pytest.raises(ValueError, match="The model must be what config and choice make"):
            save_again(run, tmp_path / "wrong", choice=wrong)
    assert list(tmp_path.iterdir()) == []


# --- trees ---------------------------------------------------------------------------------------------------


def test_the_tree_is_of_the_size_that_the_run_says_and_of_any_other_that_is_asked_for(run):
    assert run.tree.n_leaves == run.tree_leaves == 5
    assert run.tree.nodes()[0].n_samples == len(run.answers)
    for leaves in (2, 9):
        config = run.model.config
        alone = fit_tree(run.answers, run.labels, run.questions, config.factors, config.n_classes, leaves)
        assert run.tree_of(leaves).nodes()[-1].question == alone.nodes()[-1].question
        assert run.tree_of(leaves).n_leaves == leaves
        np.testing.assert_array_equal(run.tree_of(leaves).predict(run.answers), alone.predict(run.answers))
    assert run.tree.n_leaves == 5


def test_a_tree_is_fitted_once_a_size_and_a_run(run, monkeypatch):
    fitted = []
    monkeypatch.setattr("sharcs_core.tree.fit_tree", lambda *parts: fitted.append(parts[-1]) or object())
    one, other = replace(run), replace(run)
    assert one.tree_of(7) is one.tree_of(np.int64(7))
    assert one.tree_of(7) is not other.tree_of(7)
    assert one.tree is one.tree_of(5)
    assert fitted == [7, 7, 5]


@pytest.mark.parametrize("leaves", [1, 0, -3, 301, 10**30, 2.5, True, "5", None])
def test_a_size_that_no_tree_can_have_is_refused(run, leaves):
    with pytest.raises(ValueError, match=r"The tree can have 2 to 300 leaves \(got ") as raised:
        run.tree_of(leaves)
    assert not isinstance(raised.value, RunError)


def test_concepts_are_called_by_their_names(run):
    assert len(run.concept_names) == len(set(run.concept_names)) == 3
    assert replace(run, given_names={1: "the low ones"}).concept_names[1] == "the low ones"


def test_train_and_test_rows_are_kept_apart(run):
    assert not set(run.bank.sample_ids) & set(run.test_bank.sample_ids)
    for name, side in run.bank.sides.items():
        assert all(input_id.startswith("train/") for input_id in side.ids)
        assert all(input_id.startswith("test/") for input_id in run.test_bank.sides[name].ids)


# --- damage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0.02, 0.5, 0.98])
def test_a_damaged_byte_is_found_in_every_file(copy, name, place):
    content = bytearray((copy / name).read_bytes())
    at = int(place * len(content))
    content[at] ^= 0x11
    (copy / name).write_bytes(bytes(content))
    assert_refused(copy, rf"{name} of the run 'copy' is damaged.*copy the run again")


def test_a_checkout_that_changes_the_ends_of_lines_changes_no_run(run, copy):
    (copy / "LICENSE").write_bytes(b"first line\nsecond line\n")
    for name in ("config.json", "metrics.json", "LICENSE"):
        content = (copy / name).read_bytes()
        assert b"\n" in content
        assert b"\r" not in content
        as_it_was = layout.sha256_of(copy / name)
        (copy / name).write_bytes(content.replace(b"\n", b"\r\n"))
        assert layout.sha256_of(copy / name) == as_it_was
    again = load_run(copy)
    assert (again.metrics, again.config) == (run.metrics, run.config)
    assert list_runs(copy.parent)[0].error is None


def test_every_changed_digit_of_the_settings_is_found(copy):
    """A slope or a seed read wrongly would fit the weights and still answer otherwise."""
    text = (copy / "config.json").read_text()
    (copy / "config.json").write_text(text.replace('"slope": 2.0', '"slope": 3.0'))
    assert_refused(copy, r"config\.json of the run 'copy' is damaged \(its SHA-256 differs\)")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    assert_refused(copy, f"The run 'copy' lacks {name}; copy the whole folder again")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"[" * 100_000, b"null"])
def test_files_of_anything_else_are_refused(copy, name, content):
    (copy / name).write_bytes(content)
    assert_refused(copy, f"{name} of the run 'copy' is damaged")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\x80\x04K\x01.", b"\x93NUMPY"])
def test_a_bank_that_is_none_is_refused_even_with_the_right_hash(copy, content):
    (copy / "bank.npz").write_bytes(content)
    restamp(copy)
    assert_refused(copy, r"bank\.npz of the run 'copy' is damaged: File is not a zip file; copy the run again")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"table__lowest": lambda lowest: None}, "lowest"),
        ({"table__lowest": lambda lowest: lowest + 9}, "ranges must have a lowest and a highest value each"),
        ({"table__highest": lambda highest: highest[:2]}, "ranges must have a lowest and a highest value each"),
        ({"table__lowest": lambda lowest: np.full(9, -9.0), "table__highest": lambda highest: np.ones(9)}, "not 9"),
        ({"words__known": lambda known: known.astype(float)}, "ranges must"),
        ({"picture__limits__bank": lambda limit: None}, "limits must be above 0, one for each of"),
        ({"picture__limits__bank": lambda limit: -limit}, "limits must be above 0"),
        ({"picture__limits__hidden": lambda limit: limit * np.nan}, "picture/limits/hidden must be finite numbers"),
        ({"picture__spreads__moments_1__rest": lambda rest: None}, "rest"),
        ({"picture__spreads__moments_1__scale": lambda scale: -scale}, "scales and variances must be above 0"),
        ({"picture__spreads__moments_1__centre": lambda centre: centre[:3]}, "does not fit together"),
        ({"picture__references__hidden__points": lambda points: points[:0]}, "references must be of some points"),
        ({"picture__references__hidden__points": lambda points: points[:, :2]}, "does not fit together"),
        ({"picture__references__hidden__points": lambda points: points.astype("U5")}, "must be finite numbers"),
    ],
)
def test_what_is_usual_is_checked_even_with_the_right_hash(copy, change, message):
    change_unusual(copy, **change)
    assert_refused(copy, message)


def test_a_newer_format_asks_for_an_update(copy):
    restamp(copy, lambda facts: facts.update(format=layout.FORMAT + 1, config="something new"))
    assert_refused(copy, "is of format 7, newer than the 6 this version reads; update SHARCS")


@pytest.mark.parametrize("format_", [1, 2, 3, 4])
def test_a_format_that_is_gone_asks_to_train_anew(copy, format_):
    restamp(copy, lambda facts: facts.update(format=format_))
    said = (
        f"The run 'copy' is of format {format_}, which this version no longer reads; train it anew with: sharcs train"
    )
    assert_refused(copy, f"^{said} toy$")
    assert [summary.error for summary in list_runs(copy.parent)] == [f"{said} toy"]
    with pytest.raises(RunError, match="no longer reads"):
        layout.read_config(copy)


@pytest.mark.parametrize("config", [{"task": "molecules; rm -rf"}, {"task": ["toy"]}, {}, [], None])
def test_a_format_that_is_gone_names_no_command_for_a_task_that_is_not_known(copy, config):
    restamp(copy, lambda facts: facts.update(format=3, config=config))
    assert_refused(copy, "which this version no longer reads; train it anew$")


@pytest.mark.parametrize("format_", [0, -1, True, 5.0, "5", None, [5], float("nan")])
def test_a_format_that_never_was_is_damage(copy, format_):
    restamp(copy, lambda facts: facts.update(format=format_))
    assert_refused(copy, r"config\.json of the run 'copy' is damaged")


def test_a_task_of_a_newer_version_asks_for_an_update(copy):
    restamp(copy, lambda facts: facts["config"].update(task="molecules"))
    assert_refused(copy, "it is of the task 'molecules', and its card of 'toy'")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda facts: facts["config"]["model"].update(n_shared="many"), r"model\.n_shared must be a whole number"),
        (lambda facts: facts["config"]["model"].update(n_shared=0), r"model\.n_shared must be at least 1 \(got 0\)"),
        (lambda facts: facts["config"]["model"].update(encoders={}), "A model needs at least one modality"),
        (lambda facts: facts["config"]["training"].update(alignment="hope"), "Unknown alignment 'hope'"),
        (lambda facts: facts["config"].pop("model"), "model must be given"),
        (lambda facts: facts["config"].update(surprise=1), "There is no setting 'surprise'; take it out"),
        (lambda facts: facts["config"].update({"surprise\nat\nthe\nend": 1}), r"There is no setting 'surprise\\nat"),
        (lambda facts: facts["config"]["model"].update(slope="x" * 100_000), r"model\.slope must be a number \(got 'x"),
        (lambda facts: facts["config"]["model"].update(n_shared=10**30), r"model\.n_shared must be at most 92233"),
        (lambda facts: facts["config"]["model"].update(n_classes=5), r"toy has 4 classes \(got 5\)"),
        (lambda facts: facts["config"]["model"].update(named={"size": 2}), "toy has no factor 'size'"),
        (lambda facts: sounds(facts, "sound"), "toy has no modality 'sound'"),
        (lambda facts: sounds(facts, "words"), r"'words' of toy is of kind 'text' \(got 'tabular'\)"),
        (lambda facts: sounds(facts, "type"), "A modality cannot be called 'type'"),
        (lambda facts: facts.update(config=[]), r"config must be an object \(got \[\]\)"),
        (lambda facts: facts.update(files=1), r"files must be an object \(got 1\)"),
        (lambda facts: facts["files"].update(metrics=3), r"files\.metrics must be text \(got 3\)"),
        (lambda facts: facts.pop("source"), "source must be given"),
        (lambda facts: facts.update(source=["here"]), r"source must be an object \(got \['here'\]\)"),
        (lambda facts: facts["source"].update(name=7), r"source\.name must be text \(got 7\)"),
        (lambda facts: facts.update(versions=[1]), r"versions must be an object \(got \[1\]\)"),
        (lambda facts: facts.update(versions={"torch": {}}), r"versions\.torch must be text \(got \{\}\)"),
        (lambda facts: facts.pop("device"), "device must be given"),
        (lambda facts: facts.update(device=["cpu"]), r"device must be text \(got \['cpu'\]\)"),
        (lambda facts: facts.pop("choice"), "choice must be given"),
        (lambda facts: facts.pop("tree_leaves"), "tree_leaves must be given"),
        (lambda facts: facts.update(tree_leaves=float("nan")), "it holds NaN, which is no number in JSON"),
        (lambda facts: facts.update(further=nested(300)), "further.* is nested too deeply"),
        (lambda facts: facts.update(device="\ud800"), r"it holds half a character, '\\ud800'"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_the_field(copy, change, message):
    restamp(copy, change)
    assert_refused(copy, rf"^config\.json of the run 'copy' is damaged: {message}.*; copy the run again$")


def sounds(facts, name):
    facts["config"]["model"]["encoders"][name] = {"kind": "tabular", **WIDTHS}


def nested(depth):
    values = 1
    for _ in range(depth):
        values = [values]
    return values


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"format": 5, "format": 5}', "it has 'format' twice in one object"),
        (b'{"config": {"a": 1, "a": 2}}', "it has 'a' twice in one object"),
        (b'{"format": 5,}', r"it is not JSON that one can read \(line 1, column 14\)"),
        (b'{"format": "\xff"}', r"it is not UTF-8 text \(byte 13 cannot be read\)"),
        (b'{"format": ' + b"9" * 5000 + b"}", "it holds a number of too many digits"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b"[]", r"it must be an object \(got \[\]\)"),
        (b'{"format": -Infinity}', "it holds -Infinity, which is no number in JSON"),
        (b" " * 10_000_001, "it is of more than 10 MB"),
    ],
)
@pytest.mark.parametrize("name", ["config.json", "metrics.json"])
def test_what_keeps_a_file_from_being_json_is_said(copy, name, content, message):
    (copy / name).write_bytes(content)
    if name == "metrics.json":
        restamp(copy)
        if b"Infinity" in content:  # as former versions wrote it
            assert load_run(copy).metrics == {"format": None}
            return
    assert_refused(copy, rf"^{name} of the run 'copy' is damaged: {message}; copy the run again$")
    assert [summary.error is None for summary in list_runs(copy.parent)] == [False]


@pytest.mark.parametrize("setting", ["n_local", "projection_hidden", "predictor_hidden"])
@pytest.mark.parametrize("width", [10**9, 10**18, 10**30])
def test_a_model_that_would_fill_the_memory_is_refused_before_it_is_made(copy, setting, width):
    restamp(copy, lambda facts: facts["config"]["model"].update({setting: width}))
    assert_refused(
        copy, f"does not fit its config|config.json of the run 'copy' is damaged: model.{setting} must be at m"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_before": 6}, r"n_before must be the 5 concepts of the model \(got 6\)"),
        ({"n_before": 5.0}, r"choice\.n_before must be a whole number \(got 5\.0\)"),
        ({"n_before": 10**300}, r"choice\.n_before must be at most 9223372036854775807"),
        ({"kept": [0, 4, 2]}, r"kept must be rising places from 0 to 4 \(got \[0, 4, 2\]\)"),
        ({"kept": [0, 2, 2]}, "kept must be rising"),
        ({"kept": [0, 2, 5]}, "kept must be rising"),
        ({"kept": [-1, 2, 4]}, r"choice\.kept\.0 must be at least 0 \(got -1\)"),
        ({"kept": []}, "kept must be rising"),
        ({"kept": [0, 2, True]}, r"choice\.kept\.2 must be a whole number \(got True\)"),
        ({"kept": [0, 2, "4"]}, r"choice\.kept\.2 must be a whole number \(got '4'\)"),
        ({"kept": "024"}, r"choice\.kept must be a list \(got '024'\)"),
        ({"kept": [0, 2]}, "removals must name each concept that was not kept, once"),
        ({"removals": []}, "removals must name each concept that was not kept, once"),
        ({"removals": [{"concept": 1, "tree_accuracy": 0.9, "recall": 0.9}] * 2}, "not kept, once"),
        ({"removals": [{"concept": 1}, {"concept": 3}]}, r"choice\.removals\.0\.tree_accuracy must be given"),
        ({"removals": [1, 3]}, r"choice\.removals\.0 must be an object \(got 1\)"),
        ({"removals": {}}, r"choice\.removals must be a list \(got \{\}\)"),
        ({"recall": 1.5}, r"choice\.recall must be at most 1\.0 \(got 1\.5\)"),
        ({"recall": float("nan")}, "it holds NaN, which is no number in JSON"),
        ({"recall": 10**400}, r"choice\.recall must be a number \(got 1000"),
        ({"tree_accuracy": True}, r"choice\.tree_accuracy must be a number \(got True\)"),
        ({"tree_accuracy": None}, r"choice\.tree_accuracy must be a number \(got None\)"),
        ({"surprise": 1}, "There is no setting 'surprise'"),
    ],
)
def test_a_choice_that_cannot_have_been_made_is_refused(copy, change, message):
    restamp(copy, lambda facts: facts["choice"].update(change))
    assert_refused(copy, rf"^config\.json of the run 'copy' is damaged: .*{message}")


@pytest.mark.parametrize("choice", [[], "all", 3, True])
def test_what_is_no_choice_is_refused(copy, choice):
    restamp(copy, lambda facts: facts.update(choice=choice))
    assert_refused(copy, r"choice must be an object \(got ")


def test_a_choice_of_other_concepts_does_not_fit_the_weights(copy):
    restamp(copy, lambda facts: facts.update(choice=None))
    assert_refused(copy, r"weights\.safetensors of the run 'copy' does not fit its config\.json .*size mismatch")


def test_a_named_concept_is_never_removed(run, copy):
    choice = replace(choice_of(5, (1, 2, 4)), removals=(Removal(0, 1.0, 1.0), Removal(3, 1.0, 1.0)))
    config = replace(run.config.model, named={"size": 2})
    with pytest.raises(ValueError, match=r"kept must begin with the 1 named concepts \(got \[1, 2, 4\]\)"):
        outcome.choice_from_json(json.loads(json.dumps(outcome.choice_to_json(choice))), config)


@pytest.mark.parametrize("leaves", [0, 1, 301, -5, 5.0, True, "5", None, [5], float("inf")])
def test_a_size_of_the_tree_that_cannot_be_is_refused(copy, leaves):
    restamp(copy, lambda facts: facts.update(tree_leaves=leaves))
    assert_refused(copy, "it holds Infinity" if leaves == float("inf") else "tree_leaves must be ")


@pytest.mark.parametrize("change", [lambda facts: facts.pop("format"), lambda facts: facts.update(config=[], files=1)])
def test_a_configuration_of_another_make_is_refused(copy, change):
    restamp(copy, lambda facts: None)
    facts = json.loads((copy / "config.json").read_text())
    change(facts)
    (copy / "config.json").write_text(json.dumps(facts))
    assert_refused(copy, r"config\.json of the run 'copy' is damaged")


def test_weights_of_another_shape_are_refused(copy):
    weights = load_file(copy / "weights.safetensors")
    name = next(name for name in weights if name.startswith("predictor"))
    save_file({**weights, name: weights[name][:3].contiguous()}, copy / "weights.safetensors")
    restamp(copy)
    assert_refused(copy, r"weights\.safetensors of the run 'copy' does not fit its config\.json .*size mismatch")


def test_weights_that_are_not_finite_are_refused(copy):
    weights = load_file(copy / "weights.safetensors")
    weights["predictor.layers.0.bias"][3] = torch.nan
    save_file(weights, copy / "weights.safetensors")
    restamp(copy)
    assert_refused(copy, r"predictor\.layers\.0\.bias holds values that are not finite")


def test_weights_that_are_lacking_are_refused(copy):
    weights = load_file(copy / "weights.safetensors")
    weights.popitem()
    save_file(weights, copy / "weights.safetensors")
    restamp(copy)
    assert_refused(copy, r"weights\.safetensors of the run 'copy' does not fit")


@pytest.mark.parametrize(
    ("key", "change", "message"),
    [
        ("train__table__shared", lambda a: a[:, :2], r"shared must be of shape \(200, 3\) \(got \(200, 2\)\)"),
        ("train__words__local", lambda a: a[:-1], r"local must be of shape \(200, 6\)"),
        ("train__picture__shared", lambda a: np.where(a > 0.5, np.nan, a), "not finite"),
        ("train__picture__shared", lambda a: a.astype(str), "train/picture/shared must not be of type <U"),
        ("train__picture__semantics", lambda a: a + 0.5, "train/picture/semantics must not be of type float"),
        ("train__picture__semantics", lambda a: a + 1, r"semantics of 'picture' must be 0 to 3, .* \(got 1 to 4\)"),
        ("test__words__semantics", lambda a: a - 2, r"semantics of 'words' must be 0 to 3, .* \(got -2 to 1\)"),
        ("test__picture__sources", lambda a: a > 0, "test/picture/sources must not be of type bool"),
        ("test__table__maps__PCA", lambda a: a[:, :1], r"of shape \(40, 2\)"),
        ("test__table__described__words", lambda a: None, "described must name"),
        ("train__table__inputs__values", lambda a: a[:7], "inputs must hold 200 inputs"),
        ("train__words__ids", lambda a: None, "ids"),
        ("train__words__ids", lambda a: np.arange(200), "train/words/ids must not be of type int"),
        ("train__labels", lambda a: a + 3, "labels must be whole numbers from 0 to 3"),
        ("train__labels", lambda a: a.astype(float), "labels must be whole numbers"),
        ("test__sample_ids", lambda a: a[1:], "sample_ids must be of shape"),
        ("test__sample_ids", lambda a: np.arange(40), "sample_ids must not be of type int"),
        ("tree__labels", lambda a: a - 1, "tree/labels must be whole numbers"),
        ("tree__labels", lambda a: a[:0], "tree/labels must name one sample at least"),
        ("tree__answers", lambda a: a[:, :1], r"tree/answers must be of shape \(256, 3\) \(got \(256, 1\)\)"),
        ("tree__answers", lambda a: a[1:], "tree/answers must be of shape"),
        ("tree__answers", lambda a: a.astype(float), "tree/answers must not be of type float64"),
        ("tree__answers", lambda a: None, "tree/answers"),
        ("tree__validation_labels", lambda a: a + 9, "tree/validation_labels must be whole numbers from 0 to 3"),
        ("tree__validation_answers", lambda a: a[:, :2], "tree/validation_answers must be of shape"),
        ("tree__validation_answers", lambda a: None, "tree/validation_answers"),
    ],
)
def test_a_bank_that_does_not_fit_is_refused(copy, key, change, message):
    change_bank(copy, **{key: change})
    assert_refused(copy, message)


def test_a_bank_that_would_fill_the_memory_is_refused_before_it_is_unpacked(copy, monkeypatch):
    monkeypatch.setattr(npz, "MAX_BYTES", 10_000)
    monkeypatch.setattr(np, "load", None)
    assert_refused(copy, "bank.npz of the run 'copy' is damaged: it would take .* bytes, more than may be")


def test_pickled_objects_in_a_bank_are_never_unpickled(copy, tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    with np.load(copy / "bank.npz", allow_pickle=False) as file:
        arrays = dict(file)
    arrays["train/labels"] = np.array([Trap()] * 200, dtype=object)
    np.savez(copy / "bank.npz", **arrays)
    restamp(copy)
    assert_refused(copy, r"bank\.npz of the run 'copy' is damaged: train/labels\.npy holds Python objects")
    assert not (tmp_path / "sprung").exists()


FORMS = {
    "no axis": lambda a: a.reshape(-1)[0] if a.size else np.array(1),
    "no row": lambda a: a[:0] if a.ndim else np.zeros(0),
    "another axis": lambda a: a[..., None],
    "text": lambda a: a.astype("U8"),
    "fields": lambda a: np.zeros(a.shape, dtype=[("a", "i4"), ("b", "f4")]),
    "complex": lambda a: np.ones(a.shape, dtype=complex),
    "times": lambda a: np.zeros(a.shape, dtype="M8[s]"),
    "huge": lambda a: np.full(a.shape, 2**62),
    "NaN": lambda a: np.full(a.shape, np.nan),
    "none at all": lambda a: None,
}


@pytest.mark.parametrize("name", ["bank.npz", "unusual.npz"])
def test_whatever_an_array_is_made_to_be_nothing_but_a_sentence_comes_of_it(copy, name):
    with np.load(copy / name, allow_pickle=False) as file:
        whole = dict(file)
    said = []
    for key, form in zip(list(whole)[::3], cycle(FORMS.values()), strict=False):
        changed = {**whole, key: form(whole[key])}
        np.savez(copy / name, **{key: values for key, values in changed.items() if values is not None})
        restamp(copy)
        try:
            load_run(copy)
        except RunError as error:
            said.append(str(error))
    assert len(said) > len(whole) / 6
    assert all(len(text.splitlines()) == 1 for text in said)


@pytest.mark.parametrize("name", ["bank.npz", "unusual.npz"])
@pytest.mark.parametrize("length", [10**13, 10**30])
def test_an_array_that_claims_to_be_larger_than_it_is_takes_no_room(copy, name, length):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (length,)})
    with zipfile.ZipFile(copy / name, "a") as parts:
        parts.writestr("further.npy", header.getvalue() + b"12345678")
    restamp(copy)
    assert_refused(
        copy, rf"{name} of the run 'copy' is damaged: further\.npy says that it is of .* bytes and is of 136; "
    )


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")]
)
@pytest.mark.parametrize(
    "place",
    [
        "sharcs_core.npz.np.load",
        "sharcs_core.checkpoints.usual.scores_in",
        "sharcs_core.checkpoints.pictures.WebPImageFile",
        "safetensors.torch.load_file",
        "sharcs_core.checkpoints.reading.unpacked",
    ],
)
def test_that_memory_ran_out_is_never_called_damage(coloured, monkeypatch, place, error):
    def full(*_, **__):
        raise error

    if place.endswith("WebPImageFile"):
        monkeypatch.setattr("PIL.WebPImagePlugin.WebPImageFile", full)
    else:
        monkeypatch.setattr(place, full)
    with pytest.raises(type(error)) as caught:
        load_run(coloured[1])
    assert caught.value is error


# --- writing -------------------------------------------------------------------------------------------------


def test_a_failure_while_writing_leaves_nothing_behind_and_the_former_run_whole(run, copy, monkeypatch):
    monkeypatch.setattr(np, "savez_compressed", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
    for path in (copy, copy.parent / "new"):
        with pytest.raises(StorageError, match=rf"{path.name} cannot be written \(disk full\); free some space"):
            save_again(run, path)
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]
    assert load_run(copy).metrics == run.metrics


def test_a_kill_while_writing_leaves_the_former_run_whole_and_no_half_run(run, copy):
    def write(*_):
        former = load_run(copy)
        writing._put_in_place = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # in that process alone
        for path in (former.path, former.path.parent / "new"):
            save_again(former, path, metrics={"accuracy": 0.0})

    assert Forked(write).wait() == -signal.SIGKILL
    assert [run.name for run in list_runs(copy.parent)] == ["copy"]
    assert load_run(copy).metrics == run.metrics


def test_a_run_is_replaced_by_a_better_one(run, copy):
    (copy / "stale.txt").write_text("of the former run")
    save_again(run, copy, metrics={"accuracy": 1.0})
    assert load_run(copy).metrics == {"accuracy": 1.0}
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]
    assert not (copy / "stale.txt").exists()


def test_a_folder_that_is_no_run_is_never_replaced(run, tmp_path):
    (tmp_path / "holidays").mkdir()
    (tmp_path / "holidays" / "photo.png").write_bytes(b"dear to someone")
    (tmp_path / "file").write_text("too")
    for path, message in (
        (tmp_path / "holidays", "holds something that is not a run"),
        (tmp_path / "file", "not a fol"),
    ):
        with pytest.raises(RunError, match=message):
            save_again(run, path)
    assert (tmp_path / "holidays" / "photo.png").read_bytes() == b"dear to someone"
    assert (tmp_path / "file").read_text() == "too"


# --- finding -------------------------------------------------------------------------------------------------


def test_runs_are_found_by_folder_by_name_and_by_environment(copy, monkeypatch, tmp_path):
    monkeypatch.delenv("SHARCS_RUNS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert resolve_run(str(copy)) == copy
    assert resolve_run("copy", copy.parent) == copy
    assert resolve_run("runs/copy") == copy
    with pytest.raises(RunError, match=r"There is no run 'copy'.*choose one of \['icons'"):
        resolve_run("copy")
    monkeypatch.setenv("SHARCS_RUNS", str(copy.parent))
    assert resolve_run("copy") == copy
    monkeypatch.chdir(copy)
    assert resolve_run(".").name == "copy"


def test_command_line_and_pages_look_for_runs_in_the_same_place(monkeypatch, tmp_path, shipped_runs):
    """What is named, else $SHARCS_RUNS, else ./checkpoints where there is one, else the project's own."""
    monkeypatch.delenv("SHARCS_RUNS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert runs_folder() == shipped_runs
    (tmp_path / "checkpoints").mkdir()
    assert runs_folder().resolve() == tmp_path / "checkpoints"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHARCS_RUNS", "~/of mine")
    assert runs_folder() == tmp_path / "of mine"
    assert runs_folder(tmp_path / "named") == tmp_path / "named"


def test_a_package_without_runs_beside_it_puts_them_where_one_is(monkeypatch, tmp_path):
    monkeypatch.delenv("SHARCS_RUNS", raising=False)
    monkeypatch.setattr(finding, "SHIPPED_RUNS", tmp_path / "site-packages" / "checkpoints")
    monkeypatch.chdir(tmp_path)
    assert runs_folder() == Path("checkpoints")


@pytest.mark.parametrize("name", ["nope", "", "..", "../runs/nope", "/", "copy/../nope"])
def test_unknown_runs_are_answered_with_those_there_are(copy, name):
    with pytest.raises(RunError, match=r"There is no run .*choose one of \['copy'\]"):
        resolve_run(name, copy.parent)


def test_the_list_says_what_is_wrong_with_a_run_and_goes_on(copy):
    for name in ("broken", "changed", "newer"):
        shutil.copytree(copy, copy.parent / name)
    (copy.parent / "broken" / "config.json").write_text("{")
    (copy.parent / "changed" / "metrics.json").write_text('{"accuracy": "high"}')
    restamp(copy.parent / "newer", lambda facts: facts.update(format=9))
    (copy.parent / "no run").mkdir()
    shutil.copytree(copy, copy.parent / ".copy-being-written")
    errors = {run.name: run.error for run in list_runs(copy.parent)}
    assert list(errors) == ["broken", "changed", "copy", "newer"]
    assert errors["copy"] is None
    assert "damaged" in errors["broken"]
    assert "metrics.json of the run 'changed' is damaged" in errors["changed"]
    assert "newer" in errors["newer"]


def test_no_folder_of_runs_is_an_empty_list(tmp_path):
    assert list_runs(tmp_path / "nothing") == ()


# --- the shipped run -----------------------------------------------------------------------------------------


def test_the_shipped_runs_load_and_are_small(shipped_runs):
    summaries = list_runs(shipped_runs)
    assert "xor_and_xor" in {run.name for run in summaries}
    for summary in summaries:
        assert summary.error is None
        run = load_run(summary.path)
        assert sum(path.stat().st_size for path in summary.path.iterdir()) < 10_000_000
        assert isinstance(next(iter(run.bank.sides.values())), BankSide)
        assert {"t-SNE", "UMAP", "PCA"} <= set(next(iter(run.bank.sides.values())).maps)
        assert run.metrics["run"] == summary.name
        licence = run.card.license
        assert (summary.path / "LICENSE").is_file() == (licence is not None)


# --- pictures in colour --------------------------------------------------------------------------------------


def colours(n, seed):
    """Pictures in colour, half of each even, as scenes are."""
    pixels = np.random.default_rng(seed).integers(0, 256, (n, 24, 32, 3), dtype=np.uint8)
    pixels[:, 12:] = pixels[:, 12:13, :1]
    return Inputs("image", {"pixels": pixels})


def with_colours(bank, seed):
    side = replace(bank.sides["picture"], inputs=colours(len(bank), seed))
    return replace(bank, sides={**bank.sides, "picture": side})


@pytest.fixture
def coloured(toy, toy_data, tmp_path):
    """A run of pictures in colour: as it should come back, and where it was saved."""
    grey = toy.preset().model.encoders
    config = config_of(toy, encoders={**grey, "picture": replace(grey["picture"], n_features=3)})
    splits = {
        part: replace(of, inputs={**of.inputs, "picture": colours(len(of), 0)})
        for part, of in (("train", toy_data.train), ("validation", toy_data.validation))
    }
    model = untrained_model(config, splits["train"])
    parts = untrained_parts(toy, toy_data, config_of(toy))
    banks = {name: with_colours(parts[name], seed) for seed, name in enumerate(("bank", "test_bank"))}
    usual = fit_usual(model, toy.card, replace(toy_data, **splits), banks["bank"], seed=0)
    run = {**parts, **banks, "config": config, "model": model, "usual": usual}
    save_run(tmp_path / "coloured", **run)
    return SimpleNamespace(**run), tmp_path / "coloured"


def test_pictures_in_colour_come_back_to_the_last_bit_and_take_less_room(coloured):
    run, path = coloured
    loaded = load_run(path)
    assert_equal_banks(run.bank, loaded.bank)
    assert_equal_banks(run.test_bank, loaded.test_bank)
    with np.load(path / "bank.npz", allow_pickle=False) as file:
        assert "train/picture/inputs/pixels" not in file
        assert file["train/picture/inputs/pixels.webp"].size < run.bank.sides["picture"].inputs.arrays["pixels"].size


def shifted(ends):
    return ends + 1


def flipped(content):
    changed = content.copy()
    changed[:40] ^= 255
    return changed


@pytest.mark.parametrize(
    ("field", "change", "message"),
    [
        ("webp", flipped, "cannot be decoded"),
        ("webp", lambda content: content[:-5], "end to end"),
        ("webp", lambda content: content.astype(np.int64), "not as they were written"),
        ("ends", shifted, "end to end"),
        ("ends", lambda ends: ends[::-1].copy(), "end to end"),
        ("ends", lambda ends: ends[:-1], "end to end"),
        ("shape", lambda shape: shape[::-1].copy(), "not a plain one of 32×24"),
        ("shape", lambda shape: shape * 100, "3200"),
        ("shape", lambda shape: shape * 0, "1 to 4096"),
        ("shape", lambda shape: shape[:1], "not as they were written"),
        ("shape", lambda shape: None, "pixels.shape"),
    ],
)
def test_damaged_pictures_are_told(coloured, field, change, message):
    _, path = coloured
    change_bank(path, **{f"train__picture__inputs__pixels.{field}": change})
    assert_refused(path, message)


def test_pictures_that_would_fill_the_memory_are_refused_before_one_is_decoded(coloured, monkeypatch):
    _, path = coloured
    monkeypatch.setattr(pictures, "MAX_DECODED_BYTES", 24 * 32 * 3 * 10)
    monkeypatch.setattr(pictures, "_decoded", None)
    assert_refused(path, "more than a run may hold")


def test_a_picture_that_moves_is_refused(coloured):
    _, path = coloured
    content, frames = io.BytesIO(), [Image.new("RGB", (32, 24), colour) for colour in ("red", "blue")]
    frames[0].save(content, "WEBP", lossless=True, save_all=True, append_images=frames[1:])
    with np.load(path / "bank.npz", allow_pickle=False) as file:
        first = int(file["train/picture/inputs/pixels.ends"][0])
    moving = np.frombuffer(content.getvalue(), dtype=np.uint8)
    change_bank(
        path,
        **{
            "train__picture__inputs__pixels.webp": lambda files: np.concatenate([moving, files[first:]]),
            "train__picture__inputs__pixels.ends": lambda ends: ends - first + len(moving),
        },
    )
    assert_refused(path, "not a plain one")
