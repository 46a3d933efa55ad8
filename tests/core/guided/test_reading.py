"""All there is to say of one picture, against what is asked place by place."""

from dataclasses import replace

import numpy as np
import pytest

from sharcs_core.guided.figures import AT
from sharcs_core.guided.judging import Judged, Truth, facts_said, judged
from sharcs_core.guided.keeping import GuidedError, KeptGuided
from sharcs_core.guided.reading import (
    cells_of,
    mask_in,
    picture_in,
    reason_of,
    text_in,
    wrong_classes,
)
from sharcs_core.guided.saying import say
from sharcs_core.guided.training import fit_guided
from sharcs_core.structures import Inputs
from sharcs_core.tasks import get_task
from squares import CLASSES, SETTINGS, pictures

SIZE = (24, 32, 3)


@pytest.fixture(scope="module")
def kept():
    guided = fit_guided(SETTINGS, pictures(240, None).with_masks(0.5, 0), CLASSES)
    return KeptGuided(guided, SETTINGS, SIZE)


@pytest.fixture(scope="module")
def seen():
    return pictures(8, None, seed=4)


def test_what_is_said_is_what_the_model_says_of_the_picture_alone(kept, seen):
    reason = reason_of(kept, seen.pixels[0])
    said = say(kept.guided, seen.pixels[:1])
    assert np.array_equal(reason.light, said.maps[0])
    assert reason.sentence == said.sentences[0] == " ".join(reason.words)
    assert reason.class_name == CLASSES[said.probabilities[0].argmax()]
    assert reason.certainty == pytest.approx(said.probabilities[0].max())


def test_each_place_is_left_out_by_itself(kept, seen):
    reason = reason_of(kept, seen.pixels[1])
    n_cells = reason.grid[0] * reason.grid[1]
    assert len(reason.left) == len(reason.places) == n_cells + len(reason.words) + 1
    for place in (0, n_cells // 2, n_cells, -1):
        alone = say(kept.guided, seen.pixels[1:2], reason.places[place][None])
        left = reason.left[place]
        assert left.sentence == alone.sentences[0]
        assert left.class_index == alone.probabilities[0].argmax()
        assert left.certainty == pytest.approx(alone.probabilities[0].max(), abs=1e-5)
    assert np.array_equal(reason.places[-1], reason.light > AT)


def test_the_cells_of_a_grid_part_a_picture_of_any_size():
    for size in ((24, 32), (7, 11), (6, 8), (61, 83)):
        cells = cells_of(size, (6, 8))
        assert cells.shape == (48, *size)
        assert (cells.sum(0) == 1).all()
        assert cells.any((1, 2)).all()


def test_words_come_from_the_places_where_their_regions_are(kept, seen):
    reason = reason_of(kept, seen.pixels[2])
    for word, region in enumerate(reason.regions):
        means = [region[place].mean() if place.any() else 0 for place in reason.places]
        if max(means):
            assert np.allclose(reason.strengths[:, word], np.array(means) / max(means), atol=1e-6)
        else:
            assert not reason.strengths[:, word].any()


def test_a_picture_of_another_size_is_refused_in_a_sentence(kept):
    with pytest.raises(GuidedError, match=r"of 32 × 24 \(got 10 × 12\)"):
        reason_of(kept, np.zeros((12, 10, 3), dtype=np.uint8))


def test_what_is_right_is_judged_where_the_truth_is_known(kept, seen, toy):
    verdicts = [
        judged(reason_of(kept, picture), Truth(CLASSES[label], mask), toy.card)
        for picture, label, mask in zip(seen.pixels, seen.labels, seen.masks, strict=True)
    ]
    assert np.mean([one.class_right for one in verdicts]) > 0.8
    assert np.mean([one.points for one in verdicts]) > 0.8
    assert all(0 <= one.inside <= 1 and 0 <= one.overlap <= 1 for one in verdicts)
    unknown = judged(reason_of(kept, seen.pixels[0]), Truth(mask=np.zeros((24, 32), dtype=bool)), toy.card)
    assert unknown == Judged(None, None, None, None, None)
    assert unknown.agrees is None


@pytest.mark.parametrize(
    ("sentence", "truth", "right", "apart"),
    [
        ("a small red cube", {"facts": {"size": 1, "colour": 1}}, True, ()),
        ("a large red cube", {"facts": {"size": 1, "colour": 1}}, False, ("size",)),
        ("a thing", {"facts": {"size": 1, "colour": 1}}, False, ("size", "colour")),
        ("a thing", {}, None, ()),  # nobody knows
        ("a thing", {"sentence": "one thing"}, None, ()),  # may mean the same
        ("A  thing", {"sentence": "a thing"}, True, ()),
        ("a red one", {"label": "blue", "sentence": "a blue one"}, False, ("answer",)),
        ("a red one", {"label": "red", "sentence": "it is red"}, None, ()),
    ],
)
def test_a_sentence_is_right_only_where_that_can_be_told(kept, seen, sentence, truth, right, apart):
    reason = replace(reason_of(kept, seen.pixels[0]), sentence=sentence)
    verdict = judged(reason, Truth(**truth), get_task("clevr").card)
    assert (verdict.said_right, verdict.told_apart) == (right, apart)


@pytest.mark.parametrize(
    ("sentence", "named", "contradicts"),
    [
        ("a red square", "red", False),
        ("a blue one", "blue", True),
        ("reddish", None, False),
        ("red, blue", None, False),
    ],
)
def test_a_sentence_may_contradict_the_class(kept, seen, sentence, named, contradicts):
    reason = replace(reason_of(kept, seen.pixels[0]), class_index=0, sentence=sentence)
    assert (reason.class_named, reason.contradicts_itself) == (named, contradicts)


def test_a_sentence_is_judged_by_the_facts_that_it_names():
    card = get_task("clevr").card
    said = facts_said(card, "A small RED cube, not a redder one")
    values = {name: card.value_names(name)[value] for name, value in said.items() if value is not None}
    assert values == {"size": "small", "colour": "red", "shape": "cube"}
    assert facts_said(card, "a red or blue thing")["colour"] is None


def test_which_pictures_it_gets_wrong_is_known(kept, seen):
    names = [CLASSES[label] for label in seen.labels]
    wrong = wrong_classes(kept, seen.pixels, names)
    assert wrong.tolist() == [
        reason_of(kept, one).class_name != name for one, name in zip(seen.pixels, names, strict=True)
    ]


def test_what_the_model_reads_is_found_by_its_size():
    picture = Inputs("image", {"pixels": np.zeros((1, *SIZE), dtype=np.uint8), "mask": np.zeros((1, 24, 32), np.uint8)})
    text = Inputs("text", {"tokens": np.ones((1, 3), dtype=np.int64)})
    assert picture_in({"words": text, "photo": picture}, SIZE) == "photo"
    assert picture_in({"photo": picture}, (24, 32, 1)) is None
    assert text_in({"words": text, "photo": picture}) == "words"
    assert text_in({"photo": picture}) is None
    assert mask_in(picture) is None
    assert mask_in(text) is None
