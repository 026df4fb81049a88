"""What the model sees of a galaxy, as the window gets it: the numbers of a prediction."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from gzviewer.io.images import read_image
from gzviewer.io.manifest import read_manifest
from gzviewer.io.model_input import network_input, pixels_needed
from gzviewer.io.settings import resource_folder
from gzviewer.session.model_input import ModelInput, preview_of


@pytest.fixture
def manifest():
    return read_manifest(next((resource_folder() / "models").glob("*/manifest.toml")).parent)


@pytest.fixture
def model_input(qapp, catalog, manifest):
    model_input = ModelInput(catalog, manifest)
    yield model_input
    model_input.close()


def test_a_preview_is_what_the_network_is_given(model_input, catalog, manifest, qtbot):
    with qtbot.waitSignal(model_input.ready) as said:
        model_input.request(3)
    preview = model_input.preview(3)
    image = read_image(catalog.image_of(3), pixels_needed(manifest))
    assert said.args == [3]
    assert np.array_equal(preview.values, network_input(image, manifest))
    assert (preview.picture == 120).all()
    assert model_input.preview(2) is None


def test_the_square_is_told_in_shares_of_the_image(catalog, manifest):
    preview = preview_of(1, catalog.image_of(1), replace(manifest, crop_fraction=0.5))
    assert preview.box == (0.25, 0.25, 0.75, 0.75)
    assert preview.size == (20, 20)


def test_an_image_that_cannot_be_read_is_a_problem_not_an_error(manifest, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert "broken.png" in preview_of(0, str(tmp_path / "broken.png"), manifest).problem
    assert preview_of(0, "", manifest).problem == "No image was found."


def test_without_a_model_nothing_is_asked_for(qapp, catalog, qtbot):
    without = ModelInput(catalog, None)
    with qtbot.assertNotEmitted(without.ready, wait=200):
        without.request(0)
    assert without.recipe == ()
    assert without.preview(0) is None
    without.close()


def test_closing_does_not_wait_for_an_image_that_is_being_read(qapp, catalog, manifest, monkeypatch, qtbot):
    began, may_end = threading.Event(), threading.Event()

    def slow(row, path, manifest):
        began.set()
        assert may_end.wait(30)
        return preview_of(row, path, manifest)

    monkeypatch.setattr("gzviewer.session.model_input.preview_of", slow)
    model_input = ModelInput(catalog, manifest)
    model_input.request(0)
    assert began.wait(30)
    model_input.close()  # would hang here
    told = []
    model_input.ready.connect(told.append)
    with qtbot.waitSignal(model_input.destroyed, timeout=30_000):
        may_end.set()
    assert told == []
