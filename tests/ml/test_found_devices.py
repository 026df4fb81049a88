import threading

from gzviewer.jobs.devices import DEVICES, DevicesRequest
from gzviewer.jobs.job import JobContext
from gzviewer.ml.found_devices import run_devices


def test_the_processor_is_always_there_and_comes_last():
    context = JobContext(lambda progress: None, lambda part: None, threading.Event())
    found = run_devices(DevicesRequest(), context)
    assert found[-1].kind == "cpu"
    assert "core" in found[-1].name
    assert {device.kind for device in found} <= set(DEVICES)
