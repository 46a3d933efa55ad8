"""A folder as a task: read, checked, trained, measured again and predicted on, with no code."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from made_folders import folder
from sharcs_core.brought import samples_in
from sharcs_core.checkpoints import load_run
from sharcs_core.checkpoints.parts import read_parts
from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.pipeline import evaluate_run, train_run
from sharcs_core.predictions import cells_of, columns_of, predict
from sharcs_core.structures import id_digest
from sharcs_core.tasks.folder import contents
from sharcs_core.tasks.folder.checking import check_folder
from sharcs_core.tasks.folder.faults import FolderError
from sharcs_core.tasks.folder.task import folder_task, name_of

N = 90
COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220), "grey": (120, 120, 120)}
ROW = "id,label,photo,story,zip,ph,site"


def png(colour, size=(24, 18), seed=0):
    noise = np.random.default_rng(seed).integers(-20, 20, (size[1], size[0], 3))
    content = io.BytesIO()
    Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)).save(content, "PNG")
    return content.getvalue()


def lines(n=N, first=0):
    """Rows of a sheet: pictures, sentences, and a table of codes, numbers and places; some of it is missing."""
    names = list(COLOURS)
    return [
        ",".join(
            (
                f"p{row:04d}",
                f"class {names[row % 3]}",
                f"photos/{row}.png" if row % 11 else "",
                f"it looked rather {names[row % 3]} to me today",
                f"00{row % 3}{row % 2}",
                f"{7 + row % 3 + 0.01 * row:.2f}" if row % 7 else "-999",
                ("north", "south")[row % 2],
            )
        )
        for row in range(first, first + n)
    ]


def files(n=N, first=0, size=(24, 18)):
    rows = [row for row in range(first, first + n) if row % 11]
    return {f"photos/{row}.png": png(COLOURS[list(COLOURS)[row % 3]], size, row) for row in rows}


TOML = """
missing = ["-999"]
[modalities.photo]
[modalities.story]
[modalities.table]
kind = "tabular"
category = ["zip", "site"]
numeric = ["ph"]
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def made(tmp_path, cache):
    """The folder of a task."""
    folder(tmp_path / "my plants", {"metadata.csv": "\n".join([ROW, *lines()]) + "\n", "task.toml": TOML, **files()})
    return tmp_path / "my plants"


def trained(path, out, **how):
    task = folder_task(path, **how).task
    config = task.preset()
    config = replace(config, training=replace(config.training, epochs=3, polish_epochs=0))
    return train_run(config, task, out), task


def test_what_stands_in_a_sheet_becomes_inputs_byte_for_byte(made):
    found = folder_task(made)
    card = found.task.card
    assert (card.name, name_of(made)) == ("my_plants", "my_plants")
    assert {one.name: one.kind for one in card.modalities} == {"photo": "image", "story": "text", "table": "tabular"}
    assert card.target.names == ("class blue", "class grey", "class red")
    zips = next(column for column in card.modality("table").form.columns if column.name == "zip")
    assert zips.kind == "category"
    assert zips.values == ("0000", "0001", "0010", "0011", "0020", "0021")
    ph = next(column for column in card.modality("table").form.columns if column.name == "ph")
    assert ph.missing
    assert 7 < ph.mean < 10
    data = found.task.data
    assert len(data.train) + len(data.validation) + len(data.test) == N
    n_photos = sum(len(getattr(data, part).inputs["photo"]) for part in ("train", "validation", "test"))
    assert n_photos == len(files())
    assert sorted(set(found.parts.values())) == ["test", "train", "validation"]


def test_a_file_that_is_brought_is_prepared_as_the_stored_one(tmp_path, cache):
    large = files(size=(300, 200))
    folder(tmp_path / "big", {"metadata.csv": "\n".join([ROW, *lines()]) + "\n", "task.toml": TOML, **large})
    task = folder_task(tmp_path / "big").task
    split = task.data.test
    for sample in range(5):
        row = split.pairing["photo"][sample]
        if row < 0:
            continue
        number = int(split.ids[sample][1:])
        again, notes = task.read("photo", "a.png", large[f"photos/{number}.png"])
        np.testing.assert_array_equal(again.arrays["pixels"][0], split.inputs["photo"].arrays["pixels"][row])
        assert notes == ("The picture was scaled down from 300 × 200 to 96 × 64",)


def test_every_file_is_decoded_once_and_a_damaged_cache_is_made_anew(made, monkeypatch, tmp_path):
    counted = []
    decode = KINDS["image"].decode
    monkeypatch.setitem(
        KINDS, "image", replace(KINDS["image"], decode=lambda *args: (counted.append(args[0]), decode(*args))[1])
    )
    first = folder_task(made).task.data
    assert len(counted) == len(files())
    again = folder_task(made).task.data
    assert len(counted) == len(files())
    assert again.source == first.source
    (kept,) = (tmp_path / "cache").glob("folder-*-image.*.npz")
    kept.write_bytes(kept.read_bytes()[:-200])
    assert folder_task(made).task.data.source == first.source
    assert len(counted) == 2 * len(files())
    (made / "photos" / "1.png").write_bytes(png((0, 255, 0)))
    assert folder_task(made).task.data.source != first.source
    assert len(counted) == 2 * len(files()) + 1
    assert contents.CHUNK > 1


