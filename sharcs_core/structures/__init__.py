"""Values that cross from one layer to the next.

Shape legend, used throughout the package:
    n  inputs or samples      B  batch          C  classes
    K  local concepts         T  shared concepts
    N  nodes of a graph, padded                 D  neighbours of a node, padded
    F  features of a node or of a table row
"""

from sharcs_core.structures.bank import Bank, BankSide, Found, NeighbourIndex, without_originals
from sharcs_core.structures.concepts import Choice, Factor, Question, Removal
from sharcs_core.structures.data import DataSource, Split, TaskData, id_digest
from sharcs_core.structures.explanation import Explanation, Missing, Neighbour, TreePath, TreeStep, Unusual
from sharcs_core.structures.facts import Fact, IsLike, IsRead, Region, Said, SaysClass, WouldChange
from sharcs_core.structures.inputs import THRESHOLD, Codes, Floats, Inputs, Ints, Strings
from sharcs_core.structures.locking import read_only
from sharcs_core.structures.where import Answer, Asked, OnGraph, OnPicture, OnTable, OnText, Part, Where, as_shares

__all__ = [
    "THRESHOLD",
    "Answer",
    "Asked",
    "Bank",
    "BankSide",
    "Choice",
    "Codes",
    "DataSource",
    "Explanation",
    "Fact",
    "Factor",
    "Floats",
    "Found",
    "Inputs",
    "Ints",
    "IsLike",
    "IsRead",
    "Missing",
    "Neighbour",
    "NeighbourIndex",
    "OnGraph",
    "OnPicture",
    "OnTable",
    "OnText",
    "Part",
    "Question",
    "Region",
    "Removal",
    "Said",
    "SaysClass",
    "Split",
    "Strings",
    "TaskData",
    "TreePath",
    "TreeStep",
    "Unusual",
    "Where",
    "WouldChange",
    "as_shares",
    "id_digest",
    "read_only",
    "without_originals",
]
