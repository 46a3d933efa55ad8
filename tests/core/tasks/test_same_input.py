"""What is written to a file and read as an upload is the same input, of every modality of every task."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from PIL import Image

from sharcs_core import inference
from sharcs_core.baselines import build_model
from sharcs_core.checkpoints import load_run
from sharcs_core.tasks import TASKS
from sharcs_core.tasks.task import Task

SHIPPED = Path(__file__).resolve().parents[3] / "checkpoints"
N_INPUTS = 6
CLOSE = 1e-6
DRAWN = {"segments", "mask"}
"""Arrays that no encoder reads and no file keeps: pixels of patches, to be drawn."""


def brought_task(seed=0, n=60):
    """Pictures of 16 bits, graphs with edges that say something, a table with gaps and rare words, and a text."""
    rng = np.random.default_rng(seed)

    def graph(n_nodes):
        made = nx.gnp_random_graph(n_nodes, 0.4, seed=int(n_nodes))
        nx.set_node_attributes(made, {node: float(rng.normal(1e3, 1e-2)) for node in made}, "mass")
        nx.set_node_attributes(made, {node: ("C", "N", "O")[node % 3] for node in made}, "element")
        nx.set_edge_attributes(made, {edge: float(rng.random()) for edge in made.edges}, "bond")
        return made

    rows = [
        {"size": rng.normal(5, 1e6), "colour": rng.choice(["red", "blue"]), "rare": f"word {row}", "on": bool(row % 3)}
        for row in range(n)
    ]
    for row in rows[::5]:
        row["size"] = None
    inputs = {
        "deep": [rng.integers(0, 4096, (9, 11)) for _ in range(n)],
        "colours": [rng.integers(0, 256, (10, 7, 3)).astype(np.uint8) for _ in range(n)],
        "graph": [graph(3 + row % 6) for row in range(n)],
        "table": rows,
        "text": [f"Größe {row} – « {('rot', 'blau')[row % 2]} » 猫" for row in range(n)],
    }
    return Task.from_arrays("brought", inputs, ["a", "b", "c"] * (n // 3), seed=seed)


EVERY_TASK = {**TASKS, "brought": brought_task()}
MODALITIES = [(name, modality.name) for name, task in EVERY_TASK.items() for modality in task.card.modalities]


@lru_cache
def samples_and_model(name):
    """Inputs of a few test samples of a task, and a model of it as it is before training.

    Of a task that takes long to load they are those that its shipped run keeps.
    """
    task = EVERY_TASK[name]
    model = build_model(task.preset(concepts="free").model).eval()
    if (SHIPPED / name).is_dir():
        sides = load_run(SHIPPED / name).test_bank.sides
        return {modality: side.inputs.take(slice(N_INPUTS)) for modality, side in sides.items()}, model
    return task.load(0).test.select(slice(N_INPUTS)).samples(), model


def read_back(task, modality, inputs, row):
    file = task.write(modality, inputs, row)
    assert file.suffix in task.suffixes_of(modality)
    return task.read(modality, f"brought{file.suffix}", file.content)


def plain(field, values):
    """In what order a node hears its neighbours says nothing; nor how many places there are for them."""
    if field != "neighbours":
        return values
    ranked = np.sort(values, axis=-1)
    return ranked[..., (ranked >= 0).any((0, 1))]


@pytest.mark.parametrize(("name", "modality"), MODALITIES)
def test_the_arrays_are_equal_and_nothing_was_changed(name, modality):
    inputs = samples_and_model(name)[0][modality]
    for row in range(N_INPUTS):
        again, notes = read_back(EVERY_TASK[name], modality, inputs, row)
        one = inputs.take([row])
        assert set(again.arrays) >= set(one.arrays) - {"mask"}  # what matters in a picture stands in no file of it
        for field in set(one.arrays) - DRAWN:
            np.testing.assert_array_equal(plain(field, again.arrays[field]), plain(field, one.arrays[field]))
        assert not [note for note in notes if not note.startswith(("Training had", "Words not known"))]


@pytest.mark.parametrize(("name", "modality"), MODALITIES)
def test_the_probabilities_are_the_same(name, modality):
    inputs, model = samples_and_model(name)
    shared = inference.concepts_of(model, inputs)[1]
    again = [read_back(EVERY_TASK[name], modality, inputs[modality], row)[0] for row in range(N_INPUTS)]
    brought = np.concatenate([inference.concepts_of(model, {modality: one})[1][modality] for one in again])
    usual, found = (inference.probabilities(model, of) for of in (shared, {**shared, modality: brought}))
    np.testing.assert_allclose(found, usual, atol=CLOSE, rtol=0)
    assert np.ptp(usual, axis=0).max() > CLOSE  # or else anything would do


def test_a_picture_that_somebody_else_saved_is_the_one_from_its_array():
    shades = np.random.default_rng(0).integers(0, 17, (60, 8, 8)).astype(float)
    shades[:, 0, 0] = 16
    inputs = {"picture": shades, "words": ["some", "other"] * 30}
    task = Task.from_arrays("shades", inputs, ["a", "b", "c"] * 20, ids=range(60))
    test = task.data.test
    for row, number in enumerate(test.ids):
        content = io.BytesIO()
        Image.fromarray(np.rint(shades[int(number)] / 16 * 255).astype(np.uint8)).save(content, "PNG")
        found, notes = task.read("picture", "theirs.png", content.getvalue())
        np.testing.assert_array_equal(found.arrays["pixels"][0], test.inputs["picture"].arrays["pixels"][row])
        assert notes == ()


def test_a_graph_whose_edges_lead_to_each_patch_from_eight_is_heard_as_they_say():
    task = TASKS["mnist_superpixels"]
    graph = samples_and_model(task.name)[0]["graph"].take([0])
    heard = graph.arrays["neighbours"].copy()
    n_nodes = int(graph.arrays["n_nodes"][0])
    heard[0, 0] = [node for node in range(n_nodes - 1, 0, -1) if node not in heard[0, 0]][:8]  # far ones
    far = type(graph)("graph", {**graph.arrays, "neighbours": heard})
    again, notes = read_back(task, "graph", far, 0)
    assert set(again.arrays["neighbours"][0, 0]) == set(heard[0, 0])
    assert notes == ()
