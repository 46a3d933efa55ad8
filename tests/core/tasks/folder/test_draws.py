"""How the graphs of a folder are drawn: which attributes say it, kept in the card; others are refused."""

from __future__ import annotations

import json

import pytest

from made_folders import folder
from sharcs_core.tasks.card import card_from_json, card_values
from sharcs_core.tasks.folder.faults import FolderError
from sharcs_core.tasks.folder.task import folder_task

TOML = """
[modalities.graph]
column = "graph"
draws = {{ {} }}
[modalities.story]
column = "story"
"""


def graph(row):
    nodes = [{"id": number, "element": "CON"[(row + number) % 3], "charge": 0.1 * number} for number in range(4)]
    edges = [{"source": a, "target": a + 1, "order": ("single", "double")[(row + a) % 2]} for a in range(3)]
    return json.dumps({"id": f"g{row}", "nodes": nodes, "edges": edges})


def made(path, draws):
    rows = [f"p{row},{'ab'[row % 2]},g{row},it is rather {('dry', 'wet')[row % 2]} there" for row in range(60)]
    sheet = "\n".join(["id,label,graph,story", *rows]) + "\n"
    lines = "\n".join(map(graph, range(60))) + "\n"
    folder(path, {"metadata.csv": sheet, "graphs.jsonl": lines, "task.toml": TOML.format(draws)})
    return path


def test_what_draws_a_graph_is_kept_in_the_card(tmp_path):
    card = folder_task(made(tmp_path, 'node = "element", edge = "order", unwritten = "C"')).task.card
    assert card.modality("graph").draws == {"node": "element", "edge": "order", "unwritten": "C"}
    assert card.modality("story").draws == {}
    assert card_from_json(json.loads(json.dumps(card_values(card)))) == card


@pytest.mark.parametrize(
    ("draws", "says"),
    [
        ('node = "elment"', r"names 'elment', which says nothing of it; write 'element'"),
        ('node = "charge"', r"names 'charge', which says nothing of it; choose from 'element'"),
        ('edge = "element"', r"names 'element', which says nothing of it; choose from 'order'"),
        ('nodes = "element"', r"is no part of a drawing; write 'node'"),
    ],
)
def test_attributes_that_graphs_do_not_have_are_refused_with_their_line(tmp_path, draws, says):
    with pytest.raises(FolderError, match=says) as refused:
        folder_task(made(tmp_path, draws))
    assert "task.toml, line 4" in str(refused.value)


def test_a_kind_of_which_nothing_is_chosen_is_refused(tmp_path):
    path = made(tmp_path, "")
    text = (path / "task.toml").read_text(encoding="utf-8") + 'draws = { node = "x" }\n'
    (path / "task.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FolderError, match="leave it out, for 'text' has no such parts"):
        folder_task(path)
