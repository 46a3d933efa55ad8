"""Picture and sentence side by side: a word lights where it comes from, a place what comes from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawings.concepts import in_percent
from drawings.reasons import bare, lit, outline
from drawings.theme import FOR
from shared.component import component
from views.reasons.chosen import concepts_of

if TYPE_CHECKING:
    from views.reasons.chosen import Shown


def show_looking(shown: Shown) -> None:
    """The picture bare and with its map, and below them the words."""
    component("reasons")(key="reasons", data=told_of(shown))


def told_of(shown: Shown) -> dict[str, Any]:
    """All that can be pressed, and what is then shown: the script shows it, and asks for nothing."""
    reason, look = shown.reason, shown.look
    height, width = reason.light.shape
    title = shown.sample.run.card.modality(shown.modality).title
    return {
        "key": shown.key,
        "colour": FOR,
        "size": [width, height],
        "grid": list(reason.grid),
        "bare": bare(shown.picture, look),
        "map": lit(shown.picture, look, reason.light),
        "outline": "" if shown.truth.mask is None else outline(shown.truth.mask),
        "words": list(reason.words),
        "regions": [lit(shown.picture, look, region) for region in reason.regions],
        "strengths": reason.strengths.round(2).tolist(),
        "concepts": _concepts(shown),
        "without": _without(shown),
        "title": title,
    }


def _concepts(shown: Shown) -> list[str]:
    """For each place which concepts are read there, in words."""
    found = concepts_of(shown)
    if found is None:
        return []
    names = shown.sample.run.concept_names
    told = found.told(shown.reason.places)
    return [", ".join(f"{names[concept]} {in_percent(share)}" for concept, share in row) for row in told]


def _without(shown: Shown) -> list[str]:
    """For each place what would be said had the model not looked there."""
    left = shown.reason.left
    return [_changed(shown, place) for place in range(len(left))]


def _changed(shown: Shown, place: int) -> str:
    reason, left = shown.reason, shown.reason.left[place]
    still = "still" if left.class_index == reason.class_index else "it would say"
    sentence = "the same sentence" if left.sentence == reason.sentence else f"“{left.sentence}”"
    return f"{still} {reason.classes[left.class_index]}, {in_percent(left.certainty)} sure; {sentence}"
