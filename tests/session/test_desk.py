"""What is open follows the newest wish and the model that is chosen, whatever comes in between."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from gzviewer.core.predictions import Predictions
from gzviewer.core.stretch import Stretch
from gzviewer.io.exports import save_predictions
from gzviewer.io.manifest import read_manifest, write_manifest
from gzviewer.io.prediction_store import fingerprints
from gzviewer.io.schemas import load_schema
from gzviewer.io.settings import Settings, data_folder, resource_folder
from gzviewer.session.desk import Desk
from gzviewer.session.jobs import JobRunner
from gzviewer.session.opening import store_of

GZ2 = load_schema("gz2_ortho_schema")
PATIENCE_MS = 60_000
BUNDLED = read_manifest(next((resource_folder() / "models").glob("*/manifest.toml")).parent)


@pytest.fixture
def mine(own_folders):
    """A model of the person's own, beside the one that comes with the program."""
    folder = data_folder() / "models" / "mine"
    folder.mkdir(parents=True)
    write_manifest(replace(BUNDLED, folder=folder, name="mine", side=64))
    return read_manifest(folder)


@pytest.fixture
def desk(qapp, mine):
    """A desk whose jobs run one after the other, so that a test knows their order."""
    desk = Desk(Settings(), [BUNDLED, mine], JobRunner(threads=1))
    yield desk
    desk.close()
    assert desk.runner.wait(20)


@pytest.fixture
def opened(desk, catalog, qtbot):
    """The session of five galaxies."""
    with qtbot.waitSignal(desk.session_changed, timeout=PATIENCE_MS):
        desk.open(catalog.source)
    return desk.session


@pytest.fixture
def other(tmp_path):
    """Another catalog."""
    (tmp_path / "b.csv").write_text("id_str\nx\n")
    return str(tmp_path / "b.csv")


@pytest.fixture
def predicted(catalog, tmp_path):
    """A file of predictions of the five galaxies."""
    numbers = np.random.default_rng(1).uniform(1.1, 100, (len(catalog), 1, len(GZ2.label_columns)))
    made = Predictions(GZ2, "elsewhere", numbers.astype(np.float32))
    save_predictions(tmp_path / "p.csv", catalog, made, {})
    return str(tmp_path / "p.csv")


def wait_for_all(desk, qtbot):
    """Until no job is left: the last of them may have started others."""
    qtbot.waitUntil(lambda: not desk.runner.active, timeout=PATIENCE_MS)


def test_a_model_that_is_chosen_while_a_catalog_opens_is_the_one_that_is_shown(desk, catalog, mine, qtbot):
    with qtbot.waitSignal(desk.session_changed, timeout=PATIENCE_MS):
        desk.open(catalog.source)
        desk.choose_model("mine")
    wait_for_all(desk, qtbot)
    assert desk.session.manifest == desk.manifest == mine


def test_a_catalog_on_its_way_still_opens_when_another_model_is_chosen(desk, opened, other, qtbot):
    with qtbot.waitSignal(desk.session_changed, timeout=PATIENCE_MS):
        desk.open(other)
        desk.choose_model("mine")
    wait_for_all(desk, qtbot)
    assert (desk.session.catalog.name, desk.session.manifest.name) == ("b.csv", "mine")


def test_a_model_that_goes_while_a_catalog_opens_is_not_shown(desk, catalog, mine, qtbot):
    desk.choose_model("mine")
    with qtbot.waitSignal(desk.session_changed, timeout=PATIENCE_MS):
        desk.open(catalog.source)
        desk.library.remove(mine)
    wait_for_all(desk, qtbot)
    assert desk.session.manifest == desk.manifest == BUNDLED


def test_the_predictions_of_a_catalog_that_failed_to_open_go_to_no_other(
    desk, opened, predicted, tmp_path, qtbot
):
    with qtbot.waitSignal(desk.failed, timeout=PATIENCE_MS):
        desk.open(str(tmp_path / "nothing.csv"), predicts=True, predictions=predicted)
    with qtbot.waitSignal(desk.session_changed, timeout=PATIENCE_MS):
        desk.choose_model("mine")
    wait_for_all(desk, qtbot)
    assert desk.session.catalog.source == opened.catalog.source
    assert (desk.session.attached_paths, desk.session.prediction_job) == ((), None)


def test_what_is_open_follows_its_model_when_the_next_catalog_cannot_be_opened(desk, opened, tmp_path, qtbot):
    with qtbot.waitSignal(desk.session_changed, timeout=PATIENCE_MS):
        desk.open(str(tmp_path / "nothing.csv"))
        desk.choose_model("mine")
    assert (desk.session.catalog.source, desk.session.manifest.name) == (opened.catalog.source, "mine")


def test_what_is_gone_is_not_opened_again_and_again(desk, opened, qtbot):
    shutil.rmtree(opened.catalog.source)
    with qtbot.waitSignal(desk.failed, timeout=PATIENCE_MS):
        desk.choose_model("mine")
    wait_for_all(desk, qtbot)
    assert desk.session is opened


def test_a_file_that_is_being_read_when_the_model_changes_is_read_for_the_new_session(
    desk, opened, predicted, qtbot
):
    with qtbot.waitSignal(desk.session_changed, timeout=PATIENCE_MS):
        desk.choose_model("mine")
        desk.attaching.attach(predicted)
    wait_for_all(desk, qtbot)
    assert opened.attached_paths == ()
    assert desk.session.attached_paths == (predicted,)


def test_a_model_beside_that_was_removed_is_not_missed(desk, opened, mine, catalog, qtbot):
    numbers = np.full((1, mine.members, len(mine.label_columns)), 2, dtype=np.float32)
    store = store_of(mine)
    with store.writing():
        store.append(catalog.ids[:1].tolist(), fingerprints([catalog.image_of(0)]), numbers)
    with qtbot.waitSignal(opened.attached_changed, timeout=PATIENCE_MS):
        desk.attaching.attach(str(mine.folder))
    desk.library.remove(mine)
    with qtbot.assertNotEmitted(desk.failed):
        desk.open(catalog.source)
        wait_for_all(desk, qtbot)
    assert desk.session is not opened
    assert desk.session.attached_paths == ()


def test_a_file_beside_is_no_other_session(desk, opened, predicted, qtbot):
    with (
        qtbot.assertNotEmitted(desk.session_changed),
        qtbot.waitSignal(desk.attaching.attached, timeout=PATIENCE_MS),
    ):
        desk.attaching.attach(predicted)
    assert desk.session is opened


def test_another_model_is_looked_at_in_the_same_way(desk, opened, qtbot):
    stretch = Stretch(inverted=True)
    opened.sort_by(opened.catalog.column_names[0], descending=True)
    opened.selection.replace([1, 3])
    opened.selection.set_current(2)
    opened.images.set_stretch(stretch)
    with qtbot.waitSignal(desk.session_changed, timeout=PATIENCE_MS):
        desk.choose_model("mine")
    new = desk.session
    assert new.filtering.visible.tolist() == [4, 3, 2, 1, 0]
    assert new.sorting.wanted == (opened.catalog.column_names[0], True)
    assert (new.selection.rows.tolist(), new.selection.current) == ([1, 3], 2)
    assert new.images.stretch == stretch
