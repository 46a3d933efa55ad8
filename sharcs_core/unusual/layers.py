"""What the layers of an encoder make of inputs, in some numbers each: what is unlike the training data shows in some.

A layer is a field, the values of C channels at places: pixels, or nodes in the plane. The first is the input itself.
The *moments* of a field are the mean of each channel over all places and the logarithm of its standard deviation,
so that a field without any variation lies far away; its *layout* is the mean of each channel in every cell of a grid.
The *texture* of the input is mean and deviation in every cell: a part that is blank or noise shows there.

Nothing is hooked into the encoder, which several threads may use at a time: its layers are called one by one.

Shapes: B inputs, C channels, H × W pixels, R nodes of all graphs side by side, G cells a side of the grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from sharcs_core.encoders.graph import SpatialGraphEncoder, node_mask
from sharcs_core.encoders.image import ImageEncoder, centred
from sharcs_core.encoders.looking import LookingEncoder, as_light
from sharcs_core.encoders.own_encoder import OwnEncoder
from sharcs_core.encoders.scene import SceneEncoder, fixate, glimpses
from sharcs_core.kinds import KINDS

GRID = 4
"""Cells of a side: of a digit each is about as wide as two strokes."""
LEAST_DEVIATION = 1e-3
"""Added to a standard deviation before its logarithm is taken."""
TEXTURE = "texture"
HIDDEN = "hidden"
"""The summary that is what the encoder's own last layer reads, before the rectifier; of one of somebody else's, whose
layers nobody knows, what it says."""


def has_fields(encoder: nn.Module) -> bool:
    """Whether :func:`summaries` can be made of an encoder: those of pictures, and of graphs in the plane.

    One of somebody else's has them where its inputs have nothing that can be counted.
    """
    if isinstance(encoder, OwnEncoder):
        return KINDS[encoder.config.kind].counts is None
    return isinstance(encoder, ImageEncoder | LookingEncoder | SceneEncoder | SpatialGraphEncoder)


def summaries(encoder: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Of each input the moments of every layer, the layout of first and last, the texture, and what the head hides.

    Args:
        encoder: in evaluation mode, one that :func:`has_fields`.

    Returns:
        ``moments_0`` …, ``layout_first``, ``layout_last``, ``texture`` and ``hidden``, (B, any) each.

    Raises:
        ValueError: for another encoder.
    """
    if isinstance(encoder, SpatialGraphEncoder):
        return _of_graphs(encoder, batch)
    if isinstance(encoder, SceneEncoder):
        seen, places = glimpses(batch["pixels"], fixate(batch["pixels"]))
        last, normed = _passed(encoder.blocks, seen, nn.BatchNorm2d)
        return _of_pictures([seen, *normed], _hidden(encoder.head, torch.cat([last.flatten(1), places], dim=1)))
    if isinstance(encoder, LookingEncoder):
        light, looking = as_light(batch["pixels"]), encoder.looking
        looked = looking.see(light)
        read = encoder.norm(looking.pool(looked, looked.scores.sigmoid()))
        return _of_pictures([light, looked.fine, looked.coarse], _hidden(encoder.head, read))
    if isinstance(encoder, ImageEncoder):
        seen = centred(batch["pixels"])
        last, normed = _passed(encoder.blocks, seen, nn.BatchNorm2d)
        return _of_pictures([seen, *normed], _hidden(encoder.head, encoder.pool(last)))
    if isinstance(encoder, OwnEncoder):
        return _of_pictures([centred(batch["pixels"])], encoder(batch))
    raise ValueError(f"Only encoders of pictures and of graphs in the plane have fields (got {type(encoder).__name__})")


def _passed(modules: Iterable[nn.Module], values: Tensor, kept: type[nn.Module]) -> tuple[Tensor, list[Tensor]]:
    """What becomes of ``values`` in the end, and what those modules said that are of the kind ``kept``."""
    outputs = []
    for module in modules:
        values = module(values)
        if isinstance(module, kept):
            outputs.append(values)
    return values, outputs


def _hidden(head: nn.Sequential, read: Tensor) -> Tensor:
    """What the first layer of a head says of what it reads."""
    return _passed(head, read, nn.Linear)[1][0]


