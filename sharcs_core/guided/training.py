"""Trains a classifier by explanations, seen and said.

Two stages. While it warms up, the map is learned from masks, where there are any, and from sentences. Then learned maps
that are good stand for missing masks. What lies outside of masks is exchanged between pictures, and the class is asked
of such pictures only (unless ``as_is``): what gives a class away elsewhere in a picture is of no use there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sharcs_core.encoders.looking import as_light, placed
from sharcs_core.errors import UserError
from sharcs_core.guided.exchange import Bounds, chance_boxes, exchanged, standing_in
from sharcs_core.guided.network import GuidedNetwork, Looked, NetworkSize
from sharcs_core.guided.samples import GuidedSamples
from sharcs_core.guided.saying import BATCH, Guided, look
from sharcs_core.guided.settings import GuidedSettings
from sharcs_core.guided.steps import Steps
from sharcs_core.guided.terms import class_loss, consistency_loss, right_reasons_loss, visual_loss, words_loss
from sharcs_core.guided.words import PAD, Vocabulary

TERMS = ("class", "visual", "words", "consistency", "reasons")
LIKELY = 0.1
"""The least that each word of a sample's sentence must be worth for its learned map to stand for a mask."""

LOOK_AGAIN = 2
"""Epochs after which maps that stand for masks are made anew."""

VARIED = 0.08
"""Standard deviation of a picture's gain in training, for every model alike."""

USUAL_BOX = (0.28, 0.21)
"""Height and width of a box drawn by chance, as shares of the picture's, where no mask says better."""


OnEpoch = Callable[[int, dict[str, float]], None]


@dataclass(frozen=True)
class Draw:
    """What chance says of a batch: which samples (B,), how bright each (B,), and (B, 3) in [0, 1) for exchanges."""

    places: Tensor
    gains: Tensor
    chance: Tensor


