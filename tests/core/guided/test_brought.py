"""Explanations that people bring: a folder with masks and boxes, the authors' files, and all that can be wrong."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from sharcs_core.guided.annotations import AnnotationError, mask_of_box
from sharcs_core.guided.folder import load_explained
from sharcs_core.guided.importing import ANNOTATIONS, CLASSES, import_annotations
from sharcs_core.tasks.folder.faults import FolderError

SIZE = (24, 32)
COLUMNS = ("id", "image", "label", "split", "visual_explanation", "textual_explanation")


def save(path, pixels):
    path.parent.mkdir(exist_ok=True, parents=True)
    Image.fromarray(pixels).save(path)


def mask(height=24, width=32):
    pixels = np.zeros((height, width), dtype=np.uint8)
    pixels[4:10, 6:12] = 255
    return pixels


def write_sheet(folder, rows, columns=COLUMNS):
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "made"
    for number in range(4):
        save(place / f"{number}.png", np.full((24, 32, 3), 40 * number, dtype=np.uint8))
    save(place / "masks" / "0.png", mask())
    write_sheet(
        place,
        [
            ("one", "0.png", "red", "train", "masks/0.png", "a red thing\nor a cherry"),
            ("two", "1.png", "blue", "train", "2 3 5 9", ""),
            ("three", "2.png", "red", "validation", "", "red again"),
            ("four", "3.png", "blue", "test", "", ""),
        ],
    )
    return place


def test_a_folder_with_masks_boxes_and_sentences_each_of_which_may_lack(folder):
    found = load_explained(folder, SIZE)
    train = found.samples["train"]
    assert found.classes == ("blue", "red")
    assert train.labels.tolist() == [1, 0]
    assert found.ids == {"train": ("one", "two"), "validation": ("three",), "test": ("four",)}
    assert np.array_equal(train.masks[0], mask() > 0)
    assert train.masks[1].sum() == 3 * 6
    assert train.masks[1][3:9, 2:5].all()
    assert train.sentences == ("a red thing", "")
    assert found.samples["validation"].annotated.tolist() == [False]
    assert (train.pixels[1] == 40).all()


def test_masks_are_resized_with_their_pictures_and_never_vanish(folder):
    tiny = np.zeros((24, 32), dtype=np.uint8)
    tiny[5, 5] = 255
    save(folder / "masks" / "0.png", tiny)
    found = load_explained(folder, (12, 16)).samples["train"]
    assert found.pixels.shape == (2, 12, 16, 3)
    assert np.argwhere(found.masks[0]).tolist() == [[2, 2]]


def test_rows_without_a_split_are_dealt(folder):
    write_sheet(folder, [(f"{n % 4}.png", "ab"[n % 2]) for n in range(20)], ("image", "label"))
    found = load_explained(folder, SIZE)
    assert {name: len(ids) for name, ids in found.ids.items()} == {"train": 14, "validation": 3, "test": 3}


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("masks/small.png", "is a mask of 10 × 12 for a picture of 32 × 24"),
        ("masks/empty.png", "is empty"),
        ("masks/full.png", "is all on"),
        ("masks/none.png", "there is no file"),
        ("masks/broken.png", "is not a PNG"),
        ("../masks/0.png", "folder"),
        ("20 3 40 9", "is a box outside of its picture of 32 × 24"),
        ("-1 3 4 9", "is a box outside"),
        ("5 5 5 9", "is empty"),
        ("0 0 32 24", "is all on"),
        ("1 2 3", "write the file of a mask, or a box"),
        ("somewhere", "write the file of a mask, or a box"),
    ],
)
def test_a_bad_explanation_is_told_with_its_row(folder, cell, says):
    save(folder / "masks" / "small.png", mask(12, 10))
    save(folder / "masks" / "empty.png", mask() * 0)
    save(folder / "masks" / "full.png", mask() * 0 + 255)
    (folder / "masks" / "broken.png").write_bytes(b"no picture")
    write_sheet(folder, [("one", "0.png", "red", "train", cell, "")])
    with pytest.raises(FolderError) as error:
        load_explained(folder, SIZE)
    assert says in str(error.value)
    assert "row 2, column 'visual_explanation'" in str(error.value)
    assert "\n" not in str(error.value)


def test_all_faults_are_found_in_one_pass(folder):
    rows = [
        ("a", "9.png", "red", "train", "", ""),
        ("b", "0.png", "", "train", "", ""),
        ("c", "0.png", "r", "x", "", ""),
    ]
    write_sheet(folder, rows)
    with pytest.raises(FolderError) as error:
        load_explained(folder, SIZE)
    assert [fault.row for fault in error.value.faults] == [2, 3, 4]
    write_sheet(folder, [("a", "9.png")], ("id", "picture"))
    with pytest.raises(FolderError, match="has no column 'image'"):
        load_explained(folder, SIZE)


@pytest.mark.parametrize("text", ["1e9 2 3 4", "", "1 2 3 4 5", "nan nan nan nan", "(1, 2, 3"])
def test_what_is_no_box_is_refused(text):
    with pytest.raises(AnnotationError):
        mask_of_box(text, SIZE)


# -- the authors' files


@pytest.fixture
def authors(tmp_path):
    place = tmp_path / "authors"
    save(place / "images" / "a.png", np.full((24, 32, 3), 90, dtype=np.uint8))
    save(place / "images" / "b.png", np.full((24, 32, 3), 30, dtype=np.uint8))
    save(place / "visual" / "a.png", mask())
    annotations = {
        "1": {"image_path": "images/a.png", "class_id": 7, "visual_exp": "visual/a.png", "exp": ["so", "and so"]},
        "x/2": {"image_path": "images/b.png", "class_id": 3, "visual_exp": "", "exp": []},
    }
    (place / CLASSES).write_text(json.dumps({"cat": 7, "dog": 3}), encoding="utf-8")
    (place / ANNOTATIONS).write_text(json.dumps(annotations), encoding="utf-8")
    return place


def edited(authors, **fields):
    path = authors / ANNOTATIONS
    annotations = json.loads(path.read_text(encoding="utf-8"))
    annotations["1"] |= fields
    path.write_text(json.dumps(annotations), encoding="utf-8")


def test_the_authors_files_become_a_folder_that_is_read_as_any_other(authors, tmp_path):
    assert import_annotations(authors, tmp_path / "made") == 2
    with (tmp_path / "made" / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["textual_explanation"] == "so\nand so"
    assert [row["label"] for row in rows] == ["cat", "dog"]
    assert rows[1]["visual_explanation"] == ""
    found = load_explained(tmp_path / "made", SIZE)
    assert sorted(sum(found.ids.values(), ())) == ["1", "x/2"]
    own = next(samples for samples in found.samples.values() if samples.annotated.any())
    assert np.array_equal(own.masks[own.annotated][0], mask() > 0)


def test_classes_may_be_mapped_the_other_way_round(authors, tmp_path):
    (authors / CLASSES).write_text(json.dumps({"7": "cat", "3": "dog"}), encoding="utf-8")
    import_annotations(authors, tmp_path / "made")
    assert load_explained(tmp_path / "made", SIZE).classes == ("cat", "dog")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"class_id": 99}, "has the class id 99, which label_class_id_mapping.json does not know"),
        ({"image_path": "images/none.png"}, "there is no file"),
        ({"image_path": 3}, "names 3 as a file"),
        ({"visual_exp": "visual/none.png"}, "there is no file"),
        ({"visual_exp": "images/b.png"}, "is empty"),
        ({"visual_exp": "../made.png"}, "folder"),
    ],
)
def test_a_bad_entry_is_told_by_its_id_and_nothing_is_written(authors, tmp_path, fields, says):
    edited(authors, **fields)
    with pytest.raises(FolderError) as error:
        import_annotations(authors, tmp_path / "made")
    assert says in str(error.value)
    assert "'1'" in str(error.value)
    assert not (tmp_path / "made").exists()


def test_half_an_annotation_is_told(authors, tmp_path):
    path = authors / ANNOTATIONS
    path.write_text(json.dumps({"1": {"image_path": "images/a.png"}, "2": "nothing"}), encoding="utf-8")
    with pytest.raises(FolderError, match="'1' is half an annotation, without 'class_id'") as error:
        import_annotations(authors, tmp_path / "made")
    assert len(error.value.faults) == 2


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"{}", b'{"a": NaN}'])
def test_files_that_are_no_annotations(authors, tmp_path, content):
    (authors / ANNOTATIONS).write_bytes(content)
    with pytest.raises(FolderError, match=ANNOTATIONS):
        import_annotations(authors, tmp_path / "made")


def test_a_folder_without_annotations(tmp_path):
    with pytest.raises(FolderError, match="is not in the folder"):
        import_annotations(tmp_path, tmp_path / "made")
