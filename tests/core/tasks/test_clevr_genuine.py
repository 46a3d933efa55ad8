"""What the original generator of CLEVR writes, read from folders that look like it, whole and hostile."""

import json
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sharcs_core.tasks.clevr import Clevr
from sharcs_core.tasks.clevr.genuine import MIN_SCENES, split_scenes
from sharcs_core.tasks.clevr.questions import KEY_NAMES, WORDS
from sharcs_core.tasks.mnist.source import DataError

N_SCENES = 60
SIZES, MATERIALS, SHAPES = ("large", "small"), ("rubber", "metal"), ("cube", "sphere", "cylinder")


def name_of(number: int) -> str:
    return f"CLEVR_new_{number:06d}.png"


def picture(number: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """A picture whose left half says its number, and its right half that it is a picture."""
    pixels = np.full((size[1], size[0], 3), 200, dtype=np.uint8)
    pixels[:, : size[0] // 2] = number
    return Image.fromarray(pixels)


def keys_shown() -> list[int]:
    return np.random.default_rng(0).integers(96, size=N_SCENES).tolist()


def scene_of(number: int, key: int, n_objects: int = 1) -> dict:
    size, colour, material, shape = KEY_NAMES[key].split()
    thing = {"size": size, "color": colour, "material": material, "shape": shape, "3d_coords": [0.5, 1.5, 0.7]}
    return {"image_index": number, "image_filename": name_of(number), "objects": [thing] * n_objects}


def question(number: int, words: str, answer: object) -> dict:
    return {"image_filename": name_of(number), "question": words, "answer": answer, "question_index": number}


def questions_of(keys: list[int]) -> list[dict]:
    """A question answered yes and one answered no about every scene."""
    yes = [question(number, KEY_NAMES[key], "yes") for number, key in enumerate(keys)]
    no = [question(number, KEY_NAMES[(key + 1) % 96], "no") for number, key in enumerate(keys)]
    return yes + no


def write(folder: Path, questions: object, scenes: object = None, pictures: str = "") -> Path:
    (folder / pictures).mkdir(parents=True, exist_ok=True)
    for number in range(N_SCENES):
        picture(number).save(folder / pictures / name_of(number))
    (folder / "CLEVR_questions.json").write_text(json.dumps({"info": {"split": "new"}, "questions": questions}))
    if scenes is not None:
        (folder / "CLEVR_scenes.json").write_text(json.dumps({"info": {}, "scenes": scenes}))
    return folder


def load(folder: Path, seed: int = 0, n_train: int | None = None):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return Clevr().load(seed, folder, n_train)


def refused(folder: Path) -> str:
    with pytest.raises(DataError) as error:
        load(folder)
    message = str(error.value)
    assert "\n" not in message
    return message


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("genuine"), questions_of(keys_shown()))


@pytest.fixture(scope="module")
def data(folder):
    return load(folder)


def check_split(split) -> None:
    """Every sample against the questions as they were written."""
    samples = split.samples()
    keys = keys_shown()
    for row, label in enumerate(split.labels):
        number = int(samples["image"].arrays["pixels"][row, 60, 10, 0])
        words = " ".join(WORDS[token] for token in samples["text"].arrays["tokens"][row])
        assert number == split.sample_sources()["image"][row]
        assert label == (words == KEY_NAMES[keys[number]])


def test_a_folder_of_the_generator_is_read_whole(data):
    numbers = [set(split.sources["image"]) for split in (data.train, data.validation, data.test)]
    assert set().union(*numbers) == set(range(N_SCENES))
    assert sum(len(some) for some in numbers) == N_SCENES
    keys = keys_shown()
    for split in (data.train, data.validation, data.test):
        assert split.semantics["image"].tolist() == [keys[number] for number in split.sources["image"]]
        assert split.inputs["image"].arrays["pixels"].shape[1:] == (120, 160, 3)
        np.testing.assert_array_equal(split.inputs["image"].arrays["pixels"][:, 60, 10, 0], split.sources["image"])
    assert data.source.name == "clevr-genuine"


def test_validation_and_test_ask_what_was_brought(data):
    for split in (data.validation, data.test):
        check_split(split)
        assert len(split) == 2 * len(split.inputs["image"])
        assert split.labels.mean() == 0.5
        assert len(set(split.sources["text"])) == len(split)


def test_training_asks_anew_as_of_scenes_of_our_own(data):
    task = Clevr()
    pairing, labels = task.pair(data.train, np.random.default_rng(0))
    asked, shown = data.train.semantics["text"][pairing["text"]], data.train.semantics["image"][pairing["image"]]
    np.testing.assert_array_equal(labels, asked == shown)
    assert labels.sum() == len(labels) // 2
    assert len(labels) == len(data.train.inputs["image"])
    assert sum(mask.sum() for mask in task.difficulties(data.test).values()) == len(data.test)


def test_the_seed_chooses_what_validates_and_never_what_tests(folder, data):
    other, again = load(folder, seed=4), load(folder)
    np.testing.assert_array_equal(other.test.sources["image"], data.test.sources["image"])
    assert set(other.validation.sources["image"]) != set(data.validation.sources["image"])
    np.testing.assert_array_equal(again.train.sources["image"], data.train.sources["image"])
    np.testing.assert_array_equal(again.train.pairing["text"], data.train.pairing["text"])
    assert other.source == again.source == data.source


def test_splits_share_no_scene_whatever_the_seed():
    for seed in range(5):
        parts = split_scenes(200, seed)
        assert sorted(np.concatenate(list(parts.values()))) == list(range(200))
        assert [len(rows) for rows in parts.values()] == [140, 12, 48]


def test_some_scenes_to_train_on(folder, data):
    few = load(folder, n_train=10)
    assert len(few.train) == 10
    assert set(few.train.sources["image"]) < set(data.train.sources["image"])
    assert len(few.test) == len(data.test)
    with pytest.raises(ValueError, match="n_train"):
        load(folder, n_train=1000)


def test_the_source_names_the_content(folder, data, tmp_path):
    same = load(write(tmp_path / "same", questions_of(keys_shown()), pictures="images"))
    assert same.source == data.source
    copied = write(tmp_path / "other", questions_of(keys_shown()))
    picture(99).save(copied / name_of(0))
    assert load(copied).source.sha256 != data.source.sha256


@pytest.mark.parametrize(
    ("yes", "no", "shape"),
    [
        ("true", "false", "{}"),
        (True, False, "{}"),
        ("YES", "No", "Is there a {}?"),
        (" Yes ", "FALSE", "does the picture show a {} ?!"),
    ],
)
def test_ways_to_ask_and_to_answer(tmp_path, data, yes, no, shape):
    answers = {"yes": yes, "no": no}
    asked = [
        {**each, "question": shape.format(each["question"]).upper(), "answer": answers[each["answer"]]}
        for each in questions_of(keys_shown())
    ]
    read = load(write(tmp_path, asked))
    np.testing.assert_array_equal(read.test.labels, data.test.labels)
    np.testing.assert_array_equal(read.test.inputs["text"].arrays["tokens"], data.test.inputs["text"].arrays["tokens"])


def test_synonyms_are_kept_and_mean_the_same(tmp_path, data):
    other = {"large": "big", "small": "tiny", "rubber": "matte", "metal": "shiny", "cube": "block", "sphere": "ball"}
    asked = [
        {**each, "question": " ".join(other.get(word, word) for word in each["question"].split())}
        for each in questions_of(keys_shown())
    ]
    read = load(write(tmp_path, asked))
    np.testing.assert_array_equal(read.test.semantics["text"], data.test.semantics["text"])
    said = {WORDS[token] for token in read.test.inputs["text"].arrays["tokens"].ravel()}
    assert said & set(other.values())
    assert not said & set(other)


def test_other_sizes_and_sub_folders_of_pictures(tmp_path):
    write(tmp_path, questions_of(keys_shown()), pictures="images")
    for number in range(N_SCENES):
        picture(number, (480, 320)).save(tmp_path / "images" / name_of(number))
    check_split(load(tmp_path).test)


# -- what a scene shows ---------------------------------------------------------------------------------------------


def test_the_scenes_json_says_what_no_yes_says(tmp_path, data):
    keys = keys_shown()
    no = [each for each in questions_of(keys) if each["answer"] == "no"]
    read = load(write(tmp_path, no, [scene_of(number, key) for number, key in enumerate(keys)]))
    np.testing.assert_array_equal(read.train.semantics["image"], data.train.semantics["image"])
    assert read.test.labels.sum() == 0


@pytest.mark.parametrize("sub", ["", "scenes", "questions"])
def test_where_the_json_files_lie(tmp_path, sub):
    keys = keys_shown()
    folder = write(tmp_path, questions_of(keys), [scene_of(number, key) for number, key in enumerate(keys)])
    (folder / sub).mkdir(exist_ok=True)
    for name in ("CLEVR_questions.json", "CLEVR_scenes.json"):
        os.replace(folder / name, folder / sub / name)
    (folder / "notes.json").write_text("[1, 2]")
    check_split(load(folder).test)


def test_scenes_of_which_nothing_is_known_are_left_out_and_counted(tmp_path):
    keys = keys_shown()
    asked = [each for each in questions_of(keys) if each["answer"] == "no" or each["image_filename"] > name_of(3)]
    folder = write(tmp_path, asked)
    with pytest.warns(UserWarning, match=r"4 of 60 scenes are left out: no scenes JSON and no question answered yes"):
        read = Clevr().load(0, folder)
    splits = (read.train, read.validation, read.test)
    assert sum(len(split.inputs["image"]) for split in splits) == N_SCENES - 4
    shown = {int(value) for split in splits for value in split.inputs["image"].arrays["pixels"][:, 60, 10, 0]}
    assert shown == set(range(4, N_SCENES))


def test_too_few_scenes(tmp_path):
    few = [each for each in questions_of(keys_shown()) if each["image_filename"] < name_of(29)]
    assert f"at least {MIN_SCENES} scenes with questions (got 29)" in refused(write(tmp_path / "few", few))
    unknown = [each for each in questions_of(keys_shown()) if each["answer"] == "no"]
    assert "(got 0; 60 of 60 scenes are left out" in refused(write(tmp_path / "unknown", unknown))


# -- faults -----------------------------------------------------------------------------------------------------------


def with_first(tmp_path: Path, **changes: object) -> str:
    """What is said when the first question is changed so."""
    asked = questions_of(keys_shown())
    asked[0] |= changes
    return refused(write(tmp_path, asked))


def test_no_folder_and_no_questions(tmp_path):
    assert "There is no folder" in refused(tmp_path / "nowhere")
    assert "No questions in" in refused(tmp_path)
    assert '{"questions": [{"image_filename"' in refused(tmp_path)
    (tmp_path / "notes.json").write_text("{}")
    assert "none of notes.json is one" in refused(tmp_path)


def test_several_files_of_questions(tmp_path):
    folder = write(tmp_path, questions_of(keys_shown()))
    (folder / "questions").mkdir()
    (folder / "questions" / "more.json").write_text(json.dumps({"questions": questions_of(keys_shown())}))
    assert "2 JSON files with questions (CLEVR_questions.json, questions/more.json)" in refused(folder)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "it is not JSON that one can read (line 1, column 2)"),
        (b"\xff\xfe\x00", "it is not UTF-8 text"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"questions": ' + b"9" * 5000 + b"}", "it holds a number of too many digits"),
        (b"", "it is not JSON that one can read (line 1, column 1)"),
        (b"nothing", "it is not JSON that one can read (line 1, column 1)"),
        (b'{"questions": [], "questions": []}', "it has 'questions' twice in one object"),
        (b'{"questions": ["\\udc00"]}', "it holds half a character"),
    ],
    ids=["cut", "bytes", "deep", "digits", "empty", "words", "twice", "half"],
)
def test_what_is_no_json(tmp_path, content, says):
    (tmp_path / "CLEVR_questions.json").write_bytes(content)
    assert f"CLEVR_questions.json cannot be read as JSON: {says}" in refused(tmp_path)


