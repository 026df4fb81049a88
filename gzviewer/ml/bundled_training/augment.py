"""Random turns, mirrors, zooms and colours: what training does to a picture, so that they cannot be learned.

One affine map and one interpolation a picture, a whole batch at once.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Chances:
    """How far pictures are changed.

    Parameters
    ----------
    field, spread
        Side of the square that is seen, in sides of the stored picture, and the factor by which it is off at most.
    wide, wide_share
        Smallest and largest field of the pictures that are zoomed freely, and how large their share is.
    shift
        Of the centre, in fields.
    gain, gamma, grey, noise
        Colours: of brightness and of each band, of the exponent, of how far colours fade, and of added noise.
    """

    field: float = 0.75
    spread: float = 1.13
    wide: tuple[float, float] = (0.60, 1.25)
    wide_share: float = 0.25
    shift: float = 0.04
    gain: float = 0.10
    gamma: float = 0.15
    grey: float = 0.5
    noise: float = 0.02


def augmented(images: Tensor, side: int, generator: torch.Generator, chances: Chances) -> Tensor:
    """Each picture turned by any angle, mirrored or not, zoomed, shifted, and every second one off in colour.

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
    maps = _random_maps(count, generator, chances)
    grid = torch.nn.functional.affine_grid(maps, [count, images.shape[1], side, side], align_corners=False)
    seen = torch.nn.functional.grid_sample(
        images.float().div_(255), grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )
    return _recoloured(seen, generator, chances)


def _random_maps(count: int, generator: torch.Generator, chances: Chances) -> Tensor:
    """(galaxy, 2, 3): from the square -1..1 that is returned to the stored picture, also -1..1."""
    angle, narrow, wide, is_wide, mirror, right, down = torch.rand(7, count, generator=generator)
    angle = 2 * math.pi * angle
    least, most = chances.wide
    field = torch.where(
        is_wide < chances.wide_share,
        least * (most / least) ** wide,
        chances.field * chances.spread ** (2 * narrow - 1),
    )
    mirror = torch.where(mirror < 0.5, -1.0, 1.0)  # every second picture
    cosine, sine = field * torch.cos(angle), field * torch.sin(angle)
    shift_x, shift_y = (chances.shift * field * (2 * chance - 1) for chance in (right, down))
    upper = torch.stack([mirror * cosine, -sine, shift_x], dim=1)
    lower = torch.stack([mirror * sine, cosine, shift_y], dim=1)
    return torch.stack([upper, lower], dim=1)


def _recoloured(images: Tensor, generator: torch.Generator, chances: Chances) -> Tensor:
    """Every second picture brighter or dimmer, tinted, faded, of another contrast, noisier."""
    count, channels = images.shape[:2]

    def around(*shape: int) -> Tensor:
        is_changed = torch.rand(count, 1, 1, 1, generator=generator) < 0.5
        return (2 * torch.rand(count, *shape, generator=generator) - 1) * is_changed

    gain = (1 + chances.gain * around(1, 1, 1)) * (1 + chances.gain * around(channels, 1, 1))
    faded = chances.grey * around(1, 1, 1).clamp(min=0)
    images = images + faded * (images.mean(dim=1, keepdim=True) - images)
    images = (images * gain).clamp_(1e-6, 1).pow(torch.exp(chances.gamma * around(1, 1, 1)))
    level = chances.noise * around(1, 1, 1).abs()
    return (images + level * torch.randn(images.shape, generator=generator)).clamp_(0, 1)
