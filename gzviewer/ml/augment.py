"""Random turns, mirrors and zooms: what training does to a picture, so that they cannot be learned.

One affine map and one interpolation a picture, a whole batch at once.
"""

import math

import torch
from torch import Tensor

FIELD = (0.60, 1.15)  # side of the square that is seen, in sides of the stored picture
SHIFT = 0.04  # of the field
BRIGHTNESS = 0.12


def augmented(images: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """Each picture turned by any angle, mirrored or not, zoomed, shifted and dimmed a little.

    Parameters
    ----------
    images : (galaxy, channel, y, x) uint8
    side
        Height and width of what is returned.
    generator
        Where the chances come from: the same state gives the same pictures.

    Returns
    -------
    (galaxy, channel, side, side) float32 in 0..1. What lies outside a picture is its reflection.
    """
    count = len(images)
    maps = _random_maps(count, generator)
    grid = torch.nn.functional.affine_grid(maps, [count, images.shape[1], side, side], align_corners=False)
    seen = torch.nn.functional.grid_sample(
        images.float() / 255, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )
    factor = 1 + BRIGHTNESS * (2 * torch.rand(count, 1, 1, 1, generator=generator) - 1)
    return (seen * factor).clamp_(0, 1)


def _random_maps(count: int, generator: torch.Generator) -> Tensor:
    """(galaxy, 2, 3): from the square -1..1 that is returned to the stored picture, also -1..1."""
    angle, field, mirror, right, down = torch.rand(5, count, generator=generator)
    angle = 2 * math.pi * angle
    field = FIELD[0] * (FIELD[1] / FIELD[0]) ** field
    mirror = torch.where(mirror < 0.5, -1.0, 1.0)  # every second picture
    cosine, sine = field * torch.cos(angle), field * torch.sin(angle)
    shift_x, shift_y = (SHIFT * field * (2 * chance - 1) for chance in (right, down))
    upper = torch.stack([mirror * cosine, -sine, shift_x], dim=1)
    lower = torch.stack([mirror * sine, cosine, shift_y], dim=1)
    return torch.stack([upper, lower], dim=1)
