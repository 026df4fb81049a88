"""Draw the bundled sample of simulated galaxies: pictures, FITS cutouts and a catalog with votes.

Run as ``python resources/samples/simulate.py``. Every galaxy depends only on the seed and its own
number, so any one of them can be drawn again alone. Nothing in the sample was ever observed.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from astropy.io import fits  # type: ignore[import-untyped]  # astropy ships no type information
from astropy.wcs import WCS  # type: ignore[import-untyped]  # astropy ships no type information
from PIL import Image, PngImagePlugin

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # lets the script run from any folder

from resources.samples import sky
from resources.samples.disc_model import draw_light
from resources.samples.galaxy_model import FIELD_IN_RADII
from resources.samples.morphology import CLASS_COUNTS, Morphology, class_of_each, draw_morphology
from resources.samples.picture import lupton_picture
from resources.samples.votes import VOTE_COLUMNS, sample_votes

SEED = 20240229
SIZE = 176
"""Side of every picture in pixels."""

OVERSAMPLING = 2
"""The light is drawn on pixels this many times finer, since the middle of a bulge is sharp."""

FITS_EVERY = 10
"""One galaxy in this many also gets a FITS file."""

DEFAULT_OUT = Path(__file__).resolve().parent / "simulated"

CATALOG_COLUMNS: tuple[str, ...] = (
    "id_str",
    "file_loc",
    "fits_loc",
    "ra",
    "dec",
    "redshift",
    "mag_r",
    "petro_radius",
    "simulated",
    "drawn_class",
    "drawn_arm_count",
    "drawn_pitch_deg",
    "drawn_handedness",
    "drawn_bar",
    "drawn_bulge_fraction",
    "drawn_inclination_deg",
    "drawn_axis_ratio",
    "drawn_position_angle_deg",
    "drawn_ring",
    "drawn_merger",
    "drawn_artifact",
    "drawn_faint",
    *VOTE_COLUMNS,
)


@dataclass(frozen=True)
class SimulatedGalaxy:
    """One galaxy of the sample.

    ``cube`` holds g, r, i in nanomaggies for each pixel, shape (3, SIZE, SIZE), first row at the bottom;
    ``picture`` is its colour picture, shape (SIZE, SIZE, 3), first row at the top; ``pixel`` is in arcsec.
    """

    number: int
    morphology: Morphology
    ra: float
    dec: float
    redshift: float
    pixel: float
    cube: npt.NDArray[np.float32]
    picture: npt.NDArray[np.uint8]
    votes: dict[str, int]

    @property
    def id_str(self) -> str:
        """Name of the galaxy, which says that it is simulated."""
        return f"SIM-{self.number:04d}"

    @property
    def file_loc(self) -> str:
        """Path of the picture relative to the catalog."""
        return f"images/{self.id_str}.png"

    @property
    def fits_loc(self) -> str:
        """Path of the FITS file relative to the catalog, empty where there is none."""
        return f"fits/{self.id_str}.fits.fz" if self.number % FITS_EVERY == 0 else ""


def draw_galaxy(number: int, seed: int = SEED) -> SimulatedGalaxy:
    """Draw galaxy `number` (from 1) of the sample of `seed`."""
    streams = [np.random.default_rng([seed, number, stream]) for stream in range(1, 6)]
    morphology = draw_morphology(class_of_each(seed)[number - 1], number, streams[0])
    pixel = FIELD_IN_RADII * morphology.petro_radius / SIZE
    cube = observed(morphology, pixel, streams[1], streams[2])
    ra, dec, redshift = draw_place(morphology, streams[3])
    return SimulatedGalaxy(
        number=number,
        morphology=morphology,
        ra=ra,
        dec=dec,
        redshift=redshift,
        pixel=pixel,
        cube=cube.astype(np.float32),
        picture=lupton_picture(cube * (sky.NATIVE_PIXEL / pixel) ** 2),
        votes=sample_votes(morphology, streams[4]),
    )


def observed(
    morphology: Morphology, pixel: float, light_rng: np.random.Generator, sky_rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """The galaxy as the camera sees it, nanomaggies for each pixel, shape (3, SIZE, SIZE)."""
    fine = SIZE * OVERSAMPLING
    light = sky.flux_of(morphology.mag_r) * draw_light(morphology, light_rng, fine)
    light = light + sky.neighbours(morphology, sky_rng, fine, SIZE * pixel)
    if morphology.artifact == "saturated-star":
        light = light + sky.saturated_star(fine, sky_rng)
    fine_pixel = pixel / OVERSAMPLING
    blurred = sky.blurred(light, morphology.seeing / fine_pixel, 1.0 / fine_pixel, sky_rng)
    cube: npt.NDArray[np.float64] = sky.binned(blurred, OVERSAMPLING)
    cube = cube + sky.noise(cube, pixel, sky_rng)
    if morphology.artifact == "satellite-trail":
        cube = cube + sky.satellite_trail(SIZE, pixel, sky_rng)
    if morphology.artifact == "missing-strip":
        cube = sky.without_strip(cube, sky_rng)
    return cube


def draw_place(morphology: Morphology, rng: np.random.Generator) -> tuple[float, float, float]:
    """Made-up right ascension and declination (deg) in a northern footprint, and redshift.

    The redshift makes the galaxy about 12 kpc large at its apparent radius by Hubble's law (70 km/s/Mpc).
    """
    ra = float(rng.uniform(120.0, 240.0))
    dec = float(np.degrees(np.arcsin(rng.uniform(0.0, np.sin(np.radians(60.0))))))
    kiloparsecs = 12.0 * float(np.exp(0.25 * rng.normal()))
    megaparsecs = kiloparsecs / (morphology.petro_radius * 4.848e-3)
    redshift = float(np.clip(megaparsecs * 70.0 / 299792.458, 0.01, 0.2))
    return round(ra, 6), round(dec, 6), round(redshift, 4)


def position_angle_on_sky(morphology: Morphology) -> float:
    """Position angle from north by east (deg); the model counts from the picture's right, which is west."""
    return round((morphology.position_angle_deg - 90.0) % 180.0, 1)


