"""XOR-AND-XOR in three and four ways: what every rendering says, and what is read from people's own files."""

from __future__ import annotations

import io
from functools import cache
from itertools import permutations, product

import numpy as np
import pytest
from PIL import Image, ImageDraw

from sharcs_core.baselines import build_model
from sharcs_core.config import RunConfig
from sharcs_core.inference import concepts_of
from sharcs_core.structures import Inputs
from sharcs_core.tasks import get_task
from sharcs_core.tasks.files import InputError
from sharcs_core.tasks.xor import lamp_sentences as lamp
from sharcs_core.tasks.xor.lamp_files import read_lamp_sentence
from sharcs_core.tasks.xor.shape_files import read_shape_picture
from sharcs_core.tasks.xor.shape_pictures import shape_pictures
from sharcs_core.tasks.xor.xor_and_xor import XorAndXor, generate_split
from sharcs_core.tasks.xor.xor_ways import XorWays

TASK = XorWays(4)
NAMES = ("table", "graph", "image", "text")
PAIRS = list(permutations(NAMES, 2))
KEYS = np.repeat(np.arange(4), 60)

# -- slow readers, which know nothing of how the inputs were made --------------------------------------------------


@cache
def shape_templates() -> tuple[np.ndarray, np.ndarray]:
    """Shapes of all sizes and lines in the middle of 28×28, drawn large by Pillow and scaled down.

    Returns:
        The spectrum of each, less its mean and of length 1, (m, 28, 15); and the key that each says.
    """
    scale, middle = 20, 14 * 20
    found, keys = [], []
    for key, radius, line in product(range(4), np.arange(5.75, 10.5, 0.5), (1.5, 2.1, 2.7)):
        if key % 2 and line > 1.5:
            continue  # a filled shape has no line
        picture = Image.new("L", (2 * middle, 2 * middle))
        half = scale * radius * (np.sqrt(np.pi) / 2 if key // 2 else 1)
        draw = ImageDraw.Draw(picture)
        shape = draw.rectangle if key // 2 else draw.ellipse
        box = (middle - half, middle - half, middle + half, middle + half)
        shape(box, fill=255 if key % 2 else None, outline=255, width=round(scale * line))
        small = np.asarray(picture.resize((28, 28), Image.Resampling.BOX), dtype=float)
        small -= small.mean()
        found.append(small / np.linalg.norm(small))
        keys.append(key)
    return np.fft.rfft2(found).conj(), np.array(keys)


def best_template(pixels: np.ndarray) -> int:
    """Key of one picture (28, 28): that of the template which, somewhere in it, correlates best with it."""
    spectra, keys = shape_templates()
    places = np.fft.irfft2(np.fft.rfft2(pixels.astype(float)) * spectra, s=(28, 28))  # (m, shift down, shift across)
    return int(keys[places.max((1, 2)).argmax()])


def said_in(sentence: str) -> int:
    """Key of one sentence, by what a person would look for."""
    lamp_lit = {
        word: bit
        for bit, words in enumerate(("dark dim unlit extinguished", "lit bright glowing shining"))
        for word in words.split()
    }
    door_open = {
        word: bit
        for bit, words in enumerate(("shut closed locked bolted", "open ajar unlocked unbolted"))
        for word in words.split()
    }
    lamps = {lamp_lit[word] for word in sentence.split() if word in lamp_lit}
    doors = {door_open[word] for word in sentence.split() if word in door_open}
    assert len(lamps) == len(doors) == 1, sentence
    return 2 * lamps.pop() + doors.pop()


def edges_and_rings(neighbours: np.ndarray) -> int:
    """Key of one graph: which of the two rings are there."""
    heard = [set(row[row >= 0].tolist()) for row in neighbours]
    small = all((node + 1) % 4 in heard[node] for node in range(4))
    large = all(4 + (node + 1) % 6 in heard[4 + node] for node in range(6))
    return 2 * int(large) + int(small)


def sentences(inputs: Inputs) -> list[str]:
    return [" ".join(lamp.WORDS[token] for token in row if token) for row in inputs.arrays["tokens"]]


def keys_read(inputs: Inputs) -> np.ndarray:
    if inputs.kind == "tabular":
        values = inputs.arrays["values"].astype(int)
        return 2 * values[:, 1] + values[:, 4]
    if inputs.kind == "graph":
        return np.array([edges_and_rings(neighbours) for neighbours in inputs.arrays["neighbours"]])
    if inputs.kind == "image":
        return np.array([best_template(pixels) for pixels in inputs.arrays["pixels"]])
    return np.array([said_in(sentence) for sentence in sentences(inputs)])


@pytest.fixture(scope="module")
def data():
    return TASK.load(seed=3)


def rendered(modality: str, keys: np.ndarray = KEYS, seed: int = 0) -> Inputs:
    return TASK.witnesses[modality].render(keys // 2, keys % 2, np.random.default_rng(seed))


# -- the data ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_ways", "name"), [(3, "xor_three_ways"), (4, "xor_four_ways")])
def test_there_are_as_many_modalities_as_ways(n_ways, name):
    task = XorWays(n_ways)
    split = generate_split(5, np.random.default_rng(0), task.witnesses)
    assert task.name == name
    assert get_task(name).card.title == task.card.title
    assert tuple(modality.name for modality in task.card.modalities) == NAMES[:n_ways]
    assert tuple(split.inputs) == tuple(split.pairing) == tuple(split.semantics) == NAMES[:n_ways]
    assert [inputs.kind for inputs in split.inputs.values()] == [modality.kind for modality in task.card.modalities]
    assert XorWays(3).card.title != XorWays(4).card.title


def test_other_numbers_of_ways_are_refused():
    with pytest.raises(ValueError, match=r"told in \[3, 4\] ways \(got 5\)"):
        XorWays(5)


def test_the_splits_have_their_sizes_and_layouts(data):
    assert [len(data.train), len(data.validation), len(data.test)] == [800, 200, 5000]
    image, text = data.test.inputs["image"].arrays, data.test.inputs["text"].arrays
    assert image["pixels"].shape == (5000, 28, 28)
    assert image["pixels"].dtype == np.uint8
    assert text["tokens"].shape == (5000, lamp.MAX_WORDS)
    assert np.issubdtype(text["tokens"].dtype, np.integer)
    assert 0 <= text["tokens"].min() <= text["tokens"].max() < len(TASK.card.modality("text").words)


@pytest.mark.parametrize("modality", NAMES)
def test_every_rendering_says_its_key(modality):
    np.testing.assert_array_equal(keys_read(rendered(modality)), KEYS)


@pytest.mark.parametrize("modality", NAMES)
def test_the_inputs_of_a_split_say_its_keys(data, modality):
    found = keys_read(data.validation.inputs[modality])
    np.testing.assert_array_equal(found, data.validation.semantics[modality])


def test_labels_follow_from_what_the_inputs_say(data):
    said = {name: keys_read(inputs) for name, inputs in data.validation.inputs.items()}
    np.testing.assert_array_equal(said["table"], said["image"])
    np.testing.assert_array_equal(said["graph"], said["text"])
    for table, graph, label in zip(said["table"], said["graph"], data.validation.labels, strict=True):
        first, second, third = table // 2, table % 2, graph // 2
        assert graph % 2 == second
        assert label == int(first != second and second != third)


@pytest.mark.parametrize("modality", NAMES)
def test_what_is_drawn_again_is_drawn_anew_and_an_equal_seed_draws_the_same(modality):
    one, again, other = rendered(modality), rendered(modality), rendered(modality, seed=1)
    for name, values in one.arrays.items():
        np.testing.assert_array_equal(values, again.arrays[name])
    main = {"table": "values", "graph": "neighbours", "image": "pixels", "text": "tokens"}[modality]
    differ = (one.arrays[main] != other.arrays[main]).reshape(len(KEYS), -1).any(1)
    assert differ.mean() > 0.7  # four coin flips fall alike in one case of sixteen, one noise edge in one of 45


def test_table_graph_and_labels_are_those_of_xor_and_xor(data):
    former = XorAndXor().load(seed=3)
    for name in ("train", "validation", "test"):
        ours, theirs = getattr(data, name), getattr(former, name)
        np.testing.assert_array_equal(ours.labels, theirs.labels)
        for modality in ("table", "graph"):
            for field, values in theirs.inputs[modality].arrays.items():
                np.testing.assert_array_equal(values, ours.inputs[modality].arrays[field])


def test_equal_seeds_make_equal_data_and_others_do_not(data):
    again, other = TASK.load(seed=3), TASK.load(seed=4)
    assert again.source == data.source
    assert other.source != data.source
    np.testing.assert_array_equal(
        again.validation.inputs["image"].arrays["pixels"], data.validation.inputs["image"].arrays["pixels"]
    )


def test_fewer_training_samples_leave_the_other_splits_whole(data):
    part = TASK.load(seed=3, n_train=50)
    assert [len(part.train), len(part.validation), len(part.test)] == [50, 200, 5000]
    assert {len(inputs) for inputs in part.train.inputs.values()} == {50}
    assert part.source == data.source
    for modality in NAMES:
        np.testing.assert_array_equal(keys_read(part.train.inputs[modality]), part.train.semantics[modality])
    np.testing.assert_array_equal(part.test.inputs["text"].arrays["tokens"], data.test.inputs["text"].arrays["tokens"])


# -- pictures and sentences -------------------------------------------------------------------------------------


def test_shapes_of_one_size_are_equally_bright_on_the_whole():
    keys = np.repeat([1, 3], 2000)
    pixels = rendered("image", keys).arrays["pixels"].mean((1, 2))
    disc, square = pixels[keys == 1], pixels[keys == 3]
    assert abs(disc.mean() - square.mean()) < 4 * np.hypot(disc.std(), square.std()) / np.sqrt(2000)


def test_shapes_lie_everywhere_and_clear_of_the_frame():
    without_noise = rendered("image", np.full(500, 1)).arrays["pixels"].astype(float)
    bright = without_noise > 110
    assert bright.mean(0)[5:23, 5:23].min() > 0.05
    frame = np.ones((28, 28), dtype=bool)
    frame[1:-1, 1:-1] = False
    assert bright[:, frame].mean() < 0.01  # specks alone


def test_no_word_says_anything_of_both_bits_and_each_says_one_thing():
    groups = [set(words) for words in (*lamp.LAMP_WORDS, *lamp.DOOR_WORDS)]
    others = set(lamp.WORDS) - set().union(*groups)
    assert sum(map(len, groups)) == len(set().union(*groups))
    found = sentences(rendered("text", np.repeat(np.arange(4), 2000)))
    for word in others - {""}:
        shares = [np.mean([word in text.split() for text in found[2000 * key : 2000 * key + 2000]]) for key in range(4)]
        assert max(shares) - min(shares) < 0.08, word


def test_sentences_are_many_and_every_word_is_used():
    found = sentences(rendered("text", np.repeat(np.arange(4), 2000)))
    assert len(set(found)) > 0.75 * len(found)
    assert {word for text in found for word in text.split()} == set(lamp.WORDS) - {""}
    assert lamp.WORDS[0] == ""
    assert len(set(lamp.WORDS)) == len(lamp.WORDS)


def test_the_longest_sentence_fits():
    longest = max(
        (
            text.replace("{opening}", "today")
            .replace("{lamp_adverb}", "still")
            .replace("{door_adverb}", "still")
            .split()
            for text in lamp.TEMPLATES
        ),
        key=len,
    )
    assert len(longest) <= lamp.MAX_WORDS


# -- described --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("missing", "described_in"), PAIRS)
def test_described_has_the_bits_of_the_missing_input_under_fresh_noise(data, missing, described_in):
    part = data.test.select(slice(100, 300))
    described = TASK.describe(part, missing, described_in, np.random.default_rng(1))
    assert described.kind == TASK.card.modality(described_in).kind
    np.testing.assert_array_equal(keys_read(described), part.sample_semantics()[missing])
    own = part.samples()[described_in]
    assert any((values != own.arrays[name]).any() for name, values in described.arrays.items())
    again = TASK.describe(part, missing, described_in, np.random.default_rng(1))
    for name, values in described.arrays.items():
        np.testing.assert_array_equal(values, again.arrays[name])


def test_describe_refuses_the_missing_modality_itself_and_those_of_other_tasks(data):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="another modality"):
        TASK.describe(data.test, "image", "image", rng)
    with pytest.raises(ValueError, match="xor_three_ways has no modality 'text'; choose one of"):
        XorWays(3).describe(data.test, "table", "text", rng)


# -- what a model and a page are told -------------------------------------------------------------------------------


@pytest.mark.parametrize(("concepts", "n_shared"), [("named", 2), ("free", 7)])
@pytest.mark.parametrize("n_ways", [3, 4])
def test_the_preset_builds_a_model_that_reads_every_modality(n_ways, concepts, n_shared):
    task = XorWays(n_ways)
    config = task.preset(seed=13, concepts=concepts)
    assert isinstance(config, RunConfig)
    assert (config.task, config.training.seed) == (task.name, 13)
    assert config.model.modalities == NAMES[:n_ways]
    split = generate_split(8, np.random.default_rng(0), task.witnesses)
    _, shared = concepts_of(build_model(config.model).eval(), split.samples())
    assert {name: values.shape for name, values in shared.items()} == dict.fromkeys(NAMES[:n_ways], (8, n_shared))


def test_keys_have_names_and_factors_that_agree():
    for modality in TASK.card.modalities:
        assert len(set(modality.key_names)) == 4
        for key, name in enumerate(modality.key_names):
            bits = f"bits {TASK.card.factors['outer bit'][key]} {TASK.card.factors['middle bit'][key]}"
            assert name.startswith(bits)
    pictures, texts = TASK.card.modality("image").key_names, TASK.card.modality("text").key_names
    assert (
        ["square" in name for name in pictures] == ["lamp lit" in name for name in texts] == [False, False, True, True]
    )
    assert ["filled" in name for name in pictures] == ["door open" in name for name in texts] == [False, True] * 2


# -- people's own files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("modality", NAMES)
def test_templates_are_read_again(data, modality):
    for row in range(8):
        suffix, content, _ = TASK.write(modality, data.test.inputs[modality], row)
        assert suffix in TASK.suffixes_of(modality)
        inputs, notes = TASK.read(modality, f"template{suffix}", content)
        assert notes == () or modality == "graph"
        for name, values in data.test.inputs[modality].take([row]).arrays.items():
            if name == "neighbours":
                assert keys_read(inputs).tolist() == [data.test.semantics[modality][row]]
            else:
                np.testing.assert_allclose(inputs.arrays[name], values, atol=1e-6)


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    picture.save(content, kind)
    return content.getvalue()


def drawing(key: int, size: tuple[int, int] = (400, 300), line: int = 8, bright: bool = False) -> Image.Image:
    """A drawing of one shape, dark on white unless ``bright``, left of the middle."""
    ground, ink = (10, 240) if bright else (250, 20)
    picture = Image.new("L", size, ground)
    side = round(0.55 * min(size))
    left, top = round(0.12 * size[0]), round(0.2 * size[1])
    draw = ImageDraw.Draw(picture)
    shape = draw.rectangle if key // 2 else draw.ellipse
    shape((left, top, left + side, top + side), fill=ink if key % 2 else None, outline=ink, width=line)
    return picture


@pytest.mark.parametrize("key", range(4))
@pytest.mark.parametrize(
    ("size", "line", "bright"),
    [((400, 300), 8, False), ((1200, 1600), 6, False), ((64, 64), 3, True), ((40, 120), 2, False), ((28, 28), 2, True)],
)
def test_drawings_of_any_size_say_their_key(key, size, line, bright):
    inputs, notes = read_shape_picture("shape.png", encoded(drawing(key, size, line, bright)))
    pixels = inputs.arrays["pixels"]
    assert pixels.shape == (1, 28, 28)
    assert pixels.dtype == np.uint8
    assert best_template(pixels[0]) == key
    assert bool(notes) == (size != (28, 28))
    if notes:
        width, height = size
        assert notes[0].startswith(f"The picture was {width}×{height}; it was ")
        assert ("inverted" in notes[0]) == (not bright)
        assert notes[0].endswith("to be as the pictures of training are.")


def test_colours_grain_and_jpeg_do_not_change_what_a_drawing_says():
    rng = np.random.default_rng(0)
    for key in range(4):
        grey = np.asarray(drawing(key, line=14), dtype=float) + rng.normal(0, 8, (300, 400))
        colour = np.stack([grey * 0.9, grey, grey * 0.8], axis=-1).clip(0, 255).astype(np.uint8)
        inputs, notes = read_shape_picture("shape.jpg", encoded(Image.fromarray(colour), "JPEG"))
        assert best_template(inputs.arrays["pixels"][0]) == key
        assert "made grey" in notes[0]


def two_shapes() -> Image.Image:
    picture = drawing(1)
    ImageDraw.Draw(picture).rectangle((280, 80, 390, 200), fill=20)
    return picture


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.png", encoded(Image.new("L", (50, 50), 128)), "is blank: it shows no shape"),
        ("a.png", encoded(Image.new("L", (28, 28), 30)), "is blank"),
        ("a.png", encoded(two_shapes()), "more than one shape"),
        ("a.png", encoded(drawing(1).crop((100, 100, 200, 200)).resize((60, 60))), "no shape stands out"),
        ("a.png", encoded(drawing(1))[:200], "damaged"),
        ("a.png", b"no picture at all", "is not a PNG, JPEG or WebP picture"),
        ("a.png", b"", "empty"),
        ("a.txt", encoded(drawing(1)), "not a picture this page can read"),
        ("a.png", encoded(Image.new("L", (4, 4))), "too small"),
        ("a.png", encoded(Image.new("1", (20_000, 20_000))), "too large"),
    ],
)
def test_pictures_that_show_no_shape_are_refused(name, content, says):
    with pytest.raises(InputError, match=says):
        read_shape_picture(name, content)


