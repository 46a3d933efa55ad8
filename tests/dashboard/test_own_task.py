"""Runs of tasks that nobody here has heard of, on every page: what is known is shown as it was given, and no more."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import resources
from drawings.map_legend import legend_entries
from drawings.map_names import map_names
from pages import as_read, faultless, open_page, texts
from partial_toy import partial_task
from sharcs_core import projection
from sharcs_core.kinds import KINDS
from sharcs_core.meanings import UNKNOWN
from sharcs_core.pipeline import train_run
from sharcs_core.tasks import TASKS
from sharcs_core.tasks.task import LoadedTask, Task
from shared.frame import PAGES

OWN, PARTIAL = "my own", "my partial"
N, LACKING = 120, 6
STATES = (
    *((page, {}) for page in PAGES),
    *(("overview", {"tour": step, "pick_run": True}) for step in range(1, 6)),
    *(("concept_map", {"map_colour": colour, "map_unseen": True}) for colour in ("Answer", "Mistakes", "Concept")),
    ("retrieval", {"gallery": True}),
    ("intervention", {"borrow|table": True, "borrow|text": True, "borrow|marks": True}),
    ("intervention", {"edit_with": "Sliders"}),
    *(("concepts", {"see": part, "on": [0]}) for part in ("One concept", "Find samples")),
    ("results", {"part": "Two runs"}),
)
NAMES = [f"{page}-{'-'.join(map(str, choices.values()))}" for page, choices in STATES]
CLAIMS = re.compile(r"means? the same|means something|\bmisread\b|\bThey mean\b|\breads the\b|\breads <b>|>means<")
"""What can only be said where it is known what inputs mean."""


def own_task() -> LoadedTask:
    """Four kinds of data on three classes; some inputs are missing, and nothing is known of what they mean."""
    rng = np.random.default_rng(0)
    labels = np.arange(N) % 3
    pictures = list(rng.integers(0, 40, (N, 6, 9)) + 60 * labels[:, None, None])
    tables = [
        {"height, in metres": 1.5 * label, "sort": ("oak", "elm")[label % 2], "a name that is much too long": 0.1 * row}
        for row, label in enumerate(labels.tolist())
    ]
    for row in range(LACKING):
        pictures[row] = None
    return Task.from_arrays(
        "my_trees",
        {
            "photo": pictures,
            "table": tables,
            "net": [nx.path_graph(4 + label) for label in labels],
            "text": [f"a tree of {('spring', 'autumn', 'snow')[label]}" for label in labels],
        },
        labels.tolist(),
        ids=[f"<i>plot {row % 7}</i>, no: {row} 50%2C/ü" for row in range(N)],
        target="tree",
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of a run of either task, trained for a moment; the tasks themselves are not there any more."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "METHOD_FITS", {"PCA": projection.METHOD_FITS["PCA"]})
        for name, task in ((OWN, own_task()), (PARTIAL, partial_task())):
            assert task.name not in TASKS
            config = task.preset()
            short = replace(config.training, epochs=1, polish_epochs=0)
            train_run(replace(config, training=short, bank_size=80, test_size=24), task, folder / name)
        patch.setenv("SHARCS_RUNS", str(folder))
        yield folder


def opened(run: str, page: str, choices: dict[str, object]) -> AppTest:
    chosen = dict(choices)
    if "tour" in choices:
        first = resources.first_samples(run)
        chosen["sample"] = first.mistake or first.least_sure
    return faultless(open_page(page, run=run, **chosen))


@pytest.mark.parametrize(("page", "choices"), STATES, ids=NAMES)
def test_every_page_shows_an_own_task_and_says_nothing_of_what_its_inputs_mean(runs, page, choices):
    said = re.sub(r"<style>.*?</style>", "", texts(opened(OWN, page, choices)), flags=re.DOTALL)
    assert page == "results" or not CLAIMS.search(said)  # which defines figures for tasks of which it is known


@pytest.mark.parametrize(("page", "choices"), STATES, ids=NAMES)
def test_every_page_shows_a_task_of_which_not_all_is_known(runs, page, choices):
    opened(PARTIAL, page, choices)


@pytest.mark.parametrize("part", ["bank", "test_bank"])
def test_a_sample_is_found_by_its_id_as_it_was_given_and_shown_with_its_own_answers(runs, part):
    run = resources.run(OWN)
    bank, names = getattr(run, part), run.card.target.names
    guesses = resources.predictions(OWN)["train" if part == "bank" else "test"]
    for row in range(0, 12, 3):
        sample_id = str(bank.sample_ids[row])
        page = faultless(open_page("concept_map", run=OWN, sample=sample_id))
        said = [as_read(element.value) for element in page.markdown]
        assert any(f"`{sample_id}`" in one and ("unseen" in one) == (part == "test_bank") for one in said)
        assert any(f"Model **{names[guesses[row]]}** · truth **{names[bank.labels[row]]}**" in one for one in said)


def test_every_modality_has_a_mark_of_its_own(runs):
    drawn = texts(faultless(open_page("overview", run=OWN)))
    for title in ("Photo", "Table", "Net", "Text"):
        assert f"</span> {title}</div>" in drawn
    signs = re.findall(r'<span style="color:(#\w+)">(.)</span> (?:Photo|Table|Net|Text)</div>', drawn)
    assert len(signs) == len(set(signs)) == 4


def test_samples_that_lack_an_input_are_counted_and_not_shown(runs):
    run, page = resources.run(OWN), faultless(open_page("concept_map", run=OWN))
    split = own_task().data.train
    assert (split.pairing["photo"] < 0).any()
    whole = int((split.pairing["photo"] >= 0).sum())
    assert len(run.bank) == min(80, whole)
    assert f"Showing {len(run.bank)} of {len(split)} training samples" in texts(page)


def test_a_selection_outlives_its_link_whatever_signs_its_ids_have(runs):
    table = resources.map_inputs(OWN)
    chosen = [str(one) for one in table.ids[table.parts == "train"][[0, 90, 170]]]
    page = faultless(open_page("concept_map", run=OWN, **{f"map_inputs|{OWN}": chosen}))
    link = page.query_params["selected"]
    again = AppTest.from_file(str(Path(resources.__file__).parents[1] / "Home.py"), default_timeout=60)
    again.query_params["run"], again.query_params["selected"] = OWN, link
    again = faultless(again.switch_page("views/concept_map/concept_map.py").run())
    assert "Your selection: 3 inputs" in texts(again)
    assert again.session_state[f"map_inputs|{OWN}"] == chosen


@pytest.mark.parametrize("name", [OWN, PARTIAL])
def test_a_template_is_read_as_the_input_that_it_was_made_of(runs, name):
    run = resources.run(name)
    for modality in run.card.modalities:
        inputs = run.test_bank.sides[modality.name].inputs
        suffix, content, _ = run.task.write(modality.name, inputs, 0)
        again, _ = run.task.read(modality.name, f"mine{suffix}", content)
        for array in KINDS[modality.kind].arrays:
            np.testing.assert_array_equal(again.arrays[array][0], inputs.arrays[array][0])


def test_a_table_is_brought_under_its_own_headings_and_shown_as_it_was_written(runs):
    _, content, _ = resources.run(OWN).task.write("table", resources.run(OWN).test_bank.sides["table"].inputs, 0)
    head, _ = content.decode().splitlines()
    assert head == '"height, in metres",sort,a name that is much too long'
    page = open_page("upload", run=OWN)
    box = next(widget for widget in page.file_uploader if "|table|" in widget.key)
    page = faultless(box.upload("mine.csv", f"{head}\n1.5,elm,0.25".encode(), "text/csv").run())
    drawn = texts(page)
    assert "height, in metres = 1.5, sort = elm, a name that is much too long = 0.25" in drawn
    assert "mine.csv" in drawn


def test_examples_are_read_and_explained(runs):
    for name in (OWN, PARTIAL):
        page = open_page("upload", run=name, change_it=True)
        page = faultless(page.button(key="try_example").click().run())
        assert "The model is" in texts(page)


# --- what is not known ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["colour", "shape", "whole"])
def test_what_is_not_known_is_coloured_and_called_so_and_never_as_something_else(runs, way):
    run, table = resources.run(PARTIAL), resources.map_inputs(PARTIAL)
    bank = run.bank
    assert (bank.sides["marks"].semantics == UNKNOWN).all()
    said = [resources.pointed(PARTIAL, "train", "marks", row).lines for row in range(len(bank))]
    assert all(lines[0] == "Marks: not known" for lines in said)
    *known, (last, shade, _) = legend_entries(run.task, "Meaning", way, keys=table.keys)
    assert last == "not known"
    painted = resources.map_painted(PARTIAL, "Meaning", way, False)
    drawn = [painted.inks[number] for number in painted.of if painted.inks[number].side == "train/marks"]
    assert len(drawn) == len(bank)
    assert {ink.colour for ink in drawn} == {shade}
    assert shade not in {colour for words, colour, _ in known if words not in ("Table", "Words", "Marks")}
    alone = table.take((table.parts == "train") & (table.modalities == "marks"))
    assert not map_names(run.task, alone, bank.sides["marks"].maps["PCA"], "Meaning", way)


def test_only_what_a_modality_says_something_of_is_offered_to_be_chosen(runs):
    page = faultless(open_page("intervention", run=PARTIAL))
    labels = [as_read(pills.label) for pills in page.get("button_group") if pills.label]
    offered = {label.split(" (")[0] for label in labels if ": " in label}
    assert offered == {"Table: colour", "Table: shape", "Words: colour"}


def test_neighbours_are_only_said_to_mean_the_same_where_that_is_known(runs):
    run = resources.run(PARTIAL)
    told = 0
    for row in range(8):
        page = faultless(open_page("retrieval", run=PARTIAL, sample=str(run.test_bank.sample_ids[row])))
        said = texts(page)
        for mark, name in re.findall(r"<span class='read-out'>(means[^<]*): </span>([^<]*)</div>", said):
            told += 1
            assert mark in ("means the same", "means something else")
            assert name != "not known"
    assert told
