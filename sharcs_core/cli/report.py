"""An explanation for the terminal: as JSON and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation


def explanation_report(run: Run, explanation: Explanation) -> dict[str, Any]:
    """An explanation as the JSON object that ``sharcs explain --json`` prints."""
    from sharcs_core.explanations import cross_modal_neighbours

    names = run.task.class_names
    return {
        "class": names[explanation.class_index],
        "probabilities": {name: float(value) for name, value in zip(names, explanation.probabilities, strict=True)},
        "concepts": {name: [float(value) for value in values] for name, values in explanation.shared.items()},
        "tree_path": [
            {
                "feature": step.feature,
                "modality": step.modality,
                "concept": step.concept,
                "value": step.value,
                "went": step.went,
            }
            for step in explanation.path.steps
        ],
        "tree_class": names[explanation.path.class_index],
        "tree_stopped_for": explanation.path.stopped_for,
        "neighbours": {
            target: [
                {
                    "id": neighbour.id,
                    "label": run.task.modality(target).key_names[neighbour.key],
                    "distance": neighbour.distance,
                    "shared_concepts": list(neighbour.shared_concepts),
                }
                for neighbour in found
            ]
            for target, found in cross_modal_neighbours(explanation).items()
        },
        "missing": {name: how.handling for name, how in explanation.missing.items()},
    }


def explanation_text(run: Run, report: dict[str, Any]) -> str:
    best = sorted(report["probabilities"].items(), key=lambda item: -item[1])[:5]
    lines = [run.task.question, f"class: {report['class']}", "probabilities:"]
    lines += [f"  {name:>8}  {value:.3f}" for name, value in best]
    lines += [f"missing: {name} ({how}: averaged over the bank)" for name, how in report["missing"].items()]
    for name, values in report["concepts"].items():
        lines.append(f"concepts of the {name}: " + " ".join(f"{value:.2f}" for value in values))
    lines.append("decision tree:")
    lines += [
        f"  {step['modality']} concept {step['concept']} is {'on' if step['value'] else 'off'}"
        for step in report["tree_path"]
    ]
    if report["tree_stopped_for"]:
        lines.append(f"  and then it would ask for the {report['tree_stopped_for']}, which is missing")
    lines.append(f"  so it says {report['tree_class']}")
    for target, found in report["neighbours"].items():
        wide = max((len(row["label"]) for row in found), default=0)
        lines.append(f"nearest, {target}:")
        lines += [f"  {row['id']:24} {row['label']:{wide}}  distance {row['distance']:.3f}" for row in found]
    return "\n".join(lines)