def test_coordinates_that_are_no_number_are_nothing_to_us(tmp_path, data):
    asked = [{**each, "pixel_coords": [float("nan"), float("inf")]} for each in questions_of(keys_shown())]
    assert load(write(tmp_path, asked)).source == data.source


def test_that_memory_ran_out_is_not_called_damage(tmp_path, monkeypatch):
    folder = write(tmp_path, questions_of(keys_shown()))
    monkeypatch.setattr(Path, "read_bytes", lambda path: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(MemoryError):
        load(folder)


@pytest.mark.parametrize("values", [[], {}, "all", None, 3])
def test_questions_that_are_no_list(tmp_path, values):
    (tmp_path / "a.json").write_text(json.dumps({"questions": values}))
    assert "a.json: questions must be a list with something in it (got " in refused(tmp_path)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "it must be an object (got None)"),
        ([], "it must be an object (got [])"),
        ("large red metal cube", "it must be an object (got 'large red metal cube')"),
        ({}, "image_filename must be given"),
        ({"question": "x", "answer": "yes"}, "image_filename must be given"),
        ({"image_filename": name_of(0), "answer": "yes"}, "question must be given"),
        ({"image_filename": name_of(0), "question": "x"}, "answer must be given"),
    ],
)
def test_a_question_that_lacks_something(tmp_path, value, says):
    asked = [*questions_of(keys_shown()), value]
    message = refused(write(tmp_path, asked))
    assert f"CLEVR_questions.json: question 120: {says}; expected " in message
    assert '{"questions": [{"image_filename": …' in message


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("large pink metal cube", "has the word 'pink', which is not known; use one word each for size: large"),
        ("large metal cube", "names no colour; add one of gray, red"),
        ("large red blue metal cube", "contradicts itself in colour: red and blue"),
        ("is it not a large red metal cube?", "has the word 'not'"),
        ("", "holds no words"),
        ("large " * 200, "is too long (1,200 characters)"),
    ],
)
def test_a_question_that_is_none(tmp_path, words, says):
    message = with_first(tmp_path, question=words)
    assert "CLEVR_questions.json: question 0" in message
    assert says in message


