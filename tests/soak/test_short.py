"""The short forms of the long tests beside this one, in seconds each; see their own words for the long ones."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from browsing import running_app
from disks import can_mount
from fuzz import Told, by_hypothesis, by_splicing
from fuzzed import ROOT, RUNS, SLOW, WHOLE, readers
from load import Load, Plan, run, samples_of
from server_side import process_of
from visitors import outcome_of

SOAK = Path(__file__).resolve().parent
N = {SLOW: 6, WHOLE: 1}
"""Inputs of readers that take long; of others there are more."""


def test_nothing_but_a_value_or_a_sentence_comes_of_spoilt_files(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(RUNS))
    faults = {}
    for name, reader in readers(tmp_path).items():
        told, n = Told(), N.get(reader.cost, 20)
        by_hypothesis(reader, n, 0, told)
        by_splicing(reader, n, 0, told)
        assert told.n >= n, name
        faults |= {f"{name}: {fault}": content for fault, content in told.faults.items()}
    assert not faults


def test_a_fault_is_found_and_made_small(tmp_path):
    def read(content: bytes) -> None:
        if b"<" in content:
            raise KeyError("a bug")

    told = Told()
    by_hypothesis(_with(readers(tmp_path)["sentence"], read), 300, 0, told)
    (content,) = told.faults.values()
    assert b"<" in content
    assert len(content) < 12


def _with(reader, read):
    return replace(reader, read=read)


def test_visitors_who_come_at_once_and_do_this_and_that_see_no_fault(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARCS_ALLOW_CHANGES", "0")
    some = {name: ids for name, ids in samples_of(RUNS).items() if name in ("xor_and_xor", "half_mnist")}
    with running_app(tmp_path / "log", is_cold=True) as address:
        load = Load(Plan(some, n_sessions=4, every=0.1, seconds=0, least=6))
        outcome_of(run(address, process_of(address), load))
    assert len([one for one in load.done if one.is_first]) == 4
    assert not load.faults
    assert len(load.done) == 24


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_what_is_killed_goes_on_to_the_same_result():
    _said("kills.py", "--trainings", "1", "--saves", "2", "--within", "0")


@pytest.mark.skipif(not can_mount(), reason="disks can be made by root alone")
def test_a_full_disk_and_a_read_only_one_lose_nothing():
    _said("disks.py", "--rooms", "1", "50")


def _said(script: str, *options: str) -> None:
    """Runs a script, which ends with 0 where all is as it should be."""
    found = subprocess.run(
        [sys.executable, str(SOAK / script), *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
