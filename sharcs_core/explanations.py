"""Why a model says what it says of one sample: everything a page or a notebook shows, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core import inference, projection, retrieval
from sharcs_core.errors import UserError
from sharcs_core.interventions import probabilities_of
from sharcs_core.structures import Bank, Explanation, Floats, Found, Inputs, Missing, Neighbour, read_only
from sharcs_core.unusual import unusual_input

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

HANDLINGS = ("described", "absent")


def explain_sample(
    run: Run, sample_id: str, *, missing: Iterable[str] = (), handling: str | None = None, k: int = 8
) -> Explanation:
    """Explain a sample of the run, as it is or as if some of its modalities were missing.

    Args:
        missing: modalities taken away; at least one must stay.
        handling: ``described``: the content of what is missing is known in a modality that is present, and the
            nearest row of the bank stands in. ``absent``: nothing is known, the prediction is an average over
            what the sample's companions in the bank have there, and the tree stops where it would ask. A sample
            of the bank is no stand-in and no companion of itself. None is ``described`` where the run has such
            descriptions, and else ``absent``.
        k: neighbours per pair of modalities.

    Raises:
        KeyError: for an unknown sample. ValueError: for an unknown modality or handling, if none is left, or for a
            run without concepts.
        UserError: where the bank holds nothing that could stand in, or no descriptions.
    """
    bank, row = run.find(sample_id)
    handling = handling or ("described" if can_be_described(run) else "absent")
    absent = _check_missing(run, missing, handling)
    present = [name for name in run.model.config.modalities if name not in absent]
    handled = {name: Missing("absent") for name in absent}
    if handling == "described":
        handled = {name: _described(run, bank, row, name, present[0]) for name in absent}
    return _explain(
        run,
        local={name: bank.sides[name].local[row] for name in present},
        shared={name: bank.sides[name].shared[row] for name in present},
        inputs={name: bank.sides[name].inputs.take([row]) for name in present},
        missing=handled,
        sources=_sources(run, bank, row),
        positions={
            method: {name: bank.sides[name].maps[method][row] for name in present}
            for method in bank.sides[present[0]].maps
        },
        k=k,
        exclude=row if bank is run.bank else None,
        sample_id=sample_id,
        label=int(bank.labels[row]),
    )


def explain_inputs(run: Run, inputs: Mapping[str, Inputs], *, k: int = 8) -> Explanation:
    """Explain inputs that someone brought: one of each given modality; what is not given is absent.

    Raises:
        UserError: if nothing is given, something of a modality that the run does not have, other than one input of a
            modality, inputs of another form than the model reads, or for a run without concepts.
    """
    modalities = run.model.config.modalities
    unknown = sorted(set(inputs) - set(modalities))
    if unknown or not inputs:
        raise UserError(f"Give at least one input of {list(modalities)} (got {sorted(inputs)})")
    counts = {name: len(given) for name, given in inputs.items()}
    if set(counts.values()) != {1}:
        raise UserError(f"Give one input of each modality (got {counts})")
    ordered = {name: inputs[name] for name in modalities if name in inputs}
    local, shared = inference.concepts_of(run.model, ordered)
    return _explain(
        run,
        local={name: values[0] for name, values in local.items()},
        shared={name: values[0] for name, values in shared.items()},
        inputs=ordered,
        missing={name: Missing("absent") for name in modalities if name not in inputs},
        sources=sources_of(run, None),
        positions=None,
        k=k,
    )


def can_be_described(run: Run) -> bool:
    """Whether a run knows the content of each input in its other modalities, so that an input can stand in for it."""
    return all(side.described for side in run.test_bank.sides.values())


def cross_modal_neighbours(explanation: Explanation) -> dict[str, tuple[Neighbour, ...]]:
    """The one list of neighbours per target modality that is most telling: seen from another modality.

    From the sample's own input of the target modality only where nothing else is present.
    """
    lists = {}
    for target in next(iter(explanation.neighbours.values())):
        others = [name for name in explanation.neighbours if name != target]
        lists[target] = explanation.neighbours[others[0] if others else target][target]
    return lists


def sources_of(run: Run, sample_id: str | None) -> dict[str, int | None]:
    """Modality → what a sample's input was made from, where that is in the bank that answers queries, else None.

    Raises:
        KeyError: for an unknown sample; None is one that was brought.
    """
    if sample_id is None:
        return dict.fromkeys(run.model.config.modalities)
    return _sources(run, *run.find(sample_id))


def _sources(run: Run, bank: Bank, row: int) -> dict[str, int | None]:
    """As :func:`sources_of`, of the sample in a row of one of the run's banks."""
    return {name: int(side.sources[row]) if bank is run.bank else None for name, side in bank.sides.items()}


