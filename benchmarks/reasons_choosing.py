"""How settings of `reasons.py` were chosen: a training, measured on validation pictures, and on no others.

Validation pictures have the patch as training has it. What lies outside of their masks is exchanged between them, so
that it says nothing of the class: with what is there, and moved round and round.

    python benchmarks/reasons_choosing.py --model megl --share 0.2 --set epochs=18 batch_size=128
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace

import numpy as np
import torch

from reasons import MODELS, CellName, pictures, training_samples
from reasons_figures import figures_of
from sharcs_core.guided.exchange import exchanged
from sharcs_core.guided.settings import GuidedSettings
from sharcs_core.guided.training import fit_guided
from sharcs_core.tasks.clevr.scenes import SHAPES
from sharcs_core.tasks.reasons.generated import ReasonScenes, reason_scenes

BLOCK = 100
"""Pictures that are exchanged with each other and moved alike."""


def validation_sets(form: str, scenes: ReasonScenes) -> dict[str, np.ndarray]:
    """Validation pictures as they are, exchanged, and exchanged and moved."""
    pixels = pictures(scenes, form)
    chance = torch.rand(len(pixels), 3, generator=torch.Generator().manual_seed(0))
    still = chance * torch.tensor([1.0, 0.0, 0.0])
    return {"as it is": pixels, "exchanged": _mixed(pixels, scenes, still), "moved": _mixed(pixels, scenes, chance)}


def _mixed(pixels: np.ndarray, scenes: ReasonScenes, chance: torch.Tensor) -> np.ndarray:
    blocks = [slice(first, first + BLOCK) for first in range(0, len(pixels), BLOCK)]
    masks, known = torch.from_numpy(scenes.masks), torch.ones(len(pixels), dtype=torch.bool)
    pictures = torch.from_numpy(pixels)
    return np.concatenate([exchanged(pictures[own], masks[own], known[own], chance[own])[0].numpy() for own in blocks])


def main() -> None:
    """See the module's first lines."""
    parser = argparse.ArgumentParser(description="A training measured on validation pictures.")
    parser.add_argument("--model", choices=MODELS, default="megl")
    parser.add_argument("--form", choices=("shifted", "plain"), default="shifted")
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings that differ, as JSON")
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    changed = {name: json.loads(value) for name, value in (pair.split("=", 1) for pair in wanted.set)}
    settings = GuidedSettings.from_json({**MODELS[wanted.model].to_json(), **changed})
    cell = CellName(wanted.model, wanted.form, wanted.share, wanted.seed)
    cpu = time.process_time()
    samples = training_samples(cell, reason_scenes("train"))
    guided = fit_guided(replace(settings, seed=wanted.seed), samples, SHAPES, on_epoch=lambda n, terms: print(n, terms))
    print(f"{time.process_time() - cpu:.0f} CPU s")
    scenes = reason_scenes("validation")
    for name, pixels in validation_sets(wanted.form, scenes).items():
        print(name, figures_of(guided, pixels, scenes, with_words=settings.words > 0))


if __name__ == "__main__":
    main()
