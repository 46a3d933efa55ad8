"""What do explanations bring, seen and said? Classifiers of `clevr_reasons`, taught with and without them.

Every cell is one network, trained on one form of the task with one share of masks and one seed: a JSON file below
`benchmarks/results/reasons`, left alone where it is there with the same settings. Class, map and sentence are told from
the picture alone. BLEU and ROUGE need the extra: `pip install .[reasons]`.

    python benchmarks/reasons.py [--jobs 2] [--device cpu] [--only megl --seeds 0 1]
    python benchmarks/reasons.py --tables        # REASONS.md of the cells that are there
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reasons_figures import figures_of
from sharcs_benchmark.tables.reasons import write_tables
from sharcs_core.guided.keeping import KeptGuided, save_guided
from sharcs_core.guided.samples import GuidedSamples
from sharcs_core.guided.saying import Guided
from sharcs_core.guided.settings import GuidedSettings
from sharcs_core.guided.training import fit_guided
from sharcs_core.json_text import json_text
from sharcs_core.storage import write_text
from sharcs_core.tasks.clevr.scenes import SHAPES
from sharcs_core.tasks.reasons.generated import ReasonScenes, reason_scenes
from sharcs_core.tasks.reasons.patches import SHIFTS, patched, shifted
from sharcs_core.tasks.reasons.sentences import sentence

RESULTS = Path(__file__).resolve().parent / "results" / "reasons"
MEGL = GuidedSettings()
MASKS_ONLY = replace(MEGL, words=0.0, consistency=0.0, exchange="none", stand_ins=False, borne_out=False, warm_up=0)
PLAIN = replace(MASKS_ONLY, visual="none")

MODELS: dict[str, GuidedSettings] = {
    "plain": PLAIN,
    "haics": replace(MASKS_ONLY, visual="haics"),
    "gradia": replace(MASKS_ONLY, visual="gradia"),
    "res": replace(MASKS_ONLY, visual="res"),
    "right_reasons": replace(PLAIN, right_reasons=10.0),
    "words": replace(PLAIN, words=MEGL.words),
    "random_exchange": replace(PLAIN, exchange="random"),
    "megl": MEGL,
    "no_visual": replace(MEGL, visual="none"),
    "no_words": replace(MEGL, words=0.0),
    "no_grounding": replace(MEGL, grounded=False),
    "no_consistency": replace(MEGL, consistency=0.0),
    "no_exchange": replace(MEGL, exchange="none"),
    "no_stand_ins": replace(MEGL, stand_ins=False),
    "not_borne_out": replace(MEGL, borne_out=False),
    "class_as_is": replace(MEGL, as_is=True),
}
"""Each model by name; all have the same network, augmentation, batches and number of passes."""

FORMS = ("shifted", "plain")
SHARE = 0.2


@dataclass(frozen=True)
class CellName:
    """What names a cell: model, form of the task, share of training samples with a mask, seed."""

    model: str
    form: str
    share: float
    seed: int

    @property
    def path(self) -> Path:
        """Below the folder of results."""
        return Path(self.model, f"{self.form}_{self.share:g}_{self.seed}.json")


def grid(seeds: Iterable[int]) -> list[CellName]:
    """All cells that the report has."""
    seeds = list(seeds)
    wanted = [(model, "shifted", SHARE) for model in MODELS]
    wanted += [("megl", "shifted", share) for share in (1.0, 0.02, 0.0)]
    wanted += [(model, "plain", SHARE) for model in ("plain", "megl")]
    return [CellName(*cell, seed) for seed in seeds for cell in wanted]


def pictures(scenes: ReasonScenes, form: str) -> np.ndarray:
    """As a form of the task has them in training and validation."""
    return patched(scenes.pixels, scenes.labels) if form == "shifted" else scenes.pixels


def training_samples(cell: CellName, scenes: ReasonScenes) -> GuidedSamples:
    """All training pictures of a cell, with masks on a share of them."""
    said = tuple(sentence(facts, wording) for facts, wording in zip(scenes.facts, scenes.wordings, strict=True))
    samples = GuidedSamples(pictures(scenes, cell.form), scenes.labels, scenes.masks, said)
    return samples.with_masks(cell.share, cell.seed)


def test_sets(form: str, scenes: ReasonScenes) -> dict[str, np.ndarray]:
    """The pictures that a model is measured on: as in training, and shifted in three ways."""
    return {"as trained": pictures(scenes, form)} | {shift: shifted(scenes.pixels, shift) for shift in SHIFTS}


def measure(guided: Guided, settings: GuidedSettings, form: str) -> dict[str, dict[str, float]]:
    """Each figure on each test set."""
    scenes = reason_scenes("test")
    return {
        name: figures_of(guided, pixels, scenes, with_words=settings.words > 0)
        for name, pixels in test_sets(form, scenes).items()
    }


def run_cell(cell: CellName, settings: GuidedSettings, device: str, kept: Path | None = None) -> dict[str, Any]:
    """Trains and measures a cell, and keeps its network where somebody asks for it; what its file holds."""
    torch.set_num_threads(1)
    chosen = torch.device(device)
    samples = training_samples(cell, reason_scenes("train"))
    began, cpu = time.perf_counter(), time.process_time()
    guided = fit_guided(replace(settings, seed=cell.seed), samples, SHAPES, device=chosen)
    times = {"wall_s": round(time.perf_counter() - began, 1), "cpu_s": round(time.process_time() - cpu, 1)}
    if kept is not None:
        height, width, channels = samples.pixels.shape[1:]
        save_guided(kept / cell.path.with_suffix(""), KeptGuided(guided, settings, (height, width, channels), device))
    guided.network.to(chosen)
    return {
        "cell": {"model": cell.model, "form": cell.form, "share": cell.share, "seed": cell.seed},
        "settings": settings.to_json(),
        "device": torch.cuda.get_device_name() if chosen.type == "cuda" else "cpu",
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
        "training": times,
        "figures": measure(guided, settings, cell.form),
    }


def is_there(path: Path, settings: GuidedSettings) -> bool:
    """Was the cell measured with these settings?"""
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(found.get("settings") == settings.to_json())


def keep_cell(cell: CellName, settings: GuidedSettings, device: str, folder: Path, kept: Path | None) -> str:
    """Runs a cell and writes its file; a line that says so."""
    found = run_cell(cell, settings, device, kept)
    write_text(folder / cell.path, json_text(found))
    shifts = [found["figures"][shift]["accuracy"] for shift in SHIFTS]
    return f"{cell.path}: under shift {np.mean(shifts):.3f}, {found['training']}"


def run_all(cells: Sequence[CellName], wanted: argparse.Namespace) -> None:
    """Every cell that is not there, as many at a time as are wanted."""
    folder, asked = wanted.results, [(cell, _settings(cell.model, wanted.epochs)) for cell in cells]
    missing = [(cell, settings) for cell, settings in asked if not is_there(folder / cell.path, settings)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted.jobs, mp_context=context) as pool:
        running = [
            pool.submit(keep_cell, cell, settings, wanted.device, folder, wanted.keep) for cell, settings in missing
        ]
        for future in running:
            print(future.result(), flush=True)


def _settings(model: str, epochs: int | None) -> GuidedSettings:
    own = MODELS[model]
    return own if epochs is None else replace(own, epochs=epochs, warm_up=min(own.warm_up, epochs))


def main() -> None:
    """See the module's first lines."""
    parser = argparse.ArgumentParser(description="What explanations bring, seen and said.")
    parser.add_argument("--tables", action="store_true", help="write REASONS.md of the cells that are there")
    parser.add_argument("--only", nargs="+", choices=MODELS, default=list(MODELS), metavar="MODEL")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("--shares", nargs="+", type=float, help="only cells with masks on these shares")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="such as cuda")
    parser.add_argument("--epochs", type=int, help="fewer than the report has, to try it out")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the cells are")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the networks too, a folder a cell")
    wanted = parser.parse_args()
    if not wanted.tables:
        lacking = [name for name in ("sacrebleu", "rouge_score") if find_spec(name) is None]
        if lacking:  # found out before minutes of training
            parser.error(f"{lacking[0]} is not installed; call pip install -e '.[reasons]' first")
        for part in ("train", "test"):  # rendered once, before there are several processes
            reason_scenes(part)
        cells = [cell for cell in grid(wanted.seeds) if cell.model in wanted.only and cell.form in wanted.forms]
        cells = [cell for cell in cells if wanted.shares is None or cell.share in wanted.shares]
        run_all(cells, wanted)
    write_tables(wanted.results.parent, Path(__file__).resolve().parent / "REASONS.md")


if __name__ == "__main__":
    main()
