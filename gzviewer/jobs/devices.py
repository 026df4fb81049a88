"""What the window asks a child process about the computer: which devices a model can run on."""

from dataclasses import dataclass

DEVICES = {"auto": "the fastest there is", "cpu": "CPU", "cuda": "CUDA (NVIDIA)", "mps": "MPS (Apple)"}
"""What a person can choose, in words."""


@dataclass(frozen=True)
class DevicesRequest:
    """Ask torch what there is."""

    task: str = "gzviewer.ml.found_devices:run_devices"


@dataclass(frozen=True)
class FoundDevice:
    """One device that is there: its kind (``cpu``, ``cuda``, ``mps``), its name, and its memory (0: not told)."""

    kind: str
    name: str
    gibibytes: float = 0.0
