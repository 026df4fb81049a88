"""The same stories in a real window, under a virtual display."""

import os
import subprocess
import sys
from pathlib import Path

STORIES = Path(__file__).with_name("test_story.py")


def test_the_stories_pass_in_a_real_window(display):
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(STORIES)]
    stories = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert stories.returncode == 0, stories.stdout + stories.stderr


def test_the_program_started_as_make_run_does_predicts_the_sample_and_ends_with_its_window(display):
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    command = [sys.executable, str(STORIES.with_name("started_by_hand.py"))]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(run.stdout) > 0
