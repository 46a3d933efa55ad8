"""The figures of a guided model on pictures whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

import numpy as np

from sharcs_core.guided.figures import inside, lit, mean, overlaps, pointing
from sharcs_core.guided.saying import Guided, Said, say
from sharcs_core.tasks.reasons.generated import FACTS, ReasonScenes
from sharcs_core.tasks.reasons.sentences import WORDINGS, facts_of, sentence

UNSAID = -1


def figures_of(
    guided: Guided, pixels: np.ndarray, scenes: ReasonScenes, *, with_words: bool
) -> dict[str, float | None]:
    """Of pictures that show ``scenes``; of maps those of the network's own, of words None where it has none."""
    said = say(guided, pixels)
    figures: dict[str, float | None] = {
        "accuracy": mean(said.probabilities.argmax(1) == scenes.labels),
        "iou": mean(overlaps(said.maps, scenes.masks)),
        "inside": mean(inside(said.maps, scenes.masks)),
        "pointing": mean(pointing(said.maps, scenes.masks)),
    }
    names = ("sentences", *FACTS, "bleu4", "rouge_l", "agreement")
    return figures | (_of_words(said, scenes) if with_words else dict.fromkeys(names))


def _of_words(said: Said, scenes: ReasonScenes) -> dict[str, float | None]:
    facts = np.array([_numbers(text) for text in said.sentences])
    right = facts == scenes.facts
    references = [[sentence(own, wording) for wording in range(len(WORDINGS))] for own in scenes.facts]
    return {
        "sentences": mean(right.all(1)),
        **{name: mean(right[:, place]) for place, name in enumerate(FACTS)},
        "bleu4": bleu4(said.sentences, references),
        "rouge_l": rouge_l(said.sentences, references),
        "agreement": mean(agreement(facts, said, scenes)),
    }


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(UNSAID if value is None else value for value in astuple(facts_of(text)))


def agreement(facts: np.ndarray, said: Said, scenes: ReasonScenes) -> np.ndarray:
    """Is the thing that the map lights the one that the sentence names? (n,)

    Named is the thing that has most of the said facts; where two have equally many, such as two small red cubes on the
    left, it may be either.
    """
    shared = (facts[:, None, :] == scenes.things).sum(2)  # (n, 3)
    is_named = shared == shared.max(1, keepdims=True)
    thing = lit(said.maps, scenes.visible)
    same: np.ndarray = (thing >= 0) & is_named[np.arange(len(thing)), thing]
    return same


def bleu4(said: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Corpus BLEU of up to four words in a row, 0 to 1, against all wordings of the truth."""
    from sacrebleu.metrics import BLEU

    turned = [list(wording) for wording in zip(*references, strict=True)]
    return round(BLEU().corpus_score(list(said), turned).score / 100, 4)


def rouge_l(said: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Mean F of the longest common subsequence, 0 to 1, the best of the truth's wordings."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"])
    scores = [
        max(scorer.score(one, text)["rougeL"].fmeasure for one in true)
        for text, true in zip(said, references, strict=True)
    ]
    return round(float(np.mean(scores)), 4)
