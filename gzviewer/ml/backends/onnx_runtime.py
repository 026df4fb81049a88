"""A network whose encoder is computed by ONNX Runtime, one galaxy at a time, by the thread that asks.

Measured (docs/adr/0006): batches of 1 to 32 galaxies take the same time each galaxy and give the same bits, but one galaxy needs
8 MB and 32 need 700 MB (efficientnet_b0, 224 px). So a galaxy's features cannot depend on its neighbours, and several
threads share one session.
"""

import importlib.util
from importlib.metadata import version

import numpy as np
import torch
from torch import Tensor

from gzviewer.ml.backends.onnx_file import NotExported
from gzviewer.ml.families import Predictor

ERRORS_ONLY = 3  # of ONNX Runtime's levels of telling
NOT_INSTALLED = "onnxruntime is not installed."


def runtime_name() -> str:
    """Name and version, for the provenance of what is stored."""
    return f"onnxruntime {version('onnxruntime')}"


class OnnxPredictor:
    """A network in two parts: ONNX Runtime's encoder, and torch's dropout and head.

    Parameters
    ----------
    graph
        The encoder, as `gzviewer.ml.backends.onnx_file` makes it.
    network
        Whose encoder it is.

    Raises
    ------
    NotExported
        If ONNX Runtime is not installed or cannot compute the graph.
    """

    def __init__(self, graph: bytes, network: Predictor) -> None:
        if importlib.util.find_spec("onnxruntime") is None:
            raise NotExported(NOT_INSTALLED)
        import onnxruntime as runtime  # type: ignore[import-untyped]  # noqa: PLC0415 - optional, and 0.3 s

        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # several galaxies at a time instead
        options.log_severity_level = ERRORS_ONLY
        runtime.disable_telemetry_events()
        self._network = network
        self._faults = _faults()
        try:
            self._session = runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except self._faults as error:
            raise NotExported(f"ONNX Runtime cannot compute the network: {error}.") from error

    @property
    def drop_probability(self) -> float:
        """Probability with which dropout removes a feature."""
        return self._network.drop_probability

    def features(self, images: Tensor) -> Tensor:
        """Images (galaxy, channel, y, x) -> (galaxy, feature).

        Raises
        ------
        RuntimeError
            With ONNX Runtime's words, of whatever it could not do: short memory for one.
        """
        galaxies = np.ascontiguousarray(images.numpy())
        try:
            found = [
                self._session.run(None, {"images": galaxies[at : at + 1]})[0] for at in range(len(galaxies))
            ]
        except self._faults as error:
            raise RuntimeError(str(error)) from error
        return torch.from_numpy(np.concatenate(found))

    def outputs(self, features: Tensor) -> Tensor:
        """Features (..., feature) -> (..., output)."""
        return self._network.outputs(features)


def _faults() -> tuple[type[Exception], ...]:
    """Everything that ONNX Runtime raises: it has no common class for it."""
    import onnxruntime.capi.onnxruntime_pybind11_state as state  # type: ignore[import-untyped]  # noqa: PLC0415 - optional

    found = (getattr(state, name) for name in dir(state))
    kinds = [kind for kind in found if isinstance(kind, type) and issubclass(kind, Exception)]
    return (*kinds, RuntimeError)
