"""Rules of the decision tree without redundant steps, the figures of its size, its nodes' samples, and its export."""

from __future__ import annotations

from sharcs_core.rules.export import tree_as_json, tree_as_rules
from sharcs_core.rules.figures import NodeSamples, SizeCurve, classes_in_words, n_apart, samples_at, size_curve
from sharcs_core.rules.short import Compared, Said, ShortRule, loose_factors, short_rule
from sharcs_core.rules.words import rule_lines

__all__ = [
    "Compared",
    "NodeSamples",
    "Said",
    "ShortRule",
    "SizeCurve",
    "classes_in_words",
    "loose_factors",
    "n_apart",
    "rule_lines",
    "samples_at",
    "short_rule",
    "size_curve",
    "tree_as_json",
    "tree_as_rules",
]
