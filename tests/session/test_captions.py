import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from gzviewer.core.catalog import Catalog
from gzviewer.session.captions import Captions, text_of
from gzviewer.session.columns import Columns


class Values(QObject):
    """Columns of which each holds the same values."""

    changed = Signal()

    def at_hand(self, _):
        return np.array([0.954, np.nan, 1234.5])


@pytest.fixture
def captions(qapp):
    nowhere = np.full(3, np.nan)
    ids = np.array(["J000411.19+020924.0", "b2", "B3"])
    catalog = Catalog("three", "/three", ids, nowhere, nowhere, (), None, ["", "", ""])
    captions = Captions(catalog, Values())
    yield captions
    captions.deleteLater()


def test_a_tile_names_the_galaxy_and_the_value_of_the_chosen_column(captions):
    assert captions.caption_right(0) == ""
    captions.set_column("bar_yes_fraction")
    assert captions.caption_left(0) == "J000411.19+020924.0"
    assert [captions.caption_right(row) for row in range(3)] == ["0.95", "", "1234"]


def test_a_column_that_has_gone_leaves_no_caption(qapp, catalog):
    gone = Captions(catalog, Columns(catalog, None))
    gone.set_column("bar_yes_fraction (gone.csv)")
    assert gone.caption_right(0) == ""


def test_choosing_the_chosen_column_or_badges_again_says_nothing(captions, qtbot):
    captions.set_column("x")
    with qtbot.waitSignal(captions.changed):
        captions.set_badged([1, 2])
    assert [captions.is_badged(row) for row in range(3)] == [False, True, True]
    with qtbot.assertNotEmitted(captions.changed):
        captions.set_column("x")
        captions.set_badged([2, 1])


@pytest.mark.parametrize(("value", "text"), [(np.float32(0.5), "0.50"), (np.int64(12), "12"), ("Sb", "Sb")])
def test_values_are_as_short_as_a_tile_needs(value, text):
    assert text_of(value) == text


def test_an_id_is_found_from_the_start_onward_and_round_in_either_case(captions):
    rows = np.array([2, 0, 1])
    assert captions.find("b", rows, 0) == 0
    assert captions.find("b", rows, 1) == 2
    assert captions.find("j0", rows, 2) == 1
    assert captions.find("x", rows, 1) == -1


def test_a_find_reaches_beyond_the_first_block(captions, monkeypatch):
    monkeypatch.setattr("gzviewer.session.captions.SEARCHED_TOGETHER", 1)
    assert captions.find("j", np.array([1, 2, 1, 0, 2]), 4) == 3
