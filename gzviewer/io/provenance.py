"""How predictions were made: what stands beside them on disk, so that somebody can tell years later."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache

from gzviewer import __version__

PACKAGES = ("torch", "timm")
Provenance = Mapping[str, str]
UNKNOWN: Provenance = {}


def provenance(device: str, backend: str) -> Provenance:
    """What is true of predictions that are made now.

    Parameters
    ----------
    device
        Where they are made: ``cpu``, ``cuda``, ``mps`` ...
    backend
        What computes them: ``torch``, ``onnxruntime`` ...; empty where there is only one.

    Returns
    -------
    ``gzviewer``, ``torch``, ``timm``: versions; ``device``, ``backend``, and ``date`` (UTC, ISO 8601, to the second).
    """
    where = {"device": device, "backend": backend or "torch"}
    versions = {"gzviewer": __version__, **package_versions(PACKAGES)}
    return {**versions, **where, "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}


def joined(made: Iterable[Provenance]) -> Provenance:
    """One provenance of several parts: every value that there is, ``first to last`` for dates."""
    values: dict[str, set[str]] = {}
    for one in made:
        for key, value in one.items():
            values.setdefault(key, set()).add(value)
    dates = sorted(values.pop("date", set()))
    said = {key: ", ".join(sorted(of_one)) for key, of_one in values.items()}
    if dates:
        said["date"] = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return said


@cache
def package_versions(packages: tuple[str, ...]) -> Mapping[str, str]:
    """Package -> its version, or "not installed"; nothing is imported."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - 0.05 s of every start

    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
