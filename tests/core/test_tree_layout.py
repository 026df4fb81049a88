"""The drawing of a tree: nothing overlaps, everything is inside, folding saves room."""

import itertools

import pytest

from gzviewer.core.tree_layout import lay_out
from gzviewer.io.schemas import load_schema, schema_names


@pytest.mark.parametrize("name", schema_names())
def test_every_question_has_a_card_and_every_answer_a_row_inside_it(name):
    schema = load_schema(name)
    layout = lay_out(schema, 480)
    assert [card.question for card in layout.cards] == list(schema.reading_order)
    for card in layout.cards:
        assert card.x + card.width == pytest.approx(480)
        assert [row.label for row in card.rows] == list(card.question.label_columns)
        assert card.y < card.rows[0].top
        assert card.rows[-1].top + card.rows[-1].height <= card.y + card.height
    assert layout.height == pytest.approx(layout.cards[-1].y + layout.cards[-1].height)


@pytest.mark.parametrize("name", schema_names())
def test_cards_do_not_overlap_and_trunks_run_left_of_the_cards_they_pass(name):
    layout = lay_out(load_schema(name), 480)
    for above, below in itertools.pairwise(layout.cards):
        assert above.y + above.height < below.y
    for trunk in layout.trunks:
        top, bottom = max(trunk.starts), max(trunk.branches)
        passed = [card for card in layout.cards if top < card.y < bottom and card.question != trunk.parent]
        assert all(trunk.x + trunk.lane / 2 <= card.x + 1e-9 for card in passed)


def test_every_question_that_is_not_always_asked_is_reached_by_one_trunk():
    schema = load_schema("gz_evo_v2_schema")
    reached = [child for trunk in lay_out(schema, 600).trunks for child in trunk.children]
    assert sorted(q.name for q in reached) == sorted(q.name for q in schema.questions if q.asked_after)


def test_a_folded_question_takes_one_line_and_has_no_rows():
    schema = load_schema("gz2_ortho_schema")
    whole, folded = lay_out(schema, 480), lay_out(schema, 480, folded=["spiral-arm-count-gz2"])
    card = next(card for card in folded.cards if card.is_folded)
    assert (card.question.name, card.rows) == ("spiral-arm-count-gz2", ())
    assert folded.height < whole.height


def test_a_point_finds_the_answer_under_it_and_nothing_between_cards():
    layout = lay_out(load_schema("gz2_ortho_schema"), 480)
    row = layout.cards[2].rows[1]
    found = layout.row_at(200, row.middle)
    assert found is not None
    assert found.label == row.label
    assert layout.row_at(200, layout.cards[0].y + layout.cards[0].height + 1) is None
