"""Short texts → raw concept scores.

Shapes: B texts of L tokens, H the first width of ``hidden``.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.encoder import Encoder
from sharcs_core.encoders.tabular import mlp

NEIGHBOURS = 3
"""Words that are read together where their order counts: ``not good``, ``left of``."""

UNSAID = 0.2
"""Standard deviation of an embedding before training, and after it where training never had its token. At torch's own
1 a single unseen word drowns the others (.85 of made-up sentences are told rightly, at .2 .99; at .1 some learn badly).
"""


class WordScores(nn.Module):
    """What the words of ``tokens`` (B, L) say one by one: their scores (B, K), added up and divided by √ their number.

    A perceptron has to find out that a rare word says what it says; here it does so from its first occurrence.
    """

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        self.scores = nn.Embedding(config.n_features, n_local, padding_idx=0)
        nn.init.zeros_(self.scores.weight)  # a word that training never had says nothing

    def forward(self, tokens: Tensor) -> Tensor:
        return self.total(self.scores(tokens), (tokens != 0).sum(1, keepdim=True).clamp(min=1))

    @staticmethod
    def total(said: Tensor, n_words: Tensor) -> Tensor:
        """The scores of each word (B, L, K), padding's 0, and how many words there are (B, 1) → (B, K)."""
        return said.sum(1) / n_words.sqrt()


class WordEncoder(Encoder):
    """What all encoders of texts prepare.

    ``words`` (B, L, H), the embeddings; ``is_word`` (B, L), which are no padding; and ``said`` (B, L, K), what each
    word says by itself, where words are asked one by one.
    """

    reached = ("words", "said")
    embedding: nn.Embedding
    by_word: WordScores | None

    def prepare(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        tokens = heard(batch)
        prepared = {"words": self.embedding(tokens), "is_word": tokens != 0}
        return prepared if self.by_word is None else {**prepared, "said": self.by_word.scores(tokens)}

    def score(self, prepared: Mapping[str, Tensor]) -> Tensor:
        n_words = prepared["is_word"].sum(1, keepdim=True).clamp(min=1)  # (B, 1)
        scores = self.together(prepared["words"], prepared["is_word"], n_words)
        return scores if self.by_word is None else scores + self.by_word.total(prepared["said"], n_words)

    def together(self, words: Tensor, is_word: Tensor, n_words: Tensor) -> Tensor:
        """What the words say together, (B, K)."""
        raise NotImplementedError


def heard(batch: Mapping[str, Tensor]) -> Tensor:
    """The tokens (B, L) of a batch without the words that training leaves out: ``kept`` (B, L), where it is there."""
    tokens = batch["tokens"].long()
    return tokens * batch["kept"] if "kept" in batch else tokens


class TextEncoder(WordEncoder):
    """Mean of the word embeddings of ``tokens`` (B, L), 0 being padding, then a perceptron; returns (B, K).

    ``n_features`` of the config is the size of the vocabulary, padding included.
    """

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.n_features, config.hidden[0], padding_idx=0)
        self.layers = mlp([config.hidden[0], *config.hidden[1:], n_local])
        self.by_word = WordScores(config, n_local) if config.linear else None

    def together(self, words: Tensor, is_word: Tensor, n_words: Tensor) -> Tensor:
        scores: Tensor = self.layers(torch.relu(words.sum(1) / n_words))
        return scores


class OrderedTextEncoder(WordEncoder):
    """As :class:`TextEncoder`, with the strongest of what each three words in a row say beside the mean."""

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        width = config.hidden[0]
        self.embedding = nn.Embedding(config.n_features, width, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=UNSAID)
        nn.init.zeros_(self.embedding.weight[0].detach())  # padding says nothing
        self.in_a_row = nn.Conv1d(width, width, NEIGHBOURS, padding=NEIGHBOURS // 2)
        self.layers = mlp([2 * width, *config.hidden[1:], n_local])
        self.by_word = WordScores(config, n_local) if config.linear else None

    def together(self, words: Tensor, is_word: Tensor, n_words: Tensor) -> Tensor:
        mean = words.sum(1) / n_words
        in_a_row = torch.relu(self.in_a_row(words.mT).mT) * is_word.unsqueeze(-1)
        scores: Tensor = self.layers(torch.cat([torch.relu(mean), in_a_row.amax(1)], dim=1))
        return scores
