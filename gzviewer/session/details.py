"""The few lines of the catalog that stand beside a galaxy's name in the viewer: redshift and brightness, where it has them."""

from collections.abc import Callable, Sequence

from gzviewer.core.catalog import Catalog

# what stands before the value, how many digits it has, what it can be (catalogs write -999 for missing), and the columns it
# may come from, the likeliest first
_LINES = (
    ("z", 4, (-0.1, 20.0), ("redshift", "z", "z_spec", "zspec", "photo_z", "z_phot")),
    ("r", 1, (0.0, 40.0), ("mag_r", "r_mag", "petromag_r", "petro_mag_r", "r")),
)


def details_of(catalog: Catalog) -> Callable[[int], Sequence[str]]:
    """A function that gives the lines of a row, such as ``("z 0.0312 · r 15.4",)``; missing values are left out."""
    by_lower_case = {
        info.name.lower(): info.name for info in catalog.columns if info.kind in ("float", "int")
    }
    found = []
    for symbol, digits, limits, names in _LINES:
        column = next((by_lower_case[name] for name in names if name in by_lower_case), "")
        if column:
            found.append((symbol, digits, limits, column))

    def lines(row: int) -> Sequence[str]:
        parts = []
        for symbol, digits, (low, high), column in found:
            value = float(catalog.column(column)[row])
            if low <= value <= high:  # False for NaN
                parts.append(f"{symbol} {value:.{digits}f}")
        line = " · ".join(parts)
        return (line,) if line else ()

    return lines
