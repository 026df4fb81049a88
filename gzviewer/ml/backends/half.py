"""An encoder computed in half precision on a graphics card: off unless it is asked for. Never run on a card so far."""

import torch
from torch import Tensor

from gzviewer.ml.families import Predictor


def half_type(device: torch.device) -> torch.dtype:
    """bfloat16 where the device computes it by itself, since it cannot overflow; else float16."""
    if device.type == "mps" or (device.type == "cuda" and not torch.cuda.is_bf16_supported()):
        return torch.float16
    return torch.bfloat16


class HalfPrecision:
    """A network whose encoder runs under autocast; its head runs in single precision.

    Parameters
    ----------
    device
        Type of the device, as autocast wants it.
    kind
        ``torch.bfloat16`` or ``torch.float16``.
    """

    def __init__(self, network: Predictor, device: str, kind: torch.dtype) -> None:
        self._network, self._device, self._kind = network, device, kind

    @property
    def drop_probability(self) -> float:
        """Probability with which dropout removes a feature."""
        return self._network.drop_probability

    def features(self, images: Tensor) -> Tensor:
        """Images (galaxy, channel, y, x) -> (galaxy, feature), in single precision again."""
        with torch.autocast(self._device, dtype=self._kind):
            return self._network.features(images).float()

    def outputs(self, features: Tensor) -> Tensor:
        """Features (..., feature) -> (..., output)."""
        return self._network.outputs(features)
