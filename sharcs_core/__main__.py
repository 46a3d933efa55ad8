"""``python -m sharcs_core`` is the ``sharcs`` command."""

import sys

from sharcs_core.cli import main

sys.exit(main())
