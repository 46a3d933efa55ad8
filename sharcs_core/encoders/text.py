"""Short texts → raw concept scores.

Shapes: B texts of L tokens, H the first width of ``hidden``.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sharcs_core.config import EncoderConfig
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
        nn.init.normal_(self.scores.weight, std=UNSAID)
        nn.init.zeros_(self.scores.weight[0].detach())

    def forward(self, tokens: Tensor) -> Tensor:
        n_words = (tokens != 0).sum(1, keepdim=True).clamp(min=1)
        total: Tensor = self.scores(tokens).sum(1) / n_words.sqrt()
        return total


def heard(batch: Mapping[str, Tensor]) -> Tensor:
    """The tokens (B, L) of a batch without the words that training leaves out: ``kept`` (B, L), where it is there."""
    tokens = batch["tokens"].long()
    return tokens * batch["kept"] if "kept" in batch else tokens


class TextEncoder(nn.Module):
    """Mean of the word embeddings of ``tokens`` (B, L), 0 being padding, then a perceptron; returns (B, K).

    ``n_features`` of the config is the size of the vocabulary, padding included.
    """

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.n_features, config.hidden[0], padding_idx=0)
        self.layers = mlp([config.hidden[0], *config.hidden[1:], n_local])
        self.by_word = WordScores(config, n_local) if config.linear else None

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        tokens = heard(batch)
        words = self.embedding(tokens)  # (B, L, hidden)
        n_words = (tokens != 0).sum(1, keepdim=True).clamp(min=1)
        scores: Tensor = self.layers(torch.relu(words.sum(1) / n_words))
        return scores if self.by_word is None else scores + self.by_word(tokens)


class OrderedTextEncoder(nn.Module):
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

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        tokens = heard(batch)
        is_word = (tokens != 0).unsqueeze(-1)  # (B, L, 1)
        words = self.embedding(tokens)  # (B, L, H)
        mean = words.sum(1) / is_word.sum(1).clamp(min=1)
        in_a_row = torch.relu(self.in_a_row(words.mT).mT) * is_word
        scores: Tensor = self.layers(torch.cat([torch.relu(mean), in_a_row.amax(1)], dim=1))
        return scores if self.by_word is None else scores + self.by_word(tokens)
