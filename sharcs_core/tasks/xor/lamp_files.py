"""A person's sentence about a lamp and a door → one input of kind text, with what was left out to read it."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from sharcs_core.readers.checks import InputError, check_file, shown, text_of
from sharcs_core.structures import Inputs
from sharcs_core.tasks.xor.lamp_sentences import DOOR_WORDS, LAMP_WORDS, MAX_WORDS, TOKENS, tokens_of

TEXT_SUFFIXES = (".txt",)
_NEGATIONS = (
    "not no none never neither nor nothing without hardly scarcely barely rarely seldom cannot lacks lacking fails "
    "aint isnt arent wasnt werent dont doesnt didnt hasnt havent hadnt cant couldnt wont wouldnt shouldnt"
)
NEGATIONS = frozenset(_NEGATIONS.split())
TURNED = ("far from", "anything but", "nothing but", "other than", "instead of", "rather than", "less than")
"""Pairs of words that turn what follows into its contrary."""
APOSTROPHES = "’‘ʼʻ´`′＇ʹˈ"
HYPHENS = "‐‑‒–—−﹣－"
_PLAIN = str.maketrans(dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys(HYPHENS, "-"))
STATES = frozenset(word for words in (*LAMP_WORDS, *DOOR_WORDS) for word in words)
MAX_SHOWN = 3


def read_lamp_sentence(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A text file with one sentence that says whether the lamp is lit and whether the door is open.

    Capitals, punctuation and line breaks do not matter. Words that no model has seen are left out.

    Returns:
        One sentence, ``tokens`` (1, 16), and a note on words left out.

    Raises:
        InputError: naming the fault and the mend.

    >>> inputs, notes = read_lamp_sentence("a.txt", b"The old lamp is dark, the door open.")
    >>> len(inputs), notes
    (1, ("A word that the model does not know was left out: 'old'.",))
    """
    file = check_file(name, content, TEXT_SUFFIXES, "sentence")
    words = _words_in(text_of(file, content))
    known = [word for word in words if word in TOKENS]
    _check_negations(file, words)
    _check_said(file, known, "lamp", LAMP_WORDS)
    _check_said(file, known, "door", DOOR_WORDS)
    if len(known) > MAX_WORDS:
        raise InputError(f"{file} has {len(known):,} known words; say it in at most {MAX_WORDS}")
    return Inputs("text", {"tokens": tokens_of(known)[None]}), _note([word for word in words if word not in TOKENS])


def _words_in(text: str) -> list[str]:
    """The words, small; ``un-lit`` is one, and every kind of apostrophe and hyphen counts as one."""
    # before it is normalised: an acute accent that stands for an apostrophe would become a space
    plain = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN).lower()
    joined = re.sub(r"\b(un|non|in|dis)\s*-\s*(?=\w)", r"\1", plain)
    return re.findall(r"[^\W_]+(?:'[^\W_]+)*", joined)


def _check_negations(file: str, words: list[str]) -> None:
    """Raises InputError for whatever turns a word into its contrary, for the model reads each word by itself."""
    turned = [word for word in words if _is_turned(word)]
    turned += [pair for pair in map(" ".join, pairwise(words)) if pair in TURNED]
    if turned:
        raise InputError(
            f"{file} says {shown(turned[0])}, but the model knows words alone and would read the contrary; "
            "say what is, not what is not"
        )


def _is_turned(word: str) -> bool:
    """Whether a word negates, or is a known one with a prefix that makes it another: ``unshining``."""
    bare = word.replace("'", "")
    prefixed = any(bare.startswith(prefix) and bare[len(prefix) :] in STATES for prefix in ("un", "non", "dis", "in"))
    return bare in NEGATIONS or word.endswith("n't") or (prefixed and bare not in TOKENS)


def _check_said(file: str, words: list[str], thing: str, says: tuple[tuple[str, ...], ...]) -> None:
    """Raises InputError unless ``words`` say exactly one of both things of the lamp or of the door."""
    said = [[word for word in words if word in choices] for choices in says]
    if said[0] and said[1]:
        raise InputError(f"{file} says of the {thing} both {said[0][0]!r} and {said[1][0]!r}; say one of them")
    if not said[0] and not said[1]:
        choices = ", or ".join(", ".join(words) for words in says)
        raise InputError(f"{file} does not say how the {thing} is; use one of the words {choices}")


def _note(unknown: list[str]) -> tuple[str, ...]:
    if not unknown:
        return ()
    different = list(dict.fromkeys(unknown))
    more = f" and {len(different) - MAX_SHOWN:,} more" if len(different) > MAX_SHOWN else ""
    quoted = ", ".join(shown(word) for word in different[:MAX_SHOWN])
    if len(different) == 1:
        return (f"A word that the model does not know was left out: {quoted}.",)
    return (f"Words that the model does not know were left out: {quoted}{more}.",)
