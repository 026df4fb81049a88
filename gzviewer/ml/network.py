"""The network of a Galaxy Zoo model: an encoder of timm, dropout, and a head of concentrations.

Dropout acts on the encoder's features only. So any number of dropout samples of a galaxy costs one pass
through the encoder and a small matrix product a sample, and is exactly what a pass a sample would give.
"""

import torch
from torch import Tensor, nn

from gzviewer.ml.torch_compat import timm

HIGHEST_CONCENTRATION = 101.0
LOWEST_CONCENTRATION = 1.0


class GalaxyNetwork(nn.Module):
    """Images in, concentrations out.

    Parameters
    ----------
    architecture
        Name of a timm model; its weights start random.
    answers
        Number of label columns.
    channels
        Bands of an image.
    dropout
        Probability with which a feature is dropped before the head.
    """

    def __init__(self, architecture: str, answers: int, channels: int = 3, dropout: float = 0.2) -> None:
        super().__init__()
        self.encoder = timm.create_model(architecture, pretrained=False, num_classes=0, in_chans=channels)
        # some encoders end in a layer wider than their last block
        feature_count = getattr(self.encoder, "head_hidden_size", self.encoder.num_features)
        assert isinstance(feature_count, int), f"{architecture} does not tell how many features it has"
        self.feature_count = feature_count
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(self.feature_count, answers)

    @property
    def drop_probability(self) -> float:
        """Probability with which dropout removes a feature."""
        return self.dropout.p

    def forward(self, images: Tensor) -> Tensor:
        """Images (galaxy, channel, y, x) in 0..1 -> concentrations (galaxy, answer)."""
        return self.concentrations(self.dropout(self.features(images)))

    def features(self, images: Tensor) -> Tensor:
        """Images (galaxy, channel, y, x) in 0..1 -> (galaxy, feature)."""
        features: Tensor = self.encoder(images)
        return features

    def concentrations(self, features: Tensor) -> Tensor:
        """Features (..., feature) -> concentrations (..., answer), each in 1..101."""
        span = HIGHEST_CONCENTRATION - LOWEST_CONCENTRATION
        logits: Tensor = self.head(features)
        return torch.sigmoid(logits) * span + LOWEST_CONCENTRATION
