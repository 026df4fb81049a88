"""Name -> object tables filled by a decorator, one module a thing.

A reader, projection or model family is one file in a package; importing the package's modules fills the table. A module
that fails to import is kept with its reason, so that the About box can show it instead of hiding it.
"""

import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Registry(Generic[Thing]):
    """Things of one kind, found by importing every module of a package.

    Parameters
    ----------
    package
        Dotted name of the package whose modules are searched, each exactly once, in alphabetical order.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._things: dict[str, Thing] = {}
        self._failures: dict[str, str] = {}
        self._searched = False
        self._search_lock = threading.Lock()

    def register(self, name: str) -> Callable[[Thing], Thing]:
        """Decorator: keep the decorated object under `name`."""

        def keep(thing: Thing) -> Thing:
            assert name not in self._things, f"{name} is registered twice in {self._package}"
            self._things[name] = thing
            return thing

        return keep

    @property
    def things(self) -> Mapping[str, Thing]:
        """Everything registered, by name; the package is searched at the first call."""
        self._search()
        return MappingProxyType(self._things)

    @property
    def failures(self) -> Mapping[str, str]:
        """Module name -> why it could not be imported."""
        self._search()
        return MappingProxyType(self._failures)

    def __iter__(self) -> Iterator[Thing]:
        return iter(self.things.values())

    def _search(self) -> None:
        with self._search_lock:  # another thread must not see a table that is half filled
            if self._searched:
                return
            package = importlib.import_module(self._package)
            for module in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
                try:
                    importlib.import_module(f"{self._package}.{module}")
                except Exception as error:  # noqa: BLE001 - a broken plug-in is shown, whatever broke it
                    self._failures[module] = f"{type(error).__name__}: {error}"
            self._searched = True
