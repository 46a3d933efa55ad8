"""Training texts → their form: frequent words are tokens, all others are read in pieces, down to characters."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from sharcs_core.errors import UserError
from sharcs_core.kinds.text.form import GOES_ON, UNKNOWN, TextForm
from sharcs_core.kinds.text.preparing import in_parts, text_of_raw
from sharcs_core.kinds.text.splitting import clean, is_without_spaces, joins, normal, split, splitter

MAX_WORDS = 8000
"""Tokens at most; each is as many weights as the first layer is wide."""
MAX_LETTERS = 6000
"""Tokens at most that are single characters, the frequent ones; rarer ones are ``[UNK]``."""
MAX_LONGEST = 256
"""Tokens of a text at most."""
USUAL = 99
"""Of 100 training texts, how many are read to their ends."""
ROOM = 16
"""Tokens beyond that: a word that training never had takes more of them, and must not push out those that follow."""
TWICE = 2
"""What occurs so often is a token of its own; what occurs once is read in pieces, so that pieces are learned too."""
HELD = 20_000
"""Texts that are cleaned once; more are cleaned whenever they are gone through, so that they need not be in memory."""
_PADDING = "[PAD]"


def fit(raws: Sequence[Any]) -> TextForm:
    """The form of training texts; their order changes nothing.

    Raises:
        UserError: for what is no text, or none at all.

    >>> form = fit(["The cat sat.", "the CAT ran", "the cat sits"])
    >>> "cat" in form.words, form.longest
    (True, 22)
    """
    if not len(raws):
        raise UserError("There is no training text to learn words from; bring at least one")
    texts = _Texts(raws) if len(raws) > HELD else list(_Texts(raws))
    alphabet = _alphabet(texts)
    words = _used(_learned(_counted(texts, alphabet), alphabet), texts)
    usual = np.percentile(np.fromiter((n for n, _ in _lengths(words, texts)), dtype=np.int64, count=len(raws)), USUAL)
    return TextForm(words, longest=min(MAX_LONGEST, math.ceil(usual) + ROOM), pieces=True)


@dataclass(frozen=True)
class _Texts:
    """Training texts, cleaned one after the other each time they are gone through."""

    raws: Sequence[Any]

    def __iter__(self) -> Iterator[str]:
        return (clean(text_of_raw(raw, f"Training text {row} (counted from 0)")) for row, raw in enumerate(self.raws))


def share_cut(form: TextForm, raws: Sequence[Any]) -> float:
    """The share of texts that are longer than the form's longest.

    >>> share_cut(TextForm(("", "[UNK]", "a"), longest=2, pieces=True), ["a a", "a a a"])
    0.5
    """
    texts = [clean(text_of_raw(raw, "A text")) for raw in raws]
    lengths = _lengths(form.words, texts) if form.pieces else ((len(text.split()), ()) for text in texts)
    return sum(n > form.longest for n, _ in lengths) / max(1, len(texts))


def _alphabet(texts: Iterable[str]) -> str:
    """The most frequent characters, in the order of their code points."""
    counts = Counter[str]()
    for text in texts:
        counts.update(normal(text))
    frequent = sorted(
        (letter for letter in counts if not letter.isspace()), key=lambda letter: (-counts[letter], letter)
    )
    n_tokens = accumulate(len(_letter(letter)) for letter in frequent)
    return "".join(sorted(letter for letter, n in zip(frequent, n_tokens, strict=True) if n <= MAX_LETTERS))


def _letter(letter: str) -> tuple[str, ...]:
    """A character as tokens: as it begins a word, and as it goes on with one."""
    return (letter, GOES_ON + letter) if joins(letter) else (letter,)


def _counted(texts: Iterable[str], alphabet: str) -> Counter[str]:
    """How often each word occurs.

    What is written without spaces counts once however often its text is repeated, or else whole sentences would be
    learned as one word each and nothing of what they are made of.
    """
    splits, known, counts, seen = splitter(alphabet), set(alphabet), Counter[str](), set[bytes]()
    for text in texts:
        words = [word for word, _ in splits.pre_tokenize_str(normal(text)) if word[0] in known]  # others are too rare
        long = [is_without_spaces(word[0]) for word in words]
        digest = hashlib.blake2b(text.encode(), digest_size=16).digest() if any(long) else b""
        for word, is_long in zip(words, long, strict=True):
            if not is_long or digest not in seen:
                counts[word] += 1
        seen.update([digest] if digest else [])
    return counts


def _learned(counts: Counter[str], alphabet: str) -> tuple[str, ...]:
    """Words and pieces as the trainer of WordPiece finds them, padding first.

    Left to itself, the trainer numbers characters in the order of a hash table that is seeded afresh in every
    process, and breaks ties by number. All are given as special tokens, which it numbers first and in our order.
    """
    first = [_PADDING, UNKNOWN, *(token for letter in alphabet for token in _letter(letter))]
    trained = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
    trained.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordPieceTrainer(
        vocab_size=MAX_WORDS, min_frequency=TWICE, special_tokens=first, show_progress=False
    )
    trained.train_from_iterator((repeat(word, n) for word, n in counts.items()), trainer)
    numbers = trained.get_vocab()
    words = sorted(numbers, key=numbers.__getitem__)
    return ("", *words[1:])


def _used(words: tuple[str, ...], texts: Iterable[str]) -> tuple[str, ...]:
    """Without the pieces that only were steps to longer ones: no text would teach what they mean."""
    used = {token for _, tokens in _lengths(words, texts) for token in tokens}
    return tuple(
        word
        for token, word in enumerate(words)
        if token < 2 or token in used or len(word.removeprefix(GOES_ON) or word) == 1
    )


def _lengths(words: tuple[str, ...], texts: Iterable[str]) -> Iterator[tuple[int, list[int]]]:
    """How many tokens each text has, and which."""
    return ((len(found), found.ids) for part in in_parts(texts) for found in split(words, part))
