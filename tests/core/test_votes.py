import numpy as np
import pytest
from hypothesis import example, given
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
BAR_ALONE = Question("bar", "A bar?", BAR.answers)
SCHEMA = Schema("two", "Two", (SMOOTH, BAR))
SHORT = Schema("one", "One", (SMOOTH,))
KAGGLE = Schema("kaggle", "Kaggle", (SMOOTH, BAR), cumulative=True)
COUNTS = {
    "smooth-or-not_smooth": [30, 2, 0],
    "smooth-or-not_not-smooth": [10, 2, 0],
    "bar_yes": [4, 0, 0],
    "bar_no": [6, 0, 0],
}


SURVEY = Schema(
    "dr5",
    "DR5",
    tuple(Question(f"{name}-dr5", "", (Answer("yes", ""), Answer("no", ""))) for name in ("ring", "bar")),
)


def read(columns, schemas=(SCHEMA,), **chosen):
    found = recognise(columns, schemas, **chosen)
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
    assert votes.kind == ("weighted" if "weighted" in suffix else "fractions")
    np.testing.assert_allclose(votes.fractions, [[0.9, 0.1, 0.25, 0.75]])
    assert np.isnan(votes.totals).all()


@pytest.mark.parametrize("suffix", ["_total-votes", "_total_votes", "_total"])
def test_totals_published_beside_fractions_are_used(suffix):
    columns = {"bar_yes_fraction": [0.2], "bar_no_fraction": [0.8], f"bar{suffix}": [25]}
    assert read(columns).totals[0, 1] == 25


def test_of_equally_many_columns_counts_come_first_then_weighted_raw_and_debiased_fractions():
    columns = {}
    for kind in ("debiased", "fraction", "weighted_fraction", "count"):
        columns |= {f"{name}_{kind}": [1] for name in COUNTS}
        shown = {"fraction": "fractions", "weighted_fraction": "weighted", "count": "counts"}.get(kind, kind)
        assert read(columns).kind == shown
    assert recognise(columns, [SCHEMA]).kinds == ("counts", "weighted", "fractions", "debiased")


def test_one_kind_is_read_for_the_whole_table_the_one_with_most_columns_unless_another_is_asked_for():
    columns = {f"{name}_fraction": [0.5] for name in SMOOTH.label_columns}
    columns |= {f"{name}_debiased": [0.25] for name in COUNTS}
    assert recognise(columns, [SCHEMA]).kinds == ("debiased", "fractions")
    np.testing.assert_array_equal(read(columns).fractions, [[0.25] * 4])
    raw = read(columns, kind="fractions")
    assert raw.kind == "fractions"
    np.testing.assert_array_equal(raw.fractions, [[0.5, 0.5, np.nan, np.nan]])
    assert read(columns, kind="weighted").kind == "debiased"


def test_a_kind_that_has_no_whole_question_is_not_there():
    columns = {"bar_yes_fraction": [0.5], "bar_yes_debiased": [0.25], "bar_no_debiased": [0.75]}
    assert recognise(columns, [SCHEMA]).kinds == ("debiased",)
    np.testing.assert_array_equal(read(columns, kind="fractions").fractions[0, 2:], [0.25, 0.75])


def test_who_looks_at_fractions_still_sees_how_many_answered_where_counts_are_beside_them():
    columns = {f"{name}_count": values for name, values in COUNTS.items()}
    columns |= {f"{name}_debiased": [0.5] * 3 for name in COUNTS}
    votes = read(columns, kind="debiased")
    assert votes.kind == "debiased"
    np.testing.assert_array_equal(votes.totals, [[40, 10], [4, 0], [0, 0]])


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


def test_trees_that_fit_as_well_are_named_but_not_those_that_only_have_more_questions():
    other = Schema("other", "", (BAR_ALONE, Question("ring", "", SMOOTH.answers)))
    schemas = [SCHEMA, other, KAGGLE, Schema("bar", "", (BAR_ALONE,))]
    found = recognise(["bar_yes", "bar_no"], schemas)
    assert (found.schema, found.also_fits) == (schemas[3], ())
    found = recognise(["bar_yes", "bar_no"], schemas[:3])
    assert (found.schema, found.also_fits) == (SCHEMA, (other, KAGGLE))
    assert recognise(COUNTS, schemas[:2]).also_fits == ()


