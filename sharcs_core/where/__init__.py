"""From which parts of its inputs comes what a model says of a sample, and that in words."""

from sharcs_core.where.asked import agreement, concept
from sharcs_core.where.check import wrong_facts
from sharcs_core.where.deciding import deciding
from sharcs_core.where.explainers import DEFAULTS, EXPLAINERS
from sharcs_core.where.finding import inputs_of, where
from sharcs_core.where.saying import say

__all__ = ["DEFAULTS", "EXPLAINERS", "agreement", "concept", "deciding", "inputs_of", "say", "where", "wrong_facts"]
