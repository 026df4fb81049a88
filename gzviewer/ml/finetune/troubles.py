"""What is the world's, not ours, while a model is taught: full disks, files that cannot be used, short memory."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from gzviewer.core.errors import UserError
from gzviewer.jobs.finetune_requests import FinetuneRequest
from gzviewer.ml.devices import is_out_of_memory, short_memory_told

FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))  # no quotas on Windows


def memory_remedy(device: torch.device) -> str:
    """What to do where memory is short."""
    other = "close other programs" if device.type == "cpu" else "choose --device cpu"
    return f"Go on with --resume: {other}; or start anew with fewer --blocks or a smaller model."


@contextmanager
def told_to_the_person(request: FinetuneRequest) -> Iterator[None]:
    """A full disk and a full memory are the world's, wherever they are met."""
    is_cpu = request.device == "cpu" or not (torch.cuda.is_available() or torch.backends.mps.is_available())
    with short_memory_told(lambda: memory_remedy(torch.device("cpu" if is_cpu else "cuda"))):
        try:
            yield
        except OSError as error:
            if is_out_of_memory(error):
                raise
            what = f"{error.filename or request.out} cannot be written or read: {error.strerror or error}."
            raise UserError(what, _disk_remedy(error)) from error


def _disk_remedy(error: OSError) -> str:
    if error.errno in FULL:
        return "Make room on that disk, then go on with --resume."
    if isinstance(error, PermissionError):
        return "Give yourself the right to read and write it, then go on with --resume."
    if isinstance(error, FileNotFoundError):
        return "Put it back, or start anew in another folder."
    return "See what is wrong with that file or disk, then go on with --resume."
