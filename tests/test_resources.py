"""What ships beside the code is whole: an icon for every answer, nothing unused, a picture of every tree."""

import re
from pathlib import Path

import pytest

from gzviewer.io.schemas import load_schema, schema_names
from gzviewer.io.settings import resource_folder

REPOSITORY = Path(__file__).parents[1]
ANSWERS = resource_folder() / "icons" / "answers"


@pytest.mark.parametrize("name", schema_names())
def test_every_answer_of_a_schema_has_its_icon(name):
    schema = load_schema(name)
    icons = {answer.icon for question in schema.questions for answer in question.answers}
    assert not [icon for icon in icons if not (ANSWERS / f"{icon}.svg").is_file()]


def test_no_icon_of_an_answer_is_unused():
    schemas = [load_schema(name) for name in schema_names()]
    used = {answer.icon for schema in schemas for question in schema.questions for answer in question.answers}
    assert {path.stem for path in ANSWERS.glob("*.svg")} == used


@pytest.mark.parametrize(
    "path", sorted((resource_folder() / "icons").glob("*/*.svg")), ids=lambda path: path.stem
)
def test_an_icon_holds_shapes_in_the_colour_of_the_text_and_nothing_that_runs(path):
    text = path.read_text(encoding="utf-8")
    assert "currentColor" in text
    assert not re.search(r"<(script|image|text|foreignObject|use)|href=|#[0-9a-fA-F]{3}", text)


def test_every_icon_that_the_code_names_is_there():
    code = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "gzviewer").rglob("*.py"))
    named = set(re.findall(r'"(ui/[a-z-]+)"', code))
    assert named
    assert not [name for name in named if not (resource_folder() / "icons" / f"{name}.svg").is_file()]


def test_there_is_a_picture_of_every_tree_in_the_docs():
    pictures = {path.stem for path in (REPOSITORY / "docs" / "pictures" / "schemas").glob("*.png")}
    assert pictures == set(schema_names())


def test_the_map_of_folders_in_the_readme_names_folders_that_exist():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    folders = re.findall(r"^\| \[`?([\w./-]+)`?\]\(", readme, flags=re.MULTILINE)
    assert len(folders) >= 6
    assert not [folder for folder in folders if not (REPOSITORY / folder).exists()]


@pytest.mark.parametrize("folder", ["models", "samples/simulated"])
def test_what_ships_beside_the_code_is_small(folder):
    assert (
        sum(path.stat().st_size for path in (resource_folder() / folder).rglob("*") if path.is_file())
        <= 12_000_000
    )


@pytest.mark.parametrize(
    "page", sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")]), ids=lambda p: p.name
)
def test_every_link_between_the_pages_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    own = [link for link in links if "://" not in link]
    assert not [link for link in own if not (page.parent / link).exists()]
