"""Where a step's features come from: through the network from new views, or from a table that a frozen encoder filled."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gzviewer.io.manifest import Manifest
from gzviewer.ml.finetune.augmentation import augmented_inputs
from gzviewer.ml.finetune.inputs import Pictures
from gzviewer.ml.network import GalaxyNetwork

Rows = NDArray[np.int64]
Autocast = Callable[[], AbstractContextManager[object]]
AT_A_TIME = 64


class Source(Protocol):
    """Features of galaxies by their places."""

    def learned_from(self, rows: Rows, generator: torch.Generator) -> Tensor:
        """(galaxy, feature) of one augmented view of each; with gradients where the encoder learns."""

    def upright(self, rows: Rows) -> Tensor:
        """(galaxy, feature) as a prediction has them."""


class ThroughTheNetwork:
    """The encoder sees a new view of each galaxy at every step."""

    def __init__(
        self,
        network: GalaxyNetwork,
        pictures: Pictures,
        manifest: Manifest,
        device: torch.device,
        autocast: Autocast,
    ) -> None:
        self._network, self._pictures, self._manifest = network, pictures, manifest
        self._device, self._autocast = device, autocast

    def learned_from(self, rows: Rows, generator: torch.Generator) -> Tensor:
        """See `Source`."""
        return self._features(augmented_inputs(self._pictures, rows, self._manifest, generator))

    def upright(self, rows: Rows) -> Tensor:
        """See `Source`."""
        return self._features(torch.from_numpy(self._pictures.upright[rows]))

    def _features(self, images: Tensor) -> Tensor:
        there = images.to(self._device, memory_format=torch.channels_last)
        with self._autocast():
            features = self._network.features(there)
        return features.float()


class FromTables:
    """What a frozen encoder says of every galaxy, asked once: upright, and of some augmented views.

    Parameters
    ----------
    rows
        Places of the galaxies that are learned from: only they have augmented views.
    views
        How many of these; 0: the upright one is learned from.
    tick
        Called before each batch; stops the work by raising.
    """

    def __init__(
        self,
        through: Source,
        count: int,
        rows: Rows,
        views: int,
        *,
        seed: int,
        device: torch.device,
        tick: Callable[[], None],
    ) -> None:
        self._place = np.full(count, -1, dtype=np.int64)
        self._place[rows] = np.arange(len(rows))
        generator = torch.Generator().manual_seed(seed)

        def table(places: Rows, ask: Callable[[Rows], Tensor]) -> Tensor:
            parts = []
            for first in range(0, len(places), AT_A_TIME):
                tick()
                parts.append(ask(places[first : first + AT_A_TIME]).cpu())
            return torch.cat(parts)

        with torch.no_grad():
            self._upright = table(np.arange(count), through.upright).to(device)
            seen = [table(rows, lambda part: through.learned_from(part, generator)) for _ in range(views)]
        self._views = torch.stack(seen).to(device) if seen else self._upright[torch.from_numpy(rows)][None]

    def learned_from(self, rows: Rows, generator: torch.Generator) -> Tensor:
        """See `Source`; one of the views is drawn for each galaxy."""
        drawn = torch.randint(len(self._views), (len(rows),), generator=generator)
        return self._views[
            drawn.to(self._views.device), torch.from_numpy(self._place[rows]).to(self._views.device)
        ]

    def upright(self, rows: Rows) -> Tensor:
        """See `Source`."""
        return self._upright[torch.from_numpy(rows).to(self._upright.device)]
