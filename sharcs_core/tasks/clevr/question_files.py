"""A person's question about a scene, as plain text → one input of kind text; and questions in words again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.readers.checks import InputError, check_file, shown, text_of
from sharcs_core.structures import Inputs, Ints
from sharcs_core.tasks.clevr.questions import FACTORS, MEANINGS, SYNONYMS, TOKENS, WORDS

TEXT_SUFFIXES = (".txt",)
MAX_CHARACTERS = 500
EXAMPLE = "Is there a big red shiny cube?"
_FILLERS = (
    "a an the is it are was be there this that here what which in on of at with and any some one i we you do does "
    "did can could see sees seen look looks show shows shown say says tell contain contains contained have has made "
    "from please picture image photo scene question object thing item colour color coloured colored size sized "
    "material shape shaped there's it's that's"
)
FILLERS = frozenset(_FILLERS.split())
"""Words that may stand around the four and say nothing of an attribute."""
SPELLINGS = {"grey": "gray"} | {f"{word}s": word for words in SYNONYMS["shape"] for word in words}
"""Other spellings that are understood."""


class SentenceError(UserError):
    """A sentence is no question about one object; the message says why, without the name of a file."""


def read_question(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A question in UTF-8 text: a word each for size, colour, material and shape, such as "large red metal cube".

    Words may come in any order and among others that say nothing of an attribute ("Is there a … ?").

    Returns:
        One question, ``tokens`` (1, 4) in the order size, colour, material, shape, and a note of every change.

    Raises:
        InputError: naming the fault and the mend.

    >>> inputs, notes = read_question("a.txt", b"Is there a big red shiny cube?")
    >>> sentence_of(inputs.arrays["tokens"][0]), notes
    ('Is there a big red shiny cube?', ('Words that name no attribute were left out: is, there, a.',))
    """
    file = check_file(name, content, TEXT_SUFFIXES, "question")
    try:
        words, notes = parse_question(text_of(file, content))
    except SentenceError as error:
        raise InputError(f"{file} {error}") from None
    return Inputs("text", {"tokens": np.array([[TOKENS[word] for word in words]], dtype=np.int16)}), notes


def sentence_of(tokens: Ints) -> str:
    """The question (4,) as a sentence.

    >>> sentence_of(np.array([1, 6, 13, 20]))
    'Is there a large red rubber sphere?'
    """
    return f"Is there a {words_of(tokens)}?"


def words_of(tokens: Ints) -> str:
    """The words of a question (4,), padding left out."""
    return " ".join(WORDS[token] for token in np.asarray(tokens).tolist() if token)


def parse_question(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The four words of a question, in the order of ``FACTORS``, and notes on what was changed to read them.

    Raises:
        SentenceError: for a word that is unknown, missing, or contradicts another.
    """
    if len(text) > MAX_CHARACTERS:
        raise SentenceError(f"is too long ({len(text):,} characters); write one question, such as “{EXAMPLE}”")
    written = _words_in(text)
    if not written:
        raise SentenceError(f"holds no words; write a question such as “{EXAMPLE}”")
    spelled = [SPELLINGS.get(word, word) for word in written]
    _check_known(spelled)
    telling = [word for word in spelled if word in MEANINGS]
    kept = [_word_for(factor, telling) for factor in range(len(FACTORS))]
    return tuple(kept), tuple(_notes(written, telling, kept))


def _words_in(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").lower()
    return re.findall(r"\w+(?:'\w+)*", plain)


def _check_known(words: Sequence[str]) -> None:
    for word in words:
        if word not in MEANINGS and word not in FILLERS:
            raise SentenceError(f"has the word {shown(word)}, which is not known; {_allowed()}")


def _allowed() -> str:
    lists = (f"{factor}: {_words_for(factor)}" for factor in FACTORS)
    return f"use one word each for {'; '.join(lists)}"


def _words_for(factor: str) -> str:
    return ", ".join(word for words in SYNONYMS[factor] for word in words)


def _word_for(factor: int, words: Sequence[str]) -> str:
    """The word that says this attribute, the first of several that agree."""
    name = FACTORS[factor]
    found = [word for word in words if MEANINGS[word][0] == factor]
    if not found:
        raise SentenceError(f"names no {name}; add one of {_words_for(name)}")
    against = [word for word in found if MEANINGS[word] != MEANINGS[found[0]]]
    if against:
        raise SentenceError(f"contradicts itself in {name}: {found[0]} and {against[0]}; keep one of them")
    return found[0]


def _notes(written: Sequence[str], telling: Sequence[str], kept: Sequence[str]) -> list[str]:
    notes = []
    left_out = list(dict.fromkeys(word for word in written if word in FILLERS))
    if left_out:
        notes.append(f"Words that name no attribute were left out: {', '.join(left_out)}.")
    respelled = [word for word in dict.fromkeys(written) if word in SPELLINGS]
    notes += [f"{word} was read as {SPELLINGS[word]}." for word in respelled]
    if len(telling) > len(kept):
        notes.append("Of several words for the same attribute the first was kept.")
    if list(dict.fromkeys(word for word in telling if word in kept)) != list(kept):
        notes.append(f"The words were put in order: {' '.join(kept)}.")
    return notes
