"""From an image to what a network sees: the same picture every time, whatever the file was.

Pictures go in as the screen would show them; measurements (FITS, 16-bit pictures) go through the stretch that
the program opens them with. One band becomes three equal ones. The central square is cut out and brought to
the network's size in one step, so that pixels are interpolated once.
`gzviewer.io.manifest.PREPROCESSING_VERSION` counts the changes made here.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from gzviewer.core.image import Image
from gzviewer.core.stretch import to_rgb
from gzviewer.io.manifest import Manifest

Input = NDArray[np.float32]


def network_input(image: Image, manifest: Manifest) -> Input:
    """What the network of `manifest` sees of an image.

    Returns
    -------
    (channel, y, x), in 0..1: the central square whose side is ``crop_fraction`` of the image's shorter side,
    bilinearly resampled with all pixels counted. A network of one channel sees the mean of red, green and
    blue.
    """
    picture = Pillow.fromarray(to_rgb(image))
    half = manifest.crop_fraction * min(picture.size) / 2
    centre_x, centre_y = picture.width / 2, picture.height / 2
    box = (centre_x - half, centre_y - half, centre_x + half, centre_y + half)
    small = picture.resize((manifest.side, manifest.side), Pillow.Resampling.BILINEAR, box=box)
    values = np.asarray(small, dtype=np.float32).transpose(2, 0, 1) / np.float32(255)
    if manifest.channels == 1:
        values = values.mean(axis=0, keepdims=True, dtype=np.float32)
    return np.ascontiguousarray(values)


def pixels_needed(manifest: Manifest) -> int:
    """Shorter side that an image must keep so that what the network sees is not enlarged."""
    return math.ceil(manifest.side / manifest.crop_fraction)