def _described(run: Run, bank: Bank, row: int, missing: str, described_in: str) -> Missing:
    """The input of the bank that stands in for what a sample lacks, described in a modality that is present."""
    if described_in not in bank.sides[missing].described:
        raise UserError(
            f"{run.card.title} has no descriptions of one input in another modality, so nothing can stand in for "
            f"{missing!r}; choose the handling 'absent'"
        )
    described, source = bank.sides[missing].described[described_in][row], _sources(run, bank, row)[missing]
    found = retrieval.neighbours(described, run.bank, missing, k=1, source=source)
    if not found:
        raise UserError(
            f"Nothing can stand in for {missing!r}: all that the bank holds there was made from what this sample was; "
            "train with a larger bank"
        )
    return Missing("described", described_in, found[0])


def _check_missing(run: Run, missing: Iterable[str], handling: str) -> tuple[str, ...]:
    modalities = run.model.config.modalities
    absent = tuple(dict.fromkeys(missing))
    unknown = [name for name in absent if name not in modalities]
    if unknown:
        raise UserError(f"Unknown modality {unknown[0]!r}; choose from {list(modalities)}")
    if len(absent) == len(modalities):
        raise UserError("At least one modality must be present (all are missing)")
    if handling not in HANDLINGS:
        raise UserError(f"Unknown handling {handling!r}; choose one of {list(HANDLINGS)}")
    return absent


def _explain(
    run: Run,
    *,
    local: Mapping[str, Floats],
    shared: Mapping[str, Floats],
    inputs: Mapping[str, Inputs],
    missing: Mapping[str, Missing],
    sources: Mapping[str, int | None],
    positions: Mapping[str, Mapping[str, Floats]] | None,
    k: int,
    exclude: int | None = None,
    sample_id: str | None = None,
    label: int | None = None,
) -> Explanation:
    stand_ins = {
        name: run.bank.sides[name].shared[how.stand_in.row] for name, how in missing.items() if how.stand_in is not None
    }
    filled = {**shared, **stand_ins}
    path = run.tree.path(filled)  # first of all: a run without concepts has no tree and says so
    if k < 1:
        raise UserError(f"k must be at least 1 (got {k})")
    around = _around(run.bank, shared, max(k, 0 if positions is not None else projection.N_AROUND), sources)
    nearest = {name: float(around[name][1][place, 0]) for place, name in enumerate(shared)}
    explanation = Explanation(
        sample_id=sample_id,
        label=label,
        probabilities=class_probabilities(run, filled, exclude=exclude),
        local=local,
        shared=filled,
        path=path,
        neighbours={
            query: {
                target: retrieval.as_neighbours(values, run.bank, target, _of_query(around[target], place, k))
                for target in run.model.config.modalities
            }
            for place, (query, values) in enumerate(shared.items())
        },
        missing=missing,
        positions=positions if positions is not None else _places(run.bank, tuple(shared), around),
        unusual={
            name: unusual_input(run, name, inputs[name], values, sources[name], nearest[name])
            for name, values in shared.items()
            if inputs[name].is_kept
        },
    )
    return read_only(explanation)  # it may share its arrays with the bank, and with whoever it is kept for


def _around(bank: Bank, shared: Mapping[str, Floats], k: int, sources: Mapping[str, int | None]) -> dict[str, Found]:
    """Modality → the ``k`` rows there nearest to each input of a sample, in the order of ``shared``.

    All that is said of neighbours starts from here, so that each row of the bank is looked at once.
    """
    queries, own = np.stack(list(shared.values())), [sources[name] for name in shared]
    known = None if None in own else np.array(own)
    return {name: retrieval.nearest_in(side, queries, k, known) for name, side in bank.sides.items()}


def _of_query(found: Found, place: int, k: int) -> Found:
    """The rows and the distances (k,) that were found for one of several queries."""
    return found[0][place, :k], found[1][place, :k]


def _places(bank: Bank, names: tuple[str, ...], around: Mapping[str, Found]) -> dict[str, dict[str, Floats]]:
    """Method → modality → where its input belongs on the map of the bank, (2,)."""
    found = retrieval.merged(bank, around, projection.N_AROUND)
    placed = {method: projection.place_among(found, bank, method) for method in next(iter(bank.sides.values())).maps}
    return {method: dict(zip(names, places, strict=True)) for method, places in placed.items()}


def class_probabilities(run: Run, shared: Mapping[str, Floats], exclude: int | None = None) -> Floats:
    """Class probabilities (C,) for one sample's shared concepts, (T,) each.

    What is absent is averaged over the sample's companions in the bank, of which the row ``exclude`` is none.
    """
    rows = {name: values[None] for name, values in shared.items()}
    probabilities: Floats = probabilities_of(run, rows, exclude=exclude)[0]
    return probabilities
