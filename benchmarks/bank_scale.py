"""Does a bank of a million rows answer as quickly as one of a thousand, and in how much memory?

    python benchmarks/bank_scale.py [--rows 10000 100000 1000000] [--engine] [--explanations 40] [--keep FOLDER]

Banks are made out of the run xor_and_xor: its samples again and again, their concepts moved by a little noise, so that
hardly two are alike. Each is saved as a run and opened in a process of its own, which brings unseen samples as new
inputs. Printed are seconds to load, milliseconds an explanation (wall and CPU, median and 95th percentile), of a sample
of the bank too, and of one that lacks a modality; and memory: what the process holds beyond what it held when it had
only imported the library, as a multiple of the bank, after loading, after explaining, and at its highest. "The bank" is
all arrays of the training samples that the run keeps: ids, inputs, concepts, places on maps, meanings, labels. (Of a
small bank the multiple is large, and the seconds to load are many: both are what torch and the encoders take.)

With ``--engine`` LanceDB (the extra .[engine]) is compared with exact search on the largest bank, one query at a time:
recall@10, milliseconds a query, seconds to write what it searches.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from large_runs import save_with_bank
from report import print_figure, print_header
from sharcs_core.checkpoints import Run, load_run, resolve_run
from sharcs_core.structures import Bank, BankSide

RUN = "xor_and_xor"
NOISE = 0.02  # of concepts: samples that mean the same lie in a heap and not on a point
LOOK_MB = 1e6


def big_bank(bank: Bank, n: int, seed: int = 0) -> Bank:
    """The samples of a bank again and again until there are ``n``, concepts and places moved by noise."""
    rows = np.arange(n) % len(bank)
    rng = np.random.default_rng(seed)
    ids = np.array([f"train/{number:07d}" for number in range(n)])
    sides = {name: _big_side(side, name, rows, rng) for name, side in bank.sides.items()}
    return Bank(ids, bank.labels[rows], sides, None if bank.traits is None else bank.traits[rows])


def _big_side(side: BankSide, name: str, rows: Any, rng: np.random.Generator) -> BankSide:
    return replace(
        side,
        ids=np.array([f"train/{number:07d}/{name}" for number in range(len(rows))]),
        inputs=side.inputs.take(rows),
        semantics=side.semantics[rows],
        sources=np.arange(len(rows)),
        local=side.local[rows],
        shared=_moved(side.shared, rows, rng),
        maps={method: values[rows] for method, values in side.maps.items()},
        described={other: _moved(values, rows, rng) for other, values in side.described.items()},
    )


def _moved(values: Any, rows: Any, rng: np.random.Generator) -> Any:
    """The values at ``rows``, moved by noise and folded back into 0 to 1."""
    noise = rng.normal(scale=NOISE, size=(len(rows), values.shape[1])).astype(np.float32)
    return np.abs(1 - np.abs(1 - np.abs(values[rows] + noise)))


def save_big(run: Run, n: int, path: Path) -> None:
    """A run like ``run`` whose bank is of ``n`` samples."""
    save_with_bank(run, big_bank(run.bank, n), np.arange(n) % len(run.answers), path)


def bank_bytes(bank: Bank) -> int:
    """Bytes of all arrays of a bank."""
    sides = bank.sides.values()
    of_sides = [
        values.nbytes
        for side in sides
        for values in (
            *(side.ids, side.semantics, side.sources, side.local, side.shared),
            *(*side.inputs.arrays.values(), *side.maps.values(), *side.described.values()),
        )
    ]
    traits = 0 if bank.traits is None else bank.traits.nbytes
    return bank.sample_ids.nbytes + bank.labels.nbytes + traits + sum(of_sides)


def timed(ask: Callable[[int], object], n: int) -> dict[str, list[float]]:
    """Milliseconds of ``n`` calls, by the clock on the wall and of the CPU."""
    ask(0)  # what is made once: the tree, what is imported late
    wall, cpu = [], []
    for turn in range(n):
        started, worked = time.perf_counter(), time.process_time()
        ask(turn)
        wall.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
    return {"wall": wall, "cpu": cpu}


def look(path: Path, n: int) -> dict[str, Any]:
    """What a process of its own says of the run at ``path``: load, explanations, memory."""
    import psutil
    import torch

    from sharcs_core.explanations import explain_inputs, explain_sample

    torch.set_num_threads(1)
    process = psutil.Process()
    before = process.memory_info().rss
    reset_peak()
    started, worked = time.perf_counter(), time.process_time()
    run = load_run(path)
    loaded = {"load_s": time.perf_counter() - started, "load_cpu_s": time.process_time() - worked}
    after_load = process.memory_info().rss
    unseen = run.test_bank
    brought = [{m: side.inputs.take([i % len(unseen)]) for m, side in unseen.sides.items()} for i in range(n)]
    picked = run.bank.sample_ids[np.linspace(0, len(run.bank) - 1, n).astype(int)]
    first = next(iter(unseen.sides))
    times = {
        "inputs": timed(lambda turn: explain_inputs(run, brought[turn]), n),
        "of_bank": timed(lambda turn: explain_sample(run, str(picked[turn])), n),
        "absent": timed(lambda turn: explain_inputs(run, {first: brought[turn][first]}), n),
    }
    return {
        **loaded,
        "times": times,
        "bank": bank_bytes(run.bank),
        "loaded": after_load - before,
        "explained": process.memory_info().rss - before,
        "peak": peak() - before,
    }


def compare(path: Path, n: int) -> dict[str, Any]:
    """What a process of its own says of LanceDB on the first side of the bank at ``path``, against exact search."""
    import psutil

    from sharcs_core.neighbours import nearest_rows
    from sharcs_core.neighbours.lance import LanceIndex

    run = load_run(path)
    name, unseen = next(iter(run.test_bank.sides.items()))
    rows = run.bank.sides[name].shared
    points = _moved(unseen.shared, np.arange(n) % len(unseen.shared), np.random.default_rng(1))
    engine = LanceIndex(rows)
    before, started = psutil.Process().memory_info().rss, time.perf_counter()
    engine.nearest(points[:1], 10)
    written = time.perf_counter() - started
    found = np.concatenate([engine.nearest(point[None], 10)[0] for point in points])
    expected = nearest_rows(points, rows, 10)[0]
    return {
        "written": written,
        "memory": psutil.Process().memory_info().rss - before,
        "recall": float(np.mean([len(set(one) & set(other)) / 10 for one, other in zip(found, expected, strict=True)])),
        "engine": timed(lambda turn: engine.nearest(points[turn : turn + 1], 10), n),
        "exact": timed(lambda turn: nearest_rows(points[turn : turn + 1], rows, 10), n),
    }


def print_comparison(n: int, found: dict[str, Any]) -> None:
    print(f"{n:,} rows, one query of one modality: LanceDB recall@10 {found['recall']:.3f}")
    for what in ("exact", "engine"):
        for clock, values in found[what].items():
            middle, late = np.median(values), np.percentile(values, 95)
            print(f"    {what:8} {clock:4}  median {middle:6.1f} ms, p95 {late:6.1f} ms")
    print(f"    written in {found['written']:.1f} s; {found['memory'] / LOOK_MB:,.0f} MB more in memory", flush=True)


def reset_peak() -> None:
    """Forget the most memory that this process ever held, where the system lets it."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak() -> int:
    """The most memory that this process held since, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def print_look(n: int, found: dict[str, Any]) -> None:
    print_figure(f"{n:,} rows: load, s (CPU {found['load_cpu_s']:.1f})", [found["load_s"]], digits=1)
    for what, times in found["times"].items():
        for clock, values in times.items():
            middle, late = np.median(values), np.percentile(values, 95)
            print(f"    explain {what:8} {clock:4}  median {middle:6.1f} ms, p95 {late:6.1f} ms")
    bank = found["bank"]
    shares = {name: found[name] / bank for name in ("loaded", "explained", "peak")}
    said = ", ".join(f"{name} {share:.2f}" for name, share in shares.items())
    print(f"    bank {bank / LOOK_MB:,.0f} MB; memory ÷ bank: {said}", flush=True)


def in_process(*arguments: str) -> dict[str, Any]:
    """What this script says of a run in a process of its own."""
    said = subprocess.run([sys.executable, __file__, *arguments], check=True, capture_output=True, text=True)
    return dict(json.loads(said.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--explanations", type=int, default=40)
    parser.add_argument("--keep", type=Path, help="folder for the runs (default: a temporary one)")
    parser.add_argument("--engine", action="store_true", help="compare LanceDB with exact search too")
    parser.add_argument("--look", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--compare", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.look or arguments.compare:
        n = arguments.explanations
        print(json.dumps(look(arguments.look, n) if arguments.look else compare(arguments.compare, n)))
        return
    run = load_run(resolve_run(RUN))
    print_header("explain with large banks", seeds=[0], source=run.source.name)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        for n in arguments.rows:
            path = folder / f"bank-{n}"
            if not path.exists():
                save_big(run, n, path)
            print_look(n, in_process("--look", str(path), "--explanations", str(arguments.explanations)))
        if arguments.engine:
            print_comparison(n, in_process("--compare", str(path), "--explanations", str(arguments.explanations)))


if __name__ == "__main__":
    main()
