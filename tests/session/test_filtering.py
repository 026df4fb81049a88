"""The order in which rows are shown."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gzviewer.session.filtering import sort_order

values = arrays(
    np.float64, st.integers(0, 30), elements=st.sampled_from([np.nan, -1.0, 0.0, 0.0, 2.5, np.inf])
)


@given(values, st.booleans())
def test_sorting_keeps_every_row_and_puts_missing_values_last(column, descending):
    order = sort_order(column, descending=descending)
    assert sorted(order.tolist()) == list(range(len(column)))
    known = column[order][: np.isfinite(column).sum() + np.isinf(column).sum()]
    assert not np.isnan(known).any()
    assert (np.diff(known[np.isfinite(known)]) * (-1 if descending else 1) >= 0).all()


@given(values, st.booleans())
def test_equal_values_stay_in_the_order_of_the_catalog(column, descending):
    order = sort_order(column, descending=descending)
    for value in (0.0, 2.5):
        rows = [row for row in order.tolist() if column[row] == value]
        assert rows == sorted(rows)


def test_texts_are_sorted_with_empty_ones_last():
    texts = np.array(["b", "", "a", "B"])
    assert texts[sort_order(texts, descending=False)].tolist() == ["B", "a", "b", ""]
    assert texts[sort_order(texts, descending=True)].tolist() == ["b", "a", "B", ""]


def test_large_integers_are_not_rounded_when_sorted():
    ids = np.array([587722982271844351, 587722982271844350, 587722982271844352])
    assert sort_order(ids, descending=True).tolist() == [2, 0, 1]
