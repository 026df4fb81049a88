"""What computes the encoders of a model: torch, or on the CPU ONNX Runtime where it gives the same numbers.

ONNX Runtime is two to three times as fast as torch on a CPU, needs no filled-up batches, and a hundredth of their memory. It is
taken where it is installed, the encoder can be exported, and its features and outputs agree with torch's to `SAME` of
their scale on the pictures of `gzviewer.ml.backends.agreement`, which is tried each time a model is loaded.
Dropout and head are always torch's. docs/adr/0006 says why the choice does not depend on the number of galaxies.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from gzviewer.core.errors import UserError
from gzviewer.io.manifest import Manifest
from gzviewer.ml.backends.agreement import difference
from gzviewer.ml.backends.half import HalfPrecision, half_type
from gzviewer.ml.backends.onnx_file import NotExported, exported
from gzviewer.ml.backends.onnx_runtime import OnnxPredictor, runtime_name
from gzviewer.ml.families import Predictor

SAME = 1e-5  # of the largest number: torch itself moves by 1e-6 where it adds in another order
TORCH = "torch"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backend:
    """The networks of a model, as they are computed.

    Parameters
    ----------
    predictors
        One a network.
    name
        Who computes the features, for people and for the provenance of what is stored.
    note
        Why it is that, or how far it is from torch in single precision, as one sentence.
    one_by_one
        True where each galaxy is computed by itself, so that batches need not be filled up.
    """

    predictors: Sequence[Predictor]
    name: str
    note: str
    one_by_one: bool = False


def choose_backend(
    manifest: Manifest, predictors: Sequence[Predictor], device: torch.device, *, half: bool = False
) -> Backend:
    """The fastest way to compute a model that gives torch's numbers.

    Parameters
    ----------
    half
        Encoders in half precision, which moves numbers by some thousandths: `Backend.note` says how far.

    Raises
    ------
    UserError
        If half precision is asked for on a CPU, where nothing is gained by it.
    """
    if device.type != "cpu":
        return _on_a_card(manifest, predictors, device, half=half)
    if half:
        raise UserError("Half precision is for graphics cards.", "Leave it out, or choose another device.")
    try:
        faster = [
            OnnxPredictor(exported(network, manifest, number), network)
            for number, network in enumerate(predictors)
        ]
    except NotExported as error:
        log.info("no ONNX Runtime for %s: %s", manifest.name, error)
        return Backend(predictors, TORCH, f"Computed by torch: {error}")
    apart = _apart(predictors, faster, manifest, device)
    if not apart <= SAME:
        return Backend(
            predictors, TORCH, f"Computed by torch: ONNX Runtime differs by {apart:.0e} of the scale."
        )
    return Backend(faster, runtime_name(), f"Agrees with torch to {apart:.0e} of the scale.", one_by_one=True)


def _on_a_card(
    manifest: Manifest, predictors: Sequence[Predictor], device: torch.device, *, half: bool
) -> Backend:
    """Torch on a graphics card; never run on one so far."""
    if not half:
        return Backend(predictors, TORCH, "Computed by torch in single precision.")
    kind = half_type(device)
    halves = [HalfPrecision(network, device.type, kind) for network in predictors]
    apart, name = _apart(predictors, halves, manifest, device), str(kind).removeprefix("torch.")
    return Backend(
        halves, f"{TORCH} {name}", f"Half precision moves numbers by up to {apart:.0e} of the scale."
    )


def _apart(
    predictors: Sequence[Predictor], others: Sequence[Predictor], manifest: Manifest, device: torch.device
) -> float:
    pairs = zip(predictors, others, strict=True)
    return max(difference(one, other, manifest, device) for one, other in pairs)