@pytest.mark.parametrize("value", [None, 3, ["large"], {}])
def test_a_question_that_is_no_sentence(tmp_path, value):
    assert "question 0: question must be text (got" in with_first(tmp_path, question=value)


@pytest.mark.parametrize("value", ["maybe", 1, None, 2.5, ["yes"], ""])
def test_an_answer_that_is_none(tmp_path, value):
    assert "question 0: answer must be yes or no (got" in with_first(tmp_path, answer=value)


@pytest.mark.parametrize(
    "name",
    ["../secret_000000.png", "/etc/secret.png", "images/../../x.png", "C:\\x.png", "..\\x.png", "a\0.png", "C:x.png"],
)
def test_no_name_leads_outside_the_folder(tmp_path, name):
    picture(0).save(tmp_path / "secret_000000.png")
    assert "image_filename must stay inside the folder" in with_first(tmp_path / "data", image_filename=name)


def test_no_link_leads_outside_the_folder(tmp_path):
    folder = write(tmp_path / "data", questions_of(keys_shown()))
    picture(0).save(tmp_path / "secret.png")
    (folder / name_of(0)).unlink()
    (folder / name_of(0)).symlink_to(tmp_path / "secret.png")
    assert "is a link that leads outside the folder" in refused(folder)


@pytest.mark.parametrize("name", [None, 3, "", "scene.jpg", ["a.png"]])
def test_a_picture_must_be_a_png(tmp_path, name):
    must = "be the name of a PNG file" if isinstance(name, str) else "be text"
    assert f"image_filename must {must} (got " in with_first(tmp_path, image_filename=name)


