"""Sentences as numbers, and the small decoder that generates them from what the map pooled.

Shapes: B samples, L words, V words of the vocabulary, F pooled features.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from sharcs_core.structures import Ints

PAD, BEGIN, END, UNKNOWN = range(4)
N_MARKS = 4
MOST_WORDS = 500
WIDTH = 64


@dataclass(frozen=True)
class Vocabulary:
    """The words that a decoder knows, those that training sentences have most often, and how many it says at most."""

    words: tuple[str, ...]
    length: int

    @classmethod
    def of(cls, sentences: Sequence[str]) -> Vocabulary:
        """Of training sentences, split at blanks, in lower case."""
        split = [text.lower().split() for text in sentences]
        counts = Counter(word for words in split for word in words)
        known = sorted(counts, key=lambda word: (-counts[word], word))[:MOST_WORDS]
        return cls(tuple(known), max((len(words) for words in split), default=0) + 1)

    def __len__(self) -> int:
        return len(self.words) + N_MARKS

    def tokens(self, sentences: Sequence[str]) -> Ints:
        """(n, L): the words' numbers and an end; nothing but padding for an empty sentence.

        >>> Vocabulary(("a", "cube"), 3).tokens(["a cube", ""]).tolist()
        [[4, 5, 2], [0, 0, 0]]
        """
        place = {word: number + N_MARKS for number, word in enumerate(self.words)}
        tokens = np.full((len(sentences), self.length), PAD, dtype=np.int64)
        for row, text in zip(tokens, sentences, strict=True):
            said = [place.get(word, UNKNOWN) for word in text.lower().split()][: self.length - 1]
            row[: len(said) + 1] = [*said, END] if said else [PAD]
        return tokens

    def sentence(self, tokens: Sequence[int]) -> str:
        """The words up to the end."""
        said: list[str] = []
        for token in tokens:
            if token in (PAD, END):
                break
            said.append(self.words[token - N_MARKS] if token >= N_MARKS else "…")
        return " ".join(said)


class Decoder(nn.Module):
    """A gated recurrent unit that reads pooled features (B, F) beside each word, and says the next one."""

    def __init__(self, n_features: int, n_words: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_words, WIDTH // 2, padding_idx=PAD)
        self.read = nn.Sequential(nn.BatchNorm1d(n_features), nn.Linear(n_features, WIDTH), nn.ReLU())
        self.unit = nn.GRU(WIDTH + WIDTH // 2, WIDTH, batch_first=True)
        self.to_words = nn.Linear(WIDTH, n_words)

    def forward(self, pooled: Tensor, tokens: Tensor) -> Tensor:
        """Logits (B, L, V) of each word, given the true words (B, L) before it."""
        before = torch.cat([torch.full_like(tokens[:, :1], BEGIN), tokens[:, :-1]], dim=1)
        states, _ = self.unit(self._beside(self.read(pooled), before))
        logits: Tensor = self.to_words(states)
        return logits

    def _beside(self, read: Tensor, words: Tensor) -> Tensor:
        """What is read, beside each word (B, L): (B, L, features)."""
        return torch.cat([self.embedding(words), read.unsqueeze(1).expand(-1, words.shape[1], -1)], dim=2)

    def generate(self, pooled: Tensor, length: int) -> Tensor:
        """The likeliest word (B, L), step by step, each given those generated before it."""
        read, said = self.read(pooled), torch.full((len(pooled), 1), BEGIN, device=pooled.device)
        state: Tensor | None = None
        steps: list[Tensor] = []
        for _ in range(length):
            output, state = self.unit(self._beside(read, said), state)
            said = self.to_words(output).argmax(-1)
            steps.append(said)
        return torch.cat(steps, dim=1)
