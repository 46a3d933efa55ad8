"""Drawings of concepts, classes and inputs as those meet them who read, hear or point: nothing cut, nothing in colour
alone, nothing only for the pointer."""

from __future__ import annotations

import base64
import re
from itertools import combinations

import numpy as np
import pytest

from drawings.concepts import concept_bars, in_percent, probability_bars, spread_strip
from drawings.graphs import FLAT, MOST_SPRUNG, Graph, draw_in_place, graph_of, layout
from drawings.inputs import draw
from drawings.look import Look, look_of
from drawings.thumbnails import thumbnail
from drawings.tiles import graph_tile
from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.graph import GraphForm
from sharcs_core.kinds.tabular import TableForm
from sharcs_core.structures import Inputs
from sharcs_core.tasks import TASKS
from sharcs_core.tasks.card import Modality

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
        *(draw(inputs, 0, look=look) for inputs, look in KINDS.values()),
    ]
    assert not [one for one in drawn if "title=" in one]


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0 %"), (1.0, "100 %"), (0.001, "<1 %"), (0.999, ">99 %"), (0.5, "50 %")]
)
def test_shares_never_round_a_doubt_away(share, said):
    assert in_percent(share) == said


def graph(n_nodes, n_features, edges=(), seed=0):
    """One graph of random features in [0, 1]."""
    neighbours = -np.ones((1, max(1, n_nodes), max(1, n_nodes)), dtype=int)
    for slot, (a, b) in enumerate(edges):
        neighbours[0, a, slot] = b
    nodes = np.random.default_rng(seed).random((1, max(1, n_nodes), n_features))
    return Inputs("graph", {"nodes": nodes, "n_nodes": np.array([n_nodes]), "neighbours": neighbours})


def table(*values):
    return Inputs("tabular", {"values": np.array([values], dtype=float)})


BITS = Look(columns=("bit 0", "bit 1"), are_bits=True)
IN_PLACE = Look(place=(1, 2), shade=0, node="superpixel")
KINDS = {
    "table (bit 0 = 1, bit 1 = 0)": (table(1, 0), BITS),
    "table (width = 2.5, column 1 = -1)": (table(2.5, -1), Look(columns=("width",))),
    "picture (14 × 28 pixels)": (Inputs("image", {"pixels": np.zeros((1, 28, 14), np.uint8)}), Look()),
    "graph (3 nodes, 2 edges)": (graph(3, 1, [(0, 1), (1, 2)]), Look()),
    "graph (1 node, 0 edges)": (graph(1, 3), Look()),
    "graph (2 superpixels)": (graph(2, 3), IN_PLACE),
}


@pytest.mark.parametrize(("alt", "drawn"), KINDS.items(), ids=KINDS)
def test_a_drawing_says_what_it_shows(alt, drawn):
    inputs, look = drawn
    assert f'alt="{alt}"' in draw(inputs, 0, look=look)
    measures = alt[alt.index("(") :]
    assert f'alt="Mine: &#34;x&#34; {measures}"' in draw(inputs, 0, look=look, says='Mine: "x"')


# --- by what is known of them, never by how many there are ---------------------------------------------------


def svg_of(drawn):
    """The picture within an ``<img>``."""
    return base64.b64decode(re.search(r"svg\+xml;base64,([^\"]+)", drawn)[1]).decode()


@pytest.mark.parametrize("n_features", [0, 1, 2, 3, 4, 7, 40])
@pytest.mark.parametrize("n_nodes", [0, 1, 2, 10, MOST_SPRUNG + 1])
def test_a_graph_of_any_size_is_drawn_small_and_large_with_all_its_nodes(n_nodes, n_features):
    inputs = graph(n_nodes, n_features, [(0, 1)] if n_nodes > 1 else [])
    for look in [Look("graph"), *([IN_PLACE] if n_features > 2 else [])]:
        drawn = svg_of(draw(inputs, 0, look=look))
        assert drawn.count("<circle") == n_nodes
        assert "nan" not in drawn
        assert 'src="data:image/' in thumbnail(inputs, 0, 56, look)
        assert graph_tile(inputs, 0, look, (64, 64)).size == (64, 64)


def test_only_a_graph_of_which_it_is_known_is_drawn_where_its_features_say():
    inputs = graph(5, 4)
    for x, y in ((1, 2), (3, 0)):
        np.testing.assert_array_equal(
            graph_of(inputs, 0, Look(place=(x, y))).places, inputs.arrays["nodes"][0][:, [x, y]]
        )
    laid_out = graph_of(inputs, 0, Look()).places
    assert laid_out[:, 1].max() <= FLAT + 1e-9
    assert not np.allclose(laid_out, inputs.arrays["nodes"][0][:, 1:3])


