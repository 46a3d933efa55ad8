"""Texts → the tokens that a model reads. The one way: for stored samples, people's files and texts from Python.

Shapes: n texts of L tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from tokenizers import Encoding

from sharcs_core.errors import UserError
from sharcs_core.kinds.kind import Notes
from sharcs_core.kinds.text.form import UNKNOWN, TextForm
from sharcs_core.kinds.text.splitting import MAX_CHARACTERS, clean, is_without_spaces, joins, split
from sharcs_core.named import listed, listed_first
from sharcs_core.readers.checks import InputError, shown
from sharcs_core.structures import Inputs

AT_ONCE = 1000
"""Texts that are split at one time, so that many need no more memory."""
MAX_SHOWN = 2000
"""Characters of a text that are kept as they are; of a longer one only single spaces are."""
SOME = 3
"""Words and characters named in a message."""


class Read(NamedTuple):
    """One text, read.

    Attributes:
        tokens: at most as many as the form's longest.
        text: what was read of it.
        notes: on what could not be read as it was.
    """

    tokens: list[int]
    text: str
    notes: Notes


def prepare(form: TextForm, raws: Sequence[Any]) -> tuple[Inputs, tuple[Notes, ...]]:
    """``tokens`` (n, L) int32, 0 where there is none, and ``texts`` (n,), what was read; and notes on each text.

    Raises:
        UserError: for what is no text; of a form without pieces, for a word that it does not have.

    >>> inputs, notes = prepare(TextForm(("", "red", "cube"), longest=3), ["cube red", ""])
    >>> inputs.arrays["tokens"].tolist(), notes
    ([[2, 1, 0], [0, 0, 0]], ((), ('The text is empty, so that it says nothing',)))
    """
    names = ["The text"] if len(raws) == 1 else [f"Text {row} (counted from 0)" for row in range(len(raws))]
    brought = [text_of_raw(raw, name) for raw, name in zip(raws, names, strict=True)]
    named = zip(brought, names, strict=True)
    read = _in_pieces(form, brought) if form.pieces else [_in_words(form, *of_one) for of_one in named]
    tokens = np.zeros((len(read), form.longest), dtype=np.int32)
    for row, of_one in enumerate(read):
        tokens[row, : len(of_one.tokens)] = of_one.tokens
    texts = np.array([of_one.text for of_one in read], dtype=np.str_)
    return Inputs("text", {"tokens": tokens, "texts": texts}), tuple(of_one.notes for of_one in read)


def text_of_raw(raw: Any, name: str) -> str:
    """A text as it was brought. Raises UserError for what is none."""
    if not isinstance(raw, str):
        raise UserError(f"{name} must be a text, a str (got {type(raw).__name__} {shown(raw)}); write '' for none")
    return raw


def in_parts(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts, some at a time."""
    left = iter(texts)
    return iter(lambda: list(islice(left, AT_ONCE)), [])


def _in_words(form: TextForm, raw: str, name: str) -> Read:
    """A text of words that the form has, between white space."""
    numbers = {word: token for token, word in enumerate(form.words) if token}
    text = clean(raw)
    words = text.split()
    unknown = [word for word in words if word not in numbers]
    if unknown:
        some = listed([shown(word) for word in list(numbers)[:SOME]])
        raise InputError(f"{name} has the word {shown(unknown[0])}; use known words alone, such as {some}")
    kept = words[: form.longest]
    read = " ".join(kept) if len(kept) < len(words) else text
    return Read([numbers[word] for word in kept], read, (*_empty(kept), *_cut(len(kept), len(words), "words")))


def _in_pieces(form: TextForm, brought: Sequence[str]) -> list[Read]:
    read: list[Read] = []
    for part in in_parts(brought):
        texts = [clean(raw) for raw in part]
        read += [_read(form, *of_one) for of_one in zip(part, texts, split(form.words, texts), strict=True)]
    return read


def _read(form: TextForm, raw: str, text: str, found: Encoding) -> Read:
    tokens = found.ids[: form.longest]
    is_cut = len(found.ids) > form.longest or len(raw) > MAX_CHARACTERS
    read = text[: found.offsets[len(tokens) - 1][1]] if tokens and is_cut else text
    cut = _cut(len(read), len(raw), "characters") if is_cut else ()
    shown_text = read if len(read) <= MAX_SHOWN else " ".join(read.split())
    return Read(tokens, shown_text, (*_empty(tokens), *_unknown(form, text, found), *cut))


def _empty(tokens: Sequence[object]) -> Notes:
    return () if tokens else ("The text is empty, so that it says nothing",)


def _cut(n_read: int, n: int, what: str) -> Notes:
    if n_read >= n:
        return ()
    return (f"Only the first {n_read:,} of {n:,} {what} were read ({n_read / n:.0%}); longer texts are cut",)


def _unknown(form: TextForm, text: str, found: Encoding) -> Notes:
    """Notes on words that were read in pieces and on characters that could not be read, as far as a text was read."""
    never = form.words.index(UNKNOWN)
    n_pieces: Counter[int | None] = Counter()
    unread: list[str] = []
    for token, word, (start, end) in zip(found.ids[: form.longest], found.word_ids, found.offsets, strict=False):
        if token == never:
            unread.append(text[start:end])
        elif joins(text[start : start + 1]) and not is_without_spaces(text[start]):
            n_pieces[word] += 1
    return (*_pieces_note(n_pieces), *_unread_note(unread))


def _pieces_note(n_pieces: Mapping[int | None, int]) -> Notes:
    n = sum(pieces > 1 for pieces in n_pieces.values())
    return (f"Words not known, read in pieces: {n:,} of {len(n_pieces):,}",) if n else ()


def _unread_note(unread: Sequence[str]) -> Notes:
    different = list(dict.fromkeys(unread))
    if not different:
        return ()
    return (f"Characters that training did not have: {listed_first([shown(letter) for letter in different], SOME)}",)
