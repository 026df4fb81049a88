"""The taught model and what there is without it, judged on the galaxies that were held out."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gzviewer.io.manifest import Manifest
from gzviewer.ml.finetune.baselines import Baseline, constant, linear, outputs_of
from gzviewer.ml.finetune.figures import figures_of
from gzviewer.ml.finetune.inputs import Pictures
from gzviewer.ml.finetune.labels import Labels
from gzviewer.ml.finetune.sources import FromTables, ThroughTheNetwork
from gzviewer.ml.network import GalaxyNetwork

Rows = NDArray[np.int64]
AFTER = "after teaching"


class Judge:
    """Answers of the test galaxies, and how good they are."""

    def __init__(
        self,
        labels: Labels,
        pictures: Pictures,
        parts: Mapping[str, Rows],
        device: torch.device,
        tick: Callable[[], None],
    ) -> None:
        self._labels, self._pictures, self._parts = labels, pictures, parts
        self._device, self._tick = device, tick

    def figures(self, parent: Manifest, taught: Manifest, features: Tensor | None) -> list[dict[str, object]]:
        """Title and figures: what costs nothing, what the parent can, what was taught."""
        labels = self._labels.at(self._parts["test"])
        answers = [*self._before(parent, features), Baseline(AFTER, self._said_by(taught))]
        return [{"title": answer.title, "figures": figures_of(labels, answer.outputs)} for answer in answers]

    def features(self, network: GalaxyNetwork, parent: Manifest) -> Tensor:
        """(galaxy, feature) of all galaxies, upright, of a network that was not taught."""
        through = ThroughTheNetwork(network.eval(), self._pictures, parent, self._device, nullcontext)
        every = np.arange(len(self._labels))
        tables = FromTables(
            through, len(every), every[:1], 0, seed=0, device=torch.device("cpu"), tick=self._tick
        )
        return tables.upright(every)

    def _before(self, parent: Manifest, features: Tensor | None) -> list[Baseline]:
        labels, (train, validation, test) = self._labels, self._parts.values()
        answers = [constant(labels, train, test)]
        if features is not None:
            answers.append(linear(labels, features, train, validation, test))
        elif parent.head == "dirichlet" and parent.label_columns == labels.names:
            answers.append(Baseline(f"before: {parent.name} as it was", self._said_by(parent)))
        return answers

    def _said_by(self, manifest: Manifest) -> NDArray[np.float64]:
        rows = self._parts["test"]
        upright = np.ascontiguousarray(self._pictures.upright[rows])
        return outputs_of(manifest, self._labels.at(rows).ids, upright, self._device, self._tick)


def short(tests: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """The figures of the test for a manifest: those with an interval, by title."""
    titles: dict[str, object] = {}
    for entry in tests:
        figures = entry["figures"]
        assert isinstance(figures, dict)
        with_interval = {
            name: value for name, value in figures.items() if isinstance(value, dict) and "low" in value
        }
        titles[str(entry["title"])] = with_interval
    return titles
