"""The task on few scenes, drawn quickly: who is asked what, what never meets, and what describes what.

A stand-in for the renderer writes into the first pixels what a scene shows and where it belongs, so that every
test can read it from the picture itself.
"""

import numpy as np
import pytest

from sharcs_core.baselines import build_model
from sharcs_core.comparison import stratified_part
from sharcs_core.inference import build_bank
from sharcs_core.structures import Split
from sharcs_core.tasks import get_task
from sharcs_core.tasks.clevr import Clevr, generated
from sharcs_core.tasks.clevr.questions import KEY_NAMES, SYNONYMS, WORDINGS, WORDS

N_FEW = {"train": 384, "validation": 97, "test": 192}
PARTS = tuple(N_FEW)
really_rendered = generated.render_keys


def marked(part: str, keys: np.ndarray) -> np.ndarray:
    """Pictures that say in their first pixels: key, split, and row in two bytes."""
    pixels = np.full((len(keys), 120, 160, 3), 90, dtype=np.uint8)
    rows = np.arange(len(keys))
    pixels[:, 0, 0] = np.stack([keys, np.full(len(keys), PARTS.index(part)), rows // 256], axis=1)
    pixels[:, 0, 1, 0] = rows % 256
    return pixels


def shown_keys(inputs) -> np.ndarray:
    return inputs.arrays["pixels"][:, 0, 0, 0].astype(int)


def told_key(tokens) -> int:
    """The key of a question, word by word from the lists of synonyms."""
    values = []
    for token, meanings in zip(tokens, SYNONYMS.values(), strict=True):
        values.append(next(value for value, words in enumerate(meanings) if WORDS[token] in words))
    size, colour, material, shape = values
    return ((size * 8 + colour) * 2 + material) * 3 + shape


def n_different(key: int, other: int) -> int:
    return sum(one != another for one, another in zip(KEY_NAMES[key].split(), KEY_NAMES[other].split(), strict=True))


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARCS_CACHE", str(tmp_path_factory.mktemp("scenes")))
        patch.setattr(generated, "N_SCENES", N_FEW)
        patch.setattr(generated, "render_keys", marked)
        yield Clevr()


@pytest.fixture(scope="module")
def data(task):
    return task.load(seed=0)


def check_samples(split: Split, pairing, labels) -> None:
    """Every label recomputed from the picture and the words of its sample."""
    keys = shown_keys(split.inputs["image"].take(pairing["image"]))
    tokens = split.inputs["text"].take(pairing["text"]).arrays["tokens"]
    assert labels.tolist() == [int(key == told_key(words)) for key, words in zip(keys, tokens, strict=True)]
    assert labels.sum() == len(labels) // 2


@pytest.mark.parametrize("part", PARTS)
def test_labels_say_whether_the_words_describe_the_picture(data, part):
    split = getattr(data, part)
    assert len(split) == N_FEW[part]
    check_samples(split, split.pairing, split.labels)
    assert sorted(split.pairing["image"]) == list(range(N_FEW[part]))


@pytest.mark.parametrize("part", PARTS)
def test_keys_say_what_inputs_show(data, part):
    split = getattr(data, part)
    np.testing.assert_array_equal(split.semantics["image"], shown_keys(split.inputs["image"]))
    told = [told_key(tokens) for tokens in split.inputs["text"].arrays["tokens"]]
    np.testing.assert_array_equal(split.semantics["text"], told)


@pytest.mark.parametrize("part", PARTS)
def test_each_key_is_shown_as_often_as_any_other_or_once_more(data, part):
    counts = np.bincount(getattr(data, part).semantics["image"], minlength=96)
    assert counts.max() - counts.min() <= 1


def test_no_scene_is_in_two_splits(data):
    for number, part in enumerate(PARTS):
        pixels = getattr(data, part).inputs["image"].arrays["pixels"]
        assert (pixels[:, 0, 0, 1] == number).all()
        rows = 256 * pixels[:, 0, 0, 2].astype(int) + pixels[:, 0, 1, 0]
        np.testing.assert_array_equal(rows, getattr(data, part).sources["image"])


def test_all_wordings_are_there_to_train_with_and_only_there(data):
    texts = data.train.inputs["text"].arrays["tokens"]
    np.testing.assert_array_equal(texts[N_FEW["train"] :], WORDINGS)
    assert len(data.test.inputs["text"]) == N_FEW["test"]
    sources = data.train.sources["text"]
    np.testing.assert_array_equal(sources[: N_FEW["train"]], data.train.sources["image"])
    assert not set(sources[N_FEW["train"] :]) & set(data.train.sources["image"])


def test_every_epoch_asks_anew_by_its_generator_alone(task, data):
    first, labels = task.pair(data.train, np.random.default_rng([0, 1]))
    again, same = task.pair(data.train, np.random.default_rng([0, 1]))
    following, others = task.pair(data.train, np.random.default_rng([0, 2]))
    for pairing, classes in ((first, labels), (following, others)):
        check_samples(data.train, pairing, classes)
        assert sorted(pairing["image"]) == list(range(N_FEW["train"]))
    np.testing.assert_array_equal(first["text"], again["text"])
    np.testing.assert_array_equal(labels, same)
    assert (first["text"] != following["text"]).mean() > 0.9
    assert (labels != others).any()


def test_half_of_the_negatives_of_an_epoch_are_hard(task, data):
    pairing, labels = task.pair(data.train, np.random.default_rng(5))
    asked = [told_key(tokens) for tokens in data.train.inputs["text"].take(pairing["text"]).arrays["tokens"]]
    shown = data.train.semantics["image"][pairing["image"]].tolist()
    away = np.array([n_different(*keys) for keys in zip(shown, asked, strict=True)])
    assert ((away == 0) == (labels == 1)).all()
    assert 0.5 <= (away == 1).sum() / (labels == 0).sum() <= 0.7


@pytest.mark.parametrize("part", ["validation", "test"])
def test_what_is_not_trained_on_keeps_its_pairing(task, data, part):
    split = getattr(data, part)
    pairing, labels = task.pair(split, np.random.default_rng(1))
    np.testing.assert_array_equal(pairing["text"], split.pairing["text"])
    np.testing.assert_array_equal(labels, split.labels)


def test_samples_are_told_apart_by_how_much_differs(task, data):
    kinds = task.difficulties(data.test)
    keys = data.test.sample_semantics()
    away = np.array([n_different(*pair) for pair in zip(keys["image"], keys["text"], strict=True)])
    np.testing.assert_array_equal(kinds["positive"], away == 0)
    np.testing.assert_array_equal(kinds["hard"], away == 1)
    np.testing.assert_array_equal(kinds["easy"], away > 1)
    assert min(mask.sum() for mask in kinds.values()) > 10
    some = task.difficulties(data.test.select(np.arange(20)))
    np.testing.assert_array_equal(some["hard"], (away == 1)[:20])


# -- described ----------------------------------------------------------------------------------------------------


def test_a_missing_scene_is_described_by_a_sentence_that_is_true_of_it(task, data):
    described = task.describe(data.test, "image", "text", np.random.default_rng(0))
    told = [told_key(tokens) for tokens in described.arrays["tokens"]]
    assert told == shown_keys(data.test.samples()["image"]).tolist()
    again, other = (task.describe(data.test, "image", "text", np.random.default_rng(seed)) for seed in (0, 1))
    np.testing.assert_array_equal(described.arrays["tokens"], again.arrays["tokens"])
    assert (described.arrays["tokens"] != other.arrays["tokens"]).any()


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_question_is_described_by_another_scene_of_the_split_that_has_what_is_asked(task, data, part):
    split = getattr(data, part)
    described = task.describe(split, "text", "image", np.random.default_rng(0)).arrays["pixels"]
    assert (described[:, 0, 0, 1] == PARTS.index(part)).all()
    own = split.samples()["image"].arrays["pixels"]
    assert (described != own).any((1, 2, 3)).all()
    asked = split.sample_semantics()["text"]
    n_shown = np.bincount(split.semantics["image"], minlength=96)
    for row, key in enumerate(asked.tolist()):
        there_is_another = n_shown[key] - (split.semantics["image"][split.pairing["image"][row]] == key) > 0
        away = n_different(int(described[row, 0, 0, 0]), key)
        assert away == 0 if there_is_another else away == 1


def test_where_no_scene_has_what_is_asked_one_that_nearly_has_stands_in(task, data):
    rows = np.flatnonzero(data.test.semantics["image"] < 2)  # large gray rubber cubes and spheres alone
    keys, texts = data.test.semantics["image"][rows], WORDINGS[-6:]  # small yellow metal cylinders
    few = Split(
        inputs={"image": data.test.inputs["image"].take(rows), "text": data.test.inputs["text"].take(slice(6))},
        semantics={"image": keys, "text": np.array([told_key(tokens) for tokens in texts])},
        sources={"image": rows, "text": np.arange(6)},
        pairing={"image": np.zeros(2, dtype=int), "text": np.arange(2)},
        labels=np.zeros(2, dtype=int),
    )
    described = task.describe(few, "text", "image", np.random.default_rng(0))
    assert set(shown_keys(described).tolist()) <= {0, 1}
    assert (described.arrays["pixels"] != few.samples()["image"].arrays["pixels"]).any((1, 2, 3)).all()


@pytest.mark.parametrize(
    ("missing", "described_in", "says"),
    [
        ("image", "image", "another modality"),
        ("sound", "text", "no modality 'sound'"),
        ("text", "graph", "no modality"),
    ],
)
def test_what_cannot_be_described_is_refused(task, data, missing, described_in, says):
    with pytest.raises(ValueError, match=says):
        task.describe(data.test, missing, described_in, np.random.default_rng(0))


# -- seeds and parts ------------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_task(task, data):
    again = task.load(seed=0)
    assert again.source == data.source
    for part in PARTS:
        one, other = getattr(data, part), getattr(again, part)
        for name in ("image", "text"):
            np.testing.assert_array_equal(one.pairing[name], other.pairing[name])
            for field, values in one.inputs[name].arrays.items():
                np.testing.assert_array_equal(values, other.inputs[name].arrays[field])


def test_scenes_are_the_same_for_every_seed_and_questions_are_not(task, data):
    other = task.load(seed=7)
    assert other.source == data.source
    for part in PARTS:
        one, another = getattr(data, part), getattr(other, part)
        np.testing.assert_array_equal(one.inputs["image"].arrays["pixels"], another.inputs["image"].arrays["pixels"])
        assert (one.sample_semantics()["text"] != another.sample_semantics()["text"]).any()


def test_some_training_scenes_are_chosen_by_the_seed_and_the_rest_stays_whole(task, data):
    some, again, fewer, other = (
        task.load(*choice) for choice in ((0, None, 200), (0, None, 200), (0, None, 50), (1, None, 200))
    )
    assert len(some.train) == len(some.train.inputs["image"]) == 200
    check_samples(some.train, some.train.pairing, some.train.labels)
    pairing, labels = task.pair(some.train, np.random.default_rng(0))
    check_samples(some.train, pairing, labels)
    numbers = [set(each.train.sources["image"]) for each in (some, again, fewer, other)]
    assert numbers[0] == numbers[1] != numbers[3]
    assert numbers[2] < numbers[0]
    rows = some.train.sources["image"]
    whole = data.train.inputs["image"].arrays["pixels"]
    np.testing.assert_array_equal(some.train.inputs["image"].arrays["pixels"], whole[rows])
    np.testing.assert_array_equal(some.test.labels, data.test.labels)
    np.testing.assert_array_equal(some.validation.pairing["text"], data.validation.pairing["text"])
    assert some.source == data.source


@pytest.mark.parametrize("n_train", [-1, 0, 1, 385])
def test_a_number_of_scenes_that_there_is_not_is_refused(task, n_train):
    with pytest.raises(ValueError, match=rf"n_train must be 2 … 384 .*\(got {n_train}\)"):
        task.load(0, None, n_train)


# -- the rest of a task ---------------------------------------------------------------------------------------------


def test_the_preset_fits_the_inputs(task, data):
    preset = task.preset(seed=3)
    assert preset.training.seed == 3
    assert preset.task == task.name
    assert preset.model.encoders["text"].n_features == len(task.card.modality("text").words)
    assert preset.model.n_classes == len(task.card.target.names)
    model = build_model(preset.model).eval()
    index = stratified_part(data.train.labels, 12, seed=0)
    bank = build_bank(model, task, data.train, index, "train")
    for name, side in bank.sides.items():
        assert side.shared.shape == (12, preset.model.n_shared)
        assert len(set(side.ids)) == 12
        assert side.ids[0] == f"train/{index[0]:05d}/{name}"


def test_keys_and_words_are_named(task):
    for modality in task.card.modalities:
        assert modality.key_names == KEY_NAMES
    assert task.card.modality("text").words == WORDS
    for name, values in task.card.factors.items():
        assert len(values) == len(KEY_NAMES)
        for value in set(values):
            word = SYNONYMS[name][value][0]
            assert [word in key.split() for key in KEY_NAMES] == [own == value for own in values]


def test_it_is_one_of_the_tasks():
    assert isinstance(get_task("clevr"), Clevr)


# -- our own scenes -------------------------------------------------------------------------------------------------


def test_scenes_are_rendered_once(task, data, monkeypatch):
    monkeypatch.setattr(generated, "render_keys", lambda part, keys: pytest.fail("rendered again"))
    again = generated.generated_scenes("test")
    np.testing.assert_array_equal(again.pixels, data.test.inputs["image"].arrays["pixels"])


def test_an_edit_of_the_renderer_never_meets_scenes_of_before(task, data, monkeypatch):
    monkeypatch.setattr(generated, "RENDERER_VERSION", generated.RENDERER_VERSION + 1)
    monkeypatch.setattr(generated, "render_keys", lambda part, keys: 255 - marked(part, keys))
    anew = task.load(0)
    assert (anew.test.inputs["image"].arrays["pixels"] == 255 - data.test.inputs["image"].arrays["pixels"]).all()
    assert anew.source != data.source


def test_one_bit_of_a_pixel_makes_no_other_data_set(task):
    scenes = generated.generated_scenes("test")
    nearly = generated.Scenes(scenes.pixels.copy(), scenes.keys, scenes.numbers)
    nearly.pixels[0, 60, 60, 0] += 1
    elsewhere = generated.Scenes(scenes.pixels, scenes.keys[::-1], scenes.numbers)
    brighter = generated.Scenes(scenes.pixels + np.uint8(60), scenes.keys, scenes.numbers)
    first = generated.content_hash([scenes])
    assert generated.content_hash([nearly]) == first
    assert len({first, generated.content_hash([elsewhere]), generated.content_hash([brighter])}) == 3


def test_a_scene_is_drawn_from_its_place_and_key_alone():
    from sharcs_core.tasks.clevr.renderer.renderer import render
    from sharcs_core.tasks.clevr.scenes import draw_scene

    keys = np.array([0, 44, 95])
    pixels = really_rendered("validation", keys)
    assert pixels.shape == (3, 120, 160, 3)
    np.testing.assert_array_equal(pixels[2:], really_rendered("validation", np.array([7, 7, 95]))[2:])
    scene = draw_scene(95, np.random.default_rng([generated.SCENE_SEED, 1, 2]))
    np.testing.assert_array_equal(pixels[2], render(scene).pixels)
    assert (pixels[2] != really_rendered("test", keys)[2]).any()
