"""Why a model says what it says of one sample, in one sentence: what each input is read as, and what follows.

Where the truth is known, a second sentence says what was misread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sharcs_core.explanations import sources_of
from sharcs_core.meanings import UNKNOWN
from sharcs_core.named import listed, lowered
from sharcs_core.readings import Reading, known_truth, known_words, readings_of
from sharcs_core.structures import Explanation

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.tasks.task import Task

FAR = 2.0
"""Times the limit of what is usual; nearer than that some inputs of the right sort lie."""


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
        sentence: what each input is read as, and what follows; where nothing is known of what inputs mean, which
            class each resembles.
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
        sentence=_resembles(run, explanation, readings)
        if run.card.own_keys
        else f"The model {_reads(run, explanation, readings)}{_follows(run, explanation, keys)}.",
        fault=" ".join(filter(None, (_strange(run.task, explanation), _fault(run.task, explanation, readings)))),
        readings=readings,
        agreements=compared,
    )


def agreements(run: Run, keys: Mapping[str, int]) -> tuple[Agreement, ...]:
    """What inputs of these keys say of each thing that a run's task compares: what at least two of them state."""
    task = run.task
    shared_facts = {fact: by for fact, by in task.card.facts.items() if len(by) > 1}
    found = []
    for name, by in {**shared_facts, **task.card.compared}.items():
        values = {
            modality: value
            for modality, factor in by.items()
            if keys.get(modality, UNKNOWN) != UNKNOWN
            and (value := task.card.factors[factor][keys[modality]]) != UNKNOWN
        }
        if len(values) > 1:
            words = {modality: _value_word(run, modality, by[modality], value) for modality, value in values.items()}
            found.append(Agreement(name, words, agrees=len(set(values.values())) == 1))
    return tuple(found)


def _value_word(run: Run, modality: str, factor: str, value: int) -> str:
    """A value of a factor as a modality has it, less the factor's own name: ``1`` of ``middle bit 1``."""
    return known_words(run, modality, factor)[value].removeprefix(f"{factor} ")


def short_words(task: Task, reading: Reading) -> str:
    """What an input is read as, without a word that all its meanings share: ``7`` of ``digit 7``."""
    return _short(reading.words, task.card.modality(reading.modality).key_names)


def short_truth(task: Task, reading: Reading) -> str:
    """What an input truly means, as :func:`short_words` says it; "" where that is not known."""
    return _short(reading.truth_words, task.card.modality(reading.modality).key_names)


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
    """``reads the picture as 7 and the graph as 2``; what only stands in is called so.

    What states nothing that is known is not read.
    """
    titles = _titles(run, explanation, readings)
    read = [
        f"{titles[name]} as {short_words(run.task, one)}"
        for name, one in readings.items()
        if not run.card.factors or run.card.stated_by(name)
    ]
    return f"reads {listed(read)}" if read else "knows nothing of what its inputs mean"


def _titles(run: Run, explanation: Explanation, readings: Mapping[str, Reading]) -> dict[str, str]:
    titles = {name: f"the {_title(run.task, name)}" for name in readings}
    return titles | {name: f"what stands in for {titles[name]}" for name in explanation.missing if name in readings}


def _resembles(run: Run, explanation: Explanation, readings: Mapping[str, Reading]) -> str:
    """Which class the nearest training inputs of each input are of, and what the model says."""
    absent = _lacking(run.task, explanation)
    without = f"without {_the_inputs(run.task, absent)}, " if absent else ""
    says = run.card.target.names[explanation.class_index]
    return f"{_nearest(run, _titles(run, explanation, readings), readings)}; {without}the model says {says}."