class _Trainer:
    def __init__(self, settings: GuidedSettings, samples: GuidedSamples, n_classes: int, device: torch.device) -> None:
        self.settings, self.device = settings, device
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.vocabulary = Vocabulary.of(samples.sentences if settings.words else ())
        size = NetworkSize(samples.pixels.shape[3], n_classes, len(self.vocabulary))
        self.network = GuidedNetwork(size).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.pixels = torch.as_tensor(np.array(samples.pixels)).to(device)
        self.labels = torch.as_tensor(np.array(samples.labels)).long().to(device)
        self.tokens = torch.as_tensor(self.vocabulary.tokens(samples.sentences)).to(device)
        self.masks = torch.as_tensor(np.array(samples.masks)).to(device)  # a copy, into which learned maps will come
        self.annotated = self.masks.flatten(1).any(1)
        self.usual = _usual(self.masks[self.annotated])
        self.bounds = _bounds(self.masks[self.annotated])
        self.n_batches = max(1, len(samples) // settings.batch_size)
        self.steps = Steps(self.network, settings, settings.epochs * self.n_batches, device)

    def look_again(self) -> None:
        """Learned maps that are good stand for the masks that are missing."""
        missing = (~self.annotated).nonzero().squeeze(1)
        for places in torch.split(missing, BATCH):
            looked = look(self.network, self.pixels[places])
            masks = standing_in(looked.maps, self.bounds)
            self.masks[places] = masks & self._bears_out(looked, self.tokens[places]).view(-1, 1, 1)

    @torch.no_grad()
    def _bears_out(self, looked: Looked, tokens: Tensor) -> Tensor:
        """Can the sample's sentence be read off what the map pools? (B,)"""
        settings = self.settings
        if not (settings.borne_out and settings.words and settings.grounded):
            return torch.ones(len(tokens), dtype=torch.bool, device=tokens.device)
        shares = self.network.decoder(looked.pooled, tokens).softmax(2)
        said = shares.gather(2, tokens.unsqueeze(2)).squeeze(2)
        bears_out: Tensor = ((said >= LIKELY) | (tokens == PAD)).all(1)
        return bears_out

    def epoch(self, number: int) -> dict[str, float]:
        """One pass over all samples; the mean of each term."""
        settings = self.settings
        if settings.stand_ins and number >= settings.warm_up and (number - settings.warm_up) % LOOK_AGAIN == 0:
            self.look_again()
        self.network.train()
        totals = torch.stack([self.steps.take(draw, self.terms) for draw in self.draws()]).mean(0)
        known = self.masks.flatten(1).any(1).float().mean()
        return {**dict(zip(TERMS, totals.tolist(), strict=True)), "known": float(known)}

    def draws(self) -> Iterator[Draw]:
        """Chance of an epoch, batch by batch."""
        n = self.n_batches * self.settings.batch_size
        order = torch.randperm(len(self.pixels), generator=self.generator)[:n]
        gains = 1 + VARIED * torch.randn(len(order), generator=self.generator)
        chance = torch.rand(len(order), 3, generator=self.generator)
        drawn = (torch.split(values.to(self.device), self.settings.batch_size) for values in (order, gains, chance))
        return (Draw(*own) for own in zip(*drawn, strict=True))

    def terms(self, draw: Draw) -> Tensor:
        """The weighted terms of the loss of a batch, in the order of ``TERMS``."""
        settings, places = self.settings, draw.places
        masks, tokens = self.masks[places], self.tokens[places]
        known = masks.flatten(1).any(1)
        pixels, swapped = self._mixed(self.pixels[places], masks, known, draw.chance)
        light = as_light(pixels) * draw.gains.view(-1, 1, 1, 1)
        looked = self.network(light)
        asked = torch.ones_like(swapped) if settings.as_is or settings.exchange == "none" else swapped
        read = looked.pooled if settings.grounded else looked.overall
        nothing = looked.scores.sum() * 0
        terms = {
            "class": class_loss(looked.logits, self.labels[places], asked),
            "visual": visual_loss(settings.visual, looked.scores, masks, known),
            "words": words_loss(self.network.decoder(read, tokens), tokens) if settings.words else nothing,
            "consistency": self._consistency(looked, known),
            "reasons": self._right_reasons(light, masks, known) if settings.right_reasons else nothing,
        }
        weights = (1.0, 1.0, settings.words, settings.consistency, settings.right_reasons)
        return torch.stack([weight * terms[name] for weight, name in zip(weights, TERMS, strict=True)])

    def _consistency(self, looked: Looked, known: Tensor) -> Tensor:
        if self.usual is None or not self.settings.consistency:
            return looked.scores.sum() * 0
        return consistency_loss(looked.maps, ~known, self.usual)

    def _right_reasons(self, light: Tensor, masks: Tensor, known: Tensor) -> Tensor:
        """Of the annotated pictures alone, since second derivatives are dear."""
        if int(known.sum()) < 2:
            return light.sum() * 0
        own = light[known].requires_grad_(True)
        return right_reasons_loss(self.network(own).logits, own, masks[known])

    def _mixed(self, pixels: Tensor, masks: Tensor, known: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
        """The pictures as the network reads them, and in which something was exchanged."""
        if self.settings.exchange == "none":
            return pixels, torch.zeros_like(known)
        if self.settings.exchange == "masks":
            return exchanged(pixels, masks, known, chance)
        return exchanged(pixels, chance_boxes(masks, USUAL_BOX, chance[:, 1:]), torch.ones_like(known), chance)


def _usual(masks: Tensor) -> Tensor | None:
    """Mean and standard deviation (2, 5) of what masks are like; None where there are too few."""
    if len(masks) < 2:
        return None
    found = placed(masks.float())
    return torch.stack([found.mean(0), found.std(0)])


def _bounds(masks: Tensor) -> Bounds:
    """What a map must be like to stand for a mask: as large as most masks are."""
    if len(masks) < 2:
        return Bounds()
    shares = masks.float().mean((1, 2))
    return Bounds(least=float(shares.quantile(0.02)) * 0.8, most=float(shares.quantile(0.98)) * 1.2)


def fit_guided(
    settings: GuidedSettings,
    samples: GuidedSamples,
    classes: Sequence[str],
    *,
    device: torch.device | None = None,
    on_epoch: OnEpoch | None = None,
) -> Guided:
    """Trains a network on samples, of which some may lack a mask or a sentence; what the last epoch left is kept.

    Args:
        classes: their names.
        on_epoch: called with the epoch's number and the mean of each term.

    Raises:
        UserError: there are fewer than two samples, or a label is no class.
    """
    if len(samples) < 2 or not 0 <= samples.labels.min() <= samples.labels.max() < len(classes):
        raise UserError(
            f"A guided training needs two samples or more, each of one of its classes (got {len(samples)} samples, "
            f"{len(classes)} classes); bring more, or name all classes"
        )
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        trainer = _Trainer(settings, samples, len(classes), device or torch.device("cpu"))
        for number in range(settings.epochs):
            terms = trainer.epoch(number)
            if on_epoch:
                on_epoch(number, terms)
    return Guided(trainer.network.cpu().eval(), trainer.vocabulary, tuple(classes), settings.grounded)
