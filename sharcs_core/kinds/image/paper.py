"""Whether pictures are drawings, and what a hand would draw one on.

Shapes: n pictures of H × W pixels.
"""

from __future__ import annotations

import numpy as np

from sharcs_core.kinds.image.form import ImageForm
from sharcs_core.kinds.kind import Paper
from sharcs_core.structures import Inputs

LOOKED_AT = 200
"""So many pictures tell what all are like."""
LEAST_BARE = 0.5
"""Share of a drawing's pixels that no ink is on, at the least: a photograph has no such ground."""
NEAR = 0.25
"""Of the range of brightness; nearer to the ground than this is bare, for paper is grainy."""


def paper(form: ImageForm, inputs: Inputs) -> Paper | None:
    """The ground that grey drawings stand on, in the proportions of their pictures; None where they are no drawings."""
    if form.channels != 1 or not inputs.is_kept:
        return None
    shares = np.asarray(inputs.arrays["pixels"][:LOOKED_AT], dtype=np.float64) / form.top  # (n, H, W)
    ground = form.ground[0]
    bare = np.mean(np.abs(shares - ground) <= NEAR)
    return Paper(form.width, form.height, ground) if bare >= LEAST_BARE else None
