"""The models that are compared: what each is, and which figures it cannot have by construction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sharcs_benchmark.definitions.definition import (
    NO_CONCEPTS,
    NO_INNER_STATE,
    NO_SHARED_SPACE,
    NOTHING_LEFT,
    ONE_MODALITY,
    OWN_CONCEPTS,
)
from sharcs_core.errors import UserError

NEED_SHARED_CONCEPTS = ("n_concepts", "n_dead", "redundancy", "n_twins", "nameable", "nameable_shuffled")
"""Figures of concepts taken over all modalities, which must mean the same in each."""
NEED_CONCEPTS = (
    *("completeness", "completeness_plain", "completeness_normalised", "fidelity"),
    *("tree_depth", "tree_leaves", "tree_nodes"),
    *("small_tree", "small_tree_fidelity", "small_tree_leaves", "small_tree_depth"),
    *("concept_alignment", "interventions", "intervention_area", "code_agreement"),
    *("one_move", "any_switch", "edits_needed", "one_edit_is_enough"),
    *("right_edit", "right_edit_never_changes", "right_edit_always_commonest"),
    *NEED_SHARED_CONCEPTS,
)
NEED_A_SHARED_SPACE = (
    *("recall_at_1", "recall_at_5", "map", "mrr", "chance", "attribute_retrieval", "modality_gap", "modality_probe"),
    "code_agreement",
)
NEED_ANOTHER_MODALITY = ("described", "absent", "absent_over_bank", "drop", "missing_rates", "stand_in_error")
NEED_A_NETWORK = ("n_parameters", "cpu_s_per_1000_epoch", "training_cpu_s", "noise")


def _because(reason: str, figures: tuple[str, ...]) -> dict[str, str]:
    return dict.fromkeys(figures, reason)


@dataclass(frozen=True)
class Model:
    """One model of the comparison.

    Attributes:
        title: as the label of a row.
        says: what it is, in one sentence.
        cannot: figure → why it cannot have it.
    """

    title: str
    says: str
    cannot: Mapping[str, str] = field(default_factory=dict)


NO_TREE = _because(NO_CONCEPTS, NEED_CONCEPTS)
NO_SPACE = _because(NO_SHARED_SPACE, NEED_A_SHARED_SPACE)
BLACK_BOX = {**NO_SPACE, **NO_TREE}
ALONE = {
    **_because(ONE_MODALITY, NEED_A_SHARED_SPACE),
    **_because(NOTHING_LEFT, NEED_ANOTHER_MODALITY),
}

SHARCS_FREE, SHARCS_NAMED = "sharcs", "sharcs_named"
"""What this project is about: with concepts that are found, and with such as are taught."""

MODELS: dict[str, Model] = {
    SHARCS_FREE: Model(
        "SHARCS (free, few)",
        "Concepts of each modality, mapped into one space that all of them share; it predicts from that alone. Its "
        "concepts are found, not taught, and few of many are kept (in blocks C and S all).",
    ),
    SHARCS_NAMED: Model(
        "SHARCS (named)",
        "The same, where one shared concept a value of each known factor is taught to follow it in every modality.",
    ),
    "concept_multimodal": Model(
        "concept multimodal",
        "Concepts of each modality, concatenated; there is no shared space.",
        {**NO_SPACE, **_because(OWN_CONCEPTS, NEED_SHARED_CONCEPTS)},
    ),
    "concept_named": Model(
        "concept multimodal (named)",
        "The same, where each modality's own concepts are taught to follow the values of the known factors, as those "
        "of SHARCS (named) are; nothing aligns them.",
        NO_SPACE,
    ),
    "simple_multimodal": Model(
        "simple multimodal", "The encoders' outputs, concatenated, and a network on them: a black box.", BLACK_BOX
    ),
    "late_fusion": Model(
        "late fusion", "One black box a modality; their predictions are put together at the end.", BLACK_BOX
    ),
    "relative": Model(
        "relative representations",
        "Each input is told by its similarity to fixed anchor samples of its modality (Moschella et al. 2023).",
        NO_TREE,
    ),
    "contrastive": Model(
        "contrastive embeddings",
        "A shared space without concepts: embeddings of equal meaning are pulled together, others apart (InfoNCE).",
        NO_TREE,
    ),
    "triplet": Model(
        "triplet embeddings",
        "A shared space without concepts: embeddings of equal meaning must lie nearer than others by a margin.",
        NO_TREE,
    ),
    "edge_count": Model(
        "edge count",
        "The number of edges of the graph beside the table's bits, and no reading of the graph at all.",
        {**BLACK_BOX, **_because(NO_INNER_STATE, (*NEED_ANOTHER_MODALITY, *NEED_A_NETWORK))},
    ),
}
"""Name of a model → what it is, in the order of the tables; the models of one modality come after these."""

OF_ONE_MODALITY = ("unimodal_concept", "unimodal")
"""Families of one model a modality."""


def family_of(name: str) -> tuple[str, str]:
    """The family of a model and, where it reads a single modality, that modality.

    >>> family_of("unimodal_concept_graph"), family_of("triplet")
    (('unimodal_concept', 'graph'), ('triplet', ''))
    """
    family = next((family for family in OF_ONE_MODALITY if name.startswith(f"{family}_")), name)
    return family, name.removeprefix(family).removeprefix("_")


def model_of(name: str) -> Model:
    """What a model is. Raises UserError for an unknown name.

    >>> model_of("unimodal_concept_graph").title
    'graph only, with concepts'
    """
    if name in MODELS:
        return MODELS[name]
    family, modality = family_of(name)
    if modality:
        return _one_modality(modality, concepts="concept" in family)
    raise UserError(
        f"Unknown model {name!r}; choose one of {list(MODELS)}, unimodal_<modality> or unimodal_concept_<modality>"
    )


def _one_modality(modality: str, concepts: bool) -> Model:
    if concepts:
        return Model(f"{modality} only, with concepts", f"Concepts of the {modality} alone.", ALONE)
    return Model(f"{modality} only", f"A black box that reads the {modality} alone.", {**ALONE, **NO_TREE})


def described(name: str) -> Model:
    """What is known of a model; one that is not known has its name for a title and says nothing."""
    try:
        return model_of(name)
    except UserError:
        return Model(name, "")


def model_title(name: str) -> str:
    """Title of a model; a name that is not known is its own title."""
    return described(name).title


def why_not(model: str, figure: str) -> str | None:
    """Why a model cannot have a figure by construction; None where it can, or the model is not known."""
    return described(model).cannot.get(figure)


def model_order(name: str) -> tuple[int, str]:
    """Sorts models as the tables list them."""
    names = list(MODELS)
    return (names.index(name), "") if name in MODELS else (len(names) + ("concept" not in name), name)
