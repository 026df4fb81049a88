"""Pictures ready for the screen, and TIFF files with measurements: whatever Pillow reads.

What becomes of each kind of file:

- 8 bits a colour, palette, black and white, CMYK: uint8 RGB, as shown by any other program.
- Transparency: laid on black, the colour of the empty sky.
- 16 or 32 bits a pixel, and floats (16-bit PNG and TIFF, float TIFF): measurements, one band of float32 whose
values are
  those of the file. No display shows them as they are, so a stretch must choose what is black and white.
- Turned by a camera (EXIF orientation): turned back.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from gzviewer.core.errors import ImageError, ShortMemory
from gzviewer.core.image import Image
from gzviewer.io.images import image_reader

MEASURED_MODES = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
NAMED = (OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, AssertionError)
DAMAGED = (*NAMED, ArithmeticError, RuntimeError, struct.error, zlib.error)
"""What Pillow's decoders raise on a file that is cut short or damaged."""
PIXELS_MAX = 90_000_000  # Pillow's own guard, past which a small file may unpack into all of memory


@image_reader("raster")
class RasterReader:
    """PNG, JPEG, TIFF and their like."""

    suffixes = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".gif", ".webp")

    def read(self, path: Path, *, at_least: int = 0) -> Image:
        """Read one picture; a JPEG is decoded at 1/2, 1/4 or 1/8 of its size where `at_least` allows."""
        try:
            with Pillow.open(path) as picture:
                return _image_of(picture, at_least)
        except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
            what = f"{path.name} has more than {PIXELS_MAX / 1e6:.0f} million pixels."
            raise ImageError(what, "Cut it into cutouts.") from error
        except UnidentifiedImageError as error:
            raise ImageError(
                f"{path.name} is no picture, or a broken one.", "Fetch the file again."
            ) from error
        except PermissionError as error:
            raise ImageError(
                f"{path.name} may not be read.", "Give yourself the right to read it."
            ) from error
        except MemoryError as error:
            if _has_room():
                what = f"{path.name} cannot be decoded: it asks for more memory than any picture needs."
                raise ImageError(what, "Fetch the file again.") from error
            what = f"There is not enough memory free to read {path.name}."
            raise ShortMemory(what, "Close other programs, then try again.") from error
        except DAMAGED as error:
            reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            raise ImageError(f"{path.name} cannot be decoded: {reason}.", "Fetch the file again.") from error


def _has_room() -> bool:
    """True where the largest picture that is read would have room: then what asked for more than that is damaged."""
    try:
        np.empty((PIXELS_MAX, 4), dtype=np.uint8)
    except MemoryError:
        return False
    return True


def _image_of(picture: Pillow.Image, at_least: int) -> Image:
    if picture.width * picture.height > PIXELS_MAX:
        raise Pillow.DecompressionBombError
    if at_least > 0 and picture.format == "JPEG":
        shorter = min(picture.size)
        width, height = (-(-side * at_least // shorter) for side in picture.size)  # rounded up
        picture.draft(None, (width, height))
    is_simulated = "simulated galaxy" in str(picture.info.get("Comment", ""))
    turned = ImageOps.exif_transpose(picture)
    if turned.mode in MEASURED_MODES:
        pixels, note = np.array(turned, dtype=np.float32), f"{_bits(turned.mode)}: measurements, one band"
        return Image(pixels, is_simulated=is_simulated, note=note)
    return Image(np.array(_on_black(turned)), is_simulated=is_simulated)


def _bits(mode: str) -> str:
    return {"F": "floats", "I": "32 bits a pixel"}.get(mode, "16 bits a pixel")


def _on_black(picture: Pillow.Image) -> Pillow.Image:
    """The picture as 8-bit RGB, what is transparent showing black."""
    if picture.mode == "RGB":
        return picture
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    black = Pillow.new("RGBA", layer.size, (0, 0, 0, 255))
    return Pillow.alpha_composite(black, layer).convert("RGB")
