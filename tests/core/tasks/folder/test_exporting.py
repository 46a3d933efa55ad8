"""A task written as a folder: it reads back as it was, and is a task of somebody's own."""

from __future__ import annotations

import csv
import os
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from few_digits import few_digits, in_place_of_mnist
from sharcs_core.checkpoints import load_run
from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.tabular import TableForm
from sharcs_core.pipeline import evaluate_run, train_run
from sharcs_core.storage import StorageError, writing
from sharcs_core.structures import DataSource, TaskData
from sharcs_core.tasks import TASKS
from sharcs_core.tasks.clevr.generated import render_keys
from sharcs_core.tasks.clevr.questions import N_KEYS
from sharcs_core.tasks.clevr.splits import Scenes, drawn_split
from sharcs_core.tasks.folder.again import data_again
from sharcs_core.tasks.folder.checking import check_folder
from sharcs_core.tasks.folder.description import description_of
from sharcs_core.tasks.folder.exporting import export_task, exported_columns
from sharcs_core.tasks.folder.reading import read_folder
from sharcs_core.tasks.folder.task import folder_task
from sharcs_core.tasks.task import Task

PARTS = ("train", "validation", "test")
N = 40
MANY = {"half_mnist": 20, "clevr": None}
"""Samples of each part that are written, where it is not ``N``."""
DISPLAY = ("segments", "mask")
"""Arrays that are for display alone, and that no file keeps."""


