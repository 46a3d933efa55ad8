"""What people write is never code: payloads through every field of every page, and through the address."""

from __future__ import annotations

import json
import os
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from xml.sax.saxutils import quoteattr

import pytest
from streamlit.testing.v1 import AppTest

import resources
from drawings.concept_map import COLOURS
from drawings.markup import figure_html, html
from drawings.theme import class_colours
from drawings.tree import whole_tree
from drawings.tree_files import quoted, tree_dot
from drawings.tree_layout import lay_out
from drawings.tree_svg import tree_svg
from hostile import (
    MARK,
    MIXED,
    PAYLOADS,
    UNNAMEABLE,
    HostileTask,
    acting,
    as_shown,
    faults_of_figure,
    faults_of_html,
    faults_of_markdown,
    texts_of,
)
from pages import HOME, faultless, open_page
from sharcs_core import projection
from sharcs_core.checkpoints import load_run, save_run
from sharcs_core.pipeline import train_run
from sharcs_core.rules import tree_as_json
from sharcs_core.tasks import TASKS
from sharcs_core.tasks.xor import xor_and_xor
from shared.plain import code, markdown, plain
from untrained_runs import PARTS

SIZES = {"TRAIN": 60, "VALIDATION": 16, "TEST": 24}
RESULTS = HOME.parents[1] / "benchmarks" / "results"
EACH = PAYLOADS | UNNAMEABLE
STATES = (
    *(("overview", {"tour": step, "pick_run": True}) for step in range(1, 6)),
    *(("concept_map", {"map_colour": colour, "map_unseen": True}) for colour in COLOURS),
    ("concept_map", {"map_inputs": [f"train/{n:05d}/{kind}" for n in range(4) for kind in ("table", "text")]}),
    ("retrieval", {"gallery": True}),
    ("intervention", {"borrow|table": True}),
    ("intervention", {"edit_with": "Sliders"}),
    *(("concepts", {"see": part, "on": [0]}) for part in ("All concepts", "One concept", "Find samples")),
    ("tree", {}),
    ("upload", {}),
    ("results", {"part": "Two runs"}),
    *((page, {"free": True}) for page in ("overview", "intervention", "concepts", "tree")),
)
"""A page, and what is chosen on it, such that all of its fields are seen."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The files of two runs of the hostile task, trained for a moment; what they say of it is harmless yet.

    The concepts of the first are taught, those of the second are free.
    """
    task, folder = HostileTask("(evil)"), tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "METHOD_FITS", {"PCA": projection.METHOD_FITS["PCA"]})
        patch.setitem(TASKS, "hostile", task)
        for part, size in SIZES.items():
            patch.setattr(xor_and_xor, f"N_{part}", size)
        for concepts in ("named", "free"):
            config = task.preset(seed=0, concepts=concepts)
            training = replace(config.training, epochs=1, polish_epochs=0)
            train_run(replace(config, training=training, bank_size=40, test_size=24), task, folder / concepts)
    return folder


@pytest.fixture(params=MIXED, scope="module")
def payload(request, trained, tmp_path_factory) -> Iterator[str]:
    """A text in all places of a task, in the names of two runs and, where it can be, of their concepts."""
    text, runs = MIXED[request.param], tmp_path_factory.mktemp("runs")
    for concepts, name in (("named", folder_name(text)), ("free", second_name(text))):
        run = load_run(trained / concepts)
        save_run(runs / name, **{**{part: getattr(run, part) for part in PARTS}, "card": HostileTask(text).card})
        if text.isprintable():
            names = {str(concept): f"{text} {concept}" for concept in range(2)}
            (runs / name / "names.json").write_text(json.dumps(names), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARCS_RUNS", str(runs))
        patch.setenv("SHARCS_RESULTS", str(runs / "none"))
        patch.setitem(TASKS, "hostile", HostileTask(text))
        yield text


def second_name(text: str) -> str:
    return f"{folder_name(text)} 2"


def folder_name(text: str) -> str:
    return text.replace("/", "∕")


def harmless(page: AppTest, *payloads: str, whole: bool = True) -> AppTest:
    """A page without an exception, on which nothing of the payloads acts; each is shown whole, or cut."""
    assert not page.exception, [element.value for element in page.exception]
    assert not acting(page, [*payloads, *map(folder_name, payloads)], whole=whole)
    return page


# --- every field ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "choices"), STATES, ids=[f"{name}-{'-'.join(map(str, c.values()))}" for name, c in STATES]
)
def test_no_text_of_a_task_or_a_run_acts_on_a_page(payload, name, choices):
    run = second_name(payload) if "free" in choices else folder_name(payload)
    chosen = {f"{key}|{run}" if key == "map_inputs" else key: value for key, value in choices.items()}
    if "tour" in choices:
        first = resources.first_samples(run)
        chosen["sample"] = first.mistake or first.least_sure
    page = harmless(faultless(open_page(name, run=run, **chosen)), payload)
    assert sum(MARK in text for *_, text in texts_of(page)) > 5


