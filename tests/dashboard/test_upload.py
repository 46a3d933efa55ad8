"""The page where people bring their own: examples, files, every kind of bad input, and nothing is lost."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from pages import HOME, faultless, open_page, texts
from resources.uploads import uploads
from sharcs_core.tasks.mnist import from_pictures
from shared import keeping, own
from shared.missing import COMPANIONS_TOLD

RUN, PICTURES = "xor_and_xor", "mnist_superpixels"


@pytest.fixture
def page():
    return faultless(open_page("upload", run=RUN))


@pytest.fixture
def picture_page(shipped_runs):
    if not (shipped_runs / PICTURES / "config.json").is_file():
        pytest.skip("the run on pictures is not here")
    return faultless(open_page("upload", run=PICTURES))


def upload(page, run, modality, name, content):
    uploaders = [widget for widget in page.file_uploader if widget.key.startswith(f"upload|{run}|{modality}|")]
    return uploaders[0].upload(name, content, "application/octet-stream").run()


def press(page, label):
    return next(button for button in page.button if button.label == label).click().run()


def png(pixels):
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def test_waits_with_a_sentence(page):
    assert "Nothing to explain yet" in page.info[0].value
    assert not page.tabs


def test_an_example_is_explained_whole(page, xor_run):
    faultless(page.button(key="try_example").click().run())
    assert xor_run.card.question in texts(page)
    assert "reads the table of bits as" in texts(page)
    assert [tab.label for tab in page.tabs] == ["Of your table of bits", "Of your ring graph"]
    assert "cannot be known" not in "".join(warning.value for warning in page.warning)


def test_a_file_is_explained_as_the_example_it_was_made_from(page, xor_run):
    for modality, side in xor_run.test_bank.sides.items():
        suffix, content, _ = xor_run.task.write(modality, side.inputs, 4)
        faultless(upload(page, RUN, modality, f"mine{suffix}", content))
    meaning = xor_run.card.modality("graph").key_names[xor_run.test_bank.sides["graph"].semantics[4]]
    assert f"the ring graph as {meaning}" in texts(page)
    assert "Using `mine.csv`" in texts(page)


@pytest.mark.parametrize("modality", ["table", "graph"])
def test_with_one_missing_it_says_what_cannot_be_known(page, modality, xor_run):
    suffix, content, _ = xor_run.task.write(modality, xor_run.test_bank.sides[modality].inputs, 0)
    page = upload(page, RUN, modality, f"mine{suffix}", content)
    faultless(page)
    assert "cannot be known" in page.warning[0].value
    assert f"reads the {xor_run.card.modality(modality).title.lower()} as" in texts(page)
    assert COMPANIONS_TOLD in texts(page)
    drawn = "".join(block.proto.body for block in page.get("html"))
    assert "stops here" in drawn
    assert "It would ask whether" in drawn


BAD_TABLES = {
    "no header": b"0,1,0,1,0,1\n",
    "missing columns": b"bit_0,bit_1\n0,1\n",
    "not a bit": b"bit_0,bit_1,bit_2,bit_3,bit_4,bit_5\n0,1,0,7,0,1\n",
    "empty": b"",
    "binary": bytes(range(256)),
}
BAD_GRAPHS = {
    "no nodes": json.dumps({"nodes": [], "edges": []}).encode(),
    "dangling edge": json.dumps({"nodes": [{"id": 0}], "edges": [{"source": 0, "target": 9}]}).encode(),
    "not JSON": b"{nodes",
    "nested a thousand deep": b"[" * 1000 + b"]" * 1000,
    "a million nodes": json.dumps({"nodes": [{"id": i} for i in range(60_000)], "edges": []}).encode(),
}


@pytest.mark.parametrize("content", BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_bad_table_gets_one_sentence_and_the_graph_stays(page, content, xor_run):
    _, graph, _ = xor_run.task.write("graph", xor_run.test_bank.sides["graph"].inputs, 0)
    faultless(upload(page, RUN, "graph", "good.json", graph))
    page = upload(page, RUN, "table", "bad.csv", content)
    assert not page.exception
    assert len(page.error) == 1
    assert "Traceback" not in page.error[0].value
    assert "reads the ring graph as" in texts(page)


@pytest.mark.parametrize("content", BAD_GRAPHS.values(), ids=BAD_GRAPHS)
def test_a_bad_graph_gets_one_sentence_and_the_table_stays(page, content, xor_run):
    _, table, _ = xor_run.task.write("table", xor_run.test_bank.sides["table"].inputs, 0)
    faultless(upload(page, RUN, "table", "good.csv", table))
    page = upload(page, RUN, "graph", "bad.json", content)
    assert not page.exception
    assert len(page.error) == 1
    assert "reads the table of bits as" in texts(page)


def test_xml_entities_are_refused(page):
    bomb = b'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "aaaa">]><graphml><graph>&a;</graph></graphml>'
    page = upload(page, RUN, "graph", "bomb.graphml", bomb)
    assert not page.exception
    assert len(page.error) == 1


def test_remove_and_clear_take_away_what_was_brought(page):
    faultless(page.button(key="try_example").click().run())
    faultless(press(page, "Remove"))
    assert "the table of bits as" not in texts(page)
    assert "reads the ring graph as" in texts(page)
    faultless(page.button(key="clear").click().run())
    assert "Nothing to explain yet" in page.info[0].value


def test_what_was_brought_survives_a_change_of_page(page):
    faultless(page.button(key="try_example").click().run())
    faultless(page.switch_page("views/tree/tree.py").run())
    faultless(page.switch_page("views/upload/upload.py").run())
    assert "reads the table of bits as" in texts(page)


def token_of(page):
    return page.session_state[keeping.HELD]


def reloaded(token):
    """The page as another visit finds it that comes with the address of the first."""
    page = AppTest.from_file(str(HOME), default_timeout=60)
    page.session_state["run"] = RUN
    page.query_params[keeping.TOKEN] = token
    return page.switch_page("views/upload/upload.py").run()


def test_what_was_brought_survives_a_reload_by_its_address(page):
    faultless(page.button(key="try_example").click().run())
    assert token_of(page) in page.query_params[keeping.TOKEN]
    again = faultless(reloaded(token_of(page)))
    assert "reads the table of bits as" in texts(again)
    assert "the ring graph as" in texts(again)


def test_what_is_cleared_is_forgotten_everywhere_and_that_is_told(page):
    faultless(page.button(key="try_example").click().run())
    token = token_of(page)
    faultless(page.button(key="clear").click().run())
    assert keeping.TOKEN not in page.query_params
    assert [info.value for info in page.info] == ["Nothing to explain yet. Bring an input, or press an example."]
    again = faultless(reloaded(token))
    assert again.info[0].value.startswith("What you brought here before is forgotten")
    assert keeping.TOKEN not in again.query_params


def test_what_is_forgotten_while_the_page_is_open_is_told_and_can_be_brought_again(page):
    faultless(page.button(key="try_example").click().run())
    uploads()._bags.clear()
    faultless(page.run())
    assert page.info[0].value.startswith("What you brought here before is forgotten")
    faultless(page.button(key="try_example").click().run())
    assert "reads the table of bits as" in texts(page)


def test_streamlit_holds_no_copy_of_a_file_that_would_outlive_it(page, monkeypatch):
    managers, add_file = [], MemoryUploadedFileManager.add_file

    def noted(manager, *arguments):
        managers.append(manager)
        add_file(manager, *arguments)

    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", noted)
    page = upload(page, RUN, "table", "mine.csv", b"no table")
    assert "mine.csv" in texts(page)
    assert managers
    assert not [files for manager in managers for files in manager.file_storage.values() if files]
    assert not [widget for widget in page.file_uploader if widget.value]


def test_a_file_is_read_once_whatever_else_is_pressed(page, monkeypatch, xor_run):
    read, read_file = [], own._read_file

    def counted(task, modality, file):
        read.append(modality)
        return read_file(task, modality, file)

    monkeypatch.setattr(own, "_read_file", counted)
    _, content, _ = xor_run.task.write("table", xor_run.test_bank.sides["table"].inputs, 0)
    faultless(upload(page, RUN, "table", "mine.csv", content))
    upload(page, RUN, "graph", "bad.json", b"{nodes")
    for _ in range(2):
        page.run()
    assert len(page.error) == 1
    assert sorted(read) == ["graph", "table"]


def test_no_superpixels_are_made_before_they_are_asked_for(picture_page, monkeypatch):
    made, make = [], from_pictures.superpixel_graphs

    def counted(pixels):
        made.append(1)
        return make(pixels)

    monkeypatch.setattr(from_pictures, "superpixel_graphs", counted)
    example = next(box for box in picture_page.selectbox if box.key.startswith("example|image|"))
    page = faultless(example.select("digit 7").run())
    assert not made
    faultless(page.checkbox(key=f"making|{PICTURES}|graph").set_value(True).run())
    faultless(page.run())
    assert made == [1]


def test_a_template_is_there_for_every_modality(page, xor_run):
    assert [button.label for button in page.get("download_button")] == [
        f"{modality.title} template" for modality in xor_run.card.modalities
    ]


def test_a_photo_on_white_paper_is_read_with_notes(picture_page):
    photo = np.full((200, 150), 235, dtype=np.uint8)
    photo[40:160, 70:82] = 30  # a one
    page = faultless(upload(picture_page, PICTURES, "image", "photo.png", png(photo)))
    assert "What the model sees" in texts(page)
    assert "nvert" in texts(page)
    assert "sum of the two digits" in page.warning[0].value


def test_a_picture_makes_its_own_graph_on_request_and_says_so(picture_page):
    example = next(box for box in picture_page.selectbox if box.key.startswith("example|image|"))
    page = faultless(example.select("digit 7").run())
    faultless(page.checkbox(key=f"making|{PICTURES}|graph").set_value(True).run())
    assert "the sum is twice that digit" in texts(page)
    assert not page.warning
    assert "the superpixel graph as 7" in texts(page)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n and no more", b"not a picture"])
def test_a_bad_picture_gets_one_sentence(picture_page, content):
    page = upload(picture_page, PICTURES, "image", "bad.png", content)
    assert not page.exception
    assert len(page.error) == 1
