"""Files of predictions beside the open catalog: matched by id, shown as one more model, never in the way of the first."""

import threading

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from gzviewer.core.catalog import Roles
from gzviewer.core.errors import CatalogError, StoreError
from gzviewer.core.predictions import Predictions
from gzviewer.core.schema import Answer, Question, Schema
from gzviewer.io.checkpoints import list_models
from gzviewer.io.exports import save_predictions
from gzviewer.io.manifest import Manifest
from gzviewer.io.prediction_store import PredictionStore, fingerprints
from gzviewer.io.schemas import load_schema
from gzviewer.io.settings import data_folder, model_folders
from gzviewer.io.store_key import StoreKey
from gzviewer.jobs.job import JobContext
from gzviewer.session.attached import attaching
from gzviewer.session.jobs import JobRunner
from gzviewer.session.opening import opening
from gzviewer.session.session import Session

DR5 = load_schema("decals_dr5_ortho_schema")
RINGS = Schema("r", "R", (Question("class", "Class", (Answer("ring", "r"), Answer("none", "n"))),))
CONTEXT = JobContext(lambda _: None, lambda _: None, threading.Event())


@pytest.fixture
def write(tmp_path, catalog):
    """A function that writes predictions of the five galaxies, in another order, into a file."""

    def write(name, schema=DR5, head="dirichlet", members=5, table=""):
        shape = (len(catalog), members, len(schema.label_columns))
        numbers = np.random.default_rng(1).uniform(1.1, 100, shape).astype(np.float32)
        if head != "dirichlet":
            numbers /= numbers.sum(axis=2, keepdims=True)
        made = Predictions(schema, "elsewhere", numbers, head)
        save_predictions(tmp_path / name, catalog, made, {}, table=table)
        return tmp_path / name, made

    return write


@pytest.fixture
def open_session(qapp):
    """A function that opens a path without a model; sessions and their threads end with the test."""
    runner, sessions = JobRunner(), []

    def open_session(path, roles=None):
        sessions.append(Session(opening(str(path), roles, None)(CONTEXT), runner))
        return sessions[-1]

    yield open_session
    for session in sessions:
        session.close()
    runner.close()


def test_an_attached_file_is_one_more_model_with_its_tree_and_columns(write, open_session, catalog, qtbot):
    path, made = write("zoobot.hdf5")
    session = open_session(catalog.source)
    with qtbot.waitSignal(session.attached_changed):
        session.attach(attaching(str(path), session.catalog)(CONTEXT))
    (tree,) = session.trees
    assert tree.title == f"{DR5.title} · zoobot.hdf5 (from file)"
    column = session.columns.column("bar-dr5_strong_fraction (zoobot.hdf5)")
    assert np.allclose(column, made.fractions(DR5.question("bar-dr5"))[:, 0], atol=1e-5)
    assert "predictions of 5 of 5 galaxies were found by id_str" in " ".join(session.notes)


def test_the_same_file_attached_again_takes_its_own_place(write, open_session, catalog):
    path, _ = write("zoobot.hdf5")
    session = open_session(catalog.source)
    for _ in range(2):
        session.attach(attaching(str(path), session.catalog)(CONTEXT))
    assert len(session.attached) == len(session.trees) == 1
    assert session.attached_paths == (str(path),)


def test_files_of_the_same_name_are_told_apart(write, open_session, catalog, tmp_path):
    (tmp_path / "other").mkdir()
    session = open_session(catalog.source)
    for name in ("p.csv", "other/p.csv"):
        path, _ = write(name)
        session.attach(attaching(str(path), session.catalog)(CONTEXT))
    assert len({shown.name for shown in session.attached}) == 2
    assert sum(name.startswith("bar-dr5_strong_fraction") for name in session.columns.prediction_names) == 2


def test_galaxies_that_the_file_lacks_are_not_predicted(open_session, catalog, tmp_path):
    labels = {f"{label}_fraction": [0.5, 0.5] for label in DR5.label_columns}
    table = pa.table({"id_str": ["galaxy3", "elsewhere"]} | labels)
    parquet.write_table(table, tmp_path / "some.parquet")
    found = attaching(str(tmp_path / "some.parquet"), catalog)(CONTEXT)
    assert found.predictions.is_predicted().tolist() == [False, False, False, True, False]
    assert "1 of 5 galaxies" in found.notes[0]
    assert "1 rows of the file belong to no galaxy here" in found.notes[0]


def test_a_file_of_other_galaxies_is_refused(catalog, tmp_path):
    table = pa.table({"id_str": ["x"]} | {f"{label}_fraction": [0.5] for label in DR5.label_columns})
    parquet.write_table(table, tmp_path / "p.parquet")
    with pytest.raises(CatalogError, match="none of these 5 galaxies"):
        attaching(str(tmp_path / "p.parquet"), catalog)(CONTEXT)


@pytest.mark.parametrize("name", ["p.csv", "p.parquet", "p.hdf5"])
def test_a_file_of_predictions_that_is_opened_shows_them(write, open_session, name):
    path, made = write(name)
    session = open_session(path)
    (tree,) = session.trees
    assert (session.first_tree, tree.votes) == (0, None)
    assert np.allclose(tree.predictions.predictions.numbers, made.numbers, atol=1e-4)
    assert session.attached_paths == ()


def test_classes_of_our_own_table_are_a_tree_and_columns_of_probabilities(write, open_session):
    path, made = write("rings.csv", RINGS, "classes", members=1)
    session = open_session(path)
    assert [tree.schema.label_columns for tree in session.trees] == [("class_ring", "class_none")]
    column = session.columns.column("ring_probability (rings.csv)")
    assert np.allclose(column, made.numbers[:, 0, 0])


def test_kaggle_predictions_are_shown_as_fractions(open_session, real_data):
    folder = real_data / "predictions_kaggle_test"
    session = open_session(folder / "resnet50_predictions.csv", Roles(image_folder=str(folder / "images")))
    (tree,) = session.trees
    assert (tree.schema.name, tree.predictions.predictions.head) == ("kaggle_37", "shares")
    assert tree.predictions.predicted_count == 1291
    assert sum(bool(image) for image in session.catalog.images) == 146


def test_volunteers_votes_stay_votes(open_session, real_data):
    session = open_session(real_data / "kaggle_gz2" / "votes.csv")
    assert session.attached == ()
    assert session.trees[0].predictions is None


@pytest.fixture
def manifest():
    """The model that comes with the program."""
    return next(model for model in list_models(model_folders()) if isinstance(model, Manifest))


def test_what_another_model_predicted_before_is_shown_beside(open_session, catalog, manifest):
    store = PredictionStore(data_folder() / "predictions", StoreKey.of(manifest, 1))
    images = [catalog.image_of(row) for row in (0, 3)]
    numbers = np.full((2, store.key.members, len(manifest.label_columns)), 2.5, dtype=np.float32)
    with store.writing():
        store.append(catalog.ids[[0, 3]].tolist(), fingerprints(images), numbers)
    session = open_session(catalog.source)
    session.attach(attaching(str(manifest.folder), session.catalog)(CONTEXT))
    (shown,) = session.attached
    assert shown.predictions.is_predicted().tolist() == [True, False, False, True, False]
    assert shown.title.endswith(f"{manifest.name} (another model)")
    assert session.columns.column(f"bar-gz2_yes_fraction ({manifest.name})")[3] == 0.5


def test_a_model_that_has_predicted_nothing_is_refused(catalog, manifest):
    with pytest.raises(StoreError, match="has predicted none of these galaxies"):
        attaching(str(manifest.folder), catalog)(CONTEXT)
