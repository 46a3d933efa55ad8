"""Annotations in a folder: what is kept comes back, whatever people write, and whoever else writes meanwhile."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from sharcs_core.checkpoints import load_run
from sharcs_core.errors import UserError
from sharcs_core.guided import annotating
from sharcs_core.guided.annotating import add, add_memory, annotation_at, annotation_folder, folders_of, kept_of, remove
from sharcs_core.guided.annotation_sheet import SHEET, rows_of
from sharcs_core.guided.folder import load_explained
from sharcs_core.guided.taught import MOST_LETTERS, Annotation, checked_sentence, id_of, mask_of_painting, remembered
from sharcs_core.readers.checks import InputError
from sharcs_core.storage import StorageError
from sharcs_core.trainings.folders import bring_zip

SIZE = (24, 32)


def picture(seed):
    return np.random.default_rng(seed).integers(0, 256, (*SIZE, 3)).astype(np.uint8)


def box(top=3, left=5, bottom=9, right=20):
    mask = np.zeros(SIZE, dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


HOSTILE = (
    "../../etc/passwd",
    "<script>alert(1)</script> a cube",
    '=HYPERLINK("http://here","a cube")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    'a "quoted", cell; with\tall | separators',
    "one\r\ntwo\n\nthree",
    "a\x00b \u202egpj.exe\u2066",
    "'; drop table metadata; --",
    "ein Würfel, 立方体, кубик",
    "sep=;",
    "1,5",
    "pictures/0123456789abcdef.png",
    "NA",
)


def read_back(folder):
    """Picture → label, mask and sentence, as the next training reads them."""
    found = load_explained(folder, SIZE)
    return {
        id_of(pixels): (found.classes[label], mask, sentence)
        for samples in found.samples.values()
        for pixels, label, mask, sentence in zip(
            samples.pixels, samples.labels, samples.masks, samples.sentences, strict=True
        )
    }


def test_what_is_kept_is_read_back_exactly_whatever_people_write(tmp_path):
    folder = tmp_path / "taught"
    masks = [None if n % 3 == 0 else box(n % 5, n, 9 + n, 20 + n % 7) for n in range(len(HOSTILE))]
    for n, (text, mask) in enumerate(zip(HOSTILE, masks, strict=True)):
        add(folder, Annotation(picture(n), f"class {n % 2}", mask, text))
    add(folder, Annotation(picture(99), "class 1", box(), ""))
    read = read_back(folder)
    assert len(read) == len(HOSTILE) + 1
    for n, (text, mask) in enumerate(zip(HOSTILE, masks, strict=True)):
        label, own_mask, sentence = read[id_of(picture(n))]
        assert label == f"class {n % 2}"
        assert sentence == checked_sentence(text)
        assert np.array_equal(own_mask, np.zeros(SIZE, dtype=bool) if mask is None else mask)
    label, own_mask, sentence = read[id_of(picture(99))]
    assert sentence == ""
    assert np.array_equal(own_mask, box())
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert all(name == "metadata.csv" or name.split("/")[0] in ("pictures", "masks") for name in names)
    assert len(list(tmp_path.iterdir())) == 1  # nothing lies elsewhere


def test_no_sentence_begins_a_formula_or_holds_what_cannot_be_seen():
    for text in HOSTILE:
        said = checked_sentence(text)
        assert said[0] not in "=+-@"
        assert said.isprintable()
        assert checked_sentence(said) == said


def test_what_is_said_anew_stands_in_place_of_what_was_said_before(tmp_path):
    folder = tmp_path / "taught"
    add(folder, Annotation(picture(0), "a", box(), ""))
    add(folder, Annotation(picture(1), "b", None, "another"))
    add(folder, Annotation(picture(0), "b", box(1, 1, 4, 4), "two words"))
    rows = rows_of(folder)
    assert [row.id for row in rows] == [id_of(picture(1)), id_of(picture(0))]
    own = kept_of(folder, picture(0))
    assert (own.label, own.sentence) == ("b", "two words")
    assert np.array_equal(own.pixels, picture(0))
    assert np.array_equal(own.mask, box(1, 1, 4, 4))
    assert len(list((folder / "masks").iterdir())) == 1  # the former one is gone
    assert kept_of(folder, picture(2)) is None


def test_an_annotation_is_taken_back_with_its_files(tmp_path):
    folder = tmp_path / "taught"
    first, second = (add(folder, Annotation(picture(n), "a", box(), "so")) for n in range(2))
    remove(folder, first.id)
    remove(folder, "0" * 16)
    assert rows_of(folder) == (second,)
    assert {path.stem for path in (folder / "pictures").iterdir()} == {second.id}
    remove(folder, second.id)
    assert rows_of(folder) == ()
    add(folder, Annotation(picture(3), "a", None, "again"))
    assert len(rows_of(folder)) == 1


@pytest.mark.parametrize(
    ("mask", "sentence", "says"),
    [
        (None, "", "Nothing is said of the picture yet"),
        (None, " \n ", "Nothing is said of the picture yet"),
        (np.zeros(SIZE, dtype=bool), "words", "The mask is empty"),
        (np.ones(SIZE, dtype=bool), "words", "The mask is all on"),
        (np.ones((3, 4), dtype=bool), "words", "The mask is 4 × 3, its picture 32 × 24"),
        (None, "?! __ …", "has no words"),
        (box(), "=+-@", "has no words"),
        (None, "a " * MOST_LETTERS, f"A sentence can have {MOST_LETTERS} letters"),
    ],
)
def test_what_says_nothing_is_refused_in_a_sentence_and_nothing_is_lost(tmp_path, mask, sentence, says):
    folder = tmp_path / "taught"
    add(folder, Annotation(picture(0), "a", box(), "so"))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(UserError, match=says) as error:
        add(folder, Annotation(picture(0), "a", mask, sentence))
    assert "\n" not in str(error.value)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    with pytest.raises(UserError, match="has no class"):
        add(folder, Annotation(picture(0), " ", box(), "so"))


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".", "..", ".hidden", "/etc", "C:", "nul", "~", "a" * 200, "-x"])
def test_a_folder_has_a_name_that_leads_nowhere_else(tmp_path, name):
    with pytest.raises(StorageError):
        annotation_folder(tmp_path, name)
    assert not list(tmp_path.iterdir())


def test_other_folders_are_left_as_they_are(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").write_bytes(b"a cat")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "metadata.csv").write_text("image,label\ncat.png,cat\n", encoding="utf-8")
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "metadata.csv").write_bytes(b"\xff\xfe\x00")
    row = '"image","label","visual_explanation","textual_explanation"\n"../cat.png","cat","",""\n'
    (tmp_path / "led").mkdir()
    (tmp_path / "led" / "metadata.csv").write_text(row, encoding="utf-8")
    add(tmp_path / "taught", Annotation(picture(0), "a", None, "so"))
    for name in ("photos", "own", "file", "link", "bad", "led"):
        with pytest.raises(UserError) as error:
            add(annotation_folder(tmp_path, name), Annotation(picture(0), "a", None, "so"))
        assert "\n" not in str(error.value)
    assert folders_of(tmp_path) == ("taught",)
    assert folders_of(tmp_path / "none") == ()
    assert not (tmp_path / "elsewhere").exists()


def test_two_who_write_at_once_lose_nothing(tmp_path):
    folder = tmp_path / "taught"

    def write(n):
        add(folder, Annotation(picture(n), "a", box(), f"the {n}"))
        if n % 4 == 0:
            remove(folder, id_of(picture(n)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(16)))
    assert {row.sentence for row in rows_of(folder)} == {f"the {n}" for n in range(16) if n % 4}
    assert all(annotation_at(folder, row).mask is not None for row in rows_of(folder))


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    folder = tmp_path / "taught"
    add(folder, Annotation(picture(0), "a", box(), "so"))
    write = annotating.write_bytes

    def fails(path, content):
        if path.name == SHEET:
            raise StorageError("The disk is full; make room")
        write(path, content)

    monkeypatch.setattr(annotating, "write_bytes", fails)
    with pytest.raises(StorageError):
        add(folder, Annotation(picture(0), "b", box(1, 1, 3, 3), "otherwise"))
    monkeypatch.undo()
    own = kept_of(folder, picture(0))
    assert (own.label, own.sentence) == ("a", "so")
    assert np.array_equal(own.mask, box())


def test_an_export_is_the_folder_as_it_is_and_can_be_brought_elsewhere(tmp_path):
    folder = tmp_path / "taught"
    some = [Annotation(picture(n), "ab"[n % 2], box() if n else None, f"the {n}") for n in range(3)]
    for one in some:
        add(folder, one)
    content = annotating.zipped(folder)
    assert content == annotating.zip_of(some)  # without a folder too
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }
    name = bring_zip(tmp_path / "elsewhere", "taught.zip", io.BytesIO(content))
    assert rows_of(tmp_path / "elsewhere" / name) == rows_of(folder)
    (folder / rows_of(folder)[0].image).unlink()
    with pytest.raises(UserError, match="cannot be read"):
        annotating.zipped(folder)


def test_what_a_model_remembers_stands_before_what_people_said_and_changes_none_of_it(tmp_path):
    folder = tmp_path / "taught"
    own = add(folder, Annotation(picture(1), "b", box(), "mine"))
    memory = [Annotation(picture(n), "a", None, "") for n in range(4)]
    assert add_memory(folder, memory) == 3
    assert add_memory(folder, memory) == 0
    rows = rows_of(folder)
    assert [row.id for row in rows] == [id_of(picture(n)) for n in (0, 2, 3, 1)]
    assert rows[-1] == own
    found = load_explained(folder, SIZE)
    assert sum(map(len, found.samples.values())) == 4
    assert len(read_back(folder)) == 4


def test_what_is_remembered_is_told_as_far_as_it_is_known(shipped_runs):
    run = load_run(shipped_runs / "clevr_reasons")
    some = list(remembered(run.bank, run.card.target.names, "image", "text"))
    sides = run.bank.sides
    assert len(some) == len(run.bank)
    masks = sides["image"].inputs.arrays["mask"]
    assert [one.mask is not None for one in some] == masks.any((1, 2)).tolist()
    for row in (int(masks.any((1, 2)).argmax()), int(masks.any((1, 2)).argmin())):
        assert np.array_equal(some[row].pixels, sides["image"].inputs.arrays["pixels"][row])
        assert some[row].mask is None or np.array_equal(some[row].mask, masks[row] > 0)
        assert some[row].sentence == str(sides["text"].inputs.arrays["texts"][row])
        assert some[row].label == run.card.target.names[run.bank.labels[row]]
    assert not any(one.sentence for one in remembered(run.bank, run.card.target.names, "image", None))


def painted(bright, size=(480, 640)):
    sheet = np.zeros(size, dtype=np.uint8)
    sheet[bright] = 255
    content = io.BytesIO()
    Image.fromarray(sheet).save(content, "PNG")
    return content.getvalue()


def test_a_painting_becomes_a_mask_of_the_pictures_size():
    mask = mask_of_painting(painted(np.s_[60:180, 100:400]), SIZE)
    assert np.array_equal(mask, box(3, 5, 9, 20))
    assert mask_of_painting(painted(np.s_[0:0]), SIZE) is None
    assert mask_of_painting(painted(np.s_[101:103, 101:103]), SIZE).sum() == 1  # a dot does not vanish
    assert mask_of_painting(painted(np.s_[:]), SIZE).all()
    with pytest.raises(InputError):
        mask_of_painting(b"no picture", SIZE)


def test_a_picture_of_one_channel_is_kept_in_colours(tmp_path):
    grey = picture(0)[..., 0]
    add(tmp_path / "taught", Annotation(grey, "a", box(), ""))
    assert np.array_equal(kept_of(tmp_path / "taught", grey).pixels, np.repeat(grey[..., None], 3, 2))
    assert id_of(grey) == id_of(grey[..., None])
