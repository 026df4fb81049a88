"""HDF5 files of predictions, as Zoobot writes them: a catalog of nothing but galaxy ids, to which the predictions belong.

What is predicted is read as predictions, not as columns: `gzviewer.io.prediction_files`.
"""

from pathlib import Path

from gzviewer.core.catalog import ColumnInfo
from gzviewer.io.catalogs.reading import Table, catalog_reader


@catalog_reader("zoobot_hdf5")
class ZoobotHdf5Reader:
    """One HDF5 file with ``predictions``, ``id_str`` and ``label_cols``."""

    suffixes = (".hdf5", ".h5", ".hdf")

    def read(self, path: Path) -> Table:
        """Read the ids."""
        # Imported here because readers are discovered at start and h5py takes 0.1 s
        from gzviewer.io.prediction_files.zoobot_hdf5 import IDS, Hdf5Source  # noqa: PLC0415

        source = Hdf5Source(path)
        ids = source.ids()
        return Table((ColumnInfo(IDS, "text"),), source.count, ids.__getitem__)
