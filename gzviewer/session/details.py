"""The few lines of the catalog that stand beside a galaxy's name in the viewer: redshift and brightness, where it has them."""

import math
from collections.abc import Callable, Sequence

from gzviewer.core.catalog import Catalog

# what stands before the value, how many digits it has, and the columns it may come from, the likeliest first
_LINES = (
    ("z", 4, ("redshift", "z", "z_spec", "zspec", "photo_z", "z_phot")),
    ("r", 1, ("mag_r", "r_mag", "petromag_r", "petro_mag_r", "r")),
)


def details_of(catalog: Catalog) -> Callable[[int], Sequence[str]]:
    """A function that gives the lines of a row, such as ``("z 0.0312 · r 15.4",)``; missing values are left out."""
    by_lower_case = {
        info.name.lower(): info.name for info in catalog.columns if info.kind in ("float", "int")
    }
    found = []
    for symbol, digits, names in _LINES:
        column = next((by_lower_case[name] for name in names if name in by_lower_case), "")
        if column:
            found.append((symbol, digits, column))

    def lines(row: int) -> Sequence[str]:
        values = [(symbol, digits, float(catalog.column(column)[row])) for symbol, digits, column in found]
        line = " · ".join(
            f"{symbol} {value:.{digits}f}" for symbol, digits, value in values if math.isfinite(value)
        )
        return (line,) if line else ()

    return lines