def test_only_a_graph_of_rings_is_drawn_as_rings():
    path = tuple((node, node + 1) for node in range(9))
    by_edges, in_rings = layout(10, path), layout(10, path, (4, 6))
    assert not np.allclose(by_edges, in_rings)
    for nodes, middle in ((in_rings[:4], in_rings[:4].mean(0)), (in_rings[4:], in_rings[4:].mean(0))):
        assert np.ptp(np.linalg.norm(nodes - middle, axis=1)) < 1e-9
    assert np.ptp(np.linalg.norm(by_edges[:4] - by_edges[:4].mean(0), axis=1)) > 0.01
    np.testing.assert_array_equal(layout(9, path[:8], (4, 6)), layout(9, path[:8]))  # not all are there


def test_shades_are_those_of_the_feature_that_is_known_to_be_one():
    inputs = graph(6, 4)
    values = inputs.arrays["nodes"][0]
    np.testing.assert_allclose(graph_of(inputs, 0, Look(shade=3)).shades, values[:, 3] / values[:, 3].max())
    np.testing.assert_array_equal(graph_of(inputs, 0, Look(place=(1, 2), shade=3)).shades, values[:, 3])
    assert len(set(graph_of(inputs, 0, Look()).shades)) == 1
    scaled = graph_of(inputs, 0, Look(place=(1, 2), shade=3, shade_range=(-2.0, 2.0)))
    np.testing.assert_allclose(scaled.shades, (values[:, 3] + 2) / 4)


@pytest.mark.parametrize("n_columns", [0, 1, 6, 8, 9, 30])
def test_a_table_of_any_width_is_drawn_whole_as_bits_or_says_how_many_more_there_are(n_columns):
    values = np.random.default_rng(0).normal(size=n_columns)
    names = tuple(f"petal <{number}>" for number in range(n_columns))
    numbers = Look(columns=tuple(f"<{number}>" for number in range(n_columns)), are_bits=True)
    bits = svg_of(draw(table(*(values > 0)), 0, look=numbers))
    assert bits.count("<rect") == n_columns
    assert all(f"&lt;{number}&gt;" in bits for number in range(n_columns))
    listed = svg_of(draw(table(*values), 0, look=Look(columns=names)))
    shown = [number for number in range(n_columns) if f"petal &lt;{number}&gt;" in listed]
    assert shown == list(range(n_columns if n_columns <= 12 else 11))
    assert all(f">{values[number]:.3g}</text>" in listed for number in shown)
    assert ("and 19 more" in listed) == (n_columns == 30)


def test_bits_of_long_names_are_listed_so_that_no_name_covers_another():
    listed = svg_of(draw(table(1, 0), 0, look=Look(columns=("is married", "smokes"), are_bits=True)))
    assert listed.count("<rect") == 1
    assert "is married" in listed


def test_only_a_table_of_bits_is_filled_where_it_is_on():
    assert "#FFFFFF" in svg_of(draw(table(1, 0), 0, look=BITS))
    assert "#FFFFFF" not in svg_of(draw(table(1, 0), 0))


def test_every_modality_of_every_task_has_a_look():
    looks = {name: [look_of(one) for one in task.card.modalities] for name, task in TASKS.items()}
    assert [look.are_bits for look in looks["xor_and_xor"]] == [True, False]
    assert [look.rings for look in looks["xor_and_xor"]] == [(), (4, 6)]
    assert [look.place for look in looks["mnist_superpixels"]] == [None, (1, 2)]
    assert all(look.name for of_task in looks.values() for look in of_task)
    assert [look.node for look in looks["mnist_superpixels"]] == ["node", "superpixel"]


def test_a_look_goes_by_what_columns_are_and_never_by_how_many_there_are():
    place, number, word = Column("x"), Column("weight", mean=3.0, scale=2.0), Column("sort", "category", values=("a",))
    in_place = look_of(Modality("net", "Net", GraphForm((number, place, place), positions=True)))
    assert (in_place.place, in_place.shade, in_place.shade_range, in_place.node) == ((1, 2), 0, (-2.0, 2.0), "node")
    for columns in ((word, number), (word,)):
        assert look_of(Modality("net", "Net", GraphForm(columns))).shade is None
    only_places = look_of(Modality("net", "Net", GraphForm((place, place), positions=True)))
    assert (only_places.place, only_places.shade) == ((0, 1), None)
    bits, mixed = ((Column("on", "bit"),) * 3, (Column("on", "bit"), number))
    assert [look_of(Modality("row", "Row", TableForm(columns))).are_bits for columns in (bits, mixed)] == [True, False]


def test_edges_that_are_a_drawing_are_seen_and_those_between_all_that_are_near_are_faint():
    places, shades = np.random.default_rng(0).random((6, 2)), np.ones(6)
    outline = draw_in_place(Graph(places, shades, tuple((node, (node + 1) % 6) for node in range(6))))
    near = draw_in_place(Graph(places, shades, tuple(combinations(range(6), 2))))
    assert 'stroke-opacity=".8" stroke-width="2.4"' in outline
    assert 'stroke-opacity=".22" stroke-width="0.6"' in near
