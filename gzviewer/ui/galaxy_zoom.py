"""How an image lies in a view: its zoom and where its middle is, as plain arithmetic.

Points of the view are logical pixels from its top left; points of the image are image pixels from its top left.
"""

from dataclasses import dataclass, replace

ZOOM_RANGE = (1 / 64, 64.0)
"""Logical pixels to an image pixel."""


@dataclass(frozen=True)
class Placing:
    """Where an image of `width` x `height` pixels is shown in a view.

    Parameters
    ----------
    zoom
        Logical pixels to an image pixel.
    centre_x, centre_y
        The point of the image in the middle of the view.
    is_fitted
        True where the image fills the view and is to do so after the view is resized.
    """

    width: int
    height: int
    view_width: float
    view_height: float
    zoom: float = 1.0
    centre_x: float = 0.0
    centre_y: float = 0.0
    is_fitted: bool = True

    def fitted(self) -> "Placing":
        """The whole image, as large as it can be."""
        zoom = min(self.view_width / max(1, self.width), self.view_height / max(1, self.height))
        centre = (self.width / 2, self.height / 2)
        return replace(self, zoom=max(zoom, 1e-3), centre_x=centre[0], centre_y=centre[1], is_fitted=True)

    def zoomed(self, zoom: float, x: float, y: float) -> "Placing":
        """At another zoom, the image point under the view point (x, y) staying where it is."""
        zoom = min(max(zoom, ZOOM_RANGE[0]), ZOOM_RANGE[1])
        image_x, image_y = self.to_image(x, y)
        away_x, away_y = (x - self.view_width / 2) / zoom, (y - self.view_height / 2) / zoom
        return replace(self._centred(image_x - away_x, image_y - away_y), zoom=zoom)

    def panned(self, x: float, y: float) -> "Placing":
        """Dragged by this many view pixels; the middle of the view stays on the image."""
        return self._centred(self.centre_x - x / self.zoom, self.centre_y - y / self.zoom)

    def in_view(self, view_width: float, view_height: float) -> "Placing":
        """In a view of another size."""
        resized = replace(self, view_width=view_width, view_height=view_height)
        return resized.fitted() if self.is_fitted else resized

    def of_image(self, width: int, height: int) -> "Placing":
        """The same part, at the same zoom, of an image of another size; fitted stays fitted."""
        if (width, height) == (self.width, self.height):
            return self
        part_x, part_y = self.centre_x / max(1, self.width), self.centre_y / max(1, self.height)
        moved = replace(self, width=width, height=height, centre_x=part_x * width, centre_y=part_y * height)
        return moved.fitted() if self.is_fitted else moved

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """The image point under a view point; it may lie beyond the image."""
        return (
            self.centre_x + (x - self.view_width / 2) / self.zoom,
            self.centre_y + (y - self.view_height / 2) / self.zoom,
        )

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """The view point over an image point."""
        return (
            (x - self.centre_x) * self.zoom + self.view_width / 2,
            (y - self.centre_y) * self.zoom + self.view_height / 2,
        )

    def _centred(self, x: float, y: float) -> "Placing":
        """With a point of the image in the middle of the view; a point beyond the image is moved onto it."""
        x, y = min(max(x, 0.0), self.width), min(max(y, 0.0), self.height)
        return replace(self, centre_x=x, centre_y=y, is_fitted=False)
