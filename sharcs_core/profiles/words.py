"""What a profile says, in sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sharcs_core.metrics.concepts import DEAD_PERCENT, TWIN_CORRELATION
from sharcs_core.named import counted, verb
from sharcs_core.naming import question_in_words
from sharcs_core.profiles.profile import UNDECIDED, Asked, Association, Follows, Profile, Relative, Said
from sharcs_core.structures import THRESHOLD, Question
from sharcs_core.tasks.task import Task

WELL_TOLD = 0.8
"""Balanced accuracy from which on a value, or a set of meanings, is said to tell whether a concept is on."""
HARDLY = 0.05
"""Groups of samples whose answers differ in no more than this share have nearly the same answers."""
OFTEN = 0.9
"""Modalities that say the same of fewer of the pairs that mean the same contradict each other now and then."""
MOSTLY, RATHER = 0.5, 0.2
"""Correlations from which on two concepts go together mostly, and more often than not."""


@dataclass(frozen=True)
class Doubt:
    """Why a concept may mean little: in a word or two, and in a sentence."""

    short: str
    sentence: str


def doubts_of(profile: Profile, names: Sequence[str]) -> tuple[Doubt, ...]:
    """All that speaks against reading much into a concept; nothing of one that is what its name says.

    Args:
        names: of all concepts, (T,).
    """
    return tuple(Doubt(*texts) for texts in _doubts(profile, names))


def _doubts(profile: Profile, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    n, n_on = (sum(getattr(said, what) for said in profile.said.values()) for what in ("n_inputs", "n_on"))
    if 100 * min(n_on, n - n_on) < DEAD_PERCENT * n:
        on = f"{n_on:,} of {counted(n, 'input')}"
        yield ("always the same", f"It is on for {on}, so that it tells hardly any of them apart.")
    if profile.told_by_meaning is not None and profile.told_by_meaning < WELL_TOLD:
        yield (
            "hardly told by meaning",
            "What an unseen input means hardly tells whether it is on: by the best list of meanings one is right in "
            f"{in_percent(profile.told_by_meaning)}, and 50 % is guessing.",
        )
    elif profile.told_by_value is not None and profile.told_by_value < WELL_TOLD:
        yield (
            "no single meaning",
            "No single value tells it; it stands for a list of meanings. By the best value one is right in "
            f"{in_percent(profile.told_by_value)} of unseen inputs, and 50 % is guessing.",
        )
    for relative in profile.relatives:
        if abs(relative.correlation) >= TWIN_CORRELATION:
            yield ("a copy", f"It {relative_in_words(relative, names)}: one of the two would do.")
    for agreement in profile.agreements:
        if agreement.same is not None and agreement.same < OFTEN:
            which = "belong together" if agreement.by_sample else "mean the same"
            yield (
                "disagreement",
                f"Inputs of different kinds that {which} agree on it in {in_percent(agreement.same)} only.",
            )
            break
    if not profile.asked:
        yield ("never asked", "The decision tree never asks about it.")
        if all(is_hardly(association) for association in profile.associations):
            yield ("no answer", "No answer goes with it, neither by itself nor where two inputs agree on it.")


def is_hardly(association: Association) -> bool:
    """Whether no answer is beyond chance, or so little that it hardly matters."""
    return association.strength < HARDLY or not association.is_beyond.any()


def standing(profile: Profile, names: Sequence[str], task: Task) -> str:
    """In a sentence, whether a concept goes with answers by itself, together with another input, or not at all."""
    if not all(map(is_hardly, profile.own_associations)):
        return ""
    by_itself, joint = "By itself it goes with no answer", _strongest_joint(profile)
    if joint:
        return f"{by_itself}; {association_in_words(joint, names, task)}."
    return f"{by_itself}, nor does agreeing on it: it counts only together with other concepts."


def goes_with(profile: Profile, class_names: Sequence[str]) -> str:
    """The answers that are more frequent where a concept is on, in few words; ``none by itself`` where hardly any."""
    strongest = max(profile.own_associations, key=lambda association: association.strength)
    if not is_hardly(strongest):
        return classes_in_words(strongest.more_frequent, class_names)
    joint = _strongest_joint(profile)
    return f"{classes_in_words(joint.more_frequent, class_names)}, where inputs agree" if joint else "none by itself"


def _strongest_joint(profile: Profile) -> Association | None:
    """The agreement on a concept that answers go with most; None where they hardly go with any."""
    joint = [one for one in profile.associations if one.question.kind == "agreement" and not is_hardly(one)]
    return max(joint, key=lambda association: association.strength, default=None)


def association_in_words(association: Association, names: Sequence[str], task: Task) -> str:
    """Which answers go with a question, such as ``where the Scene says “red”, the answer yes is more frequent``."""
    condition = condition_in_words(association.question, names, task)
    classes = association.more_frequent
    if association.is_constant:
        return f"{'in every' if association.n_yes else 'in no'} training sample {condition}"
    if is_hardly(association) or not classes:
        chance = "which is little, though beyond chance" if association.is_beyond.any() else "which is within chance"
        points = f"{100 * abs(association.difference).max():.1f} points"
        return f"where {condition}, the answers are as elsewhere: their shares differ by {points} at most, {chance}"
    answers = classes_in_words(classes, task.card.target.names)
    subject = f"answer {answers} is" if len(classes) == 1 else f"answers {answers} are"
    return f"where {condition}, the {subject} more frequent"


def condition_in_words(question: Question, names: Sequence[str], task: Task) -> str:
    """What a question asks as a condition: ``the Scene says “red”``, ``Scene and Question agree on colour``."""
    subject = f"“{names[question.concepts[0]]}”" if question.factor is None else question.factor
    titles = [task.card.modality(name).title for name in question.modalities]
    if len(titles) == 1:
        return f"the {titles[0]} {verb(titles[0], 'says', 'say')} {subject}"
    return f"{' and '.join(titles)} agree on {subject}"


def classes_in_words(classes: Sequence[int], class_names: Sequence[str]) -> str:
    """Names of classes side by side; of numbers that follow each other the first and the last.

    >>> classes_in_words((0, 2, 3, 4), ["3", "4", "5", "6", "7"]), classes_in_words((0, 1), ["no", "yes"])
    ('3, 5 to 7', 'no, yes')
    """
    are_numbers = all(name.isdigit() for name in class_names)
    runs: list[list[int]] = []
    for index in sorted(classes):
        if are_numbers and runs and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    ends = [(class_names[run[0]], class_names[run[-1]], len(run)) for run in runs]
    parts = [first if n == 1 else f"{first}{' to ' if n > 2 else ', '}{last}" for first, last, n in ends]
    return ", ".join(parts)


def relatives_in_words(profile: Profile, names: Sequence[str]) -> tuple[str, ...]:
    """How a concept relates to those nearest to it, a sentence each; one for all where it is near none."""
    near = [relative for relative in profile.relatives if abs(relative.correlation) >= RATHER]
    if near:
        return tuple(f"It {relative_in_words(one, names)} (correlation {_signed(one.correlation)})." for one in near)
    if not profile.relatives:
        return ("There is no other concept that it could go with.",)
    nearest = profile.relatives[0]
    strongest = f"the strongest correlation is {_signed(nearest.correlation)}, with “{names[nearest.concept]}”"
    return (f"It has little to do with any other concept: {strongest}.",)


def relative_in_words(relative: Relative, names: Sequence[str]) -> str:
    """How a concept relates to another: ``is mostly on where “metal” is on``."""
    other, size, alike = f"“{names[relative.concept]}”", abs(relative.correlation), relative.correlation > 0
    if size >= TWIN_CORRELATION:
        return f"says {'the same as' if alike else 'the opposite of'} {other}"
    how = "mostly" if size >= MOSTLY else "more often"
    return f"is {how} {'on' if alike else 'off'} where {other} is on"


def _signed(correlation: float) -> str:
    return f"{correlation:+.2f}".replace("-", "−")


def follows_in_words(profile: Profile) -> tuple[str, ...]:
    """The traits that a concept follows, a sentence each with its figures, and the last on what chance reaches."""
    if not profile.follows:
        return ()
    reach = f"By chance a correlation reaches {profile.follows[0].reach:.2f}. Traits are no input of the model."
    return (*(f"{_followed(one)}." for one in profile.follows), reach)


def _followed(one: Follows) -> str:
    of_with, of_without = in_percent(one.on_with), in_percent(one.on_without)
    having = counted(one.n_with, "sample")
    return (
        f"{_how_often(one)} with {one.trait}: on in {of_with} of the inputs of {having} with it, "
        f"in {of_without} of those of the {one.n_without:,} without (correlation {_signed(one.correlation)})"
    )


def _how_often(one: Follows) -> str:
    if one.correlation > 0:
        return "Mostly on" if one.on_with > THRESHOLD else "More often on"
    return "Mostly off" if one.on_with < THRESHOLD else "More often off"


def followed_in_short(profile: Profile, most: int = 3) -> str:
    """The traits that a concept follows in few words, such as ``more often on with alcohol, off with ether``.

    Only those of at least half the strength of the strongest are named.
    """
    strongest = abs(profile.follows[0].correlation) if profile.follows else 0.0
    named = [one for one in profile.follows[:most] if abs(one.correlation) >= strongest / 2]
    on, off = (" or ".join(one.trait for one in named if (one.correlation > 0) == is_on) for is_on in (True, False))
    told = ", ".join(f"{state} with {traits}" for state, traits in (("on", on), ("off", off)) if traits)
    return f"more often {told}" if told else ""


def tree_in_words(asked: Sequence[Asked], names: Sequence[str], task: Task, n_samples: int) -> tuple[str, ...]:
    """Where the tree asks, a sentence a question.

    No way through the tree asks the same twice, so that the samples of all nodes that do can be added up.

    Args:
        n_samples: training samples in all.
    """
    sentences = []
    for question in dict.fromkeys(one.question for one in asked):
        nodes = [one for one in asked if one.question == question]
        times = "once" if len(nodes) == 1 else f"at {len(nodes)} places"
        first = f"question {min(node.depth for node in nodes) + 1}{'' if len(nodes) == 1 else ' at the earliest'}"
        n_asked = sum(node.n_samples for node in nodes)
        of = "all" if n_asked == n_samples else f"{n_asked:,} of"
        asked_so = f"Asked {times}, as {first}, of {of} {counted(n_samples, 'training sample')}."
        sentences.append(f"{question_in_words(question, names, task)} {asked_so}")
    return tuple(sentences)


def undecided_in_words(said: Said) -> str:
    """How many inputs of a modality are at the border between on and off."""
    low, high = (f"{THRESHOLD + side * UNDECIDED:g}" for side in (-1, 1))
    if not said.n_undecided:
        return f"None is undecided, that is, between {low} and {high}."
    are = "is" if said.n_undecided == 1 else "are"
    return f"{said.n_undecided:,} of {said.n_inputs:,} {are} undecided, that is, between {low} and {high}."


def in_percent(share: float) -> str:
    """A share in whole per cent that never rounds a doubt away.

    >>> in_percent(0.999), in_percent(1.0), in_percent(0.001)
    ('>99 %', '100 %', '<1 %')
    """
    if 0 < share < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 < share < 1 else f"{share * 100:.0f} %"