@pytest.mark.parametrize(
    ("text", "key", "left_out"),
    [
        ("The lamp is dark and the door is shut.", 0, []),
        ("THE DOOR,\nis OPEN;\r\nthe lamp: dim!", 1, []),
        ("\ufeffWe see the bulb glowing and the old gate locked", 2, ["old"]),
        ("ajar door and the very, very, bright lantern of my dear grandmother", 3, ["very", "of", "my", "2 more"]),
        ("lit bright open", 3, []),
        ("La lámpara is unlit, door unlocked", 1, ["la", "lámpara"]),
    ],
)
def test_sentences_say_their_key_and_what_was_left_out(text, key, left_out):
    inputs, notes = read_lamp_sentence("say.txt", text.encode())
    assert inputs.arrays["tokens"].shape == (1, lamp.MAX_WORDS)
    assert keys_read(inputs).tolist() == [key]
    assert bool(notes) == bool(left_out)
    assert all(word in notes[0] for word in left_out)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"the lamp is dark", "does not say how the door is; use one of the words shut, closed"),
        ("a.txt", b"the door is open", "does not say how the lamp is; use one of the words dark"),
        ("a.txt", b"the lamp is dark and lit and the door open", "says of the lamp both 'dark' and 'lit'"),
        ("a.txt", b"the lamp is lit, one door open, one shut", "says of the door both 'shut' and 'open'"),
        ("a.txt", b"the lamp is not lit and the door is open", "says 'not'.*read the contrary"),
        ("a.txt", "the lamp isn’t lit and the door is open".encode(), "say what is, not what is not"),
        ("a.txt", b"the lamp isn't lit and the door is open", "say what is, not what is not"),
        ("a.txt", b"the lamp is lit and the door is open " * 9, "say it in at most 16"),
        ("a.txt", b"   \n ", "does not say how the lamp is"),
        ("a.txt", b"", "empty"),
        ("a.txt", b"\x80\x81lit", "not UTF-8"),
        ("a.txt", b"x" * 6_000_000, "too large"),
        ("a.png", b"the lamp is lit and the door is open", "not a sentence this page can read"),
    ],
)
def test_sentences_that_leave_a_bit_open_are_refused(name, content, says):
    with pytest.raises(InputError, match=says):
        read_lamp_sentence(name, content)


def test_unknown_words_are_quoted_short_and_on_one_line():
    inputs, (note,) = read_lamp_sentence("a.txt", b"lit open " + b"<b>" + b"y" * 5000)
    assert keys_read(inputs).tolist() == [3]
    assert len(note) < 200
    assert "<" not in note


def test_no_bits_make_no_inputs():
    assert len(shape_pictures(np.array([], dtype=int), np.array([], dtype=int), np.random.default_rng(0))) == 0
    assert len(lamp.lamp_sentences(np.array([], dtype=int), np.array([], dtype=int), np.random.default_rng(0))) == 0
