"""Figures of how modalities stand in for each other, of what is changed in a model, and of its cost."""

from __future__ import annotations

from sharcs_benchmark.definitions.definition import (
    COUNT,
    LOWER,
    NEITHER,
    NO_CONCEPTS,
    NO_FACTORS,
    NO_INNER_STATE,
    NO_SHARED_SPACE,
    NOT_OF_THIS_TASK,
    NOTHING_LEFT,
    RATIO,
    RETRIEVAL,
    SECONDS,
    THE_PAPER,
    THIS_PROJECT,
    Definition,
)

OF_SPACES: dict[str, Definition] = {
    "recall_at_1": Definition(
        "recall@1",
        "Share of test inputs whose nearest row of the other modality in the bank means the same.",
        RETRIEVAL,
        not_available=NO_SHARED_SPACE,
    ),
    "recall_at_5": Definition(
        "recall@5",
        "Share of test inputs for which one of the five nearest rows of the other modality means the same.",
        RETRIEVAL,
        not_available=NO_SHARED_SPACE,
    ),
    "map": Definition(
        "mAP",
        "Mean average precision: precision at the rank of every row that means the same, averaged over these rows "
        "and then over the test inputs.",
        RETRIEVAL,
        not_available=NO_SHARED_SPACE,
    ),
    "mrr": Definition(
        "MRR",
        "Mean reciprocal rank of the first row that means the same.",
        RETRIEVAL,
        not_available=NO_SHARED_SPACE,
    ),
    "chance": Definition(
        "chance",
        "What the figure would be on average if the rows of the bank stood in random order.",
        f"{THIS_PROJECT}, exact",
        better=NEITHER,
        not_available=NO_SHARED_SPACE,
    ),
    "attribute_retrieval": Definition(
        "recall@1 of one attribute",
        "Share of test inputs whose nearest row of the other modality agrees in this attribute.",
        THIS_PROJECT,
        not_available=NO_SHARED_SPACE,
    ),
    "described": Definition(
        "described",
        "Accuracy when the modality is missing but its content is given in another form, which finds the nearest "
        "remembered row of the missing modality; that row stands in.",
        THE_PAPER,
        not_available=NOTHING_LEFT,
    ),
    "absent": Definition(
        "absent",
        "Accuracy when nothing is known of the missing modality: the predicted probabilities are averaged over what "
        "20 remembered samples have there, those whose other inputs are nearest to what is present.",
        f"{THE_PAPER}; averaging is ours",
        not_available=NOTHING_LEFT,
        version=2,
        formerly="they were averaged over all rows remembered of it",
    ),
    "absent_over_bank": Definition(
        "absent, over the bank",
        "Accuracy when nothing is known of the missing modality: the predicted probabilities are averaged over all "
        "rows remembered of it, alike or not.",
        f"{THE_PAPER}; averaging is ours",
        not_available=NOTHING_LEFT,
    ),
    "drop": Definition(
        "drop",
        "Accuracy with everything present minus accuracy with the modality missing; 0 loses nothing.",
        THE_PAPER,
        low=-1,
        better=LOWER,
        not_available=NOTHING_LEFT,
    ),
    "missing_rates": Definition(
        "accuracy at a missing rate",
        "Expected accuracy when this share of the test samples, drawn at random, misses the modality.",
        "after Ma et al. 2021",
        not_available=NOTHING_LEFT,
    ),
    "stand_in_error": Definition(
        "stand-in error",
        "Distance between the shared concepts that stand in for a missing input and those of the input itself; "
        "shuffled: the same to the input of another sample.",
        THE_PAPER,
        high=None,
        better=LOWER,
        unit=RATIO,
        not_available=NOTHING_LEFT,
    ),
    "modality_gap": Definition(
        "modality gap",
        "Distance between the centres of the modalities, divided by the mean distance between two inputs of one.",
        "after Liang et al. 2022",
        high=None,
        better=LOWER,
        unit=RATIO,
        not_available=NO_SHARED_SPACE,
    ),
    "modality_probe": Definition(
        "modality told apart",
        "How often a linear probe, fitted on training inputs, tells from the shared concepts alone which modality "
        "they come from; in a space that is truly shared it does no better than chance.",
        "linear probe, Alain & Bengio 2016",
        better=LOWER,
        not_available=NO_SHARED_SPACE,
    ),
    "code_agreement": Definition(
        "agreement of codes",
        "Concepts that are on in both of two inputs of different modalities, divided by those on in either: mean over "
        "all pairs of equal meaning, and over all other pairs.",
        "Jaccard 1912",
        not_available="It takes both concepts and a space that the modalities share.",
    ),
    "concept_alignment": Definition(
        "concept alignment score",
        "CAS: how pure clusters of inputs with like concepts are in each known factor of the data (homogeneity), "
        "averaged over numbers of clusters and over factors; to be read beside that of shuffled factors.",
        "after Espinosa Zarlenga et al. 2022 (arXiv 2209.09056), section 4",
        not_available=NO_FACTORS,
    ),
    "noise": Definition(
        "accuracy under noise",
        "Accuracy under noise on all inputs, from level 0 (none) to level 1 (little of the input is left).",
        "after Hendrycks & Dietterich 2019",
    ),
    "interventions": Definition(
        "accuracy after interventions",
        "Accuracy when so many concepts of each sample are set to what they should be, in the order of a policy.",
        "Koh et al. 2020, policies after Shin et al. 2023",
        not_available=NO_CONCEPTS,
    ),
    "intervention_area": Definition(
        "area under the intervention curve",
        "Mean accuracy over all numbers of concepts set.",
        THIS_PROJECT,
        not_available=NO_CONCEPTS,
    ),
    "by_difficulty": Definition(
        "accuracy by difficulty",
        "Accuracy on questions that fit the scene, on those that miss in one attribute (hard), and on the rest (easy).",
        THIS_PROJECT,
        not_available=NOT_OF_THIS_TASK,
    ),
    "n_parameters": Definition(
        "parameters",
        "Numbers that training sets.",
        "standard",
        high=None,
        better=LOWER,
        unit=COUNT,
        not_available=NO_INNER_STATE,
    ),
    "cpu_s_per_1000_epoch": Definition(
        "CPU s",
        "CPU seconds of training per 1,000 samples and epoch, with one thread.",
        THIS_PROJECT,
        high=None,
        better=LOWER,
        unit=SECONDS,
        not_available="It is not trained by epochs.",
    ),
    "training_cpu_s": Definition(
        "CPU s of a training",
        "CPU seconds of one whole training, with one thread.",
        THIS_PROJECT,
        high=None,
        better=LOWER,
        unit=SECONDS,
    ),
}
