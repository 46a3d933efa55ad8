"""What is run: the models as settings, and the cells of each block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sharcs_benchmark.cells import CellKey
from sharcs_benchmark.models import OF_ONE_MODALITY, SHARCS_FREE, SHARCS_NAMED, family_of
from sharcs_core.config import ALIGNMENT_WEIGHTS, HAS_CONCEPTS, RunConfig
from sharcs_core.errors import UserError
from sharcs_core.tasks import get_task

WAYS = ("xor_and_xor", "xor_three_ways", "xor_four_ways")
"""Tasks that differ in nothing but how many modalities show the same bits; block C studies that."""
COMPARED = (WAYS[0], "mnist_superpixels", "half_mnist", "clevr")
"""Tasks on which the models are compared, chosen because each costs hours: every subject once, in two modalities."""
SHIPPED: dict[str, tuple[str, ...]] = {
    "xor_and_xor": (SHARCS_NAMED,),
    "xor_four_ways": (SHARCS_NAMED,),
    "mnist_superpixels": (SHARCS_NAMED, SHARCS_FREE),
    "half_mnist": (SHARCS_FREE, SHARCS_NAMED),
    "clevr": (SHARCS_NAMED, SHARCS_FREE),
}
"""Task → the models of block A, those of the runs that are shipped."""
FIVE_SEEDS = (0, 4, 13, 23, 42)
SEEDS: dict[str, dict[str, tuple[int, ...]]] = {
    "A": {"xor_and_xor": FIVE_SEEDS},
    "B": {"xor_and_xor": FIVE_SEEDS, "half_mnist": (0, 1, 2)},
    "C": {"xor_and_xor": FIVE_SEEDS, "xor_three_ways": FIVE_SEEDS, "xor_four_ways": FIVE_SEEDS},
    "S": {"xor_and_xor": FIVE_SEEDS},
}
"""Block → task → seeds; one seed, 0, where nothing is said."""

BUDGET = {"mnist_superpixels": 10_000, "half_mnist": 10_000, "clevr": 4_000}
"""Training samples of every block but A; XOR-AND-XOR has only its 800."""
EPOCHS = 10
"""Of the tasks with a budget, polishing included; XOR-AND-XOR keeps its own number."""
MAX_POLISH = 3
"""How many of these may be for polishing."""
BANK_SIZE = 1000
N_ANCHORS = 32
QUICK_TRAIN, QUICK_TEST, QUICK_EPOCHS = 200, 200, 2

TAUGHT = (SHARCS_NAMED, "concept_named")
"""Models whose concepts are taught; the others are made from the task's settings for free concepts."""

WIRING_OF: dict[str, dict[str, Any]] = {
    SHARCS_FREE: {},
    SHARCS_NAMED: {},
    "simple_multimodal": {"wiring": "fusion", "alignment": "none"},
    "late_fusion": {"wiring": "late", "alignment": "none"},
    "concept_multimodal": {"wiring": "concept", "alignment": "none"},
    "concept_named": {"wiring": "concept", "alignment": "none"},
    "relative": {"wiring": "relative", "alignment": "none", "n_shared": N_ANCHORS},
    "contrastive": {"wiring": "embedding", "alignment": "contrastive"},
    "triplet": {"wiring": "embedding", "alignment": "triplet"},
    "unimodal_concept": {"wiring": "concept", "alignment": "none"},
    "unimodal": {"wiring": "fusion", "alignment": "none"},
}
"""Family of models → what differs from the task's preset for SHARCS, beside what follows from its wiring."""

WITHOUT_CHOOSING = {"polish_epochs": 0}
"""What blocks C and S change: all concepts stay, so that T is what it says and nothing else differs."""

STUDIED_WEIGHT = {"half_mnist": 0.3}
"""λ around which the studies were made, where it is not that of the task's preset."""

