"""A box to choose from whose text gives way in its middle: what tells models apart often stands at the end."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

MARGIN = 4  # pixels of the field that the style draws no text in


class ElidedBox(QComboBox):
    """A plain combo box that says by dots where its text is cut."""

    def sizeHint(self) -> QSize:
        """A little wider than a plain box, which counts whole pixels too closely for its longest text."""
        return super().sizeHint() + QSize(2 * MARGIN, 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - a box is painted whole
        """As much of the text as fits."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()
        middle = Qt.TextElideMode.ElideMiddle
        option.currentText = self.fontMetrics().elidedText(option.currentText, middle, room - MARGIN)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
