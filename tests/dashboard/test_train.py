"""The page *Train*, as a person goes about on it: a folder, its check, the start, and what becomes of it."""

from __future__ import annotations

import io
import shutil
import zipfile

import pytest
import streamlit as st

import resources
from explained_squares import write_folder
from forty_rows import N, sheet, write_rows
from made_folders import folder
from pages import as_read, faultless, texts
from sharcs_core.checkpoints import list_runs
from sharcs_core.trainings import Job, Place, ask_for, training_of, trainings
from sharcs_core.trainings.job import read_job, task_of_job
from sharcs_core.trainings.progress import tell
from shared.changes import is_loopback, may_change
from views.train import going, settings

VIEW = "views/train/train.py"


@pytest.fixture
def started(monkeypatch):
    """The folders for which the process was started that takes up what is in line; none is really."""
    folders = []
    for module in (going, settings):
        monkeypatch.setattr(module, "start_runner", folders.append)
    return folders


@pytest.fixture
def data(tmp_path, monkeypatch):
    home = tmp_path / "data"
    home.mkdir()
    monkeypatch.setenv("SHARCS_DATA", str(home))
    return home


@pytest.fixture
def runs(tmp_path, toy_run):
    """A folder with one run."""
    home = tmp_path / "runs"
    shutil.copytree(toy_run.path, home / "toy")
    return home


@pytest.fixture
def page(open_app, runs, data, started, toy):
    """The page as it is when one comes to it."""

    def opened(**choices):
        return open_app(VIEW, runs=runs, **choices)

    return opened


def button(app, label):
    return next(one for one in app.button if as_read(one.label) == label)


def said(app):
    return [as_read(one.value) for one in [*app.success, *app.error, *app.info]]


def choose(app, name):
    return app.selectbox(key="train_folder").set_value(name).run()


def put(app, key, name, content):
    uploader = next(one for one in app.file_uploader if one.key.startswith(key))
    return uploader.upload(name, content, "application/zip").run()


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


# --- explained pictures -------------------------------------------------------------------------------------------


def test_a_folder_of_explained_pictures_is_trained_on_as_one_where_explanations_teach(page, data, runs, started):
    squares = data / "squares"
    squares.mkdir()
    write_folder(squares, n=20)
    app = faultless(choose(page(), "squares"))
    assert "missing in 10" in texts(app), "half of the pictures have no box"
    assert not [one for one in app.selectbox if one.label == "Split"]
    faultless(button(app, "Start training").click().run())
    job = read_job(trainings(runs)[0].place)
    assert job.guided
    task = task_of_job(job)
    assert task.card.deciding == ("image",)


def test_a_fault_of_an_explanation_is_told_with_its_row(page, data, started):
    squares = data / "squares"
    squares.mkdir()
    write_folder(squares, n=20)
    sheet = squares / "metadata.csv"
    lines = sheet.read_text(encoding="utf-8").splitlines()
    lines[1] = "0.png,warm,train,0 0 900 10,the square is warm"
    sheet.write_text("\n".join(lines), encoding="utf-8")
    app = choose(page(), "squares")
    assert not app.exception
    assert "is a box outside of its picture" in texts(app)
    assert not [one for one in app.button if as_read(one.label) == "Start training"]


# --- who may change anything ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "variable", "may"),
    [
        ("127.0.0.1", "", True),
        ("::1", "", True),
        ("localhost", "", True),
        ("0.0.0.0", "", False),
        ("192.168.1.7", "", False),
        ("my.host", "", False),
        ("", "", False),
        ("0.0.0.0", "1", True),
        ("127.0.0.1", "0", False),
    ],
)
def test_whoever_can_reach_the_server_from_this_machine_alone_may(monkeypatch, address, variable, may):
    monkeypatch.setenv("SHARCS_ALLOW_CHANGES", variable)
    monkeypatch.setattr(st, "get_option", lambda name: address if name == "server.address" else None)
    assert may_change() is may
    assert is_loopback(None) is False


def test_where_nothing_may_be_changed_nothing_offers_to(page, monkeypatch, data, runs, started):
    monkeypatch.setenv("SHARCS_ALLOW_CHANGES", "0")
    write_rows(data / "plants")
    ask_for(runs, "plants", Job(str(data / "plants")))
    app = faultless(page())
    assert any("Nothing can be changed here" in sentence for sentence in said(app))
    assert {as_read(one.label) for one in app.button if one.key and one.key != "pick_run"} & {
        "Rename",
        "Save",
        "Delete it",
        "Stop",
        "Take out of line",
        "Discard it",
        "Start training",
    } == set()
    assert "plants" in texts(app)
    assert started == []
    named = faultless(app.switch_page("views/concepts/concepts.py").run())
    assert not [one for one in named.button if one.label == "Save"]


