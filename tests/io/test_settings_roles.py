"""The columns that a person chose for a catalog are there when it is opened again."""

from gzviewer.core.catalog import Roles
from gzviewer.io.settings import RECENT_MAX, Settings, load_settings, save_settings

CHOSEN = Roles(id="objid", image_folder="/pictures of galaxies", votes_kind="debiased")


def test_chosen_columns_come_back_with_their_catalog(tmp_path):
    save_settings(Settings().with_recent("/data/my catalog.csv", CHOSEN), tmp_path)
    settings, notes = load_settings(tmp_path)
    assert notes == ()
    assert settings.roles == {"/data/my catalog.csv": CHOSEN}


def test_they_are_forgotten_with_the_catalog_and_kept_when_it_is_opened_without_choosing():
    settings = Settings().with_recent("/first.csv", CHOSEN).with_recent("/first.csv")
    assert settings.roles["/first.csv"] == CHOSEN
    for number in range(RECENT_MAX):
        settings = settings.with_recent(f"/{number}.csv")
    assert settings.roles == {}


def test_an_entry_that_cannot_be_used_is_named_and_ignored(tmp_path):
    (tmp_path / "settings.toml").write_text('[roles."/c.csv"]\nid = 3\n', encoding="utf-8")
    settings, notes = load_settings(tmp_path)
    assert settings.roles == {}
    assert "/c.csv" in notes[0]
