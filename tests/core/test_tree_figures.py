"""The numbers beside one galaxy: model, volunteers, the likeliest path."""

import numpy as np
import pytest

from gzviewer.core.predictions import Predictions
from gzviewer.core.tree_figures import blended, tree_figures
from gzviewer.core.votes import Votes
from gzviewer.io.schemas import load_schema

SCHEMA = load_schema("gz2_ortho_schema")
LABELS = SCHEMA.label_columns


def predictions_of(**favourites):
    """Two galaxies: one with 9 to 1 for each favourite answer of its question, one not predicted."""
    alphas = np.ones((2, 1, len(LABELS)), dtype=np.float32)
    for question, answer in favourites.items():
        alphas[0, 0, LABELS.index(f"{question.replace('_', '-')}-gz2_{answer}")] = 9
    alphas[1] = np.nan
    return Predictions(SCHEMA, "test", alphas)


def votes_of(counts):
    fractions = np.full((1, len(LABELS)), np.nan, dtype=np.float32)
    totals = np.zeros((1, len(SCHEMA.questions)), dtype=np.float32)
    for index, question in enumerate(SCHEMA.questions):
        given = [counts.get(label, 0) for label in question.label_columns]
        totals[0, index] = sum(given)
        if sum(given):
            fractions[0, SCHEMA.slice_of(question)] = np.array(given) / sum(given)
    return Votes(SCHEMA, fractions, totals, "counts")


def test_the_likeliest_path_follows_only_questions_that_its_answers_lead_to():
    figures = tree_figures(
        SCHEMA, predictions=predictions_of(smooth_or_featured="smooth", bar="yes"), votes=None, row=0
    )
    assert figures["smooth-or-featured-gz2"].answers["smooth-or-featured-gz2_smooth"].is_likeliest
    assert any(answer.is_likeliest for answer in figures["how-rounded-gz2"].answers.values())
    assert not any(answer.is_likeliest for answer in figures["bar-gz2"].answers.values())


def test_a_question_is_asked_of_the_share_that_its_parents_send_to_it():
    figures = tree_figures(
        SCHEMA,
        predictions=predictions_of(smooth_or_featured="featured-or-disk", disk_edge_on="no"),
        votes=None,
        row=0,
    )
    assert figures["smooth-or-featured-gz2"].asked == 1
    assert figures["bar-gz2"].asked == pytest.approx(9 / 11 * 9 / 10)
    assert figures["something-odd-gz2"].asked == pytest.approx(10 / 11)


def test_a_galaxy_without_prediction_has_its_volunteers_only():
    counts = {"smooth-or-featured-gz2_smooth": 30, "smooth-or-featured-gz2_featured-or-disk": 10}
    figures = tree_figures(SCHEMA, predictions=None, votes=votes_of(counts), row=0)
    root = figures["smooth-or-featured-gz2"]
    assert root.votes == 40
    assert root.answers["smooth-or-featured-gz2_smooth"].volunteers == pytest.approx(0.75)
    assert np.isnan(root.answers["smooth-or-featured-gz2_smooth"].fraction)
    assert figures["how-rounded-gz2"].asked == pytest.approx(0.75)


def test_no_galaxy_and_no_prediction_leave_the_tree_without_numbers():
    for row in (-1, 1):
        figures = tree_figures(SCHEMA, predictions=predictions_of(), votes=None, row=row)
        assert all(np.isnan(question.asked) for question in figures.values())
        assert not any(a.is_likeliest for question in figures.values() for a in question.answers.values())


def test_votes_of_a_tree_with_more_answers_are_matched_by_label_not_by_place():
    kaggle = load_schema("kaggle_37")
    fractions = np.linspace(0, 1, len(kaggle.label_columns), dtype=np.float32)[np.newaxis]
    votes = Votes(
        kaggle, fractions, np.full((1, len(kaggle.questions)), np.nan, dtype=np.float32), "fractions"
    )
    figures = tree_figures(SCHEMA, predictions=None, votes=votes, row=0)
    label = "bulge-size-gz2_dominant"
    expected = fractions[0, kaggle.label_columns.index(label)]
    assert figures["bulge-size-gz2"].answers[label].volunteers == pytest.approx(float(expected))


def test_between_two_galaxies_shares_move_and_what_is_unknown_jumps():
    smooth = predictions_of(smooth_or_featured="smooth")
    featured = predictions_of(smooth_or_featured="featured-or-disk")
    before = tree_figures(SCHEMA, predictions=smooth, votes=None, row=0)
    after = tree_figures(SCHEMA, predictions=featured, votes=None, row=0)
    half = blended(before, after, 0.5)
    label = "smooth-or-featured-gz2_featured-or-disk"
    assert half["smooth-or-featured-gz2"].answers[label].fraction == pytest.approx(5 / 11)
    assert half["smooth-or-featured-gz2"].answers[label].is_likeliest
    assert half["disk-edge-on-gz2"].asked == pytest.approx(5 / 11)
    assert repr(blended(before, after, 1.0)) == repr(after)  # NaN is not equal to itself
    nothing = tree_figures(SCHEMA, predictions=predictions_of(), votes=None, row=-1)
    assert repr(blended(nothing, after, 0.5)) == repr(after)
