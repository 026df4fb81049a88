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
