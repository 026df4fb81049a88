import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gzviewer.core.errors import UserError
from gzviewer.io.settings import Settings, data_folder, load_settings, resource_folder, save_settings

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


@given(
    theme=st.sampled_from(["system", "dark", "light"]),
    model=TEXT,
    recent=st.lists(TEXT, max_size=12),
    more=VALUES,
)
def test_settings_come_back_as_they_were_saved(tmp_path_factory, theme, model, recent, more):
    folder = tmp_path_factory.mktemp("config")
    settings = Settings(theme=theme, model=model, recent=tuple(recent), unknown={"a newer key": more})
    save_settings(settings, folder)
    assert load_settings(folder) == (settings, ())


def test_without_a_file_the_usual_settings_are_used(tmp_path):
    assert load_settings(tmp_path / "nowhere") == (Settings(), ())


def test_a_bad_value_is_named_and_ignored_and_the_others_are_kept(tmp_path):
    (tmp_path / "settings.toml").write_text('theme = "pink"\nmodel = 3\nexpert = "Ada"\nrecent = [1]\n')
    settings, notes = load_settings(tmp_path)
    assert settings == Settings(expert="Ada")
    assert [name for name in ("theme", "model", "recent") if any(name in note for note in notes)] == [
        "theme",
        "model",
        "recent",
    ]


def test_a_file_that_is_no_toml_is_set_aside_not_overwritten(tmp_path):
    (tmp_path / "settings.toml").write_text("theme = dark")
    settings, (note,) = load_settings(tmp_path)
    save_settings(settings, tmp_path)
    assert "line 1" in note
    assert (tmp_path / "settings.toml.broken").read_text() == "theme = dark"


def test_a_key_of_a_newer_version_survives_an_older_one(tmp_path):
    (tmp_path / "settings.toml").write_text('[window]\nwidth = 1200\nsize = ["a", 2.5]\n')
    save_settings(load_settings(tmp_path)[0], tmp_path)
    assert tomllib.loads((tmp_path / "settings.toml").read_text())["window"] == {
        "width": 1200,
        "size": ["a", 2.5],
    }


def test_the_catalog_opened_last_comes_first_and_stands_there_once():
    settings = Settings()
    for name in [*"abcdefghijklmn", "a"]:
        settings = settings.with_recent(name)
    assert settings.recent == tuple("anmlkjihgfed")


def test_saving_where_one_may_not_write_says_so_and_leaves_no_half_file(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UserError, match="GZVIEWER_CONFIG_FOLDER"):
        save_settings(Settings(), blocked / "inside")


def test_a_path_that_is_no_unicode_does_not_break_the_file(tmp_path):
    save_settings(Settings(recent=("good", "bad\udcff")), tmp_path)
    assert load_settings(tmp_path)[0].recent == ("good",)


def test_folders_move_by_environment_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("GZVIEWER_DATA_FOLDER", str(tmp_path))
    assert data_folder() == tmp_path


def test_the_resource_folder_holds_the_schemas():
    assert (resource_folder() / "schemas").is_dir()
