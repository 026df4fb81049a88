import json
import os
import stat
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gzviewer.core.errors import StoreError
from gzviewer.io import prediction_store
from gzviewer.io.key_index import KeyIndex, text_keys
from gzviewer.io.prediction_parts import DamagedPart, Part, encoded, part_paths, read_part, write_part
from gzviewer.io.prediction_store import PredictionStore, fingerprints
from gzviewer.io.store_key import HEADER, StoreKey
from gzviewer.jobs.requests import Problem

KEY = StoreKey("model", "ab" * 32, "tree", ("q_yes", "q_no"), 1, 1, "dirichlet", "1 3x8 1 0..1")
ANY_ID = st.text(st.characters(exclude_characters="\0"), max_size=12)


@pytest.fixture
def images(tmp_path):
    """Makes files that stand for images: names -> absolute paths."""

    def make(names, content="x"):
        paths = [tmp_path / f"{number}.jpg" for number, _ in enumerate(names)]
        for path in paths:
            path.write_text(content)
        return [str(path) for path in paths]

    return make


def values(count, members=1, start=1.0):
    return np.arange(start, start + count * members * 2, dtype=np.float32).reshape(count, members, 2)


def append(store, ids, paths, concentrations, problems=()):
    with store.writing():
        store.append(ids, fingerprints(paths), concentrations, problems)


def test_what_was_appended_is_read_by_another_process_in_any_order(tmp_path, images):
    ids, paths = ["a", "b", "c"], images("abc")
    append(PredictionStore(tmp_path, KEY), ids, paths, values(3))
    found = PredictionStore(tmp_path, KEY).read(["c", "z", "a"], [paths[2], paths[0], paths[0]])
    assert found[[0, 2]].tolist() == values(3)[[2, 0]].tolist()
    assert np.isnan(found[1]).all()
    assert found.dtype == np.float32


def test_a_store_that_was_never_written_holds_nothing_and_makes_no_folder(tmp_path):
    store = PredictionStore(tmp_path / "stores", KEY)
    assert store.missing(["a"], [""]).tolist() == [True]
    assert not (tmp_path / "stores").exists()


def test_another_image_under_the_same_id_is_missing(tmp_path, images):
    paths = images("a")
    store = PredictionStore(tmp_path, KEY)
    append(store, ["a"], paths, values(1))
    other = tmp_path / "elsewhere.jpg"
    other.write_text("another galaxy")
    assert store.missing(["a", "a"], [paths[0], str(other)]).tolist() == [False, True]
    assert store.missing(["a"], [str(tmp_path / "not there")]).tolist() == [True]


def test_both_images_of_one_id_keep_their_predictions(tmp_path, images):
    store = PredictionStore(tmp_path, KEY)
    first, second = images("ab")
    os.utime(second, ns=(5, 5))
    append(store, ["a"], [first], values(1))
    append(store, ["a"], [second], values(1, start=9))
    found = PredictionStore(tmp_path, KEY).read(["a", "a"], [first, second])
    assert found.tolist() == [values(1)[0].tolist(), values(1, start=9)[0].tolist()]


def test_a_newer_prediction_of_the_same_image_counts(tmp_path, images):
    paths = images("a")
    for start in (1, 5, 9):
        append(PredictionStore(tmp_path, KEY), ["a"], paths, values(1, start=start))
    assert PredictionStore(tmp_path, KEY).read(["a"], paths).tolist() == values(1, start=9).tolist()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_order_and_the_cuts_of_appending_do_not_matter(tmp_path_factory, data):
    root = tmp_path_factory.mktemp("store")
    ids = data.draw(st.lists(ANY_ID, unique=True, max_size=25))
    image = root / "image"
    image.touch()
    concentrations = values(len(ids), members=2)
    order = data.draw(st.permutations(range(len(ids))))
    store = PredictionStore(root, replace(KEY, members=2))
    while order:
        size = data.draw(st.integers(1, len(order)))
        part, order = order[:size], order[size:]
        append(store, [ids[row] for row in part], [str(image)] * size, concentrations[part])
        if data.draw(st.booleans()):
            store = PredictionStore(root, replace(KEY, members=2))
    assert np.array_equal(store.read(ids, [str(image)] * len(ids)), concentrations)


