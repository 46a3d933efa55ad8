"""A scene and a question that a person brings: what is read from them, and what each fault says."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sharcs_core.readers.checks import InputError
from sharcs_core.tasks.clevr.question_files import FILLERS, MAX_CHARACTERS, read_question, sentence_of, words_of
from sharcs_core.tasks.clevr.questions import KEY_NAMES, WORDING_KEYS, WORDINGS, WORDS, keys_of_tokens
from sharcs_core.tasks.clevr.scene_files import read_scene_image

# -- scenes -----------------------------------------------------------------------------------------------------------


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def scene(width: int = 160, height: int = 120) -> Image.Image:
    """A red patch in the upper left quarter of the picture's middle at 4:3, on a grey slope, blue bars beside it."""
    kept_width, kept_height = min(width, height * 4 // 3), min(height, width * 3 // 4)
    left, top = (width - kept_width) // 2, (height - kept_height) // 2
    slope = np.linspace(90, 150, kept_height)[:, None, None] * np.ones((kept_height, kept_width, 3))
    slope[kept_height // 4 : kept_height // 2, kept_width // 4 : kept_width // 2] = (173, 35, 35)
    pixels = np.full((height, width, 3), (42, 75, 215), dtype=np.uint8)
    pixels[top : top + kept_height, left : left + kept_width] = slope
    return Image.fromarray(pixels)


def pixels_of(name: str, content: bytes) -> tuple[np.ndarray, str]:
    inputs, notes = read_scene_image(name, content)
    assert inputs.kind == "image"
    assert inputs.arrays["pixels"].shape == (1, 120, 160, 3)
    assert inputs.arrays["pixels"].dtype == np.uint8
    return inputs.arrays["pixels"][0], " ".join(notes)


def fault_of(name: str, content: bytes) -> str:
    with pytest.raises(InputError) as error:
        read_scene_image(name, content)
    return str(error.value)


def assert_shows_the_scene(pixels: np.ndarray, tolerance: int = 3) -> None:
    """The same scene within a few levels, edges of the patch apart."""
    away = np.abs(pixels.astype(int) - np.asarray(scene()).astype(int)).max(2)
    inner = np.ones((120, 160), dtype=bool)
    for edge in (30, 60):
        inner[edge - 3 : edge + 3] = False
    for edge in (40, 80):
        inner[:, edge - 3 : edge + 3] = False
    inner[:, [0, 1, -1, -2]] = inner[[0, 1, -1, -2]] = False  # a trace of what was beside the part that is kept
    assert away[inner].max() <= tolerance


def test_a_picture_of_the_right_size_is_taken_as_it_is():
    pixels, notes = pixels_of("scene.png", encoded(scene()))
    np.testing.assert_array_equal(pixels, np.asarray(scene()))
    assert notes == ""


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (1600, 1200), (80, 60), (2400, 1800)])
def test_other_sizes_are_scaled(size):
    pixels, notes = pixels_of("scene.png", encoded(scene(*size)))
    assert_shows_the_scene(pixels, tolerance=6)
    assert notes == (
        f"The picture was {size[0]}×{size[1]}; it was scaled to 160×120, to be as the scenes that the model knows."
    )


@pytest.mark.parametrize("size", [(480, 320), (1920, 1080), (240, 240), (160, 400), (640, 120)])
def test_other_proportions_are_cropped_to_the_middle(size):
    pixels, notes = pixels_of("scene.png", encoded(scene(*size)))
    assert_shows_the_scene(pixels, tolerance=6)
    assert "cropped to its middle at 4:3" in notes
    assert f"The picture was {size[0]}×{size[1]};" in notes


def test_only_cropped_where_only_that_was_done():
    _, notes = pixels_of("scene.png", encoded(scene(200, 120)))
    assert "it was cropped to its middle at 4:3, to be" in notes


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", ".jpg"), ("JPEG", ".JPEG"), ("WEBP", ".webp")])
def test_other_formats(kind, suffix):
    pixels, _ = pixels_of(f"scene{suffix}", encoded(scene(640, 480), kind, quality=95))
    assert_shows_the_scene(pixels, tolerance=12)


def test_a_large_photo_is_decoded_at_a_fraction_and_noted_at_its_size():
    pixels, notes = pixels_of("scene.jpg", encoded(scene(4000, 3000), "JPEG", quality=90))
    assert_shows_the_scene(pixels, tolerance=12)
    assert "was 4000×3000" in notes


