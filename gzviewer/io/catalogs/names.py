"""The names that surveys give to the columns everybody needs, in any letter case."""

import re
from collections.abc import Iterable, Sequence

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
RA = (
    "ra",
    "ra_deg",
    "raj2000",
    "_raj2000",
    "ra_j2000",
    "right_ascension",
    "alpha_j2000",
    "ra_icrs",
    "alpha",
    "ra1",
    "ra_1",
)
DEC = (
    "dec",
    "dec_deg",
    "dej2000",
    "_dej2000",
    "dec_j2000",
    "declination",
    "delta_j2000",
    "de_icrs",
    "delta",
    "dec1",
    "dec_1",
)
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
INDEX = re.compile(r"(unnamed: ?\d+|column_1|index|__index_level_0__|level_0)", re.IGNORECASE)


def named(names: Sequence[str], wanted: Iterable[str]) -> str:
    """The first of the wanted names that is there, as it is written there; "" where none is."""
    written = {name.lower(): name for name in reversed(names)}
    return next((written[name] for name in wanted if name in written), "")


def id_candidates(columns: Sequence[ColumnInfo]) -> list[str]:
    """Columns that may hold galaxy ids, likeliest first: known names, names that end in id; else the first."""
    able = [info.name for info in columns if info.kind in {"int", "text"}]
    known = [name for wanted in IDS if (name := named(able, [wanted]))]
    others = [name for name in able if re.search(r"(^|_)(id|name|objid)$", name.lower())]
    first = [name for name in able[:3] if not INDEX.fullmatch(name) or name == "column_1"]
    return list(dict.fromkeys([*known, *others] or first))


def image_candidates(columns: Sequence[ColumnInfo]) -> list[str]:
    """Columns of text that may hold image paths, likeliest first."""
    texts = [info.name for info in columns if info.kind == "text"]
    return [name for wanted in IMAGES if (name := named(texts, [wanted]))]
