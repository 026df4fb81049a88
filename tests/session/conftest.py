"""A small real catalog with its images, and a store of predictions for it."""

import numpy as np
import pytest
from PIL import Image

from gzviewer.io.catalogs import open_catalog
from gzviewer.io.prediction_store import PredictionStore, fingerprints
from gzviewer.io.schemas import load_schema
from gzviewer.io.store_key import StoreKey
from gzviewer.session.predictions import StoredPredictions

SCHEMA = load_schema("gz2_ortho_schema")


@pytest.fixture
def catalog(tmp_path):
    """Five galaxies in a folder."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(5):
        pixels = np.full((20, 20, 3), 40 * number, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"galaxy{number}.png")
    return open_catalog(folder)


@pytest.fixture
def store(tmp_path):
    """An empty store of deterministic predictions."""
    key = StoreKey("test", "0" * 64, SCHEMA.name, SCHEMA.label_columns, 1, 1, "dirichlet", "as is")
    return PredictionStore(tmp_path / "stores", key)


@pytest.fixture
def store_rows(catalog, store):
    """A function that predicts some rows, at random, and stores them; it returns what it stored."""

    def store_rows(rows, problems=()):
        images = [catalog.image_of(row) for row in rows]
        shape = (len(rows), 1, len(SCHEMA.label_columns))
        numbers = np.random.default_rng(sum(rows) + 1).uniform(1, 101, shape).astype(np.float32)
        with store.writing():
            store.append([str(catalog.ids[row]) for row in rows], fingerprints(images), numbers, problems)
        return numbers

    return store_rows


@pytest.fixture
def stored(catalog, store):
    """A function that reads the store for the catalog, as opening it does."""

    def stored():
        return StoredPredictions.read(catalog, SCHEMA, PredictionStore(store.folder.parent, store.key))

    return stored