def _of_pictures(fields: list[Tensor], hidden: Tensor) -> dict[str, Tensor]:
    """Summaries of fields (B, C, H, W), and what is said of them in the end."""
    means = nn.functional.adaptive_avg_pool2d(fields[0], GRID)
    squares = nn.functional.adaptive_avg_pool2d(fields[0] ** 2, GRID)
    deviations = (squares - means**2).clamp(min=0).sqrt()
    return {
        **{f"moments_{place}": _picture_moments(field) for place, field in enumerate(fields)},
        "layout_first": means.flatten(1),
        TEXTURE: torch.cat([means, _log(deviations)], dim=1).flatten(1),
        "layout_last": nn.functional.adaptive_avg_pool2d(fields[-1], GRID).flatten(1),
        HIDDEN: hidden,
    }


def _picture_moments(field: Tensor) -> Tensor:
    """(B, C, H, W) → (B, 2C)."""
    places = field.flatten(2)
    return torch.cat([places.mean(2), _log(places.std(2, correction=0))], dim=1)


def _log(deviation: Tensor) -> Tensor:
    return torch.log(deviation + LEAST_DEVIATION)


def _of_graphs(encoder: SpatialGraphEncoder, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    mask = node_mask(batch)  # (B, N)
    nodes, heard, offsets, present = encoder.flatten(batch["nodes"].float(), batch["neighbours"], mask)
    shades, places = nodes[:, :-2], nodes[:, -2:]  # (R, F - 2), (R, 2)
    of_graph = torch.nonzero(mask)[:, 0]  # (R,)
    nodes = torch.cat([shades, places - 0.5], dim=1)
    fields = [torch.cat([nodes, _surroundings(offsets, present)], dim=1)]
    for convolution in encoder.convolutions:
        nodes = convolution(nodes, heard, offsets, present)
        fields.append(nodes)
    n_nodes = mask.sum(1, keepdim=True).float()
    cells = _cells(places, of_graph)
    means = _cell_means(shades, cells, len(mask))
    squares = _cell_means(shades**2, cells, len(mask))
    share = _sums(torch.ones_like(places[:, :1]), cells, len(mask) * GRID**2).view(len(mask), -1) / n_nodes
    moments = {f"moments_{place}": _graph_moments(field, of_graph, n_nodes) for place, field in enumerate(fields)}
    return {
        **moments,
        "moments_0": torch.cat([moments["moments_0"], n_nodes], dim=1),
        "layout_first": torch.cat([means, share], dim=1),
        TEXTURE: torch.cat([means, _log((squares - means**2).clamp(min=0).sqrt()), share], dim=1),
        "layout_last": _cell_means(fields[-1], cells, len(mask)),
        HIDDEN: _hidden(encoder.head, encoder.pool(nodes, mask)),
    }


def _surroundings(offsets: Tensor, present: Tensor) -> Tensor:
    """How many each node listens to, how far they are on average and the farthest of them, (R, 3)."""
    is_there = present.squeeze(-1) > 0  # (R, D)
    away = offsets.norm(dim=-1) * is_there
    n_heard = is_there.sum(1).float()
    return torch.stack([n_heard, away.sum(1) / n_heard.clamp(min=1), away.amax(1)], dim=1)


def _sums(values: Tensor, rows: Tensor, n_rows: int) -> Tensor:
    """Sums of ``values`` (R, C) that go to the same of ``n_rows`` rows."""
    return values.new_zeros(n_rows, values.shape[1]).index_add_(0, rows, values)


def _graph_moments(field: Tensor, of_graph: Tensor, n_nodes: Tensor) -> Tensor:
    """(R, C) → (B, 2C)."""
    mean = _sums(field, of_graph, len(n_nodes)) / n_nodes
    variance = _sums((field - mean[of_graph]) ** 2, of_graph, len(n_nodes)) / n_nodes
    return torch.cat([mean, _log(variance.sqrt())], dim=1)


def _cells(places: Tensor, of_graph: Tensor) -> Tensor:
    """The cell of each node among those of all graphs, (R,)."""
    column, row = (places * GRID).long().clamp(0, GRID - 1).unbind(1)
    return (of_graph * GRID + row) * GRID + column


def _cell_means(field: Tensor, cells: Tensor, n_graphs: int) -> Tensor:
    """(R, C) → (B, G · G · C), 0 in cells without a node."""
    n_cells = n_graphs * GRID**2
    counts = _sums(torch.ones_like(field[:, :1]), cells, n_cells)
    return (_sums(field, cells, n_cells) / counts.clamp(min=1)).view(n_graphs, -1)