def catalog_row(galaxy: SimulatedGalaxy) -> dict[str, object]:
    """The galaxy's line of the catalog, in the order of `CATALOG_COLUMNS`."""
    drawn = galaxy.morphology
    row: dict[str, object] = {
        "id_str": galaxy.id_str,
        "file_loc": galaxy.file_loc,
        "fits_loc": galaxy.fits_loc,
        "ra": f"{galaxy.ra:.6f}",
        "dec": f"{galaxy.dec:.6f}",
        "redshift": galaxy.redshift,
        "mag_r": drawn.mag_r,
        "petro_radius": drawn.petro_radius,
        "simulated": "true",
        "drawn_class": drawn.drawn_class,
        "drawn_arm_count": drawn.arm_count,
        "drawn_pitch_deg": drawn.pitch_deg if drawn.drawn_class.startswith("spiral") else "",
        "drawn_handedness": {-1: "S", 1: "Z"}[drawn.handedness] if drawn.arm_count else "",
        "drawn_bar": drawn.bar,
        "drawn_bulge_fraction": drawn.bulge_fraction,
        "drawn_inclination_deg": drawn.inclination_deg if drawn.inclination_deg else "",
        "drawn_axis_ratio": "" if drawn.is_merger else drawn.axis_ratio,
        "drawn_position_angle_deg": "" if drawn.is_merger else position_angle_on_sky(drawn),
        "drawn_ring": drawn.ring,
        "drawn_merger": str(drawn.is_merger).lower(),
        "drawn_artifact": drawn.artifact,
        "drawn_faint": str(drawn.faint).lower(),
    }
    return row | galaxy.votes


def write_picture(galaxy: SimulatedGalaxy, path: Path) -> None:
    """Save the colour picture as PNG, with a text chunk that says it is simulated."""
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", f"{galaxy.id_str}: simulated galaxy, not an observation")
    Image.fromarray(galaxy.picture).save(path, optimize=True, pnginfo=note)


def write_fits(galaxy: SimulatedGalaxy, path: Path) -> None:
    """Save the gri cube as a tile-compressed FITS file with a celestial world coordinate system."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.cunit = ["deg", "deg"]
    wcs.wcs.crpix = [(SIZE + 1) / 2.0] * 2
    wcs.wcs.crval = [galaxy.ra, galaxy.dec]
    wcs.wcs.cdelt = [-galaxy.pixel / 3600.0, galaxy.pixel / 3600.0]
    wcs.wcs.radesys = "ICRS"
    header = wcs.to_header()
    header["OBJECT"] = (galaxy.id_str, "simulated galaxy")
    header["BANDS"] = ("gri", "order of the planes")
    header["BUNIT"] = ("nanomaggy", "for each pixel")
    header["SIMULATE"] = (True, "simulated, not an observation")
    header["COMMENT"] = "Simulated galaxy: drawn by a script, never observed. The position is made up."
    compressed = fits.CompImageHDU(
        galaxy.cube,
        header,
        compression_type="RICE_1",
        tile_shape=(1, SIZE, SIZE),
        quantize_level=4.0,
        quantize_method=1,
        dither_seed=galaxy.number,
    )
    fits.HDUList([fits.PrimaryHDU(), compressed]).writeto(path, overwrite=True)


def write_sample(out: Path, seed: int) -> None:
    """Draw the whole sample into `out`: ``catalog.csv``, ``images`` and ``fits``."""
    for folder in ("images", "fits"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    with (out / "catalog.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, CATALOG_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for number in range(1, sum(CLASS_COUNTS.values()) + 1):
            galaxy = draw_galaxy(number, seed)
            writer.writerow(catalog_row(galaxy))
            write_picture(galaxy, out / galaxy.file_loc)
            if galaxy.fits_loc:
                write_fits(galaxy, out / galaxy.fits_loc)


def main() -> None:
    """Read the command line and draw the sample."""
    parser = argparse.ArgumentParser(description="Draw the bundled sample of simulated galaxies.")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder to write into")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the whole sample")
    arguments = parser.parse_args()
    write_sample(arguments.out, arguments.seed)


if __name__ == "__main__":
    main()
