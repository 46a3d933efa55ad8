"""Which inputs are told to be unlike what a model was trained on, and how many that are like it are told so too?

    python benchmarks/unusual.py --data FOLDER [--runs clevr …] [--n 300]

Every run and each of its pictures and graphs in the plane. The method was developed on noise and blank inputs alone,
whole or in one part; its limits come from validation inputs; all other kinds are only reported. Noise and blanks are
made in the form in which the model sees inputs, and what is another task's is brought to it.

Shapes: n inputs, H × W pixels, N nodes of F features.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from sharcs_benchmark.runner import data_dir_of
from sharcs_core.checkpoints import Run, list_runs, load_run
from sharcs_core.structures import Inputs, TaskData
from sharcs_core.tasks import TASKS, get_task
from sharcs_core.tasks.mnist.superpixels import nearest_nodes
from sharcs_core.unusual import UsualFeatures, scores_of

Array = NDArray[Any]
Change = Callable[[Inputs, np.random.Generator], Inputs]

SEED = 0
N_LIKE_IT = 2000
TILES = 4
CLOUDS = 4
"""Pixels a side of what is one in the small picture that becomes clouds."""
SOURCES = ("mnist_superpixels", "half_mnist", "clevr", "xor_four_ways")
"""The tasks whose inputs are shown to models of others: each content once, the bits of XOR in all their forms."""
WANTED = {"like it: test": "<= .06", "noise": ">= .95", "blank": ">= .95", "another task's": ">= .95"}


def pictures(inputs: Inputs, pixels: Array) -> Inputs:
    return Inputs("image", {"pixels": np.rint(np.clip(pixels, 0, 255)).astype(np.uint8)})


def picture_change(change: Callable[[Array, np.random.Generator], Array]) -> Change:
    """A change of pixels (n, H, W) or (n, H, W, 3) as one of inputs."""
    return lambda inputs, rng: pictures(inputs, change(inputs.arrays["pixels"], rng))


def cloudy(pixels: Array, rng: np.random.Generator) -> Array:
    """Noise that is smooth: small pictures of noise, enlarged."""
    n, height, width, *channels = pixels.shape
    small = rng.integers(0, 256, (n, height // CLOUDS, width // CLOUDS, *channels), dtype=np.uint8)
    return resized(small, height, width)


def resized(pixels: Array, height: int, width: int) -> Array:
    return np.stack(
        [np.asarray(Image.fromarray(one).resize((width, height), Image.Resampling.BICUBIC)) for one in pixels]
    )


def ground(pixels: Array) -> Array:
    """The median of each picture, a channel each: what most of it is, (n, 1, 1) or (n, 1, 1, 3)."""
    return np.median(pixels, axis=(1, 2), keepdims=True)


def of_one_shade(pixels: Array, rng: np.random.Generator) -> Array:
    return np.broadcast_to(rng.integers(0, 256, (len(pixels), 1, 1, *pixels.shape[3:])), pixels.shape)


def half_covered(pixels: Array, rng: np.random.Generator) -> Array:
    """The left or the right half painted over with what most of the picture is."""
    is_left = np.arange(pixels.shape[2]) < pixels.shape[2] / 2
    covered = is_left == rng.integers(0, 2, (len(pixels), 1)).astype(bool)  # (n, W)
    return np.where(covered.reshape(len(pixels), 1, -1, *[1] * (pixels.ndim - 3)), ground(pixels), pixels)


def scrambled(pixels: Array, rng: np.random.Generator) -> Array:
    """Each picture cut into 4 × 4 tiles, which change places."""
    tiles = [tile for band in np.split(pixels, TILES, axis=1) for tile in np.split(band, TILES, axis=2)]
    order = rng.permuted(np.tile(np.arange(len(tiles)), (len(pixels), 1)), axis=1)  # (n, tiles)
    moved = np.stack(tiles, axis=1)[np.arange(len(pixels))[:, None], order]  # (n, tiles, h, w, …)
    bands = [np.concatenate([moved[:, TILES * row + i] for i in range(TILES)], axis=2) for row in range(TILES)]
    return np.concatenate(bands, axis=1)


PICTURE_NOISE: Mapping[str, Change] = {
    "noise: uniform": picture_change(lambda pixels, rng: rng.integers(0, 256, pixels.shape)),
    "noise: normal": picture_change(lambda pixels, rng: rng.normal(128, 50, pixels.shape)),
    "noise: cloudy": picture_change(cloudy),
    "noise: without colour": picture_change(
        lambda pixels, rng: np.broadcast_to(rng.integers(0, 256, (*pixels.shape[:3], 1)[: pixels.ndim]), pixels.shape)
    ),
    "blank: any shade": picture_change(of_one_shade),
    "blank: black": picture_change(lambda pixels, rng: np.zeros_like(pixels)),
    "blank: white": picture_change(lambda pixels, rng: np.full_like(pixels, 255)),
    "blank: its own ground": picture_change(lambda pixels, rng: np.broadcast_to(ground(pixels), pixels.shape)),
}
PICTURE_CHANGES: Mapping[str, Change] = {
    "inverted": picture_change(lambda pixels, rng: 255 - pixels),
    "half covered": picture_change(half_covered),
    "scrambled tiles": picture_change(scrambled),
}


def graphs(inputs: Inputs, nodes: Array, neighbours: Array | None = None) -> Inputs:
    """The graphs with other nodes (n, N, F); each node joined to its nearest where nothing else is said."""
    n_nodes = inputs.arrays["n_nodes"].astype(np.int64)
    is_node = np.arange(nodes.shape[1]) < n_nodes[:, None]
    nodes = (nodes * is_node[..., None]).astype(inputs.arrays["nodes"].dtype)
    if neighbours is None:
        neighbours = np.full_like(inputs.arrays["neighbours"], -1)
        for own, of, n in zip(neighbours, nodes, n_nodes, strict=True):
            own[:n] = nearest_nodes(of[:n, -2:].astype(np.float64), neighbours.shape[2])
    return Inputs("graph", {**inputs.arrays, "nodes": nodes, "neighbours": neighbours})


def with_shades(shade: Callable[[Array, np.random.Generator], Array | float]) -> Change:
    """Other intensities on the same nodes, from the former ones (n, N)."""

    def change(inputs: Inputs, rng: np.random.Generator) -> Inputs:
        nodes = inputs.arrays["nodes"].astype(np.float32)
        nodes[..., 0] = shade(nodes[..., 0], rng)
        return graphs(inputs, nodes, inputs.arrays["neighbours"])

    return change


def with_places(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    nodes = inputs.arrays["nodes"].astype(np.float32)
    nodes[..., -2:] = rng.random(nodes[..., -2:].shape)
    return graphs(inputs, nodes)


def with_joins(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    heard = (rng.random(inputs.arrays["neighbours"].shape) * inputs.arrays["n_nodes"][:, None, None]).astype(np.int8)
    is_node = np.arange(heard.shape[1]) < inputs.arrays["n_nodes"][:, None]
    return graphs(inputs, inputs.arrays["nodes"], np.where(is_node[..., None], heard, -1).astype(np.int8))


def with_half_dark(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    """Nodes of the left or the right half as dark as the ground of digits."""
    nodes = inputs.arrays["nodes"].astype(np.float32)
    is_covered = (nodes[..., -2] < 0.5) == rng.integers(0, 2, (len(nodes), 1)).astype(bool)
    nodes[..., 0] = np.where(is_covered, 0, nodes[..., 0])
    return graphs(inputs, nodes, inputs.arrays["neighbours"])


def with_tiles_moved(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    """The plane cut into 4 × 4 tiles, which change places with the nodes in them."""
    nodes = inputs.arrays["nodes"].astype(np.float32)
    cell = np.minimum((nodes[..., -2:] * TILES).astype(int), TILES - 1)  # (n, N, 2)
    order = rng.permuted(np.tile(np.arange(TILES**2), (len(nodes), 1)), axis=1)
    goal = np.take_along_axis(order, cell[..., 1] * TILES + cell[..., 0], axis=1)
    nodes[..., -2:] += (np.stack([goal % TILES, goal // TILES], axis=-1) - cell) / TILES
    return graphs(inputs, nodes)


GRAPH_NOISE: Mapping[str, Change] = {
    "noise: uniform": lambda inputs, rng: graphs(inputs, rng.random(inputs.arrays["nodes"].shape)),
    "noise: intensities": with_shades(lambda shades, rng: rng.random(shades.shape)),
    "noise: normal": with_shades(lambda shades, rng: rng.normal(0.5, 0.2, shades.shape).clip(0, 1)),
    "noise: places": with_places,
    "noise: joins": with_joins,
    "blank: any shade": with_shades(lambda shades, rng: rng.random((len(shades), 1))),
    "blank: black": with_shades(lambda shades, rng: 0.0),
    "blank: white": with_shades(lambda shades, rng: 1.0),
}
GRAPH_CHANGES: Mapping[str, Change] = {
    "inverted": with_shades(lambda shades, rng: 1 - shades),
    "half covered": with_half_dark,
    "scrambled tiles": with_tiles_moved,
}


def in_form(inputs: Inputs, like: Inputs) -> Inputs:
    """Another task's inputs in the form of this one's: pictures scaled, in colour or not; graphs as they are."""
    if inputs.kind == "graph":
        return inputs
    height, width, *channels = like.arrays["pixels"].shape[1:]
    mode = "RGB" if channels else "L"
    own = (Image.fromarray(one).convert(mode) for one in inputs.arrays["pixels"])
    scaled = [np.asarray(one.resize((width, height), Image.Resampling.BICUBIC)) for one in own]
    return pictures(inputs, np.stack(scaled))


def kinds(data: TaskData, modality: str, n: int, load: Callable[[str], TaskData]) -> Iterator[tuple[str, Inputs]]:
    """Kind → inputs; noise, blanks and changes from unseen inputs of the task, what is another's from that."""
    rng = np.random.default_rng(SEED)
    test = data.test.inputs[modality]
    yield "like it: validation", data.validation.inputs[modality]
    yield "like it: test", some(test, N_LIKE_IT, rng)
    changes = {"image": {**PICTURE_NOISE, **PICTURE_CHANGES}, "graph": {**GRAPH_NOISE, **GRAPH_CHANGES}}[test.kind]
    for name, change in changes.items():
        yield name, change(some(test, n, rng), rng)
    for name in SOURCES:
        if name == data.task:
            continue
        for other in get_task(name).card.modalities:
            if other.kind == test.kind and (other.kind == "image" or has_places(load(name).test.inputs[other.name])):
                yield f"another task's: {name}", in_form(some(load(name).test.inputs[other.name], n, rng), test)


