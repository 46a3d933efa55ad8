"""Twenty people at once: how long do they wait, does anything fail, does the memory of the server grow?

    python tests/soak/load.py [--sessions 20] [--every 10] [--minutes 10] [--rounds 2] [--runs checkpoints] [--seed 0]

Starts the dashboard and, while it is still cold, so many sessions over its websocket: each goes to a page, or does
something on the one it is at, every so many seconds, of all runs that are there. Prints a line a minute (median, p95
and longest seconds from asking to the end of the script; CPU and memory of the server), then the verdict. Ends with 1
where anything failed, a first page took more than 10 s, p95 after the first minute was 2 s or more, or the memory after
the last round is above 1.1 × that after the first.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "tests" / "soak"), str(ROOT / "tests" / "browser")]

from browsing import PAGES, running_app  # noqa: E402
from server_side import process_of  # noqa: E402
from sessions import Session, Shown, actions, session  # noqa: E402

FIRST, P95, GROWTH = 10.0, 2.0, 1.1
MINUTE = 60.0


@dataclass(frozen=True)
class Done:
    """One action.

    Attributes:
        at: seconds since the beginning.
        seconds: until the script had ended.
        what: page, run, and what was pressed there.
        fault: what went wrong; "" for nothing.
    """

    at: float
    seconds: float
    what: str
    n_bytes: int = 0
    fault: str = ""
    is_first: bool = False


@dataclass(frozen=True)
class Plan:
    """Who comes, and what they do.

    Attributes:
        samples: run → ids of unseen samples.
        every: seconds from one action to the next.
        seconds: in all.
        least: actions of each, whatever the time.
    """

    samples: Mapping[str, Sequence[str]]
    n_sessions: int
    every: float
    seconds: float
    seed: int = 0
    least: int = 0


@dataclass
class Load:
    """What was done so far, and what the server took."""

    plan: Plan
    began: float = field(default_factory=time.monotonic)
    done: list[Done] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    cpu: list[tuple[float, float]] = field(default_factory=list)

    @property
    def now(self) -> float:
        return time.monotonic() - self.began

    @property
    def faults(self) -> list[Done]:
        return [one for one in self.done if one.fault]


def samples_of(runs: Path) -> dict[str, list[str]]:
    """Run → ids of the unseen samples that it keeps."""
    found = {}
    for run in sorted(path for path in runs.iterdir() if (path / "bank.npz").is_file()):
        with np.load(run / "bank.npz", allow_pickle=False) as bank:
            found[run.name] = bank["test/sample_ids"].tolist()
    return found


async def visit(address: str, number: int, load: Load) -> None:
    """One person, from the first page to the end of the time; a session that dies is a fault, and begun anew."""
    rng = random.Random(load.plan.seed * 1000 + number)
    n_done = 0
    while not _is_over(load, n_done):
        try:
            async with session(address) as tab:
                await _first(tab, rng, load, n_done == 0)
                n_done += 1
                await asyncio.sleep(rng.uniform(0, load.plan.every))
                while not _is_over(load, n_done):
                    began = time.monotonic()
                    await _next(tab, rng, load)
                    n_done += 1
                    await asyncio.sleep(max(0.0, load.plan.every - (time.monotonic() - began)))
        except Exception as error:
            load.done.append(Done(load.now, 0.0, "a session", fault=f"died: {type(error).__name__}: {error}"))
            n_done += 1
            await asyncio.sleep(1)


def _is_over(load: Load, n_done: int) -> bool:
    return load.now >= load.plan.seconds and n_done >= load.plan.least


async def _first(tab: Session, rng: random.Random, load: Load, is_first: bool) -> None:
    page, query = rng.choice(["", *PAGES.values()]), _chosen(load.plan, rng)
    await _timed(load, tab.go_to(page, **query), f"{page or 'home'} {query['run']}", is_first)


async def _next(tab: Session, rng: random.Random, load: Load) -> None:
    """Another page of the same run or another, or something done on this page."""
    chance = rng.random()
    if chance < 0.55 and (action := next(actions(tab.shown, rng), None)):
        widget, state = action
        what = f"{tab.page or 'home'} {tab.query.get('run', '')}: {widget.kind} {widget.label[:30]!r}"
        await _timed(load, tab.act(widget, state), what)
        return
    other = _chosen(load.plan, rng)
    same = {name: tab.query[name] for name in ("run", "sample") if name in tab.query}
    query = other if chance > 0.9 or "run" not in same else same
    page = rng.choice(list(PAGES.values()))
    await _timed(load, tab.go_to(page, **query), f"{page or 'home'} {query['run']}")


def _chosen(plan: Plan, rng: random.Random) -> dict[str, str]:
    run = rng.choice(list(plan.samples))
    return {"run": run, "sample": rng.choice(plan.samples[run])}


async def _timed(load: Load, asking: asyncio.Future[Shown] | object, what: str, is_first: bool = False) -> None:
    began, at = time.monotonic(), load.now
    shown: Shown = await asking  # type: ignore[misc]
    fault = "; ".join([*shown.faults, *(text for text in shown.texts if "no fault of yours" in text)])
    load.done.append(Done(at, time.monotonic() - began, what, shown.n_bytes, fault, is_first))


async def watch(server: psutil.Process, load: Load, pause: float) -> None:
    """Notes memory and CPU of the server now and then."""
    while True:
        load.memory.append((load.now, server.memory_info().rss / 1e6))
        load.cpu.append((load.now, sum(server.cpu_times()[:2])))
        await asyncio.sleep(pause)


async def run(address: str, server: psutil.Process, load: Load) -> None:
    watcher = asyncio.create_task(watch(server, load, 1.0))
    printer = asyncio.create_task(_print_minutes(load))
    await asyncio.gather(*(visit(address, number, load) for number in range(load.plan.n_sessions)))
    for task in (watcher, printer):
        task.cancel()


async def _print_minutes(load: Load) -> None:
    for minute in range(10**6):
        await asyncio.sleep(max(0.0, (minute + 1) * MINUTE - load.now))
        print(minute_line(load, minute), flush=True)


def minute_line(load: Load, minute: int) -> str:
    start, end = minute * MINUTE, (minute + 1) * MINUTE
    seconds = [one.seconds for one in load.done if start <= one.at < end]
    cpu = [value for at, value in load.cpu if start <= at <= end + 1]
    share = (cpu[-1] - cpu[0]) / MINUTE if cpu else 0.0
    told = (
        f"median {np.median(seconds):.2f}, p95 {np.percentile(seconds, 95):.2f}, longest {max(seconds):.2f} s"
        if seconds
        else "-"
    )
    loaded = psutil.getloadavg()[0]
    return (
        f"minute {minute + 1:2}: {len(seconds):3} actions, {told}; server CPU {share:.0%}, "
        f"memory {load.memory[-1][1]:,.0f} MB; machine's load {loaded:.1f}"
    )


def told(load: Load, rounds: int, slowest: int) -> bool:
    """Prints what came of it; whether all is as it should be."""
    later = [one for one in load.done if one.at >= MINUTE and not one.is_first]
    first = [one.seconds for one in load.done if one.is_first]
    p95 = float(np.percentile([one.seconds for one in later], 95)) if later else 0.0
    ends = [_memory_at(load, load.plan.seconds * (number + 1) / rounds) for number in range(rounds)]
    growth = ends[-1] / ends[0]
    print(f"{len(load.done):,} actions of {load.plan.n_sessions} sessions, {len(load.faults)} faults")
    print(
        f"first pages: {len(first)}, longest {max(first, default=0):.1f} s (to reach: {FIRST:.0f}); "
        f"CPU of the server until then {_cpu_at(load, max(first, default=0)):.1f} s"
    )
    print(f"after the first minute: p95 {p95:.2f} s (to reach: below {P95:.0f})")
    print(
        f"memory after each round: {', '.join(f'{end:,.0f}' for end in ends)} MB, × {growth:.3f} (to reach: {GROWTH})"
    )
    print(f"sent: {sum(one.n_bytes for one in load.done) / 1e6:,.0f} MB; CPU of the server {load.cpu[-1][1]:,.0f} s")
    for one in sorted(load.done, key=lambda one: -one.seconds)[:slowest]:
        print(f"  {one.seconds:6.2f} s at {one.at:4.0f}: {one.what} ({one.n_bytes / 1e3:,.0f} kB)")
    for fault, n in Counter(f"{one.what}: {one.fault}" for one in load.faults).most_common():
        print(f"  FAULT {n} × {fault[:500]}")
    is_quick = p95 < P95 and max(first, default=0.0) <= FIRST
    return not load.faults and len(first) == load.plan.n_sessions and is_quick and growth <= GROWTH


def _cpu_at(load: Load, at: float) -> float:
    """Seconds of CPU that the server had taken then: how long it would have been where nothing else goes on."""
    return next((value for when, value in load.cpu if when >= at), load.cpu[-1][1])


def _memory_at(load: Load, at: float) -> float:
    """The middle of what was seen in the half minute before."""
    near = [value for when, value in load.memory if at - 30 <= when <= at] or [load.memory[-1][1]]
    return float(np.median(near))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--every", type=float, default=10.0, help="seconds from one action of a session to the next")
    parser.add_argument("--minutes", type=float, default=10.0, help="of a round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--runs", type=Path, default=ROOT / "checkpoints")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--slowest", type=int, default=20, help="actions to name")
    arguments = parser.parse_args()
    seconds = arguments.minutes * arguments.rounds * MINUTE
    plan = Plan(samples_of(arguments.runs), arguments.sessions, arguments.every, seconds, arguments.seed)
    os.environ["SHARCS_ALLOW_CHANGES"] = "0"  # visitors who press everything must change nothing on disk
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with running_app(log, arguments.runs, is_cold=True) as address:
            load = Load(plan)
            asyncio.run(run(address, process_of(address), load))
            is_fine = told(load, arguments.rounds, arguments.slowest)
        print(log.read_text(encoding="utf-8")[-3000:])
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
