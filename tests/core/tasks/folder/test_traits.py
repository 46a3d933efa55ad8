"""Columns that are no input: which traits they say of samples, and where these go."""

from __future__ import annotations

import numpy as np
import pytest

from made_folders import folder
from sharcs_core.checkpoints import load_run
from sharcs_core.pipeline import train_run
from sharcs_core.profiles import concept_profiles
from sharcs_core.tasks.folder.checking import check_folder
from sharcs_core.tasks.folder.faults import FolderError
from sharcs_core.tasks.folder.task import folder_task
from sharcs_core.tasks.folder.traits import MOST_VALUES

N = 90
TOML = """
label = "label"
traits = [{}]
{}
[modalities.story]
column = "story"
[modalities.table]
kind = "tabular"
numeric = ["ph"]
"""


def sheet():
    """Two classes; a trait that is the second, one that is known of half of the rows, sites, and ever the same."""
    rows = ["id,label,story,ph,wet,seen,site,same,code"]
    for row in range(N):
        wet = "Yes" if row % 2 else "no"
        seen = "" if row % 4 < 2 else ("true", "false")[row % 3 == 0]
        story = f"{('dry and hard', 'wet and soft')[row % 2]} to walk on"
        site = ("north", "south", "7")[row % 3]
        rows.append(
            f"p{row},{('heath', 'bog')[row % 2]},{story},{row % 2 + 0.01 * row:.2f},{wet},{seen},{site},no,c{row}"
        )
    return "\n".join(rows) + "\n"


def made(path, traits, more=""):
    named = ", ".join(f'"{one}"' for one in traits)
    folder(path, {"metadata.csv": sheet(), "task.toml": TOML.format(named, more)})
    return path


def test_a_column_of_yes_and_no_is_a_trait_and_of_words_each_value_is_one(tmp_path):
    task = folder_task(made(tmp_path, ["wet", "seen", "site", "same"])).task
    assert task.card.traits == ("wet", "seen", "site 7", "north", "south")
    split = task.data.train
    assert split.ids is not None
    assert split.traits is not None
    rows = np.array([int(own[1:]) for own in split.ids])
    np.testing.assert_array_equal(split.traits[:, 0], rows % 2)
    np.testing.assert_array_equal(split.traits[:, 1], np.where(rows % 4 < 2, -1, rows % 3 != 0))
    np.testing.assert_array_equal(split.traits[:, 3], rows % 3 == 0)
    chosen = split.select([3, 1])
    np.testing.assert_array_equal(chosen.traits, split.traits[[3, 1]])


def test_traits_are_no_input_and_are_not_said_to_be_left_out(tmp_path):
    made(tmp_path, ["wet", "site"])
    task = folder_task(tmp_path)
    assert [column.name for column in task.task.card.modality("table").form.columns] == ["ph"]
    assert not any("'wet'" in str(note) for note in task.notes)
    plain = folder_task(made(tmp_path / "plain", [])).task
    assert plain.card.traits == ()
    assert plain.data.train.traits is None
    assert plain.data.source.sha256 == task.task.data.source.sha256


@pytest.mark.parametrize(
    ("traits", "says"),
    [
        (["wett"], "names the column 'wett', which metadata.csv does not have; write 'wet'"),
        (["ph"], "is 'ph', and so is traits; keep one"),
        (["code"], f"has {N} values, of which each would be a trait"),
    ],
)
def test_columns_that_make_no_traits_are_refused(tmp_path, traits, says):
    with pytest.raises(FolderError, match=says):
        folder_task(made(tmp_path, traits))
    found = check_folder(tmp_path)
    assert any(says in str(fault) for fault in found.faults if not fault.is_note), found.faults
    assert N > MOST_VALUES


def trained(path, out, more=""):
    task = folder_task(made(path, ["wet", "seen"], more)).task
    config = task.preset(0)
    short = {"epochs": 6, "polish_epochs": 0}
    from dataclasses import replace

    return train_run(replace(config, training=replace(config.training, **short)), task, out)


def test_a_run_keeps_traits_and_its_concepts_follow_them(tmp_path):
    run = load_run(trained(tmp_path / "data", tmp_path / "run").path)
    assert run.card.traits == ("wet", "seen")
    assert run.bank.traits is not None
    assert run.bank.traits.shape == (len(run.bank), 2)
    assert run.test_bank.traits is not None
    np.testing.assert_array_equal(run.bank.traits[:, 0], [int(own[1:]) % 2 for own in run.bank.sample_ids])
    named = {one.trait for profile in concept_profiles(run) for one in profile.follows}
    assert "wet" in named


def test_a_run_that_may_keep_nothing_of_the_rows_keeps_no_traits(tmp_path):
    run = load_run(trained(tmp_path / "data", tmp_path / "run", "redistribute = false").path)
    assert run.bank.traits is None
    assert run.test_bank.traits is None
    assert all(not profile.follows for profile in concept_profiles(run))
