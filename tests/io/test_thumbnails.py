import logging
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image as Pillow

from gzviewer.core.errors import ImageError
from gzviewer.core.stretch import DEFAULT, Stretch
from gzviewer.io.thumbnails import Thumbnails, draw_thumbnail, shrunk


@pytest.fixture
def galaxy(tmp_path):
    """A bright patch on black, 200 pixels wide, as a file."""
    pixels = np.zeros((200, 200, 3), dtype=np.uint8)
    pixels[50:150, 50:150] = (250, 180, 60)
    path = tmp_path / "galaxy.png"
    Pillow.fromarray(pixels).save(path)
    return path


@pytest.fixture
def cache(tmp_path):
    thumbnails = Thumbnails(tmp_path / "cache" / "thumbnails.sqlite")
    yield thumbnails
    thumbnails.close()


def test_a_thumbnail_is_as_wide_as_asked_and_looks_the_same(galaxy):
    small = draw_thumbnail(str(galaxy), 40, DEFAULT)
    assert small.shape == (40, 40, 3)
    assert small[20, 20].tolist() == [250, 180, 60]
    assert small[2, 2].tolist() == [0, 0, 0]


def test_the_longer_side_decides_and_nothing_is_enlarged():
    assert shrunk(np.zeros((50, 100, 3), np.uint8), 20).shape == (10, 20, 3)
    assert shrunk(np.zeros((5, 10, 3), np.uint8), 20).shape == (5, 10, 3)
    assert shrunk(np.zeros((1, 1000, 3), np.uint8), 20).shape == (1, 20, 3)


def test_the_second_time_the_image_is_not_read(galaxy, cache, monkeypatch):
    first = cache.thumbnail(str(galaxy), 40, DEFAULT)
    monkeypatch.setattr("gzviewer.io.thumbnails.draw_thumbnail", None)
    second = cache.thumbnail(str(galaxy), 40, DEFAULT)
    assert np.abs(first.astype(int) - second).max() < 30  # it went through JPEG


def test_a_changed_file_is_read_again(galaxy, cache):
    cache.thumbnail(str(galaxy), 40, DEFAULT)
    Pillow.fromarray(np.full((200, 200, 3), 255, np.uint8)).save(galaxy)
    os.utime(galaxy, ns=(1, 1))
    assert cache.thumbnail(str(galaxy), 40, DEFAULT).min() == 255


def test_another_stretch_or_width_is_another_thumbnail(galaxy, cache):
    assert cache.thumbnail(str(galaxy), 40, DEFAULT)[20, 20, 0] == 250
    assert cache.thumbnail(str(galaxy), 40, Stretch(inverted=True))[20, 20, 0] == 5
    assert cache.thumbnail(str(galaxy), 20, DEFAULT).shape == (20, 20, 3)


def test_thumbnails_outlive_the_program(galaxy, cache, monkeypatch, tmp_path):
    cache.thumbnail(str(galaxy), 40, DEFAULT)
    cache.close()
    monkeypatch.setattr("gzviewer.io.thumbnails.draw_thumbnail", None)
    again = Thumbnails(tmp_path / "cache" / "thumbnails.sqlite")
    assert again.thumbnail(str(galaxy), 40, DEFAULT).shape == (40, 40, 3)
    again.close()


def test_what_was_used_longest_ago_goes_when_the_file_is_full(tmp_path):
    thumbnails = Thumbnails(tmp_path / "full.sqlite", capacity_bytes=2_000_000)
    noise = np.random.default_rng(1).integers(0, 255, (100, 100, 3), dtype=np.uint8)
    for number in range(200):
        thumbnails.find(b"0")  # in use all the time
        thumbnails.keep(b"%d" % number, noise)
    assert (tmp_path / "full.sqlite").stat().st_size < 2_500_000
    assert thumbnails.find(b"0") is not None
    assert thumbnails.find(b"1") is None
    assert thumbnails.find(b"199") is not None
    thumbnails.close()


def test_a_file_that_is_no_database_is_replaced(tmp_path, galaxy):
    (tmp_path / "thumbnails.sqlite").write_bytes(b"rubbish" * 1000)
    thumbnails = Thumbnails(tmp_path / "thumbnails.sqlite")
    thumbnails.keep(b"key", np.zeros((8, 8, 3), np.uint8))
    assert thumbnails.find(b"key") is not None
    thumbnails.close()


def test_a_file_damaged_in_its_middle_is_replaced_when_that_is_noticed(tmp_path):
    thumbnails = Thumbnails(tmp_path / "thumbnails.sqlite")
    for number in range(300):
        thumbnails.keep(b"%d" % number, np.zeros((8, 8, 3), np.uint8))
    thumbnails.close()
    size = (tmp_path / "thumbnails.sqlite").stat().st_size
    with (tmp_path / "thumbnails.sqlite").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    thumbnails = Thumbnails(tmp_path / "thumbnails.sqlite")
    thumbnails.keep(b"key", np.zeros((8, 8, 3), np.uint8))
    thumbnails.keep(b"key", np.zeros((8, 8, 3), np.uint8))
    assert thumbnails.find(b"key") is not None
    thumbnails.close()


def test_a_folder_that_cannot_be_made_is_told_once_and_done_without(tmp_path, galaxy, caplog):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    thumbnails = Thumbnails(tmp_path / "file" / "thumbnails.sqlite")
    for _ in range(3):
        assert thumbnails.thumbnail(str(galaxy), 40, DEFAULT).shape == (40, 40, 3)
    assert not thumbnails.is_working
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    caplog.clear()


def test_several_threads_may_use_it_at_once(galaxy, cache):
    def make(width):
        return cache.thumbnail(str(galaxy), width % 20 + 10, DEFAULT).shape[0]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(make, range(100))) == [width % 20 + 10 for width in range(100)]


def test_an_image_that_is_not_there_is_an_error_that_names_it(cache, tmp_path):
    with pytest.raises(ImageError, match=r"missing\.png"):
        cache.thumbnail(str(tmp_path / "missing.png"), 40, DEFAULT)
