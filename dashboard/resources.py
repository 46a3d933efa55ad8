"""What the pages read, kept in memory: the only place of ``st.cache_*``.

Cache keys are names. Each key also carries the state of the run's files, so that a run trained anew is read
anew without a restart. Heavy libraries are imported where a run is loaded, not where its name is listed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from figures.atlas import Atlas
    from sharcs_core.benchmark.cells import Cell
    from sharcs_core.checkpoints import Run, RunSummary
    from sharcs_core.structures import Bank, Explanation, Ints
    from sharcs_core.tree import TreeNode

Signature = tuple[tuple[str, int, int], ...]


def runs_folder() -> Path:
    """Where runs are looked for: ``$SHARCS_RUNS``, else ``checkpoints`` of this project."""
    return Path(os.environ.get("SHARCS_RUNS") or Path(__file__).resolve().parents[1] / "checkpoints")


def signature(folder: Path, pattern: str = "*") -> Signature:
    """Name, time and size of the files of ``folder``: changes when any of them does."""
    if not folder.is_dir():
        return ()
    files = ((path, path.stat()) for path in sorted(folder.glob(pattern)) if path.is_file())
    return tuple((str(path.relative_to(folder)), stat.st_mtime_ns, stat.st_size) for path, stat in files)


def list_runs() -> tuple[RunSummary, ...]:
    """The runs that are there, damaged ones with what is wrong; loads no model."""
    folder = runs_folder()
    return _list_runs(str(folder), signature(folder, "*/*"))


@st.cache_resource(max_entries=4, show_spinner=False)
def _list_runs(folder: str, state: Signature) -> tuple[RunSummary, ...]:
    from sharcs_core.checkpoints import list_runs as found

    return tuple(found(Path(folder)))


def run_settings(name: str) -> dict[str, Any]:
    """The settings that a run was trained with, without loading it. Raises RunError for a damaged run."""
    return _run_settings(str(runs_folder() / name), _state(name))


@st.cache_resource(max_entries=32, show_spinner=False)
def _run_settings(path: str, state: Signature) -> dict[str, Any]:
    from sharcs_core.checkpoints.layout import read_config

    return dict(read_config(Path(path))["config"])


def results_folder() -> Path:
    """Where the benchmark's cells are looked for: ``$SHARCS_RESULTS``, else ``benchmarks/results`` of this project."""
    return Path(os.environ.get("SHARCS_RESULTS") or Path(__file__).resolve().parents[1] / "benchmarks" / "results")


def results() -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """The benchmark's cells, and a sentence on each file that could not be read."""
    folder = results_folder()
    return _results(str(folder), signature(folder, "*/*/*/seed_*.json"))


@st.cache_resource(max_entries=2, show_spinner="Reading the results …")
def _results(folder: str, state: Signature) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    from sharcs_core.benchmark.tables import load_cells

    faults: list[str] = []
    return load_cells(Path(folder), faults.append), tuple(faults)


def run(name: str) -> Run:
    """A loaded run. Raises RunError (a ValueError) for one that is damaged, unknown or too new."""
    return _run(str(runs_folder() / name), _state(name))


@st.cache_resource(max_entries=4, show_spinner="Loading the model …")
def _run(path: str, state: Signature) -> Run:
    from sharcs_core.checkpoints import load_run

    return load_run(Path(path))


def explanation(
    run_name: str, sample_id: str, missing: tuple[str, ...] = (), handling: str = "described"
) -> Explanation:
    """Everything about one sample of a run, see :func:`sharcs_core.explanations.explain_sample`."""
    return _explanation(run_name, sample_id, tuple(missing), handling, _state(run_name))


@st.cache_resource(max_entries=512, show_spinner=False)
def _explanation(
    run_name: str, sample_id: str, missing: tuple[str, ...], handling: str, state: Signature
) -> Explanation:
    from sharcs_core.explanations import explain_sample

    return explain_sample(run(run_name), sample_id, missing=missing, handling=handling)


def predictions(run_name: str) -> dict[str, Ints]:
    """Predicted class of every sample of the two banks: ``train`` (n,) and ``test`` (n_test,)."""
    return _predictions(run_name, _state(run_name))


@st.cache_resource(max_entries=8, show_spinner=False)
def _predictions(run_name: str, state: Signature) -> dict[str, Ints]:
    from sharcs_core.inference import probabilities

    loaded = run(run_name)
    banks: dict[str, Bank] = {"train": loaded.bank, "test": loaded.test_bank}
    return {part: probabilities(loaded.model, bank.shared()).argmax(1) for part, bank in banks.items()}


