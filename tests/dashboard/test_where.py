"""Where something is read: the switch on every page that has one, what it lights, and drawings of lit parts."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import resources
from drawings.inputs import draw_lit
from drawings.lit import lit_graph, lit_table, lit_text
from drawings.look import Look, look_of
from drawings.theme import AGAINST, FOR
from pages import faultless, open_page, texts
from sharcs_core.errors import UserError
from sharcs_core.kinds.graph import edges_of
from sharcs_core.kinds.tabular import TABULAR
from sharcs_core.structures import Answer, Inputs, OnGraph, OnPicture, OnTable, OnText, Question
from sharcs_core.tasks.card import Modality
from sharcs_core.where import where
from sharcs_core.where.choices import alike_in
from sharcs_core.where.showing import softened, strengths
from shared import own
from shared.intervene.editor import CHOICES, SLIDERS, Editor
from shared.intervene.pointed import class_of, controls_of
from shared.sample import Sample

RUN = "xor_and_xor"
NOT_ASKED = "not asked"


def drawn(page) -> str:
    return "".join(block.proto.body for block in page.get("html"))


def switched_on(page, key="see_where"):
    return faultless(page.toggle(key=key).set_value(True).run())


def asked(page):
    return next(box for box in page.selectbox if box.key.startswith("asked_about|"))


# --- pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run_name", [RUN, "clevr", "mnist_superpixels", "icons", "molecules"])
def test_a_sample_is_lit_for_its_answer_once_that_is_asked_for(run_name):
    page = faultless(open_page("retrieval", run=run_name))
    assert "speaks for it" not in drawn(page)
    page = switched_on(page)
    assert "speaks for it" in drawn(page)
    assert "% sure" in drawn(page)
    assert FOR in drawn(page) or "data:image" in drawn(page)


def test_one_concept_lights_the_one_input_that_is_asked():
    page = switched_on(faultless(open_page("retrieval", run="clevr")))
    run = resources.run("clevr")
    sample = Sample.kept(run, resources.first_samples("clevr").ids[0])
    things = sample.choices()
    place = next(i for i, one in enumerate(things) if isinstance(one, Question) and one.modalities == ("text",))
    page = faultless(asked(page).set_value(place).run())
    assert drawn(page).count(NOT_ASKED) == 1
    assert "<mark" in drawn(page)


def test_neighbours_are_lit_where_they_are_alike():
    page = faultless(open_page("retrieval", run="mnist_superpixels"))
    before = drawn(page).count("lit where it is read")
    page = switched_on(page, "see_alike")
    assert drawn(page).count("lit where it is read") == before + 8


def test_prototypes_are_lit_for_their_concept():
    page = faultless(open_page("concepts", run="clevr", concepts_part="One concept"))
    if not any(one.key == "see_where" for one in page.toggle):
        page = faultless(page.segmented_control[0].set_value("One concept").run())
    before = drawn(page).count("<img")
    page = switched_on(page)
    assert drawn(page).count("<img") > before
    assert "<mark" in drawn(page)


@pytest.mark.parametrize("without", ["", "image"])
def test_what_was_brought_is_lit_and_what_is_missing_is_left_out(without):
    page = faultless(faultless(open_page("upload", run="clevr")).button(key="try_example").click().run())
    if without:
        page = faultless(page.button(key=f"remove|{own.kept_key('clevr', without)}").click().run())
    page = switched_on(page)
    assert "<mark" in drawn(page)
    assert ("lit where it is read" in drawn(page)) == (not without)


def test_on_intervention_the_answer_is_lit_until_something_is_pointed_at():
    page = switched_on(faultless(open_page("intervention", run="clevr")))
    assert "<b>Answer: " in drawn(page)
    assert NOT_ASKED not in drawn(page)


def test_inputs_that_are_not_kept_are_refused_in_a_sentence():
    run = resources.run(RUN)
    withheld = {name: Inputs.withheld(side.inputs.kind, 1) for name, side in run.bank.sides.items()}
    with pytest.raises(UserError, match=r"^[A-Z].*[^.]$"):
        where(run, withheld)


# --- what is asked -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run_name", [RUN, "clevr", "icons"])
def test_the_answer_or_the_agreement_that_decides_comes_first_and_each_thing_once(run_name):
    run = resources.run(run_name)
    sample = Sample.kept(run, str(run.test_bank.sample_ids[0]))
    things = sample.choices()
    steps = {step.question for step in sample.explanation().path.steps}
    if run.model.config.agreements:
        assert things[0].kind == "agreement"
        assert things[1] == Answer()
    else:
        assert things[0] == Answer()
    assert steps <= set(things)
    assert len(set(things)) == len(things)
    assert all(one.is_told for one in things if isinstance(one, Question))


def test_neighbours_are_asked_for_a_concept_that_both_have_on():
    run = resources.run("clevr")
    explanation = resources.explanation("clevr", str(run.test_bank.sample_ids[0]))
    for found in explanation.neighbours["image"]["text"]:
        question = alike_in(explanation, found)
        assert question is not None
        assert question.modalities == ("text",)
        concept = question.concepts[0]
        assert run.bank.sides["text"].shared[found.row, concept] > 0.5
        assert explanation.shared["image"][concept] > 0.5


def free_editor():
    shared = {"table": np.zeros(3), "graph": np.ones(3)}
    return Editor("a run|an id", shared)


def taught_editor():
    run = resources.run("clevr")
    return Sample.kept(run, str(run.test_bank.sample_ids[0])).editor


@pytest.mark.parametrize("make", [free_editor, taught_editor])
def test_every_control_stands_for_what_it_edits(make):
    editor = make()
    things, controls = controls_of(editor)
    assert all(re.fullmatch(r"st-key-[\w-]+", name) for name in controls)
    for modality, values in editor.shared.items():
        for concept in range(len(values)):
            stands_for = controls[class_of(editor.key(SLIDERS, modality, concept))]
            assert [things[place] for place in stands_for] == [Question((modality,), (concept,))]
        for factor in editor.factors_of(modality):
            buttons = controls[class_of(editor.key(CHOICES, modality, factor.name))]
            assert len(buttons) == factor.n_values
            assert {things[place].concepts[0] for place in buttons} == set(factor.concepts)


# --- drawings ------------------------------------------------------------------------------------------------------


def pixels_of(html: str) -> np.ndarray:
    content = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), dtype=int)


def test_pixels_that_speak_for_it_are_green_those_against_it_violet_and_others_grey():
    inputs = Inputs("image", {"pixels": np.full((1, 40, 40), 128, dtype=np.uint8)})
    shares = np.zeros((40, 40))
    shares[5:15, 5:15], shares[25:35, 25:35] = 0.005, -0.005
    lit = draw_lit(inputs, 0, OnPicture(shares, (0, 0, 40, 40)), 100, Look(), "x")
    pixels = pixels_of(lit)
    red, green, blue = pixels[10, 10]
    assert green > red > blue
    red, green, blue = pixels[30, 30]
    assert blue > red > green
    assert len(set(pixels[10, 30])) == 1


def test_nothing_that_counts_lights_nothing():
    assert not strengths(np.zeros(5)).any()
    assert strengths(np.array([0.1, -0.4])).tolist() == [0.25, -1.0]


def test_what_the_encoder_does_not_look_at_is_never_lit():
    shares = np.zeros((20, 20))
    shares[5:10, 5:10] = 0.04
    soft = softened(OnPicture(shares, (5, 5, 10, 10)))
    assert soft[5:10, 5:10].all()
    soft[5:10, 5:10] = 0
    assert not soft.any()


def test_each_word_is_marked_where_it_stands_and_markup_stays_text():
    text = 'a <b>"red"</b>  cube'
    places = np.array([[0, 1], [2, 14], [16, 20]])
    words = tuple(text[start:end] for start, end in places)
    html = lit_text(OnText(text, words, places, np.array([0.0, 0.7, -0.3])))
    assert "<b>" not in html
    assert re.sub(r"</?mark[^>]*>", "", html).replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"') == text
    assert html.index(FOR) < html.index(AGAINST) or FOR in html


def test_a_wide_row_shows_the_cells_that_count_most():
    rows = [{f"column {i}": float(i + j) for i in range(30)} for j in range(4)]
    form = TABULAR.fit(rows)
    inputs, _ = TABULAR.prepare(form, rows)
    cells = np.zeros(30)
    cells[[20, 27]] = 0.6, -0.4
    svg = lit_table(inputs, 0, look_of(Modality("table", "Table", form)), OnTable(tuple(rows[0]), cells))
    body = base64.b64decode(svg.source.split(",")[1]).decode()
    assert body.index("column 20") < body.index("column 27") < body.index("more")
    assert (body.count(FOR), body.count(AGAINST)) >= (1, 1)


@pytest.mark.parametrize("run_name", ["mnist_superpixels", "half_mnist", RUN, "icons", "molecules"])
def test_every_node_and_edge_of_a_graph_has_its_light(run_name):
    run = resources.run(run_name)
    name = next(one.name for one in run.card.modalities if one.kind == "graph")
    inputs = run.test_bank.sides[name].inputs.take([0])
    n_nodes = int(inputs.arrays["n_nodes"][0])
    ends = edges_of(inputs, 0)
    regions = inputs.arrays["segments"][0].astype(int) if "segments" in inputs.arrays else None
    part = OnGraph(np.full(n_nodes, 1 / n_nodes), ends, np.zeros(len(ends)), regions)
    picture = lit_graph(inputs, 0, look_of(run.card.modality(name), run.card.names), part)
    if regions is None:
        body = base64.b64decode(picture.source.split(",")[1]).decode()
        assert body.count(f'fill="{FOR}"') == n_nodes
    else:
        assert "png" in picture.source


def test_the_page_says_how_sure_it_is():
    page = switched_on(faultless(open_page("retrieval", run=RUN)))
    assert re.search(r"Answer: \w+</b> >?&?[gt;]*\d+ % sure", drawn(page)), texts(page)
