"""Settings of a training, from options, a file and ``--set``; and what a task may be called."""

from __future__ import annotations

import json

import pytest

from sharcs_core.cli.arguments import build_parser
from sharcs_core.cli.options import settings_of
from sharcs_core.cli.training import task_named
from sharcs_core.errors import UserError
from sharcs_core.tasks import TASKS

TASK = TASKS["xor_and_xor"]


def settings(*words):
    return settings_of(build_parser().parse_args(["train", "xor_and_xor", *map(str, words)]), TASK)


def test_any_setting_can_be_set_and_the_others_stay():
    plain, changed = settings(), settings("--set", "training.margin=0.25", "--set", "model.slope=3")
    assert (changed.training.margin, changed.model.slope) == (0.25, 3)
    assert changed.to_json() | {"model": None, "training": None} == plain.to_json() | {"model": None, "training": None}
    assert settings("--set", "training.alignment=triplet").training.alignment == "triplet"


def test_a_file_of_settings_is_taken_and_options_count_more(tmp_path):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"training": {"epochs": 7, "polish_epochs": 1, "margin": 0.5}}), encoding="utf-8")
    assert settings("--config", file).training.epochs == 7
    found = settings("--config", file, "--epochs", 3, "--balanced").training
    assert (found.epochs, found.margin, found.balanced) == (3, 0.5, True)
    assert settings("--config", file, "--epochs", 3, "--set", "training.epochs=5").training.epochs == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "model.n_shared"], "--set must be NAME=VALUE, such as model.n_shared=24 "),
        (["--set", "model..n_shared=3"], "--set must be NAME=VALUE"),
        (["--set", "model.n_shraed=3"], "There is no setting 'n_shraed'; take it out"),
        (["--set", "training.epochs=many"], r"training\.epochs must be a whole number \(got 'many'\)"),
        (["--set", "training=3"], "training must be an object"),
        (["--config", "broken.json"], r"broken\.json is no JSON object of settings: "),
        (["--config", "list.json"], r"list\.json is no JSON object of settings: "),
    ],
)
def test_what_is_no_setting_is_refused_in_one_sentence(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "list.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(UserError, match=f"^{said}" if not said.startswith("There") else said) as raised:
        settings(*words)
    assert "\n" not in str(raised.value)


def test_a_task_is_a_name_or_a_folder(tmp_path):
    assert task_named("clevr", 0) is TASKS["clevr"]
    with pytest.raises(UserError, match=r"There is no task and no folder 'cleavr'; choose one of .* or a folder"):
        task_named("cleavr", 0)
    with pytest.raises(UserError, match="clevr has a split of its own"):
        task_named("clevr", 0, split_from="some_run")
    with pytest.raises(UserError, match=r"metadata\.csv: is not there; write one"):
        task_named(str(tmp_path), 0)
