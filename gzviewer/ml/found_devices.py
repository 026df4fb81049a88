"""Which devices torch can use on this computer: asked by the window, which never imports torch itself."""

import os

import torch

from gzviewer.jobs.devices import DevicesRequest, FoundDevice
from gzviewer.jobs.job import JobContext


def run_devices(request: DevicesRequest, context: JobContext) -> tuple[FoundDevice, ...]:  # noqa: ARG001 - nothing to choose
    """The devices that are there, the one that ``auto`` takes first."""
    context.checkpoint()
    found = []
    if torch.cuda.is_available():
        facts = torch.cuda.get_device_properties(0)
        found.append(FoundDevice("cuda", facts.name, facts.total_memory / 2**30))
    if torch.backends.mps.is_available():
        found.append(FoundDevice("mps", "Apple GPU"))
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return (*found, FoundDevice("cpu", f"{count} core{'s' if count > 1 else ''}"))
