"""The open catalog: which galaxies there are, where they stand on the sky, and where their images lie.

Memory names a galaxy by its *row* (position in the catalog, int); disk names it by its *galaxy id* (str). A catalog never
changes. It opens no file itself: its reader gives it a function that loads a column when somebody asks for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.generic]


@dataclass(frozen=True)
class ColumnInfo:
    """What a catalog says of one of its columns; empty text where it says nothing.

    `kind` is one of ``int``, ``float``, ``bool``, ``text``, ``other``.
    """

    name: str
    kind: str = "other"
    unit: str = ""
    description: str = ""


@dataclass(frozen=True)
class Roles:
    """Which columns play which part; an empty name: none does. Guessed by a reader, changeable by a person.

    Parameters
    ----------
    image_folder
        Folder in which images are looked for: by the text of the `image` column, or by galaxy id where there is none.
    votes_schema
        Name of the tree that the vote columns answer, where a person knows better than their names tell.
    votes_kind
        Which of the published kinds of fractions is shown (``debiased`` ...); empty: the one with most columns.
    votes_are
        Whose answers they are, where a person knows: ``volunteers`` or ``model``.
    """

    id: str = ""
    ra: str = ""
    dec: str = ""
    image: str = ""
    image_folder: str = ""
    votes_schema: str = ""
    votes_kind: str = ""
    votes_are: str = ""


@dataclass(frozen=True, eq=False)
class Catalog:
    """Galaxies in the order of their file.

    Parameters
    ----------
    name
        What to call it in a window: the file's or folder's name.
    source
        Absolute path of the file or folder.
    ids : (row,) str
        Galaxy ids, as text exactly as published (18 digits stay 18 digits); unique.
    ra, dec : (row,) float64
        ICRS degrees; NaN where unknown.
    columns
        What there is to load, in the file's order.
    loader
        Column name -> (row,) array; called once per column asked for.
    images : (row,) str
        Absolute path of each galaxy's image; "" where none was found.
    tried
        Row -> the path that was tried for its image, for a tile that must say why it is empty.
    notes
        Sentences about what the reader decided or could not understand.
    is_simulated
        True where the galaxies are drawn by a program: the window says so wherever it shows them.
    """

    name: str
    source: str
    ids: NDArray[np.str_]
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    columns: tuple[ColumnInfo, ...]
    loader: Callable[[str], Column]
    images: Sequence[str]
    roles: Roles = Roles()
    tried: Callable[[int], str] = lambda row: ""
    notes: tuple[str, ...] = ()
    is_simulated: bool = False
    _loaded: dict[str, Column] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the catalog's own columns, in the file's order."""
        return tuple(info.name for info in self.columns)

    def column(self, name: str) -> Column:
        """The values of one column, one a row; loaded at the first call. `KeyError` if there is no such column."""
        if name not in self._loaded:
            if name not in self.column_names:
                raise KeyError(name)
            self._loaded[name] = self.loader(name)
        return self._loaded[name]

    def image_of(self, row: int) -> str:
        """Absolute path of the image of a row; "" where none was found."""
        return self.images[row]
