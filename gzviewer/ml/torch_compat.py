"""Lets timm be imported where torchvision's compiled operators do not fit the installed torch.

timm imports torchvision for its image transforms; gzviewer uses neither those nor the two operators that torchvision describes to
torch at import. With a CPU torch beside a CUDA torchvision these operators cannot load, and the import fails ("operator
torchvision::nms does not exist"). Declaring their signatures is enough to let it through; calling them would still fail, as it
should. Where torchvision's own operators load, they are left alone.

Always take timm from here: ``from gzviewer.ml.torch_compat import timm``.
"""

import importlib.util
from pathlib import Path

import torch

__all__ = ["declare_missing_operators", "timm"]

_SIGNATURES = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def _own_operators_load() -> bool:
    """True where torchvision's compiled library is there and fits this torch, or where there is no torchvision at all."""
    found = importlib.util.find_spec("torchvision")
    if found is None or found.origin is None:
        return True
    for library in sorted(Path(found.origin).parent.glob("_C*")):
        try:
            torch.ops.load_library(library)  # type: ignore[no-untyped-call]
        except OSError:
            return False
    return hasattr(torch.ops.torchvision, "nms")


def declare_missing_operators() -> torch.library.Library | None:
    """Declare the signatures of `nms` and `qnms` if torchvision cannot bring its own.

    Returns
    -------
    The declaration, which is withdrawn when it is deleted; None where nothing had to be declared.
    """
    if _own_operators_load():
        return None
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for signature in _SIGNATURES:
        library.define(signature)  # type: ignore[no-untyped-call]
    return library


_declared = declare_missing_operators()  # kept: a declaration ends with its object

import timm  # noqa: E402 - only now can it be imported