def has_places(inputs: Inputs) -> bool:
    return inputs.arrays["nodes"].shape[2] >= 3


def some(inputs: Inputs, n: int, rng: np.random.Generator) -> Inputs:
    return inputs.take(np.sort(rng.permutation(len(inputs))[:n]))


def wanted(kind: str, share: float) -> str:
    """What is wanted of a kind, and whether it came out so; nothing of what is only reported."""
    aim = next((aim for start, aim in WANTED.items() if kind.startswith(start)), "")
    if not aim:
        return "only reported"
    limit = float(aim.split()[1])
    return f"{aim} {'yes' if (share <= limit if aim.startswith('<') else share >= limit) else 'NO'}"


def report(run: Run, n: int, load: Callable[[str], TaskData]) -> None:
    for modality, usual in run.usual.items():
        if not isinstance(usual, UsualFeatures):
            continue
        for kind, inputs in kinds(load(run.task.name), modality, n, load):
            scores = scores_of(run, modality, inputs)
            share = float((scores > 1).mean())
            print(
                f"{run.name:<24}{modality:<10}{kind:<36}{share:>8.3f}{np.median(scores):>9.2f}{len(scores):>7}"
                f"  {wanted(kind, share)}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with the full MNIST")
    parser.add_argument("--runs", nargs="+", help="names; all that have pictures or graphs in the plane unless given")
    parser.add_argument("--n", type=int, default=300, help="inputs a kind")
    chosen = parser.parse_args()
    torch.set_num_threads(1)

    @cache
    def load(task: str) -> TaskData:
        return get_task(task).load(SEED, data_dir_of(task, chosen.data))

    print(
        f"# Told to be unlike what the model was trained on\nseed {SEED}, {chosen.n} inputs a kind, test inputs changed"
    )
    print(f"{'run':<24}{'modality':<10}{'kind':<36}{'flagged':>8}{'median':>9}{'n':>7}  wanted")
    for summary in list_runs():
        if summary.task in TASKS and (not chosen.runs or summary.name in chosen.runs):
            report(load_run(summary.path), chosen.n, load)


if __name__ == "__main__":
    main()
