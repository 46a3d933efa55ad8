"""Runs on disk: one self-describing folder a trained model, without a pickle in it.

config.json          format, settings, which concepts were kept, size of the tree, data source, versions, and the
                     SHA-256 of the next five
card.json            what the task is, so that the run can be used where the task is unknown
weights.safetensors  the model
bank.npz             training samples that answer queries, unseen samples to look at, answers for the tree
unusual.npz          what inputs are usually like, so that others can be told
metrics.json         the figures as measured when the run was made
names.json           names that people gave to concepts, where they did
training.jsonl       how its training went, where the page trained it
LICENSE              of the data inside, where it has one
"""

from sharcs_core.checkpoints.finding import RunSummary, list_runs, resolve_run, runs_folder
from sharcs_core.checkpoints.layout import RunError
from sharcs_core.checkpoints.names import rename_concept
from sharcs_core.checkpoints.reading import load_run, read_card, with_names
from sharcs_core.checkpoints.run import Run
from sharcs_core.checkpoints.writing import check_destination, save_run

__all__ = [
    "Run",
    "RunError",
    "RunSummary",
    "check_destination",
    "list_runs",
    "load_run",
    "read_card",
    "rename_concept",
    "resolve_run",
    "runs_folder",
    "save_run",
    "with_names",
]
