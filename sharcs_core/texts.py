"""The texts of a bank as words: which of them each has.

Shapes: n texts, W words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from sharcs_core.kinds import KINDS
from sharcs_core.structures import Bank, Floats, Inputs, Strings
from sharcs_core.tasks.card import TaskCard

WORD = r"[^\W_]+"


@dataclass(frozen=True)
class WordTable:
    """Which words some texts have, each text's own counted once.

    Attributes:
        words: (W,) in small letters, by the alphabet.
        has: (n, W) 1 where a text has a word.
    """

    words: Strings
    has: csr_matrix

    @classmethod
    def of(cls, texts: Sequence[str]) -> WordTable:
        """Of texts; no words at all where none has any.

        >>> WordTable.of(["a red car", "a car"]).shares.round(2).tolist()
        [1.0, 1.0, 0.5]
        """
        counter = CountVectorizer(binary=True, token_pattern=WORD)
        try:
            has = csr_matrix(counter.fit_transform(texts))
        except ValueError:  # as scikit-learn says that no text has a word
            return cls(np.array([], dtype=np.str_), csr_matrix((len(texts), 0)))
        return cls(np.asarray(counter.get_feature_names_out(), dtype=np.str_), has)

    @property
    def shares(self) -> Floats:
        """(W,): of all texts, how many have a word."""
        shares: Floats = np.asarray(self.has.mean(axis=0)).ravel()
        return shares


def written(card: TaskCard, bank: Bank) -> tuple[str, ...]:
    """The modalities that people write, and of which a bank keeps the originals."""
    typed: Iterable[str] = (one.name for one in card.modalities if KINDS[one.kind].typed)
    return tuple(name for name in typed if name in bank.sides and bank.sides[name].inputs.is_kept)


def texts_of(card: TaskCard, modality: str, inputs: Inputs) -> list[str]:
    """Inputs of a modality that people write, as text."""
    shown = card.modality(modality)
    write = KINDS[shown.kind].write
    return [write(shown.form, inputs, row).content.decode().removesuffix("\n") for row in range(len(inputs))]