def starters(run_name: str, n: int = 4) -> tuple[str, ...]:
    """Ids of ``n`` unseen samples to begin with: of different classes, the last one predicted wrong if any is."""
    loaded, predicted = run(run_name), predictions(run_name)["test"]
    labels, ids = loaded.test_bank.labels, loaded.test_bank.sample_ids
    right, wrong = (predicted == labels).nonzero()[0], (predicted != labels).nonzero()[0]
    first_of_class = {int(labels[row]): row for row in right[::-1]}
    rows = sorted({*first_of_class.values(), *right[:n]} if len(first_of_class) < n else first_of_class.values())
    chosen = [*rows[: n - 1], *wrong[:1], *rows[n - 1 :]]
    return tuple(str(ids[row]) for row in chosen[:n])


def tree_nodes(run_name: str, leaves: int) -> tuple[TreeNode, ...]:
    """The nodes of a run's decision tree of at most so many leaves."""
    return _tree_nodes(run_name, leaves, _state(run_name))


@st.cache_resource(max_entries=32, show_spinner="Growing the tree …")
def _tree_nodes(run_name: str, leaves: int, state: Signature) -> tuple[TreeNode, ...]:
    return run(run_name).tree_of(leaves).nodes()


def tree_accuracy(run_name: str, leaves: int) -> float:
    """Share of the validation samples that a run's tree of at most so many leaves gets right."""
    return _tree_accuracy(run_name, leaves, _state(run_name))


@st.cache_resource(max_entries=64, show_spinner=False)
def _tree_accuracy(run_name: str, leaves: int, state: Signature) -> float:
    loaded = run(run_name)
    return float(loaded.tree_of(leaves).accuracy_by_leaves(loaded.validation_answers, loaded.validation_labels)[-1])


def concept_meanings(run_name: str) -> dict[str, tuple[str, ...]]:
    """What each shared concept is on for in each modality, in words: modality → a line a concept."""
    return _concept_meanings(run_name, _state(run_name))


@st.cache_resource(max_entries=8, show_spinner=False)
def _concept_meanings(run_name: str, state: Signature) -> dict[str, tuple[str, ...]]:
    from sharcs_core.rationale import concept_meaning

    loaded = run(run_name)
    return {
        name: tuple(concept_meaning(loaded.bank, loaded.task, name, t) for t in range(side.shared.shape[1]))
        for name, side in loaded.bank.sides.items()
    }


def drawing(run_name: str, modality: str, row: int, *, test: bool = False, size: int = 140) -> str:
    """HTML of one input of a run's bank (or, with ``test``, of its unseen samples)."""
    return _drawing(run_name, modality, int(row), test, size, _state(run_name))


@st.cache_data(max_entries=4096, show_spinner=False)
def _drawing(run_name: str, modality: str, row: int, test: bool, size: int, state: Signature) -> str:
    from figures.inputs import draw

    loaded = run(run_name)
    bank = loaded.test_bank if test else loaded.bank
    return draw(bank.sides[modality].inputs, row, size, modality, loaded.task.modality(modality).words)


def map_figure(run_name: str, method: str, colour: str, detail: int | str, unseen: bool) -> go.Figure:
    """The concept map in one of its colours, with the unseen samples as a second layer if wanted."""
    return _map_figure(run_name, method, colour, detail, unseen, _state(run_name))


@st.cache_resource(max_entries=32, show_spinner="Drawing the map …")
def _map_figure(
    run_name: str, method: str, colour: str, detail: int | str, unseen: bool, state: Signature
) -> go.Figure:
    from figures.concept_map import Layer, concept_map

    loaded, predicted = run(run_name), predictions(run_name)
    layers = [Layer("train", loaded.bank, predicted["train"])]
    if unseen:
        layers.append(Layer("test", loaded.test_bank, predicted["test"]))
    return concept_map(loaded.task, layers, method, colour, detail)


def atlas(run_name: str) -> Atlas:
    """Small pictures, or the words, of all inputs of a run, for the pointer on the map."""
    return _atlas(run_name, _state(run_name))


@st.cache_resource(max_entries=4, show_spinner="Drawing the inputs …")
def _atlas(run_name: str, state: Signature) -> Atlas:
    from figures.atlas import build_atlas

    loaded = run(run_name)
    words = {modality.name: modality.words for modality in loaded.task.modalities}
    return build_atlas({"train": loaded.bank, "test": loaded.test_bank}, words)


def _state(run_name: str) -> Signature:
    return signature(runs_folder() / run_name)
