"""A file of the sample says of itself that it was drawn, so that it is called simulated wherever it is shown."""

import numpy as np
from PIL import Image as Pillow

from gzviewer.io.images import read_image
from gzviewer.io.settings import resource_folder

SAMPLE = resource_folder() / "samples" / "simulated"


def test_pictures_and_fits_files_of_the_sample_say_that_they_are_simulated():
    for pattern in ("images/*.png", "fits/*.fits.fz"):
        assert read_image(next(iter(sorted(SAMPLE.glob(pattern))))).is_simulated


def test_other_files_do_not(tmp_path):
    Pillow.fromarray(np.zeros((4, 4, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    assert not read_image(tmp_path / "a.png").is_simulated
