"""The sheet, card, board or plot that a mark was drawn on, where its edges are in the picture: found, and cut to.

A sheet is one even part of the picture, nearly a quadrangle, of another brightness than what it lies on, with ink of
its own inside. A mark has no such inside: a ring has a hole as wide as its line, a stroke has none.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sharcs_core.structures import Floats

WORK_SIDE = 192
"""Sheets are looked for in the picture at this size of its longer side."""
LEAST_SHARE, MOST_SHARE = 0.05, 0.97
"""Of the picture: what is smaller is a mark, what is larger leaves no ground to tell it from."""
LEAST_OWN = 0.7
"""Share of a sheet that is bare; more ink than the rest makes it a mark with a hole."""
LEAST_QUADRANGLE = 0.88
"""Share of a sheet's hull that one quadrangle covers: that of an ellipse is .64."""
LEAST_FILLED = 0.9
"""Share of a sheet's hull that it fills, its ink counted in."""
LEAST_CONTRAST = 30.0
LEAST_INK = 0.002
"""Share of a sheet that must be of another brightness for it to carry anything."""
MARGIN = 0.035
"""Share of the sheet's width that is cut off at its edges, with their shadows."""
MOST_CORNERS = 22


def on_its_sheet(grey: Floats) -> Floats | None:
    """The part of ``grey`` (H, W) in [0, 255] that lies on a sheet, all around it the sheet's own brightness.

    Returns:
        (h, w), or None where there is no sheet with edges in the picture.
    """
    small, scale = _reduced(grey)
    for is_bright in (True, False):
        sheet = _sheet(small if is_bright else 255 - small)
        if sheet is not None:
            return _cut(grey, sheet, scale)
    return None


def _reduced(grey: Floats) -> tuple[Floats, float]:
    """The picture at working size, smoothed, and how many of its pixels make one of them."""
    from PIL import Image
    from scipy import ndimage

    scale = max(1.0, max(grey.shape) / WORK_SIDE)
    height, width = (max(1, round(side / scale)) for side in grey.shape)
    small = Image.fromarray(grey.astype(np.float32)).resize((width, height), Image.Resampling.BOX)
    smooth: Floats = ndimage.gaussian_filter(np.asarray(small, dtype=np.float64), 1.0)
    return smooth, scale


def _sheet(bright: Floats) -> NDArray[np.bool_] | None:
    """The largest bright part that is a sheet, (h, w), its ink counted in; None where there is none."""
    from scipy import ndimage
    from skimage.filters import threshold_multiotsu, threshold_otsu

    levels = [float(threshold_otsu(bright))]  # type: ignore[no-untyped-call]
    with suppress(ValueError):  # where there are fewer than three tones
        levels += sorted(map(float, threshold_multiotsu(bright, classes=3)))  # type: ignore[no-untyped-call]
    for level in levels:
        labels, n_parts = ndimage.label(bright > level)
        areas = np.bincount(labels.ravel(), minlength=n_parts + 1)[1:]
        for part in np.argsort(-areas)[:3] + 1:
            own = labels == part
            if _is_sheet(bright, own):
                filled: NDArray[np.bool_] = ndimage.binary_fill_holes(own)
                return filled
    return None


def _is_sheet(bright: Floats, own: NDArray[np.bool_]) -> bool:
    """Whether a part (h, w) of a picture is a sheet."""
    from scipy import ndimage

    filled = ndimage.binary_fill_holes(own)
    area, around = filled.sum(), ~ndimage.binary_dilation(filled, iterations=2)
    if not LEAST_SHARE <= area / own.size <= MOST_SHARE or not around.any() or own.sum() < LEAST_OWN * area:
        return False
    inside = ndimage.binary_erosion(filled, iterations=max(1, round(MARGIN * np.sqrt(area))))
    ink = inside & ~own
    if ink.sum() < LEAST_INK * area:
        return False
    level = np.median(bright[own])
    if level - np.median(bright[around]) < LEAST_CONTRAST or level - bright[ink].min() < LEAST_CONTRAST:
        return False
    hull, quadrangle = _hull_areas(filled)
    return bool(area >= LEAST_FILLED * hull and quadrangle >= LEAST_QUADRANGLE * hull)


def _hull_areas(part: NDArray[np.bool_]) -> tuple[float, float]:
    """Areas of the convex hull of a part, and of the largest quadrangle between the corners of that hull."""
    from scipy.spatial import ConvexHull

    rows, columns = np.nonzero(part)
    corners = np.concatenate([np.stack([rows + a, columns + b], axis=1) for a in (0, 1) for b in (0, 1)])
    hull = ConvexHull(corners)
    around = corners[hull.vertices].astype(np.float64)
    if len(around) > MOST_CORNERS:  # the sharpest corners say as much
        around = around[np.sort(np.argsort(-_sharpness(around))[:MOST_CORNERS])]
    chosen = np.array(list(combinations(range(len(around)), 4)))
    y, x = around[chosen].transpose(2, 0, 1)  # (c, 4) each
    areas = np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(1)) / 2
    return float(hull.volume), float(areas.max(initial=0.0))


def _sharpness(corners: Floats) -> Floats:
    """How much area each corner (c, 2) of a polygon adds to it, (c,)."""
    before, after = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    added: Floats = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
    return added


def _cut(grey: Floats, sheet: NDArray[np.bool_], scale: float) -> Floats:
    """The picture around a sheet, with the sheet's brightness where it is not sheet or at its edges."""
    from PIL import Image
    from scipy import ndimage

    inside = ndimage.binary_erosion(sheet, iterations=max(2, round(MARGIN * np.sqrt(sheet.sum()))))
    rows, columns = (np.flatnonzero(inside.any(axis)) for axis in (1, 0))
    large = Image.fromarray(inside).resize(grey.shape[::-1], Image.Resampling.NEAREST)
    top, bottom = (round(row * scale) for row in (rows[0], rows[-1] + 1))
    left, right = (round(column * scale) for column in (columns[0], columns[-1] + 1))
    part, kept = grey[top:bottom, left:right], np.asarray(large)[top:bottom, left:right]
    cut: Floats = np.where(kept, part, np.median(part[kept]))
    return cut
