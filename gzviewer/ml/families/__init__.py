"""The kinds of model that can be loaded, one file a kind."""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from gzviewer.core.errors import ModelError
from gzviewer.core.registry import Registry
from gzviewer.io.manifest import Manifest


class Predictor(Protocol):
    """A loaded network, cut in two: what is the same for all dropout samples, and what is not."""

    @property
    def drop_probability(self) -> float:
        """Probability with which dropout removes a feature."""

    def features(self, images: Tensor) -> Tensor:
        """Images (galaxy, channel, y, x) -> (galaxy, feature)."""

    def outputs(self, features: Tensor) -> Tensor:
        """Features (..., feature) -> (..., output): concentrations, each positive, or what else the head gives."""


class ModelFamily(Protocol):
    """Loads the models of one kind."""

    def matches(self, manifest: Manifest) -> bool:
        """True for the models it can load."""

    def load(self, manifest: Manifest, device: torch.device) -> Sequence[Predictor]:
        """The networks, one or an ensemble, on `device`, set to predict.

        Raises
        ------
        ModelError
            If the weights are missing, are not those of the manifest, or do not fit the network.
        """


families: Registry[ModelFamily] = Registry(__name__)


def model_family(name: str) -> Callable[[type[ModelFamily]], type[ModelFamily]]:
    """Decorator of a family's class: registers one instance of it under `name`."""

    def keep(family: type[ModelFamily]) -> type[ModelFamily]:
        families.register(name)(family())
        return family

    return keep


def load_predictors(manifest: Manifest, device: torch.device) -> Sequence[Predictor]:
    """The networks of a model, by whichever family knows it; `ModelError` if none does."""
    for family in families:
        if family.matches(manifest):
            return family.load(manifest, device)
    failures = "".join(f" ({name} could not be loaded: {why})" for name, why in families.failures.items())
    raise ModelError(
        f"{manifest.name} is of the family {manifest.family}, which is not known here{failures}.",
        f"Known are {', '.join(families.things)}.",
    )
