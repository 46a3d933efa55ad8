"""Sets of a run's inputs: which are mistakes, what sets some apart, and where those that are alike lie on a map."""

from sharcs_core.selections.description import (
    ConceptShare,
    GroupCount,
    Selection,
    describe_selection,
    share_in_words,
    summed,
)
from sharcs_core.selections.inputs import (
    Fault,
    InputTable,
    faults_of,
    groups_of,
    inputs_of,
    mistakes_first,
    places_of,
    read_as,
    rows_by_group,
)
from sharcs_core.selections.on_map import Island, frame_of, groups_on, islands, most_telling, usual_values
from sharcs_core.selections.sampled import MOST_DRAWN, rows_drawn, rows_in_areas, rows_within

__all__ = [
    "MOST_DRAWN",
    "ConceptShare",
    "Fault",
    "GroupCount",
    "InputTable",
    "Island",
    "Selection",
    "describe_selection",
    "faults_of",
    "frame_of",
    "groups_of",
    "groups_on",
    "inputs_of",
    "islands",
    "mistakes_first",
    "most_telling",
    "places_of",
    "read_as",
    "rows_by_group",
    "rows_drawn",
    "rows_in_areas",
    "rows_within",
    "share_in_words",
    "summed",
    "usual_values",
]
