"""Our own table: one row a galaxy of the catalog, and all that is known of it.

Columns: ``id_str``, ``file_loc``; what the model said, by its head; ``problem`` where a galaxy could not be read; and
``checkpoint``: the model that was used. A catalog of simulated galaxies is marked by a column ``simulated``.

=============  ==============================================================================================
concentrations  ``<label>_concentration``, ``<label>_fraction``, ``<question>_proportion-asked``
shares          ``<label>_share`` (of all volunteers), ``<label>_fraction``, ``<question>_proportion-asked``
fractions       ``<label>_fraction``, ``<question>_proportion-asked``, and the edges of intervals where there are some
classes         ``<class>_probability``
values          ``<name>_value``
=============  ==============================================================================================

With several members (samples of dropout, views, networks) a concentration, share, probability or value is the list of them
(in CSV a JSON list). The names are those of the Galaxy Zoo release tables.
"""

from gzviewer.core.predictions import OF_VALUES, Predictions, Rows
from gzviewer.io.exports.content import Content
from gzviewer.io.exports.table_files import Columns, described, floats, members, texts

ENDINGS = {"dirichlet": "concentration", "shares": "share", "classes": "probability"}


def columns(content: Content, rows: Rows) -> Columns:
    """The columns of some rows."""
    import pyarrow  # type: ignore[import-untyped]  # noqa: PLC0415 - 0.15 s that a start of the window need not pay

    catalog, predictions = content.catalog, content.predictions
    made = {**described(content, rows), **_said(predictions, rows)}
    if predictions.head != "classes":
        for question in predictions.schema.questions:
            asked = predictions.proportion_asked(question, rows)
            made[f"{question.name}_proportion-asked"] = floats(asked)
    made["problem"] = texts(content.problems.get(id_, "") for id_ in catalog.ids[rows].tolist())
    made["checkpoint"] = pyarrow.array([predictions.checkpoint] * len(rows), pyarrow.string())
    if catalog.is_simulated:
        made["simulated"] = pyarrow.array([True] * len(rows), pyarrow.bool_())
    return made


def _said(predictions: Predictions, rows: Rows) -> Columns:
    """What the model said, and the fractions that follow."""
    made: Columns = {}
    if predictions.head == "classes" or predictions.head in OF_VALUES:
        ending = ENDINGS.get(predictions.head, "value")
        for place, name in enumerate(predictions.names):
            made[f"{name}_{ending}"] = members(predictions.numbers[rows][..., place])
        return made
    for question in predictions.schema.questions:
        fractions = predictions.fractions(question, rows)
        numbers = predictions.numbers[rows][..., predictions.schema.slice_of(question)]
        for place, label in enumerate(question.label_columns):
            if predictions.head in ENDINGS:
                made[f"{label}_{ENDINGS[predictions.head]}"] = members(numbers[..., place])
            made[f"{label}_fraction"] = floats(fractions[:, place])
        if predictions.edges is not None:
            lower, upper = predictions.interval(question, rows=rows)
            for place, label in enumerate(question.label_columns):
                made[f"{label}_90pc-lower"] = floats(lower[:, place])
                made[f"{label}_90pc-upper"] = floats(upper[:, place])
    return made
