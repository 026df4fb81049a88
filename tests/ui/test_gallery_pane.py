"""The box that says by what the gallery is sorted."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QComboBox, QStyleOptionViewItem

from gzviewer.core.predictions import Predictions
from gzviewer.io.schemas import load_schema
from gzviewer.io.settings import resource_folder
from gzviewer.session.attached import FilePredictions
from gzviewer.session.jobs import JobRunner
from gzviewer.session.opening import Opened
from gzviewer.session.session import Session
from gzviewer.ui.gallery_pane import GalleryPane
from gzviewer.ui.theme import DARK, Icons

SCHEMA = load_schema("gz2_ortho_schema")


def found(name="p.csv"):
    shape = (5, 3, len(SCHEMA.label_columns))
    numbers = np.random.default_rng(2).uniform(1, 101, shape).astype(np.float32)
    return FilePredictions(f"/{name}", Predictions(SCHEMA, name, numbers), (), name)


@pytest.fixture
def session(qapp, make_catalog):
    session = Session(Opened(make_catalog(5), None, None, None, own=found()), JobRunner())
    yield session
    session.close()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def pane(session, qtbot):
    pane = GalleryPane(session, theme=DARK, icons=Icons(resource_folder() / "icons"))
    qtbot.addWidget(pane)
    return pane


def offered(pane):
    box = pane.findChild(QComboBox)
    return [box.itemText(place) for place in range(box.count())]


def test_kinds_of_figures_stand_under_headings_that_cannot_be_chosen(pane):
    names = offered(pane)
    headings = [name for name in names if name.startswith("—")]
    assert names[0] == "catalog order"
    assert headings[:2] == ["— vote fractions, by p.csv —", "— proportion asked, by p.csv —"]
    place = names.index("— uncertainty, by p.csv —")
    assert not pane.findChild(QComboBox).model().item(place).isEnabled()
    assert names[place + 1] == "mutual-information (p.csv)"


def test_under_a_heading_the_name_of_the_file_is_not_repeated(pane):
    box = pane.findChild(QComboBox)
    place = box.findText("mutual-information (p.csv)")
    option = QStyleOptionViewItem()
    box.itemDelegate().initStyleOption(option, box.model().index(place, 0))
    assert option.text == "mutual-information"
    assert option.textElideMode == Qt.TextElideMode.ElideMiddle
    assert box.itemData(place, Qt.ItemDataRole.ToolTipRole) == "mutual-information (p.csv)"


@pytest.mark.parametrize(
    "name",
    ["mutual-information", "bar-gz2_yes_mixture-90pc-upper", "has-spiral-arms-gz2_yes_path-probability"],
)
def test_choosing_a_figure_sorts_the_gallery_and_writes_it_on_the_tiles(pane, session, name):
    box = pane.findChild(QComboBox)
    place = box.findText(f"{name} (p.csv)")
    box.setCurrentIndex(place)
    box.activated.emit(place)
    values = session.columns.column(f"{name} (p.csv)")[session.filtering.visible]
    assert (np.diff(values) >= 0).all()
    assert session.selection.current == session.filtering.visible[0]


def test_columns_of_a_file_that_is_opened_later_are_offered_too(pane, session):
    session.filtering.sort_by("mutual-information (p.csv)")
    session.attach(found("later.csv"))
    assert "mutual-information (later.csv)" in offered(pane)
    assert pane.findChild(QComboBox).currentText() == "mutual-information (p.csv)"
