"""Does anything that comes from outside end in anything but a value or one sentence, take long, or fill the memory?

    python tests/soak/fuzz.py [--n 1000000] [--least 20000] [--seed 0] [--only NAME …] [--by coverage]

Each reader gets at least so many spoilt files: half of them made by hypothesis, which makes the smallest of what it
finds; what is left to the number in all goes to the quick readers, spliced at random. With ``--by coverage`` one reader
(``--only``) is given to atheris, if that is installed, which looks for ways through the code. Prints a line a reader:
how many were read, how many refused in a sentence, what else came of them, the longest CPU seconds of one, and how the
memory grew. Ends with 1 where anything else than a value or a sentence came of one, or one took more than 2 s.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "dashboard"), str(ROOT / "tests" / "soak")]

LONGEST = 2.0
"""CPU seconds of one input."""
STUCK = 20.0
"""CPU seconds after which one is given up."""
ROUND = 1000
"""Examples after which hypothesis begins anew, since it remembers all that it has tried."""
MOST_SHOWN = 3


class StuckError(Exception):
    """An input takes without end."""


class FaultError(Exception):
    """Something else than a value or a sentence came of an input."""


@dataclass
class Told:
    """What came of the inputs of a reader."""

    read: int = 0
    refused: int = 0
    faults: dict[str, bytes] = field(default_factory=dict)
    longest: float = 0.0
    before: int = 0
    after: int = 0

    @property
    def n(self) -> int:
        return self.read + self.refused

    @property
    def is_fine(self) -> bool:
        return not self.faults and self.longest <= LONGEST

    def line(self, name: str) -> str:
        grown = (self.after - self.before) / 1e6
        faults = f", {len(self.faults)} FAULTS" if self.faults else ""
        said = f"{self.n:,} inputs: {self.read:,} read, {self.refused:,} refused{faults}"
        return f"{name:30} {said}; longest {self.longest:.2f} s; memory {grown:+.0f} MB"


def judged(read: Callable[[bytes], object], content: bytes, told: Told) -> None:
    """Reads an input and counts what comes of it. Raises FaultError."""
    from sharcs_core.errors import UserError

    began = time.process_time()
    try:
        with given_up():
            read(content)
        told.read += 1
    except UserError as error:
        told.refused += 1
        if not is_sentence(str(error)):
            raise FaultError(f"no sentence: {str(error)[:300]!r}") from error
    except Exception as error:
        told.read += 1
        raise FaultError("".join(traceback.format_exception(error))[-3000:]) from error
    finally:
        told.longest = max(told.longest, time.process_time() - began)


def is_sentence(said: str) -> bool:
    return bool(said.strip()) and said.isprintable()


@contextmanager
def given_up() -> Iterator[None]:
    """Raises StuckError in what takes without end."""
    signal.setitimer(signal.ITIMER_VIRTUAL, STUCK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _stuck(*_: object) -> None:
    raise StuckError


def by_hypothesis(reader: Any, n: int, seed: int, told: Told) -> None:
    """So many inputs; of a fault the smallest that is found."""
    for number in range(-(-n // ROUND)):
        _round(reader, min(ROUND, n - number * ROUND), seed * 1_000_003 + number, told)
        if len(told.faults) >= MOST_SHOWN:
            return


def _round(reader: Any, n: int, seed: int, told: Told) -> None:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    quiet, phases = list(HealthCheck), (Phase.generate, Phase.shrink)
    smallest: list[bytes] = []

    @seeded(seed)
    @settings(max_examples=n, database=None, deadline=None, phases=phases, suppress_health_check=quiet)
    @given(reader.inputs)
    def check(content: bytes) -> None:
        try:
            judged(reader.read, content, told)
        except FaultError:
            smallest[:] = [content]
            raise

    try:
        check()
    except FaultError as fault:
        _note(told, str(fault), smallest[0])
    except BaseExceptionGroup as faults:
        for one in faults.exceptions:
            _note(told, str(one), smallest[0])


def by_splicing(reader: Any, n: int, seed: int, told: Told) -> None:
    """So many inputs with bytes cut out and put in."""
    import numpy as np

    from mutating import spliced

    rng = np.random.default_rng(seed)
    for _ in range(n):
        content = spliced(reader.seeds[int(rng.integers(len(reader.seeds)))], rng)
        try:
            judged(reader.read, content, told)
        except FaultError as fault:
            _note(told, str(fault), content)


def _note(told: Told, fault: str, content: bytes) -> None:
    where = fault.strip().splitlines()[-1][:200]
    if where not in told.faults:
        told.faults[where] = content
        print(f"\n{content[:1000]!r}\n{fault}", file=sys.stderr, flush=True)


def by_coverage(name: str, reader: Any, n: int, seed: int) -> None:
    """So many inputs that atheris makes, led by what they reach; does not come back."""
    import atheris

    told = Told(before=memory())

    def once(content: bytes) -> None:
        try:
            judged(reader.read, content, told)
        except FaultError as fault:
            _note(told, str(fault), content)
        if told.n >= n:
            told.after = memory()
            print(told.line(f"{name} (by coverage)"), flush=True)
            os._exit(0 if told.is_fine else 1)

    with tempfile.TemporaryDirectory() as corpus:
        for number, seed_content in enumerate(reader.seeds):
            (Path(corpus) / str(number)).write_bytes(seed_content)
        atheris.Setup([sys.argv[0], corpus, f"-seed={seed + 1}", "-verbosity=0", "-max_len=60000"], once)
        atheris.Fuzz()


def memory() -> int:
    """Bytes that this process holds now."""
    import psutil

    gc.collect()
    return int(psutil.Process().memory_info().rss)


def fuzz(name: str, reader: Any, n: int, n_more: int, seed: int) -> Told:
    """Both ways, in which the first part of all is not counted as growth: it fills what is kept once."""
    told = Told()
    by_hypothesis(reader, max(1, n // 20), seed + 1, told)
    told.before = memory()
    by_hypothesis(reader, n // 2 - n // 20, seed, told)
    by_splicing(reader, n - n // 2 + n_more, seed, told)
    told.after = memory()
    print(told.line(name), flush=True)
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=1_000_000, help="inputs in all")
    parser.add_argument("--least", type=int, default=20_000, help="inputs a reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="readers by name")
    parser.add_argument("--by", choices=("both", "coverage"), default="both")
    return run(parser.parse_args())


def run(arguments: argparse.Namespace) -> int:
    signal.signal(signal.SIGVTALRM, _stuck)
    prepare(by_coverage=arguments.by == "coverage")
    from fuzzed import PLAIN, WHOLE, readers

    memory_disk = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory_disk if memory_disk.is_dir() else None) as where:
        every = {
            name: one for name, one in readers(Path(where)).items() if not arguments.only or name in arguments.only
        }
        if arguments.by == "coverage":
            by_coverage(*next(iter(every.items())), arguments.n, arguments.seed)
        n_plain = sum(one.cost == PLAIN for one in every.values())
        left = max(0, arguments.n - arguments.least * len(every)) // max(1, n_plain)
        began = time.process_time()
        found = []
        for name, one in every.items():
            least = arguments.least // 20 if one.cost == WHOLE else arguments.least
            found.append(fuzz(name, one, least, left if one.cost == PLAIN else 0, arguments.seed))
    n, faults = sum(told.n for told in found), sum(len(told.faults) for told in found)
    print(f"{n:,} inputs of {len(found)} readers, {faults} faults, {time.process_time() - began:,.0f} CPU s")
    return 0 if all(told.is_fine for told in found) else 1


def prepare(*, by_coverage: bool = False) -> None:
    """Imports what reads, seen by atheris where that is to be led by it; and keeps pages quiet."""
    import logging
    import warnings

    from hypothesis.errors import HypothesisWarning

    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("SHARCS_RUNS", str(ROOT / "checkpoints"))
    warnings.simplefilter("ignore", HypothesisWarning)  # that contents are long where it shows them
    logging.disable(logging.CRITICAL)
    if by_coverage:
        import atheris

        with atheris.instrument_imports(include=["sharcs_core"]):
            import sharcs_core.trainings  # noqa: F401


if __name__ == "__main__":
    sys.exit(main())
