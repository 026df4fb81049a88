"""The tables of a model's manifest, asked for their values by key and type, so that each fault is told with its key."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from gzviewer.core.errors import ModelError

Value = TypeVar("Value")


class ManifestTable:
    """A table of a manifest.

    Every question raises `ModelError`, naming file and key, where the answer is missing or of another type.
    """

    def __init__(self, table: Mapping[str, object], path: Path, prefix: str = "") -> None:
        self._table, self._path, self._prefix = table, path, prefix

    def value(self, key: str, kind: type[Value], otherwise: Value | None = None) -> Value:
        """The value of a key, or `otherwise`; without that the key must be there. A whole number does for a fraction."""
        if key not in self._table and otherwise is not None:
            return otherwise
        if key not in self._table:
            raise ModelError(f"{self._path} has no {self._prefix}{key}.", "Add it there.")
        value = self._table[key]
        if kind is float and type(value) is int:
            value = float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            what = f"{self._path}: {self._prefix}{key} is {value!r}, which is no {kind.__name__}."
            raise ModelError(what, "Mend it there.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values: list[object] = self.value(key, list)
        if not all(isinstance(value, str) for value in values):
            raise ModelError(f"{self._path}: {self._prefix}{key} is no list of texts.", "Mend it there.")
        return tuple(str(value) for value in values)

    def numbers(self, key: str) -> Mapping[str, float]:
        """A table of numbers; empty where there is none."""
        table = ManifestTable(self.notes(key), self._path, f"{self._prefix}{key}.")
        return {name: table.value(name, float) for name in self.notes(key)}

    def table(self, key: str) -> "ManifestTable":
        """A table inside this one."""
        return ManifestTable(self.value(key, dict), self._path, f"{key}.")

    def notes(self, key: str) -> Mapping[str, object]:
        """A table for people; empty where there is none."""
        return self.value(key, dict) if key in self._table else {}
