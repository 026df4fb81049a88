"""The measure of Kaggle's Galaxy Challenge: fractions of all volunteers, over every column of its tree at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.comparison import Observed, Predicted, in_terms_of, shares_of_all
from gzviewer.core.schema import Schema

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SharesFigures:
    """The measure of Kaggle's Galaxy Challenge: how far fractions of all volunteers are off, over all columns at once.

    Parameters
    ----------
    rmse
        Root mean square difference over `columns` and `rows`; NaN where there are none.
    constant_rmse
        What the mean of the same rows gives, whatever the galaxy.
    rows
        Galaxies of which every column of the tree is known.
    columns
        How many of the tree's columns are predicted.
    missing
        Questions of the tree that the predictions or the votes do not have.
    """

    rmse: float
    constant_rmse: float
    rows: int
    columns: int
    missing: tuple[str, ...]


def measure_shares(tree: Schema, said: Observed, model: Predicted) -> SharesFigures:
    """Compare fractions of all volunteers, over the rows of which all are known, and the columns that are predicted.

    Parameters
    ----------
    tree
        The Kaggle tree (``kaggle_37``): its parents decide who is asked what, whatever tree the two sides have.
    said, model
        Of the same galaxies, row by row. Questions are matched by the names of their answers.
    """
    (truth, has_truth), (expected, has_expected) = _on_tree(tree, said), _on_tree(tree, model)
    there = has_truth & has_expected
    missing = tuple(q.name for q in tree.questions if not there[tree.slice_of(q)].all())
    rows = np.isfinite(truth[:, has_truth]).all(axis=1) & np.isfinite(expected[:, there]).all(axis=1)
    if not rows.any() or not there.any():
        return SharesFigures(float("nan"), float("nan"), 0, int(there.sum()), missing)
    known, found = truth[rows][:, there], expected[rows][:, there]
    return SharesFigures(
        rmse=_root_mean_square(found - known),
        constant_rmse=_root_mean_square(known.mean(axis=0) - known),
        rows=int(rows.sum()),
        columns=int(there.sum()),
        missing=missing,
    )


def _on_tree(tree: Schema, side: Observed | Predicted) -> tuple[Floats, NDArray[np.bool_]]:
    """(galaxy, answer of the tree): published shares as they are, else those that follow from fractions; and (answer,)
    whether they are known of any galaxy.
    """
    published = in_terms_of(tree, side.schema, side.fractions if side.shares is None else side.shares)
    is_known = np.asarray(np.isfinite(published).any(axis=0), dtype=np.bool_)
    return shares_of_all(tree, published) if side.shares is None else published, is_known


def _root_mean_square(differences: Floats) -> float:
    return float(np.sqrt(np.mean(differences**2)))