def test_a_picture_that_is_missing(tmp_path):
    folder = write(tmp_path, questions_of(keys_shown()))
    (folder / name_of(7)).unlink()
    message = refused(folder)
    assert f"The picture {name_of(7)} is missing: it is neither in {folder} nor in {folder / 'images'}" in message


def test_a_folder_in_the_place_of_a_picture(tmp_path):
    folder = write(tmp_path, questions_of(keys_shown()))
    (folder / name_of(0)).unlink()
    (folder / name_of(0)).mkdir()
    assert "CLEVR_new_000000.png is missing" in refused(folder)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"no picture at all", "is not a PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "damaged"),
        (b"\x89PNG" + b"x" * 26_000_000, "is too large"),
    ],
)
def test_a_picture_that_cannot_be_read(tmp_path, content, says):
    folder = write(tmp_path, questions_of(keys_shown()))
    (folder / name_of(7)).write_bytes(content)
    message = refused(folder)
    assert name_of(7) in message
    assert says in message


def test_two_yes_to_different_questions(tmp_path):
    asked = questions_of([5] * N_SCENES)
    message = refused(write(tmp_path, [*asked, question(3, KEY_NAMES[70], "yes")]))
    assert f"question 120 is answered yes, but {name_of(3)} shows a {KEY_NAMES[5]}" in message
    assert "one object a scene" in message


