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
    from collections.abc import Mapping

    import plotly.graph_objects as go

    from drawings.atlas import Atlas
    from drawings.map_names import MapName
    from drawings.prototypes import PrototypeSheet
    from sharcs_benchmark.cells import Cell
    from sharcs_core.checkpoints import Run, RunSummary
    from sharcs_core.counterfactuals import Counterfactual
    from sharcs_core.differences import Comparison
    from sharcs_core.effects import LoneEffect
    from sharcs_core.headlines import Starters
    from sharcs_core.profiles import Profile
    from sharcs_core.rules import SizeCurve
    from sharcs_core.selections import InputTable
    from sharcs_core.structures import Bank, Explanation, Floats, Ints
    from sharcs_core.tree import TreeNode
    from sharcs_core.why import Why

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
    from sharcs_benchmark.tables import load_cells

    faults: list[str] = []
    return load_cells(Path(folder), faults.append), tuple(faults)


def run(name: str) -> Run:
    """A loaded run. Raises RunError (a ValueError) for one that is damaged, unknown or too new."""
    return _run(str(runs_folder() / name), _state(name))


@st.cache_resource(max_entries=8, show_spinner=False)
def _run(path: str, state: Signature) -> Run:
    """A run under the names that its concepts have now: a new name loads no model again."""
    from sharcs_core.checkpoints import with_names

    return with_names(_loaded(path, _unnamed(state)))


@st.cache_resource(max_entries=4, show_spinner="Loading the model …")
def _loaded(path: str, state: Signature) -> Run:
    from sharcs_core.checkpoints import load_run

    return load_run(Path(path))


def explanation(
    run_name: str, sample_id: str, missing: tuple[str, ...] = (), handling: str = "described"
) -> Explanation:
    """Everything about one sample of a run, see :func:`sharcs_core.explanations.explain_sample`."""
    return _explanation(run_name, sample_id, tuple(missing), handling, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=512, show_spinner=False)
def _explanation(
    run_name: str, sample_id: str, missing: tuple[str, ...], handling: str, state: Signature
) -> Explanation:
    from sharcs_core.explanations import explain_sample

    return explain_sample(run(run_name), sample_id, missing=missing, handling=handling)


def predictions(run_name: str) -> dict[str, Ints]:
    """Predicted class of every sample of the two banks: ``train`` (n,) and ``test`` (n_test,)."""
    return _predictions(run_name, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=8, show_spinner=False)
def _predictions(run_name: str, state: Signature) -> dict[str, Ints]:
    from sharcs_core.inference import predicted_classes

    loaded = run(run_name)
    banks: dict[str, Bank] = {"train": loaded.bank, "test": loaded.test_bank}
    return {part: predicted_classes(loaded.model, bank.shared()) for part, bank in banks.items()}


def first_samples(run_name: str) -> Starters:
    """Unseen samples of a run to begin with, see :func:`sharcs_core.headlines.starters`."""
    return _first_samples(run_name, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=16, show_spinner=False)
def _first_samples(run_name: str, state: Signature) -> Starters:
    from sharcs_core.headlines import starters as found

    return found(run(run_name))


def tree_nodes(run_name: str, leaves: int) -> tuple[TreeNode, ...]:
    """The nodes of a run's decision tree of at most so many leaves."""
    return _tree_nodes(run_name, leaves, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=32, show_spinner="Growing the tree …")
def _tree_nodes(run_name: str, leaves: int, state: Signature) -> tuple[TreeNode, ...]:
    return run(run_name).tree_of(leaves).nodes()


def concept_meanings(run_name: str) -> dict[str, tuple[str, ...]]:
    """What each shared concept is on for in each modality, in words: modality → a line a concept."""
    return _concept_meanings(run_name, _unnamed(_state(run_name)))


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
    return _drawing(run_name, modality, int(row), test, size, _unnamed(_state(run_name)))


@st.cache_data(max_entries=4096, show_spinner=False)
def _drawing(run_name: str, modality: str, row: int, test: bool, size: int, state: Signature) -> str:
    from drawings.inputs import draw

    loaded = run(run_name)
    bank = loaded.test_bank if test else loaded.bank
    side, described = bank.sides[modality], loaded.task.modality(modality)
    says = f"{described.title}: {described.key_names[int(side.semantics[row])]}"
    return draw(side.inputs, row, size, modality, described.words, says)


def map_figure(run_name: str, method: str, colour: str, detail: int | str, unseen: bool) -> go.Figure:
    """The concept map in one of its colours, with the unseen samples as a second layer if wanted."""
    return _map_figure(run_name, method, colour, detail, unseen, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=32, show_spinner="Drawing the map …")
