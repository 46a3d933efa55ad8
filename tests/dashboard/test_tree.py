"""The page of the decision tree, and its drawings, with a tree as large as they get."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from drawings.tree import path_list, whole_tree
from drawings.tree_files import quoted, tree_dot, tree_png
from drawings.tree_layout import MOST_UNFOLDED, lay_out
from drawings.tree_size import size_figure
from drawings.tree_svg import tree_svg
from pages import as_read, faultless, open_page, texts
from sharcs_core.naming import question_in_words, step_in_words
from sharcs_core.rules import SizeCurve, rule_lines, short_rule
from sharcs_core.structures import Factor, Question
from sharcs_core.tasks import get_task
from sharcs_core.tree import fit_tree, leaves_below, route_to

RUN = "xor_and_xor"
TASK = get_task("mnist_superpixels")
MODALITIES = ("image", "graph")
CONCEPTS = tuple(f"digit {digit}" for digit in range(10))
DIGIT = Factor("digit", 10, 0)
ASKED = tuple(Question((name,), (t,)) for name in MODALITIES for t in DIGIT.concepts)
AGREE = Question(MODALITIES, DIGIT.concepts, "digit")


@pytest.fixture(scope="module")
def large_tree():
    """A tree of 300 leaves and 19 classes, on answers that say nothing of the labels."""
    random = np.random.default_rng(0)
    answers, labels = random.random((4000, 20)) > 0.5, random.integers(0, 19, 4000)
    return fit_tree(answers, labels, ASKED, (), 19)


@pytest.fixture(scope="module")
def agreeing_tree():
    """A tree of one question: whether picture and graph say the same digit."""
    labels = np.arange(40) % 2
    return fit_tree(labels[:, None] == 0, labels, (AGREE,), (DIGIT,), 19, 2)


@pytest.fixture(scope="module")
def small_tree():
    """A tree of as many leaves as are still drawn whole."""
    random = np.random.default_rng(1)
    answers, labels = random.random((400, 20)) > 0.5, random.integers(0, 19, 400)
    return fit_tree(answers, labels, ASKED, (), 19, MOST_UNFOLDED)


COLOURS = ["#123456"] * 19
AWKWARD = ('say "no"\\', "<b>&amp;", "a\nb", *CONCEPTS[3:])


# --- the page --------------------------------------------------------------------------------------------------


@pytest.fixture
def page():
    return faultless(open_page("tree", run=RUN))


def way_of(run, sample_id, leaves=None):
    bank, row = run.find(sample_id)
    tree = run.tree_of(leaves or run.tree_leaves)
    return tree, tree.path({name: side.shared[row] for name, side in bank.sides.items()})


def look_list(page):
    return next(box for box in page.selectbox if (box.key or "").startswith("look|"))


def drawn(page):
    return "".join(block.proto.body for block in page.get("html"))


def test_the_head_tells_the_answers_of_model_and_tree_and_the_truth(page, xor_run):
    sample_id = str(xor_run.test_bank.sample_ids[0])
    _, path = way_of(xor_run, sample_id)
    says = xor_run.card.target.names[path.class_index]
    assert f"Tree **{says}** :green-badge[:material/check: tree and model agree]" in texts(page)
    assert "Model **" in texts(page)
    assert "The model reads" in drawn(page)


def test_where_tree_and_model_differ_it_is_said(xor_run):
    leaves = 2  # too few questions to be as good as the model
    for row, sample_id in enumerate(map(str, xor_run.test_bank.sample_ids)):
        _, path = way_of(xor_run, sample_id, leaves)
        if path.class_index != xor_run.test_bank.labels[row]:
            break
    page = open_page("tree", run=RUN, sample=sample_id, **{f"tree_leaves|{RUN}": leaves})
    assert ":red-badge[:material/close: tree and model differ]" in texts(faultless(page))


def test_it_opens_on_the_last_question_of_the_way_and_its_prototypes_answer_it(page, xor_run):
    _, path = way_of(xor_run, str(xor_run.test_bank.sample_ids[0]))
    step = path.steps[-1]
    assert look_list(page).value == step.node
    asked = question_in_words(step.question, xor_run.concept_names, xor_run.task)
    assert f"**{asked}**" in texts(page)
    assert "**No**" in texts(page)
    assert "**Yes**" in texts(page)


def test_the_rule_is_told_without_its_redundant_steps_and_all_steps_are_there(page, xor_run):
    tree, path = way_of(xor_run, str(xor_run.test_bank.sample_ids[0]))
    faultless(look_list(page).set_value(path.node).run())
    for line in rule_lines(short_rule(path.steps, tree.factors), xor_run.concept_names, xor_run.task):
        assert f"- {line}" in texts(page)
    for step in path.steps:
        assert f"1. {step_in_words(step, xor_run.concept_names, xor_run.task)}" in texts(page)


def test_a_node_is_looked_at_and_the_way_back_is_there(page, xor_run):
    faultless(look_list(page).set_value(1).run())
    assert "Answer" in texts(page)
    assert page.query_params["node"] == "1"
    back = next(button for button in page.button if button.label.startswith("Back to the way"))
    faultless(back.click().run())
    assert "node" not in page.query_params


def test_samples_of_a_node_are_drawn_with_their_truth_and_chosen_by_a_press(page, xor_run):
    faultless(look_list(page).set_value(1).run())
    buttons = [button for button in page.button if (button.key or "").startswith("node_sample|")]
    assert len(buttons) == 12
    assert all(button.label.startswith("train/") for button in buttons)
    assert drawn(page).count("truth <b>") == 12
    faultless(page.segmented_control(key="node_samples_part").set_value("Unseen").run())
    buttons = [button for button in page.button if (button.key or "").startswith("node_sample|")]
    assert all(button.label.startswith("test/") for button in buttons)
    chosen = buttons[3].label
    faultless(buttons[3].click().run())
    assert page.session_state["sample"] == chosen


def test_the_size_of_the_tree_is_a_choice_that_stays_over_pages(page, xor_run):
    size = page.slider(key=f"tree_leaves|{RUN}")
    assert size.value == xor_run.tree_leaves
    assert (size.min, size.max) == (2, xor_run.tree_of(300).n_leaves)
    faultless(size.set_value(2).run())
    assert "2 leaves, at most 1 question to an answer" in texts(page)
    assert page.query_params["leaves"] == "2"
    faultless(page.switch_page("views/retrieval/retrieval.py").run())
    faultless(page.switch_page("views/tree/tree.py").run())
    assert page.slider(key=f"tree_leaves|{RUN}").value == 2


def test_the_figures_of_a_size_stand_beside_those_of_the_majority(page, xor_run):
    accuracy = xor_run.tree.accuracy_by_leaves(xor_run.validation_answers, xor_run.validation_labels)
    assert f"{accuracy[0] * 100:.1f} %" in texts(page)
    assert f"of {len(xor_run.validation_labels):,} validation samples" in texts(page)
    assert f"of the {len(xor_run.test_bank):,} unseen samples" in texts(page)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"leaves": "99"}, "This tree can have 2 to 5 leaves (the address asks for “99”), so you see 5."),
        ({"leaves": "two"}, "asks for “two”"),
        ({"node": "-1"}, "This tree has boxes 0 to 8 (the address asks for “-1”)"),
        ({"node": "9" * 40}, "This tree has boxes 0 to 8"),
        ({"node": "²"}, "This tree has boxes 0 to 8"),
    ],
)
def test_what_the_address_asks_for_that_is_not_there_is_told_in_a_sentence(open_app, asked, says):
    page = faultless(open_app("views/tree/tree.py", run=RUN))
    for name, value in asked.items():
        page.query_params[name] = value
    faultless(page.run())
    assert [says in as_read(warning.value) for warning in page.warning] == [True]
    assert look_list(page).value in range(9)


def test_what_a_link_asks_for_is_shown(open_app):
    page = faultless(open_app("views/tree/tree.py", run=RUN))
    page.query_params["leaves"], page.query_params["node"] = "3", "2"
    faultless(page.run())
    assert page.slider(key=f"tree_leaves|{RUN}").value == 3
    assert look_list(page).value == 2
    assert not page.warning


def test_the_tree_can_be_taken_along_in_five_kinds_of_files(page):
    labels = [button.label for button in page.get("download_button")]
    assert labels == ["Rules", "JSON", "DOT", "SVG", "PNG"]


# --- the drawing -----------------------------------------------------------------------------------------------


def test_a_small_tree_is_drawn_whole_and_no_box_covers_another(small_tree):
    nodes = small_tree.nodes()
    drawing = lay_out(nodes, [0], CONCEPTS, TASK)
    assert sorted(box.node for box in drawing.boxes) == [node.id for node in nodes]
    assert {box.kind for box in drawing.boxes} == {"question", "answer"}
    for one in drawing.boxes:
        assert one.x >= 0
        assert one.x + one.width <= drawing.width
        assert one.y + one.height <= drawing.height
        for other in drawing.boxes:
            apart = one.x + one.width < other.x or other.x + other.width < one.x
            beside = one.y + one.height < other.y or other.y + other.height < one.y
            assert one is other or apart or beside


def test_no_stands_left_of_its_question_and_yes_right(small_tree, large_tree):
    for tree, way in ((small_tree, [0]), (large_tree, route_to(large_tree.nodes(), 500))):
        nodes = tree.nodes()
        drawing = lay_out(nodes, way, CONCEPTS, TASK)
        places = {box.node: box.top[0] for box in drawing.boxes}
        for node in nodes:
            if node.id in places and node.no_child in places:
                assert places[node.no_child] < places[node.id] < places[node.yes_child]


def test_a_large_tree_is_folded_beside_the_way_and_what_is_looked_at(large_tree):
    nodes = large_tree.nodes()
    way = route_to(nodes, max(nodes, key=lambda node: node.depth).id)
    drawing = lay_out(nodes, way, CONCEPTS, TASK)
    assert {box.node for box in drawing.boxes if box.kind == "question"} == set(way[:-1])
    assert len(drawing.boxes) == 2 * len(way) - 1
    folded = [box for box in drawing.boxes if box.kind == "folded"]
    ends = [box for box in drawing.boxes if box.kind == "answer"]
    counts = leaves_below(nodes)
    assert sum(counts[box.node] for box in folded) + len(ends) == large_tree.n_leaves == 300
    assert all(f"{counts[box.node]} leaves, mostly" in box.told for box in folded)
    opened = lay_out(nodes, way, CONCEPTS, TASK, looked_at=folded[0].node)
    assert next(box for box in opened.boxes if box.node == folded[0].node).kind == "question"
    assert len(opened.boxes) == len(drawing.boxes) + 2


def test_the_way_is_lit_and_links_are_as_wide_as_their_share(small_tree):
    nodes = small_tree.nodes()
    leaf = next(node.id for node in nodes if node.is_leaf)
    way = route_to(nodes, leaf)
    drawing = lay_out(nodes, way, CONCEPTS, TASK)
    assert {box.node for box in drawing.boxes if box.on_way} == set(way)
    assert sum(link.on_way for link in drawing.links) == len(way) - 1
    assert len(drawing.links) == len(nodes) - 1
    assert sum(link.share for link in drawing.links[:2]) == pytest.approx(1)


def test_a_tree_of_one_answer_is_one_box():
    tree = fit_tree(np.zeros((4, 20)), np.zeros(4, dtype=int), ASKED, (), 19)
    drawing = lay_out(tree.nodes(), [0], CONCEPTS, TASK, looked_at=0)
    assert [box.lines for box in drawing.boxes] == [("answer 0",)]
    assert drawing.links == ()
    tree_svg(drawing, COLOURS, "one answer")
    tree_png(drawing, COLOURS)


# --- files -----------------------------------------------------------------------------------------------------


def test_svg_is_whole_xml_whatever_a_concept_is_called(small_tree):
    nodes = small_tree.nodes()
    for live in (False, True):
        svg = tree_svg(lay_out(nodes, [0, 1], AWKWARD, TASK), COLOURS, 'the "<tree>"', live=live, looked_at=1)
        root = ElementTree.fromstring(svg)
        groups = [one for one in root.iter() if one.get("data-node") is not None]
        assert [int(one.get("data-node")) for one in groups] == [node.id for node in nodes]
        assert root.get("aria-label") == 'the "<tree>"'
        assert [one.get("role") for one in groups] == ["button" if live else None] * len(nodes)
    told = " ".join(one.get("aria-label") for one in groups)
    assert 'say "no"\\' in told
    assert "<b>&amp;" in told
    assert [one.get("aria-pressed") for one in groups].count("true") == 1


def test_the_answers_are_named_once(large_tree):
    nodes = large_tree.nodes()
    root = ElementTree.fromstring(tree_svg(lay_out(nodes, route_to(nodes, 500), CONCEPTS, TASK), COLOURS, "tree"))
    said = [one.text for one in root.iter() if one.get("class") == "answer"]
    assert said == ["no", "yes"]


def test_png_is_twice_as_large_as_the_drawing(small_tree):
    drawing = lay_out(small_tree.nodes(), [0], AWKWARD, TASK)
    with Image.open(io.BytesIO(tree_png(drawing, COLOURS))) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGB")
        assert picture.width == pytest.approx(2 * drawing.width, abs=2)
        assert picture.height == pytest.approx(2 * drawing.height, abs=2)
        assert len(picture.getcolors(1_000_000)) > 10


STRING = r'"(?:[^"\\]|\\.)*"'


def test_dot_holds_every_node_and_its_strings_end_where_they_should(large_tree):
    nodes = large_tree.nodes()
    dot = tree_dot(nodes, AWKWARD, TASK)
    bare = re.sub(STRING, "", dot)
    assert '"' not in bare
    assert bare.count("->") == len(nodes) - 1
    assert len(re.findall(r"^  \d+ \[label=\];$", bare, re.MULTILINE)) == len(nodes)
    assert "<b>&amp;" in dot
    assert 'say \\"no\\"\\\\?' in dot


@pytest.mark.parametrize("text", ['"', "\\", 'a\\"b', "\n", "\\N", "猫"])
def test_a_quoted_text_is_read_back_as_it_was(text):
    inner = quoted(text)[1:-1]
    read = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], inner)
    assert read == text


def test_the_curve_marks_the_size_that_is_shown():
    curve = SizeCurve(np.array([0.5, 0.7, 0.9]), np.array([0.4, 0.8, 1.0]), 10, 20)
    figure = size_figure(curve, 2)
    assert [list(trace.y) for trace in figure.data] == [[0.5, 0.7, 0.9], [0.4, 0.8, 1.0], [0.7, 0.8]]
    assert list(figure.data[0].x) == [1, 2, 3]
    assert figure.layout.shapes[0].x0 == 2


def test_the_whole_tree_has_a_box_a_node_and_outlines_the_way(large_tree):
    nodes = large_tree.nodes()
    route = route_to(nodes, nodes[-1].id)
    boxes = whole_tree(nodes, route, CONCEPTS, TASK, COLOURS).data[0]
    assert len(boxes.ids) == large_tree.n_nodes
    outlined = [int(name) for name, width in zip(boxes.ids, boxes.marker.line.width, strict=True) if width > 1]
    assert sorted(outlined) == sorted(route)


def test_an_agreement_is_asked_and_answered_as_such(agreeing_tree):
    nodes = agreeing_tree.nodes()
    drawing = lay_out(nodes, (0, 1), CONCEPTS, TASK)
    assert "agree on digit?" in " ".join(drawing.boxes[0].lines)
    assert len(drawing.boxes[0].colours) == 2
    assert whole_tree(nodes, (0,), CONCEPTS, TASK, COLOURS).data[0].labels[0] == "agree on digit?"
    same, other = np.eye(10)[3], np.eye(10)[4]
    for graph, said in ((same, "agree on digit"), (other, "differ in digit")):
        drawn = path_list(agreeing_tree.path({"image": same, "graph": graph}), CONCEPTS, TASK, {})
        assert f"{TASK.card.modalities[0].title} and {TASK.card.modalities[1].title} {said}" in drawn


def test_a_path_tells_where_it_stops_and_what_the_missing_modality_would_have_to_say(large_tree):
    (gone,) = large_tree.nodes()[0].question.modalities
    path = large_tree.path({name: np.full(10, 0.9) for name in MODALITIES if name != gone})
    assert path.stopped_for == gone
    drawn = path_list(path, CONCEPTS, TASK, {}, stop="It would ask <this>")
    assert "stops here" in drawn
    assert TASK.card.modality(gone).title in drawn
    assert "It would ask &lt;this&gt;" in drawn


def test_a_path_tells_what_its_concepts_are_on_for(large_tree):
    meanings = {name: [f"on for <{name}> {t}" for t in range(10)] for name in MODALITIES}
    path = large_tree.path({name: np.full(10, 0.9) for name in MODALITIES})
    drawn = path_list(path, CONCEPTS, TASK, meanings)
    for step in path.steps:
        assert f"on for &lt;{step.question.modalities[0]}&gt; {step.question.concepts[0]}" in drawn


def test_a_path_sets_off_what_another_lacks(large_tree):
    shared = {name: np.full(10, 0.9) for name in MODALITIES}
    path, other = large_tree.path(shared), large_tree.path({name: np.full(10, 0.1) for name in MODALITIES})
    assert path_list(path, CONCEPTS, TASK, {}, other=path).count("16%") == 0
    assert path_list(path, CONCEPTS, TASK, {}, other=other).count("16%") == len(path.steps)