def test_a_no_to_what_is_shown(tmp_path):
    asked = [*questions_of([5] * N_SCENES), question(3, KEY_NAMES[5], "no")]
    assert f"question 120 is answered no, but {name_of(3)} shows a {KEY_NAMES[5]}" in refused(write(tmp_path, asked))


OBJECT = {"size": "large", "color": "red", "material": "metal", "shape": "cube"}


@pytest.mark.parametrize(
    ("scenes", "says"),
    [
        ([scene_of(0, 5, n_objects=2)], "must say one object for CLEVR_new_000000.png (got 2)"),
        ([scene_of(0, 5, n_objects=0)], "must say one object for CLEVR_new_000000.png (got 0)"),
        (
            [{"image_filename": name_of(0), "objects": "cube"}],
            "CLEVR_new_000000.png: objects must be a list (got 'cube')",
        ),
        ([{"image_filename": name_of(0)}], "CLEVR_new_000000.png: objects must be given"),
        ([{"objects": []}], "Scene 0 of the scenes JSON: image_filename must be given"),
        (["cube"], "Scene 0 of the scenes JSON: it must be an object (got 'cube')"),
        (
            [{"image_filename": name_of(0), "objects": [OBJECT | {"size": "huge"}]}],
            "says size 'huge' for CLEVR_new_000000",
        ),
        ([{"image_filename": name_of(0), "objects": [{"size": "large"}]}], "objects.0.color must be given"),
        ([{"image_filename": name_of(0), "objects": [OBJECT | {"size": ["large"]}]}], "objects.0.size must be text"),
        ([scene_of(0, 5), scene_of(0, 6)], "lists CLEVR_new_000000.png twice"),
        ([scene_of(0, 6)], "by the scenes JSON or another question"),
        ([], "scenes must be a list with something in it (got [])"),
    ],
)
def test_scenes_that_do_not_say_what_they_must(tmp_path, scenes, says):
    assert says in refused(write(tmp_path, questions_of([5] * N_SCENES), scenes))


def test_scenes_that_nobody_asks_about_are_not_looked_at(tmp_path):
    scenes = [scene_of(number, 5, n_objects=3) for number in range(1000, 1010)]
    assert len(load(write(tmp_path, questions_of([5] * N_SCENES), scenes)).train) > 0


def test_messages_quote_little_of_what_they_refuse(tmp_path):
    assert len(with_first(tmp_path, answer="x" * 10_000)) < 400
