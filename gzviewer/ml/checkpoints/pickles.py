"""How much work a pickle would make, counted before it is read.

A pickle may name a tuple twice inside a tuple, that one twice inside the next, and so on: a hundred bytes whose hash takes
longer than anybody waits. Opcodes are walked through here with the size of each tuple in place of the tuple.
"""

import io
import pickletools
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import torch

from gzviewer.core.errors import ModelError
from gzviewer.ml.checkpoints.guards import ANOTHER, Kind

MOST_IN_TUPLE = 100_000  # parts, those of its parts counted
MOST_WORK = 30_000_000  # parts that are compared or kept: some seconds; a large checkpoint makes one million
MOST_STEPS = 20_000_000
PICKLES_OF_LEGACY = 5  # magic number, version, system, content, names of storages
KEEPS = frozenset(
    {"APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "REDUCE", "NEWOBJ", "BUILD", "BINPERSID"}
)
MARK = -1


def check_pickle(path: Path, kind: Kind) -> None:
    """Refuse a checkpoint whose pickle would keep a reader busy without end.

    Raises
    ------
    ModelError
        If so, or if it is no whole pickle.
    """
    try:
        if kind is Kind.ARCHIVE:
            reader = torch._C.PyTorchFileReader(str(path))  # noqa: SLF001 - finds the very one that torch reads
            record = reader.get_record("data.pkl")
            _check_work(io.BytesIO(record), path)
        elif kind is Kind.LEGACY:
            with path.open("rb") as content:
                for _ in range(PICKLES_OF_LEGACY):
                    if not content.peek(1):
                        return
                    _check_work(content, path)
    except ModelError:
        raise
    except Exception as error:  # bytes made to do harm can make a reader raise anything
        raise ModelError(
            f"{path} is damaged or no checkpoint: its list of weights is no pickle.", ANOTHER
        ) from error


def _check_work(content: IO[bytes], path: Path) -> None:
    """Walk through one pickle."""
    work = 0
    for steps, cost in enumerate(_costs(content)):
        work += cost
        if steps > MOST_STEPS or work > MOST_WORK or cost > MOST_WORK:
            raise ModelError(f"{path} is made so that reading it takes without end.", ANOTHER)


def _costs(content: IO[bytes]) -> Iterator[int]:
    """The work of each step of a pickle; more than `MOST_WORK` for a tuple that is too large to be one of a model."""
    stack: list[int] = []
    memo: dict[object, int] = {}
    for opcode, argument, _ in pickletools.genops(content):
        name = opcode.name
        if name == "MARK":
            stack.append(MARK)
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name.endswith("PUT"):
            memo[argument] = stack[-1]
        elif name.endswith("GET"):
            stack.append(memo.get(argument, 1))
        else:
            taken = _taken(stack, opcode)
            size = 1 + sum(taken) if "TUPLE" in name else 1
            stack.extend([size] * len(opcode.stack_after))
            if size > MOST_IN_TUPLE:
                yield MOST_WORK + 1
            yield sum(taken) if name in KEEPS else 0
            continue
        yield 0


def _taken(stack: list[int], opcode: pickletools.OpcodeInfo) -> list[int]:
    """What a step takes off the stack: all down to the last mark, or so many."""
    before = opcode.stack_before
    taken: list[int] = []
    if pickletools.markobject in before:
        while stack and (top := stack.pop()) != MARK:
            taken.append(top)
        before = before[: before.index(pickletools.markobject)]
    taken.extend(stack.pop() for _ in before if stack)
    return [part for part in taken if part != MARK]
