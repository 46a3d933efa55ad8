"""Figures of the concepts themselves: whether a person can hold them in mind, and what changing one does."""

from __future__ import annotations

from sharcs_benchmark.definitions.definition import (
    COUNT,
    LOWER,
    NEITHER,
    NO_CONCEPTS,
    NO_EDITS,
    NO_FACTORS,
    THIS_PROJECT,
    Definition,
)

OF_CONCEPTS: dict[str, Definition] = {
    "n_concepts": Definition(
        "concepts (T)",
        "How many concepts each modality is told in, named and free ones together.",
        THIS_PROJECT,
        low=1,
        high=None,
        better=NEITHER,
        unit=COUNT,
        not_available=NO_CONCEPTS,
    ),
    "n_dead": Definition(
        "dead concepts",
        "Concepts that are on for fewer than 1 % or for more than 99 % of the training inputs, so that they tell "
        "nothing apart.",
        THIS_PROJECT,
        high=None,
        better=LOWER,
        unit=COUNT,
        not_available=NO_CONCEPTS,
    ),
    "redundancy": Definition(
        "redundancy",
        "The largest absolute correlation of two concepts over the training inputs, dead ones left out; at 1 a "
        "concept has a copy that outvotes whoever switches it.",
        "Pearson 1896",
        better=LOWER,
        not_available="It has no two concepts that are alive.",
    ),
    "n_twins": Definition(
        "concepts with a twin",
        "Live concepts that correlate with another one by .95 or more over the training inputs, in either direction.",
        THIS_PROJECT,
        high=None,
        better=LOWER,
        unit=COUNT,
        not_available=NO_CONCEPTS,
    ),
    "nameable": Definition(
        "nameable",
        "How well one value of a known factor, or its absence, tells whether a concept is on: the one that tells it "
        "best on training inputs, its balanced accuracy on test inputs, mean over the concepts.",
        "after Bau et al. 2017 (arXiv 1704.05796)",
        not_available=NO_FACTORS,
    ),
    "nameable_shuffled": Definition(
        "nameable, shuffled",
        "The same where the meanings are dealt out anew among the inputs: what is found where there is nothing.",
        THIS_PROJECT,
        better=NEITHER,
        not_available=NO_FACTORS,
    ),
    "one_move": Definition(
        "one move",
        "Share of test samples whose answer some single move changes. A move sets one fact that the inputs state to "
        "another value, in the concepts of every modality that states it; where not all concepts are taught, one of "
        "them is switched in one modality instead, to a pattern that training inputs of it have shown.",
        THIS_PROJECT,
        not_available=NO_EDITS,
    ),
    "any_switch": Definition(
        "any switch",
        "Share of test samples whose answer changes when some single concept of one modality is switched, whether any "
        "input was ever like that or not.",
        THIS_PROJECT,
        not_available=NO_EDITS,
    ),
    "right_edit": Definition(
        "right edit",
        "After a move whose outcome is known, how often the model then gives the answer that follows: share within "
        "each class that the answer should have, averaged over these classes, over all test samples and moves.",
        THIS_PROJECT,
        not_available=NO_EDITS,
    ),
    "right_edit_never_changes": Definition(
        "right edit, never changing",
        "What right edit is for a model that keeps the answer that it gave before the move.",
        THIS_PROJECT,
        better=NEITHER,
        not_available=NO_EDITS,
    ),
    "right_edit_always_commonest": Definition(
        "right edit, always the commonest",
        "What right edit is for a model that always answers the class that moves lead to most often.",
        THIS_PROJECT,
        better=NEITHER,
        not_available=NO_EDITS,
    ),
    "edits_needed": Definition(
        "edits needed",
        "The fewest edits of its concepts that change the answer to a test sample, four standing for more than three; "
        "median, and what nine samples in ten need at most. A named factor set to another value is one edit, a free "
        "concept switched in one modality another.",
        THIS_PROJECT,
        low=1,
        high=4,
        better=LOWER,
        unit=COUNT,
        not_available=NO_EDITS,
    ),
    "one_edit_is_enough": Definition(
        "one edit is enough",
        "Share of these test samples whose answer one edit changes.",
        THIS_PROJECT,
        not_available=NO_EDITS,
    ),
    "small_tree": Definition(
        "small tree",
        "Completeness once more, beside what the shown tree asks of its reader: leaves, depth and fidelity.",
        THIS_PROJECT,
        not_available=NO_CONCEPTS,
    ),
    "small_tree_fidelity": Definition(
        "fidelity of the small tree",
        "Share of test samples on which the shown tree and the model predict the same class.",
        "Craven & Shavlik 1996",
        not_available=NO_CONCEPTS,
    ),
    "small_tree_leaves": Definition(
        "leaves of the small tree",
        "How many answers the shown tree ends in.",
        THIS_PROJECT,
        low=1,
        high=300,
        better=LOWER,
        unit=COUNT,
        not_available=NO_CONCEPTS,
    ),
    "small_tree_depth": Definition(
        "depth of the small tree",
        "The most questions that the shown tree asks about one sample.",
        THIS_PROJECT,
        high=None,
        better=LOWER,
        unit=COUNT,
        not_available=NO_CONCEPTS,
    ),
}
