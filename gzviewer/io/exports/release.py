"""Tables like those that Galaxy Zoo publishes: fractions of votes, easy to use (*friendly*) or complete (*advanced*).

friendly
    ``id_str``, ``ra``, ``dec`` where known, ``<label>_fraction``: empty where less than half of all volunteers would have been
    asked the question.
advanced
    The same, every fraction given, and of every answer ``_90pc-lower``, ``_90pc-upper`` (the median over the members of the
    edges of each one's 90 % interval) and ``_proportion-asked``. Intervals are empty where the model gives none.
"""

import numpy as np

from gzviewer.core.predictions import Rows
from gzviewer.io.exports.content import Content
from gzviewer.io.exports.table_files import Columns, floats, texts

ASKED_ENOUGH = 0.5


def friendly(content: Content, rows: Rows) -> Columns:
    """The friendly columns of some rows."""
    made, predictions = _ids(content, rows), content.predictions
    for question in predictions.schema.questions:
        fractions = predictions.fractions(question, rows)
        fractions[predictions.proportion_asked(question, rows) < ASKED_ENOUGH] = np.nan
        for place, label in enumerate(question.label_columns):
            made[f"{label}_fraction"] = floats(fractions[:, place])
    return made


def advanced(content: Content, rows: Rows) -> Columns:
    """The advanced columns of some rows."""
    made, predictions = _ids(content, rows), content.predictions
    for question in predictions.schema.questions:
        fractions = predictions.fractions(question, rows)
        lower, upper = predictions.interval(question, rows=rows)
        asked = predictions.proportion_asked(question, rows)
        for place, label in enumerate(question.label_columns):
            made[f"{label}_fraction"] = floats(fractions[:, place])
            made[f"{label}_90pc-lower"] = floats(lower[:, place])
            made[f"{label}_90pc-upper"] = floats(upper[:, place])
            made[f"{label}_proportion-asked"] = floats(asked)
    return made


def _ids(content: Content, rows: Rows) -> Columns:
    catalog = content.catalog
    made = {"id_str": texts(catalog.ids[rows].tolist())}
    if np.isfinite(catalog.ra).any():
        made |= {"ra": floats(catalog.ra[rows]), "dec": floats(catalog.dec[rows])}
    return made
