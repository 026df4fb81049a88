"""Galaxies as files, and the models a view of them needs."""

import numpy as np
import pytest
from PIL import Image as Pillow
from PySide6.QtCore import QObject, Signal

from gzviewer.core.catalog import Catalog
from gzviewer.session.images import ImageLoader
from gzviewer.session.selection import Selection


class Rows(QObject):
    """Visible rows that a test changes at will."""

    changed = Signal()

    def __init__(self, visible):
        super().__init__()
        self.visible = np.asarray(visible)

    def show(self, visible):
        self.visible = np.asarray(visible)
        self.changed.emit()


@pytest.fixture
def make_catalog(tmp_path):
    """Catalogs of any length whose galaxies share a few images: galaxy ``n`` is called ``g`` and six figures."""
    colours = ((250, 0, 0), (0, 250, 0), (0, 0, 250))
    paths = [tmp_path / f"{place}.png" for place in range(3)]
    for path, colour in zip(paths, colours, strict=True):
        Pillow.fromarray(np.full((64, 64, 3), colour, np.uint8)).save(path)

    def make(count, **more):
        images = [str(paths[row % 3]) for row in range(count)]
        more = {"images": images, "ra": np.full(count, 155.28), "dec": np.full(count, 12.668)} | more
        ids = np.array([f"g{row:06d}" for row in range(count)])
        return Catalog("made", str(tmp_path), ids, columns=(), loader=None, **more)

    return make


@pytest.fixture
def selection(qapp):
    return Selection()


@pytest.fixture
def make_loader(qapp):
    """Image loaders that are closed after the test."""
    loaders = []

    def make(catalog):
        loaders.append(ImageLoader(catalog, None))
        return loaders[-1]

    yield make
    for loader in loaders:
        loader.close()


@pytest.fixture
def make_rows(qapp):
    return Rows
