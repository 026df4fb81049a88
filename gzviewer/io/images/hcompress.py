"""A guard for tiles packed by HCOMPRESS: each says itself how large it is, and is unpacked without being checked.

A damaged tile that claims more pixels than it has is written past the end of its memory, in astropy's library, which
ends the program or spoils what it does next. So the sizes are compared before anything is unpacked.
"""

import math
import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from astropy.io.fits import BinTableHDU  # type: ignore[import-untyped]

MAGIC = b"\xdd\x99"
START = struct.Struct(">2sii")  # magic number, rows, columns


def check_tiles(source: BinaryIO, numbers: list[int]) -> None:
    """Compare what the tiles of such extensions claim with what the header says.

    Raises
    ------
    ValueError
        If a tile claims to be another or larger than it is; and whatever astropy raises on damage.
    """
    from astropy.io import fits  # type: ignore[import-untyped]  # noqa: PLC0415 - as in `fits_file`

    place = source.tell()
    tables = fits.open(source, memmap=False, disable_image_compression=True)
    try:
        for number in numbers:
            _check(tables[number])
    finally:
        tables.close(closed=False)
        source.seek(place)


def _check(table: "BinTableHDU") -> None:
    axes = [table.header[f"ZNAXIS{axis}"] for axis in range(1, table.header["ZNAXIS"] + 1)]
    usual = [axes[0], *(1 for _ in axes[1:])]
    tile = [table.header.get(f"ZTILE{axis + 1}", side) for axis, side in enumerate(usual)]
    counts = [-(-whole // side) for whole, side in zip(axes, tile, strict=True)]
    for number, packed in enumerate(table.data["COMPRESSED_DATA"]):
        if not len(packed):
            continue  # it was packed in another way
        pixels, left = 1, number
        for whole, side, count in zip(axes, tile, counts, strict=True):
            left, step = divmod(left, count)
            pixels *= min(side, whole - step * side)
        magic, *sides = START.unpack(packed[: START.size].tobytes())
        if magic != MAGIC or min(sides) < 1 or math.prod(sides) > pixels:
            raise ValueError(f"tile {number + 1} is damaged")
