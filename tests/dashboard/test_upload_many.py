"""Many samples at once: each line is what the sample would be told alone, and nothing of what was brought stays."""

from __future__ import annotations

import csv
import io
import tempfile

import numpy as np
import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

import resources
from brought_runs import HEADER, RUN, cells, made_of, png, ponds, sheet, zip_of
from hostile import PAYLOADS, acting
from made_folders import csv_of
from pages import as_read, faultless, open_page, texts
from resources.uploads import uploads
from sharcs_core import answers
from sharcs_core.brought import samples_in
from sharcs_core.explanations import explain_inputs
from sharcs_core.predictions import cells_of, columns_of, predict
from shared import keeping
from views.upload import several

__all__ = ["ponds"]

ROWS = (3, 0, 8, 14, 40)


@pytest.fixture
def run(ponds):
    return resources.run(RUN)


@pytest.fixture(autouse=True)
def aside(tmp_path, monkeypatch):
    """The only place for temporary folders, empty again after each test."""
    place = tmp_path / "aside"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield
    assert not list(place.iterdir())


@pytest.fixture
def page(run):
    return faultless(open_page("upload", run=RUN, upload_way=several.SEVERAL))


def bring(page, *files):
    widget = next(one for one in page.file_uploader if one.key.startswith("several|"))
    return widget.set_value([(name, content, "application/octet-stream") for name, content in files]).run()


def ponds_zip(rows=ROWS, folder="ponds/"):
    files = {f"{folder}metadata.csv": sheet(rows), **{f"{folder}pictures/{row}.png": png(row) for row in rows}}
    return zip_of(files)


def lines_of(page):
    file = uploads().get(page.session_state[keeping.HELD], f"several|{RUN}")
    return made_of(file, "lines")


def table_of(page):
    file = uploads().get(page.session_state[keeping.HELD], f"several|{RUN}")
    return list(csv.reader(io.StringIO(file.content.decode(), newline="")))


def fault_of(page):
    assert not page.exception
    (error,) = page.error
    assert not any(button.label == "Open" for button in page.button)
    return as_read(error.value)


def test_a_zip_gives_a_line_for_each_row_that_says_what_is_said_of_it_alone(page, run, tmp_path):
    page = faultless(bring(page, ("ponds.zip", ponds_zip())))
    lines = lines_of(page)
    assert [line.sample.id for line in lines] == [cells(row)[0] for row in ROWS]
    for line in lines:
        alone = explain_inputs(run, line.sample.inputs)
        assert (line.answer, line.sure) == (alone.class_index, float(alone.probabilities[alone.class_index]))
        assert tuple(alone.missing) == line.missing == ()
    (tmp_path / "same" / "pictures").mkdir(parents=True)
    (tmp_path / "same" / "metadata.csv").write_text(sheet(ROWS), encoding="utf-8")
    for row in ROWS:
        (tmp_path / "same" / "pictures" / f"{row}.png").write_bytes(png(row))
    commanded = [list(cells_of(run, one)) for one in predict(run, samples_in(run.task, tmp_path / "same").samples)]
    assert table_of(page) == [list(columns_of(run)), *commanded]
    drawn = texts(page)
    assert all(line.why in drawn for line in lines)
    assert drawn.count("data:image/webp") == len(ROWS)
    assert "5 answers as CSV" in page.get("download_button")[0].label


def test_a_line_is_opened_as_the_sample_that_was_brought(page, run):
    page = faultless(bring(page, ("ponds.zip", ponds_zip())))
    page = faultless(page.button(key="open|1").click().run())
    line = lines_of(page)[1]
    assert line.why in texts(page)
    assert "What the model sees" in texts(page)
    for name, inputs in line.sample.inputs.items():
        file = uploads().get(page.session_state[keeping.HELD], f"brought|{RUN}|{name}")
        assert all(np.array_equal(made_of(file, "read")[0].arrays[key], inputs.arrays[key]) for key in inputs.arrays)
    page = faultless(page.button(key="back_to_table").click().run())
    assert len([button for button in page.button if button.label == "Open"]) == len(ROWS)
    page = faultless(page.button(key="several_remove").click().run())
    assert not [button for button in page.button if button.label == "Open"]


def test_lines_are_sorted_by_doubt_and_a_row_that_cannot_be_read_is_told(page):
    rows = [*map(cells, ROWS), ("bad", "", "pictures/none.png", "", "", "", "")]
    files = {"metadata.csv": csv_of(HEADER, *rows), **{f"pictures/{row}.png": png(row) for row in ROWS}}
    page = faultless(bring(page, ("ponds.zip", zip_of(files))))
    page = faultless(page.selectbox(key=f"several_order|{RUN}").set_value("the least sure first").run())
    opened = [int(button.key.partition("|")[2]) for button in page.button if button.label == "Open"]
    sure = [lines_of(page)[place].sure for place in opened]
    assert opened[0] == len(ROWS)
    assert sure[1:] == sorted(sure[1:])
    assert len(set(sure)) > 2
    assert "cannot be read" in texts(page)
    assert "none.png" in texts(page)
    assert page.button(key=f"open|{len(ROWS)}").disabled


