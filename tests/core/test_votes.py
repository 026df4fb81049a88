import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_st

from gzviewer.core.schema import Answer, Question, Schema
from gzviewer.core.votes import recognise

SMOOTH = Question(
    "smooth-or-not",
    "Smooth?",
    (
        Answer("smooth", "", also=("t01_a01", "Class1.1")),
        Answer("not-smooth", "", also=("t01_a02", "Class1.2")),
    ),
)
BAR = Question(
    "bar",
    "A bar?",
    (Answer("yes", "", also=("t03_a06", "Class2.1")), Answer("no", "", also=("t03_a07", "Class2.2"))),
    frozenset({"smooth-or-not_not-smooth"}),
)
SCHEMA = Schema("two", "Two", (SMOOTH, BAR))
SHORT = Schema("one", "One", (SMOOTH,))
KAGGLE = Schema("kaggle", "Kaggle", (SMOOTH, BAR), cumulative=True)
COUNTS = {
    "smooth-or-not_smooth": [30, 2, 0],
    "smooth-or-not_not-smooth": [10, 2, 0],
    "bar_yes": [4, 0, 0],
    "bar_no": [6, 0, 0],
}


def read(columns, schemas=(SCHEMA,)):
    found = recognise(columns, schemas)
    return found.read(lambda name: np.array(columns[name]))


def test_counts_become_fractions_and_totals_and_what_was_never_asked_is_unknown():
    votes = read(COUNTS)
    assert votes.kind == "counts"
    np.testing.assert_allclose(
        votes.fractions, [[0.75, 0.25, 0.4, 0.6], [0.5, 0.5, np.nan, np.nan], [np.nan] * 4]
    )
    np.testing.assert_array_equal(votes.totals, [[40, 10], [4, 0], [0, 0]])


@pytest.mark.parametrize("suffix", ["_fraction", "_weighted_fraction", "-fraction", "_FRACTION"])
@pytest.mark.parametrize("stem", ["published", "underscores", "also"])
def test_fractions_are_recognised_under_every_name_they_are_published_by(stem, suffix):
    stems = {
        "published": SCHEMA.label_columns,
        "underscores": tuple(label.replace("-", "_") for label in SCHEMA.label_columns),
        "also": ("t01_a01", "t01_a02", "t03_a06", "t03_a07"),
    }[stem]
    votes = read({name + suffix: [value] for name, value in zip(stems, (0.9, 0.1, 0.25, 0.75), strict=True)})
    assert votes.kind == "fractions"
    np.testing.assert_allclose(votes.fractions, [[0.9, 0.1, 0.25, 0.75]])
    assert np.isnan(votes.totals).all()


@pytest.mark.parametrize("suffix", ["_total-votes", "_total_votes", "_total"])
def test_totals_published_beside_fractions_are_used(suffix):
    columns = {"bar_yes_fraction": [0.2], "bar_no_fraction": [0.8], f"bar{suffix}": [25]}
    assert read(columns).totals[0, 1] == 25


def test_counts_are_preferred_to_fractions_and_fractions_to_debiased_ones():
    fractions = {f"{name}_fraction": [0.5] * 3 for name in COUNTS}
    debiased = {f"{name}_debiased": [0.5] * 3 for name in COUNTS}
    assert read(debiased).kind == "debiased"
    assert read(debiased | fractions).kind == "fractions"
    assert read(debiased | fractions | COUNTS).kind == "counts"


@given(
    numpy_st.arrays(np.float32, (5, 3), elements=st.floats(0, 1, width=32)),
)
def test_kaggles_products_along_the_tree_become_fractions_of_those_asked(parts):
    smooth, bar, _ = parts.T
    cumulative = {
        "Class1.1": smooth,
        "Class1.2": 1 - smooth,
        "Class2.1": (1 - smooth) * bar,
        "Class2.2": (1 - smooth) * (1 - bar),
    }
    votes = read(cumulative, [SCHEMA, KAGGLE][1:])
    assert votes.kind == "cumulative"
    asked = (1 - smooth) > 1e-6
    np.testing.assert_allclose(votes.fractions[asked, 2], bar[asked], atol=2e-3)
    assert np.isnan(votes.fractions[smooth == 1, 2:]).all()


@given(numpy_st.arrays(np.int64, (6, 4), elements=st.integers(0, 10**6)))
def test_fractions_from_counts_sum_to_one_or_are_unknown(counts):
    votes = read(dict(zip(SCHEMA.label_columns, counts.T, strict=True)))
    sums = votes.fractions[:, :2].sum(axis=1)
    assert np.allclose(sums[~np.isnan(sums)], 1, atol=1e-5)
    np.testing.assert_array_equal(np.isnan(sums), counts[:, :2].sum(axis=1) == 0)


def test_the_schema_with_most_answers_wins_and_of_equals_the_one_that_misses_fewest():
    assert recognise(COUNTS, [SHORT, SCHEMA]).schema is SCHEMA
    assert recognise(SMOOTH.label_columns, [SCHEMA, SHORT]).schema is SHORT


def test_a_question_with_an_answer_missing_is_not_guessed():
    votes = read({name: values for name, values in COUNTS.items() if name != "bar_no"})
    assert np.isnan(votes.fractions[:, 2:]).all()
    assert recognise(["bar_no", "ra", "dr5_bar_yes"], [SCHEMA]) is None


def test_bare_names_with_values_that_are_not_whole_are_fractions_or_concentrations():
    assert read({name: [0.25] for name in COUNTS}).kind == "fractions"
    votes = read({name: [1.5] for name in COUNTS})
    assert votes.kind == "concentrations"
    assert votes.fractions[0].tolist() == [0.5] * 4
    assert np.isnan(votes.totals).all()


def test_columns_that_only_a_model_writes_show_a_prediction():
    names = [f"{name}_fraction" for name in COUNTS]
    assert not recognise(names, [SCHEMA]).is_predicted
    assert recognise([*names, "bar_proportion-asked"], [SCHEMA]).is_predicted


def test_missing_values_and_text_that_is_no_number_are_unknown():
    votes = read(COUNTS | {"bar_yes": ["4", "", "x"]})
    np.testing.assert_allclose(votes.fractions[0, 2:], [0.4, 0.6], rtol=1e-6)
    assert np.isnan(votes.fractions[1:, 2:]).all()
