"""Profiles of the concepts of a run, found from its banks, its answers and its tree.

Shapes: n bank rows of a modality, T shared concepts.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from sharcs_core import prototypes
from sharcs_core.checkpoints import Run
from sharcs_core.marks import Marks, MarkTable, activations_of
from sharcs_core.meanings import UNKNOWN, Meanings
from sharcs_core.metrics import nameable
from sharcs_core.metrics.association import LEVEL, class_associations
from sharcs_core.naming import concept_names, value_words
from sharcs_core.profiles.following import followed
from sharcs_core.profiles.profile import N_BINS, UNDECIDED, Agreement, Asked, Association, Profile, Relative, Said
from sharcs_core.rationale import concept_meanings, key_activation
from sharcs_core.structures import THRESHOLD, Bank, BankSide, Codes, Factor, Floats, Ints
from sharcs_core.tasks.task import Task
from sharcs_core.tree import ConceptTree

N_SHOWN = 4
"""Real inputs that stand for a concept that is on, off, or nearly either."""
RARE = 0.1
"""A code with fewer inputs than this share of the most frequent one's is no typical one."""
N_RELATIVES = 3


def concept_profiles(run: Run) -> tuple[Profile, ...]:
    """The profiles of all concepts of a run, (T,).

    Raises:
        RunError: for a model without concepts.
    """
    names, factors = run.concept_names, run.model.config.factors
    own_names = concept_names(run.bank, run.task, factors)
    associations, relatives = _associations(run), _relatives(run.bank)
    follows = followed(run.bank, run.card.traits)
    by_value, by_meaning = _told(run.bank, run.test_bank, run.card.meanings)
    of_concept = {concept: factor for factor in factors for concept in factor.concepts}
    meanings = {modality: concept_meanings(run.bank, run.task, modality) for modality in run.bank.sides}
    marks = MarkTable.of(run.bank, run.card).marks(activations_of(run.bank)) if run.card.own_keys else ()
    return tuple(
        Profile(
            concept=concept,
            name=name,
            own_name=own_names[concept],
            factor=of_concept[concept].name if concept in of_concept else None,
            two_values=_two_values(run.task, of_concept.get(concept)),
            said={modality: _said(run, modality, concept, own[concept]) for modality, own in meanings.items()},
            agreements=_agreements(run.bank, concept, run.card.meanings),
            associations=tuple(one for one in associations if concept in one.question.concepts),
            asked=_asked(run.tree, concept),
            relatives=relatives[concept],
            follows=follows[concept],
            marks=marks[concept] if marks else Marks(),
            told_by_value=None if by_value is None else by_value[concept],
            told_by_meaning=None if by_meaning is None else by_meaning[concept],
        )
        for concept, name in enumerate(names)
    )


def _two_values(task: Task, factor: Factor | None) -> tuple[str, str] | None:
    if factor is None or factor.n_values > 2:
        return None
    off, on = value_words(task, factor)
    return off, on


def _said(run: Run, modality: str, concept: int, meaning: str) -> Said:
    activations = np.asarray(run.bank.sides[modality].shared[:, concept], dtype=np.float64)
    distance = np.abs(activations - THRESHOLD)
    return Said(
        modality=modality,
        meaning=meaning,
        n_inputs=len(activations),
        n_on=int((activations > THRESHOLD).sum()),
        histogram=np.histogram(activations, bins=N_BINS, range=(0, 1))[0],
        on=_typical(run.bank, modality, concept, on=True),
        off=_typical(run.bank, modality, concept, on=False),
        border=np.argsort(distance, kind="stable")[:N_SHOWN],
        n_undecided=int((distance <= UNDECIDED).sum()),
    )


