"""What is known of each concept: how often it is on, what shows it, what it goes with, and where the tree asks it.

Shapes: C classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sharcs_core.marks import Marks
from sharcs_core.structures import Codes, Floats, Ints, Question

N_BINS = 20
"""Parts of equal width of the histogram's range, 0 to 1."""
UNDECIDED = 0.2
"""An activation no farther than this from the threshold is at the border."""


@dataclass(frozen=True)
class Said:
    """What one modality says of a concept, over the training inputs in the bank.

    Attributes:
        meaning: what it is on for, in words.
        n_inputs, n_on: how many there are, and of how many the concept is on.
        histogram: (N_BINS,) inputs by activation, from 0 to 1.
        on, off: bank rows that are typical of the concept being on, and off.
        border: the bank rows nearest to the threshold, nearest first.
        n_undecided: inputs that are at the border.
    """

    modality: str
    meaning: str
    n_inputs: int
    n_on: int
    histogram: Ints
    on: Ints
    off: Ints
    border: Ints
    n_undecided: int

    @property
    def share_on(self) -> float:
        return self.n_on / self.n_inputs


@dataclass(frozen=True)
class Agreement:
    """How often two modalities say the same of a concept, over pairs of training inputs in the bank.

    Attributes:
        same: share of the pairs that mean the same, or, where nothing is known of what inputs mean, of those that
            belong to one sample; None where there are none.
        any_pair: the share over all pairs, whatever they mean.
        by_sample: whether ``same`` is of pairs that belong to one sample.
    """

    modalities: tuple[str, str]
    same: float | None
    any_pair: float
    by_sample: bool = False


@dataclass(frozen=True)
class Association:
    """Which answers go with a question about a concept, over all training samples.

    Attributes:
        n_yes, n_samples: samples of which it is true, and all.
        when_yes, when_no: (C,) share of each class among the samples of which it is true, and among the others.
        reach: (C,) a difference of the two that chance alone reaches.
        is_beyond: (C,) whether the difference is beyond chance, see :func:`class_associations`.
    """

    question: Question
    n_yes: int
    n_samples: int
    when_yes: Floats
    when_no: Floats
    reach: Floats
    is_beyond: Codes

    @property
    def n_no(self) -> int:
        """Samples of which it is not true."""
        return self.n_samples - self.n_yes

    @property
    def is_constant(self) -> bool:
        """Whether the question is true of all samples, or of none, so that nothing can be compared."""
        return self.n_yes in (0, self.n_samples)

    @property
    def difference(self) -> Floats:
        """(C,) how much more frequent each class is where the question is true; 0 where nothing can be compared."""
        return np.zeros(len(self.reach)) if self.is_constant else np.asarray(self.when_yes - self.when_no)

    @property
    def strength(self) -> float:
        """Share of the answers in which the two groups differ, their total variation distance: 0 to 1."""
        return float(np.abs(self.difference).sum() / 2)

    @property
    def more_frequent(self) -> tuple[int, ...]:
        """The classes that are more frequent where the question is true, beyond chance."""
        return tuple(np.flatnonzero(self.is_beyond & (self.difference > 0)).tolist())


@dataclass(frozen=True)
class Asked:
    """A node of the shown tree that asks about a concept, or about the factor that it belongs to.

    Attributes:
        depth: questions before it.
        n_samples: training samples that come to it.
    """

    node: int
    depth: int
    n_samples: int
    question: Question


@dataclass(frozen=True)
class Relative:
    """Another concept and its correlation with this one, -1 to 1, over the inputs of all modalities in the bank."""

    concept: int
    correlation: float


@dataclass(frozen=True)
class Follows:
    """A trait of samples that a concept goes with beyond chance, over the samples in the bank.

    Attributes:
        trait: such as ``alcohol``.
        n_with, n_without: samples that have it, and that have it not.
        on_with, on_without: share of their inputs, of all modalities, of which the concept is on.
        correlation: -1 to 1, between the trait and the share of a sample's inputs of which the concept is on.
        reach: a correlation that chance alone reaches.
    """

    trait: str
    n_with: int
    n_without: int
    on_with: float
    on_without: float
    correlation: float
    reach: float


@dataclass(frozen=True)
class Profile:
    """All that is known of one concept.

    Attributes:
        own_name: what it is called where nobody gave it a name.
        factor: the one it belongs to, where it was taught.
        two_values: what it says when it is off, and on, where it was taught to tell two values.
        said: modality by modality.
        agreements: of each two modalities.
        associations: of each question that can be asked about it.
        asked: where the shown tree asks about it, root first.
        relatives: the most correlated concepts, either way, the nearest first.
        follows: the traits that it goes with, the strongest first; none where the task says none of its samples.
        marks: the words, traits and classes of samples that it is on or off for, whatever the modality; none where it
            is known what inputs mean.
        told_by_value: how well the best single value of a factor tells whether it is on, for unseen inputs, as
            :func:`nameable` has it (balanced accuracy, 0.5 is guessing); None where no factors are known.
        told_by_meaning: the same of the best set of whole meanings; None where nothing is known of what inputs mean.
    """

    concept: int
    name: str
    own_name: str
    factor: str | None
    two_values: tuple[str, str] | None
    said: Mapping[str, Said]
    agreements: tuple[Agreement, ...]
    associations: tuple[Association, ...]
    asked: tuple[Asked, ...]
    relatives: tuple[Relative, ...]
    follows: tuple[Follows, ...]
    marks: Marks
    told_by_value: float | None
    told_by_meaning: float | None

    @property
    def own_associations(self) -> tuple[Association, ...]:
        """Those of the concept by itself, a modality each."""
        return tuple(one for one in self.associations if one.question.kind == "concept")
