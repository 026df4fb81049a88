"""How fast models were here: kept by weights and device, and never in the way."""

from gzviewer.io.speeds import FILE_NAME, GALAXIES_MIN, keep_speed, load_speeds


def test_the_last_speed_of_each_model_and_device_is_kept(tmp_path):
    assert keep_speed("a", "cpu", 100, 4.0, tmp_path)
    assert keep_speed("a", "cuda", 1000, 1.0, tmp_path)
    assert keep_speed("b", "cpu", 100, 10.0, tmp_path)
    assert keep_speed("a", "cpu", 100, 2.0, tmp_path)
    assert load_speeds(tmp_path) == {("a", "cpu"): 50.0, ("a", "cuda"): 1000.0, ("b", "cpu"): 10.0}


def test_too_few_galaxies_or_no_time_say_nothing(tmp_path):
    assert not keep_speed("a", "cpu", GALAXIES_MIN - 1, 1.0, tmp_path)
    assert not keep_speed("a", "cpu", 100, 0.0, tmp_path)
    assert not keep_speed("a", "", 100, 1.0, tmp_path)
    assert load_speeds(tmp_path) == {}


def test_a_damaged_file_means_that_nothing_is_known(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"\xff = ")
    assert load_speeds(tmp_path) == {}
    (tmp_path / FILE_NAME).write_text('x = 1\n[a]\ncpu = "fast"\ncuda = true\nmps = -1\n[b]\ncpu = 2')
    assert load_speeds(tmp_path) == {("b", "cpu"): 2.0}


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    assert keep_speed("a", "cpu", 100, 1.0, tmp_path / "file")
    assert load_speeds(tmp_path / "file") == {}