def test_transparent_parts_are_laid_over_grey():
    clear = scene(320, 240).convert("RGBA")
    alpha = np.full((240, 320), 255, dtype=np.uint8)
    alpha[:, 200:] = 0
    clear.putalpha(Image.fromarray(alpha))
    pixels, notes = pixels_of("scene.png", encoded(clear))
    assert (pixels[:, 102:] == 128).all()
    assert "laid over gray where it was transparent" in notes
    opaque, notes = pixels_of("scene.png", encoded(scene().convert("RGBA")))
    np.testing.assert_array_equal(opaque, np.asarray(scene()))
    assert notes == ""


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_the_camera_was_held(orientation):
    stored = {
        1: lambda picture: picture,
        2: lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda picture: picture.transpose(Image.Transpose.ROTATE_180),
        4: lambda picture: picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda picture: picture.transpose(Image.Transpose.TRANSPOSE),
        6: lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
        7: lambda picture: picture.transpose(Image.Transpose.TRANSVERSE),
        8: lambda picture: picture.transpose(Image.Transpose.ROTATE_270),
    }[orientation](scene(640, 480))
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels, notes = pixels_of("scene.png", encoded(stored, exif=exif))
    assert_shows_the_scene(pixels)
    assert ("turned as its camera data say" in notes) == (orientation > 1)
    assert "was 640×480" in notes


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "I;16", "CMYK", "YCbCr"])
def test_every_mode_of_picture_is_read(mode):
    picture = scene(320, 240).convert("L" if mode == "I;16" else "RGB" if mode in ("CMYK", "YCbCr") else mode)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    elif mode in ("CMYK", "YCbCr"):
        picture = picture.convert(mode)
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    pixels, _ = pixels_of("scene.jpg" if kind == "JPEG" else "scene.png", encoded(picture, kind))
    if mode in ("L", "I;16", "LA"):
        expected = np.asarray(scene(320, 240).convert("L"))[100, 80]
        assert np.abs(pixels[50, 40].astype(int) - int(expected)).max() <= 3
    if mode in ("CMYK", "YCbCr"):
        assert_shows_the_scene(pixels, tolerance=16)


def test_the_first_frame_of_an_animation():
    other = Image.new("RGB", (160, 120), "white")
    content = encoded(scene(), "WEBP", save_all=True, append_images=[other], lossless=True)
    pixels, notes = pixels_of("scene.webp", content)
    assert_shows_the_scene(pixels)
    assert "reduced to its first frame" in notes


def test_long_thin_pictures_are_cropped_too():
    tall = np.asarray(scene(160, 120))
    pixels, _ = pixels_of("scene.png", encoded(Image.fromarray(np.tile(tall, (30, 1, 1)))))
    assert pixels.shape == (120, 160, 3)


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size and holds nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("scene.gif", b"GIF89a", "is not a picture this page can read; choose a .png, .jpg, .jpeg, .jfif or"),
        ("scene.png", b"", "is empty (0 bytes)"),
        ("scene.png", b"x" * 26_000_000, "is too large (26.0 MB)"),
        ("scene.png", b"GIF89a", "is not a PNG, JPEG or WebP picture"),
        ("scene.png", encoded(scene())[:300], "is damaged or cut off"),
        ("scene.jpg", encoded(scene(640, 480), "JPEG")[:30], "is a damaged JPEG picture"),
        ("scene.png", png_header(20_000, 20_000), "is too large (20,000×20,000 pixels)"),
        ("scene.png", png_header(160, 120), "is damaged or cut off"),
        ("scene.png", encoded(Image.new("RGB", (7, 7))), "is too small (7×7 pixels)"),
        ("scene.png", encoded(Image.new("RGB", (640, 480), "gray")), "shows no object: it is of one colour all over"),
    ],
)  # fmt: skip
def test_every_fault_of_a_picture_is_named(name, content, says):
    message = fault_of(name, content)
    assert message.startswith(name)
    assert says in message


@pytest.mark.parametrize("seed", range(20))
def test_a_picture_with_broken_bytes_is_read_or_refused(seed):
    rng = np.random.default_rng(seed)
    kind = ("PNG", "JPEG", "WEBP")[seed % 3]
    content = np.frombuffer(encoded(scene(320, 240), kind), dtype=np.uint8).copy()
    content[rng.integers(12, len(content), size=5)] = rng.integers(256, size=5)
    with contextlib.suppress(InputError):
        pixels, _ = pixels_of("scene.png", content.tobytes())
        assert pixels.shape == (120, 160, 3)


# -- questions --------------------------------------------------------------------------------------------------------


LEFT_OUT = "Words that name no attribute were left out: "
FIRST_KEPT = "Of several words for the same attribute the first was kept."


def question_of(text: str | bytes) -> tuple[str, tuple[str, ...]]:
    """The words that were understood, and the notes."""
    inputs, notes = read_question("question.txt", text.encode() if isinstance(text, str) else text)
    assert inputs.kind == "text"
    assert inputs.arrays["tokens"].shape == (1, 4)
    return words_of(inputs.arrays["tokens"][0]), notes


