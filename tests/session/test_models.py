"""The models at hand: listed, corrected, removed; their speed here; the one in use."""

import socket
import threading
import time
from dataclasses import replace

import pytest

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import UnusableModel
from gzviewer.io.manifest import read_manifest, write_manifest
from gzviewer.io.settings import Settings, data_folder, load_settings, resource_folder
from gzviewer.io.store_key import StoreKey
from gzviewer.jobs.import_requests import Corrections, ImportResult
from gzviewer.jobs.requests import PredictResult
from gzviewer.session.desk import Desk
from gzviewer.session.jobs import JobRunner
from gzviewer.session.models import Models, corrections_of, read_as, source_of, why_not

PATIENCE_MS = 60_000
BUNDLED = read_manifest(next((resource_folder() / "models").glob("*/manifest.toml")).parent)


@pytest.fixture
def runner(qapp):
    runner = JobRunner()
    yield runner
    runner.close()


@pytest.fixture
def put(own_folders):
    """Writes a manifest among the person's own models."""

    def put(name, **more):
        folder = data_folder() / "models" / name
        folder.mkdir(parents=True)
        write_manifest(replace(BUNDLED, folder=folder, name=name, **more))
        return read_manifest(folder)

    return put


@pytest.fixture
def models(runner):
    models = Models([BUNDLED], runner)
    models.refresh()
    return models


def test_what_is_added_to_the_folder_is_found_and_told_once(models, put, qtbot):
    mine = put("mine")
    with qtbot.waitSignal(models.changed):
        models.refresh()
    with qtbot.assertNotEmitted(models.changed):
        models.refresh()
    assert models.usable == (BUNDLED, mine)
    assert [models.is_own(model) for model in models.usable] == [False, True]


def test_a_broken_model_is_listed_with_its_sentence(models, put):
    folder = put("broken").folder
    (folder / "manifest.toml").write_text("name =")
    models.refresh()
    broken = models.entries[-1]
    assert isinstance(broken, UnusableModel)
    assert "no TOML" in why_not(broken)
    models.remove(broken)
    assert not folder.exists()
    assert models.entries == (BUNDLED,)


def test_an_encoder_says_why_it_cannot_predict(put):
    encoder = put("encoder", head="none", schema="", label_columns=())
    assert "finetune it" in why_not(encoder)
    assert why_not(BUNDLED) == ""


def test_what_the_network_sees_can_be_corrected(models, put):
    model = put("mine", channels=1)
    models.refresh()
    recipe = {"side": 64, "crop_fraction": 0.5, "greyscale": "luma", "fits": "zoobot"}
    assert models.correct(model, corrections_of(model), recipe) is None
    now = models.usable[-1]
    assert (now.side, now.crop_fraction, now.greyscale, now.fits) == (64, 0.5, "luma", "zoobot")
    with pytest.raises(ModelError):
        models.correct(now, corrections_of(now), {"side": 0})


def test_where_a_model_came_from_is_read_from_its_manifest(put):
    training = {
        "source": "/x/y.ckpt",
        "read_as": ["head: a tree"],
        "corrections": {"side": 224, "crop": "much"},
    }
    model = put("foreign", training=training)
    assert source_of(model) == "/x/y.ckpt"
    assert read_as(model) == ("head: a tree",)
    assert corrections_of(model) == Corrections(side=224)
    assert source_of(BUNDLED) == ""


def test_a_finished_prediction_tells_the_speed(models, qtbot):
    with qtbot.waitSignal(models.changed):
        models.note_speed(BUNDLED, PredictResult(200, 0, (), 4.0, "cpu"))
    models.note_speed(BUNDLED, PredictResult(3, 0, (), 0.1, "cpu"))
    assert models.speeds_of(BUNDLED) == {"cpu": 50.0}
    assert models.speeds_of(replace(BUNDLED, views=8)) == {}


@pytest.mark.parametrize(("is_paused", "speeds"), [(False, {"cpu": 50.0}), (True, {})])
def test_only_the_speed_of_a_prediction_that_nobody_paused_is_noted(runner, qtbot, is_paused, speeds):
    desk = Desk(Settings(), [BUNDLED], runner)
    with qtbot.waitSignal(desk.session_changed, timeout=PATIENCE_MS):
        desk.open_sample()
    may_end = threading.Event()

    def predicts(context):
        assert may_end.wait(30)
        return PredictResult(200, 0, (), 4.0, "cpu")

    job = desk.session.prediction_job = runner.submit("Predict", predicts, needs_device=True)
    job.was_paused = is_paused
    with qtbot.waitSignal(job.finished, timeout=PATIENCE_MS):
        may_end.set()
    assert desk.library.speeds_of(BUNDLED) == speeds
    desk.close()