EDGE_COUNT = "edge_count"
STUDIES: dict[str, tuple[dict[str, Any], ...]] = {
    "xor_and_xor": (
        {},
        *({"alignment_weight": weight} for weight in (0.1, 0.3, 3.0)),
        {"alignment": "none"},
        {"alignment": "distance"},
        {"alignment": "triplet"},
        *({"n_shared": n} for n in (3, 5, 10, 14)),
    ),
    "half_mnist": (
        {},
        *({"alignment_weight": weight} for weight in (0.1, 1.0, 3.0)),
        {"alignment": "none"},
        {"alignment": "distance"},
        {"alignment": "triplet"},
        *({"n_shared": n} for n in (5, 8, 18, 24)),
    ),
    "xor_three_ways": ({},),
    "xor_four_ways": ({},),
}
"""Task → what block C varies, beginning with the settings in the middle of each study."""

SHUFFLED_LABELS, SHUFFLED_KEYS, RANDOM_WEIGHTS = "shuffled labels", "shuffled keys", "random weights"
SANITY = (SHUFFLED_LABELS, SHUFFLED_KEYS, RANDOM_WEIGHTS)
BLOCKS = ("A", "B", "C", "S")


@dataclass(frozen=True)
class Plan:
    """A cell to be run: its key, its settings, and how much of the data it sees."""

    key: CellKey
    config: RunConfig
    n_train: int | None
    n_test: int | None = None


def models_of(task: str) -> tuple[str, ...]:
    """The models that are compared on a task, SHARCS first."""
    modalities = preset_for(SHARCS_FREE, task).model.modalities
    families = [name for name in WIRING_OF if name not in OF_ONE_MODALITY]
    single = [f"{family}_{name}" for family in reversed(OF_ONE_MODALITY) for name in modalities]
    return (*families, *single, *([EDGE_COUNT] if task == "xor_and_xor" else []))


def plans(
    blocks: Iterable[str] = BLOCKS,
    tasks: Iterable[str] | None = None,
    models: Iterable[str] | None = None,
    seeds: Iterable[int] | None = None,
    quick: bool = False,
) -> tuple[Plan, ...]:
    """The cells to be run, those that share data one after the other.

    Args:
        tasks, models, seeds: only these; None is all that the blocks name. ``unimodal`` and
            ``unimodal_concept`` stand for one model a modality. Seeds that are given replace the blocks' own.
        quick: block Q instead: every model on a few samples for two epochs.

    Raises:
        UserError: for a block, task or model that there is not.
    """
    chosen_tasks = None if tasks is None else tuple(get_task(name).name for name in tasks)
    chosen_models = None if models is None else tuple(models)
    chosen_seeds = None if seeds is None else tuple(seeds)
    found = [plan for block in ("Q" if quick else blocks) for plan in _block(block, chosen_tasks, chosen_seeds)]
    names = {plan.key.model for plan in found} | set(OF_ONE_MODALITY)
    for name in chosen_models or ():
        if name not in names:
            raise UserError(f"Unknown model {name!r}; choose from {sorted(names)}")
    kept = [plan for plan in found if chosen_models is None or _is_one_of(plan.key.model, chosen_models)]
    return tuple(sorted(kept, key=lambda plan: (plan.key.block, plan.key.task, plan.key.seed, plan.n_train or 0)))


def _is_one_of(model: str, chosen: tuple[str, ...]) -> bool:
    return bool({model, family_of(model)[0]} & set(chosen))


def _block(block: str, tasks: tuple[str, ...] | None, seeds: tuple[int, ...] | None) -> Iterator[Plan]:
    if block not in (*BLOCKS, "Q"):
        raise UserError(f"Unknown block {block!r}; choose from {list(BLOCKS)}")
    of_block = {"A": tuple(SHIPPED), "C": tuple(STUDIES)}.get(block, COMPARED)
    for task in of_block:
        if tasks is not None and task not in tasks:
            continue
        for seed in seeds if seeds is not None else SEEDS.get(block, {}).get(task, (0,)):
            yield from _cells(block, task, seed)


