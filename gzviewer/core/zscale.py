"""ZScale: limits that show the sky of an astronomical image with some contrast, as IRAF's display task did.

The sorted values of an image that is mostly sky form a nearly straight line over their rank; galaxies bend
its upper end. A line is fitted to the straight part, its slope divided by a contrast, and the limits read off
its ends.
"""

import numpy as np
from numpy.typing import NDArray

SAMPLE_SIZE = 600
CONTRAST = 0.25
REJECT_SIGMAS = 2.5
ITERATIONS_MAX = 5
KEPT_MIN = 0.5  # of the sample; where fewer fit the line it says nothing


def zscale_limits(values: NDArray[np.floating]) -> tuple[float, float]:
    """Black and white by the ZScale rule.

    Parameters
    ----------
    values : (n,), finite, n > 0
        The image's pixels, or an even sample of them.

    Returns
    -------
    low, high
        Within the range of the values; all of it where the values follow no line.
    """
    places = np.linspace(0, len(values) - 1, min(SAMPLE_SIZE, len(values))).round().astype(np.int64)
    sample = np.sort(np.asarray(values, dtype=np.float64)[places])
    slope, kept = _line(sample)
    lowest, highest = float(sample[0]), float(sample[-1])
    if kept < max(5, KEPT_MIN * len(sample)):
        return lowest, highest
    slope /= CONTRAST
    middle = (len(sample) - 1) // 2
    median = float(np.median(sample))
    low = max(lowest, median - middle * slope)
    high = min(highest, median + (len(sample) - 1 - middle) * slope)
    return low, high


def _line(sample: NDArray[np.float64]) -> tuple[float, int]:
    """Slope of value over rank with outliers left out, and how many values it rests on."""
    rank = np.arange(len(sample), dtype=np.float64)
    kept = np.ones(len(sample), dtype=bool)
    grow = np.ones(2 * max(1, len(sample) // 100) + 1)  # a rejected value takes its neighbours with it
    slope = 0.0
    for _ in range(ITERATIONS_MAX):
        if kept.sum() < max(5, KEPT_MIN * len(sample)):
            break
        x, y = rank[kept] - rank[kept].mean(), sample[kept]
        slope = float((x * y).sum() / (x * x).sum())
        flat = sample - slope * (rank - rank[kept].mean()) - y.mean()
        spread = flat[kept].std()
        rejected = ~kept | (np.abs(flat) > REJECT_SIGMAS * spread)
        now = np.convolve(rejected, grow, mode="same") < 0.5
        if now.sum() == kept.sum():
            break
        kept = now
    return slope, int(kept.sum())