def test_a_reader_takes_in_only_the_new_parts(tmp_path, images, monkeypatch):
    paths = images("ab")
    writer = PredictionStore(tmp_path, KEY)
    append(writer, ["a"], paths[:1], values(1))
    reader = PredictionStore(tmp_path, KEY)
    append(writer, ["b"], paths[1:], values(1))
    part_paths(reader.folder)[0].write_bytes(b"would be noticed")
    assert reader.refresh() == 1
    assert not reader.missing(["a", "b"], paths).any()


def test_what_a_killed_writer_left_unfinished_is_removed(tmp_path, images):
    paths = images("a")
    store = PredictionStore(tmp_path, KEY)
    append(store, ["a"], paths, values(1))
    torn = store.folder / "00000002.unfinished"
    torn.write_bytes(part_paths(store.folder)[0].read_bytes()[:100])
    store = PredictionStore(tmp_path, KEY)
    assert len(store) == 1
    append(store, ["b"], paths, values(1))
    assert not torn.exists()


@pytest.mark.parametrize("way", ["a bit", "shorter", "empty", "another shape"])
def test_a_damaged_part_is_left_out_and_named(tmp_path, images, way):
    paths = images("ab")
    store = PredictionStore(tmp_path, KEY)
    append(store, ["a"], paths[:1], values(1))
    append(store, ["b"], paths[1:], values(1, start=5))
    path = part_paths(store.folder)[0]
    content = path.read_bytes()
    flipped = bytes([content[-40] ^ 1])  # inside the last number: only the checksum tells
    ways = {"a bit": content[:-40] + flipped + content[-39:], "shorter": content[:150], "empty": b""}
    path.write_bytes(ways.get(way, content))
    if way == "another shape":
        write_part(path, Part(encoded(["a"]), fingerprints(paths[:1]), values(1, members=3)))
    store = PredictionStore(tmp_path, KEY)
    assert store.missing(["a", "b"], paths).tolist() == [True, False]
    assert [path.name in sentence for sentence in store.damaged] == [True]
    assert path.exists()  # who only reads changes nothing


def test_no_byte_of_a_part_can_change_unnoticed(tmp_path):
    path, part = tmp_path / "1.part", Part(encoded(["a"]), np.ones(1, dtype=np.uint64), values(1))
    write_part(path, part)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(DamagedPart):
            read_part(path, (1, 2))


def test_a_writer_sets_a_damaged_part_aside_and_its_galaxies_are_stored_anew(tmp_path, images):
    paths = images("a")
    append(PredictionStore(tmp_path, KEY), ["a"], paths, values(1))
    store = PredictionStore(tmp_path, KEY)
    part_paths(store.folder)[0].write_bytes(b"torn")
    reader = PredictionStore(tmp_path, KEY)
    append(PredictionStore(tmp_path, KEY), ["a"], paths, values(1, start=9))
    assert [path.name for path in sorted(store.folder.glob("0*"))] == ["00000001.damaged", "00000002.part"]
    assert reader.refresh() == 1  # it is not taken for the part that was damaged
    assert PredictionStore(tmp_path, KEY).damaged == ()


def test_a_second_writer_is_told_who_writes(tmp_path):
    first, second = PredictionStore(tmp_path, KEY), PredictionStore(tmp_path, KEY)
    with (
        first.writing(),
        pytest.raises(StoreError, match=rf"Another process \({os.getpid()}\)"),
        second.writing(),
    ):
        pass
    with second.writing():
        pass


def test_the_lock_of_a_killed_writer_is_taken_over(tmp_path):
    program = (
        "import sys; from pathlib import Path; from gzviewer.io.writer_lock import only_writer\n"
        "with only_writer(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / KEY.folder_name)]
    (tmp_path / KEY.folder_name).mkdir()
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as writer:
        assert writer.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=str(writer.pid)), PredictionStore(tmp_path, KEY).writing():
            pass
        writer.kill()
        writer.wait()
        with PredictionStore(tmp_path, KEY).writing():
            pass


def test_stores_of_other_weights_members_or_preprocessing_are_apart():
    others = [
        replace(KEY, weights="cd" * 32),
        replace(KEY, members=2),
        replace(KEY, preprocessing="2"),
        replace(KEY, schema="bush"),
    ]
    assert len({key.folder_name for key in (KEY, *others)}) == 5
    assert replace(KEY, checkpoint="a/../b ü").folder_name.startswith("a----b-ü-")


