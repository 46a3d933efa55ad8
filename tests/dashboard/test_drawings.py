"""Drawings of concepts, classes and inputs as those meet them who read, hear or point: nothing cut, nothing in colour
alone, nothing only for the pointer."""

from __future__ import annotations

import re

import numpy as np
import pytest

from drawings.concepts import concept_bars, in_percent, probability_bars, spread_strip
from drawings.inputs import draw
from sharcs_core.structures import Inputs

NAMES = ("red", "<not> small")


def as_heard(drawn: str) -> str:
    """The words of a drawing without what is hidden from screen readers (which holds no other element)."""
    seen = re.sub(r"<(\w+)[^>]*aria-hidden='true'[^>]*>.*?</\1>", "", drawn)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", seen)).strip()


def rows_of(drawn: str) -> list[str]:
    return [as_heard(row) for row in re.findall(r"<tr.*?</tr>", drawn)]


def test_concept_bars_tell_name_value_state_and_what_the_name_leaves_open():
    meanings = {"table": ["on for red", "off for <a>"]}
    drawn = concept_bars({"table": np.array([0.9, 0.2])}, {"table": "Table"}, NAMES, meanings)
    assert rows_of(drawn) == ["concept Table", "red 0.90 on", "&lt;not&gt; small off for &lt;a&gt; 0.20 off"]
    assert "aria-label='Table: red on'" in drawn


def test_concept_bars_mark_where_inputs_differ_by_shape_and_word():
    shared = {"image": np.array([0.9, 0.2]), "image|nearest": np.array([0.8, 0.7])}
    drawn = concept_bars(shared, {"image": "Scene", "image|nearest": "nearest"}, NAMES, {})
    _, red, small = rows_of(drawn)
    assert red == "red 0.90 on 0.80 on"
    assert small == "&lt;not&gt; small 0.20 off 0.70 on differ"
    assert drawn.count("≠") == 1


def test_meanings_that_modalities_do_not_share_stand_under_their_titles():
    shared = {"image": np.array([0.9]), "graph": np.array([0.8])}
    same = concept_bars(shared, {}, ["warm"], {"image": ["on for red"], "graph": ["on for red"]})
    own = concept_bars(shared, {"image": "Scene"}, ["warm"], {"image": ["on for red"], "graph": ["on for warm"]})
    assert rows_of(same)[1].startswith("warm on for red 0.90 on")
    assert rows_of(own)[1].startswith("warm Scene: on for red 0.90 on")


@pytest.mark.parametrize("n", [2, 12])
def test_concept_bars_name_every_row_whole(n):
    names = [f"digit {t}; digit 0 if bottom; digit 4 if top" for t in range(n)]
    drawn = concept_bars({"image": np.zeros(n), "graph": np.ones(n)}, {}, names, {})
    assert [row.split(" 0.00")[0] for row in rows_of(drawn)[1:]] == names
    assert "image: nothing on" in drawn


def test_concept_bars_mark_only_what_was_edited():
    before, after = {"table": np.array([0.9, 0.2])}, {"table": np.array([0.1, 0.2])}
    drawn = concept_bars(after, {"table": "Table"}, NAMES, {"table": ["", ""]}, before=before)
    assert ["was 0.90" in row for row in rows_of(drawn)] == [False, True, False]


@pytest.mark.parametrize(("n_classes", "longest"), [(2, ""), (19, ""), (19, "a long name")])
def test_probability_bars_tell_every_class_its_share_and_the_true_one_and_escape_names(n_classes, longest):
    names = ["<b>", *map(str, range(1, n_classes - 1)), longest or str(n_classes - 1)]
    drawn = probability_bars(np.full(n_classes, 1 / n_classes), names, ["#000000"] * n_classes, label=0)
    each = re.findall(r"<li.*?</li>|<tr.*?</tr>", drawn)
    assert "<b>1" not in drawn
    assert len(each) == n_classes
    assert all(in_percent(1 / n_classes) in as_heard(one) for one in each)
    assert ["tru" in as_heard(one) for one in each] == [True] + [False] * (n_classes - 1)
    assert ("class='standing'" in drawn) == (n_classes == 19 and not longest)


def test_many_classes_are_told_in_a_line_the_likeliest_first():
    shares = np.full(19, 0.0001)
    shares[[9, 16]] = 0.3, 0.6983
    line = probability_bars(shares, [str(i) for i in range(19)], ["#000000"] * 19, label=17).split("</p>")[0]
    assert re.sub(r"<[^>]+>", "", line) == "16: 70 % · 9: 30 % · truth: 17"


def test_a_change_of_a_share_is_told_where_its_words_change():
    drawn = probability_bars(np.array([0.2, 0.8]), ["no", "yes"], ["#000000"] * 2, before=np.array([0.7, 0.3]))
    assert rows_of(drawn) == ["no 20 % was 70 %", "yes 80 % was 30 %"]
    same = probability_bars(np.array([0.2, 0.8]), ["no", "yes"], ["#000000"] * 2, before=np.array([0.201, 0.799]))
    assert "was" not in same


def test_a_strip_leaves_out_what_is_not_there():
    strip = spread_strip(np.array([0.7, 0.0, 0.3]), ["a", "b", "c"], ["#111111"] * 3)
    assert "aria-label='a: 70 %, c: 30 %'" in strip
    assert strip.count("<i ") == 2


def test_nothing_is_told_to_the_pointer_alone():
    values, names = np.array([0.9, 0.2]), ["a", "b"]
    drawn = [
        concept_bars({"table": values, "graph": values}, {}, names, {"table": names}, before={"table": 1 - values}),
        probability_bars(values, names, ["#000000"] * 2, label=1, before=1 - values),
        probability_bars(np.tile(values, 5), list("abcdefghij"), ["#000000"] * 10, label=1),
        spread_strip(values, names, ["#000000"] * 2),
        *(draw(inputs, 0) for inputs in KINDS.values()),
    ]
    assert not [one for one in drawn if "title=" in one]


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0 %"), (1.0, "100 %"), (0.001, "<1 %"), (0.999, ">99 %"), (0.5, "50 %")]
)
def test_shares_never_round_a_doubt_away(share, said):
    assert in_percent(share) == said


KINDS = {
    "table (bit 0 = 1, bit 1 = 0)": Inputs("tabular", {"values": np.eye(2)}),
    "picture (14 × 28 pixels)": Inputs("image", {"pixels": np.zeros((1, 28, 14), np.uint8)}),
    "graph (3 nodes, 2 edges)": Inputs(
        "graph",
        {
            "nodes": np.zeros((1, 4, 1)),
            "n_nodes": np.array([3]),
            "neighbours": np.array([[[1, -1], [0, 2], [1, -1]]]),
        },
    ),
    "graph (2 superpixels)": Inputs(
        "graph", {"nodes": np.zeros((1, 2, 3)), "n_nodes": np.array([2]), "neighbours": -np.ones((1, 2, 2), int)}
    ),
}


@pytest.mark.parametrize(("alt", "inputs"), KINDS.items(), ids=KINDS)
def test_a_drawing_says_what_it_shows(alt, inputs):
    assert f'alt="{alt}"' in draw(inputs, 0)
    measures = alt[alt.index("(") :]
    assert f'alt="Mine: &quot;x&quot; {measures}"' in draw(inputs, 0, says='Mine: "x"')
