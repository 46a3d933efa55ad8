"""How many CLEVR scenes does one thread render in a CPU second?

python benchmarks/render_clevr.py [--scenes 200] [--repeats 5] [--width 160] [--seed 0]

The renderer works array by array in NumPy and calls no linear algebra that starts threads of its own.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from report import print_figure, print_header
from sharcs_core.tasks.clevr.renderer.renderer import render
from sharcs_core.tasks.clevr.scenes import N_KEYS, Scene, draw_scene


def per_cpu_second(work: Callable[[], object], n: int) -> float:
    """How often something done ``n`` times by ``work`` is done in a CPU second."""
    started = time.process_time()
    work()
    return n / (time.process_time() - started)


def draw_scenes(n: int, seed: int) -> list[Scene]:
    """``n`` scenes with the keys in turn."""
    rng = np.random.default_rng(seed)
    return [draw_scene(i % N_KEYS, rng) for i in range(n)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--width", type=int, default=160)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    n, width, height = arguments.scenes, arguments.width, arguments.width * 3 // 4
    scenes = draw_scenes(n, arguments.seed)
    render(scenes[0], width, height)
    print_header(f"Rendering CLEVR, {n} scenes at {width}×{height}", seeds=[arguments.seed], source="drawn afresh")
    drawn = [per_cpu_second(lambda: draw_scenes(n, arguments.seed), n) for _ in range(arguments.repeats)]
    print_figure("scenes drawn in a CPU second, one thread", drawn, digits=0)
    rendered = [
        per_cpu_second(lambda: [render(scene, width, height) for scene in scenes], n) for _ in range(arguments.repeats)
    ]
    print_figure("pictures rendered in a CPU second, one thread", rendered, ">= 50", digits=1)


if __name__ == "__main__":
    main()
