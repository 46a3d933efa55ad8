"""A folder of files is begun as a task: the sheet and the task.toml that it lacks, both or neither."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from types import MappingProxyType

import pytest

from made_folders import csv_of, folder, picture
from sharcs_core.errors import UserError
from sharcs_core.storage import StorageError
from sharcs_core.tasks.folder import starting
from sharcs_core.tasks.folder.checking import check_folder
from sharcs_core.tasks.folder.description import MAX_BYTES, Description, description_of
from sharcs_core.tasks.folder.faults import FolderError
from sharcs_core.tasks.folder.places import Places
from sharcs_core.tasks.folder.roles import roles_of, roles_so_far
from sharcs_core.tasks.folder.sheet import read_sheet
from sharcs_core.tasks.folder.starting import start_folder, start_of

N = 12
GRAPH = json.dumps({"nodes": [{"id": 0, "mass": 1}, {"id": 1, "mass": 2}], "edges": [{"source": 0, "target": 1}]})
NAMES = MappingProxyType({"image": ".png", "graph": ".json", "text": ".txt"})
CONTENTS = MappingProxyType({"image": picture(1), "graph": GRAPH, "text": "what one sees here"})
ROWS = [
    (str(row), f"{row}.png", ("yes", "no")[row % 2], f"{row * 1.5}", ("x", "y", "z")[row % 3], f"2024-01-{row + 1:02}")
    for row in range(N)
]
HEADER = ("id", "picture", "label", "ph", "site", "day")


def pictures(*folders, n=N):
    return {f"{name}/{row}.png": picture(row) for name in folders for row in range(n)}


def all_of(kind, *folders, n=N):
    return {f"{name}/{row}{NAMES[kind]}": CONTENTS[kind] for name in folders for row in range(n)}


def begun(path, files):
    folder(path, files)
    start = start_folder(path)
    for name, content in start.files.items():
        assert (path / name).read_bytes() == content
    assert not [one.name for one in path.iterdir() if one.name.startswith(".") and one.name not in (".git", ".hidden")]
    return start


def sheet(path):
    """The rows of the sheet that was written, by column."""
    return list(csv.DictReader(io.StringIO((path / "metadata.csv").read_text(encoding="utf-8"), newline="")))


def column(path, name):
    return [row[name] for row in sheet(path)]


def faults(path):
    return [str(fault) for fault in check_folder(path).faults if not fault.is_note]


# --- from how files lie --------------------------------------------------------------------------------------


def test_folders_of_classes_are_labels(tmp_path):
    start = begun(tmp_path, pictures("cat", "dog"))
    assert column(tmp_path, "label") == ["cat"] * N + ["dog"] * N
    assert column(tmp_path, "image")[:3] == ["cat/0.png", "cat/1.png", "cat/2.png"]
    assert column(tmp_path, "id")[-1] == f"dog/{N - 1}"
    assert "The folders say the label: 'cat' (12) and 'dog' (12)" in start.says


def test_pictures_alone_are_said_to_lack_a_second_modality_and_what_it_could_be(tmp_path):
    start = begun(tmp_path, pictures("cat", "dog"))
    (said,) = [line for line in start.says if "two modalities" in line]
    assert "only one was found (image)" in said
    assert "captions" in said
    assert "measurements" in said
    assert description_of(start.files["task.toml"]).modalities == {}
    captioned = [{**row, "caption": f"a {row['label']} on a mat"} for row in sheet(tmp_path)]
    lines = csv_of(tuple(captioned[0]), *(tuple(row.values()) for row in captioned))
    (tmp_path / "metadata.csv").write_text(lines, encoding="utf-8")
    assert faults(tmp_path) == []  # the column that was added is seen, whatever task.toml says


def test_folders_of_a_split_say_the_split_and_those_in_them_the_label(tmp_path):
    begun(
        tmp_path, pictures(*(f"{part}/{label}" for part in ("train", "val", "test") for label in ("cat", "dog")), n=3)
    )
    assert {(row["split"], row["label"]) for row in sheet(tmp_path)} == {
        (part, label) for part in ("train", "val", "test") for label in ("cat", "dog")
    }
    assert all(row["image"].startswith(f"{row['split']}/{row['label']}/") for row in sheet(tmp_path))


def test_one_folder_is_no_label(tmp_path):
    start = begun(tmp_path, pictures("photos"))
    assert set(column(tmp_path, "label")) == {""}
    assert "No folders name classes; fill in the column label" in start.says


def test_words_for_a_split_without_training_are_classes(tmp_path):
    begun(tmp_path, pictures("test", "dev"))
    assert set(column(tmp_path, "label")) == {"test", "dev"}
    assert "split" not in sheet(tmp_path)[0]


@pytest.mark.parametrize("other", ["graph", "text"])
def test_equal_names_in_two_folders_are_a_row_each(tmp_path, other):
    begun(tmp_path, {**pictures("images"), **all_of(other, f"{other}s")})
    assert [(row["id"], row["image"], row[other]) for row in sheet(tmp_path)] == [
        (str(row), f"images/{row}.png", f"{other}s/{row}{NAMES[other]}") for row in range(N)
    ]


def test_equal_names_in_one_folder_are_a_row_each(tmp_path):
    begun(tmp_path, {**pictures("a", "b"), **all_of("text", "a", "b")})
    assert [(row["image"], row["text"], row["label"]) for row in sheet(tmp_path)][-1] == ("b/11.png", "b/11.txt", "b")
    assert faults(tmp_path) == []


@pytest.mark.parametrize("inner", [True, False], ids=["kinds in parts", "parts in kinds"])
def test_folders_of_parts_kinds_and_classes_are_told_apart_in_any_order(tmp_path, inner):
    def path(part, kind, label):
        return f"{part}/{kind}s/{label}" if inner else f"{kind}s/{part}/{label}"

    names = {kind: [path(p, kind, c) for p in ("train", "test") for c in ("cat", "dog")] for kind in ("image", "graph")}
    begun(tmp_path, {**pictures(*names["image"], n=4), **all_of("graph", *names["graph"], n=4)})
    rows = sheet(tmp_path)
    assert len(rows) == 16
    assert {(row["split"], row["label"]) for row in rows} == {(p, c) for p in ("train", "test") for c in ("cat", "dog")}
    for row in rows:
        assert row["image"].startswith(f"{path(row['split'], 'image', row['label'])}/")
        assert row["graph"] == row["image"].replace("images", "graphs").replace(".png", ".json")
    assert faults(tmp_path) == []


def test_classes_may_be_folders_of_one_kind_alone(tmp_path):
    texts = {f"texts/{label}{row}.txt": "some words" for label in "ab" for row in range(N)}
    own = {f"images/{label}/{label}{row}.png": picture(row) for label in "ab" for row in range(N)}
    begun(tmp_path, {**texts, **own})
    assert [row["label"] for row in sheet(tmp_path)] == ["a"] * N + ["b"] * N
    assert all(row["text"] and row["image"] for row in sheet(tmp_path))


def test_two_folders_of_pictures_with_equal_names_beside_texts_are_two_modalities(tmp_path):
    begun(tmp_path, {**pictures("front", "side"), **all_of("text", "words")})
    assert [key for key in sheet(tmp_path)[0] if key not in ("id", "label")] == ["front", "side", "text"]
    said = description_of((tmp_path / "task.toml").read_bytes()).modalities
    assert {name: one.kind for name, one in said.items()} == {"front": "image", "side": "image", "text": "text"}


def test_graphs_may_stand_line_by_line_in_one_file(tmp_path):
    lines = "\n".join(json.dumps({"id": row, **json.loads(GRAPH)}) for row in range(N))
    begun(tmp_path, {**pictures("images"), "all.jsonl": lines})
    assert [(row["image"], row["graph"]) for row in sheet(tmp_path)][3] == ("images/3.png", "3")
    assert check_folder(tmp_path).modalities == {"graph": "graph: 'graph'", "image": "image: 'image'"}


def test_what_has_no_partner_is_a_row_with_an_empty_cell(tmp_path):
    files = {**pictures("images"), **all_of("text", "texts")}
    del files["texts/4.txt"], files["images/7.png"]
    begun(tmp_path, files)
    rows = {row["id"]: row for row in sheet(tmp_path)}
    assert (rows["4"]["image"], rows["4"]["text"]) == ("images/4.png", "")
    assert (rows["7"]["image"], rows["7"]["text"]) == ("", "texts/7.txt")
    assert len(rows) == N


def test_files_that_go_with_no_others_are_left_out_and_told(tmp_path):
    start = begun(tmp_path, {**pictures("cat", "dog"), "notes.txt": "of mine", "cat.json": "{}"})
    assert set(sheet(tmp_path)[0]) == {"id", "label", "image"}
    assert any("1 text file such as 'notes.txt' is left out" in line for line in start.says)
    assert any("'cat.json'" in line for line in start.says)


def test_a_picture_outside_of_all_classes_is_left_out_and_told(tmp_path):
    start = begun(tmp_path, {**pictures("cat", "dog"), "logo.png": picture()})
    assert len(sheet(tmp_path)) == 2 * N
    assert "'logo.png' is left out: it lies in no folder of a class" in start.says


def test_two_files_of_one_name_are_two_samples_or_one_is_left_out(tmp_path):
    begun(tmp_path / "alone", {"a/1.png": picture(), "a/1.jpg": picture(0, "JPEG"), "b/2.png": picture()})
    assert column(tmp_path / "alone", "image") == ["a/1.jpg", "a/1.png", "b/2.png"]
    assert len(set(column(tmp_path / "alone", "id"))) == 3
    files = {**pictures("images"), **all_of("text", "texts"), "images/3.jpg": picture(0, "JPEG")}
    start = begun(tmp_path / "paired", files)
    assert len(sheet(tmp_path / "paired")) == N
    assert any("has the name of another file" in line for line in start.says)


def test_hidden_files_and_the_folders_own_are_no_samples(tmp_path):
    others = {".hidden/1.png": picture(), "cat/.DS_Store": "x", "__MACOSX/cat/1.png": picture(), "README.txt": "read"}
    begun(tmp_path, {**pictures("cat", "dog"), **others})
    assert len(sheet(tmp_path)) == 2 * N
    assert "README" not in (tmp_path / "metadata.csv").read_text(encoding="utf-8")


def test_links_are_left_out_and_told_and_what_lies_outside_is_not_named(tmp_path):
    folder(tmp_path / "outside", {"secret.png": picture()})
    folder(tmp_path / "mine", pictures("cat", "dog"))
    (tmp_path / "mine" / "cat" / "out.png").symlink_to(tmp_path / "outside" / "secret.png")
    (tmp_path / "mine" / "more").symlink_to(tmp_path / "outside")
    start = start_folder(tmp_path / "mine")
    assert len(sheet(tmp_path / "mine")) == 2 * N
    assert any("'cat/out.png' (and 1 further one) is left out: it is a link" in line for line in start.says)
    assert "secret" not in " ".join(start.says)


def test_names_with_all_that_a_csv_file_is_made_of_are_found_again(tmp_path):
    names = ['a, "b"', "x;y;z", "<b>bold</b>", "=1+1", "'quoted'", "tab\tbed", "two  spaces", "ünï|côdé"]
    files = {f"{place} {name}/{name}.png": picture(place) for place, name in enumerate(names)}
    texts = {name.replace(".png", ".txt"): "what it is called" for name in files}
    begun(tmp_path, {**files, **texts})
    places = Places.of(tmp_path)
    printable = [name for name in files if name.isprintable()]
    read = read_sheet(places)
    assert sorted(cell for cell in read.cells["image"] if cell) == sorted(printable)
    assert all(places.find(cell).name == cell for cell in read.cells["image"])
    assert set(read.cells["label"]) == {name.split("/")[0] for name in printable}


def test_names_that_no_cell_can_say_are_left_out_and_told(tmp_path):
    start = begun(tmp_path, {**pictures("cat", "dog"), "C:x/1.png": picture(), "cat/new\nline.png": picture()})
    assert len(sheet(tmp_path)) == 2 * N
    assert any("'C:x/1.png' is left out: it cannot be named" in line for line in start.says)


def test_names_longer_than_an_id_can_be_are_samples_all_the_same(tmp_path):
    files = {f"{label}/{'x' * 120}{row}.png": picture(row) for label in "ab" for row in range(3)}
    begun(tmp_path, files)
    assert len(set(column(tmp_path, "image"))) == 6
    assert column(tmp_path, "label") == ["a"] * 3 + ["b"] * 3


def test_ten_thousand_files_are_begun(tmp_path):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for row in range(5000):
            (tmp_path / label / f"{row}.png").touch()
    start = start_folder(tmp_path)
    assert len(sheet(tmp_path)) == 10_000
    assert sum(map(len, start.says)) < 1000


# --- from sheets of other names ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["train.csv", "data.csv", "labels.csv", "whatever.tsv"])
def test_a_sheet_of_another_name_is_copied_byte_for_byte(tmp_path, name):
    content = b"\xef\xbb\xbf" + csv_of(HEADER, *ROWS).replace(",", ";").replace("\n", "\r\n").encode()
    begun(tmp_path, {name: content, **pictures("images")})
    assert (tmp_path / "metadata.csv").read_bytes() == content
    assert (tmp_path / name).read_bytes() == content
    assert faults(tmp_path) == []


def test_a_label_column_beats_the_folders(tmp_path):
    rows = [(f"{'cat' if row % 3 else 'dog'}/{row}.png", ("yes", "no")[row % 2], str(row * 1.5)) for row in range(N)]
    begun(tmp_path, {"data.csv": csv_of(("file", "label", "ph"), *rows), **{row[0]: picture() for row in rows}})
    assert column(tmp_path, "label") == ["yes", "no"] * (N // 2)
    assert "split" not in sheet(tmp_path)[0]


def test_folders_say_the_label_and_the_split_where_the_sheet_does_not(tmp_path):
    rows = [
        (f"{'test' if row % 3 else 'train'}/{'cat' if row % 2 else 'dog'}/{row}.png", str(row * 1.5))
        for row in range(N)
    ]
    begun(tmp_path, {"data.csv": csv_of(("file", "ph"), *rows), **{row[0]: picture() for row in rows}})
    assert column(tmp_path, "label") == ["dog", "cat"] * (N // 2)
    assert column(tmp_path, "split") == [row[0].split("/")[0] for row in rows]
    assert [(row["file"], row["ph"]) for row in sheet(tmp_path)] == rows


def test_a_sheet_for_each_part_is_one_sheet_with_a_split(tmp_path):
    train, test = (
        csv_of(HEADER, *ROWS[:8]),
        csv_of((*HEADER[:2], *HEADER[3:]), *((*row[:2], *row[3:]) for row in ROWS[8:])),
    )
    files = {"train.csv": train, "test.csv": test, "sample_submission.csv": "id,label\n1,no\n", **pictures("images")}
    start = begun(tmp_path, files)
    assert column(tmp_path, "split") == ["train"] * 8 + ["test"] * 4
    assert column(tmp_path, "label") == [row[2] for row in ROWS[:8]] + [""] * 4
    assert [[row[name] for name in ("id", "picture", "ph", "site", "day")] for row in sheet(tmp_path)] == [
        [*row[:2], *row[3:]] for row in ROWS
    ]
    assert "'sample_submission.csv' is not read" in start.says
    assert any("'test.csv' has no labels" in line for line in start.says)


def test_cells_of_several_sheets_stay_as_they_are(tmp_path):
    odd = [("00042", "a, b"), ("1.0", 'she said "no"'), ("1", "two\nlines\r\nand three"), ("=1+1", " spaces ")]
    for name in ("train.csv", "val.csv"):
        content = io.StringIO(newline="")
        csv.writer(content, quoting=csv.QUOTE_ALL).writerows([("code", "words"), *odd])
        folder(tmp_path, {name: content.getvalue()})
    start_folder(tmp_path)
    found = read_sheet(Places.of(tmp_path))
    assert list(zip(found.cells["code"], found.cells["words"], strict=True)) == odd * 2
    assert found.cells["split"] == ["train"] * 4 + ["validation"] * 4


def test_a_split_column_of_the_sheets_is_left_as_it_is(tmp_path):
    rows = csv_of(("x", "Split"), ("1", "a"), ("2", "b"))
    begun(tmp_path, {"train.csv": rows, "test.csv": rows})
    assert list(sheet(tmp_path)[0]) == ["x", "Split"]


def test_several_sheets_of_which_none_is_meant_are_named(tmp_path):
    folder(tmp_path, {"a.csv": "x,y\n1,2\n", "b.csv": "x,y\n1,2\n"})
    with pytest.raises(UserError, match=r"several sheets, 'a\.csv' and 'b\.csv', and one is read; rename it"):
        start_folder(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.csv", "b.csv"]


def test_a_sheet_below_the_folder_is_not_read_and_told(tmp_path):
    folder(tmp_path / "one", {"data/train.csv": "a,b\n1,2\n"})
    with pytest.raises(UserError, match=r"'data/train\.csv' is not read; put the sheet into the folder itself"):
        start_folder(tmp_path / "one")
    start = begun(tmp_path / "two", {"data/train.csv": "a,b\n1,2\n", **pictures("cat", "dog")})
    assert len(sheet(tmp_path / "two")) == 2 * N
    assert any("'data/train.csv' is not read" in line for line in start.says)


def test_a_sheet_that_cannot_be_read_is_a_fault_that_names_it(tmp_path):
    folder(tmp_path, {"train.csv": 'a,b\n1,2\n"3,4\n'})
    with pytest.raises(FolderError, match=r"^train\.csv, row 3: "):
        start_folder(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["train.csv"]


def test_parquet_of_another_name_stays_parquet(tmp_path):
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame(dict(zip(HEADER, zip(*ROWS, strict=True), strict=True))).to_parquet(tmp_path / "train.parquet")
    folder(tmp_path, pictures("images"))
    start = start_folder(tmp_path)
    assert list(start.files) == ["metadata.parquet", "task.toml"]
    assert start.files["metadata.parquet"] == (tmp_path / "train.parquet").read_bytes()
    assert faults(tmp_path) == []


# --- task.toml -----------------------------------------------------------------------------------------------

COLUMNS = {
    "Sample ID": [f"s{row}" for row in range(60)],
    "class": ["yes", "no"] * 30,
    "fold": ["train", "val", "test"] * 20,
    "patient": [f"p{row // 2}" for row in range(60)],
    'the "picture"': [f"images/{row % 12}.png" for row in range(60)],
    "caption = x": [f"a {('red', 'blue')[row % 2]} thing" for row in range(60)],
    "größe, cm": [f"{row % 7}.5" for row in range(60)],
    "site # 2": [("x", "y", "z")[row % 3] for row in range(60)],
    "day": [f"2024-01-{row % 28 + 1:02}" for row in range(60)],
    "name": [f"Ms {row}" for row in range(60)],
    "scan": [f"scan{row}.jpg" for row in range(60)],
}


def quoted_sheet(columns):
    content = io.StringIO(newline="")
    csv.writer(content, quoting=csv.QUOTE_ALL).writerows([list(columns), *zip(*columns.values(), strict=True)])
    return content.getvalue()


def test_task_toml_says_just_what_the_rule_guesses(tmp_path):
    start = begun(tmp_path, {"metadata.csv": quoted_sheet(COLUMNS), **pictures("images")})
    places = Places.of(tmp_path)
    found = read_sheet(places)
    guessed = roles_of(found, Description(), places)
    said = roles_of(found, description_of(start.files["task.toml"]), places)
    assert (said.id, said.label, said.split, said.group) == ("Sample ID", "class", "fold", "patient")
    assert (guessed.id, guessed.label, guessed.split, guessed.group) == (said.id, said.label, said.split, said.group)
    assert said.modalities == guessed.modalities
    assert list(said.ignored) == list(guessed.ignored) == ["day", "name", "scan"]


def test_task_toml_says_why_and_leaves_out_no_column_whose_files_may_still_come(tmp_path):
    start = begun(tmp_path, {"metadata.csv": quoted_sheet(COLUMNS), **pictures("images")})
    text = start.files["task.toml"].decode()
    assert '"day",  # holds dates; ' in text
    assert '# "scan",  # names' in text
    assert description_of(start.files["task.toml"]).ignore == ("day", "name")


def test_each_line_that_is_offered_can_be_used(tmp_path):
    start = begun(tmp_path, {"metadata.csv": csv_of(HEADER, *ROWS), **pictures("images")})
    lines = start.files["task.toml"].decode().split("\n")
    used = [line.removeprefix("# ") if " = " in line else line for line in lines]
    said = description_of("\n".join(line for line in used if not line.startswith("#")).encode())
    assert said.classes == ("no", "yes")
    assert said.missing == ("-999",)
    assert said.redistribute is False
    assert said.modalities["picture"].size == (96, 96)
    assert said.modalities["table"].means == {"colour": "..."}


def test_thousands_of_columns_are_left_to_the_rule(tmp_path):
    columns = {"label": ["yes", "no"] * 6, "file": [f"images/{row}.png" for row in range(N)]}
    columns |= {
        f"a long name of a measured column {number}": [str(row) for row in ROWS_OF_NUMBERS] for number in range(1500)
    }
    start = begun(tmp_path, {"metadata.csv": quoted_sheet(columns), **pictures("images")})
    assert len(start.files["task.toml"]) < MAX_BYTES
    places = Places.of(tmp_path)
    found = read_sheet(places)
    said = roles_of(found, description_of(start.files["task.toml"]), places)
    assert said.modalities == roles_of(found, Description(), places).modalities


ROWS_OF_NUMBERS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]


def test_a_sheet_that_is_there_gets_a_task_toml_alone(tmp_path):
    content = csv_of(HEADER, *ROWS)
    start = begun(tmp_path, {"metadata.csv": content, **pictures("images")})
    assert list(start.files) == ["task.toml"]
    assert (tmp_path / "metadata.csv").read_text(encoding="utf-8") == content


def test_a_task_toml_that_is_there_gets_a_sheet_alone(tmp_path):
    start = begun(tmp_path, {"task.toml": "label = 7  # at fault, and left as it is", **pictures("cat", "dog")})
    assert list(start.files) == ["metadata.csv"]
    assert (tmp_path / "task.toml").read_text(encoding="utf-8").startswith("label = 7")


def test_numbers_as_folders_are_classes_in_natural_order(tmp_path):
    start = begun(tmp_path, {**pictures("10", "9", "2"), **all_of("text", "10", "9", "2")})
    assert '# classes = ["2", "9", "10"]' in start.files["task.toml"].decode()


# --- nothing is overwritten, nothing half-written ------------------------------------------------------------


def test_both_that_are_there_are_left_as_they_are(tmp_path):
    folder(tmp_path, {"metadata.csv": "a,b\n1,2\n", "task.toml": "", **pictures("cat", "dog")})
    with pytest.raises(UserError, match=r"has a sheet and a task\.toml already; change these, or call sharcs check"):
        start_folder(tmp_path)
    assert (tmp_path / "metadata.csv").read_text(encoding="utf-8") == "a,b\n1,2\n"


@pytest.mark.parametrize("name", ["metadata.csv", "task.toml"])
def test_what_came_meanwhile_is_left_as_it_is(tmp_path, monkeypatch, name):
    folder(tmp_path, pictures("cat", "dog"))
    plan = starting.start_of

    def meanwhile(path):
        start = plan(path)
        (path / name).write_text("mine")
        return start

    monkeypatch.setattr(starting, "start_of", meanwhile)
    with pytest.raises(UserError, match=f"{name} was written .* meanwhile"):
        start_folder(tmp_path)
    assert (tmp_path / name).read_text() == "mine"
    assert not (tmp_path / ({"metadata.csv", "task.toml"} - {name}).pop()).exists()


@pytest.mark.parametrize("name", ["metadata.csv", "task.toml"])
def test_a_link_to_nowhere_counts_as_there(tmp_path, name):
    folder(tmp_path, pictures("cat", "dog"))
    (tmp_path / name).symlink_to(tmp_path / "nowhere")
    if name == "task.toml":
        assert list(start_folder(tmp_path).files) == ["metadata.csv"]
    else:
        with pytest.raises(FolderError, match="is a link that leads out of the folder"):
            start_folder(tmp_path)
    assert (tmp_path / name).is_symlink()
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path, monkeypatch):
    folder(tmp_path, pictures("cat", "dog"))

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(StorageError, match=r"Nothing can be written in .*Permission denied"):
        start_folder(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["cat", "dog"]


def test_where_the_second_file_cannot_be_written_the_first_is_gone(tmp_path, monkeypatch):
    folder(tmp_path, pictures("cat", "dog"))
    write = starting.write_bytes

    def fail_second(path, content):
        if path.name == "task.toml":
            raise StorageError(f"{path} cannot be written (No space left on device)")
        write(path, content)

    monkeypatch.setattr(starting, "write_bytes", fail_second)
    with pytest.raises(StorageError, match="No space left"):
        start_folder(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["cat", "dog"]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "has no files; put pictures, graphs or texts, or a CSV file"),
        ({".hidden.png": picture()}, "has no files"),
        ({"a.tif": b"II*\0", "b.tif": b"II*\0"}, "has .tif files, which are not read; save them as PNG"),
        ({"table.xlsx": b"PK"}, "has .xlsx files, which are not read; "),
        ({"a.bin": b"\0"}, "has no file that is read"),
    ],
    ids=["nothing", "hidden", "tiff", "excel", "unknown"],
)
def test_a_folder_of_which_nothing_can_be_made_says_why(tmp_path, files, says):
    folder(tmp_path, files)
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(UserError) as caught:
        start_folder(tmp_path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == before


def test_what_is_no_folder_is_said_to_be_none(tmp_path):
    (tmp_path / "file").write_text("x")
    for name in ("file", "nothing"):
        with pytest.raises(UserError, match="There is no folder"):
            start_of(tmp_path / name)


def test_a_sheet_with_nothing_to_learn_from_is_begun_and_told(tmp_path):
    start = begun(tmp_path, {"metadata.csv": "one,two\na,b\na,b\n"})
    assert any("none was found" in line for line in start.says)
    assert any("No column is the label" in line for line in start.says)
    roles, found = roles_so_far(
        read_sheet(Places.of(tmp_path)), description_of(start.files["task.toml"]), Places.of(tmp_path)
    )
    assert roles.modalities == ()
    assert len(found) == 1
