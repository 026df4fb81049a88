import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gzviewer.core.coordinates import degrees_from_sexagesimal, format_position, parse_position, sexagesimal


@pytest.mark.parametrize(
    ("text", "hours", "degrees"),
    [
        ("00:00:02.41", True, 0.0100416667),
        ("+14:49:19.0", False, 14.8219444444),
        ("-00:00:36", False, -0.01),
        ("−12 30", False, -12.5),
        ("12h34m56.7s", True, 188.73625),
        ("-05d06m07s", False, -5.1019444444),
        ("10°30'00\"", False, 10.5),
        ("155.25", True, 155.25),
        ("1e3", True, np.nan),
        ("10:60:00", True, np.nan),
        ("10:-5:00", True, np.nan),
        ("galaxy", True, np.nan),
        ("", False, np.nan),
        ("1:2:3:4", False, np.nan),
    ],
)
def test_a_written_coordinate_is_read_to_a_millionth_of_a_degree(text, hours, degrees):
    assert degrees_from_sexagesimal([text], hours=hours)[0] == pytest.approx(degrees, abs=1e-9, nan_ok=True)


@given(st.lists(st.floats(0, 359.999), min_size=1), st.integers(0, 6))
def test_right_ascensions_survive_writing_and_reading(degrees, decimals):
    again = degrees_from_sexagesimal(sexagesimal(degrees, hours=True, decimals=decimals).tolist(), hours=True)
    apart = (again - np.array(degrees) + 180) % 360 - 180
    assert np.abs(apart).max() <= 15 / 3600 / 10**decimals / 2 + 1e-9


@given(st.floats(-90, 90), st.integers(0, 6))
def test_declinations_survive_writing_and_reading(degrees, decimals):
    text = sexagesimal(degrees, hours=False, decimals=decimals)[0]
    assert text[0] in "+-"
    assert degrees_from_sexagesimal([text], hours=False)[0] == pytest.approx(
        degrees, abs=1 / 3600 / 10**decimals / 2 + 1e-9
    )


@given(st.floats(0, 360), st.floats(-90, 90), st.integers(0, 4))
def test_no_minute_or_second_is_ever_sixty(ra, dec, decimals):
    for text in (
        sexagesimal(ra, hours=True, decimals=decimals)[0],
        sexagesimal(dec, hours=False, decimals=decimals)[0],
    ):
        assert all(float(part) < 60 for part in text.split(":")[1:])
    assert int(sexagesimal(ra, hours=True)[0][:2]) < 24


def test_a_position_is_written_as_surveys_write_it():
    assert format_position(155.28083333, 12.66805556) == "10:21:07.4 +12:40:05"
    assert format_position(359.999999, -0.0000001) == "00:00:00.0 +00:00:00"
    assert format_position(float("nan"), 3.0) == ""


@pytest.mark.parametrize(
    "text",
    [
        "155.28083333 12.66805556",
        "155.28083333, +12.66805556",
        "10:21:07.4 +12:40:05",
        "10h21m07.4s +12d40m05s",
        "10 21 07.4 12 40 05",
    ],
)
def test_a_typed_position_is_understood(text):
    assert parse_position(text) == pytest.approx((155.28083333, 12.66805556), abs=1e-6)


@pytest.mark.parametrize("text", ["", "M51", "155.28", "400 20", "10:21:07 +99:00:00", "a 1 2", "1 2 3"])
def test_what_is_no_position_is_none(text):
    assert parse_position(text) is None
