"""``size``: pictures that are brought to another size than the usual one, in training and ever after."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from made_folders import csv_of, folder
from sharcs_core.kinds.image import ImageForm
from sharcs_core.kinds.image.form import LONGEST_SIDE
from sharcs_core.tasks.folder.again import data_again
from sharcs_core.tasks.folder.description import description_of
from sharcs_core.tasks.folder.faults import FolderError
from sharcs_core.tasks.folder.task import folder_task

N = 20
TOML = """[modalities.picture]
kind = "image"
column = "picture"
{}
[modalities.text]
kind = "text"
column = "text"
{}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path_factory.mktemp("cache")))


def picture(row, size):
    content = io.BytesIO()
    values = np.random.default_rng(row).integers(0, 255, (size[1], size[0], 3))
    Image.fromarray(values.astype(np.uint8)).save(content, "PNG")
    return content.getvalue()


def made(path, of_picture="", of_text="", size=(200, 150)):
    rows = [
        (f"r{row}", ("no", "yes")[row % 2], f"p/{row}.png", f"it is {('red', 'blue')[row % 2]}") for row in range(N)
    ]
    pictures = {f"p/{row}.png": picture(row, size) for row in range(N)}
    sheet = csv_of(("id", "label", "picture", "text"), *rows)
    folder(path, {"metadata.csv": sheet, "task.toml": TOML.format(of_picture, of_text), **pictures})
    return path


def faults_of(text):
    with pytest.raises(FolderError) as caught:
        description_of(text.encode())
    return [str(fault) for fault in caught.value.faults]


def form_and_pixels(path):
    task = folder_task(path).task
    return task.card.modality("picture").form, task.data.train.inputs["picture"].arrays["pixels"]


def test_pictures_keep_the_pixels_that_the_usual_size_would_lose(tmp_path):
    made(tmp_path, "size = [150, 200]")
    form, pixels = form_and_pixels(tmp_path)
    assert (form.height, form.width) == (150, 200)
    wanted = {picture(row, (200, 150)) for row in range(N)}
    assert {np.asarray(Image.open(io.BytesIO(content))).tobytes() for content in wanted} >= {
        own.tobytes() for own in pixels
    }
    again, _ = form_and_pixels(tmp_path)  # from the cache
    assert again == form


def test_without_it_the_longer_side_is_the_usual_one(tmp_path):
    form, _ = form_and_pixels(made(tmp_path))
    assert (form.height, form.width) == (72, LONGEST_SIDE)


def test_a_size_that_is_changed_does_not_meet_pictures_of_the_former_in_the_cache(tmp_path):
    form_and_pixels(made(tmp_path))
    (tmp_path / "task.toml").write_text(TOML.format("size = [150, 200]", ""))
    _, pixels = form_and_pixels(tmp_path)
    assert pixels.shape[1:] == (150, 200, 3)
    (tmp_path / "task.toml").write_text(TOML.format("size = [30, 40]", ""))
    _, pixels = form_and_pixels(tmp_path)
    assert pixels.shape[1:] == (30, 40, 3)


def test_all_else_of_the_form_is_that_of_the_pictures(tmp_path):
    with_size, _ = form_and_pixels(made(tmp_path / "one", "size = [60, 96]"))
    without, _ = form_and_pixels(made(tmp_path / "two"))
    assert with_size == ImageForm(60, 96, **{name: getattr(without, name) for name in ("channels", "bits", "ground")})


def test_a_run_is_measured_on_pictures_as_large_as_it_was_trained_on(tmp_path):
    task = folder_task(made(tmp_path, "size = [150, 200]")).task
    again = data_again(task.card, tmp_path, {})
    pixels = np.concatenate(
        [split.inputs["picture"].arrays["pixels"] for split in (again.train, again.validation, again.test)]
    )
    assert pixels.shape == (N, 150, 200, 3)
    own = {
        one.tobytes()
        for split in (task.data.train, task.data.validation, task.data.test)
        for one in split.inputs["picture"].arrays["pixels"]
    }
    assert {one.tobytes() for one in pixels} == own


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("size = [100]", "must be two numbers (got [100]); write [height, width] in pixels"),
        ("size = [100, 100, 30]", "must be two numbers (got [100, 100, 30]); write"),
        ("size = 100", "must be a list"),
        ("size = [7, 100]", "must be at least 8"),
        ("size = [100, 5000]", "must be at most 4096"),
        ("size = [100.5, 96]", "must be a whole number"),
        ('size = ["96", 96]', "must be a whole number"),
    ],
)
def test_what_is_no_size_is_refused_at_its_line(line, says):
    (fault,) = faults_of(f"[modalities.picture]\n{line}\n")
    assert fault.startswith("task.toml, line 2, key 'modalities.picture.size': ")
    assert says in fault


def test_a_size_of_what_has_none_is_refused(tmp_path):
    with pytest.raises(
        FolderError, match=r"key 'modalities\.text\.size': is for pictures, not for 'text'; leave it out"
    ):
        folder_task(made(tmp_path, of_text="size = [96, 96]"))