def _typical(bank: Bank, modality: str, concept: int, on: bool) -> Ints:
    """Up to ``N_SHOWN`` bank rows with a concept on, or off: prototypes of each frequent code that has it so, in turn.

    Rare codes, such as those of inputs that are misread, are left out, for they are not typical.
    """
    codes = bank.sides[modality].shared > THRESHOLD
    patterns, counts = np.unique(codes[codes[:, concept] == on], axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    frequent = [place for place in order if counts[place] >= RARE * counts.max()][:N_SHOWN]
    by_code = [prototypes.of_code(bank, modality, patterns[place], N_SHOWN) for place in frequent]
    in_turn = [rows[turn] for turn in range(N_SHOWN) for rows in by_code if turn < len(rows)]
    return np.array(in_turn[:N_SHOWN], dtype=np.int64)


def _agreements(bank: Bank, concept: int, meanings: Meanings) -> tuple[Agreement, ...]:
    return tuple(
        _agreement((left, right), bank.sides[left], bank.sides[right], concept, meanings)
        for left, right in combinations(bank.sides, 2)
    )


def _agreement(
    modalities: tuple[str, str], left: BankSide, right: BankSide, concept: int, meanings: Meanings
) -> Agreement:
    """Over all pairs of a left and a right input; nothing is sampled, for inputs of equal key are counted together."""
    (on, n), (on_right, n_right) = (_counts(side, concept) for side in (left, right))
    any_pair = float((on * on_right + (n - on) * (n_right - on_right)) / (n * n_right))
    by_sample = not meanings.comparable(left.semantics, right.semantics)
    same = _same_by_sample(left, right, concept) if by_sample else _same_by_key(left, right, concept, meanings)
    return Agreement(modalities, same, any_pair, by_sample)


def _counts(side: BankSide, concept: int) -> tuple[int, int]:
    """How many inputs have a concept on, and how many there are."""
    return int((side.shared[:, concept] > THRESHOLD).sum()), len(side.ids)


def _same_by_sample(left: BankSide, right: BankSide, concept: int) -> float | None:
    """The share of samples whose two inputs agree; row i of either side is of sample i."""
    agree = (left.shared[:, concept] > THRESHOLD) == (right.shared[:, concept] > THRESHOLD)
    return float(agree.mean()) if len(agree) else None


def _same_by_key(left: BankSide, right: BankSide, concept: int, meanings: Meanings) -> float | None:
    n_keys = 1 + max(int(side.semantics.max()) for side in (left, right))
    off, on = np.stack([_by_key(side, concept, n_keys) for side in (left, right)], axis=1)  # (2, n_keys) each
    same = meanings.same(np.arange(n_keys), np.arange(n_keys)) if not meanings.complete else np.eye(n_keys, dtype=bool)
    n_same = on[0] @ same @ on[1] + off[0] @ same @ off[1]
    n_pairs = (on[0] + off[0]) @ same @ (on[1] + off[1])
    return float(n_same / n_pairs) if n_pairs else None


def _by_key(side: BankSide, concept: int, n_keys: int) -> Floats:
    """How many inputs of each key have a concept off, and on: (2, n_keys)."""
    is_on, known = side.shared[:, concept] > THRESHOLD, side.semantics != UNKNOWN
    counts = [np.bincount(side.semantics[known & (is_on == value)], minlength=n_keys) for value in (False, True)]
    return np.stack(counts) * 1.0


def _associations(run: Run) -> tuple[Association, ...]:
    """One a question that a modality says something of, in their order."""
    found = class_associations(run.answers, run.labels, run.model.config.n_classes)
    return tuple(
        Association(
            question=question,
            n_yes=int(found.n_yes[place]),
            n_samples=len(run.labels),
            when_yes=found.when_yes[place],
            when_no=found.when_no[place],
            reach=found.reach[place],
            is_beyond=found.p_values[place] <= LEVEL,
        )
        for place, question in enumerate(run.questions)
        if question.is_told
    )


def _asked(tree: ConceptTree, concept: int) -> tuple[Asked, ...]:
    found = [
        Asked(node.id, node.depth, node.n_samples, node.question)
        for node in tree.nodes()
        if node.question is not None and concept in node.question.concepts
    ]
    return tuple(sorted(found, key=lambda asked: (asked.depth, asked.node)))


def _relatives(bank: Bank) -> list[tuple[Relative, ...]]:
    """The most correlated of each concept, T lists; a concept that never changes has none and is none's."""
    activations = np.concatenate([np.asarray(side.shared, dtype=np.float64) for side in bank.sides.values()])
    centred = activations - activations.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    varies = length > 1e-9
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=varies)
    correlations = np.clip(unit.T @ unit, -1, 1)
    order = np.argsort(-np.abs(correlations).round(9), axis=1, kind="stable")  # of equals the first
    return [
        tuple(
            Relative(int(other), float(correlations[concept, other]))
            for other in row
            if other != concept and varies[other] and varies[concept]
        )[:N_RELATIVES]
        for concept, row in enumerate(order)
    ]


def _told(bank: Bank, test_bank: Bank, meanings: Meanings) -> tuple[list[float] | None, list[float] | None]:
    """How well a single value, and how well a set of meanings, tells of each concept whether it is on: (T,) each.

    The set is that of the keys whose training inputs have it on in the mean, which the concept's words are made of.
    None where nothing is known of what inputs mean.
    """
    train, test = _codes_and_keys(bank), _codes_and_keys(test_bank)
    if meanings.own or not len(train[1]) or not len(test[1]):
        return None, None
    by_value = nameable(*train, *test, meanings.factors)
    keys, activations = key_activation(bank)
    is_in = np.zeros((1 + max(int(known.max()) for known in (train[1], test[1])), activations.shape[1]), dtype=int)
    is_in[keys] = activations > THRESHOLD
    by_meaning = []
    for concept, members in enumerate(is_in.T):
        column = slice(concept, concept + 1)
        found = nameable(train[0][:, column], train[1], test[0][:, column], test[1], {"set": members.tolist()})
        assert found is not None
        by_meaning.append(float(found["mean"]))
    return None if by_value is None else by_value["by_concept"], by_meaning


def _codes_and_keys(bank: Bank) -> tuple[Codes, Ints]:
    """The codes (n, T) of the inputs of all modalities of which something is known, and their keys (n,)."""
    sides = list(bank.sides.values())
    codes: Codes = np.concatenate([side.shared for side in sides]) > THRESHOLD
    keys = np.concatenate([side.semantics for side in sides])
    return codes[keys != UNKNOWN], keys[keys != UNKNOWN]
