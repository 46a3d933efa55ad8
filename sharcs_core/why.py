"""Why a model says what it says of one sample, in one sentence: what each input is read as, and what follows.

Where the truth is known, a second sentence says what was misread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sharcs_core.explanations import sources_of
from sharcs_core.named import listed
from sharcs_core.readings import Reading, known_words, readings_of
from sharcs_core.structures import Explanation

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.tasks.task import Task


@dataclass(frozen=True)
class Agreement:
    """Whether modalities say the same of something that the answer compares.

    Attributes:
        name: what is compared, such as ``material``.
        words: modality → what it says.
        agrees: whether all say the same.
    """

    name: str
    words: Mapping[str, str]
    agrees: bool


@dataclass(frozen=True)
class Why:
    """The reasons of one answer, in words.

    Attributes:
        sentence: what each input is read as, and what follows.
        fault: what was misread, or is unlike anything known; "" where there is nothing to say.
        readings: modality → what it is read as, of all that is present or stood in for.
        agreements: what the answer compares; empty where it compares nothing.
    """

    sentence: str
    fault: str
    readings: Mapping[str, Reading]
    agreements: tuple[Agreement, ...]


def why(run: Run, explanation: Explanation) -> Why:
    """Why the model says what it says of an explained sample.

    Raises:
        KeyError: for a sample that the run does not keep.
        ValueError: for concepts of a modality that the run lacks, or of another width.
    """
    sources = sources_of(run, explanation.sample_id)
    readings = readings_of(run, explanation.shared, truth=_truth(run, explanation), sources=sources)
    keys = {name: reading.key for name, reading in readings.items() if reading.key is not None}
    compared = agreements(run, keys)
    return Why(
        sentence=f"The model reads {_reads(run, explanation, readings)}{_follows(run, explanation, keys)}.",
        fault=" ".join(filter(None, (_strange(run.task, explanation), _fault(run.task, explanation, readings)))),
        readings=readings,
        agreements=compared,
    )


def agreements(run: Run, keys: Mapping[str, int]) -> tuple[Agreement, ...]:
    """What inputs of these keys say of each thing that a run's task compares: what at least two of them state."""
    task = run.task
    shared_facts = {fact: by for fact, by in task.facts.items() if len(by) > 1}
    found = []
    for name, by in {**shared_facts, **task.compared}.items():
        values = {modality: task.factors[factor][keys[modality]] for modality, factor in by.items() if modality in keys}
        if len(values) > 1:
            words = {modality: _value_word(run, modality, by[modality], value) for modality, value in values.items()}
            found.append(Agreement(name, words, agrees=len(set(values.values())) == 1))
    return tuple(found)


def _value_word(run: Run, modality: str, factor: str, value: int) -> str:
    """A value of a factor as a modality has it, less the factor's own name: ``1`` of ``middle bit 1``."""
    return known_words(run, modality, factor)[value].removeprefix(f"{factor} ")


def short_words(task: Task, reading: Reading) -> str:
    """What an input is read as, without a word that all its meanings share: ``7`` of ``digit 7``."""
    return _short(reading.words, task.modality(reading.modality).key_names)


def short_truth(task: Task, reading: Reading) -> str:
    """What an input truly means, as :func:`short_words` says it; "" where that is not known."""
    return _short(reading.truth_words, task.modality(reading.modality).key_names)


def _short(words: str, key_names: tuple[str, ...]) -> str:
    """
    >>> _short("digit 7", ("digit 7", "digit 8")), _short("red cube", ("red cube", "red ball"))
    ('7', 'red cube')
    """
    first, _, rest = words.partition(" ")
    numbers = [name.partition(" ")[2] for name in key_names]
    alike = all(name.startswith(f"{first} ") for name in key_names) and all(map(str.isdigit, numbers))
    return rest if alike and rest.isdigit() else words


def _reads(run: Run, explanation: Explanation, readings: Mapping[str, Reading]) -> str:
    """``the picture as 7 and the graph as 2``; what only stands in is called so."""
    titles = {name: f"the {_title(run.task, name)}" for name in readings}
    titles |= {name: f"what stands in for {titles[name]}" for name in explanation.missing if name in readings}
    return listed([f"{titles[name]} as {short_words(run.task, one)}" for name, one in readings.items()])


def _follows(run: Run, explanation: Explanation, keys: Mapping[str, int]) -> str:
    """What follows from what was read, and whether the model says that."""
    task, says = run.task, run.task.class_names[explanation.class_index]
    absent = [name for name, how in explanation.missing.items() if how.stand_in is None]
    answer = task.answer(keys) if len(keys) == len(explanation.shared) else None
    if answer == explanation.class_index:
        return f": {task.because(keys)}"
    if answer is not None:
        return f"; from that {task.class_names[answer]} would follow, yet it says {says}"
    if absent:
        return f"; {_the_inputs(task, absent)} missing, and {says} is likeliest"
    if len(keys) < len(explanation.shared):
        return f", and says {says}"
    return f"; these do not fit together, and it says {says}"


def _fault(task: Task, explanation: Explanation, readings: Mapping[str, Reading]) -> str:
    """Which inputs are misread, and whether the answer is wrong."""
    if explanation.label is None or explanation.missing:
        return ""
    wrong = explanation.class_index != explanation.label
    truth = task.class_names[explanation.label]
    misread = [one for one in readings.values() if one.is_misread]
    if not misread:
        return f"Every input is read right, and yet the answer is wrong: it is {truth}." if wrong else ""
    inputs = _the_inputs(task, [one.modality for one in misread])
    means = listed([short_truth(task, one) for one in misread])
    fault = f"{inputs[0].upper()}{inputs[1:]} misread: {'it means' if len(misread) == 1 else 'they mean'} {means}"
    return f"{fault}, so the answer should be {truth}." if wrong else f"{fault}. The answer is right all the same."


def _strange(task: Task, explanation: Explanation) -> str:
    """Which inputs lie far from all that the model was trained on."""
    far = [name for name, one in explanation.unusual.items() if one.is_unusual]
    if not far:
        return ""
    return f"Trust this little: {_the_inputs(task, far)} unlike what the model was trained on."


def _truth(run: Run, explanation: Explanation) -> dict[str, int]:
    """Modality → key of what the inputs of a sample of the run truly mean; nothing of a sample that was brought."""
    if explanation.sample_id is None:
        return {}
    bank, row = run.find(explanation.sample_id)
    return {name: int(side.semantics[row]) for name, side in bank.sides.items()}


def _the_inputs(task: Task, names: Sequence[str]) -> str:
    """``the picture is`` or ``the picture and the graph are``."""
    return f"{listed([f'the {_title(task, name)}' for name in names])} {'is' if len(names) == 1 else 'are'}"


def _title(task: Task, modality: str) -> str:
    return task.modality(modality).title.lower()
