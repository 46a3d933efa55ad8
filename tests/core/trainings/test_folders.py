"""Folders that can be trained on: which are found, what a zip may bring, what is said of one before a training."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest

from forty_rows import N, sheet, write_rows
from made_folders import folder, picture
from sharcs_core.errors import UserError
from sharcs_core.readers.zips import Bounds
from sharcs_core.trainings.folders import bring_zip, data_folder, folder_named, own_folders
from sharcs_core.trainings.looking import few_samples, look_at, state_of_folder


def names(home):
    return [(one.name, one.has_sheet) for one in own_folders(home)]


def zipped(files, links=()):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        for name in links:
            member = zipfile.ZipInfo(name)
            member.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(member, "/etc/passwd")
    content.seek(0)
    return content


# --- which there are -----------------------------------------------------------------------------------------


def test_folders_with_a_sheet_are_found_at_any_depth_and_those_that_may_be_begun_directly(tmp_path):
    write_rows(tmp_path / "plants")
    write_rows(tmp_path / "trees" / "north" / "2024")
    write_rows(tmp_path / "trees" / "south")
    folder(tmp_path / "pets", {"cat/1.png": picture(), "dog/1.png": picture()})
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "readme.txt").write_text("no folder", encoding="utf-8")
    assert names(tmp_path) == [("pets", False), ("plants", True), ("trees/north/2024", True), ("trees/south", True)]


def test_links_are_not_followed_wherever_they_lead(tmp_path):
    outside = write_rows(tmp_path / "outside")
    home = tmp_path / "data"
    (home / "own").mkdir(parents=True)
    (home / "link").symlink_to(outside)
    (home / "own" / "link").symlink_to(outside)
    (home / "round").mkdir()
    (home / "round" / "again").symlink_to(home)
    (home / "sheet").mkdir()
    (home / "sheet" / "metadata.csv").symlink_to(outside / "metadata.csv")
    assert names(home) == [("own", False), ("round", False), ("sheet", False)]
    with pytest.raises(UserError, match="'link' is not there any more"):
        folder_named(home, "link")


@pytest.mark.parametrize("name", ["../outside", "/etc", "plants/../../outside", ""])
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    write_rows(tmp_path / "outside")
    write_rows(tmp_path / "data" / "plants")
    with pytest.raises(UserError, match="is not there any more; choose another one"):
        folder_named(tmp_path / "data", name)


def test_a_folder_that_is_a_task_itself_is_one_of_them(tmp_path):
    assert names(write_rows(tmp_path / "plants")) == [("plants", True)]


def test_where_there_is_no_folder_there_are_none(tmp_path):
    assert names(tmp_path / "none") == []


def test_the_folder_is_that_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SHARCS_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.delenv("SHARCS_DATA")
    assert str(data_folder()) == "data"


# --- zips ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("above", ["", "plants/", "a/b/"])
def test_a_zip_becomes_a_folder_of_its_own_called_as_it_is(tmp_path, above):
    home = tmp_path / "data"
    files = {f"{above}metadata.csv": sheet(), f"{above}images/1.png": picture(), "__MACOSX/x": "", ".secret": "x"}
    assert bring_zip(home, "my plants (1).zip", zipped(files)) == "my_plants_1"
    assert bring_zip(home, "my plants (1).zip", zipped(files)) == "my_plants_1_2"
    found = sorted(path.relative_to(home / "my_plants_1").as_posix() for path in (home / "my_plants_1").rglob("*"))
    assert found == ["images", "images/1.png", "metadata.csv"]
    assert sorted(path.name for path in home.iterdir()) == ["my_plants_1", "my_plants_1_2"]


def test_pictures_in_a_folder_a_class_stay_where_they_are(tmp_path):
    bring_zip(tmp_path, "pets.zip", zipped({"pets/cat/1.png": picture(), "pets/dog/1.png": picture()}))
    assert names(tmp_path) == [("pets", False)]
    assert (tmp_path / "pets" / "cat" / "1.png").is_file()


BAD = {
    "out.zip": (zipped({"../metadata.csv": sheet()}), "refused"),
    "root.zip": (zipped({"/etc/cron.d/x": "x"}), "refused"),
    "windows.zip": (zipped({"..\\..\\x.csv": "x"}), "refused"),
    "link.zip": (zipped({"metadata.csv": sheet()}, links=["images"]), "holds the link"),
    "code.zip": (zipped({"metadata.csv": sheet(), "encoder.py": "import os"}), "'encoder.py' is code"),
    "pickle.zip": (zipped({"metadata.csv": sheet(), "w/model.pkl": "x"}), "is code"),
    "bomb.zip": (zipped({"metadata.csv": "0" * 3_000_000}), "unpacks to more than"),
    "empty.zip": (zipped({}), "holds no file"),
    "hidden.zip": (zipped({".a/b": "x"}), "holds no file"),
    "nothing.zip": (io.BytesIO(b""), "is empty"),
    "no.zip": (io.BytesIO(b"no zip at all" * 9), "damaged, or no zip"),
    "cut.zip": (io.BytesIO(zipped({"metadata.csv": sheet()}).getvalue()[:-30]), "damaged, or no zip"),
    "twice.zip": (zipped({"a/metadata.csv": sheet(), "a//metadata.csv": sheet()}), "twice"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_zip_is_refused_in_one_sentence_and_leaves_nothing(tmp_path, name):
    content, words = BAD[name]
    content.seek(0)
    home = tmp_path / "data"
    with pytest.raises(UserError) as caught:
        bring_zip(home, name, content, Bounds(ratio=100, always=1_000_000, unpacked=2_000_000))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(home.iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


# --- what is said before a training --------------------------------------------------------------------------


def test_all_is_said_of_a_folder_that_is_a_task(tmp_path):
    looked = look_at(write_rows(tmp_path / "my plants"))
    assert (looked.report.is_task, looked.report.n, looked.wanted) == (True, N, "my_plants")
    assert looked.card.names == ("story", "table")
    assert looked.usual.training.epochs > 3
    assert sorted(set(looked.samples.labels)) == ["fern", "oak"]
    assert {len(rows) for rows in looked.samples.rows.values()} == {len(looked.samples.labels)} == {6}


def test_faults_are_told_and_no_settings_offered(tmp_path):
    where = write_rows(tmp_path / "plants")
    (where / "metadata.csv").write_text(sheet() + "s00,oak,a b c,x,north\n", encoding="utf-8")
    looked = look_at(where)
    assert not looked.report.is_task
    assert looked.card is looked.usual is looked.samples is None


def test_a_sample_that_lacks_an_input_says_so_and_each_row_is_its_own(toy, toy_data):
    split = toy_data.train
    pairing = {name: rows.copy() for name, rows in split.pairing.items()}
    pairing["words"][:3] = -1
    lacking = type(split)(split.inputs, split.semantics, split.sources, pairing, split.labels)
    few = few_samples(lacking, toy.card)
    for number, row in enumerate(few.rows["table"]):
        sample = int(
            next(
                place
                for place in range(len(split.labels))
                if (
                    split.inputs["table"].arrays["values"][pairing["table"][place]]
                    == few.inputs["table"].arrays["values"][row]
                ).all()
            )
        )
        assert few.labels[number] == toy.card.target.name(int(split.labels[sample]))
        assert (few.rows["words"][number] is None) == (sample < 3)


def test_the_state_of_a_folder_is_another_when_its_sheet_is(tmp_path):
    where = write_rows(tmp_path)
    before = state_of_folder(where)
    assert state_of_folder(where) == before
    (where / "task.toml").write_text('title = "x"\n', encoding="utf-8")
    assert state_of_folder(where) != before
