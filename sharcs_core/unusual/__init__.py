"""How far an input lies from what a model was trained on.

Pictures, and graphs laid out in the plane, by how their features are distributed in every layer of the encoder and how
far they are from the bank; all else exactly, by what training had.
"""

from sharcs_core.unusual.features import UsualFeatures
from sharcs_core.unusual.layers import has_fields
from sharcs_core.unusual.measuring import Usual, fit_usual, scores_in, scores_of, unusual_input
from sharcs_core.unusual.ranges import UsualRanges

__all__ = [
    "Usual",
    "UsualFeatures",
    "UsualRanges",
    "fit_usual",
    "has_fields",
    "scores_in",
    "scores_of",
    "unusual_input",
]
