"""What is written: a catalog, its predictions, and what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gzviewer.core.catalog import Catalog
from gzviewer.core.predictions import Predictions, Rows
from gzviewer.io.provenance import Provenance


@dataclass(frozen=True, eq=False)
class Content:
    """All that an exported file may tell.

    Parameters
    ----------
    problems
        Galaxy id -> why it could not be read.
    made
        How the predictions were made.
    """

    catalog: Catalog
    predictions: Predictions
    problems: Mapping[str, str]
    made: Provenance

    @property
    def all_rows(self) -> Rows:
        """Every row of the catalog."""
        return np.arange(len(self.catalog), dtype=np.int64)

    @property
    def predicted_rows(self) -> Rows:
        """Rows that have predictions, ascending."""
        return np.flatnonzero(self.predictions.is_predicted())

    @property
    def told(self) -> dict[str, object]:
        """What a file says of all its rows; no path of the person's."""
        made = {"made": dict(self.made)} if self.made else {}
        predictions = self.predictions
        names = {
            "checkpoint": predictions.checkpoint,
            "schema": predictions.schema.name,
            "head": predictions.head,
        }
        return {**names, "simulated": self.catalog.is_simulated, **made}