def test_other_label_columns_are_refused(tmp_path, images):
    append(PredictionStore(tmp_path, KEY), ["a"], images("a"), values(1))
    with pytest.raises(StoreError, match="other label columns"):
        PredictionStore(tmp_path, replace(KEY, label_columns=("q_no", "q_yes")))


@pytest.mark.parametrize(
    ("words", "match"), [('{"version": 4}', "newer"), ("[]", "no header"), ("{", "read")]
)
def test_a_header_that_cannot_be_understood_is_refused(tmp_path, images, words, match):
    store = PredictionStore(tmp_path, KEY)
    append(store, ["a"], images("a"), values(1))
    (store.folder / HEADER).write_text(words)
    with pytest.raises(StoreError, match=match):
        PredictionStore(tmp_path, KEY)


def test_the_header_says_whose_predictions_they_are(tmp_path):
    store = PredictionStore(tmp_path, KEY)
    with store.writing():
        header = json.loads((store.folder / HEADER).read_text())
    assert header["version"] == 3
    assert (header["checkpoint"], header["schema"]) == ("model", "tree")


def test_a_problem_is_kept_until_its_galaxy_is_predicted(tmp_path, images):
    paths = images("ab")
    problem = Problem("b", paths[1], "It is broken.")
    append(PredictionStore(tmp_path, KEY), ["a"], paths[:1], values(1), [problem])
    store = PredictionStore(tmp_path, KEY)
    assert store.problems() == (problem,)
    assert store.missing(["a", "b"], paths).tolist() == [False, True]
    append(store, ["b"], paths[1:], values(1))
    assert PredictionStore(tmp_path, KEY).problems() == ()


def test_problems_of_one_id_and_two_images_do_not_hide_each_other(tmp_path, images):
    paths = images("ab")
    problems = [Problem("a", path, f"{path} is broken.") for path in paths]
    store = PredictionStore(tmp_path, KEY)
    append(store, [], [], values(0), problems)
    assert PredictionStore(tmp_path, KEY).problems() == tuple(problems)
    os.utime(paths[1], ns=(5, 5))
    append(store, ["a"], paths[1:], values(1))
    assert store.problems() == PredictionStore(tmp_path, KEY).problems() == (problems[0],)


def test_two_bands_of_one_archive_do_not_get_each_others_predictions(tmp_path):
    bands = [tmp_path / band / "1.fits" for band in ("g", "r")]
    for number, path in enumerate(bands):
        path.parent.mkdir()
        path.write_bytes(b"SIMPLE" * 10_000 + bytes([number]) * 40_000)  # larger than is read whole
        os.utime(path, ns=(5, 5))
    store = PredictionStore(tmp_path, KEY)
    append(store, ["1"], [str(bands[0])], values(1))
    assert store.missing(["1", "1"], [str(path) for path in bands]).tolist() == [False, True]


