"""A decision tree is checked when it is made."""

import pytest

from gzviewer.core.errors import SchemaError
from gzviewer.core.schema import Answer, Question, Schema


def question(name, *answers, after=()):
    return Question(name, f"{name}?", tuple(Answer(answer, answer) for answer in answers), frozenset(after))


SHAPE = question("shape", "smooth", "featured", "artifact")
EDGE = question("edge-on", "yes", "no", after=["shape_featured"])
BAR = question("bar", "yes", "no", after=["edge-on_no"])
MERGING = question("merging", "yes", "no", after=["shape_smooth", "shape_featured"])
TREE = Schema("tree", "A tree", (SHAPE, MERGING, EDGE, BAR))


def test_label_columns_stand_in_the_order_of_the_questions():
    assert TREE.label_columns[:5] == (
        "shape_smooth",
        "shape_featured",
        "shape_artifact",
        "merging_yes",
        "merging_no",
    )
    assert TREE.label_columns[TREE.slice_of(BAR)] == ("bar_yes", "bar_no")


def test_a_question_is_read_right_after_what_leads_to_it():
    assert [q.name for q in TREE.reading_order] == ["shape", "merging", "edge-on", "bar"]
    assert [TREE.depth_of(q) for q in TREE.reading_order] == [0, 1, 1, 2]


def test_a_question_may_follow_any_of_several_answers():
    assert TREE.parent_of(MERGING) == SHAPE
    assert TREE.questions_after("shape_smooth") == (MERGING,)
    assert TREE.questions_after("shape_artifact") == ()


@pytest.mark.parametrize(
    ("questions", "sentence"),
    [
        ((), "has no questions"),
        ((question("shape", "smooth"),), "has 1 answers"),
        ((SHAPE, SHAPE), "stands twice"),
        ((SHAPE, question("bar", "yes", "no", after=["shape_spiral"])), "no answer of the schema"),
        (
            (SHAPE, EDGE, question("bar", "yes", "no", after=["shape_smooth", "edge-on_no"])),
            "several questions",
        ),
        (
            (question("a", "x", "y", after=["b_x"]), question("b", "x", "y", after=["a_x"])),
            "round in a circle",
        ),
        ((question("a", "x", "y", after=["a_x"]),), "round in a circle"),
    ],
)
def test_a_tree_that_cannot_be_one_is_refused_with_its_reason(questions, sentence):
    with pytest.raises(SchemaError, match=sentence):
        Schema("wrong", "Wrong", questions)
