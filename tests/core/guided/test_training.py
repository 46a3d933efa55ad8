"""A guided training on pictures that are quick to learn, with a corner that gives the class away."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sharcs_core.errors import UserError
from sharcs_core.guided.keeping import FACTS, WEIGHTS, GuidedError, KeptGuided, load_guided, save_guided
from sharcs_core.guided.samples import GuidedSamples
from sharcs_core.guided.saying import say, word_regions
from sharcs_core.guided.settings import GuidedSettings
from sharcs_core.guided.training import fit_guided
from sharcs_core.guided.words import Vocabulary
from squares import SETTINGS, pictures


@pytest.fixture(scope="module")
def guided():
    return fit_guided(SETTINGS, pictures(200, None).with_masks(0.5, 0), ("red", "blue"))


def test_what_lies_outside_of_masks_is_of_no_use_and_so_is_not_learned(guided):
    misled = pictures(100, 1 - np.arange(100) % 2, seed=1)
    plain = fit_guided(
        replace(SETTINGS, visual="none", words=0.0, consistency=0.0, exchange="none", stand_ins=False),
        pictures(200, None),
        ("red", "blue"),
    )
    right = {name: np.mean(say(one, misled.pixels).probabilities.argmax(1) == misled.labels)
             for name, one in (("guided", guided), ("plain", plain))}  # fmt: skip
    assert right["guided"] > 0.9
    assert right["plain"] < right["guided"] - 0.3


def test_maps_and_sentences_say_what_and_where(guided):
    some = pictures(100, np.zeros(100, dtype=int), seed=2)
    said = say(guided, some.pixels)
    inside = (said.maps * some.masks).sum() / said.maps.sum()
    assert inside > 0.6
    assert np.mean([one == other for one, other in zip(said.sentences, some.sentences, strict=True)]) > 0.5


def test_a_map_that_is_put_out_is_not_read(guided):
    some = pictures(10, None, seed=3)
    without = say(guided, some.pixels, left_out=some.masks)
    assert (without.maps[some.masks] == 0).all()
    assert not np.array_equal(without.probabilities, say(guided, some.pixels).probabilities)
    blind = say(guided, some.pixels, left_out=np.ones_like(some.masks))
    assert np.ptp(blind.probabilities, axis=0).max() < 1e-6  # whatever the picture shows
    assert len(set(blind.sentences)) == 1


def test_each_word_has_its_region(guided):
    some = pictures(20, None, seed=4)
    lit = []
    for picture, mask in zip(some.pixels, some.masks, strict=True):
        found = word_regions(guided, picture)
        assert found.regions.shape == (len(found.words), 24, 32)
        assert found.regions.min() >= 0
        assert found.regions.max() <= 1
        region = found.regions[1]  # the word of the colour
        lit.append(region[mask].mean() > region[~mask].mean())
    assert np.mean(lit) > 0.7


def test_a_training_repeats_itself_and_touches_no_other_chance():
    some, settings = pictures(48, None), replace(SETTINGS, epochs=2, warm_up=1)
    torch.manual_seed(5)
    first = fit_guided(settings, some, ("red", "blue"))
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(1), drawn)
    again = fit_guided(settings, some, ("red", "blue"))
    assert np.array_equal(say(first, some.pixels).probabilities, say(again, some.pixels).probabilities)


def test_what_is_learned_from_stays_as_it_is():
    some = pictures(64, None).with_masks(0.3, 0)
    before = some.masks.copy()
    for array in (some.pixels, some.labels, some.masks):
        array.setflags(write=False)
    settings = replace(SETTINGS, epochs=4, warm_up=1, borne_out=False)
    known = []
    fit_guided(settings, some, ("red", "blue"), on_epoch=lambda _, terms: known.append(terms["known"]))
    assert np.array_equal(some.masks, before)
    assert len(known) == 4


def test_too_few_samples_are_told():
    some = pictures(4, None)
    one = GuidedSamples(some.pixels[:1], some.labels[:1], some.masks[:1], some.sentences[:1])
    with pytest.raises(UserError, match="two samples or more"):
        fit_guided(SETTINGS, one, ("red", "blue"))
    with pytest.raises(UserError, match="1 classes"):
        fit_guided(SETTINGS, some, ("red",))


def test_samples_without_any_explanation_can_be_learned_from():
    some = pictures(40, None)
    bare = GuidedSamples(some.pixels, some.labels, np.zeros_like(some.masks), ("",) * 40)
    said = say(fit_guided(replace(SETTINGS, epochs=1, warm_up=0), bare, ("red", "blue")), some.pixels)
    assert np.isfinite(said.probabilities).all()
    assert set(said.sentences) == {""}


def test_a_model_comes_back_from_disk_as_it_was(guided, tmp_path):
    some = pictures(10, None, seed=6)
    save_guided(tmp_path / "model", KeptGuided(guided, SETTINGS, (24, 32, 3)))
    kept = load_guided(tmp_path / "model")
    assert kept.settings == SETTINGS
    assert say(kept.guided, some.pixels).sentences == say(guided, some.pixels).sentences
    assert np.array_equal(say(kept.guided, some.pixels).probabilities, say(guided, some.pixels).probabilities)


@pytest.mark.parametrize(
    ("file", "edit"),
    [
        (FACTS, lambda content: content[:-20]),
        (FACTS, lambda content: content.replace(b'"format": 1', b'"format": 9')),
        (FACTS, lambda content: content.replace(b'"length": ', b'"length": 9999')),
        (FACTS, lambda content: content.replace(b'"red"', b"3")),
        (WEIGHTS, lambda content: content[:-1] + b"\x01"),
        (WEIGHTS, lambda content: b""),
        (WEIGHTS, None),
    ],
)
def test_a_damaged_model_is_refused_in_one_sentence(guided, tmp_path, file, edit):
    save_guided(tmp_path / "model", KeptGuided(guided, SETTINGS, (24, 32, 3)))
    path = tmp_path / "model" / file
    if edit:
        path.write_bytes(edit(path.read_bytes()))
    else:
        path.unlink()
    with pytest.raises(GuidedError) as error:
        load_guided(tmp_path / "model")
    assert "\n" not in str(error.value)
    assert file in str(error.value)


def test_settings_are_checked():
    with pytest.raises(UserError, match="warms up within its epochs"):
        GuidedSettings(epochs=2, warm_up=3)
    with pytest.raises(UserError, match="no setting named 'patch'"):
        GuidedSettings.from_json({"patch": 1})
    for wrong in ({"visual": "guess"}, {"epochs": "many"}, {"epochs": 0}, {"words": -1.0}, {"exchange": None}):
        with pytest.raises(UserError) as error:
            GuidedSettings.from_json(wrong)
        assert "\n" not in str(error.value)
    assert GuidedSettings.from_json({"epochs": 3}) == GuidedSettings(epochs=3)


def test_masks_on_a_share():
    some = pictures(40, None)
    assert some.with_masks(0.25, 0).annotated.sum() == 10
    assert not some.with_masks(0.0, 0).annotated.any()
    assert some.with_masks(1.0, 0).annotated.all()
    with pytest.raises(UserError, match="Masks are as large"):
        GuidedSamples(some.pixels, some.labels, some.masks[:, :3], some.sentences)


def test_words_come_back_and_unknown_ones_are_told():
    vocabulary = Vocabulary.of(["a red cube", "a ball", ""])
    tokens = vocabulary.tokens(["a ball", "a green cube", ""])
    assert vocabulary.sentence(tokens[0]) == "a ball"
    assert vocabulary.sentence(tokens[1]) == "a … cube"
    assert vocabulary.sentence(tokens[2]) == ""
