"""What a person wants to be open, and how what is open is looked at: so that both can be had again with another model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Roles
from gzviewer.core.stretch import Stretch
from gzviewer.io.manifest import Manifest
from gzviewer.session.jobs import JobHandle
from gzviewer.session.session import Session


@dataclass(frozen=True)
class Wish:
    """One catalog to open.

    Parameters
    ----------
    path
        Absolute, of a file or a folder.
    roles
        How its columns are read; None where that is found out.
    chosen
        The roles where a person chose them just now: they are remembered.
    predicts
        What is missing is predicted as soon as it is open.
    predictions
        A file of predictions to show beside; "" for none.
    is_again
        It is open already, with another model.
    """

    path: str
    roles: Roles | None = None
    chosen: Roles | None = None
    predicts: bool = False
    predictions: str = ""
    is_again: bool = False


@dataclass(frozen=True, eq=False)
class Pending:
    """A wish that is being fulfilled, and the model with which."""

    wish: Wish
    manifest: Manifest | None
    handle: JobHandle


@dataclass(frozen=True, eq=False)
class View:
    """How a person looks at a catalog. Row numbers mean the same galaxies only where the `ids` (row,) are the same."""

    ids: NDArray[np.str_]
    row: int
    selected: NDArray[np.int64]
    sort_column: str
    is_descending: bool
    stretch: Stretch

    @classmethod
    def of(cls, session: Session) -> "View":
        """As it is now."""
        selection, (column, descending) = session.selection, session.sorting.wanted
        stretch = session.images.stretch
        return cls(session.catalog.ids, selection.current, selection.rows, column, descending, stretch)

    def show_in(self, session: Session) -> None:
        """Look at the same galaxies in the same way, as far as they are the same."""
        session.images.set_stretch(self.stretch)
        if not np.array_equal(self.ids, session.catalog.ids):
            return
        if self.sort_column in session.columns.names:
            session.sorting.sort_by(self.sort_column, descending=self.is_descending, stays=True)
        session.selection.replace(self.selected)
        session.selection.set_current(self.row)
