"""The colour picture of a gri cube, stretched as the survey's own pictures are (Lupton et al. 2004)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

GAIN: Array = np.array([2.3, 1.5, 1.2])
"""Weights of g, r, i: a galaxy of middling colour comes out about white."""

SOFTENING = 5.0
"""Beyond 1 / SOFTENING of weighted intensity the stretch turns from linear to logarithmic."""

STRETCH = 1.2
"""Overall brightness of the picture."""

SHOULDER = 3.0
"""How sharply the brightest values bend over below white."""

SKY_LEVEL = 0.006
"""Level of the blank sky in the picture, 0 to 1."""

LEVEL_STEP = 2
"""The picture holds only every other brightness level: the eye cannot tell, and the files are smaller."""


def lupton_picture(brightness: Array) -> npt.NDArray[np.uint8]:
    """Turn a gri cube into red, green and blue (i, r, g).

    The intensity is compressed by an inverse hyperbolic sine and the colours keep their ratios
    (Lupton et al. 2004, PASP 116, 133).

    Parameters
    ----------
    brightness : numpy.ndarray, shape (3, n, n)
        g, r, i in nanomaggies for each native pixel; first row at the bottom.

    Returns
    -------
    numpy.ndarray of uint8, shape (n, n, 3)
        First row at the top.
    """
    colours = (brightness * GAIN[:, None, None])[::-1]
    intensity = np.maximum(colours.mean(axis=0), 1e-9)
    factor = STRETCH * np.arcsinh(SOFTENING * intensity) / (SOFTENING * intensity)
    scaled = colours * factor + SKY_LEVEL
    # One shoulder for all three colours: the brightest cores keep their hue and show no hard edge.
    peak = np.maximum(scaled.max(axis=0), 0.0)
    scaled = np.clip(scaled * (1.0 + peak**SHOULDER) ** (-1.0 / SHOULDER), 0.0, 1.0)
    levels = np.floor(scaled * 255.0 / LEVEL_STEP + 0.5) * LEVEL_STEP
    return np.asarray(np.clip(levels, 0, 255).astype(np.uint8).transpose(1, 2, 0)[::-1], dtype=np.uint8)