def _map_figure(
    run_name: str, method: str, colour: str, detail: int | str, unseen: bool, state: Signature
) -> go.Figure:
    from drawings.concept_map import Layer, concept_map

    loaded, predicted, table = run(run_name), predictions(run_name), map_inputs(run_name)
    banks = {"train": loaded.bank, "test": loaded.test_bank} if unseen else {"train": loaded.bank}
    layers = [
        Layer(part, bank, predicted[part], {name: table.faults[table.rows_of_side(part, name)] for name in bank.sides})
        for part, bank in banks.items()
    ]
    return concept_map(loaded.task, layers, method, colour, detail)


def atlas(run_name: str) -> Atlas:
    """Small pictures, or the words, of all inputs of a run, for the pointer on the map."""
    return _atlas(run_name, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=4, show_spinner="Drawing the inputs …")
def _atlas(run_name: str, state: Signature) -> Atlas:
    from drawings.atlas import build_atlas

    loaded = run(run_name)
    words = {modality.name: modality.words for modality in loaded.task.modalities}
    return build_atlas({"train": loaded.bank, "test": loaded.test_bank}, words)


def _state(run_name: str) -> Signature:
    return signature(runs_folder() / run_name)


def _unnamed(state: Signature) -> Signature:
    """The state of a run's files but that of the names which a person gave to its concepts."""
    from sharcs_core.checkpoints.layout import NAMES

    return tuple(one for one in state if one[0] != NAMES)


def run_titles() -> dict[str, str]:
    """Run → what people call it: its task and the concepts it was trained with; damaged ones by their folder."""
    titles = {summary.name: _run_title(summary) for summary in list_runs()}
    shared = {title for title in titles.values() if list(titles.values()).count(title) > 1}
    return {name: f"{title} ({name})" if title in shared else title for name, title in titles.items()}


def _run_title(summary: RunSummary) -> str:
    from sharcs_core.tasks import get_task

    if summary.error:
        return summary.name
    concepts = "named" if run_settings(summary.name)["model"]["named"] else "free"
    return f"{get_task(summary.task).title}, {concepts} concepts"


def run_picture(name: str, modality: str, size: int = 56) -> str:
    """HTML of one input of a run, without loading its model; nothing where it keeps none."""
    return _run_picture(str(runs_folder() / name), modality, size, _state(name))


@st.cache_data(max_entries=256, show_spinner=False)
def _run_picture(path: str, modality: str, size: int, state: Signature) -> str:
    from drawings.inputs import draw
    from sharcs_core.checkpoints.layout import RunError, read_config
    from sharcs_core.checkpoints.preview import first_input
    from sharcs_core.tasks import get_task

    try:
        described = get_task(read_config(Path(path))["config"]["task"]).modality(modality)
        return draw(first_input(Path(path), modality, described.kind), 0, size, modality, described.words)
    except RunError:
        return ""


def why(run_name: str, sample_id: str, missing: tuple[str, ...] = (), handling: str = "described") -> Why:
    """Why a run answers one of its samples as it does, see :func:`sharcs_core.why.why`."""
    return _why(run_name, sample_id, tuple(missing), handling, _state(run_name))


@st.cache_resource(max_entries=512, show_spinner=False)
def _why(run_name: str, sample_id: str, missing: tuple[str, ...], handling: str, state: Signature) -> Why:
    from sharcs_core.why import why as why_of

    return why_of(run(run_name), explanation(run_name, sample_id, missing, handling))


def prototypes(run_name: str) -> PrototypeSheet:
    """Two prototypes of every free concept of a run in every modality, and the style sheet with their pictures."""
    return _prototypes(run_name, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=4, show_spinner="Looking for prototypes …")
def _prototypes(run_name: str, state: Signature) -> PrototypeSheet:
    from drawings.prototypes import prototype_sheet

    loaded = run(run_name)
    config = loaded.model.config
    return prototype_sheet(loaded.bank, loaded.task, range(config.n_named, config.width))


def what_changes(
    run_name: str, shared: Mapping[str, Floats], to_class: int | None, exclude: int | None
) -> tuple[Counterfactual, ...]:
    """The fewest edits of a sample's concepts that change a run's answer, see :mod:`sharcs_core.counterfactuals`."""
    return _what_changes(run_name, _packed(shared), to_class, exclude, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=512, show_spinner="Trying the edits …")
