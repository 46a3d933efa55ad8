"""Short sentences of a lamp and a door: whether the one is lit says one bit, whether the other is open another.

No word says anything of both, so that the words alone, in any order, say the two bits. Wording, order and
fillers are drawn afresh for every sentence.

Shapes: n sentences of up to 16 words.
"""

from __future__ import annotations

import numpy as np

from sharcs_core.structures import Inputs, Ints

LAMP_WORDS = (("dark", "dim", "unlit", "extinguished"), ("lit", "bright", "glowing", "shining"))
DOOR_WORDS = (("shut", "closed", "locked", "bolted"), ("open", "ajar", "unlocked", "unbolted"))
"""Bit → the words that say it."""
LAMPS = ("lamp", "lantern", "bulb")
DOORS = ("door", "gate", "hatch")
OPENINGS = ("", "today", "tonight", "here", "inside", "upstairs")
ADVERBS = ("", "still", "again", "clearly")
TEMPLATES = (
    "{opening} the {lamp} is {lamp_adverb} {lamp_word} and the {door} is {door_adverb} {door_word}",
    "{opening} the {door} is {door_adverb} {door_word} and the {lamp} is {lamp_adverb} {lamp_word}",
    "{opening} we see the {lamp} {lamp_word} and the {door} {door_word}",
    "{opening} we see the {door} {door_word} and the {lamp} {lamp_word}",
    "{opening} the {lamp} looks {lamp_word} while the {door} stays {door_word}",
    "{opening} the {door} stays {door_word} while the {lamp} looks {lamp_word}",
)
MAX_WORDS = 16


def _vocabulary() -> tuple[str, ...]:
    """Every word once, padding first, the rest sorted so that tokens never depend on the order above."""
    fixed = {word for template in TEMPLATES for word in template.split() if "{" not in word}
    chosen = {word for words in (*LAMP_WORDS, *DOOR_WORDS, LAMPS, DOORS, OPENINGS, ADVERBS) for word in words}
    return ("", *sorted((fixed | chosen) - {""}))


WORDS = _vocabulary()
"""Token t is ``WORDS[t]``; 0 is padding."""
TOKENS = {word: token for token, word in enumerate(WORDS) if word}


def lamp_sentences(lit: Ints, unlocked: Ints, rng: np.random.Generator) -> Inputs:
    """One sentence for each pair of bits.

    Args:
        lit: (n,) whether the lamp is lit.
        unlocked: (n,) whether the door is open.

    Returns:
        ``tokens`` (n, 16) int16.
    """
    sentences = [sentence(int(lamp), int(door), rng) for lamp, door in zip(lit, unlocked, strict=True)]
    return Inputs("text", {"tokens": np.array([tokens_of(words) for words in sentences]).reshape(-1, MAX_WORDS)})


def sentence(lit: int, unlocked: int, rng: np.random.Generator) -> list[str]:
    """The words of one sentence."""

    def one_of(words: tuple[str, ...]) -> str:
        return words[rng.integers(len(words))]

    return (
        one_of(TEMPLATES)
        .format(
            opening=one_of(OPENINGS),
            lamp=one_of(LAMPS),
            door=one_of(DOORS),
            lamp_word=one_of(LAMP_WORDS[lit]),
            door_word=one_of(DOOR_WORDS[unlocked]),
            lamp_adverb=one_of(ADVERBS),
            door_adverb=one_of(ADVERBS),
        )
        .split()
    )


def tokens_of(words: list[str]) -> Ints:
    """Tokens of known words, (16,), padded with 0."""
    tokens = np.zeros(MAX_WORDS, dtype=np.int16)
    tokens[: len(words)] = [TOKENS[word] for word in words]
    return tokens
