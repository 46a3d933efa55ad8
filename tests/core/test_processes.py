"""Two processes train what one does: a batch gathered, a norm in common, one who writes."""

from __future__ import annotations

import os
import socket
import sys
from functools import partial
from pathlib import Path
from typing import TextIO

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from forked import Forked
from joined import gradients, join, trained
from sharcs_core.cli import main
from sharcs_core.errors import UserError
from sharcs_core.training import settings_kept
from sharcs_core.training.common_norm import with_common_norms, with_own_norms
from sharcs_core.training.processes import ALONE, ENDED, _Share, processes_for

pytest.importorskip("lightning_fabric")


def started(what: str, folder: Path, killed: int = -1) -> list[Forked]:
    """Two processes with the environment of those that ``torchrun`` starts; what they say is what stderr would have."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    shared = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    of_torchrun = {"GROUP_RANK": "0", "TORCHELASTIC_RUN_ID": "test", "OMP_NUM_THREADS": "1"}

    def work(place: int, _: TextIO, mouth: TextIO) -> None:
        os.environ |= {**shared, **of_torchrun, "RANK": str(place), "LOCAL_RANK": str(place)}
        os.dup2(mouth.fileno(), 2)
        sys.stderr = mouth
        join(what, folder, killed)

    return [Forked(partial(work, place)) for place in range(2)]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A folder with what each of two processes came to."""
    folder = tmp_path_factory.mktemp("two")
    processes = started("same", folder)
    said = [one.communicate() for one in processes]
    assert [one.wait() for one in processes] == [0, 0], "\n".join(said)
    assert said == ["", ""]
    return folder


@pytest.mark.parametrize("place", [0, 1])
def test_gradients_and_moments_are_those_of_one_process_with_the_whole_batch(two, place):
    alone, here = gradients(ALONE), load_file(two / f"gradients_{place}.safetensors")
    assert set(alone) == set(here)
    assert sum(name.startswith("gradient/") for name in alone) > 20
    for name, values in alone.items():
        torch.testing.assert_close(here[name], values, rtol=1e-4, atol=1e-5, msg=name)


def test_both_come_to_the_same_weights(two):
    first, second = (load_file(two / f"weights_{place}.safetensors") for place in range(2))
    assert all(torch.equal(first[name], values) for name, values in second.items())
    assert (two / "history_0.txt").read_text(encoding="utf-8").count("train_loss") == 4


def test_figures_are_those_of_one_process(two):
    alone = trained(None)
    losses = [one["train_loss"] for one in eval((two / "history_0.txt").read_text(encoding="utf-8"))]
    np.testing.assert_allclose(losses, [one.train_loss for one in alone.history], rtol=0.02)


def test_the_first_alone_keeps_the_state_which_is_one_that_a_single_process_goes_on_with(two, tmp_path):
    assert sorted(path.name for path in two.iterdir() if path.name.startswith("state")) == ["state.safetensors"]
    assert settings_kept(two / "state.safetensors") is not None
    assert len(trained(two / "state.safetensors").history) == 4


def test_where_one_is_killed_the_other_ends_with_one_sentence(tmp_path):
    killed = 0  # through whom they found each other
    processes = started("killed", tmp_path, killed)
    said = [one.communicate() for one in processes]
    assert processes[killed].wait() == -9
    assert processes[1 - killed].wait() == 1
    assert said[1 - killed].splitlines() == [f"sharcs: {ENDED}"]
    assert (tmp_path / "state.safetensors").is_file()  # of the first epoch, to go on from


# -- parts


def test_rows_are_shared_out_in_their_order_each_once():
    for n, n_places in ((7, 2), (8, 2), (2, 2), (11, 4)):
        shares = [_Share.of(n, place, n_places) for place in range(n_places)]
        assert [row for share in shares for row in range(n)[share.mine]] == list(range(n))
        assert all(share.sizes == shares[0].sizes for share in shares)
        assert max(shares[0].sizes) == shares[0].sizes[0]


@pytest.mark.parametrize(("norm", "shape"), [(nn.BatchNorm1d(3), (8, 3)), (nn.BatchNorm2d(3), (8, 3, 4, 5))])
def test_a_common_norm_over_halves_is_the_norm_of_the_whole(norm, shape):
    values = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    whole, model = nn.Sequential(norm), nn.Sequential(type(norm)(3))
    model.load_state_dict(whole.state_dict())
    expected = whole(values)
    halves, figures = values.split([5, 3]), []

    def pass_by(turn):  # the other half passes first, to say what it has; then this one, hearing both
        def gathered(own):
            figures.append(own)
            return torch.stack([own, told[len(figures) - 1]]) if turn else torch.stack([own])

        return gathered

    over = [0, *range(2, len(shape))]
    n = halves[1].numel() / 3
    mean = values.mean(over)
    apart = (halves[1] - mean.view(1, 3, *[1] * (len(shape) - 2))).square().sum(over)
    told = [torch.cat([halves[1].sum(over), torch.tensor([n])]), apart]
    with_common_norms(model, pass_by(True))
    torch.testing.assert_close(model.train()(halves[0]), expected[:5], rtol=1e-5, atol=1e-5)
    with_own_norms(model)
    assert type(model[0]) is type(norm)
    for name, moment in whole.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], moment)


def test_without_fabric_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setitem(sys.modules, "lightning_fabric", None)
    joined = processes_for(torch.device("cpu"))
    assert not joined.is_first
    with pytest.raises(UserError, match=r"pip install -e .\.\[distributed\]"):
        joined.told(1)


def test_what_is_taught_by_explanations_goes_in_one_process(monkeypatch, capsys):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["train", "plants", "--guided"]) == 1
    assert capsys.readouterr().err == (
        "sharcs: What is taught by explanations is trained in one process; start it without torchrun\n"
    )


def test_without_torchrun_a_process_is_alone(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    assert processes_for(torch.device("cpu")) is ALONE
