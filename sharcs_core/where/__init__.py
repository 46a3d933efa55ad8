"""From which parts of its inputs comes what a model says of a sample."""

from sharcs_core.where.asked import agreement, concept
from sharcs_core.where.explainers import DEFAULTS, EXPLAINERS
from sharcs_core.where.finding import inputs_of, where

__all__ = ["DEFAULTS", "EXPLAINERS", "agreement", "concept", "inputs_of", "where"]
