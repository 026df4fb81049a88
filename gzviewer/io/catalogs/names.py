"""How the columns that everybody needs are recognised: by name in any letter case, by UCD, by unit."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from gzviewer.core.catalog import ColumnInfo

IDS = (
    "id_str",
    "iauname",
    "iau_name",
    "dr8_id",
    "dr7objid",
    "dr8objid",
    "object_id",
    "objid",
    "obj_id",
    "objno",
    "galaxyid",
    "galaxy_id",
    "sdss_id",
    "source_id",
    "specobjid",
    "object1",
    "id",
    "name",
    "asset_id",
    "subject_id",
    "zooniverse_id",
)
POSITIONS = (
    ("ra", "dec"),
    ("ra_deg", "dec_deg"),
    ("radeg", "dedeg"),
    ("radeg", "decdeg"),
    ("_raj2000", "_dej2000"),
    ("raj2000", "dej2000"),
    ("raj2000", "decj2000"),
    ("ra_j2000", "dec_j2000"),
    ("ra_icrs", "de_icrs"),
    ("ra_icrs", "dec_icrs"),
    ("_ra.icrs", "_de.icrs"),
    ("_ra_icrs", "_de_icrs"),
    ("_ra", "_de"),
    ("right_ascension", "declination"),
    ("rightascension", "declination"),
    ("alpha_j2000", "delta_j2000"),
    ("alphaj2000", "deltaj2000"),
    ("alpha_sky", "delta_sky"),
    ("alpha", "delta"),
    ("target_ra", "target_dec"),
    ("ra1", "dec1"),
    ("ra_1", "dec_1"),
    ("ra", "de"),
    ("ra", "decl"),
)
"""Right ascension and declination, likeliest first: those of the surveys, of VizieR (CDS) and of SExtractor."""
IMAGES = (
    "file_loc",
    "local_png_loc",
    "png_loc",
    "local_jpg_loc",
    "jpg_loc",
    "jpeg_loc",
    "image_path",
    "image_file",
    "image_loc",
    "image",
    "filename",
    "file_name",
    "filepath",
    "file_path",
    "file",
    "path",
    "cutout",
    "cutout_path",
    "png",
    "jpg",
    "fits_loc",
    "local_fits_loc",
)
UCDS_OF_RA = ("pos.eq.ra;meta.main", "pos_eq_ra_main", "pos.eq.ra", "pos_eq_ra")
UCDS_OF_DEC = ("pos.eq.dec;meta.main", "pos_eq_dec_main", "pos.eq.dec", "pos_eq_dec")
UCDS_OF_ID = ("meta.id;meta.main", "id_main")
NOTHING: Mapping[str, str] = {}
INDEX = re.compile(r"(unnamed: ?\d+|column_1|index|__index_level_0__|level_0)", re.IGNORECASE)


def named(names: Sequence[str], wanted: Iterable[str]) -> str:
    """The first of the wanted names that is there, as it is written there; "" where none is."""
    written = {name.lower(): name for name in reversed(names)}
    return next((written[name] for name in wanted if name in written), "")


def position_names(columns: Sequence[ColumnInfo], ucds: Mapping[str, str]) -> tuple[str, str]:
    """Columns of right ascension and declination: by name, else by UCD, else by unit; "" where there is none."""
    names = [info.name for info in columns]
    pairs = [(named(names, [ra]), named(names, [dec])) for ra, dec in POSITIONS]
    by_unit = (_only(columns, is_hours), _only(columns, is_degrees_and_minutes))
    candidates = [*pairs, *_by_ucd(names, ucds), by_unit]
    whole = next((pair for pair in candidates if all(pair)), None)
    return whole or (named(names, (ra for ra, _ in POSITIONS)), named(names, (dec for _, dec in POSITIONS)))


def _by_ucd(names: Sequence[str], ucds: Mapping[str, str]) -> list[tuple[str, str]]:
    """The main position of the table, then any other that is not of the equinox 1950."""
    able = [name for name in names if "1950" not in name]
    return [
        (_meaning(able, ucds, ra), _meaning(able, ucds, dec))
        for ra, dec in zip(UCDS_OF_RA, UCDS_OF_DEC, strict=True)
    ]


def _meaning(names: Sequence[str], ucds: Mapping[str, str], wanted: str) -> str:
    return next((name for name in names if ucds.get(name, "").strip().lower() == wanted), "")


def _only(columns: Sequence[ColumnInfo], is_wanted: Callable[[str], bool]) -> str:
    """The one column of such a unit; "" where there are several or none."""
    found = [info.name for info in columns if is_wanted(info.unit)]
    return found[0] if len(found) == 1 else ""


def plain_unit(unit: str) -> str:
    """A unit as it is compared: lower case, without quotes and spaces around."""
    return unit.strip(" \"'").lower()


def is_hours(unit: str) -> bool:
    """True of a unit of hour angles: numbers of hours, or hours, minutes and seconds as text."""
    return plain_unit(unit) in {"h", "hr", "hour", "hours", "hourangle", "h:m:s", "hh:mm:ss", "h m s"}


def is_degrees_and_minutes(unit: str) -> bool:
    """True of the unit of text that writes degrees, minutes and seconds."""
    return plain_unit(unit) in {"d:m:s", "dd:mm:ss", "d m s", "deg:m:s"}


def id_candidates(columns: Sequence[ColumnInfo], ucds: Mapping[str, str] = NOTHING) -> list[str]:
    """Columns that may hold galaxy ids, likeliest first: by name, by UCD, names that end in id; else the first."""
    able = [info.name for info in columns if info.kind in {"int", "text"}]
    known = [name for wanted in IDS if (name := named(able, [wanted]))]
    known += [name for wanted in UCDS_OF_ID if (name := _meaning(able, ucds, wanted))]
    others = [name for name in able if re.search(r"(^|_)(id|name|objid)$", name.lower())]
    first = [name for name in able[:3] if not INDEX.fullmatch(name) or name == "column_1"]
    return list(dict.fromkeys([*known, *others] or first))


def image_candidates(columns: Sequence[ColumnInfo]) -> list[str]:
    """Columns of text that may hold image paths, likeliest first."""
    texts = [info.name for info in columns if info.kind == "text"]
    return [name for wanted in IMAGES if (name := named(texts, [wanted]))]