def _what_changes(
    run_name: str, shared: PackedConcepts, to_class: int | None, exclude: int | None, state: Signature
) -> tuple[Counterfactual, ...]:
    from sharcs_core.counterfactuals import counterfactuals

    return counterfactuals(run(run_name), _unpacked(shared), to_class=to_class, exclude=exclude)


def effects_alone(run_name: str, shared: Mapping[str, Floats], exclude: int | None) -> tuple[LoneEffect, ...]:
    """What each change of a sample's concepts does alone, see :func:`sharcs_core.effects.effects_alone`."""
    return _effects_alone(run_name, _packed(shared), exclude, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=512, show_spinner=False)
def _effects_alone(
    run_name: str, shared: PackedConcepts, exclude: int | None, state: Signature
) -> tuple[LoneEffect, ...]:
    from sharcs_core.effects import effects_alone as effects_of

    return effects_of(run(run_name), _unpacked(shared), exclude=exclude)


PackedConcepts = tuple[tuple[str, bytes], ...]
"""Modality and concepts, so that they are a key of a cache."""


def _packed(shared: Mapping[str, Floats]) -> PackedConcepts:
    return tuple((name, concepts.astype("float32").tobytes()) for name, concepts in shared.items())


def _unpacked(shared: PackedConcepts) -> dict[str, Floats]:
    import numpy as np

    return {name: np.frombuffer(concepts, dtype=np.float32).copy() for name, concepts in shared}


def concept_profiles(run_name: str) -> tuple[Profile, ...]:
    """What is known of each concept of a run, see :func:`sharcs_core.profiles.concept_profiles`."""
    return _concept_profiles(run_name, _state(run_name))


@st.cache_resource(max_entries=8, show_spinner="Looking into the concepts …")
def _concept_profiles(run_name: str, state: Signature) -> tuple[Profile, ...]:
    from sharcs_core.profiles import concept_profiles as profiles_of

    return profiles_of(run(run_name))


def map_inputs(run_name: str) -> InputTable:
    """All inputs that a run keeps, a row each, with what is a mistake; see :mod:`sharcs_core.selections`."""
    return _map_inputs(run_name, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=4, show_spinner=False)
def _map_inputs(run_name: str, state: Signature) -> InputTable:
    from sharcs_core.selections import inputs_of

    return inputs_of(run(run_name), predictions(run_name))


def map_names(run_name: str, method: str, colour: str, detail: int | str) -> tuple[MapName, ...]:
    """The names of the islands of a run's map in one colouring."""
    return _map_names(run_name, method, colour, detail, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=64, show_spinner=False)
def _map_names(run_name: str, method: str, colour: str, detail: int | str, state: Signature) -> tuple[MapName, ...]:
    import numpy as np

    from drawings.map_names import map_names as names_of

    loaded, table = run(run_name), map_inputs(run_name)
    places = np.concatenate([side.maps[method] for side in loaded.bank.sides.values()])
    return names_of(loaded.task, table.take(table.parts == "train"), places, colour, detail)


def run_differences(first: str, second: str) -> Comparison:
    """Two runs of one task on the unseen samples that both keep, see :mod:`sharcs_core.differences`."""
    return _run_differences(first, second, (_state(first), _state(second)))


@st.cache_resource(max_entries=16, show_spinner="Comparing the answers …")
def _run_differences(first: str, second: str, states: tuple[Signature, Signature]) -> Comparison:
    from sharcs_core.differences import compare_runs

    return compare_runs(run(first), run(second))


def size_curve(run_name: str) -> SizeCurve:
    """How good a run's tree of each size is: on validation samples, and beside the model on unseen ones."""
    return _size_curve(run_name, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=8, show_spinner=False)
def _size_curve(run_name: str, state: Signature) -> SizeCurve:
    from sharcs_core.rules import size_curve as curve_of
    from sharcs_core.tree import MAX_LEAVES

    loaded = run(run_name)
    return curve_of(
        loaded.tree_of(MAX_LEAVES),
        loaded.validation_answers,
        loaded.validation_labels,
        loaded.test_bank,
        predictions(run_name)["test"],
    )


def loose_factors(run_name: str) -> frozenset[tuple[str, str]]:
    """Modality and factor of which a run's training inputs often say several values, or none."""
    return _loose_factors(run_name, _unnamed(_state(run_name)))


@st.cache_resource(max_entries=8, show_spinner=False)
def _loose_factors(run_name: str, state: Signature) -> frozenset[tuple[str, str]]:
    from sharcs_core.rules import loose_factors as loose_of

    loaded = run(run_name)
    return loose_of(loaded.answers, loaded.questions, loaded.model.config.factors)
