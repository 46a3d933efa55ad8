"""Training: one optimiser step a batch, few concepts chosen and polished, best epoch by validation, resumable."""

from sharcs_core.training.fitting import fit
from sharcs_core.training.records import Begin, DivergedError, EpochCallback, EpochRecord, FitResult, Look
from sharcs_core.training.state import STATE_FORMAT, settings_kept
from sharcs_core.training.trainer import Trainer, fresh_model

__all__ = [
    "STATE_FORMAT",
    "Begin",
    "DivergedError",
    "EpochCallback",
    "EpochRecord",
    "FitResult",
    "Look",
    "Trainer",
    "fit",
    "fresh_model",
    "settings_kept",
]