def test_files_of_one_kind_are_a_sample_each_and_what_they_lack_is_told(page, run):
    page = faultless(bring(page, *((f"{row}.png", png(row)) for row in ROWS), ("readme.txt.bak", b"x")))
    lines = lines_of(page)
    assert sorted(line.sample.id for line in lines) == sorted(f"{row}.png" for row in ROWS)
    assert all(set(line.sample.inputs) == {"picture"} and line.answer is not None for line in lines)
    assert "without note and readings" in texts(page)
    assert "1 file of another kind left out" in texts(page)


def test_a_sheet_alone_or_with_its_files_needs_no_zip(page, run):
    faultless(bring(page, ("anything.csv", sheet(ROWS).replace("pictures/", "").encode())))
    assert [set(line.sample.inputs) for line in lines_of(page)] == [{"note", "readings"}] * len(ROWS)
    assert all("picture" in line.sample.faults for line in lines_of(page))
    files = [(f"{row}.png", png(row)) for row in ROWS]
    page = faultless(bring(page, ("metadata.csv", sheet(ROWS).encode()), *files))
    assert [(len(line.sample.inputs), line.sample.faults) for line in lines_of(page)] == [(3, {})] * len(ROWS)


def test_there_is_an_end_to_how_many_are_read_and_it_is_told(page, monkeypatch):
    monkeypatch.setattr(answers.lines_of, "__defaults__", (3, 10**9))
    page = faultless(bring(page, ("ponds.zip", ponds_zip())))
    assert len(lines_of(page)) == 3
    assert "There are 5 samples; the first 3 of them are here" in texts(page)


HOSTILE = {
    "a name that leads out": {"../metadata.csv": sheet(ROWS)},
    "an absolute name": {"/metadata.csv": sheet(ROWS)},
    "a bomb": {"metadata.csv": sheet(ROWS), "pictures/0.png": bytes(60_000_000)},
    "nothing": {},
    "nothing that is read": {"a.exe": b"MZ"},
    "no column of the model": {"metadata.csv": "a,b\n1,2\n"},
}


@pytest.mark.parametrize("files", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_zip_gets_one_sentence_and_nothing_stays(page, files):
    said = fault_of(bring(page, ("my.zip", zip_of(files))))
    assert "\n" not in said
    assert keeping.HELD not in page.session_state


@pytest.mark.parametrize(
    "files",
    [(("a.zip", b"no zip"),), (("a.zip", zip_of({"a.png": b""})), ("b.png", png(1))), (("a.xyz", b"1"),)],
    ids=["no zip", "a zip among files", "an unknown kind"],
)
def test_what_cannot_be_read_at_all_gets_one_sentence(page, files):
    fault_of(bring(page, *files))


def test_a_cell_that_leads_out_of_the_zip_is_refused_by_its_row(page):
    rows = [cells(3), ("spy", "", "../../secret.png", *cells(3)[3:])]
    files = {"metadata.csv": csv_of(HEADER, *rows), "pictures/3.png": png(3)}
    page = faultless(bring(page, ("my.zip", zip_of(files))))
    assert "leads out of the folder" in lines_of(page)[1].sample.faults["picture"]
    assert set(lines_of(page)[1].sample.inputs) == {"note", "readings"}


def test_names_with_markup_are_shown_letter_by_letter(page, monkeypatch):
    monkeypatch.setattr(several, "PER_PAGE", len(PAYLOADS))
    content, payloads = io.StringIO(newline=""), list(PAYLOADS.values())
    csv.writer(content).writerows([HEADER, *((one, "", one, one, "7", "1", one) for one in payloads)])
    page = faultless(bring(page, ("my.zip", zip_of({"metadata.csv": content.getvalue()}))))
    assert len([button for button in page.button if button.label == "Open"]) == len(payloads)
    assert not acting(page, payloads, whole=False)
    for place, payload in enumerate(payloads):
        page.session_state["upload_way"] = several.SEVERAL
        page = page.run().button(key=f"open|{place}").click().run()
        assert not page.exception
        assert len(page.error) == 1  # there is no such picture
        assert not acting(page, [payload], whole=False)


def test_streamlit_keeps_no_copy_of_what_was_brought(page, monkeypatch):
    managers, add_file = [], MemoryUploadedFileManager.add_file

    def noted(manager, *arguments):
        managers.append(manager)
        add_file(manager, *arguments)

    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", noted)
    page = faultless(bring(page, ("ponds.zip", ponds_zip())))
    assert managers
    assert not [files for manager in managers for files in manager.file_storage.values() if files]
    assert not [widget for widget in page.file_uploader if widget.value]