def test_a_chosen_tree_also_fits_names_without_the_campaign_and_a_guessed_one_does_not():
    columns = {"bar_yes": [3], "bar_no": [1], "ring_yes_fraction": [0.5], "ring_no_fraction": [0.5]}
    assert recognise(columns, [SURVEY]) is None
    votes = read(columns, [SURVEY], is_chosen=True)
    np.testing.assert_array_equal(votes.fractions, [[np.nan, np.nan, 0.75, 0.25]])
    raw = read(columns | {"ring_total": [8]}, [SURVEY], is_chosen=True, kind="fractions")
    assert raw.totals[0, 0] == 8


def test_names_with_the_campaign_are_not_mixed_with_names_without_it():
    columns = {"bar-dr5_yes": [3], "bar-dr5_no": [1], "bar_yes": [0], "bar_no": [9], "ring_yes": [1]}
    votes = read(columns, [SURVEY], is_chosen=True)
    np.testing.assert_array_equal(votes.fractions[0, 2:], [0.75, 0.25])
    assert np.isnan(votes.fractions[0, :2]).all()


NAMES = st.lists(st.sampled_from(["a", "a-x", "a-x-x", "b-x", "b-y", "x", "-x"]), min_size=1, unique=True)


@example(["a-x", "a-x-x"], ["a", "a-x"])
@given(NAMES, NAMES)
def test_a_column_with_the_name_of_an_answer_is_never_read_for_another_one(names, published):
    answers = (Answer("yes", ""), Answer("no", ""))
    schema = Schema("any", "", tuple(Question(name, "", answers) for name in names))
    columns = [f"{name}_{answer.name}" for name in published for answer in answers]
    found = recognise(columns, [schema], is_chosen=True)
    for label, column in found.columns.items() if found else ():
        assert column == label or column not in schema.label_columns
    assert found or not set(names) & set(published)


def test_a_question_with_an_answer_missing_is_not_guessed():
    votes = read({name: values for name, values in COUNTS.items() if name != "bar_no"})
    assert np.isnan(votes.fractions[:, 2:]).all()
    assert recognise(["bar_no", "ra", "dr5_bar_yes"], [SCHEMA]) is None


def test_bare_names_with_values_that_are_not_whole_are_fractions_or_concentrations():
    assert read({name: [0.25] for name in COUNTS}).kind == "fractions"
    votes = read({name: [1.5] for name in COUNTS})
    assert (votes.kind, votes.is_predicted) == ("concentrations", True)
    assert votes.fractions[0].tolist() == [0.5] * 4
    assert np.isnan(votes.totals).all()


def test_columns_that_are_called_counts_are_counts_though_they_be_weighted():
    votes = read({f"{name}_count": [1.5] for name in COUNTS})
    assert votes.kind == "counts"
    np.testing.assert_array_equal(votes.totals, [[3, 3]])


@pytest.mark.parametrize("column", ["bar_proportion-asked", "bar_yes_90pc-lower", "t01_a01_dirichlet"])
def test_columns_that_only_a_model_writes_show_a_prediction(column):
    fractions = {f"{name}_fraction": [0.5] for name in COUNTS}
    assert not read(fractions | {"photo_z_pred": [0.1]}).is_predicted
    assert recognise([*fractions, column], [SCHEMA]).is_predicted
    assert read(fractions | {column: [0.5]}).is_predicted
    assert read({name: [0.5] for name in COUNTS} | {column: [0.5]}).is_predicted


def test_counts_and_corrected_fractions_are_of_volunteers_though_a_models_columns_stand_beside_them():
    model = {"bar_yes_90pc-lower": [0.5], "bar_proportion-asked": [0.5]}
    for suffix in ("", "_count", "_weighted_fraction", "_debiased"):
        assert not read(model | {f"{name}{suffix}": [1] for name in COUNTS}).is_predicted
    for suffix in ("_dirichlet", "_pred"):
        assert read({f"{name}{suffix}": [1.5] for name in COUNTS}).is_predicted


def test_missing_values_and_text_that_is_no_number_are_unknown():
    votes = read(COUNTS | {"bar_yes": ["4", "", "x"]})
    np.testing.assert_allclose(votes.fractions[0, 2:], [0.4, 0.6], rtol=1e-6)
    assert np.isnan(votes.fractions[1:, 2:]).all()