def _nearest(run: Run, titles: Mapping[str, str], readings: Mapping[str, Reading]) -> str:
    """``Its nearest training inputs are of class 3``, or what they are of input by input where that differs."""
    near = {name: _likeness_in_words(run, one) for name, one in readings.items()}
    first, *others = near.values()
    if first is not None and all(other == first for other in others):
        is_whole = len(near) == len(run.model.config.modalities)
        whose = "Its" if is_whole else f"{_capital(listed(list(titles.values())))}'s"
        return f"{whose} nearest training inputs are {first}"
    parts = [
        f"no training input is near {titles[name]}" if words is None else f"those nearest to {titles[name]} are {words}"
        for name, words in near.items()
    ]
    return _capital(listed(parts).replace("those nearest", "the training inputs nearest", 1))


def _likeness_in_words(run: Run, one: Reading) -> str | None:
    """``of class 3``, or ``mostly of class 3``; None where nothing is near."""
    if one.key is None:
        return None
    return f"{'mostly ' * bool(one.unsure)}of {run.card.modality(one.modality).key_name(one.key)}"


def _lacking(task: Task, explanation: Explanation) -> list[str]:
    """What is absent of what the answer is predicted from, nothing standing in for it."""
    absent = [name for name, how in explanation.missing.items() if how.stand_in is None]
    return [name for name in absent if name in task.card.deciding]


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _follows(run: Run, explanation: Explanation, keys: Mapping[str, int]) -> str:
    """What follows from what was read, and whether the model says that."""
    task, says = run.task, run.card.target.names[explanation.class_index]
    absent = _lacking(run.task, explanation)
    answer = task.answer(keys) if len(keys) == len(explanation.shared) else None
    if answer == explanation.class_index:
        return f": {task.because(keys)}"
    if answer is not None:
        return f"; from that {task.card.target.names[answer]} would follow, yet it says {says}"
    if absent:
        return f"; without {_the_inputs(task, absent)}, {says} is likeliest"
    if len(keys) < len(explanation.shared):
        return f", and says {says}"
    if not task.can_answer:
        return f", and says {says}"
    return f"; these do not fit together, and it says {says}"


def _fault(task: Task, explanation: Explanation, readings: Mapping[str, Reading]) -> str:
    """Which inputs are misread, and whether the answer is wrong."""
    if explanation.label is None or explanation.missing:
        return ""
    wrong = explanation.class_index != explanation.label
    truth = task.card.target.names[explanation.label]
    misread = [one for one in readings.values() if one.is_misread]
    known = all(one.truth in task.card.full_keys(name) for name, one in readings.items())
    if not misread and not known:
        return f"The answer is wrong: it is {truth}." if wrong else ""
    if not misread:
        return f"Every input is read right, and yet the answer is wrong: it is {truth}." if wrong else ""
    inputs = _the_inputs(task, [one.modality for one in misread])
    means = listed([short_truth(task, one) for one in misread])
    fault = f"The model misreads {inputs}: in truth {means}"
    if not task.can_answer and wrong:
        return f"{fault}. The answer is wrong: it is {truth}."
    return f"{fault}, so the answer should be {truth}." if wrong else f"{fault}. The answer is right all the same."


def _strange(task: Task, explanation: Explanation) -> str:
    """Which inputs lie far from all that the model was trained on."""
    far = [name for name, one in explanation.unusual.items() if one.is_unusual]
    if not far:
        return ""
    if max(explanation.unusual[name].score for name in far) < FAR:  # as a few in a hundred of its own kind are
        return f"Trust this less: the model was trained on little like {_the_inputs(task, far)}."
    return f"Trust this little: the model was trained on nothing like {_the_inputs(task, far)}."


def _truth(run: Run, explanation: Explanation) -> dict[str, int]:
    """Modality → key of what the inputs of a sample of the run truly mean; nothing of what is not known."""
    return {} if explanation.sample_id is None else known_truth(run, explanation.sample_id)


def _the_inputs(task: Task, names: Sequence[str]) -> str:
    """``the picture and the graph``."""
    return listed([f"the {_title(task, name)}" for name in names])


def _title(task: Task, modality: str) -> str:
    return lowered(task.card.modality(modality).title)