def few_scenes():
    """Splits of a few scenes of CLEVR."""
    rng = np.random.default_rng(0)
    splits = {}
    for place, part in enumerate(PARTS):
        keys = rng.choice(N_KEYS, 10, replace=False)
        numbers = 100 * place + np.arange(10)
        splits[part] = drawn_split(Scenes(render_keys(part, keys), keys, numbers), rng, with_wordings=part == "train")
    return TaskData("clevr", 0, DataSource("generated", "0" * 64), **splits)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Name of a task → the task, its data, how many of each part were written, and the folder."""
    made = {}
    folder = tmp_path_factory.mktemp("exported")
    with in_place_of_mnist(few_digits(120, 60), tmp_path_factory.mktemp("graphs")):
        for name, task in TASKS.items():
            data = few_scenes() if name == "clevr" else task.load(0)
            n = MANY.get(name, N)
            export_task(task, data, folder / name, n)
            made[name] = task, data, n, folder / name
    return made


@pytest.fixture(params=list(TASKS))
def one(request, exported):
    return exported[request.param]


def sheet(path):
    with (path / "metadata.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def own_rows(path, data):
    """Part → which samples of the data were written, by their ids."""
    rows = {part: [] for part in PARTS}
    for row in sheet(path):
        part, number = row["id"].split("/")
        assert row["split"] == part
        rows[part].append(int(number))
    return {part: np.array(own) for part, own in rows.items()}


def same_inputs(one, two):
    """Whether inputs are equal; neighbours in any order, and in any number of places."""
    assert one.kind == two.kind
    for name in set(two.arrays) - set(DISPLAY):
        ours, theirs = one.arrays[name], two.arrays[name]
        if name == "neighbours":
            heard = [[sorted(set(own.tolist()) - {-1}) for graph in side for own in graph] for side in (ours, theirs)]
            assert heard[0] == heard[1]
        else:
            np.testing.assert_array_equal(ours, theirs)


# --- read back -----------------------------------------------------------------------------------------------


def test_each_sample_reads_back_equal_with_its_label_and_its_keys_by_modality(one):
    task, data, n, path = one
    again = data_again(task.card, path, {}, task=task)
    for part, rows in own_rows(path, data).items():
        found, meant = getattr(again, part), getattr(data, part)
        assert len(found) == len(rows) == min(n or len(meant), len(meant))
        np.testing.assert_array_equal(found.labels, meant.labels[rows])
        samples, wanted = found.samples(), meant.samples(rows)
        for name in task.card.names:
            same_inputs(samples[name], wanted[name])
            np.testing.assert_array_equal(found.sample_semantics()[name], meant.sample_semantics()[name][rows])


def test_it_is_a_task_of_ones_own_without_a_fault(one):
    task, _, _, path = one
    report = check_folder(path)
    assert [str(fault) for fault in report.faults if not fault.is_note] == []
    made = folder_task(path).task.card
    assert (made.title, made.summary, made.question) == (task.card.title, task.card.summary, task.card.question)
    assert (made.license, made.redistribute) == (task.card.license, task.card.redistribute)
    labels = {row[task.card.target.title] for row in sheet(path)}
    assert made.target.title == task.card.target.title
    assert made.target.names == tuple(name for name in task.card.target.names if name in labels)
    assert [(m.name, m.kind, m.title) for m in made.modalities] == [
        (m.name, m.kind, m.title) for m in task.card.modalities
    ]


def test_as_a_task_of_ones_own_inputs_say_what_they_said(one):
    task, data, _, path = one
    folder = read_folder(path)
    written = own_rows(path, data)
    for name in task.card.names:
        form, raws = task.card.modality(name).form, iter(folder.read[name].raws)
        for part, rows in written.items():
            meant = getattr(data, part).samples(rows)[name]
            for row in range(len(rows)):
                KEPT[form.kind](form, next(raws), meant, row)


def _same_pixels(form, raw, meant, row):
    pixels = meant.arrays["pixels"][row]
    np.testing.assert_array_equal(raw.values, pixels.reshape(*pixels.shape[:2], -1))


def _same_cells(form, raw, meant, row):
    again, _ = KINDS["tabular"].prepare(form, [raw])
    np.testing.assert_array_equal(again.arrays["values"][0], meant.arrays["values"][row])


def _same_words(form, raw, meant, row):
    assert raw.split() == [form.words[token] for token in meant.arrays["tokens"][row] if token]


def _same_edges(form, raw, meant, row):
    heard = meant.arrays["neighbours"][row][: int(meant.arrays["n_nodes"][row])]
    wanted = {(int(source), target) for target, own in enumerate(heard) for source in own if source >= 0}
    edges = set(raw.edges()) if raw.is_directed() else {pair for a, b in raw.edges() for pair in ((a, b), (b, a))}
    assert edges == wanted
    if not form.structure:
        names = [column.name for column in form.nodes]
        said = [[node[name] for name in names] for _, node in raw.nodes(data=True)]
        np.testing.assert_array_equal(np.array(said, dtype=np.float16), meant.arrays["nodes"][row][: len(said)])


KEPT = {"image": _same_pixels, "tabular": _same_cells, "text": _same_words, "graph": _same_edges}


def test_pictures_are_as_large_as_they_were(exported):
    *_, path = exported["clevr"]
    form = folder_task(path).task.card.modality("image").form
    assert (form.height, form.width, form.channels) == (120, 160, 3)
    assert Image.open(path / sheet(path)[0]["image"]).size == (160, 120)
    assert description_of((path / "task.toml").read_bytes()).modalities["image"].size == (120, 160)


def test_what_the_scene_shows_and_what_the_question_asks_stand_apart(exported):
    task, _, _, path = exported["clevr"]
    rows = sheet(path)
    assert any(row["image colour"] != row["text colour"] for row in rows)
    for row in rows:
        agree = all(row[f"image {factor}"] == row[f"text {factor}"] for factor in task.card.factors)
        assert row["answer"] == ("yes" if agree else "no")
        assert row["text"] == " ".join(row["text"].split())
    means = description_of((path / "task.toml").read_bytes()).modalities["text"].means
    assert means == {factor: f"text {factor}" for factor in task.card.factors}


def test_what_equals_the_label_stands_in_the_sheet_and_in_no_means(exported):
    *_, path = exported["half_mnist"]
    said = description_of((path / "task.toml").read_bytes())
    assert said.ignore == ("image digit", "graph digit")
    assert {name: dict(one.means) for name, one in said.modalities.items()} == {
        "image": {"half": "image half"},
        "graph": {"half": "graph half"},
    }
    assert all(row["image digit"] == row["graph digit"] == f"digit {row['digit']}" for row in sheet(path))


def test_who_listens_to_whom_is_kept_of_superpixels(exported):
    *_, path = exported["mnist_superpixels"]
    form = folder_task(path).task.card.modality("graph").form
    assert (form.directed, form.positions, form.n_neighbours) == (True, True, 8)


def test_files_lie_in_a_folder_a_modality_and_each_is_there_once(one):
    task, _, _, path = one
    in_files = exported_columns(task.card).in_files
    assert {own.name for own in path.iterdir()} == {"metadata.csv", "task.toml", *in_files}
    for name in in_files:
        named = {row[name] for row in sheet(path)}
        assert named == {f"{name}/{own.name}" for own in (path / name).iterdir()}


def test_everybody_may_read_what_was_written(exported):
    *_, path = exported["xor_and_xor"]
    modes = {own.stat().st_mode & 0o777 for own in path.rglob("*") if own.is_file()}
    assert modes == {0o644}
    assert {own.stat().st_mode & 0o777 for own in (path, path / "graph")} == {0o755}


# --- how many ------------------------------------------------------------------------------------------------


def test_so_many_of_each_part_are_drawn_by_the_seed_with_classes_in_their_shares(tmp_path):
    task = TASKS["xor_and_xor"]
    data = task.load(0)
    for name, seed in (("one", 0), ("same", 0), ("other", 1)):
        assert export_task(task, data, tmp_path / name, 100, seed) == 300
    ids = {name: [row["id"] for row in sheet(tmp_path / name)] for name in ("one", "same", "other")}
    assert ids["one"] == ids["same"] != ids["other"]
    labels = [row["answer"] for row in sheet(tmp_path / "one") if row["split"] == "test"]
    assert labels.count("1") == pytest.approx(100 * data.test.labels.mean(), abs=2)


def test_more_than_there_are_is_all_of_them(tmp_path):
    task = TASKS["xor_and_xor"]
    data = task.load(0, n_train=30)
    parts = (split.select(np.arange(20)) for split in (data.validation, data.test))
    few = TaskData(data.task, 0, data.source, data.train, *parts)
    assert export_task(task, few, tmp_path / "all", 10**9) == 70


def test_no_class_is_lost_in_training_and_none_is_tested_that_training_lacks(exported, tmp_path):
    task, data, _, _ = exported["mnist_superpixels"]
    least = 2 * task.card.target.n
    export_task(task, data, tmp_path / "few", least, seed=3)
    rows = sheet(tmp_path / "few")
    by_part = {part: {row["sum"] for row in rows if row["split"] == part} for part in PARTS}
    assert by_part["train"] == {str(label) for label, n in Counter(data.train.labels.tolist()).items() if n > 1}
    assert by_part["validation"] | by_part["test"] <= by_part["train"]


@pytest.mark.parametrize("n", [3, 0, -1])
def test_too_few_for_two_of_each_class_are_refused(tmp_path, n):
    task = TASKS["xor_and_xor"]
    with pytest.raises(UserError, match=rf"--n must be at least 4, 2 of each of 2 classes \(got {n}\)"):
        export_task(task, task.load(0), tmp_path / "few", n)
    assert not list(tmp_path.iterdir())


# --- what is missing, what is odd ----------------------------------------------------------------------------


def odd_task():
    """A task with gaps, odd names, and columns that are called as others are."""
    n, rng = 60, np.random.default_rng(0)
    label = np.arange(n) % 2
    rows = [{"id": row % 7, "split": ("a", "b")[row % 2], "x, y": row / 3} for row in range(n)]
    texts = [f'she "said", so; and\nleft <b>{("red", "blue")[own]}</b>' for own in label]
    return Task.from_arrays(
        "odd",
        {"table": rows, "note": [None if row % 5 == 0 else text for row, text in enumerate(texts)]},
        [None if row % 11 == 3 else ("no", "yes, =1+1")[own] for row, own in enumerate(label)],
        means={"note": {"how it's said": rng.choice(["=a", '"b"', "c\td"], n).tolist()}},
        title='An "odd" task \\ λ',
        summary='Two\nlines, and """ three quotes\\',
        question="Which?",
        target="split",
        ids=[f"row {row}" for row in range(n)],
    )