def test_a_run_is_measured_again_on_its_folder_and_says_what_it_said(made, tmp_path):
    run, _ = trained(made, tmp_path / "run")
    told = []
    assert evaluate_run(load_run(run.path), data_dir=made, note=told.append) == json.loads(json.dumps(run.metrics))
    assert not told


def test_a_run_is_measured_on_rows_that_it_never_saw(made, tmp_path):
    run, _ = trained(made, tmp_path / "run")
    other = tmp_path / "others"
    rows = [*lines(30, first=300), "p9999,class green,,it looked rather green to me,0000,7.5,north"]
    folder(other, {"metadata.csv": "\n".join([ROW, *rows]) + "\n", **files(30, first=300)})
    told = []
    figures = evaluate_run(run, data_dir=other, note=told.append)
    assert figures["n_test"] == 30
    assert any("does not know 'class green'" in one for one in told)
    assert any("is not here" in one for one in told)


def test_more_rows_later_move_no_old_one(made, tmp_path):
    run, task = trained(made, tmp_path / "run")
    before = {part: set(getattr(task.data, part).ids) for part in ("train", "validation", "test")}
    assert read_parts(run.path) == {id_digest(own): part for part, ids in before.items() for own in ids}
    more = "\n".join([ROW, *lines(9, first=N), *lines()]) + "\n"
    folder(made, {"metadata.csv": more, **files(9, first=N)})
    later = folder_task(made, split_from=read_parts(run.path)).parts
    assert all(later[own] == part for part, ids in before.items() for own in ids)
    assert len(later) == N + 9


def test_without_ids_no_row_can_be_found_again(tmp_path, cache):
    rows = [line.partition(",")[2] for line in [ROW, *lines()]]
    folder(tmp_path / "task", {"metadata.csv": "\n".join(rows) + "\n", "task.toml": TOML, **files()})
    with pytest.raises(FolderError, match="gives no ids by which rows could be found again; add a column id"):
        folder_task(tmp_path / "task", split_from={"x": "train"})


def test_predictions_go_by_names_of_columns(made, tmp_path):
    run, _ = trained(made, tmp_path / "run")
    sheet = [
        "ph,hue,photo,id,zip",
        "7.1,3,photos/1.png,one,0011",
        ",4,,two,0000",
        "many,5,photos/2.png,three,0001",
        ",,../secret.png,four,",
        ",,,five,",
    ]
    folder(tmp_path / "new", {"metadata.csv": "\n".join(sheet) + "\n", **files(4)})
    brought = samples_in(run.task, tmp_path / "new")
    assert any("no column 'story' and 'site'" in note for note in brought.notes)
    assert any("does not read 'hue'" in note for note in brought.notes)
    rows = [dict(zip(columns_of(run), cells_of(run, one), strict=True)) for one in predict(run, brought.samples)]
    assert [row["id"] for row in rows] == ["one", "two", "three", "four", "five"]
    assert [bool(row["answer"]) for row in rows] == [True, True, True, False, False]
    assert all(row["answer"] in ("", *run.card.target.names) for row in rows)
    assert rows[1]["photo: unusual"] == ""
    assert "table: " in rows[2]["notes"]
    assert "leads out of the folder" in rows[3]["notes"]
    assert rows[4]["notes"] == "There is no input of any modality"


def test_a_sheet_with_nothing_that_the_model_reads_is_refused(made, tmp_path):
    run, _ = trained(made, tmp_path / "run")
    folder(tmp_path / "new", {"metadata.csv": "a,b\n1,2\n"})
    with pytest.raises(UserError, match="has none of the columns 'photo', 'story', 'ph', 'zip' and 'site'"):
        samples_in(run.task, tmp_path / "new")


def test_a_check_finds_every_fault_in_one_pass_and_counts(tmp_path, cache):
    rows = lines()
    rows[3] = rows[3].replace("photos/3.png", "photos/none.png").replace("class red", "")
    rows[4] = rows[4].replace(",north", ",").replace("photos/4.png", "/etc/passwd")
    rows[5] = rows[5].replace("p0005", "p0006")
    rows[8] = rows[8].replace("9.08", "unknown")
    broken = {**files(), "photos/9.png": b"no picture", "photos/10.png": files()["photos/1.png"], "notes.txt": b"x"}
    folder(tmp_path / "task", {"metadata.csv": "\n".join([ROW, *rows]) + "\n", "task.toml": TOML, **broken})
    report = check_folder(tmp_path / "task")
    said = {(fault.row, fault.column) for fault in report.faults if not fault.is_note}
    assert said == {(5, "photo"), (6, "photo"), (8, "id"), (10, "ph"), (11, "photo")}
    assert not report.is_task
    notes = " ".join(str(fault) for fault in report.faults if fault.is_note)
    assert "1 row without a label" in notes
    assert "notes.txt" in notes
    assert "2 rows of equal content" in notes
    assert report.n == N
    assert report.missing["photo"] == len([row for row in range(N) if not row % 11]) + 3


def test_a_check_sees_what_is_odd(tmp_path, cache):
    rows = [f"{line},{('x', 'y', 'z')[row % 3]},1" for row, line in enumerate(lines())]
    folder(tmp_path / "task", {"metadata.csv": "\n".join([f"{ROW},gives,same", *rows]) + "\n", **files()})
    said = {(fault.column, fault.says) for fault in check_folder(tmp_path / "task").faults}
    assert any(column == "gives" and "alone gives the label" in says for column, says in said)
    assert any(column == "ph" and "is -999 in 13 rows" in says for column, says in said)
    assert any(column == "same" for column, _ in said)
