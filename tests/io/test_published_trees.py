"""The shipped trees hang where volunteers saw them, also where a published version hangs them elsewhere."""

import pytest

from gzviewer.io.schemas import load_schema

NOT_EDGE_ON, SPIRAL = "disk-edge-on-{}_no", "has-spiral-arms-{}_yes"
PARENTS = [
    *(
        ("gz2_ortho_schema", f"{question}-gz2", NOT_EDGE_ON)
        for question in ("bar", "has-spiral-arms", "bulge-size")
    ),
    *(
        ("gz_ukidss_schema", f"{question}-ukidss", NOT_EDGE_ON)
        for question in ("bar", "has-spiral-arms", "bulge-size")
    ),
    *(
        ("gz_hubble_ortho_schema", f"{question}-hubble", SPIRAL)
        for question in ("spiral-winding", "spiral-arm-count")
    ),
    *(
        ("gz_hubble_v2_ortho_schema", f"{question}-hubble", SPIRAL)
        for question in ("spiral-winding", "spiral-arm-count")
    ),
    *(
        ("gz_candels_ortho_schema", f"{question}-candels", SPIRAL)
        for question in ("spiral-winding", "spiral-arm-count")
    ),
    *(
        ("gz_evo_v2_schema", f"{question}-gz2", NOT_EDGE_ON)
        for question in ("bar", "has-spiral-arms", "bulge-size")
    ),
]


@pytest.mark.parametrize(("name", "question", "parent"), PARENTS)
def test_a_question_follows_the_answer_that_volunteers_gave_before_it(name, question, parent):
    survey = question.rpartition("-")[2]
    assert load_schema(name).question(question).asked_after == {parent.format(survey)}


@pytest.mark.parametrize(
    ("name", "question", "artifact"),
    [
        ("gz2_ortho_schema", "something-odd-gz2", "artifact"),
        ("decals_dr5_ortho_schema", "merging-dr5", "artifact"),
        ("decals_dr12_ortho_schema", "merging-dr12", "artifact"),
        ("gz_candels_ortho_schema", "merging-candels", "artifact"),
        ("cosmic_dawn_ortho_schema", "merging-cd", "problem"),
        ("euclid_ortho_schema", "merging-euclid", "problem"),
        ("gz_jwst_schema", "merging-jwst", "star-artifact-zoom"),
    ],
)
def test_some_questions_are_asked_after_every_answer_but_artifact(name, question, artifact):
    schema = load_schema(name)
    first = schema.questions[0]
    expected = {label for label in first.label_columns if not label.endswith(f"_{artifact}")}
    assert schema.question(question).asked_after == expected


def test_the_trees_have_as_many_questions_and_answers_as_were_published():
    sizes = {
        "gz2_ortho_schema": (10, 30),
        "decals_dr5_ortho_schema": (10, 34),
        "euclid_ortho_schema": (13, 46),
    }
    sizes |= {"gz_evo_v1_schema": (76, 239), "gz_evo_v2_schema": (86, 279), "kaggle_37": (11, 37)}
    found = {name: load_schema(name) for name in sizes}
    assert {name: (len(s.questions), len(s.label_columns)) for name, s in found.items()} == sizes