def test_gaps_odd_cells_and_names_of_columns_that_come_twice_read_back(tmp_path):
    task = odd_task()
    export_task(task, task.data, tmp_path / "odd")
    columns = exported_columns(task.card)
    assert (columns.id, columns.label, columns.split) == ("id 2", "split 2", "split 3")
    again = data_again(task.card, tmp_path / "odd", {}, task=task)
    for part in PARTS:
        found, meant = getattr(again, part), getattr(task.data, part)
        np.testing.assert_array_equal(found.labels, meant.labels)
        assert found.ids.tolist() == meant.ids.tolist()
        for name in task.card.names:
            np.testing.assert_array_equal(found.pairing[name], meant.pairing[name])
            np.testing.assert_array_equal(found.semantics[name], meant.semantics[name])
        np.testing.assert_array_equal(found.inputs["note"].arrays["tokens"], meant.inputs["note"].arrays["tokens"])
        np.testing.assert_allclose(found.inputs["table"].arrays["values"], meant.inputs["table"].arrays["values"])
    card = folder_task(tmp_path / "odd").task.card
    assert (card.title, card.summary) == (task.card.title, task.card.summary)
    assert isinstance(card.modality("table").form, TableForm)


# --- where it is written -------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["file", "full folder", "link to nowhere"])
def test_what_is_there_is_left_as_it_is(tmp_path, what):
    path = tmp_path / "there"
    if what == "file":
        path.write_text("mine")
    elif what == "full folder":
        path.mkdir()
        (path / "mine").write_text("mine")
    else:
        path.symlink_to(tmp_path / "nowhere")
    before = sorted(os.listdir(tmp_path))
    task = TASKS["xor_and_xor"]
    with pytest.raises(UserError, match=r"There is something at .*there already; name a folder"):
        export_task(task, task.load(0), path, 10)
    assert sorted(os.listdir(tmp_path)) == before
    assert what == "link to nowhere" or "mine" in (path if what == "file" else path / "mine").read_text()


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    task = TASKS["xor_and_xor"]
    export_task(task, task.load(0), tmp_path / "empty", 10)
    assert len(sheet(tmp_path / "empty")) == 30
    assert [own.name for own in tmp_path.iterdir()] == ["empty"]


