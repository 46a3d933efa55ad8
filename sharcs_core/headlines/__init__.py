"""The few figures that say how good a run is, and samples to begin with."""

from sharcs_core.headlines.beginnings import Starters, first_mistake, rows_of_different_classes, starters
from sharcs_core.headlines.figures import Headline, answer_headlines, main_headlines, shared_headlines

__all__ = [
    "Headline",
    "Starters",
    "answer_headlines",
    "first_mistake",
    "main_headlines",
    "rows_of_different_classes",
    "shared_headlines",
    "starters",
]
