"""The network of a Galaxy Zoo model: an encoder of timm, dropout, and a head.

Dropout acts on the encoder's features only. So any number of dropout samples of a galaxy costs one pass
through the encoder and a small matrix product a sample, and is exactly what a pass a sample would give.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from gzviewer.ml.torch_compat import timm

LOWEST_CONCENTRATION = 1.0
SPAN = 100.0

Activation = Callable[[Tensor], Tensor]


def _as_they_are(logits: Tensor) -> Tensor:
    return logits


def _probabilities(logits: Tensor) -> Tensor:
    return torch.softmax(logits, dim=-1)


ACTIVATIONS: Mapping[str, Activation] = {
    "shares": _as_they_are,
    "classes": _probabilities,
    "values": _as_they_are,
    "unit-values": torch.sigmoid,
}


class GalaxyNetwork(nn.Module):
    """Images in, outputs out: concentrations, probabilities or values, as the head has it.

    Parameters
    ----------
    architecture
        Name of a timm model; its weights start random.
    outputs
        Number of label columns.
    channels
        Bands of an image.
    dropout
        Probability with which a feature is dropped before the head.
    head
        What outputs mean: one of `gzviewer.io.manifest.HEADS` but ``none``.
    span
        Of a Dirichlet head: concentrations lie in 1 .. 1 + span, before they are multiplied by `factors`.

    Raises
    ------
    RuntimeError
        If timm does not know the architecture. Nothing is looked for elsewhere.
    """

    factors: Tensor

    def __init__(
        self,
        architecture: str,
        outputs: int,
        channels: int = 3,
        dropout: float = 0.2,
        *,
        head: str = "dirichlet",
        span: float = SPAN,
    ) -> None:
        super().__init__()
        if not timm.is_model(
            architecture
        ):  # else timm takes "hf_hub:..." and "local-dir:..." for places to look in
            raise RuntimeError(f"unknown model {architecture}")
        self.encoder = timm.create_model(architecture, pretrained=False, num_classes=0, in_chans=channels)
        # some encoders end in a layer wider than their last block
        feature_count = getattr(self.encoder, "head_hidden_size", None) or self.encoder.num_features
        assert isinstance(feature_count, int), f"{architecture} does not tell how many features it has"
        self.feature_count = feature_count
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(self.feature_count, outputs)
        self.register_buffer("factors", torch.ones(outputs), persistent=False)
        self._span, self._activation = span, ACTIVATIONS.get(head, self._concentrations)

    @property
    def drop_probability(self) -> float:
        """Probability with which dropout removes a feature."""
        return self.dropout.p

    def forward(self, images: Tensor) -> Tensor:
        """Images (galaxy, channel, y, x), as the manifest has them -> (galaxy, output)."""
        return self.outputs(self.dropout(self.features(images)))

    def features(self, images: Tensor) -> Tensor:
        """Images (galaxy, channel, y, x) -> (galaxy, feature)."""
        features: Tensor = self.encoder(images)
        return features

    def outputs(self, features: Tensor) -> Tensor:
        """Features (..., feature) -> (..., output)."""
        return self._activation(self.head(features))

    def _concentrations(self, logits: Tensor) -> Tensor:
        return (torch.sigmoid(logits) * self._span + LOWEST_CONCENTRATION) * self.factors
