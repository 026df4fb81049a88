"""Draws the decision tree of every schema as the window draws it, into ``docs/pictures/schemas``.

No galaxy is looked at, so the bars are empty: questions, answers, icons and what leads to what are all there is to see.

    QT_QPA_PLATFORM=offscreen .venv/bin/python docs/draw_trees.py
"""

import math
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from gzviewer.core.tree_figures import tree_figures
from gzviewer.core.tree_layout import lay_out
from gzviewer.io.schemas import load_schema, schema_names
from gzviewer.io.settings import resource_folder
from gzviewer.ui.theme import DARK, Icons, apply_theme
from gzviewer.ui.tree_painter import TreePainter

WIDTH, MARGIN = 520, 12
FOLDER = Path(__file__).parent / "pictures" / "schemas"


def draw(name: str, icons: Icons) -> QImage:
    """The tree of one schema, without a galaxy."""
    schema = load_schema(name)
    painter_of_trees = TreePainter(schema, DARK, icons)
    figures = tree_figures(schema, predictions=None, votes=None, row=-1)
    layout = lay_out(schema, WIDTH, heading_lines=painter_of_trees.heading_lines)
    image = QImage(
        QSize(WIDTH + 2 * MARGIN, math.ceil(layout.height) + 2 * MARGIN), QImage.Format.Format_RGB32
    )
    image.fill(QColor(DARK.ground))
    with QPainter(image) as painter:
        painter.translate(MARGIN, MARGIN)
        painter_of_trees.paint(painter, layout, figures)
    return image


def main() -> None:
    """Draw them all."""
    application = QApplication([])
    apply_theme(application, DARK)
    icons = Icons(resource_folder() / "icons")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in schema_names():
        path = FOLDER / f"{name}.png"
        draw(name, icons).save(str(path))
        few_colours = (
            Image.open(path).convert("RGB").quantize(64, dither=Image.Dither.NONE)
        )  # a third of the size
        few_colours.save(path, optimize=True)


if __name__ == "__main__":
    main()
