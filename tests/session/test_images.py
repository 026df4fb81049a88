import threading

import numpy as np
import pytest
from PIL import Image as Pillow

from gzviewer.core.catalog import Catalog
from gzviewer.core.stretch import Stretch
from gzviewer.io.thumbnails import Thumbnails
from gzviewer.session.images import ImageLoader
from gzviewer.session.newest_first import NewestFirst
from gzviewer.session.recently_used import RecentlyUsed


@pytest.fixture
def catalog(tmp_path):
    """Six galaxies: four grey squares 20 to 50 bright, one broken file, one without an image."""
    paths = [tmp_path / f"{row}.png" for row in range(5)]
    for row in range(4):
        Pillow.fromarray(np.full((200, 100, 3), 20 + 10 * row, np.uint8)).save(paths[row])
    paths[4].write_bytes(b"no picture")
    images = [*map(str, paths), ""]
    nowhere = np.full(6, np.nan)
    ids = np.array(list("abcdef"))
    tried = "/images/f.png"
    return Catalog("six", str(tmp_path), ids, nowhere, nowhere, (), None, images, tried=lambda _: tried)


@pytest.fixture
def images(catalog, qapp):
    loader = ImageLoader(catalog, None)
    yield loader
    loader.close()


def test_a_tile_comes_later_and_as_wide_as_it_can(images, qtbot):
    assert images.thumbnail(1) is None
    with qtbot.waitSignal(images.ready) as heard:
        images.request(1, 90)
    assert heard.args == [1]
    tile = images.thumbnail(1)
    assert (tile.width(), tile.height()) == (80, 160)
    assert tile.pixelColor(5, 5).red() == 30


def test_a_tile_at_hand_is_not_made_again_unless_larger(images, qtbot):
    with qtbot.waitSignal(images.ready):
        images.request(1, 90)
    with qtbot.assertNotEmitted(images.ready, wait=50):
        images.request(1, 160)
    with qtbot.waitSignal(images.ready):
        images.request(1, 161)
    assert images.thumbnail(1).height() == 200


def test_a_tile_comes_from_the_disk_cache_where_there_is_one(catalog, tmp_path, qtbot):
    thumbnails = Thumbnails(tmp_path / "cache" / "thumbnails.sqlite")
    loader = ImageLoader(catalog, thumbnails)
    with qtbot.waitSignal(loader.ready):
        loader.request(0, 90)
    assert (tmp_path / "cache").is_dir()
    loader.close()
    assert not thumbnails.is_working


def test_a_broken_file_is_told_with_its_path_and_not_read_again(images, qtbot, catalog):
    with qtbot.waitSignal(images.ready):
        images.request(4, 90)
    assert images.thumbnail(4) is None
    assert catalog.image_of(4) in images.problem(4)
    with qtbot.assertNotEmitted(images.ready, wait=50):
        images.request(4, 90)


def test_a_galaxy_without_an_image_says_at_once_what_was_tried(images):
    assert images.problem(5) == "No image was found. Tried /images/f.png"
    assert images.problem(0) == ""
    assert (images.has_file(4), images.has_file(5)) == (True, False)  # broken is not missing


def test_a_full_picture_has_its_pixels_and_what_is_known_of_them(images, qtbot):
    with qtbot.waitSignal(images.full_ready) as heard:
        images.request_full(2)
    assert heard.args == [2]
    picture = images.full(2)
    assert not picture.image.is_measured
    assert picture.levels[0].pixelColor(99, 199).red() == 40
    assert images.full(1) is None


def test_neighbours_are_made_after_the_picture_that_is_looked_at(images, qtbot):
    images.request_full(0)
    images.prefetch([1, 2])
    # not by counting signals: a picture that is on its way may be wished for, and made, once more
    qtbot.waitUntil(lambda: all(images.full(row) is not None for row in range(3)))


def test_another_stretch_forgets_tiles_and_says_so_once(images, qtbot):
    with qtbot.waitSignal(images.ready):
        images.request(0, 90)
    with qtbot.waitSignal(images.stretch_changed):
        images.set_stretch(Stretch(inverted=True))
    assert images.thumbnail(0) is None
    with qtbot.waitSignal(images.ready):
        images.request(0, 90)
    assert images.thumbnail(0).pixelColor(5, 5).red() == 235
    with qtbot.assertNotEmitted(images.stretch_changed):
        images.set_stretch(Stretch(inverted=True))


def test_nothing_is_made_after_closing(catalog, qtbot):
    loader = ImageLoader(catalog, None)
    loader.request(0, 90)
    loader.close()
    with qtbot.assertNotEmitted(loader.ready, wait=50):
        loader.request(1, 90)
    assert "images" not in {thread.name for thread in threading.enumerate()}


@pytest.fixture
def slow():
    """Threads that write down what they fulfil, and begin when the gate is opened."""
    gate, done = threading.Event(), []

    def fulfil(wish):
        gate.wait(10)
        done.append(wish)

    threads = NewestFirst(fulfil, thread_count=1)
    yield threads, gate, done
    gate.set()
    threads.close()


def test_the_newest_wish_is_fulfilled_first(slow, qtbot):
    threads, gate, done = slow
    threads.add("first")  # taken at once
    qtbot.waitUntil(lambda: threads.waiting_count == 0)
    for wish in "abca":
        threads.add(wish)
    gate.set()
    qtbot.waitUntil(lambda: len(done) == 4)
    assert done == ["first", "a", "c", "b"]


def test_wishes_that_left_the_view_are_dropped(slow, qtbot):
    threads, gate, done = slow
    threads.add("first")
    qtbot.waitUntil(lambda: threads.waiting_count == 0)
    for wish in "abc":
        threads.add(wish)
    threads.keep(lambda wish: wish == "b")
    gate.set()
    qtbot.waitUntil(lambda: len(done) == 2)
    assert done == ["first", "b"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_wish_that_fails_does_not_stop_the_others(qtbot):
    done = []

    def fulfil(wish):
        done.append(1 / wish)

    threads = NewestFirst(fulfil, thread_count=1)
    threads.add(0)
    threads.add(2)
    qtbot.waitUntil(lambda: done == [0.5])
    threads.close()


def test_what_was_used_longest_ago_is_forgotten_first():
    cache = RecentlyUsed(capacity_bytes=30)
    for key in "abc":
        cache.put(key, key.upper(), 10)
    assert cache.get("a") == "A"
    cache.put("d", "D", 10)
    assert cache.get("b") is None
    assert cache.get("a") == "A"
    cache.put("e", "E", 100)
    assert (len(cache), cache.get("e")) == (1, "E")