# --- a folder ------------------------------------------------------------------------------------------------


def test_without_a_folder_it_is_said_where_one_is_looked_for(page, data):
    app = faultless(page())
    assert any(f"There is no folder of samples in {data}/" in sentence.replace("`", "") for sentence in said(app))


def test_the_page_is_there_without_any_model(open_app, tmp_path, data, started):
    write_rows(data / "plants")
    app = faultless(open_app(VIEW, runs=tmp_path / "none"))
    assert "Your models" in texts(app) + " ".join(one.value for one in app.subheader)
    faultless(choose(app, "plants"))


def test_a_folder_is_checked_shown_and_started_on(page, data, runs, started):
    write_rows(data / "plants")
    app = faultless(choose(page(), "plants"))
    assert f"{N} samples" in texts(app)
    assert "tall" in texts(app)
    defaults = {one.label: one.value for one in app.number_input}
    assert defaults["Epochs"] > 3
    assert defaults["Concepts"] == 24
    next(one for one in app.number_input if one.label == "Epochs").set_value(7)
    next(one for one in app.checkbox if one.label.startswith("Rare")).set_value(True)
    app = faultless(button(app, "Start training").click().run())
    place = Place(runs, "plants")
    assert read_job(place) == Job(str(data / "plants"), 7, 24, True, 0, None)
    assert started[:1] == [runs]
    assert any("plants is in line" in sentence for sentence in said(app))
    assert "in line" in texts(app)


def test_faults_are_a_table_with_a_file_to_take_along_and_nothing_is_started(page, data):
    write_rows(data / "plants")
    (data / "plants" / "metadata.csv").write_text(sheet() + "s00,oak,a b c,x,north\n", encoding="utf-8")
    app = choose(page(), "plants")
    assert not app.exception
    assert [one.value for one in app.error if "then check again" in one.value], said(app)
    assert "s00" in texts(app)
    assert [one for one in app.get("download_button") if "Faults and notes" in one.proto.label]
    assert not [one for one in app.button if one.label == "Start training"]
    write_rows(data / "plants")
    assert button(faultless(button(app, "Check again").click().run()), "Start training")


def test_a_folder_without_a_sheet_is_begun(page, data):
    folder(data / "plants", {"train.csv": sheet()})
    app = faultless(choose(page(), "plants"))
    assert "has no `metadata.csv` yet" in texts(app)
    app = button(app, "Write metadata.csv and task.toml").click().run()
    assert (data / "plants" / "task.toml").is_file()
    assert not app.exception
    assert f"{N} samples" in texts(app)


def test_a_folder_that_goes_is_missed_in_one_sentence(page, data):
    write_rows(data / "plants")
    write_rows(data / "other")
    app = choose(page(), "plants")
    shutil.rmtree(data / "plants")
    assert not app.run().exception
    assert app.selectbox(key="train_folder").value is None


# --- a zip ---------------------------------------------------------------------------------------------------


def bring(page, name, content):
    app = page()
    app = app.segmented_control(key="train_way").set_value("A zip").run()
    return put(app, "train_zip", name, content)


def test_a_zip_becomes_a_folder_and_is_chosen(page, data):
    app = faultless(bring(page, "meadow.zip", zipped({"x/metadata.csv": sheet()})))
    assert (data / "meadow" / "metadata.csv").is_file()
    assert f"{N} samples" in texts(app)


def test_a_bad_zip_is_refused_in_one_sentence(page, data):
    app = bring(page, "evil.zip", zipped({"../metadata.csv": sheet()}))
    assert not app.exception
    assert [sentence for sentence in said(app) if "The zip is refused" in sentence]
    assert not list(data.iterdir())


# --- trainings -----------------------------------------------------------------------------------------------


def told(place, event, **values):
    tell(place.progress, event, **values)


def epochs(place, n, of=10):
    for number in range(n):
        losses = {"train_loss": 1.0, "validation_loss": 0.9, "validation_accuracy": 0.5}
        told(place, "epoch", epoch={"epoch": number, "of": of, "cpu_seconds": 3.0, **losses})


@pytest.fixture
def place(runs, data):
    return ask_for(runs, "plants", Job(str(write_rows(data / "plants"))))


def test_one_that_was_killed_says_after_which_epoch_and_goes_on(page, place, started):
    told(place, "began")
    epochs(place, 4)
    app = faultless(page())
    assert "broken off after epoch 4 of 10" in " ".join(one.proto.text for one in app.get("progress"))
    app = faultless(button(app, "Go on").click().run())
    assert training_of(place).state == "waiting"
    assert started


