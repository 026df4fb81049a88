"""Sky positions as people write them: sexagesimal text <-> degrees.

Right ascension is written in hours (``hours=True``: 1 h = 15 degrees), declination in degrees.
"""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

SEPARATORS = str.maketrans(dict.fromkeys(":hHdDmMsS°'\"′″ʰᵐˢº", " ") | {"−": "-", "–": "-"})
ONE_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")


def degrees_from_sexagesimal(texts: Iterable[str], *, hours: bool) -> NDArray[np.float64]:
    """Read ``hh:mm:ss.s`` or ``±dd:mm:ss.s``, whatever stands between the parts; or plain degrees.

    Parameters
    ----------
    texts : (n,)
        One coordinate each. Two parts (hours and minutes) will do; one part is a number of degrees even where
        `hours`.
    hours
        True for right ascensions.

    Returns
    -------
    (n,) degrees; NaN where the text is no coordinate (minutes or seconds of 60 or more included).
    """
    factor = 15.0 if hours else 1.0
    return np.array([_degrees(text, factor) for text in texts], dtype=np.float64)


def _degrees(text: str, factor: float) -> float:
    parts = text.translate(SEPARATORS).split()
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return float("nan")
    if len(numbers) == 1:
        return numbers[0] if ONE_NUMBER.fullmatch(text.strip().replace("−", "-")) else float("nan")
    if len(numbers) not in (2, 3) or any(not 0 <= number < 60 for number in numbers[1:]):
        return float("nan")
    size = abs(numbers[0]) + numbers[1] / 60 + (numbers[2] / 3600 if len(numbers) == 3 else 0.0)
    return factor * (-size if parts[0].startswith("-") else size)


def sexagesimal(degrees: ArrayLike, *, hours: bool, decimals: int = 1) -> NDArray[np.str_]:
    """Write degrees as ``hh:mm:ss.s`` (`hours`: wrapped into 0-24 h) or ``±dd:mm:ss.s``.

    Parameters
    ----------
    degrees : (n,) or a number
        NaN becomes "".
    decimals
        Digits after the point of the seconds; rounding carries, so 59.99 s never becomes 60.0.
    """
    values = np.atleast_1d(np.asarray(degrees, dtype=np.float64))
    return np.array([_sexagesimal(float(value), hours, decimals) for value in values], dtype=np.str_)


def _sexagesimal(value: float, hours: bool, decimals: int) -> str:
    if not np.isfinite(value):
        return ""
    unit = 10**decimals
    ticks = round(abs(value % 360 / 15 if hours else value) * 3600 * unit)
    if hours:
        ticks %= 24 * 3600 * unit
    whole, fraction = divmod(ticks, unit)
    sign = "" if hours else "-" if value < 0 and ticks else "+"
    seconds = f"{whole % 60:02d}" + (f".{fraction:0{decimals}d}" if decimals else "")
    return f"{sign}{whole // 3600:02d}:{whole // 60 % 60:02d}:{seconds}"


def format_position(ra: float, dec: float) -> str:
    """``10:21:07.4 +12:40:05``: a position to a second of arc; "" where it is unknown."""
    if not (np.isfinite(ra) and np.isfinite(dec)):
        return ""
    return f"{sexagesimal(ra, hours=True)[0]} {sexagesimal(dec, hours=False, decimals=0)[0]}"


def parse_position(text: str) -> tuple[float, float] | None:
    """Right ascension and declination in degrees, of what a person typed; None where it is no position.

    Understands ``155.281 12.668``, ``10:21:07.4 +12:40:05``, ``10 21 07.4 +12 40 05``, ``10h21m07.4s
    -12d40m05s``.
    """
    words = re.findall(r"[+-]?[\d.]+", text.replace(",", " ").translate(SEPARATORS))
    half = len(words) // 2
    if len(words) not in (2, 4, 6) or re.search(r"[^\s\d.+-]", text.replace(",", " ").translate(SEPARATORS)):
        return None
    ra = degrees_from_sexagesimal([":".join(words[:half])], hours=True)[0]
    dec = degrees_from_sexagesimal([":".join(words[half:])], hours=False)[0]
    is_position = 0 <= ra < 360 and abs(dec) <= 90  # False for NaN
    return (float(ra), float(dec)) if is_position else None
