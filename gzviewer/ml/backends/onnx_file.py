"""The encoder of a network as an ONNX graph for one galaxy, kept in the cache folder.

Measured on two shared virtual cores: torch's older exporter takes 0.5 - 0.8 s a network (efficientnet_b0, convnext_nano) and
70 MB, the newer one 4 - 6 s and 150 MB; both give the same graph for ONNX Runtime. So the older one is used. A cached file
is known by the weights, the versions of all who had a part in it, and a checksum at its end. It may be deleted at any time.
"""

import hashlib
import io
import logging
import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor, nn

from gzviewer.io.manifest import Manifest
from gzviewer.io.settings import cache_folder
from gzviewer.ml.families import Predictor
from gzviewer.ml.torch_compat import timm

VERSION = 1  # raise it when graphs are made in another way
OPERATORS = 17  # the set of ONNX's operators: the first with layer normalisation
SUFFIX = ".encoder"
DIGEST_LENGTH = 32  # bytes of a SHA-256
NOT_EXPORTABLE = (
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ImportError,
)
"""What torch's exporter raises where a network cannot be told as a graph, or `onnx` is not installed."""

log = logging.getLogger(__name__)


class NotExported(Exception):  # noqa: N818 - not an error: torch computes the network itself
    """Why a network does not run in ONNX Runtime, as a sentence."""


class _Features(nn.Module):
    """A network without its head."""

    def __init__(self, network: nn.Module, features: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.network = network  # or its weights would not be found
        self._features = features

    def forward(self, images: Tensor) -> Tensor:
        return self._features(images)


def exported(network: Predictor, manifest: Manifest, number: int) -> bytes:
    """The graph of network `number` of a model: ``images`` (1, channel, y, x) -> ``features`` (1, feature).

    Raises
    ------
    NotExported
        If it cannot be told as a graph.
    """
    if not isinstance(network, nn.Module):
        raise NotExported("the network is not one of torch's.")
    path = _path(manifest, number)
    kept = _kept(path)
    if kept is None:
        kept = _export(_Features(network, network.features).eval(), manifest)
        _keep(path, kept)
    return kept


def _export(features: _Features, manifest: Manifest) -> bytes:
    file = io.BytesIO()
    example = torch.zeros(1, manifest.channels, manifest.side, manifest.side)
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter(
                "ignore"
            )  # that there is a newer exporter, and that shapes become constants
            torch.onnx.export(
                features,
                (example,),
                file,  # type: ignore[arg-type]  # the older exporter writes into memory too
                dynamo=False,
                opset_version=OPERATORS,
                input_names=["images"],
                output_names=["features"],
            )
    except NOT_EXPORTABLE as error:
        reason = " ".join(str(error).split())[:200]
        raise NotExported(f"the network cannot be exported ({type(error).__name__}: {reason}).") from error
    return file.getvalue()


def _path(manifest: Manifest, number: int) -> Path:
    made_by = (VERSION, OPERATORS, torch.__version__, timm.__version__, manifest.architecture)
    digest = hashlib.sha256(repr((made_by, manifest.channels, manifest.side)).encode()).hexdigest()[:16]
    return cache_folder() / "networks" / f"{manifest.sha256[:32]}-{number}-{digest}{SUFFIX}"


def _kept(path: Path) -> bytes | None:
    """The graph that was kept; None where there is none, or it is not as it was written."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    graph, digest = content[:-DIGEST_LENGTH], content[-DIGEST_LENGTH:]
    return graph if hashlib.sha256(graph).digest() == digest else None


def _keep(path: Path, graph: bytes) -> None:
    """Keep a graph for the next time, in place of those of older versions. Where that fails it is made anew then."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(graph + hashlib.sha256(graph).digest())
        beside.replace(path)
        for old in path.parent.glob(f"{path.name.rpartition('-')[0]}-*{SUFFIX}"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError as error:
        log.info("%s cannot be kept: %s", path, error.strerror)
        with suppress(OSError):
            beside.unlink(missing_ok=True)
