"""What a trained network says of pictures: where it looks, the class, a sentence, and what each word is for.

Shapes: n pictures (n, H, W, C) uint8, L words of a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sharcs_core.encoders.looking import Seen
from sharcs_core.guided.network import GuidedNetwork, Looked
from sharcs_core.guided.words import END, PAD, Vocabulary
from sharcs_core.structures import Codes, Floats

BATCH = 500
"""Pictures that are looked at together."""


@dataclass(frozen=True)
class Guided:
    """A trained network, the words it knows, its classes' names, and whether its words read what the map pools."""

    network: GuidedNetwork
    vocabulary: Vocabulary
    classes: tuple[str, ...]
    grounded: bool = True


@dataclass(frozen=True)
class Said:
    """What a guided model says of n pictures.

    Attributes:
        maps: (n, H, W), where it looks, 0 to 1.
        probabilities: (n, classes).
        sentences: (n,), generated from what the map pools alone.
    """

    maps: Floats
    probabilities: Floats
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class WordRegions:
    """What in a picture each word of its sentence is for.

    Attributes:
        words: the sentence, word by word.
        regions: (L, H, W), 0 to 1 of the strongest place of each word; where a word owes nothing to any place, 0.
    """

    words: tuple[str, ...]
    regions: Floats


@torch.no_grad()
def look(network: GuidedNetwork, pixels: Tensor) -> Looked:
    """What a network makes of pictures (B, H, W, C) uint8 when nothing is learned."""
    network.eval()
    looked: Looked = network(pixels)
    return looked


@torch.no_grad()
def say(guided: Guided, pixels: NDArray[np.uint8], left_out: Codes | None = None) -> Said:
    """Map, class and sentence of pictures, from the pictures alone.

    Args:
        left_out: (n, H, W), where the map is put out before anything is read: what if this had not been looked at?
    """
    off = np.zeros(pixels.shape[:3], dtype=bool) if left_out is None else left_out
    maps, probabilities, sentences = [], [], []
    for first in range(0, len(pixels), BATCH):
        some = slice(first, first + BATCH)
        own_maps, own, text = _said(guided, torch.from_numpy(pixels[some]), torch.from_numpy(off[some]))
        maps.append(own_maps)
        probabilities.append(own)
        sentences += text
    return Said(np.concatenate(maps), np.concatenate(probabilities), tuple(sentences))


def _said(guided: Guided, pixels: Tensor, off: Tensor) -> tuple[Floats, Floats, list[str]]:
    network = guided.network.eval()
    device = next(network.parameters()).device
    seen = network.see(pixels.to(device))
    maps = seen.scores.sigmoid() * ~off.to(device)
    pooled = network.pool(seen, maps)
    tokens = network.decoder.generate(_read(guided, seen, maps), guided.vocabulary.length)
    probabilities = network.to_class(pooled).softmax(1)
    knows_words = len(guided.vocabulary.words) > 0
    sentences = [guided.vocabulary.sentence(row) if knows_words else "" for row in tokens.tolist()]
    return maps.cpu().numpy(), probabilities.cpu().numpy(), sentences


def _read(guided: Guided, seen: Seen, maps: Tensor) -> Tensor:
    """What the words are read from."""
    return guided.network.pool(seen, maps if guided.grounded else torch.ones_like(maps))


def word_regions(guided: Guided, picture: NDArray[np.uint8], sentence: str | None = None) -> WordRegions:
    """Where in a picture (H, W, C) each word comes from: how its score grows with the coarse features there, times
    these features, where they speak for it (as Grad-CAM has it, but place by place).

    Args:
        sentence: whose words are asked for; default: the one that is generated. Words that are not known get nothing.
    """
    network, vocabulary = guided.network.eval(), guided.vocabulary
    text = say(guided, picture[None]).sentences[0] if sentence is None else sentence
    tokens = torch.from_numpy(vocabulary.tokens([text]))
    n_words = int(((tokens[0] != PAD) & (tokens[0] != END)).sum())
    seen = network.see(torch.from_numpy(picture[None]))
    coarse = seen.coarse.detach().requires_grad_(True)
    own = Seen(seen.fine.detach(), coarse, seen.scores.detach())
    scores = network.decoder(_read(guided, own, own.scores.sigmoid()), tokens)[0].log_softmax(1)
    said = [scores[place, tokens[0, place]] for place in range(n_words)]
    slopes = [torch.autograd.grad(score, coarse, retain_graph=True)[0] for score in said]
    size = list(seen.scores.shape[1:])
    regions = [_region(slope * coarse.detach(), size) for slope in slopes]
    return WordRegions(tuple(text.lower().split())[:n_words], np.stack(regions) if regions else np.zeros((0, *size)))


def _region(owed: Tensor, size: list[int]) -> Floats:
    """(1, channels, h, w) of what a word owes to each feature, as a picture (H, W) of 0 to 1."""
    strength = torch.relu(owed.sum(1, keepdim=True))
    large = torch.nn.functional.interpolate(strength, size=size, mode="bilinear", align_corners=False)[0, 0]
    most = large.max()
    region: Floats = (large / most if most > 0 else large).numpy()
    return region
