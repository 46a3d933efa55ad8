"""Page Reasons: what a guided model says and whether that is right, and what people teach it; with and without one."""

from __future__ import annotations

import base64
import io
import shutil

import numpy as np
import pytest
from PIL import Image

import resources
from drawings.reasons import lit, outline
from guided_runs import make_guided_run
from pages import faultless, open_page, texts
from sharcs_core.guided.annotating import annotation_at
from sharcs_core.guided.annotation_sheet import rows_of
from sharcs_core.guided.folder import load_explained
from sharcs_core.structures import Inputs
from shared import own
from shared.sample import Sample
from views.reasons.chosen import shown_of
from views.reasons.looking import told_of

RUN, WITHOUT = "squares", "xor_and_xor"


@pytest.fixture(scope="module")
def runs(tmp_path_factory, shipped_runs):
    folder = tmp_path_factory.mktemp("runs")
    make_guided_run(folder / RUN)
    shutil.copytree(shipped_runs / WITHOUT, folder / WITHOUT)
    return folder


@pytest.fixture(autouse=True)
def home(runs, tmp_path, monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(runs))
    monkeypatch.setenv("SHARCS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def sample_of(place):
    run = resources.run(RUN)
    return Sample.kept(run, str(run.test_bank.sample_ids[place]))


def opened(place=0, **more):
    return faultless(open_page("reasons", run=RUN, sample=sample_of(place).id, **more))


def keyed(elements, start):
    return next(one for one in elements if one.key and one.key.startswith(start))


def key_of(place=0):
    return shown_of(sample_of(place), resources.guided(RUN)).key


def marked(place=0):
    """What the board has put into the session: the upper left quarter."""
    mask = np.zeros((24, 32), dtype=bool)
    mask[:12, :16] = True
    return {f"painted|{key_of(place)}": mask}


def keep(page):
    return page.button(key="teach_keep").click().run()


def errors(page):
    return [one.value for one in page.error]


# --- what it says ----------------------------------------------------------------------------------------------------


def test_it_is_seen_what_the_model_says_and_whether_that_is_right():
    page, shown = opened(), shown_of(sample_of(0), resources.guided(RUN))
    said = texts(page)
    assert f"<b>{shown.reason.class_name}</b>" in said
    assert f"“{shown.reason.sentence}”" in said
    assert f"“{shown.truth.sentence}”" in said
    assert "outlined" in said
    n_right = [shown.verdict.class_right, shown.verdict.said_right, shown.verdict.points].count(True)
    assert said.count("class='right'") == n_right
    assert said.count("class='wrong'") == 3 - n_right


def test_where_the_truth_is_not_known_nothing_is_called_right():
    run = resources.run(RUN)
    rows = np.flatnonzero(~run.test_bank.sides["photo"].inputs.arrays["mask"].any((1, 2)))
    said = texts(opened(int(rows[0])))
    assert "at what is lit" in said
    assert "outlined" not in said
    assert "not known" in said


def test_all_that_can_be_pressed_is_told_with_what_is_then_shown():
    shown = shown_of(sample_of(0), resources.guided(RUN))
    told = told_of(shown)
    n_cells, n_words = told["grid"][0] * told["grid"][1], len(told["words"])
    assert n_words == len(shown.reason.sentence.split()) > 2
    assert len(told["regions"]) == n_words
    assert len(told["strengths"]) == len(told["without"]) == len(told["concepts"]) == n_cells + n_words + 1
    assert len({told["map"], *told["regions"]}) > 2
    assert all(text.startswith(("still ", "it would say ")) for text in told["without"])
    assert told["outline"] == outline(shown.truth.mask) != ""


def test_a_run_without_such_a_model_says_what_one_is_and_leads_to_one():
    page = faultless(open_page("reasons", run=WITHOUT))
    (info,) = page.info
    assert "sharcs train DIR --guided" in info.value
    assert "sharcs train clevr_reasons" in info.value
    page = faultless(page.button(key=f"guided|{RUN}").click().run())
    assert page.session_state["run"] == RUN
    assert not page.info
    assert "It says" in texts(page)


def test_what_was_brought_is_looked_at_and_taught_like_any_other(home):
    page = faultless(faultless(open_page("upload", run=RUN)).button(key="try_example").click().run())
    page = faultless(page.switch_page("views/reasons/reasons.py").run())
    assert page.session_state["sample"] == own.OWN
    assert texts(page).count("not known") == 3
    keyed(page.text_area, "teach_said").set_value("a square")
    page = faultless(keep(page))
    assert rows_of(home / "annotations")[0].sentence == "a square"


# --- what it is taught ---------------------------------------------------------------------------------------------


def test_what_is_painted_and_written_is_kept_for_the_next_training(home):
    page = opened(**marked())
    keyed(page.text_area, "teach_said").set_value("<b>a</b> red\nthing")
    keyed(page.selectbox, "teach_label").set_value("blue")
    page = faultless(keep(page))
    (row,) = rows_of(home / "annotations")
    assert (row.label, row.sentence) == ("blue", "<b>a</b> red thing")
    one = annotation_at(home / "annotations", row)
    assert np.array_equal(one.mask, next(iter(marked().values())))
    assert np.array_equal(one.pixels, sample_of(0).inputs["photo"].arrays["pixels"][0])
    assert len(load_explained(home / "annotations", (24, 32)).samples["train"]) == 1
    said = texts(page)
    assert "&lt;b&gt;a&lt;/b&gt; red thing" in said
    assert "--guided" in said
    again = opened()  # somebody else, or another day
    assert keyed(again.text_area, "teach_said").value == "<b>a</b> red thing"
    assert keyed(again.selectbox, "teach_label").value == "blue"
    assert np.array_equal(again.session_state[f"painted|{key_of()}"], one.mask)
    page = faultless(page.button(key=f"take_back|{row.id}").click().run())
    assert rows_of(home / "annotations") == ()


def test_half_an_annotation_is_one_and_its_own_words_can_be_begun_with(home):
    page = opened(1)
    page = faultless(page.button(key="teach_words").click().run())
    assert keyed(page.text_area, "teach_said").value == shown_of(sample_of(1), resources.guided(RUN)).reason.sentence
    faultless(keep(page))
    faultless(keep(opened(2, **marked(2))))
    first, second = rows_of(home / "annotations")
    assert first.sentence
    assert not first.mask
    assert second.mask
    assert not second.sentence


@pytest.mark.parametrize(
    ("mask", "sentence", "says"),
    [
        (None, "", "Nothing is said of the picture yet"),
        (np.ones((24, 32), dtype=bool), "so", "The mask is all on"),
        (np.zeros((24, 32), dtype=bool), "so", "The mask is empty"),
        (None, "…?", "has no words"),
    ],
)
def test_a_bad_annotation_is_told_in_a_sentence_and_nothing_is_lost(home, mask, sentence, says):
    page = opened(**{f"painted|{key_of()}": mask})
    keyed(page.text_area, "teach_said").set_value(sentence)
    page = keep(page)
    assert not page.exception
    (error,) = errors(page)
    assert says in error
    assert keyed(page.text_area, "teach_said").value == sentence
    assert page.session_state[f"painted|{key_of()}"] is mask
    assert not home.exists() or not rows_of(home / "annotations")


def test_what_the_model_remembers_can_be_put_beside(home):
    page = faultless(keep(opened(**marked())))
    page = faultless(page.button(key="teach_memory").click().run())
    rows = rows_of(home / "annotations")
    bank = resources.run(RUN).bank
    assert len(rows) == len(bank) + 1
    assert rows[-1].id in key_of()
    assert f"{len(rows)} annotations in" in texts(page)
    assert not [one for one in page.button if one.key == "teach_memory"]
    faultless(page.number_input(key="teach_page").set_value(2).run())


def test_samples_that_it_gets_wrong_are_gone_through_one_by_one(shipped_runs, monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(shipped_runs))
    wrong = resources.guided_mistakes("clevr_reasons", "image")
    assert len(wrong) > 2
    page = faultless(open_page("reasons", run="clevr_reasons", sample=wrong[-2]))
    for expected in (wrong[-1], wrong[0]):
        page = faultless(page.button(key="next_wrong").click().run())
        assert page.session_state["sample"] == expected
        assert "class='wrong'" in texts(page)


def test_one_that_gets_all_right_has_no_such_samples():
    assert resources.guided_mistakes(RUN, "photo") == ()
    assert not [one for one in opened().button if one.key == "next_wrong"]


def test_a_box_is_marked_by_its_corners_and_one_outside_is_refused():
    page = opened()
    keyed(page.text_input, "teach_box").set_value("2 3 10 9")
    page = faultless(page.button(key="teach_mark").click().run())
    mask = page.session_state[f"painted|{key_of()}"]
    assert mask.sum() == 8 * 6
    assert mask[3:9, 2:10].all()
    keyed(page.text_input, "teach_box").set_value("20 3 40 9")
    page = page.button(key="teach_mark").click().run()
    (error,) = errors(page)
    assert "outside of its picture of 32 × 24" in error
    assert keyed(page.text_input, "teach_box").value == "20 3 40 9"
    assert np.array_equal(page.session_state[f"painted|{key_of()}"], mask)


def test_another_folder_is_refused_and_left_as_it_is(home):
    (home / "photos").mkdir(parents=True)
    (home / "photos" / "cat.png").write_bytes(b"a cat")
    page = opened(**marked())
    page.text_input(key="teach_folder").set_value("photos")
    page = keep(page)
    assert any("holds something else" in error for error in errors(page))
    assert [path.name for path in (home / "photos").iterdir()] == ["cat.png"]
    page.text_input(key="teach_folder").set_value("../up")
    page = keep(page)
    assert any("A name has letters" in error for error in errors(page))
    assert not (home.parent / "up").exists()


def test_where_nothing_may_be_changed_an_annotation_can_be_taken_along(home, monkeypatch):
    monkeypatch.setenv("SHARCS_ALLOW_CHANGES", "0")
    page = opened(**marked())
    assert not [one for one in page.button if one.key == "teach_keep"]
    assert [one.label for one in page.get("download_button")] == ["Take it along"]
    assert not home.exists()
    page = opened()
    assert not page.get("download_button")
    assert "Nothing is said of the picture yet" in texts(page)


# --- drawings ------------------------------------------------------------------------------------------------------


def test_the_outline_of_a_mask_goes_along_its_pixels():
    mask = np.zeros((3, 4), dtype=bool)
    mask[1, 2] = True
    assert sorted(outline(mask).replace("M", " M").split()) == sorted(
        ["M2", "1h1", "M2", "2h1", "M2", "1v1", "M3", "1v1"]
    )
    assert outline(np.zeros((3, 4), dtype=bool)) == ""
    assert outline(np.ones((1, 1), dtype=bool)).count("M") == 4


def test_a_region_is_lit_in_its_place():
    grey = Inputs("image", {"pixels": np.full((1, 24, 32, 3), 128, dtype=np.uint8)})
    region = np.zeros((24, 32))
    region[5:15, 20:30] = 1
    content = base64.b64decode(lit(grey, None, region).split(",")[1])
    colours = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), dtype=float)
    is_green = colours[..., 1] - colours[..., 2] > 60
    assert is_green[8:12, 23:27].all()
    assert not is_green[:, :16].any()
