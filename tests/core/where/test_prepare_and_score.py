"""Encoders in two steps score to the bit what they scored in one, with the weights of the runs that are shipped."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sharcs_core.checkpoints import load_run
from sharcs_core.encoders.graph import CountingGraphEncoder, SpatialGraphEncoder, flat_edges, node_mask
from sharcs_core.encoders.image import ImageEncoder, centred
from sharcs_core.encoders.message_passing import MessagePassingEncoder
from sharcs_core.encoders.scene import SceneEncoder, fixate, glimpses
from sharcs_core.encoders.tabular import TabularEncoder
from sharcs_core.encoders.text import OrderedTextEncoder, TextEncoder
from sharcs_core.tensors import to_tensors
from sources import ROOT

N = 24
RUNS = ("clevr", "xor_four_ways", "half_mnist", "icons", "molecules")


def in_one_step(encoder, batch):
    """What an encoder says, written out as it was before it was taken apart."""
    if isinstance(encoder, TabularEncoder):
        return encoder.layers(batch["values"].float())
    if isinstance(encoder, ImageEncoder):
        return encoder.head(encoder.pool(encoder.blocks(centred(batch["pixels"]))))
    if isinstance(encoder, SceneEncoder):
        seen, places = glimpses(batch["pixels"], fixate(batch["pixels"]))
        return encoder.head(torch.cat([encoder.blocks(seen).flatten(1), places], dim=1))
    if isinstance(encoder, TextEncoder | OrderedTextEncoder):
        return of_text(encoder, batch["tokens"].long())
    if isinstance(encoder, MessagePassingEncoder):
        types = encoder.node_concepts(batch)
        counts = types.sum(1)
        return encoder.head(torch.cat([torch.log1p(counts), counts / batch["n_nodes"].unsqueeze(1)], dim=1))
    return (counted if isinstance(encoder, CountingGraphEncoder) else in_plane)(encoder, batch)


def of_text(encoder, tokens):
    words, n_words = encoder.embedding(tokens), (tokens != 0).sum(1, keepdim=True).clamp(min=1)
    mean = words.sum(1) / n_words
    if isinstance(encoder, TextEncoder):
        scores = encoder.layers(torch.relu(mean))
    else:
        in_a_row = torch.relu(encoder.in_a_row(words.mT).mT) * (tokens != 0).unsqueeze(-1)
        scores = encoder.layers(torch.cat([torch.relu(mean), in_a_row.amax(1)], dim=1))
    return scores if encoder.by_word is None else scores + encoder.by_word(tokens)


def counted(encoder, batch):
    hidden, edges = batch["nodes"].float().flatten(0, 1), torch.stack(flat_edges(batch["neighbours"]))
    for convolution in encoder.convolutions:
        hidden = torch.relu(convolution(hidden, edges))
    types = encoder.node_types(hidden).softmax(-1).view(len(batch["nodes"]), -1, encoder.node_types.out_features)
    return (types * node_mask(batch).unsqueeze(-1)).sum(1)


def in_plane(encoder, batch):
    assert isinstance(encoder, SpatialGraphEncoder)
    mask = node_mask(batch)
    nodes, heard, offsets, present = encoder.flatten(batch["nodes"].float(), batch["neighbours"], mask)
    nodes = torch.cat([nodes[:, :-2], nodes[:, -2:] - 0.5], dim=-1)
    for convolution in encoder.convolutions:
        nodes = convolution(nodes, heard, offsets, present)
    return encoder.head(encoder.pool(nodes, mask))


@pytest.mark.parametrize("name", RUNS)
@torch.inference_mode()
def test_two_steps_score_what_one_did(name):
    run = load_run(ROOT / "checkpoints" / name)
    for modality, side in run.test_bank.sides.items():
        batch, encoder = to_tensors(side.inputs.take(slice(N))), run.model.encoders[modality]
        prepared = encoder.prepare(batch)
        assert set(encoder.reached) & set(prepared)
        assert all(prepared[one].is_floating_point() for one in encoder.reached if one in prepared)
        expected = in_one_step(encoder, batch)
        torch.testing.assert_close(encoder.score(prepared), expected, atol=0, rtol=0)
        torch.testing.assert_close(encoder(batch), expected, atol=0, rtol=0)


@pytest.mark.parametrize("name", RUNS)
@torch.inference_mode()
def test_shared_concepts_are_the_sigmoid_of_their_evidence_to_the_bit(name):
    run = load_run(ROOT / "checkpoints" / name)
    for modality, side in run.test_bank.sides.items():
        batch = to_tensors(side.inputs.take(slice(N)))
        scores = run.model.encoders[modality](batch)
        local = run.model.encode({modality: batch})
        shared = run.model.share(local)[modality]
        torch.testing.assert_close(torch.sigmoid(run.model.evidence(modality, scores)), shared, atol=0, rtol=0)
        normed = run.model.space.activation.norm(run.model.space.projections[modality](2 * local[modality] - 1))
        n_named = run.model.config.n_named
        if n_named:
            activation = run.model.space.activation
            normed = normed * nn.functional.pad(activation.scale, (0, activation.n_free), value=1.0)
            normed = normed + nn.functional.pad(activation.shift, (0, activation.n_free))
        torch.testing.assert_close(shared, torch.sigmoid(run.model.config.slope * normed), atol=0, rtol=0)
