"""Explanations for the terminal: concepts by name, answers in words."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from named_toy import NamedToy, named_toy_run
from sharcs_core.cli.report import explanation_report, explanation_text
from sharcs_core.explanations import explain_sample
from sharcs_core.naming import step_in_words, stop_in_words
from sharcs_core.structures import THRESHOLD
from sharcs_core.tasks import TASKS
from toy_task import MODALITIES

TITLES = {"table": "Table", "words": "Words", "picture": "Picture"}
TAUGHT = ("parity", "number 0", "number 1", "number 2", "number 3")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, NamedToy.name, NamedToy())
        yield named_toy_run(tmp_path_factory.mktemp("runs"))


def explained(run, row=0, **how):
    return explain_sample(run, str(run.test_bank.sample_ids[row]), k=3, **how)


def test_concepts_go_by_name_and_value(run):
    found = explained(run, row=4)
    report = json.loads(json.dumps(explanation_report(run, found)))
    assert list(report["concepts"]) == list(MODALITIES)
    for name, by_name in report["concepts"].items():
        assert tuple(by_name)[:5] == TAUGHT
        assert tuple(by_name) == run.concept_names
        np.testing.assert_allclose(list(by_name.values()), found.shared[name])


@pytest.mark.parametrize("row", range(6))
def test_what_taught_concepts_say_is_read_in_words(run, row):
    report = explanation_report(run, explained(run, row))
    for name, by_name in report["concepts"].items():
        largest = max(TAUGHT[1:], key=by_name.__getitem__)
        assert report["reads"][name] == {"parity": f"parity {int(by_name['parity'] > 0.5)}", "number": largest}
        first, second = sorted((by_name[name] for name in TAUGHT[1:]), reverse=True)[:2]
        assert ("number" in report["unsure"][name]) == (first - second < 0.2)


def test_the_path_says_what_was_asked_and_answered(run):
    kinds = set()
    for row in range(12):
        found = explained(run, row)
        report = explanation_report(run, found)
        assert (report["tree_stopped_for"], report["tree_asks"]) == (None, None)
        assert len(report["tree_path"]) == len(found.path.steps)
        for told, step in zip(report["tree_path"], found.path.steps, strict=True):
            assert set(told) == {"kind", "modalities", "concepts", "factor", "value", "says"}
            assert told["says"] == step_in_words(step, run.concept_names, run.task)
            kinds.add(told["kind"])
            said = [report["concepts"][name] for name in told["modalities"]]
            if told["kind"] == "concept":
                assert told["value"] == (said[0][told["concepts"][0]] > THRESHOLD)
                assert told["says"].startswith(f"{TITLES[told['modalities'][0]]}: ")
            elif told["factor"]:
                read = {report["reads"][name][told["factor"]] for name in told["modalities"]}
                assert told["value"] == (len(read) == 1)
            else:
                assert told["value"] == (len({one[told["concepts"][0]] > THRESHOLD for one in said}) == 1)
    assert kinds == {"concept", "agreement"}


def test_a_path_that_stops_says_what_it_would_ask(run):
    stopped = 0
    for row in range(12):
        found = explained(run, row, missing=["words"], handling="absent")
        report = explanation_report(run, found)
        assert report["missing"] == {"words": "absent"}
        assert list(report["concepts"]) == list(report["reads"]) == ["table", "picture"]
        text = explanation_text(run, report)
        assert "missing: Words (absent: averaged over the samples of the bank that are most alike)" in text
        if report["tree_stopped_for"]:
            stopped += 1
            assert "words" in report["tree_asks"]["modalities"]
            words = stop_in_words(found.path, found.shared, run.tree, run.concept_names, run.task)
            assert report["tree_asks"]["says"] == words != ""
            assert f"  {words}\n  so far it says {report['tree_class']}" in text
        else:
            assert f"\n  so it says {report['tree_class']}" in text
    assert stopped


def test_what_stands_in_for_a_described_modality_is_told_as_such(run):
    report = explanation_report(run, explained(run, missing=["words"]))
    assert list(report["concepts"]) == ["table", "picture", "words"]
    text = explanation_text(run, report)
    assert "missing: Words (described: the nearest one of the bank stands in)" in text


def test_neighbours_share_concepts_by_name(run):
    found = explained(run, row=2)
    report = explanation_report(run, found)
    side = run.bank.sides["table"]
    for told in report["neighbours"]["table"]:
        row = side.ids.tolist().index(told["id"])
        both = (found.shared["words"] > THRESHOLD) & (side.shared[row] > THRESHOLD)
        assert told["shared_concepts"] == [run.concept_names[concept] for concept in np.flatnonzero(both)]
        assert told["label"] == f"number {side.semantics[row]}"


def test_the_text_has_every_value_every_concept_and_every_answer(run):
    report = explanation_report(run, explained(run, row=1))
    text = explanation_text(run, report)
    lines = text.splitlines()
    assert lines[:2] == [run.card.question, f"class: {report['class']}"]
    for name, title in TITLES.items():
        at = lines.index(f"the {title} says:")
        number = report["reads"][name]["number"]
        doubt = " (not for sure)" if "number" in report["unsure"][name] else ""
        assert f"  {number}{doubt}" in lines[at : at + 3]
        told = [f"  {value:.2f}  {concept}" for concept, value in report["concepts"][name].items()]
        assert lines[at + 3 : at + 9] == told
    assert all(f"  {step['says']}" in lines for step in report["tree_path"])
    assert f"nearest, {TITLES['picture']}:" in lines


def test_names_that_a_person_gave_are_the_ones_that_are_told(run):
    renamed = replace(run, given_names={3: '<b>"two"</b>', 5: "the rest"})
    report = json.loads(json.dumps(explanation_report(renamed, explained(run))))
    assert list(report["concepts"]["table"])[3] == '<b>"two"</b>'
    assert list(report["concepts"]["table"])[5] == "the rest"
    value = report["concepts"]["table"]['<b>"two"</b>']
    assert f'  {value:.2f}  <b>"two"</b>' in explanation_text(renamed, report).splitlines()