def _cells(block: str, task: str, seed: int) -> Iterator[Plan]:
    if block == "A":
        for model in SHIPPED[task]:
            yield Plan(CellKey(block, task, model, "", seed), preset_for(model, task, seed), None)
    elif block == "B":
        for model in models_of(task):
            yield _budgeted(CellKey(block, task, model, "", seed), {})
    elif block == "C":
        for changes in STUDIES[task]:
            key = CellKey(block, task, SHARCS_FREE, variant_of(changes), seed)
            yield _budgeted(key, {**_studied(task, changes), **changes})
    elif block == "S":
        for variant in SANITY:
            yield _budgeted(CellKey(block, task, SHARCS_FREE, variant, seed), _studied(task, {}))
    else:
        for model in models_of(task):
            plan = _budgeted(CellKey(block, task, model, "", seed), {"epochs": QUICK_EPOCHS})
            yield replace(plan, n_train=QUICK_TRAIN, n_test=QUICK_TEST)


def preset_for(model: str, task: str, seed: int = 0) -> RunConfig:
    """The task's own settings that a model is made from: those for taught concepts, or for free ones.

    Raises:
        UserError: for a model of taught concepts and a task whose factors are not known.
    """
    return get_task(task).preset(seed, concepts="named" if model in TAUGHT else "free")


def _studied(task: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What all cells of a study have in common; another alignment brings its own weight."""
    weight = {} if "alignment" in changes or task not in STUDIED_WEIGHT else {"alignment_weight": STUDIED_WEIGHT[task]}
    return {**WITHOUT_CHOOSING, **weight}


def variant_of(changes: Mapping[str, Any]) -> str:
    """What differs, in words: ``n_shared=4``, ``no alignment``.

    >>> variant_of({"alignment": "none"}), variant_of({"alignment_weight": 0.1})
    ('no alignment', 'alignment_weight=0.1')
    """
    if changes == {"alignment": "none"}:
        return "no alignment"
    return ", ".join(f"{name}={value}" for name, value in changes.items())


def _budgeted(key: CellKey, changes: Mapping[str, Any]) -> Plan:
    """A cell at the equal budget: the task's preset, as the model has it, and what the study changes."""
    config = configured(preset_for(key.model, key.task, key.seed), key.model)
    limited = key.task in BUDGET
    epochs = changes.get("epochs", EPOCHS if limited else config.training.epochs)
    most = min(MAX_POLISH if limited else epochs, epochs - 1)
    polish = min(config.training.polish_epochs, most)
    config = changed(config, {"epochs": epochs, "polish_epochs": polish, **changes})
    return Plan(key, replace(config, bank_size=BANK_SIZE), BUDGET.get(key.task))


def configured(preset: RunConfig, model: str) -> RunConfig:
    """The task's preset for SHARCS as another model has it; that for taught concepts for a model that is taught."""
    if model == EDGE_COUNT:
        return changed(preset, {**WITHOUT_CHOOSING, "agreements": False})
    family, modality = family_of(model)
    taught = {"n_local": preset.model.n_named} if family == "concept_named" and preset.model.named else {}
    untaught: dict[str, Any] = {} if family in TAUGHT else {"named": {}}
    config = changed(preset, {**WIRING_OF[family], **taught, **untaught})
    if not modality:
        return config
    return replace(config, model=replace(config.model, encoders={modality: config.model.encoders[modality]}))


def changed(config: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    """Settings with some of the model or of its training changed, and what follows from these.

    An alignment brings its own weight. Of a wiring without shared concepts none are chosen and none agree; one
    without concepts has none to be taught.
    """
    if changes.get("alignment"):
        changes = {"alignment_weight": ALIGNMENT_WEIGHTS[changes["alignment"]], **changes}
    wiring = changes.get("wiring", config.model.wiring)
    if wiring != "sharcs":
        changes = {**changes, **WITHOUT_CHOOSING, "agreements": False}
    if wiring not in HAS_CONCEPTS:
        changes = {**changes, "named": {}}
    of_model = {name: value for name, value in changes.items() if hasattr(config.model, name)}
    of_training = {name: value for name, value in changes.items() if name not in of_model}
    return replace(config, model=replace(config.model, **of_model), training=replace(config.training, **of_training))
