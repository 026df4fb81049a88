"""What a person is told at the end: before and after on the held-out galaxies, as JSON and as text."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from gzviewer.io.manifest import Manifest
from gzviewer.ml.finetune.labels import Labels

JSON_NAME, TEXT_NAME = "report.json", "report.md"
TITLES = {
    "loss": "loss (nats a galaxy)",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "calibration_error": "expected calibration error",
    "rmse": "root mean square error",
    "mae": "mean absolute error",
    "explained": "share of the variance explained",
}
HONESTY = (
    "Intervals hold 95 % of the figures of 1,000 drawings of the test galaxies with replacement: how far a figure may be off "
    "for want of test galaxies. They do not tell how far another split or seed would move it."
)
MEASURES = {"classify": "accuracy", "regress": "rmse", "tree": "loss"}  # what teaching is judged by, in words


def training_told(parent: Manifest) -> str:
    """What is known of the galaxies that the parent saw."""
    notes = parent.training
    known = [str(notes[key]) for key in ("data", "further_data") if notes.get(key)]
    if not known and notes.get("labels"):
        known = [f"the labels of {notes['labels']}, after {notes.get('parent', 'another model')}"]
    told = (
        f"{parent.name} was trained on {'; '.join(known)}"
        if known
        else "What the parent was trained on is not known here"
    )
    return f"{told}. If it saw these galaxies, all figures of it and of what was taught from it are too good."


def write_report(folder: Path, report: Mapping[str, object], labels: Labels, parents_training: str) -> None:
    """Both files."""
    report = {**report, "parents_training": parents_training}
    (folder / JSON_NAME).write_text(json.dumps(report, indent=1, allow_nan=True) + "\n", encoding="utf-8")
    (folder / TEXT_NAME).write_text(report_text(report, labels), encoding="utf-8")


def report_text(report: Mapping[str, object], labels: Labels) -> str:
    """For a person."""
    answers = _answers(report)
    lines = [f"# {report['name']}", "", f"Taught from {report['parent']}; {report['kind']}.", ""]
    galaxies = report["galaxies"]
    assert isinstance(galaxies, Mapping)
    counts = ", ".join(f"{count:,} {name}" for name, count in galaxies.items())
    lines += [f"Galaxies: {counts}. Epoch {report['best_epoch']} of {report['epochs']} was kept.", ""]
    lines += ["## On the galaxies held out for the test", "", *_table(answers), ""]
    if labels.kind == "classify":
        after = answers[-1][1]
        lines += [
            "## Confusion after teaching (a line a true class)",
            "",
            *_confusion(after, labels.names),
            "",
        ]
    if labels.kind == "tree":
        lines += ["## By question", "", *_questions(answers), ""]
    lines += [_verdict(answers, labels.kind), "", HONESTY, "", str(report.get("parents_training", "")), ""]
    notes = report.get("notes", ())
    assert isinstance(notes, Sequence)
    return "\n".join([*lines, *(f"- {note}" for note in notes)]).rstrip() + "\n"


def _answers(report: Mapping[str, object]) -> list[tuple[str, Mapping[str, object]]]:
    """Title and figures, from before to after."""
    test = report["test"]
    assert isinstance(test, list)
    return [(entry["title"], entry["figures"]) for entry in test]


def _verdict(answers: Sequence[tuple[str, Mapping[str, object]]], kind: str) -> str:
    """In words, whether teaching was worth it."""
    (title, before), (_, after) = answers[-2:]
    measure = MEASURES[kind]
    old, new = before[measure], after[measure]
    assert isinstance(old, Mapping)
    assert isinstance(new, Mapping)
    gain = new["value"] - old["value"] if measure == "accuracy" else old["value"] - new["value"]
    is_outside = not old["low"] <= new["value"] <= old["high"]
    words = (
        "is no better than" if gain <= 0 else "is not clearly better than (it lies inside the interval of)"
    )
    if gain > 0 and is_outside:
        words = "is better than"
    numbers = f"{TITLES[measure]} {new['value']:.3f}, against {old['value']:.3f}"
    return f"**What was taught {words}: {title}** ({numbers})."


def figure_text(figure: object) -> str:
    """``0.812 (0.74 to 0.88)``."""
    if not isinstance(figure, Mapping):
        return ""
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _table(answers: Sequence[tuple[str, Mapping[str, object]]]) -> list[str]:
    names = [name for name in TITLES if name in answers[-1][1]]
    lines = ["| | " + " | ".join(TITLES[name] for name in names) + " |", "|---" * (len(names) + 1) + "|"]
    return lines + [
        f"| {title} | " + " | ".join(figure_text(figures.get(name)) for name in names) + " |"
        for title, figures in answers
    ]


def _confusion(figures: Mapping[str, object], names: Sequence[str]) -> list[str]:
    counts = figures["confusion"]
    assert isinstance(counts, list)
    lines = ["| | " + " | ".join(f"said {name}" for name in names) + " |", "|---" * (len(names) + 1) + "|"]
    return lines + [
        f"| is {name} | " + " | ".join(map(str, row)) + " |" for name, row in zip(names, counts, strict=True)
    ]


def _questions(answers: Sequence[tuple[str, Mapping[str, object]]]) -> list[str]:
    lines = ["| question | galaxies | " + " | ".join(f"accuracy, {title}" for title, _ in answers) + " |"]
    lines.append("|---" * (len(answers) + 2) + "|")
    after = answers[-1][1]["questions"]
    assert isinstance(after, Mapping)
    for name, figures in after.items():
        cells = []
        for _, of in answers:
            questions = of["questions"]
            assert isinstance(questions, Mapping)
            cells.append(figure_text(questions[name]["accuracy"]))
        lines.append(f"| {name} | {figures['galaxies']} | " + " | ".join(cells) + " |")
    return lines
