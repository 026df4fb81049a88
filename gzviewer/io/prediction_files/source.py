"""What every file of predictions is read through, whatever its format."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.predictions import Rows

Numbers = NDArray[np.float32]


class Source(Protocol):
    """Columns of a file."""

    @property
    def names(self) -> tuple[str, ...]:
        """Columns that may hold predictions, in the file's order."""
        ...

    @property
    def count(self) -> int:
        """Galaxies."""
        ...

    def ids(self) -> Mapping[str, NDArray[np.str_]]:
        """Columns that may hold galaxy ids, likeliest first."""
        ...

    def model_name(self) -> str:
        """The model that the file says made it; "" where it does not say."""
        ...

    def read(self, names: Sequence[str], rows: Rows) -> Numbers:
        """(row, member, name) values; NaN where missing, for a row of -1, and for a column named ""."""
        ...
