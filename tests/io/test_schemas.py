import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gzviewer.core.errors import SchemaError
from gzviewer.io.schemas import load_schema, load_schemas, schema_names

GOOD = """\
name = "mine"
title = "My survey"

[[question]]
name = "smooth"
text = "Is it smooth?"
answers = [
  { name = "yes", text = "smooth", also = ["s_1"] },
  { name = "no", text = "not" },
]

[[question]]
name = "bar"
text = "A bar?"
asked_after = ["smooth_no"]
answers = [
  { name = "yes" },
  { name = "no" },
]
"""
NAMES = st.lists(st.from_regex(r"[a-z][a-z-]{0,8}", fullmatch=True), min_size=2, max_size=5, unique=True)


@pytest.mark.parametrize("name", schema_names())
def test_every_schema_that_ships_is_a_tree_of_its_own_name(name):
    schema = load_schema(name)
    assert schema.name == name
    assert schema.title
    assert len(schema.reading_order) == len(schema.questions)


def test_schemas_are_loaded_in_the_order_of_their_names():
    assert tuple(schema.name for schema in load_schemas()) == schema_names()


def test_a_schema_of_ones_own_is_read_from_a_path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    schema = load_schema(path)
    assert schema.label_columns == ("smooth_yes", "smooth_no", "bar_yes", "bar_no")
    assert schema.question("bar").asked_after == {"smooth_no"}
    assert schema.questions[0].answers[0].also == ("s_1",)


@given(questions=NAMES, answers=NAMES)
def test_what_is_written_as_toml_is_read_as_the_same_tree(tmp_path_factory, questions, answers):
    path = tmp_path_factory.mktemp("schemas") / "made.toml"
    listed = ", ".join(f"{{ name = {json.dumps(answer)} }}" for answer in answers)
    lines = [f"[[question]]\nname = {json.dumps(name)}\nanswers = [{listed}]\n" for name in questions]
    lines[1] += f'asked_after = ["{questions[0]}_{answers[0]}"]\n'
    path.write_text("\n".join(lines))
    schema = load_schema(path)
    assert schema.label_columns == tuple(
        f"{question}_{answer}" for question in questions for answer in answers
    )
    assert schema.parent_of(schema.questions[1]) == schema.questions[0]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "word"),
    [
        ('[[question]]\nname = "bar"', '[[question]\nname = "bar"', 12, "TOML"),
        ('name = "mine"', "name = mine", 1, "TOML"),
        ('title = "My survey"', "title = 3", 2, "text"),
        ('title = "My survey"', 'titel = "My survey"', 2, "title"),
        ('text = "A bar?"', 'txt = "A bar?"', 14, "text"),
        ('text = "A bar?"', 'text = ["A bar?"]', 14, "text"),
        ("smooth_no", "smooth_maybe", 15, "smooth_maybe"),
        ("smooth_no", "bar_no", 13, "circle"),
        ('asked_after = ["smooth_no"]', 'asked_after = "smooth_no"', 15, "list"),
        ('name = "bar"', 'name = "smooth"', 13, "twice"),
        ('{ name = "no", text = "not" }', '{ name = "yes", text = "not" }', 8, "twice"),
        ('{ name = "no", text = "not" }', '{ nane = "no", text = "not" }', 9, "name"),
        ('  { name = "yes" },\n', "", 13, "two or more"),
        ('  { name = "yes" },\n', "  { name = 5 },\n", 17, "text"),
        ('answers = [\n  { name = "yes" },\n  { name = "no" },\n]\n', "", 12, "answers"),
        ('title = "My survey"', "answers = []", 2, "outside"),
        ('title = "My survey"', 'cumulative = "yes"', 2, "true or false"),
        ('title = "My survey"', 'concatenates = ["gz_rings_schema"]', 2, "questions of its own"),
    ],
)
def test_a_fault_is_named_with_file_line_and_remedy(tmp_path, right, wrong, line, word):
    path = tmp_path / "mine.toml"
    assert right in GOOD
    path.write_text(GOOD.replace(right, wrong))
    with pytest.raises(SchemaError) as caught:
        load_schema(path)
    assert f"mine.toml, line {line}: " in caught.value.what
    assert word in str(caught.value)
    assert caught.value.remedy


def test_a_forest_joins_the_questions_of_its_schemas_in_order(tmp_path):
    (tmp_path / "forest.toml").write_text('concatenates = ["gz_rings_schema", "gz2_ortho_schema"]')
    rings, gz2 = load_schema("gz_rings_schema"), load_schema("gz2_ortho_schema")
    assert load_schema(tmp_path / "forest.toml").questions == rings.questions + gz2.questions


def test_a_forest_of_itself_or_of_nothing_known_is_refused_with_its_line(tmp_path):
    (tmp_path / "a.toml").write_text('title = "A"\nconcatenates = ["b"]')
    (tmp_path / "b.toml").write_text('concatenates = [\n"a"]')
    (tmp_path / "c.toml").write_text('title = "C"\n\nconcatenates = ["gz3"]')
    with pytest.raises(SchemaError, match=r"b.toml, line 2: a concatenates itself"):
        load_schema(tmp_path / "a.toml")
    with pytest.raises(SchemaError, match=r"c.toml, line 3: There is no schema gz3"):
        load_schema(tmp_path / "c.toml")


def test_a_name_nearly_right_is_answered_with_the_right_one():
    with pytest.raises(SchemaError, match="Did you mean desi_schema"):
        load_schema("desi_shema")


def test_a_missing_file_and_one_that_is_no_text_are_refused(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'name = "x"\ntitle = "caf\xe9"\n')
    with pytest.raises(SchemaError, match="cannot be read"):
        load_schema(tmp_path / "nothing.toml")
    with pytest.raises(SchemaError, match=r"line 2.*UTF-8"):
        load_schema(tmp_path / "latin.toml")
