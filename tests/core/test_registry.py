"""Modules of a package fill a table; one that fails is kept with its reason."""

import sys
import threading

import pytest

from gzviewer.core.registry import Registry


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two readers, one of which cannot be imported; `registry` is filled by them."""
    folder = tmp_path / "readers_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from gzviewer.core.registry import Registry\nregistry = Registry(__name__)\n", encoding="utf-8"
    )
    (folder / "good.py").write_text(
        "from readers_of_a_test import registry\nregistry.register('good')(42)\n", encoding="utf-8"
    )
    (folder / "broken.py").write_text("import a_library_that_is_not_there\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder.name
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


def registry_of(package):
    __import__(package)
    return sys.modules[package].registry


def test_every_module_is_found_and_a_broken_one_is_named_with_its_reason(package):
    registry = registry_of(package)
    assert dict(registry.things) == {"good": 42}
    assert "a_library_that_is_not_there" in registry.failures["broken"]


def test_threads_that_ask_at_once_all_see_the_whole_table(package):
    registry, seen, start = registry_of(package), [], threading.Barrier(8)

    def ask():
        start.wait()
        seen.append(list(registry))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [[42]] * 8


def test_a_name_stands_for_one_thing():
    registry = Registry("nowhere")
    registry.register("fits")(1)
    with pytest.raises(AssertionError, match="twice"):
        registry.register("fits")(2)
