"""Errors that are the world's, not ours: each is a sentence and a remedy.

The tree::

    UserError
    ├── SchemaError      a decision tree that cannot be one
    ├── CatalogError     a table or folder that cannot be opened as a catalog
    ├── ImageError       one image that cannot be read
    │   └── ShortMemory  ... now, for want of memory
    ├── ModelError       a checkpoint or manifest that cannot be used
    ├── StoreError       predictions or labels that cannot be kept or read
    └── WorkerDied       a child process that ended without an answer

Anything else that is raised is a bug.
"""


class UserError(Exception):
    """Something a person can mend: what happened, and what to do about it.

    Parameters
    ----------
    what
        One sentence: what is wrong, naming the file, column or line.
    remedy
        One sentence: what to do next. May be empty.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class SchemaError(UserError):
    """A decision tree that cannot be one.

    Parameters
    ----------
    culprit
        The words in the file that are wrong, so that a reader can name their line. May be empty.
    """

    def __init__(self, what: str, remedy: str = "", culprit: str = "") -> None:
        super().__init__(what, remedy)
        self.args = (what, remedy, culprit)  # pickles by args
        self.culprit = culprit


class CatalogError(UserError):
    """A table or folder that cannot be opened as a catalog."""


class ImageError(UserError):
    """One image that cannot be read."""


class ShortMemory(ImageError):  # noqa: N818 - says what is wrong; nothing is wrong with the image
    """One image for which there is not enough memory free."""


class ModelError(UserError):
    """A checkpoint or manifest that cannot be used."""


class StoreError(UserError):
    """Predictions or labels that cannot be kept or read."""


class WorkerDied(UserError):  # noqa: N818 - says what happened; "Error" would add nothing
    """A child process that ended without an answer."""