@pytest.mark.parametrize("size", [300, 100_000])
def test_a_fingerprint_is_of_size_time_and_content_not_of_the_path(tmp_path, size):
    def made(name, content, time_ns=5):
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, ns=(time_ns, time_ns))
        return str(tmp_path / name)

    zeros, middle = bytes(size), bytes(size // 2) + b"x" + bytes(size - size // 2 - 1)
    one, moved = made("one", zeros), made("moved", zeros)
    others = [made("last", zeros[1:] + b"x"), made("middle", middle), made("later", zeros, 6)]
    found = fingerprints([one, moved, *others, made("longer", zeros + b"\0")]).tolist()
    assert found[0] == found[1]
    assert len(set(found)) == 5


@pytest.mark.skipif(os.name == "nt", reason="no named pipes there")
def test_what_is_no_readable_file_has_the_fingerprint_zero(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder.fits").mkdir()
    names = ["", "zero\0", str(tmp_path / "pipe"), str(tmp_path / "folder.fits"), str(tmp_path / "none")]
    assert fingerprints(names).tolist() == [0] * 5


def test_what_was_predicted_from_a_file_that_is_gone_matches_no_other_missing_file(tmp_path):
    store = PredictionStore(tmp_path, KEY)
    append(store, ["a"], [""], values(1))
    assert store.missing(["a", "a"], ["", str(tmp_path / "gone")]).all()


def test_ids_whose_keys_are_equal_by_chance_are_told_apart(tmp_path, images, monkeypatch):
    monkeypatch.setattr(prediction_store, "text_keys", lambda texts: np.zeros(len(texts), dtype=np.uint64))
    paths = images("a")
    store = PredictionStore(tmp_path, KEY)
    append(store, ["a"], paths, values(1))
    assert store.missing(["a", "b"], paths * 2).tolist() == [False, True]


def test_images_whose_keys_are_equal_by_chance_are_told_apart(tmp_path, images, monkeypatch):
    monkeypatch.setattr(prediction_store, "joined_keys", lambda ids, states: ids)
    first, second = images("ab")
    os.utime(second, ns=(5, 5))
    store = PredictionStore(tmp_path, KEY)
    append(store, ["a"], [first], values(1))
    assert store.missing(["a", "a"], [first, second]).tolist() == [False, True]


def test_a_header_of_another_number_of_members_is_refused(tmp_path):
    store = PredictionStore(tmp_path, KEY)
    with store.writing():
        header = json.loads((store.folder / HEADER).read_text())
    (store.folder / HEADER).write_text(json.dumps(header | {"members": 3}))
    with pytest.raises(StoreError, match="other label columns"):
        PredictionStore(tmp_path, KEY)


def test_a_store_of_an_older_version_is_not_found(tmp_path, images, monkeypatch):
    paths = images("a")
    with monkeypatch.context() as patch:
        patch.setattr("gzviewer.io.store_key.VERSION", 1)
        append(PredictionStore(tmp_path, KEY), ["a"], paths, values(1))
    store = PredictionStore(tmp_path, KEY)
    assert store.missing(["a"], paths).tolist() == [True]
    append(store, ["a"], paths, values(1))


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be forced to the disk there")
def test_a_part_and_its_name_are_forced_to_the_disk(tmp_path, images, monkeypatch):
    forced, fsync = [], os.fsync
    paths, store = images("a"), PredictionStore(tmp_path, KEY)
    with store.writing():
        monkeypatch.setattr(os, "fsync", lambda handle: (forced.append(os.fstat(handle)), fsync(handle)))
        store.append(["a"], fingerprints(paths), values(1))
    assert [stat.S_ISDIR(state.st_mode) for state in forced] == [False, True]
    assert forced[1].st_ino == store.folder.stat().st_ino


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be made"), PredictionStore(tmp_path, KEY).writing():
        pass


def test_a_full_disk_loses_only_the_part_being_written(tmp_path, images, monkeypatch):
    paths = images("ab")
    store = PredictionStore(tmp_path, KEY)
    append(store, ["a"], paths[:1], values(1))
    with store.writing(), monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(StoreError, match="No space left"):
            store.append(["b"], fingerprints(paths[1:]), values(1))
    assert PredictionStore(tmp_path, KEY).missing(["a", "b"], paths).tolist() == [False, True]


def test_a_hundred_thousand_galaxies_are_read_quickly(tmp_path, images):
    [path] = images("a")
    ids = [f"J{number:012d}" for number in range(100_000)]
    store = PredictionStore(tmp_path, KEY)
    with store.writing():
        for first in range(0, len(ids), 10_000):
            part = ids[first : first + 10_000]
            store.append(part, fingerprints([path] * len(part)), values(len(part)))
    started = time.process_time()
    found = PredictionStore(tmp_path, KEY).read(ids, [path] * len(ids))
    assert time.process_time() - started < 5  # about 0.5 on a quiet machine
    assert not np.isnan(found).any()


@given(
    st.lists(st.lists(st.integers(0, 20), max_size=8), max_size=8), st.lists(st.integers(0, 25), max_size=9)
)
def test_an_index_finds_the_newest_position_like_a_dictionary(parts, asked):
    index, newest, count = KeyIndex(), {}, 0
    for part in parts:
        index.add(np.array(part, dtype=np.uint64), count)
        newest.update({key: count + place for place, key in enumerate(part)})
        count += len(part)
    found = index.find(np.array(asked, dtype=np.uint64))
    assert found.tolist() == [newest.get(key, -1) for key in asked]


@given(st.lists(ANY_ID, min_size=1, max_size=20))
def test_the_key_of_a_text_does_not_depend_on_its_neighbours(texts):
    together = text_keys(encoded(texts))
    assert together.tolist() == [text_keys(encoded([text]))[0] for text in texts]
    assert len(set(together.tolist())) == len(set(texts))
