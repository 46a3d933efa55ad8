"""Which column is what: the rule, what task.toml makes of it, and what is refused."""

from __future__ import annotations

import json

import pytest

from made_folders import folder, picture
from sharcs_core.kinds import KINDS
from sharcs_core.tasks.folder.description import Description, description_of
from sharcs_core.tasks.folder.faults import FolderError
from sharcs_core.tasks.folder.looks import look_of
from sharcs_core.tasks.folder.roles import roles_of
from sharcs_core.tasks.folder.sheet import read_sheet

N = 30
WORDS = ("red", "blue", "teal")
COLUMNS = {
    "id": [f"s{row}" for row in range(N)],
    "label": ["yes", "no"] * (N // 2),
    "split": ["train", "val", "test"] * (N // 3),
    "group": [f"g{row // 2}" for row in range(N)],
    "picture": [f"images/{row}.png" for row in range(N)],
    "caption": [f"a {WORDS[row % 3]} thing" for row in range(N)],
    "ph": [f"{row % 7}.5" for row in range(N)],
    "site": [WORDS[row % 3] for row in range(N)],
    "day": [f"2024-01-{row + 1:02}" for row in range(N)],
    "name": [f"Ms {row}" for row in range(N)],
}


def made(path, columns, toml="", **files):
    rows = zip(*columns.values(), strict=True)
    text = "\n".join("\t".join(row) for row in (columns, *rows)) + "\n"
    pictures = {f"images/{row}.png": picture(row) for row in range(N)}
    own = {"metadata.csv": text, **({"task.toml": toml} if toml else {})}
    places = folder(path, {**pictures, **own, **files})
    description = description_of(toml.encode()) if toml else Description()
    return read_sheet(places, description), description, places


def roles(path, columns, toml="", **files):
    return roles_of(*made(path, columns, toml, **files))


def refused(path, columns, toml="", **files):
    with pytest.raises(FolderError) as caught:
        roles(path, columns, toml, **files)
    faults = [str(fault) for fault in caught.value.faults]
    assert not any("\n" in fault for fault in faults)
    return faults


def shape(found):
    return {one.name: (one.kind, one.columns) for one in found.modalities}


def some(*names, **more):
    return {name: COLUMNS[name] for name in names} | more


# -- the rule


def test_every_column_of_a_usual_sheet_finds_its_part(tmp_path):
    found = roles(tmp_path, COLUMNS)
    assert (found.id, found.label, found.split, found.group) == ("id", "label", "split", "group")
    assert shape(found) == {
        "picture": ("image", ("picture",)),
        "caption": ("text", ("caption",)),
        "table": ("tabular", ("ph", "site")),
    }
    assert (found.modalities[2].numeric, found.modalities[2].category) == (("ph",), ("site",))
    assert list(found.ignored) == ["day", "name"]
    assert found.ignored["name"] == "has 30 different values in 30 rows, nearly one each"


def test_no_column_has_two_parts_and_every_column_has_one(tmp_path):
    found = roles(tmp_path, COLUMNS)
    used = [found.id, found.label, found.split, found.group, *found.ignored]
    used += [column for one in found.modalities for column in one.columns]
    assert sorted(used) == sorted(COLUMNS)


@pytest.mark.parametrize("name", ["label", "Class", "TARGET", "y", "Diagnosis"])
def test_a_label_is_known_by_its_name(tmp_path, name):
    assert roles(tmp_path, some("picture", "site", **{name: COLUMNS["label"]})).label == name


@pytest.mark.parametrize(
    ("name", "cells", "is_split"),
    [
        ("split", ["x"] * N, True),
        ("subset", ["Training", "dev", "hold-out"] * 10, True),
        ("fold", ["1", "2", "3"] * 10, False),
        ("set", ["train", "val", "red"] * 10, False),
    ],
)
def test_a_split_is_known_by_its_name_or_by_what_it_says(tmp_path, name, cells, is_split):
    assert roles(tmp_path, some("picture", "site", **{name: cells})).split == (name if is_split else None)


def test_few_groups_are_no_group_but_a_category(tmp_path):
    found = roles(tmp_path, some("picture", group=["treated", "control"] * 15))
    assert found.group is None
    assert shape(found)["table"] == ("tabular", ("group",))


@pytest.mark.parametrize(
    ("cells", "kind", "why"),
    [
        (["1", "2.5", "-3e4", None], "numbers", ""),
        ([str(row) for row in range(N)], "left out", "only counts the rows"),
        ([str(row * 7 % N) for row in range(N)], "numbers", ""),
        (["00042", "00043"] * 9, "words", ""),
        (["0", "1"] * 9, "numbers", ""),
        (["True", "False"] * 9, "words", ""),
        (["red", None, "blue"] * 9, "words", ""),
        ([None] * 3, "left out", "is empty"),
        (["red"] * 3, "left out", "is the same in every row"),
        (["2024-01-31", "2024-02-01 10:30:00Z"], "left out", "holds dates"),
        (["31.1.2024", "1.2.2024"], "left out", "holds dates"),
        (["1/31/24", "2/1/24"], "left out", "holds dates"),
        (["10:30", "11:00"], "left out", "holds dates"),
        (["[1, 2]", "[3]"], "left out", "holds lists"),
        (["https://a.org/1.png", "https://a.org/2.png"], "left out", "nothing is fetched"),
        (["a.tif", "b.TIFF"], "left out", "save them as PNG"),
        (["a.wav", "b.wav"], "left out", "save the spectrogram"),
        (["rows/a.csv", "rows/b.csv"], "left out", "as columns here"),
        (["one two three"] * 5 + ["four five six"], "texts", ""),
        (["one two three", "one", "two"], "left out", "nearly one each"),
        (["これは赤い箱です", "青い箱があります"], "left out", "nearly one each"),
        (["これは赤い箱です。よく見える", "青い箱があります。小さい"], "texts", ""),
        ([*map(str, range(0, 90, 3)), "NA"] * 2, "left out", "holds numbers but for 'NA' (2 cells)"),
        ([*map(str, range(0, 90, 3)), "NA", None] * 2, "left out", 'missing = ["NA"]'),
        (["18", "25", "65+"] * 5, "words", ""),
        (["1" * 100_000 + "x", "2"] * 2, "words", ""),  # minutes, were it tried where the digits end
        ([f"1,{row:03}" for row in range(0, 90, 3)] * 2, "left out", "may stand for thousands or decimals"),
    ],
)
def test_what_a_column_looks_like(cells, kind, why):
    look = look_of(cells)
    assert (look.kind, why in look.why) == (kind, True), look


def test_a_decimal_comma_makes_numbers(tmp_path):
    found = roles(tmp_path, some("picture", "site", ph=[f"{row % 7},5" for row in range(N)]))
    assert found.modalities[1].numeric == ("ph",)


def test_a_column_of_files_is_known_by_half_of_its_cells_and_one_that_is_there(tmp_path):
    half = ["images/0.png", "images/none.png", "none", "7"]
    cells = [half[row % 4] for row in range(N)]
    assert shape(roles(tmp_path / "1", some("site", look=cells)))["look"] == ("image", ("look",))
    left = roles(tmp_path / "2", some("picture", "site", look=[f"gone/{row}.jpg" for row in range(N)]))
    assert "none of which is in the folder" in left.ignored["look"]
    text = [f"see node.js or file{row}.json" for row in range(N)]
    assert shape(roles(tmp_path / "3", some("picture", say=text)))["say"] == ("text", ("say",))


@pytest.mark.parametrize(
    ("column", "name"), [("image_id", "image_id"), ("id", "image"), ("Datei (neu)", "Datei_neu"), ("絵", "image")]
)
def test_names_without_suffix_name_files_where_no_other_column_does(tmp_path, column, name):
    found = roles(tmp_path, some("site", **{column: [str(row) for row in range(N)]}))
    assert shape(found)[name] == ("image", (column,))
    assert found.id == ("id" if column == "id" else None)
    assert not found.notes


def test_ids_that_name_a_file_twice_are_none(tmp_path):
    found = roles(tmp_path, some("caption", id=[str(row // 2) for row in range(N)]))
    assert (found.id, shape(found)["image"]) == (None, ("image", ("id",)))
    assert len(found.notes) == 1


def test_ids_may_name_files_in_task_toml_but_are_no_text(tmp_path):
    columns = some("site", id=[str(row) for row in range(N)])
    said = 'id = "id"\n[modalities.shot]\nkind = "image"\ncolumn = "id"\n[modalities.table]\nkind = "tabular"\n'
    assert roles(tmp_path / "1", columns, said).id == "id"
    [fault] = refused(tmp_path / "2", columns, said.replace('"image"', '"text"'))
    assert "is 'id', and so is id; keep one" in fault


def test_one_column_names_files_of_several_kinds_and_so_may_task_toml(tmp_path):
    texts = {f"captions/{row}.txt": f"a text {row}" for row in range(N)}
    columns = some("label", shot=[str(row) for row in range(N)])
    wanted = {"image": ("image", ("shot",)), "text": ("text", ("shot",))}
    guessed = roles(tmp_path / "1", columns, **texts)
    assert shape(guessed) == wanted
    assert all(one.in_files for one in guessed.modalities)
    said = "".join(f'[modalities.{kind}]\nkind = "{kind}"\ncolumn = "shot"\n' for kind in wanted)
    described = roles(tmp_path / "2", columns, said, **texts)
    assert (shape(described), [one.in_files for one in described.modalities]) == (wanted, [True, True])
    [fault] = refused(tmp_path / "3", columns, said.replace('"text"', '"image"'), **texts)
    assert "is 'shot', and so is modalities.image.column; keep one" in fault


def test_an_id_that_could_name_files_stays_an_id_where_another_column_names_them(tmp_path):
    found = roles(tmp_path, some("picture", "site", id=[str(row) for row in range(N)]))
    assert (found.id, shape(found)["picture"]) == ("id", ("image", ("picture",)))


def test_graphs_are_found_by_their_ids_in_lines(tmp_path):
    lines = "\n".join(json.dumps({"id": f"g{row}", "nodes": [], "edges": []}) for row in range(N))
    found = roles(tmp_path, some("picture", molecule=[f"g{row}" for row in range(N)]), **{"all.jsonl": lines})
    assert shape(found) == {"picture": ("image", ("picture",)), "molecule": ("graph", ("molecule",))}


def test_texts_may_be_files(tmp_path):
    files = {f"texts/{row}.txt": f"a text {row}" for row in range(N)}
    found = roles(tmp_path, some("picture", say=[*files]), **files)
    assert (shape(found)["say"], found.modalities[1].in_files) == (("text", ("say",)), True)
    assert not roles(tmp_path, some("picture", "caption")).modalities[1].in_files


def test_several_columns_of_a_kind_are_modalities_each(tmp_path):
    more = {"front": COLUMNS["picture"], "back": COLUMNS["picture"][::-1]}
    assert list(shape(roles(tmp_path, more))) == ["front", "back"]


def test_one_file_for_all_rows_is_no_modality(tmp_path):
    found = roles(tmp_path, some("caption", "site", graph=["all.json"] * N), **{"all.json": "{}"})
    assert "what is around each node" in found.ignored["graph"]


# -- task.toml


def test_task_toml_overrides_the_guess(tmp_path):
    toml = """
    label = "site"
    id = "name"
    ignore = ["day"]
    [modalities.look]
    column = "picture"
    means = {answer = "label"}
    [modalities.readings]
    kind = "tabular"
    title = "Lab"
    numeric = ["ph"]
    category = ["id"]
    """
    found = roles(tmp_path, COLUMNS, toml)
    assert (found.label, found.id, found.split, found.group) == ("site", "name", "split", "group")
    assert shape(found) == {"look": ("image", ("picture",)), "readings": ("tabular", ("ph", "id"))}
    assert [one.title for one in found.modalities] == ["Picture", "Lab"]
    assert found.modalities[0].means == {"answer": "label"}
    assert found.ignored == {"caption": "is in no modality of task.toml", "day": "ignored in task.toml"}


def test_a_modality_may_be_called_as_its_column_and_a_table_has_what_is_left(tmp_path):
    found = roles(tmp_path, COLUMNS, "[modalities.Picture]\n[modalities.rest]\nkind = 'tabular'")
    assert shape(found) == {"Picture": ("image", ("picture",)), "rest": ("tabular", ("ph", "site"))}
    assert found.ignored["caption"] == "is in no modality of task.toml"


def test_columns_of_a_table_without_a_kind_are_guessed_each(tmp_path):
    found = roles(tmp_path, COLUMNS, "[modalities.picture]\n[modalities.t]\ncolumns = ['site', 'ph', 'day']")
    assert (found.modalities[1].numeric, found.modalities[1].category) == (("ph",), ("site", "day"))


def test_modalities_may_mean_what_one_column_says(tmp_path):
    toml = "[modalities.picture]\nmeans = {c = 'site'}\n[modalities.caption]\nmeans = {c = 'site'}"
    assert [one.means for one in roles(tmp_path, COLUMNS, toml).modalities] == [{"c": "site"}] * 2


TWO = "[modalities.picture]\n[modalities.caption]\n"


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        ("label = 'lable'", "task.toml, line 1, key 'label': names the column 'lable', which metadata.csv does not "
         "have; write 'label'"),
        ("\nignore = ['Day']", "task.toml, line 2, key 'ignore': names the column 'Day'"),
        (TWO + "means = {a = 'sit'}", "line 3, key 'modalities.caption.means.a': names the column 'sit'"),
        ("label = 'site'\ngroup = 'site'", "line 2, key 'group': is 'site', and so is label; keep one"),
        ("label = 'site'\nignore = ['site']", "line 2, key 'ignore': is 'site', and so is label"),
        ("split = 'picture'\n" + TWO, "key 'split'"),
        (TWO + "[modalities.t]\nnumeric = ['ph']\ncategory = ['ph']", "line 5, key 'modalities.t.category': is 'ph'"),
        (TWO + "[modalities.b]\ncolumn = 'picture'", "line 4, key 'modalities.b.column': is 'picture'"),
        (TWO + "means = {a = 'picture'}", "is 'picture', and so is"),
        ("label = 'site'\n" + TWO + "means = {a = 'site'}", "alignment by the label would be classification"),
        (TWO + "means = {a = 'twin'}", "line 3, key 'modalities.caption.means.a': names 'twin', which says of each "
         "sample just what its label says; leave it out: alignment by the label would be classification"),
        ("[modalities.none]\nkind = 'image'\n" + TWO, "line 1, key 'modalities.none': has no column; write column ="),
        (TWO + "[modalities.a]\nkind = 'tabular'\n[modalities.b]\nkind = 'tabular'\n", "and so has modalities.a"),
        (TWO.partition("\n")[0], "gives 1 modality: picture ('picture'), and concepts are shared between two at least"),
    ],
)  # fmt: skip
def test_what_task_toml_says_wrongly_is_one_sentence_with_its_line(tmp_path, toml, fault):
    twin = ["ja" if one == "yes" else "nein" for one in COLUMNS["label"]]
    (said,) = refused(tmp_path, COLUMNS | {"twin": twin}, toml)
    assert fault in said


def test_every_fault_of_task_toml_is_told(tmp_path):
    toml = "label = 'a'\nid = 'b'\n" + TWO + "means = {c = 'e'}"
    assert len(refused(tmp_path, COLUMNS, toml)) == 3


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (("label", "picture"), "gives 1 modality: picture ('picture'), and concepts are shared between two at least;"),
        (("label",), "gives 0 modalities, and"),
        (("picture", "day"), "; 'day' holds dates;"),
    ],
)
def test_fewer_than_two_modalities_are_refused_and_what_was_left_out_is_said(tmp_path, columns, says):
    (said,) = refused(tmp_path, some(*columns))
    assert says in said


def test_a_kind_of_ones_own_is_guessed_as_others_are(tmp_path, monkeypatch):
    from fifth_kind import SERIES

    monkeypatch.setitem(KINDS, "series", SERIES)
    files = {f"s/{row}.txt": "1 2 3 4" for row in range(N)}
    toml = "[modalities.s]\nkind = 'series'\n[modalities.picture]"
    found = roles(tmp_path, some("picture", s=[*files]), toml, **files)
    assert shape(found)["s"] == ("series", ("s",))
