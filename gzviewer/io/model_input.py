"""From an image to what a network sees: the same numbers every time, whatever the file was.

A manifest's recipe decides; these are the rules, in the order in which they act:

1. What a file holds is settled when it is read (`gzviewer.io.images`): palettes, grey, CMYK and 8-bit pictures are RGB;
   what is transparent is laid on black; 16-bit and float pictures and FITS are measurements; a picture that a
   camera turned is turned back. Grey that is stored as RGB stays three equal bands.
2. Measurements become a picture by the manifest's ``fits`` recipe (`gzviewer.core.recipes`), judged by the whole
   image. Pixels without a measurement are black.
3. The central square, whose side is ``crop_fraction`` of the shorter side, is brought to the network's size in one
   step, so that pixels are interpolated once: an image of any shape, down to one pixel, gives a square. When it is made
   smaller, all pixels count ("bilinear", "bicubic"; "nearest" takes one pixel each). Pixels just beyond the edge of
   the square blend into its outermost ones, as in any resampling; beyond the edge of the image there are none.
4. Values are 0..1. What bicubic overshoots is cut off.
5. A network of one channel sees the mean of red, green and blue, or where ``greyscale`` says "luma" their brightness
   by ITU-R 601. A network of three channels sees one band three times.
6. Where the range is "imagenet", the means of ImageNet's colours are taken off and their deviations divided by; for one
   channel those of grey.

`gzviewer.io.manifest.PREPROCESSING_VERSION` counts the changes made here. Needs numpy and Pillow only, so that the
window shows what a model sees without loading it.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from gzviewer.core.image import Image
from gzviewer.core.recipes import WHOLE, Part, picture_of
from gzviewer.io.manifest import Manifest

Input = NDArray[np.float32]
Box = tuple[float, float, float, float]

FILTERS = {
    "bilinear": Pillow.Resampling.BILINEAR,
    "bicubic": Pillow.Resampling.BICUBIC,
    "nearest": Pillow.Resampling.NEAREST,
}
CUT_FROM = (
    1 << 22
)  # pixels; Pillow keeps boxes in single precision, so that cutting may move a level of one pixel in many
REACH = {
    "bilinear": 1,
    "bicubic": 2,
    "nearest": 1,
}  # pixels, of the larger scale, that a filter looks at to either side
LUMA = np.array((0.2989, 0.587, 0.114), dtype=np.float32)[:, np.newaxis, np.newaxis]
DRAFT_MARGIN = 2
"""A JPEG that is decoded at a part of its size keeps so many times the pixels that the network sees.

Measured against whole decoding on 300 SDSS and 300 DECaLS galaxies of 424 pixels, in units of full scale: with 2 the mean
difference is 0.0008 and 0.0012 (0.3 levels of 255), the largest of any pixel 0.035; with 1 they are 0.0015 and 0.0041, and
0.13, and moved vote fractions by up to 0.04. What 1 would save is 0.4 ms a galaxy.
"""
IMAGENET = {  # channels -> mean, deviation
    3: (
        np.array((0.485, 0.456, 0.406), dtype=np.float32)[:, np.newaxis, np.newaxis],
        np.array((0.229, 0.224, 0.225), dtype=np.float32)[:, np.newaxis, np.newaxis],
    ),
    1: (np.full((1, 1, 1), 0.449, dtype=np.float32), np.full((1, 1, 1), 0.226, dtype=np.float32)),
}


def network_input(image: Image, manifest: Manifest) -> Input:
    """What the network of `manifest` sees of an image, by the rules above.

    Returns
    -------
    (channel, y, x), contiguous: in 0..1, or where the range is "imagenet" -2.2..2.7. Never NaN.
    """
    small = _seen_part(image, manifest)
    values = small.transpose(2, 0, 1)
    if manifest.channels == 1:
        values = _one_band(values, manifest.greyscale)
    if manifest.value_range == "imagenet":
        mean, deviation = IMAGENET[manifest.channels]
        values = (values - mean) / deviation
    return np.ascontiguousarray(values, dtype=np.float32)


def picture_of_input(values: Input, manifest: Manifest) -> NDArray[np.uint8]:
    """What `network_input` gave, as a picture (y, x, 3) for the screen: the same numbers, in steps of 1/255."""
    if manifest.value_range == "imagenet":
        mean, deviation = IMAGENET[manifest.channels]
        values = values * deviation + mean
    levels = np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(levels, (3, *levels.shape[1:])).transpose(1, 2, 0))


def pixels_needed(manifest: Manifest) -> int:
    """Shorter side that an image must keep so that what the network sees hardly changes: see `DRAFT_MARGIN`."""
    return math.ceil(DRAFT_MARGIN * manifest.side / manifest.crop_fraction)


def seen_box(width: int, height: int, manifest: Manifest) -> Box:
    """The square of an image that the network sees: left, top, right, bottom in pixels from its top left corner."""
    half = manifest.crop_fraction * min(width, height) / 2
    return width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half


def _seen_part(image: Image, manifest: Manifest) -> Input:
    """(y, x, 3) in 0..1: the central square at the network's size."""
    box = seen_box(image.width, image.height, manifest)
    part, box = _part(image, box, manifest)
    small = _resized(picture_of(image, manifest.fits, part), box, manifest)
    return small if small.ndim == 3 else np.repeat(small[..., np.newaxis], 3, axis=2)