def test_the_model_in_use_goes_back_to_the_first_when_it_is_removed(runner, put):
    mine = put("mine")
    desk = Desk(Settings(model="mine"), [BUNDLED, mine], runner)
    assert desk.manifest == mine
    desk.library.remove(mine)
    assert desk.manifest == BUNDLED


def test_an_encoder_is_never_in_use(runner, put):
    encoder = put("encoder", head="none", schema="", label_columns=())
    desk = Desk(Settings(model="encoder"), [encoder, BUNDLED], runner)
    assert desk.models == (BUNDLED,)
    assert desk.manifest == BUNDLED


def test_the_device_is_a_choice_that_is_kept(runner):
    desk = Desk(Settings(), [BUNDLED], runner)
    desk.choose_device("cpu")
    settings, notes = load_settings()
    assert (settings.device, notes) == ("cpu", ())


def test_a_device_that_nobody_knows_is_named_and_ignored(own_folders):
    (own_folders / "config").mkdir()
    (own_folders / "config" / "settings.toml").write_text('device = "abacus"')
    settings, notes = load_settings()
    assert settings.device == "auto"
    assert "abacus" in notes[0]


def test_a_corrected_model_takes_the_place_of_the_old_one(models, put, qtbot):
    old, new = put("old"), put("new")
    models.refresh()
    with qtbot.waitSignal(models.changed), qtbot.assertNotEmitted(models.replaced):
        models._replace(old, ImportResult(str(new.folder), "new", (), False), {"side": 64})
    now = models.usable[1:]
    assert [(model.name, model.folder, model.side) for model in now] == [("old", old.folder, 64)]
    assert not new.folder.exists()


def test_a_corrected_model_that_was_there_before_keeps_its_own_name(models, put, qtbot):
    old, new = put("old"), put("new")
    models.refresh()
    with qtbot.waitSignal(models.replaced) as said:
        models._replace(old, ImportResult(str(new.folder), "new", (), True), {"side": 64})
    assert said.args == ["old", "new"]
    assert [(model.name, model.side) for model in models.usable[1:]] == [("new", 64)]


def test_classes_that_are_named_anew_have_a_store_of_their_own(put):
    model = put("mine", head="classes", schema="", label_columns=("a", "b"))
    keys = [StoreKey.of(replace(model, label_columns=names), 1) for names in (("a", "b"), ("ring", "none"))]
    assert len({key.folder_name for key in keys}) == 2


def test_an_input_that_cannot_be_kept_is_told_and_both_models_stay(models, put, qtbot):
    old, new = put("old"), put("new")
    models.refresh()
    with (
        qtbot.assertNotEmitted(models.replaced),
        qtbot.waitSignal(models.failed, timeout=PATIENCE_MS) as said,
    ):
        models._replace(old, ImportResult(str(new.folder), "new", (), False), {"side": 0})
    assert "input.side" in str(said.args[0])
    assert models.usable == (BUNDLED, new, old)


def test_a_recipe_without_sense_is_refused_before_the_model_is_read_again(models, put, runner):
    model = put("mine", training={"source": "/x/y.ckpt"})
    models.refresh()
    with pytest.raises(ModelError):
        models.correct(model, Corrections(encoder="resnet18"), {"side": 0})
    assert runner.handles == []


def test_questions_to_the_network_hold_up_no_catalog_and_end_with_the_program(models, runner, qtbot):
    waiting = [
        runner.submit(f"ask {number}", lambda c: c.cancel_flag.wait(), is_question=True)
        for number in range(3)
    ]
    with qtbot.waitSignal(runner.submit("open", lambda context: None).finished, timeout=PATIENCE_MS):
        pass
    assert not any(handle.state.is_ending for handle in waiting)


def test_a_look_up_is_broken_off_while_the_hub_is_silent(models, runner, qtbot, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        handle = models.look_up("owner/name")
        silent.settimeout(PATIENCE_MS / 1000)
        connection, _ = silent.accept()
        with connection, qtbot.waitSignal(handle.cancelled, timeout=PATIENCE_MS):
            began = time.monotonic()
            handle.cancel()
        assert time.monotonic() - began < 10  # the network would be waited for much longer


def test_a_model_that_was_there_when_its_adding_was_cancelled_is_listed(models, put, runner, qtbot):
    handle = models.add("/x/y.ckpt")
    late = put("late")
    with qtbot.waitSignal(models.changed, timeout=PATIENCE_MS):
        handle.cancel()
    assert models.usable[-1] == late
    assert models.adding == ()