def test_no_text_of_a_task_acts_where_an_example_is_explained(payload):
    page = open_page("upload", run=folder_name(payload), change_it=True)
    page = harmless(faultless(page.button(key="try_example").click().run()), payload)
    assert "PlotlyChart" in {message for message, *_ in texts_of(page)}


def test_nothing_that_is_asked_for_in_the_address_acts(payload):
    asked = f"no {payload}"
    names = (
        *("run", "sample", "tour", "leaves", "node", "selected", "see", "concept", "where", "on", "off", "where2"),
        *(
            "map_method",
            "map_colour",
            "map_concept",
            "map_meaning",
            "map_unseen",
            "part",
            "task",
            "second_run",
            "upload",
        ),
    )
    told = []
    for name in ("overview", "concept_map", "retrieval", "concepts", "tree", "upload", "results"):
        page = AppTest.from_file(str(HOME), default_timeout=60)
        for parameter in names:
            page.query_params[parameter] = asked
        harmless(page.switch_page(f"views/{name}/{name}.py").run(), whole=False)
        told += [warning.value for warning in page.warning]
    assert sum(plain(asked) in sentence for sentence in told) > 5


def test_a_run_whose_folder_has_no_text_for_a_name_breaks_no_page(trained, tmp_path, monkeypatch):
    for name in (b"broken \xff", b"whole"):
        shutil.copytree(os.fsencode(trained / "named"), os.fsencode(tmp_path) + b"/" + name)
    monkeypatch.setenv("SHARCS_RUNS", str(tmp_path))
    monkeypatch.setitem(TASKS, "hostile", HostileTask("(evil)"))
    assert faultless(open_page("overview")).selectbox(key="run").options == ["whole"]


def test_a_result_with_a_payload_for_a_name_is_left_out_and_told(payload, tmp_path, monkeypatch):
    cell = json.loads(next(RESULTS.rglob("seed_*.json")).read_text(encoding="utf-8"))
    for number, field in enumerate(("block", "task", "model", "variant"), start=1):
        file = tmp_path / payload.replace("/", "∕") / f"seed_{number}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({**cell, field: payload}), encoding="utf-8")
    monkeypatch.setenv("SHARCS_RESULTS", str(tmp_path))
    page = harmless(open_page("results", run=folder_name(payload)), whole=False)
    assert len(page.warning) == 4


def edited(run: str) -> AppTest:
    """The page of interventions with an edit that can be kept."""
    page = open_page("intervention", run=run)
    changers = [button for button in page.button if (button.key or "").startswith("changer|") and not button.disabled]
    return faultless(changers[0].click().run())


def keep_twice(page: AppTest, name: str) -> Iterator[AppTest]:
    """The page after each step of keeping edits under a name that is then given again."""
    for how in ("keep", "keep", "clash-both"):
        if how == "keep":
            page.text_input(key="scenario_name").set_value(name)
        yield faultless(page.button(key=how).click().run())


def kept(page: AppTest) -> list[str]:
    """The names of the scenarios, but for that of no edit."""
    return [button.key.split("|")[-1] for button in page.button if (button.key or "").startswith("load|")][1:]


def test_no_scenario_acts_whatever_it_is_called(payload):
    name = " ".join(f"my {payload}".split())
    for page in keep_twice(edited(folder_name(payload)), name):
        harmless(page, name, payload)
    assert kept(page) == [name, f"{name} (2)"]


@pytest.mark.parametrize("name", ["{0}", "{x}", "{", "{0.__class__}"])
def test_a_scenario_called_like_a_template_is_no_template(name):
    *_, page = keep_twice(edited("xor_and_xor"), name)
    assert kept(page) == [name, f"{name} (2)"]


BROUGHT = {
    "table": (".csv", lambda text: f'"{text}",bit_1\n0,"{text}"\n'),
    "table, cells": (".csv", lambda text: "\n".join([",".join(f"bit_{n}" for n in range(6)), f'1,0,"{text}",0,*0*,1'])),
    "graph": (".json", lambda text: json.dumps({"nodes": [{"id": text}, {"id": text}], text: [{"source": text}]})),
    "graph, edges": (
        ".json",
        lambda text: json.dumps({"nodes": [{"id": 0}], "edges": [{"source": text, "target": 0}]}),
    ),
    "graph, values": (".json", lambda text: json.dumps({"nodes": [{"id": 0, "colour": text}], "edges": text})),
    "graph, GraphML": (
        ".graphml",
        lambda text: f"<graphml><graph><node id='0'/><edge source='0' target={quoteattr(text)}/></graph></graphml>",
    ),
    "image": (".png", lambda text: text),
    "text": (".txt", lambda text: f"the {text} lamp"),
}
"""What is brought → its suffix, and its content around a text."""