def test_one_that_failed_says_why_and_is_discarded_when_that_is_confirmed(page, place, runs):
    told(place, "failed", says="x cannot be written (No space left on device); free some space")
    app = page()
    assert any("No space left on device" in sentence for sentence in said(app))
    app = button(app, "Discard it").click().run()
    assert not trainings(runs)
    assert any("plants is discarded" in sentence for sentence in said(app))


def test_one_in_line_is_taken_out_of_it(page, place):
    app = faultless(button(page(), "Take out of line").click().run())
    assert training_of(place).state == "stopped"
    assert button(app, "Go on")


def test_how_a_training_goes_is_shown_and_a_press_asks_it_to_stop(page, place, monkeypatch):
    from sharcs_core.trainings import queue

    monkeypatch.setattr(queue, "_is_alive", lambda _: True)
    told(place, "began")
    epochs(place, 4)
    told(place, "found", after=4, ways=[{"query": "story", "target": "table", "recall": 0.75, "chance": 0.25, "n": 4}])
    app = faultless(page())
    assert "4 of 10 epochs · about 18 seconds left" in " ".join(one.proto.text for one in app.get("progress"))
    assert "After epoch 4" in texts(app)
    assert "story → table 75 % (by chance 25 %)" in texts(app)
    assert len(app.get("plotly_chart")) == 2
    app = faultless(button(app, "Stop").click().run())
    assert place.stop.exists()
    assert "stops after this epoch" in texts(app)


def test_one_that_is_done_since_is_told_once(page, place, runs, toy_run):
    app = page()
    shutil.copytree(toy_run.path, place.run)
    shutil.rmtree(place.folder)
    app = faultless(app.run())
    assert any("plants is trained" in sentence for sentence in said(app))
    assert not said(app.run())


def test_what_is_in_line_is_taken_up_where_nobody_is_there_to(page, place, started):
    faultless(page())
    assert started


# --- models --------------------------------------------------------------------------------------------------


def test_a_model_is_renamed_and_stays_the_chosen_one(page, runs):
    app = page(run="toy")
    app.text_input(key="rename_to|toy").set_value("meadow <b>")
    app = button(app, "Save").click().run()
    assert any("A name has letters" in sentence for sentence in said(app))
    app.text_input(key="rename_to|toy").set_value("meadow")
    app = faultless(button(app, "Save").click().run())
    assert [summary.name for summary in list_runs(runs)] == ["meadow"]
    assert app.session_state["run"] == "meadow"


def test_a_model_is_deleted_when_that_is_confirmed(page, runs):
    app = faultless(button(page(run="toy"), "Delete it").click().run())
    assert list_runs(runs) == ()
    assert any("toy is deleted" in sentence for sentence in said(app))


def test_a_model_is_exported_brought_back_and_chosen(page, runs):
    from views.train.own_runs import _zipped

    content = _zipped(runs / "toy")
    app = put(page(), "train_run", "copy.zip", content)
    assert [summary.name for summary in list_runs(runs)] == ["copy", "toy"]
    assert any("copy is here" in sentence for sentence in said(app))
    app = faultless(app.button(key="open|copy").click().run())
    assert app.session_state["run"] == "copy"
    assert [one for one in app.get("page_link") if one.proto.label == "Look at it"]


def test_a_damaged_model_is_not_taken_in(page, runs):
    app = put(page(), "train_run", "bad.zip", zipped({"bad/config.json": "{}"}))
    assert not app.exception
    assert ["config.json of the run 'bad' is damaged" in one.value for one in app.error] == [True]
    assert [summary.name for summary in list_runs(runs)] == ["toy"]


def test_shipped_models_are_not_among_ones_own(open_app, shipped_runs, data, started):
    app = faultless(open_app(VIEW, runs=shipped_runs))
    assert not [one for one in app.button if (one.key or "").startswith("delete|")]
    assert resources.list_runs()


def test_whoever_looks_at_a_model_that_somebody_else_deletes_sees_another(page, runs):
    shutil.copytree(runs / "toy", runs / "other")
    app = page(run="toy")
    shutil.rmtree(runs / "toy")
    app = faultless(app.run())
    assert app.session_state["run"] in (None, "other")
    assert faultless(app.switch_page("views/overview/overview.py").run()).title


def test_a_name_that_is_markup_is_shown_letter_by_letter(page, data, runs):
    write_rows(data / "**x** <b>:red[y]")
    app = faultless(choose(page(), "**x** <b>:red[y]"))
    app = faultless(button(app, "Start training").click().run())
    assert [one.name for one in trainings(runs)] == ["x_b_red_y"]


def test_so_many_trainings_and_no_more(page, data, runs):
    write_rows(data / "plants")
    for _ in range(50):
        ask_for(runs, "plants", Job(str(data / "plants")))
    app = button(choose(page(), "plants"), "Start training").click().run()
    assert any("There are 50 trainings already" in sentence for sentence in said(app))
