"""Metrics as files: a table of all epochs, and the events that TensorBoard shows.

The form of event files (records with checksums, around three small messages of protocol buffers) is written here, because it is
short and the package that writes it brings more than a hundred megabytes.
"""

import csv
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

TABLE_NAME, EVENTS_FOLDER = "metrics.csv", "events"
POLYNOMIAL = 0x82F63B78  # of CRC-32C, bits reversed
VARIABLE, FIXED_64, TEXT, FIXED_32 = 0, 1, 2, 5  # wire types of protocol buffers


def write_table(path: Path, history: Sequence[Mapping[str, float]]) -> None:
    """All epochs, a line each."""
    columns = list(dict.fromkeys(name for line in history for name in line))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)


def write_events(path: Path, history: Sequence[Mapping[str, float]], started: float) -> None:
    """All epochs as one event file, each value under its column's name.

    Parameters
    ----------
    history
        Columns ``epoch`` and ``seconds`` tell the step and, summed, the time of each line.
    started
        Seconds since 1970.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [_field(1, FIXED_64, struct.pack("<d", started)) + _text(3, b"brain.Event:2")]
    now = started
    for line in history:
        now += line["seconds"]
        values = b"".join(
            _text(1, _text(1, name.encode()) + _field(2, FIXED_32, struct.pack("<f", value)))
            for name, value in line.items()
            if name != "epoch"
        )
        head = _field(1, FIXED_64, struct.pack("<d", now)) + _field(2, VARIABLE, _varint(int(line["epoch"])))
        records.append(head + _text(5, values))
    path.write_bytes(b"".join(map(_record, records)))


def _record(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    return length + _checksum(length) + content + _checksum(content)


def _checksum(content: bytes) -> bytes:
    """CRC-32C, turned and shifted as TFRecord files have it."""
    value = 0xFFFFFFFF
    for byte in content:
        value = CRC_TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    value ^= 0xFFFFFFFF
    return struct.pack("<I", ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (POLYNOMIAL if value & 1 else 0)  # noqa: PLW2901 - eight times
        table.append(value)
    return tuple(table)


CRC_TABLE = _crc_table()


def _field(number: int, kind: int, content: bytes) -> bytes:
    return _varint(number << 3 | kind) + content


def _text(number: int, content: bytes) -> bytes:
    return _field(number, TEXT, _varint(len(content)) + content)


def _varint(number: int) -> bytes:
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])
