"""What a person is told at the end: before and after on the held-out galaxies, as JSON and as text."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

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
    "for want of test galaxies. They do not tell how far another split or seed would move it. What the parent was trained on is "
    "not known here: if it saw these galaxies, its own figures are too good."
)


def write_report(folder: Path, report: Mapping[str, object], labels: Labels) -> None:
    """Both files."""
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
    lines += [HONESTY, ""]
    notes = report.get("notes", ())
    assert isinstance(notes, Sequence)
    return "\n".join([*lines, *(f"- {note}" for note in notes)]).rstrip() + "\n"


def _answers(report: Mapping[str, object]) -> list[tuple[str, Mapping[str, object]]]:
    """Title and figures, from before to after."""
    test = report["test"]
    assert isinstance(test, list)
    return [(entry["title"], entry["figures"]) for entry in test]


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
