"""Whether scenes still look as those of the renderer's version do: what lies in people's caches goes by that number."""

import numpy as np
import pytest

from sharcs_core.tasks.clevr import generated
from sharcs_core.tasks.clevr.scenes import attributes_key

KEYS = [
    attributes_key(size, number % 8, material, shape)
    for number, (size, material, shape) in enumerate(np.ndindex(2, 2, 3))
]
"""Each size, material and shape once, and every colour."""

LOOKS = {
    2: """
108.50 107.71 114.86 110.38 125.40 121.43 137.83 130.43 128.27 141.50 154.30 153.33 128.69 127.94 126.85
116.08 117.18 114.52 113.83 135.97 132.04 124.68 130.89 124.39 132.67 144.05 151.85 129.50 127.84 127.20
106.34 110.01 112.57 107.69 111.58 125.82 132.53 124.47 124.47 137.19 146.09 140.42 123.11 123.02 123.66
113.18 114.30 115.66 112.93 132.12 96.22 129.56 132.23 126.01 134.08 145.12 150.50 125.08 126.66 123.74
109.67 111.73 112.74 110.27 136.67 132.90 115.40 131.08 129.99 143.05 159.42 164.60 131.26 129.95 128.17
113.58 116.26 115.62 110.62 139.25 136.94 132.99 118.60 130.99 136.89 143.96 146.15 129.16 127.23 129.07
112.01 115.74 116.61 111.19 130.17 127.57 131.71 123.12 122.45 128.42 135.39 136.54 124.21 124.44 124.08
112.20 114.11 114.21 111.24 134.27 135.20 135.29 129.81 133.70 144.03 152.73 151.37 131.63 130.90 129.51
111.45 113.79 115.91 112.92 129.39 127.93 128.14 129.65 123.61 130.61 140.67 146.10 126.29 125.87 125.38
118.46 119.63 118.87 117.06 145.21 136.17 132.33 131.49 136.45 147.27 153.25 147.17 134.50 133.49 132.85
115.07 117.02 116.90 112.05 135.34 134.24 138.87 127.73 129.02 137.79 144.43 142.80 129.72 129.29 128.81
106.16 108.20 111.59 109.39 130.22 122.78 123.47 128.87 120.57 129.06 138.98 142.06 123.07 122.92 121.85
""",
}
"""By version of the renderer, a line for each of these scenes: brightness of its twelve squares of 40 by 40 pixels, row
by row, then its mean red, green and blue; all of 0 to 255."""


def looks(pixels):
    """What ``LOOKS`` holds of pictures, (n, 15)."""
    squares = [
        pixels[:, top : top + 40, left : left + 40].mean(axis=(1, 2, 3))
        for top in range(0, 120, 40)
        for left in range(0, 160, 40)
    ]
    return np.column_stack([*squares, pixels.mean(axis=(1, 2))])


def look_alike(seen, recorded):
    """An edit moves some mean by more; the last bit of a few pixels, which is the processor's, moves none so far."""
    return recorded.shape == (seen.size,) and np.abs(seen - recorded.reshape(seen.shape)).max() < 0.03


def test_scenes_look_as_this_version_of_the_renderer_is_known_to_draw_them():
    seen = looks(generated.render_keys("test", np.array(KEYS)))
    recorded = np.array(LOOKS.get(generated.RENDERER_VERSION, "").split(), dtype=float)
    if not look_alike(seen, recorded):
        lines = "\n".join(" ".join(f"{value:.2f}" for value in row) for row in seen)
        pytest.fail(
            f"Scenes look otherwise than recorded for RENDERER_VERSION = {generated.RENDERER_VERSION}. If they should, "
            "count that version in generated.py up, or pictures of before are taken from the cache for new ones; then "
            f"record in LOOKS, under the new number:\n{lines}",
            pytrace=False,
        )


def test_an_edit_that_is_hardly_seen_is_noticed(monkeypatch):
    from sharcs_core.tasks.clevr.renderer import renderer

    before = looks(generated.render_keys("test", np.array(KEYS)))
    monkeypatch.setattr(renderer, "BEVEL", 1.1 * renderer.BEVEL)
    after = looks(generated.render_keys("test", np.array(KEYS)))
    assert not look_alike(after, before.ravel())


def test_the_last_bit_of_some_pixels_is_not_noticed():
    pixels = generated.render_keys("test", np.array(KEYS))
    other = pixels ^ (np.random.default_rng(0).random(pixels.shape) < 0.005)  # one value in 200
    assert (other != pixels).sum() > 3000
    assert look_alike(looks(other), looks(pixels).ravel())
