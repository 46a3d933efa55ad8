"""Many samples out of what comes without a folder of its own: what belongs together is found, or asked for."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import replace
from typing import ClassVar

import pytest
from PIL import Image

from sharcs_core.answers import ORDERS, Line, in_order, lines_of
from sharcs_core.brought import Brought
from sharcs_core.bundles import samples_of
from sharcs_core.errors import UserError
from sharcs_core.filling import cells_in, cells_of, fields_of, filled
from sharcs_core.kinds.image import ImageForm
from sharcs_core.structures import Unusual
from sharcs_core.tasks import get_task
from sharcs_core.tasks.card import Modality
from toy_task import NUMBERS, ToyTask

TASK = get_task("xor_and_xor")
BITS = "bit_0,bit_1,bit_2,bit_3,bit_4,bit_5"
TABLE = f"id,{BITS}\none,0,1,1,0,0,1\ntwo,1,1,1,0,0,1\n".encode()


@pytest.fixture(autouse=True)
def aside(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    assert not list(tmp_path.iterdir())


def samples(*files, task=TASK):
    with samples_of(task, [(name, io.BytesIO(content)) for name, content in files]) as brought:
        return [*brought.samples], brought.notes


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def refused(*files):
    with pytest.raises(UserError) as error:
        samples(*files)
    assert "\n" not in str(error.value)
    return str(error.value)


def graph(run):
    return TASK.write("graph", run.test_bank.sides["graph"].inputs, 0).content


@pytest.mark.parametrize("folder", ["", "my folder/", "a/b/"])
def test_the_folder_that_was_zipped_is_found_however_deep_it_lies(folder):
    found, notes = samples(("my.zip", zipped({f"{folder}metadata.csv": TABLE, "__MACOSX/x": b""})))
    assert [one.id for one in found] == ["one", "two"]
    assert [one.inputs["table"].arrays["values"].tolist() for one in found] == [
        [[0, 1, 1, 0, 0, 1]],
        [[1, 1, 1, 0, 0, 1]],
    ]
    assert notes == ("There is no column 'graph', so that it is missing in every row",)


def test_files_beside_a_sheet_lie_where_it_says_unless_it_says_two_places(xor_run):
    sheet = b"id,graph\na,graphs/here.json\nb,x/both.json\nc,y/both.json\nd," + b"z" * 300 + b"/long.json\n"
    files = [(name, graph(xor_run)) for name in ("here.json", "both.json", "long.json")]
    found, _ = samples(("metadata.csv", sheet), *files)
    assert [set(one.inputs) for one in found] == [{"graph"}, set(), set(), set()]
    assert all("no file" in one.faults["graph"] for one in found[1:])


def test_files_of_two_kinds_without_a_sheet_are_asked_for_one(xor_run):
    row = TASK.write("table", xor_run.test_bank.sides["table"].inputs, 0).content
    said = refused(("a.json", graph(xor_run)), ("b.csv", row))
    assert "Table of bits or Ring graph" in said
    assert "metadata.csv" in said


def test_files_of_one_name_are_a_sample(xor_run):
    row = TASK.write("table", xor_run.test_bank.sides["table"].inputs, 0).content
    found, _ = samples(("a.json", graph(xor_run)), ("a.csv", row), ("b.json", graph(xor_run)), ("c.csv", b"no"))
    assert {one.id: (set(one.inputs), set(one.faults)) for one in found} == {
        "a": ({"table", "graph"}, set()),
        "b": ({"graph"}, set()),
        "c": (set(), {"table"}),
    }


class TwoPictures(ToyTask):
    card = replace(
        ToyTask.card,
        modalities=(
            Modality("picture", "Picture", ImageForm(8, 8), NUMBERS),
            Modality("wide_picture", "Wide picture", ImageForm(8, 8), NUMBERS),
        ),
    )
    readers: ClassVar = {}
    suffixes: ClassVar = {}


def png(shade):
    content = io.BytesIO()
    Image.new("L", (8, 8), shade).save(content, "PNG")
    return content.getvalue()


def test_files_that_two_modalities_read_say_theirs_in_their_names_or_folders():
    names = ("cat_picture.png", "cat_wide_picture.png", "dog-Picture.png")
    beside, _ = samples(*[(name, png(40 * place)) for place, name in enumerate(names)], task=TwoPictures())
    paths = ("picture/cat.png", "wide_picture/cat.png", "picture/dog.png")
    in_folders, _ = samples(
        ("my.zip", zipped({f"my/{path}": png(40 * place) for place, path in enumerate(paths)})), task=TwoPictures()
    )
    for found in (beside, in_folders):
        assert {one.id: list(one.inputs) for one in found} == {"cat": ["picture", "wide_picture"], "dog": ["picture"]}
        (cat,) = (one for one in found if one.id == "cat")
        assert [int(inputs.arrays["pixels"].max()) for inputs in cat.inputs.values()] == [0, 40]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("cat.png", "cat_picture.png"), "_picture or _wide_picture"),
        (("cat_picture.png", "cat-picture.png"), "are both the picture of"),
        (("cat_picture.png", "dog_wide_picture.png"), "belong together"),
    ],
)
def test_files_that_say_too_little_or_the_same_are_asked_about(names, said):
    with pytest.raises(UserError, match=said):
        samples(*[(name, png(0)) for name in names], task=TwoPictures())


def test_a_file_that_cannot_be_read_is_a_fault_of_its_own_sample(xor_run):
    found, _ = samples(("good.json", graph(xor_run)), ("bad.json", b"{nodes"))
    assert {one.id: (set(one.inputs), set(one.faults)) for one in found} == {
        "good.json": ({"graph"}, set()),
        "bad.json": (set(), {"graph"}),
    }


@pytest.mark.parametrize(
    "files",
    [
        [("a.json", b"{}"), ("a.json", b"{}")],
        [("../a.json", b"{}")],
        [("a.zip", b"PK"), ("b.zip", b"PK")],
        [("a.exe", b"MZ")],
        [("a.zip", zipped({"inner.zip": b"PK"}))],
    ],
    ids=["twice", "out of the folder", "two zips", "another kind", "a zip in a zip"],
)
def test_what_makes_no_samples_is_refused_in_a_sentence(files):
    refused(*files)


# -- lines and forms


def test_lines_end_where_their_inputs_would_take_too_much_memory(xor_run):
    inputs = {name: side.inputs.take([0]) for name, side in xor_run.test_bank.sides.items()}
    n_bytes = sum(values.nbytes for one in inputs.values() for values in one.arrays.values())
    brought = [Brought(str(number), inputs) for number in range(9)]
    assert len(list(lines_of(xor_run, brought, most_bytes=3 * n_bytes))) == 3
    assert len(list(lines_of(xor_run, iter(brought), most=5))) == 5


def test_the_orders_put_doubt_first_and_leave_equal_lines_as_they_were():
    def line(answer, sure, score):
        unusual = None if score is None else Unusual("table", score, "far")
        return Line(Brought("x", {}), (), answer, sure, unusual=unusual)

    lines = [line(1, 0.9, 0.2), line(0, 0.6, 3.0), line(None, 0.0, None), line(1, 0.6, 0.2)]
    wanted = {
        "as they were brought": (0, 1, 2, 3),
        "the least sure first": (2, 1, 3, 0),
        "the most unusual first": (1, 0, 3, 2),
        "by answer": (1, 0, 3, 2),
    }
    assert {order: in_order(lines, order) for order in ORDERS} == wanted


def test_what_is_filled_in_comes_back_cell_by_cell(xor_run):
    cells = {'a "quoted", name': 'x,"y"', "two\nlines": " z ", "empty": ""}
    assert cells_of(filled(cells)) == cells
    inputs = xor_run.test_bank.sides["table"].inputs
    assert list(cells_in(TASK, "table", inputs)) == BITS.split(",")
    assert [field.kind for field in fields_of(TASK.card.modality("table"))] == ["bit"] * 6
    assert fields_of(TASK.card.modality("graph")) == ()
