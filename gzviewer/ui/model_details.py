"""Everything that is known of one model, as a page: what it sees, how good it is, where it comes from."""

import html
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gzviewer.session.models import Entry, Manifest, UnusableModel, describe_input, read_as, why_not
from gzviewer.ui.models_table import answers_of, parameters_of, speed_in_words, title_of, views_of
from gzviewer.ui.theme import Theme

HEAD_IN_WORDS = {
    "dirichlet": "concentrations of votes (Dirichlet-Multinomial)",
    "shares": "fractions of all volunteers",
    "classes": "a probability for each class",
    "values": "values",
    "unit-values": "values from 0 to 1",
    "none": "none",
}
Rows = Iterable[tuple[str, object]]


def page_of(entry: Entry, speeds: Mapping[str, float], theme: Theme, *, is_own: bool) -> str:
    """Rich text."""
    if isinstance(entry, UnusableModel):
        return (
            f"<p style='color:{theme.danger}'>{html.escape(str(entry.error))}</p>"
            f"{_table([('Folder', entry.folder)], theme)}"
        )
    reason = why_not(entry)
    left = [_heading(title_of(entry), theme)]
    if reason:
        left.append(f"<p style='color:{theme.volunteers}'>{html.escape(reason)}</p>")
    left.append(_table(_facts(entry, speeds, is_own=is_own), theme))
    right = [_heading("What it sees", theme), _lines(describe_input(entry))]
    if read_as(entry):
        right += [_heading("How it was read", theme), _lines(read_as(entry))]
    origin = {key: value for key, value in entry.training.items() if key != "read_as"}
    if origin:
        left += [_heading("Where it comes from", theme), _table(_flat(origin), theme)]
    cells = "".join(
        f"<td width='50%' style='padding-right:24px' valign='top'>{''.join(part)}</td>"
        for part in (left, right)
    )
    page = f"<table width='100%' cellspacing='0'><tr>{cells}</tr></table>"
    if entry.metrics:  # below and not beside: it may be wide
        page += _heading("How good it is", theme) + _metrics(entry.metrics, theme)
    return page


def _facts(model: Manifest, speeds: Mapping[str, float], *, is_own: bool) -> Rows:
    yield "Answers", answers_of(model)
    yield "Head", HEAD_IN_WORDS[model.head]
    count = parameters_of(model)
    yield "Encoder", f"{model.architecture} ({count} parameters)" if count else model.architecture
    yield "Views of an image", views_of(model)
    if model.factors:
        yield "Calibrated", f"by a factor for each of {len(model.factors)} questions"
    unknown = "" if why_not(model) else "not measured yet: predict 64 galaxies or more"
    speed = speed_in_words(dict(speeds)) or unknown
    if speed:
        yield "Speed here", speed
    yield "Licence", model.licence or "not told"
    yield "Name", model.name
    yield "SHA-256", model.sha256
    yield "Folder", _short(model.folder)
    yield "Installed", "by you" if is_own else "with the program"


def _short(path: Path) -> str:
    home = str(Path.home())
    text = str(path)
    return f"~{text.removeprefix(home)}" if text.startswith(home) else text


def _flat(table: Mapping[str, object], before: str = "") -> Rows:
    for key, value in table.items():
        name = f"{before}{key.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}: ")
        elif isinstance(value, list | tuple):
            yield name, "; ".join(map(_item_in_words, value))
        else:
            yield name, value


def _item_in_words(item: object) -> str:
    if isinstance(item, Mapping):
        return ", ".join(f"{key} {value}".replace("_", " ") for key, value in item.items())
    return str(item)


def _metrics(metrics: Mapping[str, object], theme: Theme) -> str:
    """Single figures as rows; those of each question as one table, a question a line."""
    single = {key: value for key, value in metrics.items() if not isinstance(value, Mapping)}
    by_question = dict(_tables(metrics))
    page = _table(_flat(single), theme) if single else ""
    if not by_question:
        return page
    names = list(dict.fromkeys(name for figures in by_question.values() for name in figures))
    head = "".join(
        f"<td align='right' valign='bottom' style='{_quiet(theme)}'>{_words(name).replace(' ', '<br>')}</td>"
        for name in names
    )
    lines = "".join(
        f"<tr><td style='padding-right:12px; white-space:nowrap'>{_words(question)}</td>"
        + "".join(
            f"<td align='right' style='padding-left:10px; white-space:nowrap'>{_words(figures.get(name, ''))}</td>"
            for name in names
        )
        + "</tr>"
        for question, figures in by_question.items()
    )
    return f"{page}<table cellspacing='2'><tr><td></td>{head}</tr>{lines}</table>"


def _tables(metrics: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Each question with its figures, however deep they lie."""
    for key, value in metrics.items():
        if isinstance(value, Mapping):
            inner = tuple(_tables(value))
            yield from inner or ((key, value),)


def _words(value: object) -> str:
    text = f"{value:,.4g}" if isinstance(value, float) else str(value).replace("_", " ")
    return html.escape(text)


def _heading(text: str, theme: Theme) -> str:
    return f"<p style='margin-top:8px; margin-bottom:4px; color:{theme.text}'><b>{html.escape(text)}</b></p>"


def _lines(lines: Iterable[str]) -> str:
    return "<br>".join(html.escape(line) for line in lines)


def _quiet(theme: Theme) -> str:
    return f"color:{theme.quiet}; padding-left:10px; white-space:nowrap"


def _table(rows: Rows, theme: Theme) -> str:
    lines = "".join(
        f"<tr><td style='color:{theme.quiet}; padding-right:16px'>{html.escape(name)}</td>"
        f"<td>{html.escape(f'{value:,.4g}' if isinstance(value, float) else str(value))}</td></tr>"
        for name, value in rows
    )
    return f"<table cellspacing='2'>{lines}</table>"
