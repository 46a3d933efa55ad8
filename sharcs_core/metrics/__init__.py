"""Every figure we report, as pure functions of arrays.

Shapes: n samples or inputs, m bank rows, T shared concepts. Figures are shares in [0, 1] unless said otherwise.
Each function says what it measures and where the definition comes from; none of them knows a model.
"""

from sharcs_core.metrics.classification import (
    accuracy,
    balanced_accuracy,
    completeness,
    completeness_normalised,
    fidelity,
    majority_accuracy,
    majority_prediction,
    unimodal_ceiling,
)
from sharcs_core.metrics.clustering import concept_alignment
from sharcs_core.metrics.concepts import n_dead, nameable, redundancy, twins
from sharcs_core.metrics.curves import area, missing_rate_curve
from sharcs_core.metrics.edits import NONE_WITHIN_THREE, edits_needed, right_edit, share_changed
from sharcs_core.metrics.ranking import RANKS, attribute_retrieval, chance_of, n_ranked, n_searched, retrieval
from sharcs_core.metrics.space import code_agreement, modality_gap, modality_probe, semantics_accuracy, stand_in_error

__all__ = [
    "NONE_WITHIN_THREE",
    "RANKS",
    "accuracy",
    "area",
    "attribute_retrieval",
    "balanced_accuracy",
    "chance_of",
    "code_agreement",
    "completeness",
    "completeness_normalised",
    "concept_alignment",
    "edits_needed",
    "fidelity",
    "majority_accuracy",
    "majority_prediction",
    "missing_rate_curve",
    "modality_gap",
    "modality_probe",
    "n_dead",
    "n_ranked",
    "n_searched",
    "nameable",
    "redundancy",
    "retrieval",
    "right_edit",
    "semantics_accuracy",
    "share_changed",
    "stand_in_error",
    "twins",
    "unimodal_ceiling",
]
