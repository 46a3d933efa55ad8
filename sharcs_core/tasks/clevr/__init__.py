"""CLEVR: rendered scenes of one object, and questions about them."""

from __future__ import annotations

from sharcs_core.tasks.clevr.task import Clevr

__all__ = ["Clevr"]