@pytest.mark.parametrize("what", BROUGHT)
def test_no_name_and_no_content_of_a_file_acts(payload, what):
    suffix, content = BROUGHT[what]
    page, name = open_page("upload", run=folder_name(payload)), f"{payload}{suffix}"
    kind = what.split(",")[0]
    box = next(widget for widget in page.file_uploader if f"|{kind}|" in widget.key)
    page = harmless(box.upload(name, content(payload).encode(), "application/octet-stream").run(), whole=False)
    assert code(name) in "".join(block.value for block in page.markdown)
    assert page.error


def test_no_sentence_that_is_typed_acts(payload):
    page = open_page("upload", run=folder_name(payload))
    box = next(widget for widget in page.text_input if widget.key.startswith("sentence|"))
    page = harmless(box.set_value(f"the {payload} lamp").run(), whole=False)
    assert page.error


# --- files to take along -------------------------------------------------------------------------------------


def test_no_text_acts_in_the_files_of_the_tree(payload):
    run = resources.run(folder_name(payload))
    tree, names, task = run.tree_of(5), run.concept_names, run.task
    nodes, colours = tree.nodes(), class_colours(2)
    drawing = lay_out(nodes, [0], names, task)
    picture = tree_svg(drawing, colours, payload)
    assert not faults_of_html(picture, [payload])
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert json.loads(tree_as_json(tree, names, task))["classes"] == list(task.card.target.names)
    statements = statements_of(tree_dot(nodes, names, task))
    assert len(statements) == 2 + 2 * len(nodes) - 1
    assert any(as_shown(payload) in " ".join(text.split()) for statement in statements for text in statement)


def test_no_text_acts_in_the_drawings_of_a_large_tree(payload, xor_run):
    nodes, names = xor_run.tree.nodes(), [f"{payload} {concept}" for concept in range(20)]
    drawing = whole_tree(nodes, [0], names, HostileTask(payload), class_colours(2))
    assert MARK in drawing.to_json()
    assert not faults_of_figure(drawing.to_json(), [payload])
    assert not faults_of_html(" ".join(drawing.data[0].customdata), [payload])


def statements_of(dot: str) -> list[list[str]]:
    """The statements of a graph in Graphviz's language, of each its quoted texts as Graphviz reads them.

    A reader of its own: it fails at whatever is neither a quoted text nor a sign that our graphs are made of.
    """
    body = re.fullmatch(r"digraph tree \{\n(.*)\n\}\n", dot, re.DOTALL)[1]
    tokens = re.findall(r'"((?:[^"\\]|\\.)*)"|([\w>=,\[\]\s-]+)|(;)|(.)', body, re.DOTALL)
    assert not [other for *_, other in tokens if other]
    statements: list[list[str]] = [[]]
    for text, _, end, _ in tokens:
        if end:
            statements.append([])
        elif text:
            read = re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), text)
            statements[-1].append(re.sub(r"&(?:amp|#38);", "&", read))
    return statements[:-1]


# --- each payload, in each language --------------------------------------------------------------------------


@pytest.mark.parametrize("text", EACH.values(), ids=EACH)
def test_every_payload_is_shown_letter_by_letter(text):
    for source in (plain(text), markdown("**{}**: {}, {}", text, text, code(text)), markdown("- {}", text)):
        assert not faults_of_markdown(source, [text]), source
    for source in (html("<p title='{}'>{}</p>", text, text), html('<b id="{x}">{x}</b>', x=text)):
        assert not faults_of_html(source, [text]), source
    figure = {"data": [{"text": figure_html("<b>{}</b><br>{} %{{y:.1%}}", text, text)}]}
    assert not faults_of_figure(json.dumps(figure), [text])
    (read,) = statements_of(f"digraph tree {{\n{quoted(text)};\n}}\n")
    assert [as_shown(one) for one in read] == [as_shown(text)]


INERT_IN_MARKDOWN = {"a tag", "an attribute", "a template", "Graphviz"}
INERT_IN_HTML = set(EACH) - {"a tag", "a script", "a style", "an attribute", "an entity", "a turn", "controls"}


@pytest.mark.parametrize("kind", EACH)
def test_what_would_act_is_found(kind):
    text = EACH[kind]
    assert bool(faults_of_markdown(f"Here is\n\n{text}", [text])) != (kind in INERT_IN_MARKDOWN)
    assert bool(faults_of_html(f"<p title='{text}'>{text}</p>", [text])) != (kind in INERT_IN_HTML)
