"""From a cell to a file: what is found, what is forgiven, what is refused. Nothing outside is read."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from made_folders import folder
from sharcs_core.errors import UserError
from sharcs_core.tasks.folder.listing import MOST_CHARACTERS
from sharcs_core.tasks.folder.places import PlaceError, Places

PICTURES = (".png", ".jpg", ".jpeg")


def refused(places, cell, suffixes=PICTURES):
    with pytest.raises(PlaceError) as caught:
        places.find(cell, suffixes)
    assert str(caught.value) == f"{caught.value.says}; {caught.value.mend}"
    return str(caught.value)


@pytest.fixture
def places(tmp_path):
    names = (
        *("images/a.png", "images/B.PNG", "images/deep/er/c.jpg", "images/a b.png", "images/Ü.png", "top.png"),
        *("x/same.png", "y/same.png", "twin.png", "twin.jpg", "v1.2.png", "notes.txt", "metadata.csv", "LICENSE"),
        *(".hidden/a.png", "images/._a.png", "__MACOSX/images/a.png", "images/Thumbs.db"),
    )
    return folder(tmp_path / "task", dict.fromkeys(names, "content"))


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("images/a.png", "images/a.png"),
        ("images\\deep\\er\\c.jpg", "images/deep/er/c.jpg"),
        ("./images//a.png", "images/a.png"),
        ("images/deep/../a.png", "images/a.png"),
        ("images/a b.png", "images/a b.png"),
        ("v1.2.png", "v1.2.png"),
    ],
)
def test_a_name_as_it_is_is_found_without_a_note(places, cell, name):
    found = places.find(cell, PICTURES)
    assert (found.name, found.notes) == (name, ())
    assert places.read(found, 100) == b"content"


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("images/b.png", "images/B.PNG"),
        ("IMAGES/A.PNG", "images/a.png"),
        ("images/a.jpeg", "images/a.png"),
        ("images/a", "images/a.png"),
        ("images/u\u0308.png", "images/Ü.png"),
        ("a.png", "images/a.png"),
        ("er/c", "images/deep/er/c.jpg"),
        (" top.png ", "top.png"),
        ("v1.2", "v1.2.png"),
    ],
)
def test_what_is_forgiven_is_noted(places, cell, name):
    found = places.find(cell, PICTURES)
    assert found.name == name
    assert [repr(name) in note for note in found.notes] == [True]


def test_the_very_name_goes_before_all_that_is_near_it(tmp_path):
    places = folder(tmp_path, dict.fromkeys(("A.png", "a.png", "b/a.png", "a.jpg"), ""))
    assert [places.find(cell, PICTURES).name for cell in ("A.png", "a.png", "a.jpg")] == ["A.png", "a.png", "a.jpg"]


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("same.png", "may be any of 2 files, such as 'x/same.png' or 'y/same.png'"),
        ("twin", "may be any of 2 files"),
        ("images/none.png", "there is no file"),
        ("x/a.png", "there is no file"),
        ("images", "is a folder"),
        ("images/deep/..", "is a folder"),
        (".hidden/a.png", "is hidden"),
        ("__MACOSX/images/a.png", "is hidden"),
        ("notes.txt", "is no file that is read here; bring a .png, .jpg or .jpeg file"),
        ("../task/images/a.png", "leads out of the folder"),
        ("..\\images\\a.png", "leads out of the folder"),
        ("images/../../task/top.png", "leads out of the folder"),
        ("/etc/passwd", "does not begin in the folder"),
        ("\\etc\\passwd", "does not begin in the folder"),
        ("C:\\images\\a.png", "does not begin in the folder"),
        ("c:a.png", "does not begin in the folder"),
        ("\\\\server\\share\\a.png", "is an address of a network"),
        ("//server/a.png", "is an address of a network"),
        ("https://example.org/a.png", "is an address, and nothing is fetched"),
        ("file:///etc/passwd", "is an address"),
        ("data:image/png;base64,AAAA", "is an address"),
        ("~/a.png", "begins in a person's own folder"),
        ("images/a.png\0", "is no name of a file"),
        ("images/\na.png", "is no name of a file"),
        ("a" * (MOST_CHARACTERS + 1), "is no name of a file"),
        ("\ud800.png", "is no name of a file"),
        (" ", "is no name of a file"),
    ],
)
def test_what_is_no_file_of_the_folder_is_refused(places, cell, says):
    said = refused(places, cell)
    assert says in said
    assert "\n" not in said


def test_what_lies_outside_is_never_found_however_it_is_linked_to(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.png").write_bytes(b"secret")
    task = tmp_path / "task"
    folder(task, {"images/in.png": "content"})
    os.symlink(outside / "a.png", task / "link.png")
    os.symlink(outside, task / "images" / "linked")
    os.symlink("..", task / "up")
    os.symlink("nowhere.png", task / "gone.png")
    os.symlink("loop.png", task / "loop.png")
    places = Places.of(task)
    for cell in (
        "link.png",
        "images/linked/a.png",
        "linked/a.png",
        "up/outside/a.png",
        "gone.png",
        "loop.png",
        "a.png",
    ):
        assert "secret" not in refused(places, cell)
    assert {"images/in.png"} == set(places.listing.files)


def test_a_link_that_stays_inside_is_followed(tmp_path):
    folder(tmp_path, {"images/a.png": "content"})
    os.symlink("images", tmp_path / "pictures")
    os.symlink("images/a.png", tmp_path / "first.png")
    os.symlink(".", tmp_path / "images" / "self")
    places = Places.of(tmp_path)
    for cell in ("pictures/a.png", "first.png", "images/self/a.png", "pictures/self/self/a.png"):
        assert places.find(cell, PICTURES).name == "images/a.png"


def test_a_folder_that_is_a_link_itself_is_read(tmp_path):
    folder(tmp_path / "real", {"a.png": "content"})
    os.symlink("real", tmp_path / "link")
    places = Places.of(tmp_path / "link")
    assert places.read(places.find("a.png"), 100) == b"content"


def test_a_pipe_is_refused_and_nobody_waits_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "pipe" in refused(folder(tmp_path, {"b.png": ""}), "pipe.png")


def test_what_becomes_a_link_or_a_pipe_after_it_was_listed_is_not_read(tmp_path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    task = tmp_path / "task"
    places = folder(task, {"a.png": "content", "b.png": "content", "c/d.png": "content", "e.png": ""})
    found = {name: places.find(name) for name in ("a.png", "b.png", "c/d.png", "e.png")}
    (task / "a.png").unlink()
    os.symlink("../secret.png", task / "a.png")
    (task / "b.png").unlink()
    os.mkfifo(task / "b.png")
    shutil.rmtree(task / "c")
    (tmp_path / "d.png").write_bytes(b"secret")
    os.symlink("..", task / "c")
    (task / "e.png").unlink()
    for place in found.values():
        with pytest.raises(PlaceError):
            places.read(place, 100)


def test_a_file_beyond_its_bound_is_not_read(tmp_path):
    places = folder(tmp_path, {"a.png": "content"})
    with pytest.raises(PlaceError, match="too large"):
        places.read(places.find("a.png"), 6)


def test_files_without_rows_are_told_but_for_the_folder_s_own(places):
    used = [places.find(cell, PICTURES).name for cell in ("images/a.png", "images/b.png", "top.png")]
    left = set(places.without_rows(used))
    assert left == {
        *("images/deep/er/c.jpg", "images/a b.png", "images/Ü.png", "x/same.png", "y/same.png", "twin.png", "twin.jpg"),
        *("v1.2.png", "notes.txt"),
    }


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    for path in (tmp_path / "none", tmp_path / "a.csv"):
        with pytest.raises(UserError, match="There is no folder"):
            Places.of(path)


# -- graphs, a line each


def graph(name, n=2):
    return {"id": name, "nodes": [{"id": node} for node in range(n)], "edges": [{"source": 0, "target": 1}]}


def test_a_graph_of_many_in_a_file_is_found_by_its_id(tmp_path):
    graphs = [graph("g1"), graph(7, 3), graph("ü", 4)]
    lines = "\ufeff" + "\r\n\n".join(json.dumps(one, ensure_ascii=False) for one in graphs)
    places = folder(tmp_path, {"graphs/all.jsonl": lines})
    for one in graphs:
        place = places.find(str(one["id"]), (".json", ".graphml"))
        assert place.file.endswith(".json")
        assert json.loads(places.read(place, 1000).decode("utf-8-sig")) == one
    assert places.line_faults == ()
    assert "no file" in refused(places, "g1", PICTURES)
    assert places.without_rows([place.name]) == ()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "is not JSON"),
        ("[1]", "is no graph with an id"),
        ('{"nodes": []}', "is no graph with an id"),
        ('{"id": true}', "is no graph with an id"),
        ('{"id": ""}', "is no graph with an id"),
        ('{"id": "g1"}', "has the id 'g1' of all.jsonl again"),
        ('{"id": 1, "id": 2}', "twice in one object"),
        ("[" * 50_000, "nested too deeply"),
        ('{"id": "\\ud800"}', "half a character"),
        ('{"id": ' + "9" * 5_000 + "}", "too many digits"),
        ("\udcff", "is not UTF-8"),
    ],
)
def test_a_line_at_fault_is_told_with_its_number_and_the_others_are_found(tmp_path, line, says):
    first, last = json.dumps(graph("g1")).encode(), json.dumps(graph("g2")).encode()
    places = folder(tmp_path, {"all.jsonl": b"\n".join([first, line.encode("utf-8", "surrogateescape"), last])})
    (fault,) = places.line_faults
    assert (fault.row, says in fault.says) == (2, True), fault
    assert {"g1", "g2"} == set(places.graph_lines)


def test_a_file_of_a_name_goes_before_a_graph_of_that_id(tmp_path):
    places = folder(tmp_path, {"a.json": "{}", "all.jsonl": json.dumps(graph("a.json"))})
    assert places.find("a.json", (".json",)).name == "a.json"
