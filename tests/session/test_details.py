"""The lines beside a galaxy's name."""

import numpy as np

from gzviewer.core.catalog import Catalog, ColumnInfo
from gzviewer.session.details import details_of

VALUES = {
    "Redshift": np.array([0.03121, np.nan, -999.0]),
    "mag_r": np.array([15.43, 17.0, 16.0]),
    "z": np.array(["text", "text", "text"]),
}


def catalog(*kinds):
    columns = tuple(ColumnInfo(name, kind) for name, kind in kinds)
    nothing = np.full(3, np.nan)
    return Catalog(
        "c", "/c", np.array(["1", "2", "3"]), nothing, nothing, columns, VALUES.__getitem__, ["", "", ""]
    )


def test_redshift_and_brightness_are_said_with_their_digits_and_missing_ones_left_out():
    lines = details_of(catalog(("Redshift", "float"), ("mag_r", "float"), ("z", "text")))
    assert lines(0) == ("z 0.0312 · r 15.4",)
    assert lines(1) == ("r 17.0",)
    assert lines(2) == ("r 16.0",)  # -999 stands for a redshift that is not known


def test_a_catalog_without_them_says_nothing():
    assert details_of(catalog(("z", "text")))(0) == ()