def _part(image: Image, box: Box, manifest: Manifest) -> tuple[Part, Box]:
    """Of a huge image the part that resampling a box of it looks at, and the box in it: the rest is not drawn."""
    if image.width * image.height < CUT_FROM:
        return WHOLE, box
    margin = math.ceil(REACH[manifest.interpolation] * max(1.0, (box[2] - box[0]) / manifest.side)) + 1
    left, top = max(0, math.floor(box[0]) - margin), max(0, math.floor(box[1]) - margin)
    right, bottom = math.ceil(box[2]) + margin, math.ceil(box[3]) + margin
    inside = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
    return (slice(top, bottom), slice(left, right)), inside


def _resized(pixels: NDArray[np.generic], box: Box, manifest: Manifest) -> Input:
    """(side, side, ...) in 0..1 of uint8 (y, x, 3), or of float32 (y, x) or (y, x, 3)."""
    size, how = (manifest.side, manifest.side), FILTERS[manifest.interpolation]
    if pixels.dtype == np.uint8:
        picture = Pillow.fromarray(np.ascontiguousarray(pixels))
        levels = np.asarray(picture.resize(size, how, box=box), dtype=np.float32)
        return np.divide(levels, np.float32(255), dtype=np.float32)
    planes = [pixels] if pixels.ndim == 2 else [pixels[..., band] for band in range(pixels.shape[2])]
    small = [Pillow.fromarray(np.ascontiguousarray(plane)).resize(size, how, box=box) for plane in planes]
    values = np.stack([np.asarray(plane, dtype=np.float32) for plane in small], axis=-1)
    shares: Input = np.clip(values if pixels.ndim == 3 else values[..., 0], 0, 1)
    return shares


def _one_band(values: Input, greyscale: str) -> Input:
    """(3, y, x) -> (1, y, x)."""
    if greyscale == "luma":
        return np.asarray((values * LUMA).sum(axis=0, keepdims=True), dtype=np.float32)
    return np.asarray(values.mean(axis=0, keepdims=True, dtype=np.float32))


def describe_input(manifest: Manifest, *, is_measured: bool = True) -> tuple[str, ...]:
    """The recipe in words, one short line a step; without what is done to measurements where an image holds none."""
    share = f"{100 * manifest.crop_fraction:.0f} %"
    crop = "the central square" if manifest.crop_fraction == 1 else f"central {share} of the shorter side"
    lines = [crop, f"{manifest.interpolation} to {manifest.side} × {manifest.side} pixels, in one step"]
    if manifest.channels == 1:
        mean = "mean of red, green and blue"
        lines.append("luma: 0.299 red + 0.587 green + 0.114 blue" if manifest.greyscale == "luma" else mean)
    else:
        lines.append("red, green and blue; one band three times")
    lines.append(
        "values 0 to 1" if manifest.value_range == "0..1" else "values less ImageNet's mean, by its deviation"
    )
    if is_measured:
        lines.append(f"FITS and 16-bit: {FITS_IN_WORDS[manifest.fits]}")
    if manifest.views > 1:
        turned = "turned and mirrored" if manifest.views > 4 else "turned by quarters"
        lines.append(f"seen {manifest.views} times, {turned}")
    return tuple(lines)


FITS_IN_WORDS = {
    "screen": "as on the screen: asinh, 0.25 % cut off at either end",
    "decals": "colours of Galaxy Zoo DECaLS (g r z or g r i)",
    "lupton": "Lupton's recipe, stretch 5, Q 8",
    "zoobot": "Zoobot's asinh scaling, up to 99.7 %",
}
