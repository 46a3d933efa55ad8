"""What a run's guided model says of its samples, and which runs have one."""

from __future__ import annotations

from resources.disk import runs_folder
from resources.kept import of_run
from resources.runs import list_runs, run
from sharcs_core.guided.keeping import KeptGuided, is_guided
from sharcs_core.guided.reading import Reason, reason_of, wrong_classes
from sharcs_core.where import inputs_of
from sharcs_core.where.places import ReadPlaces, read_places


def guided_runs() -> tuple[str, ...]:
    """The runs with a model that was taught by explanations, without loading any."""
    return tuple(one.name for one in list_runs() if not one.error and is_guided(runs_folder() / one.name))


def guided(run_name: str) -> KeptGuided | None:
    """The guided model of a run; None of one without. Raises UserError for a damaged one."""
    return of_run(run_name, "guided", lambda: run(run_name).guided)


def reason(run_name: str, sample_id: str, modality: str) -> Reason:
    """All that a run's guided model says of a picture, see :func:`sharcs_core.guided.reading.reason_of`."""
    return of_run(run_name, ("reason", sample_id), lambda: _reason(run_name, sample_id, modality))


def _reason(run_name: str, sample_id: str, modality: str) -> Reason:
    kept = guided(run_name)
    assert kept is not None, run_name
    return reason_of(kept, inputs_of(run(run_name), sample_id)[modality].arrays["pixels"][0])


def guided_mistakes(run_name: str, modality: str) -> tuple[str, ...]:
    """The unseen samples that a run's guided model answers wrongly, by id."""
    return of_run(run_name, ("guided_mistakes", modality), lambda: _mistakes(run_name, modality))


def _mistakes(run_name: str, modality: str) -> tuple[str, ...]:
    loaded, kept = run(run_name), guided(run_name)
    assert kept is not None, run_name
    bank, names = loaded.test_bank, loaded.card.target.names
    labels = [names[label] if label >= 0 else "" for label in bank.labels]
    wrong = wrong_classes(kept, bank.sides[modality].inputs.arrays["pixels"], labels)
    return tuple(
        str(name) for name, is_wrong in zip(bank.sample_ids, wrong & (bank.labels >= 0), strict=True) if is_wrong
    )


def concepts_read(run_name: str, sample_id: str, modality: str) -> ReadPlaces:
    """Where a run reads its concepts in a picture, see :func:`sharcs_core.where.places.read_places`."""
    key = ("concepts_read", sample_id, modality)
    return of_run(
        run_name, key, lambda: read_places(run(run_name), inputs_of(run(run_name), sample_id), modality), "Looking …"
    )