def test_a_folder_that_cannot_be_finished_is_not_there(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "_finish", full)
    task = TASKS["xor_and_xor"]
    with pytest.raises(StorageError, match=r"out cannot be written \(No space left on device\)"):
        export_task(task, task.load(0), tmp_path / "out", 10)
    assert not list(tmp_path.iterdir())


def test_how_far_it_is_is_told_up_to_the_last(tmp_path):
    told = []
    task = TASKS["xor_and_xor"]
    export_task(task, task.load(0), tmp_path / "out", 100, on_progress=lambda done, of: told.append((done, of)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] == 600


# --- runs ----------------------------------------------------------------------------------------------------


def test_the_run_of_the_task_has_every_figure_on_what_was_exported(exported, xor_run):
    _, _, n, path = exported["xor_and_xor"]
    figures = evaluate_run(xor_run, data_dir=path)
    lacking = {name for name, value in figures.items() if value is None}
    assert lacking <= {"by_difficulty"}
    assert figures["n_test"] == n
    assert figures["accuracy"] == 1.0
    assert figures["missing"]["table"]["described"] > 0.9
    assert not [name for name, value in xor_run.metrics.items() if value is not None and figures.get(name) is None]


def test_a_run_is_not_measured_by_descriptions_that_no_file_holds(exported, shipped_runs):
    *_, path = exported["half_mnist"]
    notes = []
    figures = evaluate_run(load_run(shipped_runs / "half_mnist"), data_dir=path, note=notes.append)
    assert set(figures["missing"]["image"]) == {"absent", "absent_over_bank"}
    assert figures["accuracy"] > 0.7
    assert any("a missing input is not described here" in note for note in notes)


def test_a_run_is_trained_on_what_was_exported(tmp_path):
    task = TASKS["xor_and_xor"]
    export_task(task, task.load(0), tmp_path / "bits", 600)
    made = folder_task(tmp_path / "bits").task
    config = made.preset(0)
    assert set(config.model.named) == {"outer bit", "middle bit"}
    short = replace(config, training=replace(config.training, epochs=30, polish_epochs=2))
    run = train_run(short, made, tmp_path / "run")
    assert run.metrics["accuracy"] > 0.9  # always "no" is right in three of four
    assert run.metrics["majority_accuracy"] < 0.8
