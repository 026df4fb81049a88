"""What is written for other programs while more is predicted."""

import threading

import numpy as np
import pytest

from gzviewer.io.prediction_files import open_prediction_file
from gzviewer.jobs.job import JobContext
from gzviewer.session.exporting import exporting
from gzviewer.session.jobs import JobRunner
from gzviewer.session.opening import Opened
from gzviewer.session.predictions import FreshPredictions
from gzviewer.session.session import Session

CONTEXT = JobContext(lambda _: None, lambda _: None, threading.Event())


@pytest.fixture
def session(qapp, catalog, stored, store_rows):
    """A catalog of which three galaxies are predicted."""
    store_rows([0, 1, 2])
    runner = JobRunner()
    session = Session(Opened(catalog, None, None, stored()), runner)
    yield session
    session.close()
    runner.close()


def test_an_export_holds_what_was_predicted_when_it_was_asked_for(session, store_rows, tmp_path):
    job = exporting(session, session.predictions, str(tmp_path / "p.csv"))
    session.predictions.take(FreshPredictions(np.array([3, 4]), store_rows([3, 4]), {}))
    job(CONTEXT)
    read, _ = open_prediction_file(tmp_path / "p.csv").read_for(session.catalog.ids.tolist())
    assert read.is_predicted().tolist() == [True, True, True, False, False]
