"""An explanation for the terminal: as JSON and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sharcs_core.cli.faults import printable

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.counterfactuals import Counterfactual
    from sharcs_core.structures import Explanation, Neighbour, Question

N_CHANGES = 3
HANDLED = {
    "absent": "averaged over the samples of the bank that are most alike",
    "described": "the nearest one of the bank stands in",
}


def explanation_report(run: Run, explanation: Explanation) -> dict[str, Any]:
    """An explanation as the JSON object that ``sharcs explain --json`` prints.

    Concepts are called by their names, values of factors and classes by their words, modalities by their names.
    """
    from sharcs_core.explanations import cross_modal_neighbours
    from sharcs_core.naming import reading, step_in_words
    from sharcs_core.why import why

    names, classes, path = run.concept_names, run.card.target.names, explanation.path
    reasons = why(run, explanation)
    read = {
        name: reading(values, run.model.config.factors, run.task, name, names)
        for name, values in explanation.shared.items()
    }
    return {
        "class": classes[explanation.class_index],
        "why": reasons.sentence,
        "fault": reasons.fault,
        "meaning": {name: one.words for name, one in reasons.readings.items()},
        "agreement": {one.name: {**one.words, "agrees": one.agrees} for one in reasons.agreements},
        "unusual": {
            name: {"score": one.score, "is_unusual": one.is_unusual, "says": one.says}
            for name, one in explanation.unusual.items()
        },
        "probabilities": {name: float(value) for name, value in zip(classes, explanation.probabilities, strict=True)},
        "concepts": {
            modality: {name: float(value) for name, value in zip(names, values, strict=True)}
            for modality, values in explanation.shared.items()
        },
        "reads": {name: {factor: word for factor, (word, _) in said.items()} for name, said in read.items()},
        "unsure": {name: [factor for factor, (_, unsure) in said.items() if unsure] for name, said in read.items()},
        "tree_path": [
            {**_question(run, step.question), "value": step.value, "says": step_in_words(step, names, run.task)}
            for step in path.steps
        ],
        "tree_class": classes[path.class_index],
        "tree_stopped_for": path.stopped_for,
        "tree_asks": _asks(run, explanation),
        "neighbours": {
            target: [_neighbour(run, neighbour) for neighbour in found]
            for target, found in cross_modal_neighbours(explanation).items()
        },
        "missing": {name: how.handling for name, how in explanation.missing.items()},
        "would_change": [_change(run, found) for found in _counterfactuals(run, explanation)],
    }


def _counterfactuals(run: Run, explanation: Explanation) -> tuple[Counterfactual, ...]:
    """The fewest edits of what is present that give another answer."""
    from sharcs_core.counterfactuals import counterfactuals

    present = {name: values for name, values in explanation.shared.items() if name not in explanation.missing}
    return counterfactuals(run, present, n=N_CHANGES)


def _change(run: Run, found: Counterfactual) -> dict[str, Any]:
    from sharcs_core.effects import changes_in_words

    return {
        "says": changes_in_words(run, found.changes),
        "class": run.card.target.names[found.class_index],
        "probability": found.probability,
        "seen_in_training": found.seen,
    }


def _question(run: Run, question: Question) -> dict[str, Any]:
    return {
        "kind": question.kind,
        "modalities": list(question.modalities),
        "concepts": [run.concept_names[concept] for concept in question.concepts],
        "factor": question.factor,
    }


def _asks(run: Run, explanation: Explanation) -> dict[str, Any] | None:
    """What the tree would ask of a missing modality, and what each answer would lead to."""
    from sharcs_core.naming import stop_in_words

    path = explanation.path
    if path.asks is None:
        return None
    said = stop_in_words(path, explanation.shared, run.tree, run.concept_names, run.task)
    return {**_question(run, path.asks), "says": said}


def _neighbour(run: Run, neighbour: Neighbour) -> dict[str, Any]:
    return {
        "id": neighbour.id,
        "label": f"{'of ' * run.card.own_keys}{run.card.modality(neighbour.modality).key_name(neighbour.key)}",
        "distance": neighbour.distance,
        "shared_concepts": [run.concept_names[concept] for concept in neighbour.shared_concepts],
    }


def explanation_text(run: Run, report: dict[str, Any]) -> str:
    """What :func:`explanation_report` found, for people to read."""
    best = sorted(report["probabilities"].items(), key=lambda item: -item[1])[:5]
    lines = [run.card.question, f"class: {report['class']}", report["why"], *filter(None, [report["fault"]])]
    lines += [f"{_title(run, name)}: {one['says']}" for name, one in report["unusual"].items()]
    lines.append("probabilities:")
    lines += [f"  {name:>8}  {value:.3f}" for name, value in best]
    for name, how in report["missing"].items():
        lines.append(f"missing: {_title(run, name)} ({how}: {HANDLED[how]})")
    for name in report["concepts"]:
        lines += _concept_lines(run, name, report)
    lines.append("decision tree:")
    lines += [f"  {step['says']}" for step in report["tree_path"]]
    if report["tree_asks"]:
        lines.append(f"  {report['tree_asks']['says']}")
    lines.append(f"  so {'far ' if report['tree_asks'] else ''}it says {report['tree_class']}")
    lines.append("what would change it:")
    lines += [
        f"  {change['says']} → {change['class']}{'' if change['seen_in_training'] else ' (never seen in training)'}"
        for change in report["would_change"]
    ] or ["  nothing within three changes"]
    for target, found in report["neighbours"].items():
        wide = max((len(row["label"]) for row in found), default=0)
        lines.append(f"nearest, {_title(run, target)}:")
        lines += [f"  {printable(row['id']):24} {row['label']:{wide}}  distance {row['distance']:.3f}" for row in found]
    return "\n".join(lines)


def _concept_lines(run: Run, modality: str, report: dict[str, Any]) -> list[str]:
    """What one modality says: the values of taught factors, then every concept, a line each."""
    lines = [f"the {_title(run, modality)} says:"]
    for factor, word in report["reads"][modality].items():
        doubt = " (not for sure)" if factor in report["unsure"][modality] else ""
        lines.append(f"  {word if word.startswith(factor) else f'{factor}: {word}'}{doubt}")
    return lines + [f"  {value:.2f}  {name}" for name, value in report["concepts"][modality].items()]


def _title(run: Run, modality: str) -> str:
    return run.card.modality(modality).title
