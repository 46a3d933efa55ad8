"""``python -m sharcs_core.trainings RUNS``: the process that takes up what is in line, see :mod:`.runner`."""

from __future__ import annotations

import sys
from pathlib import Path

from sharcs_core.trainings.runner import run_all

if __name__ == "__main__":
    run_all(Path(sys.argv[1]))