def said_of(text: str | bytes) -> str:
    with pytest.raises(InputError) as error:
        read_question("question.txt", text.encode() if isinstance(text, str) else text)
    message = str(error.value)
    assert message.startswith("question.txt ")
    assert "\n" not in message
    return message


def test_every_wording_of_every_key_is_read_as_it_is_written():
    for tokens, key in zip(WORDINGS, WORDING_KEYS, strict=True):
        inputs, notes = read_question("a.txt", words_of(tokens).encode())
        assert inputs.arrays["tokens"].tolist() == [tokens.tolist()]
        assert notes == ()
        assert keys_of_tokens(inputs.arrays["tokens"])[0] == key
        sentence, _ = read_question("a.txt", sentence_of(tokens).encode())
        assert sentence.arrays["tokens"].tolist() == [tokens.tolist()]


@pytest.mark.parametrize(
    ("text", "words", "notes"),
    [
        ("Large RED metal Cube", "large red metal cube", ()),
        ("  large,red , metal-cube.\r\n", "large red metal cube", ()),
        (b"\xef\xbb\xbflarge red metal cube", "large red metal cube", ()),
        ("Is there a big red shiny cube?", "big red shiny cube", (LEFT_OUT + "is, there, a.",)),
        ("cube metal red large", "large red metal cube", ("The words were put in order: large red metal cube.",)),
        ("red large metal cube", "large red metal cube", ("The words were put in order: large red metal cube.",)),
        ("small grey matte ball", "small gray matte ball", ("grey was read as gray.",)),
        ("tiny red shiny spheres", "tiny red shiny sphere", ("spheres was read as sphere.",)),
        ("large big red metal cube", "large red metal cube", (FIRST_KEPT,)),
        ("large red red metal cube", "large red metal cube", (FIRST_KEPT,)),
        ("ｌａｒｇｅ red metal cube", "large red metal cube", ()),
        ("There’s a large red metal cube!", "large red metal cube", (LEFT_OUT + "there's, a.",)),
    ],
)  # fmt: skip
def test_questions_as_people_write_them(text, words, notes):
    assert question_of(text) == (words, notes)


def test_several_changes_are_all_noted():
    words, notes = question_of("Is the ball grey, shiny and small?")
    assert words == "small gray shiny ball"
    assert notes == (
        "Words that name no attribute were left out: is, the, and.",
        "grey was read as gray.",
        "The words were put in order: small gray shiny ball.",
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("large pink metal cube", "has the word 'pink', which is not known; use one word each for size: large, big, "),
        ("not a large red metal cube", "has the word 'not', which is not known"),
        ("large red metal cube or sphere", "has the word 'or'"),
        ("2 large red metal cubes", "has the word '2'"),
        ("red metal cube", "names no size; add one of large, big, small, tiny"),
        ("large metal cube", "names no colour; add one of gray, red, blue, green, brown, purple, cyan, yellow"),
        ("large red cube", "names no material; add one of rubber, matte, metal, metallic, shiny"),
        ("large red metal object", "names no shape; add one of cube, block, sphere, ball, cylinder"),
        ("large tiny red metal cube", "contradicts itself in size: large and tiny; keep one of them"),
        ("large red blue metal cube", "contradicts itself in colour: red and blue"),
        ("large red matte shiny cube", "contradicts itself in material: matte and shiny"),
        ("large red metal cube and a ball", "contradicts itself in shape: cube and ball"),
        ("", "is empty (0 bytes)"),
        (" \n\t ", "holds no words"),
        ("?!… 🙂", "holds no words"),
        (b"large red metal cube \xff", "is not UTF-8 text (byte 22"),
        ("large red metal cube " * 30, "is too long (630 characters)"),
    ],
)  # fmt: skip
def test_every_fault_of_a_question_is_named(text, says):
    assert says in said_of(text)


def test_an_unknown_word_is_quoted_in_short_and_on_one_line():
    message = said_of("large red metal " + "x" * 400)
    assert "xxx…" in message
    assert len(message) < 400


def test_other_files_are_refused():
    with pytest.raises(InputError, match=r"question\.docx is not a question this page can read; choose a \.txt file"):
        read_question("question.docx", b"large red metal cube")
    with pytest.raises(InputError, match="is too large"):
        read_question("question.txt", b"large red metal cube" * 500_000)


def test_words_around_say_nothing_of_an_attribute():
    assert not FILLERS & set(WORDS)
    assert not FILLERS & {"not", "no", "or", "but", "isn't", "without", "never", "two", "other"}


def test_sentences_read_as_sentences():
    assert sentence_of(WORDINGS[0]) == "Is there a large gray rubber cube?"
    assert words_of(WORDINGS[0]) == KEY_NAMES[0]
    assert words_of(np.array([1, 5, 0, 0])) == "large gray"
    assert max(len(sentence_of(tokens)) for tokens in WORDINGS) < MAX_CHARACTERS
