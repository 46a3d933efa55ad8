"""Pictures of any kind → pixels, and back."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from sharcs_core.checkpoints.pictures import packed, unpacked
from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.image import shifted
from sharcs_core.errors import UserError
from sharcs_core.kinds import form_from_json
from sharcs_core.kinds.image import IMAGE, ImageForm
from sharcs_core.kinds.image.fitting import LONGEST_SIDE
from sharcs_core.kinds.image.paper import paper
from sharcs_core.kinds.kind import Paper, form_values
from sharcs_core.readers.checks import InputError
from sharcs_core.structures import Inputs
from sharcs_core.tensors import to_tensors


def rng(seed=0):
    return np.random.default_rng(seed)


def pixels_of(form, *raws):
    return IMAGE.prepare(form, raws)[0].arrays["pixels"]


def notes_of(form, raw):
    return " · ".join(IMAGE.prepare(form, [raw])[1][0])


def saved(picture, suffix="png", **options):
    buffer = io.BytesIO()
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    picture.save(buffer, format={"png": "PNG", "jpg": "JPEG", "webp": "WebP"}[suffix], **options)
    return buffer.getvalue()


def from_file(form, content, name="a.png"):
    raw, notes = IMAGE.read(form, name, content)
    inputs, further = IMAGE.prepare(form, [raw])
    return inputs.arrays["pixels"][0], (*notes, *further[0])


def random_array(of, seed, size=(20, 30)):
    """Pictures of every type and shape that people have."""
    draw = rng(seed)
    return {
        "bool": lambda: draw.random(size) > 0.5,
        "uint8": lambda: draw.integers(0, 256, size, dtype=np.uint8),
        "uint8 one channel": lambda: draw.integers(0, 256, (*size, 1), dtype=np.uint8),
        "uint8 grey and opacity": lambda: draw.integers(0, 256, (*size, 2), dtype=np.uint8),
        "uint8 colour": lambda: draw.integers(0, 256, (*size, 3), dtype=np.uint8),
        "uint8 colour and opacity": lambda: draw.integers(0, 256, (*size, 4), dtype=np.uint8),
        "int64": lambda: draw.integers(0, 256, size),
        "digits": lambda: draw.integers(0, 17, size).astype(np.float64),
        "12 bits": lambda: draw.integers(0, 4096, size, dtype=np.uint16),
        "uint16": lambda: draw.integers(0, 65536, size, dtype=np.uint16),
        "uint16 colour": lambda: draw.integers(0, 65536, (*size, 3), dtype=np.uint16),
        "uint16 colour and opacity": lambda: draw.integers(0, 65536, (*size, 4), dtype=np.uint16),
        "int16": lambda: draw.integers(-1000, 3000, size, dtype=np.int16),
        "float": lambda: draw.random(size),
        "float32 colour": lambda: draw.random((*size, 3), dtype=np.float32),
        "faint": lambda: draw.random(size) / 100,
        "from -1 to 1": lambda: draw.uniform(-1, 1, size),
        "measures": lambda: draw.gamma(2, 30, size),
    }[of]()


ARRAYS = (
    *("bool", "uint8", "uint8 one channel", "uint8 grey and opacity", "uint8 colour", "uint8 colour and opacity"),
    *("int64", "digits", "12 bits", "uint16", "uint16 colour", "uint16 colour and opacity", "int16", "float"),
    *("float32 colour", "faint", "from -1 to 1", "measures"),
)
MODES = (
    "1",
    "L",
    "LA",
    "La",
    "P",
    "PA",
    "RGB",
    "RGBA",
    "RGBa",
    "RGBX",
    "CMYK",
    "YCbCr",
    "HSV",
    "LAB",
    "I;16",
    "I",
    "F",
)


def random_picture(mode, seed, size=(20, 30)):
    colours = Image.fromarray(rng(seed).integers(0, 256, (*size, 4), dtype=np.uint8))
    if mode == "I;16":
        return Image.fromarray(rng(seed).integers(0, 65536, size, dtype=np.uint16))
    by_way_of = {"La": "LA", "PA": "P", "RGBa": "RGBA"}.get(mode, "L" if mode in ("I", "F") else "RGB")
    return colours.convert(mode) if mode in ("LA", "RGBA") else colours.convert(by_way_of).convert(mode)


# Written and read again.


def assert_files_bring_equal_pixels(raws):
    form = IMAGE.fit(raws)
    inputs, _ = IMAGE.prepare(form, raws)
    for row in range(len(raws)):
        file = IMAGE.write(form, inputs, row)
        pixels, notes = from_file(form, file.content, f"a{file.suffix}")
        assert pixels.dtype == inputs.arrays["pixels"].dtype
        np.testing.assert_array_equal(pixels, inputs.arrays["pixels"][row])
        assert not notes


@pytest.mark.parametrize("of", ARRAYS)
def test_arrays_of_every_type_come_back_from_png_as_they_were(of):
    assert_files_bring_equal_pixels([random_array(of, seed) for seed in range(4)])


@pytest.mark.parametrize("of", ARRAYS)
def test_arrays_that_must_be_scaled_down_or_padded_come_back_from_png(of):
    assert_files_bring_equal_pixels([random_array(of, 0, (130, 50)), random_array(of, 1, (9, 11))])


@pytest.mark.parametrize("mode", MODES)
def test_pil_pictures_of_every_mode_come_back_from_png(mode):
    assert_files_bring_equal_pixels([random_picture(mode, seed) for seed in range(3)])


@pytest.mark.parametrize("dark", [0, 1, 500, 1023])
def test_a_dark_picture_of_16_bits_comes_back_as_dark_as_it_was(dark):
    bright = random_array("uint16", 0)
    assert_files_bring_equal_pixels([bright, np.full((20, 30), dark, dtype=np.uint16)])
    assert_files_bring_equal_pixels([random_array("12 bits", 0), np.full((20, 30), dark, dtype=np.uint16)])


def test_colours_of_16_bits_keep_every_bit_in_a_file():
    colours = random_array("uint16 colour", 3)
    np.testing.assert_array_equal(pixels_of(IMAGE.fit([colours]), colours)[0], colours)
    form = IMAGE.fit([colours])
    file = IMAGE.write(form, IMAGE.prepare(form, [colours])[0], 0)
    np.testing.assert_array_equal(from_file(form, file.content)[0], colours)


def test_scikit_learns_digits_are_read_from_png_as_from_arrays():
    from sklearn.datasets import load_digits

    digits = load_digits().images[:200]
    form = IMAGE.fit(digits)
    assert (form.low, form.high, form.bits, form.channels) == (0, 16, 8, 1)
    for digit, pixels in zip(digits, pixels_of(form, *digits), strict=True):
        read, notes = from_file(form, saved(np.rint(digit / 16 * 255).astype(np.uint8)))
        np.testing.assert_array_equal(read, pixels)
        assert not notes


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA", "1", "I;16"])
def test_an_array_and_the_file_that_holds_it_are_prepared_alike(mode):
    pictures = [random_picture(mode, seed, (150, 40)) for seed in range(3)]
    form = IMAGE.fit(pictures)
    for picture, pixels in zip(pictures, pixels_of(form, *pictures), strict=True):
        np.testing.assert_array_equal(from_file(form, saved(picture))[0], pixels)


# One scale of brightness for all pictures.


@pytest.mark.parametrize("of", ["uint8", "digits", "12 bits", "uint16", "int16", "float", "faint", "measures"])
def test_a_darker_picture_is_darker_once_it_is_prepared(of):
    picture = random_array(of, 0).astype(np.float64)
    low = min(0.0, picture.min())
    darker = [low + (picture - low) * share for share in (0, 0.1, 0.3, 0.31, 0.7, 1)]
    pixels = pixels_of(IMAGE.fit([picture]), *darker)
    means = pixels.reshape(len(darker), -1).astype(np.float64).mean(1)
    assert (np.diff(means) > 0).all()
    share = pixels[3] / np.maximum(pixels[-1].astype(np.float64), 1)
    assert np.median(share[pixels[-1] > pixels[-1].max() / 4]) == pytest.approx(0.31, abs=0.01)


def test_brightness_keeps_its_order_across_files_of_8_and_16_bits():
    form = IMAGE.fit([random_array("uint16", 0)])
    levels = [(np.uint8, 0), (np.uint16, 20), (np.uint8, 1), (np.uint16, 1000), (np.uint8, 128), (np.uint16, 65000)]
    found = [int(from_file(form, saved(np.full((20, 30), value, dtype=of)))[0].max()) for of, value in levels]
    assert found == [0, 20, 257, 1000, 128 * 257, 65000]


def test_files_of_a_camera_that_leaves_bits_unused_are_read_on_the_scale_of_training():
    form = IMAGE.fit([random_array("12 bits", seed) for seed in range(3)])
    assert (form.high, form.bits, form.white) == (4095, 16, 4095)
    dim = np.full((20, 30), 100, dtype=np.uint16)  # of 7 bits
    np.testing.assert_array_equal(from_file(form, saved(dim))[0], pixels_of(form, dim)[0])
    assert pixels_of(form, dim)[0, 0, 0] == round(100 * 65535 / 4095)


def test_a_file_of_12_of_16_bits_is_brightened_where_training_had_8_and_it_is_said():
    form = IMAGE.fit([random_array("uint8", 0)])
    pixels, notes = from_file(form, saved(np.full((20, 30), 4095, dtype=np.uint16)))
    assert (pixels == 255).all()
    assert notes == ("The picture was brightened from the 12 of 16 bits that it uses",)


@pytest.mark.parametrize(
    ("values", "low", "high", "bits"),
    [
        ([False, True], 0, 1, 8),
        ([0, 1], 0, 1, 8),
        ([0.0, 16.0], 0, 16, 8),
        (np.array([0, 31], dtype=np.uint8), 0, 31, 8),
        (np.array([0, 32], dtype=np.uint8), 0, 255, 8),
        ([0, 200], 0, 255, 8),
        ([0, 256], 0, 1023, 16),
        ([0, 4000], 0, 4095, 16),
        ([0, 40000], 0, 65535, 16),
        ([0, 70000], 0, 70000, 16),
        ([-100, 100], -100, 100, 8),
        ([-1024, 3071], -1024, 3071, 16),
        ([0.0, 0.9], 0, 1, 8),
        ([-0.5, 0.9], -1, 1, 8),
        ([0.5, 100.5], 0, 100.5, 8),
        ([290.5, 291.5], 0, 291.5, 16),
        ([0.001, 0.002], 0, 1, 16),
        ([0, 0], 0, 1, 8),
        ([-1, -1], -1, 0, 8),
    ],
)
def test_black_and_white_are_found_in_what_training_has(values, low, high, bits):
    form = IMAGE.fit([np.tile(np.asarray(values), (8, 4))])
    assert (form.low, form.high, form.bits) == (low, high, bits)


def test_values_beyond_those_of_training_are_clipped_and_said_to_be():
    form = IMAGE.fit([np.tile([0.0, 16.0], (8, 4))])
    assert pixels_of(form, np.tile([-3.0, 99.0], (8, 4)))[0, 0, :2].tolist() == [0, 255]
    assert notes_of(form, np.tile([-3.0, 99.0], (8, 4))) == (
        "Values beyond 0 and 16, black and white in training, were clipped"
    )
    assert not notes_of(form, np.tile([0, 16], (8, 4)))


def test_bools_are_black_and_white_whatever_training_had():
    form = IMAGE.fit([random_array("uint8", 0)])
    assert set(np.unique(pixels_of(form, random_array("bool", 0)))) == {0, 255}


def test_fractions_beside_whole_numbers_are_refused():
    with pytest.raises(UserError, match="bring all on one scale"):
        IMAGE.fit([np.full((8, 8), 0.5), np.full((8, 8), 200)])


# Size: padded or scaled down, never squashed.


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (64, 48), (96, 96), (8, 96)])
def test_pictures_of_one_size_keep_it(size):
    picture = random_array("uint8", 0, size)
    form = IMAGE.fit([picture])
    assert (form.height, form.width) == size
    np.testing.assert_array_equal(pixels_of(form, picture)[0], picture)


@pytest.mark.parametrize(
    ("sizes", "size"),
    [
        ([(3000, 4000)], (72, 96)),
        ([(300, 400), (400, 300)], (96, 96)),
        ([(20, 30), (25, 10)], (25, 30)),
        ([(1, 1)], (8, 8)),
        ([(1, 10_000)], (8, 96)),
        ([(200, 200), (30, 40)], (96, 96)),
    ],
)
def test_the_size_is_that_of_the_largest_training_picture_within_bounds(sizes, size):
    form = IMAGE.fit([np.zeros(of, dtype=np.uint8) for of in sizes])
    assert (form.height, form.width) == size
    assert max(size) <= LONGEST_SIDE


def test_a_small_picture_is_set_in_the_middle_and_not_enlarged():
    form = ImageForm(20, 30, ground=(0.2,))
    picture = random_array("uint8", 0, (7, 10))
    pixels = pixels_of(form, picture)[0]
    np.testing.assert_array_equal(pixels[6:13, 10:20], picture)
    pixels[6:13, 10:20] = 51
    assert (pixels == 51).all()
    assert notes_of(form, picture) == "The picture was padded from 10 × 7 to 30 × 20"


@pytest.mark.parametrize("size", [(400, 400), (100, 300), (900, 200), (97, 97)])
def test_a_disc_stays_a_disc_however_large_its_picture(size):
    rows, columns = np.indices(size)
    radius = min(size) * 0.4
    disc = (np.hypot(rows - size[0] / 2 + 0.5, columns - size[1] / 2 + 0.5) < radius).astype(np.uint8) * 255
    pixels = pixels_of(ImageForm(96, 96), disc)[0]
    ink = pixels.astype(np.float64) / 255
    height, width = ink.sum(0).max(), ink.sum(1).max()
    assert height == pytest.approx(width, abs=0.6)
    assert height == pytest.approx(2 * radius * min(1, 96 / max(size)), abs=1)


def test_scaling_down_averages_and_never_overshoots():
    stripes = np.zeros((192, 192), dtype=np.uint8)
    stripes[:, 1::2] = 200
    pixels = pixels_of(ImageForm(96, 96), stripes)[0]
    assert np.abs(pixels[2:-2, 2:-2].astype(int) - 100).max() <= 1
    edge = np.zeros((200, 200))
    edge[:, 100:] = 255
    assert (np.diff(pixels_of(ImageForm(96, 96), edge)[0].astype(int), axis=1) >= 0).all()


def test_scaling_down_is_said_with_both_sizes():
    form = ImageForm(96, 96)
    assert notes_of(form, np.zeros((3000, 4000), dtype=np.uint8)) == (
        "The picture was scaled down from 4,000 × 3,000 to 96 × 72"
    )


# Colours and opacity.


def test_colours_that_are_all_grey_are_one_channel():
    grey = random_array("uint8", 0)
    form = IMAGE.fit([np.stack([grey] * 3, -1)])
    assert form.channels == 1
    np.testing.assert_array_equal(pixels_of(form, np.stack([grey] * 3, -1))[0], grey)


@pytest.mark.parametrize(("n_clear", "channels"), [(0, 3), (1, 3), (2, 3), (3, 4), (4, 4)])
def test_opacity_is_a_channel_where_most_pictures_have_something_transparent(n_clear, channels):
    clear = [random_array("uint8 colour and opacity", seed) for seed in range(n_clear)]
    opaque = [np.dstack([random_array("uint8 colour", seed), np.full((20, 30), 255, np.uint8)]) for seed in range(4)]
    assert IMAGE.fit([*clear, *opaque[n_clear:]]).channels == channels


def test_what_is_transparent_lies_on_the_ground_where_opacity_is_no_channel():
    form = ImageForm(8, 8, 3, ground=(0.0, 0.2, 1.0))
    picture = np.full((8, 8, 4), (250, 100, 0, 0), dtype=np.uint8)
    picture[0, 0, 3] = 255
    picture[0, 1, 3] = 51
    pixels = pixels_of(form, picture)[0]
    assert pixels[0, 0].tolist() == [250, 100, 0]
    assert pixels[0, 1].tolist() == [50, round(20 + 51 * 0.8), round(255 * 0.8)]
    assert pixels[5, 5].tolist() == [0, 51, 255]
    assert "transparent" in notes_of(form, picture)


def test_colour_under_what_is_wholly_transparent_says_nothing():
    shown = random_array("uint8 colour and opacity", 0)
    shown[..., 3] = np.where(shown[..., 3] < 128, 0, 255)
    hidden = shown.copy()
    hidden[shown[..., 3] == 0, :3] = 77
    form = IMAGE.fit([shown])
    assert form.channels == 4
    np.testing.assert_array_equal(*pixels_of(form, shown, hidden))


def test_transparent_colour_does_not_bleed_when_a_picture_is_scaled_down():
    picture = np.zeros((200, 200, 4), dtype=np.uint8)
    picture[:, 100:] = (0, 0, 255, 255)
    picture[:, :100] = (255, 0, 0, 0)  # red that cannot be seen
    pixels = pixels_of(ImageForm(95, 95, 4), picture)[0]
    seen = pixels[pixels[..., 3] > 0]
    assert (seen[:, 0] == 0).all()
    assert (seen[:, 2] == 255).all()


def test_colours_turn_grey_where_training_had_none_and_it_is_said():
    form = IMAGE.fit([random_array("uint8", 0)])
    colours = np.zeros((20, 30, 3), dtype=np.uint8)
    colours[..., 1] = 255
    assert (pixels_of(form, colours) == round(0.587 * 255)).all()
    assert notes_of(form, colours) == "The colours were turned to grey"


def test_grey_pictures_beside_colours_stay_grey_and_opaque():
    grey = random_array("uint8", 0)
    three, four = pixels_of(ImageForm(20, 30, 3), grey)[0], pixels_of(ImageForm(20, 30, 4), grey)[0]
    np.testing.assert_array_equal(three, np.stack([grey] * 3, -1))
    np.testing.assert_array_equal(four, np.dstack([three, np.full((20, 30), 255)]))


def test_the_ground_is_what_borders_mostly_are():
    framed = [np.full((10, 10), 250, dtype=np.uint8) for _ in range(5)]
    framed[0][:] = 0
    for picture in framed:
        picture[1:-1, 1:-1] = rng().integers(0, 256, (8, 8))
        picture[0, :4] = 3
    assert IMAGE.fit(framed).ground == (250 / 255,)


def test_the_ground_is_one_that_is_there_and_none_between_two():
    dark, bright = np.zeros((10, 10), dtype=np.uint8), np.full((10, 10), 255, dtype=np.uint8)
    assert IMAGE.fit([dark, bright]).ground in ((0.0,), (1.0,))


def test_what_is_transparent_is_no_ground():
    picture = np.full((10, 10, 4), (255, 0, 0, 0), dtype=np.uint8)
    picture[:, :3] = (0, 102, 255, 255)
    opaque = np.full((10, 10, 3), (0, 102, 255), dtype=np.uint8)
    assert IMAGE.fit([picture, picture, opaque]).ground[:3] == (0, 0.4, 1)
    assert IMAGE.fit([picture, opaque, opaque]).ground == (0, 0.4, 1)


def test_the_ground_of_pictures_that_are_transparent_all_round_is_transparent():
    picture = np.zeros((10, 10, 4), dtype=np.uint8)
    picture[3:6, 3:6] = (200, 0, 0, 255)
    form = IMAGE.fit([picture])
    assert form.ground[3] == 0
    assert (pixels_of(form, picture[2:7, 2:7])[0, 0] == pixels_of(form, picture)[0, 0]).all()


# The form.


@pytest.mark.parametrize("of", ["uint8 colour", "digits", "float", "12 bits", "uint8 colour and opacity"])
def test_the_order_of_training_pictures_changes_nothing(of):
    pictures = [random_array(of, seed, (8 + seed, 20 - seed)) for seed in range(9)]
    shuffled = [pictures[row] for row in rng(5).permutation(9)]
    assert IMAGE.fit(pictures) == IMAGE.fit(shuffled)


@pytest.mark.parametrize("of", ARRAYS)
def test_a_form_goes_through_json_unchanged(of):
    form = IMAGE.fit([random_array(of, 0)])
    assert form_from_json(json.loads(json.dumps(form_values(form)))) == form


def test_preparing_other_pictures_changes_neither_the_form_nor_those_of_training():
    training = [random_array("uint8", seed) for seed in range(3)]
    form = IMAGE.fit(training)
    before = pixels_of(form, *training)
    strange = [random_array("uint16 colour", 9, (300, 200)), random_array("measures", 9, (5, 5))]
    np.testing.assert_array_equal(pixels_of(form, *training, *strange)[:3], before)
    assert form == IMAGE.fit(training)


@pytest.mark.parametrize("wrong", [{"low": 3.0, "high": 3.0}, {"ground": (0.1, 0.2)}, {"channels": 2}, {"width": 0}])
def test_a_form_that_cannot_be_is_refused(wrong):
    with pytest.raises(UserError, match="form of a modality"):
        form_from_json({"kind": "image", "height": 8, "width": 8, **wrong})


# What is no picture.


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (np.zeros((0, 5)), "has no pixels"),
        (np.zeros((5, 0, 3)), "has no pixels"),
        (Image.new("L", (0, 3)), "has no pixels"),
        (np.full((5, 5), np.nan), "NaN"),
        (np.full((5, 5), np.inf), "NaN"),
        (np.full((5, 5), 1e300), "1e30"),
        (np.array([[object()]]), "not numbers"),
        (np.array([[None, 1]]), "not numbers"),
        (np.array([["a"]]), "not numbers"),
        (np.ones((3, 3), dtype=complex), "not numbers"),
        ("picture.png", "not numbers"),
        (None, "not numbers"),
        ([[1, 2], [3]], "no array of numbers"),
        (5, r"height, width"),
        (np.zeros((3, 28, 28)), r"transpose\(1, 2, 0\)"),
        (np.zeros((2, 9, 9, 3)), "one picture in each"),
        (np.zeros((9, 9, 5)), "1 to 4 channels"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_sentence(raw, says):
    with pytest.raises(UserError, match=says) as fitting:
        IMAGE.fit([np.zeros((8, 8)), raw])
    assert "Training picture 1 (counted from 0)" in str(fitting.value)
    with pytest.raises(UserError, match=says) as preparing:
        IMAGE.prepare(ImageForm(8, 8), [raw])
    assert str(preparing.value).startswith("The picture")
    assert "\n" not in str(preparing.value)


def test_no_training_picture_is_refused():
    with pytest.raises(UserError, match="bring at least one"):
        IMAGE.fit([])


def test_a_damaged_picture_of_pil_is_named_and_refused():
    content = saved(random_array("uint8 colour", 0, (60, 60)))
    with pytest.raises(UserError, match="The picture is damaged"):
        IMAGE.prepare(ImageForm(8, 8), [Image.open(io.BytesIO(content[: len(content) // 2]))])


def test_no_pictures_are_no_inputs_of_the_right_shape():
    inputs, notes = IMAGE.prepare(ImageForm(8, 9, 3), [])
    assert inputs.arrays["pixels"].shape == (0, 8, 9, 3)
    assert notes == ()


@pytest.mark.parametrize("raw", [np.zeros((1, 1)), np.zeros((1, 10_000), np.uint8), np.zeros((10_000, 1), bool)])
def test_pictures_of_one_pixel_and_of_one_line_can_be_read_and_learned_from(raw):
    form = IMAGE.fit([raw])
    assert_files_bring_equal_pixels([raw])
    assert pixels_of(ImageForm(28, 28), raw).shape == (1, 28, 28)
    assert scores(form, raw).shape == (1, 5)


# Files.


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.gif", b"GIF89a" + bytes(90), "a GIF.*PNG"),
        ("a.png", b"GIF89a" + bytes(90), "a GIF.*PNG"),
        ("a.tiff", b"II*\x00" + bytes(90), "TIFF.*PNG"),
        ("a.tif", b"MM\x00*" + bytes(90), "TIFF.*PNG"),
        ("a.dcm", bytes(128) + b"DICM" + bytes(90), "DICOM.*PNG"),
        ("a.svg", b"<?xml version='1.0'?><SVG xmlns=''></SVG>", "SVG.*PNG"),
        ("a.heic", b"\x00\x00\x00\x18ftypheic" + bytes(90), "HEIC.*JPEG"),
        ("a.bmp", b"BM" + bytes(90), "BMP.*PNG"),
        ("a.txt", b"hello", "choose a"),
        ("a.png", b"", "empty"),
        ("a.png", b"hello", "not a PNG, JPEG or WebP"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(30), "damaged"),
    ],
)
def test_other_formats_are_refused_with_the_way_round(name, content, says):
    with pytest.raises(InputError, match=says) as refused:
        IMAGE.read(ImageForm(8, 8), name, content)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("of", ["uint8 colour", "uint16", "uint16 colour"])
def test_a_file_that_is_cut_off_is_said_to_be_damaged(of):
    form = IMAGE.fit([random_array(of, 0)])
    content = IMAGE.write(form, IMAGE.prepare(form, [random_array(of, 0)])[0], 0).content
    with pytest.raises(InputError, match="damaged or cut off"):
        IMAGE.read(form, "a.png", content[: len(content) // 2])


@pytest.mark.parametrize(
    ("name", "suffix"), [("a.jpg", "jpg"), ("a.JPEG", "jpg"), ("a.jfif", "jpg"), ("a.webp", "webp")]
)
def test_lossy_formats_are_read_nearly_as_they_were(name, suffix):
    rows, columns = np.indices((40, 60))
    smooth = np.stack([rows * 5, columns * 4, rows + columns], -1).astype(np.uint8)
    pixels, notes = from_file(ImageForm(40, 60, 3), saved(smooth, suffix, quality=95), name)
    assert np.abs(pixels.astype(int) - smooth).mean() < 5
    assert not notes


def test_a_photo_is_turned_as_its_camera_data_say_from_a_file_and_from_pil_alike():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned to the right
    upright = np.zeros((60, 40), dtype=np.uint8)
    upright[:30] = 250
    content = saved(np.rot90(upright), "jpg", exif=exif, quality=95)
    form = ImageForm(60, 40)
    pixels, notes = from_file(form, content, "a.jpg")
    assert np.abs(pixels.astype(int) - upright).mean() < 5
    assert notes == ("The picture was turned as its camera data say",)
    np.testing.assert_array_equal(pixels_of(form, Image.open(io.BytesIO(content)))[0], pixels)


def test_of_an_animation_the_first_picture_is_read_and_it_is_said():
    frames = [Image.fromarray(np.full((20, 20), value, dtype=np.uint8)) for value in (10, 200)]
    pixels, notes = from_file(ImageForm(20, 20), saved(frames[0], save_all=True, append_images=frames[1:]))
    assert (pixels == 10).all()
    assert "first" in notes[0]


def test_a_photo_of_more_pixels_than_are_decoded_is_read_at_a_fraction_and_it_is_said():
    content = saved(Image.new("L", (6000, 4500), 90), "jpg")
    pixels, notes = from_file(ImageForm(72, 96), content, "a.jpg")
    assert np.abs(pixels.astype(int) - 90).max() <= 1
    assert notes[0] == "The picture was scaled down from 6,000 × 4,500 to 96 × 72"


@pytest.mark.parametrize("mode", ["L", "RGB", "I;16"])
def test_a_colour_that_a_file_declares_to_be_transparent_is(mode):
    picture = random_picture(mode, 0)
    values = np.asarray(picture)
    clear = values[0, 0].tolist()
    content = saved(picture, transparency=tuple(clear) if mode == "RGB" else clear)
    pixels, _ = from_file(ImageForm(20, 30, 4), content)
    hidden = (values == values[0, 0]).reshape(20, 30, -1).all(-1)
    np.testing.assert_array_equal(pixels[..., 3], np.where(hidden, 0, 255))


def test_a_picture_smaller_than_any_digit_is_read():
    assert from_file(ImageForm(8, 8), saved(np.full((1, 2), 255, dtype=np.uint8)))[0].sum() == 2 * 255


# Encoder and noise.


@torch.inference_mode()
def scores(form, *raws, n_local=5):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = IMAGE.encoder(IMAGE.settings(form), n_local).eval()
    return encoder(to_tensors(IMAGE.prepare(form, raws)[0])).numpy()


@pytest.mark.parametrize("size", [(8, 8), (8, 96), (15, 15), (28, 28), (72, 96), (96, 96)])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_every_form_has_an_encoder_that_reads_it(size, channels, bits):
    form = ImageForm(*size, channels, bits, high=float(2**bits - 1))
    picture = rng().integers(0, 2**bits, (*size, channels))
    found = scores(form, picture, np.zeros(size))
    assert found.shape == (2, 5)
    assert np.isfinite(found).all()
    assert np.abs(found[0] - found[1]).max() > 1e-4


def test_16_bits_are_read_as_8_are():
    eight = rng().integers(0, 256, (28, 28))
    sixteen = ImageForm(28, 28, bits=16, high=65535.0)
    np.testing.assert_allclose(scores(sixteen, eight * 257), scores(ImageForm(28, 28), eight), atol=1e-6)


def test_small_pictures_are_halved_once_and_mnists_twice():
    hidden = [IMAGE.settings(ImageForm(side, side)).hidden for side in (8, 13, 28, 96)]
    assert hidden == [(32, 64), (32, 64), (16, 32, 64), (16, 32, 64, 128)]


def test_an_encoder_looks_for_a_thing_where_it_is_asked_to():
    assert type(IMAGE.encoder(EncoderConfig("image", 3, (4, 8), positions=True), 5)).__name__ == "SceneEncoder"


@pytest.mark.parametrize("of", ARRAYS)
def test_a_run_keeps_pixels_of_every_kind(of):
    inputs, _ = IMAGE.prepare(IMAGE.fit([random_array(of, 0)]), [random_array(of, 0), random_array(of, 1)])
    kept = unpacked(packed(inputs.arrays))["pixels"]
    assert kept.dtype == inputs.arrays["pixels"].dtype
    np.testing.assert_array_equal(kept, inputs.arrays["pixels"])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_noise_blends_each_pixel_with_one_drawn_anew(dtype):
    top = np.iinfo(dtype).max
    pixels = rng().integers(0, top, (6, 9, 9), dtype=dtype, endpoint=True)
    found = IMAGE.perturb(Inputs("image", {"pixels": pixels}), 0.25, rng(1))["pixels"]
    noise = rng(1).integers(0, top + 1, pixels.shape, dtype=dtype).astype(np.float32)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, np.rint(0.75 * pixels.astype(np.float32) + 0.25 * noise).astype(dtype))
    whole = IMAGE.perturb(Inputs("image", {"pixels": pixels}), 1.0, rng(1))["pixels"]
    assert abs(np.corrcoef(whole.ravel(), pixels.ravel())[0, 1]) < 0.15
    assert whole.max() > top * 0.9


def test_pictures_are_moved_in_training_by_their_own_shifts():
    pixels = torch.arange(2 * 3 * 4, dtype=torch.uint8).view(2, 3, 4)
    moved = shifted(pixels, torch.tensor([[1, 0], [0, -2]]))
    assert moved[0].tolist() == [pixels[0, row].tolist() for row in (1, 2, 2)]
    assert moved[1].tolist() == [pixels[1, row, [0, 0, 0, 1]].tolist() for row in range(3)]
    config = EncoderConfig("image", 1, (8, 8), shift=2)
    drawn = IMAGE.vary(config, {"pixels": pixels.repeat(100, 1, 1)}, torch.Generator().manual_seed(0))["shifts"]
    assert drawn.shape == (200, 2)
    assert set(drawn.unique().tolist()) == {-2, -1, 0, 1, 2}
    with pytest.raises(UserError, match="shift"):
        EncoderConfig("tabular", 2, (4,), shift=1)


# -- what a hand draws on


def pictures(pixels):
    return Inputs("image", {"pixels": np.asarray(pixels, dtype=np.uint8)})


def test_drawings_have_a_paper_of_their_ground_and_photographs_have_none():
    form = ImageForm(4, 8, ground=(1.0,))
    drawn = np.full((3, 4, 8), 255)
    drawn[:, 1, 2:6] = 0
    noise = np.random.default_rng(0).integers(0, 256, (3, 4, 8))
    assert paper(form, pictures(drawn)) == Paper(8, 4, 1.0)
    assert paper(form, pictures(noise)) is None
    assert paper(replace(form, ground=(0.0,)), pictures(drawn)) is None  # what is bare is no ground of these
    assert paper(ImageForm(4, 8, 3), pictures(np.zeros((3, 4, 8, 3)))) is None
    assert paper(form, Inputs.withheld("image", 3)) is None
