"""What a definition says, and why a model may lack a figure."""

from __future__ import annotations

from dataclasses import dataclass

SHARE, RATIO, SECONDS, COUNT = "share", "ratio", "seconds", "count"
HIGHER, LOWER, NEAR_ONE, NEITHER = "higher", "lower", "nearer to 1", "neither"

NO_CONCEPTS = "It has no concepts, so there is nothing that a tree could ask about or a person could set."
NO_SHARED_SPACE = "Its modalities have no common space, so no distance between them means anything."
NOTHING_TO_EXPLAIN = "It has no concepts, or it is not clearly better than the majority: there is nothing to explain."
ONE_MODALITY = "It reads one modality only, so there is no second one to find, to describe or to do without."
NO_INNER_STATE = "It is a count, not a network: it has nothing inside to look at."
NOTHING_LEFT = "Nothing can be missing from a model that reads one modality."
NOT_OF_THIS_TASK = "The task has no such kinds of questions."
NO_FACTORS = "It has no concepts, or the factors behind the data are not known."
OWN_CONCEPTS = "Its concepts are each modality's own: what one of them says in one modality, none says in another."
NO_EDITS = "It has no concepts that a person could set, or no edit of them whose outcome is known."


@dataclass(frozen=True)
class Definition:
    """One figure.

    Attributes:
        title: as a heading.
        says: what it is, in one sentence.
        source: where the definition comes from.
        low, high: its range; None where it has no bound.
        better: ``higher``, ``lower``, ``nearer to 1`` or ``neither``.
        unit: ``share``, ``ratio``, ``seconds`` or ``count``; decides how it is written.
        not_available: what "n/a" means for it.
        version: counted up whenever what it says comes to be another quantity; cells carry the one they were
            measured by.
        formerly: what it was in the version before; empty of a first version.
    """

    title: str
    says: str
    source: str
    low: float | None = 0.0
    high: float | None = 1.0
    better: str = HIGHER
    unit: str = SHARE
    not_available: str = "Every model has it."
    version: int = 1
    formerly: str = ""

    @property
    def span(self) -> str:
        """Its range in words, such as ``0 to 1``."""
        if self.high is None:
            return "no bound" if self.low is None else f"at least {self.low:g}"
        return f"{self.low:g} to {self.high:g}".replace("-", "−")

    def goodness(self, number: float) -> float:
        """Rises with how good a number is; 0 for all numbers of a figure that is neither good nor bad."""
        return {HIGHER: number, LOWER: -number, NEAR_ONE: -abs(number - 1)}.get(self.better, 0.0)

    @property
    def versions(self) -> str:
        """That it has changed, and from what; empty of a first version."""
        return f"Version {self.version}; before, {self.formerly}." if self.formerly else ""

    @property
    def hover(self) -> str:
        """All of it in one paragraph."""
        wanted = "Neither high nor low is better" if self.better == NEITHER else f"{self.better.capitalize()} is better"
        return f"{self.says} Range: {self.span}. {wanted}. Source: {self.source}."


THE_PAPER = "SHARCS (arXiv 2307.00316)"
THIS_PROJECT = "this project"
RETRIEVAL = "standard in information retrieval (Manning et al. 2008)"
