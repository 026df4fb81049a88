"""The strip under an image of measurements: scale and limits in DS9's words, contrast, the value at the cursor."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QDoubleValidator
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QSizePolicy, QToolButton, QWidget

from gzviewer.core.image import Image
from gzviewer.core.stretch import KINDS, LIMITS, limits_of
from gzviewer.session.images import ImageLoader
from gzviewer.ui.theme import font_of_size

USER = "User"
OWN_LIMITS = "Type which values are black and white"
NO_OWN_LIMITS = "For images of one band: several bands have no one value that is black or white"


class StretchBar(QWidget):
    """Chooses the stretch of every image of measurements."""

    reset_wanted = Signal()

    def __init__(self, images: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images = images
        self._image: Image | None = None
        self._scale, self._scales = _menu_button(KINDS, "Scale: how values become brightness", self)
        self._limits, self._limit_group = _menu_button(
            LIMITS, "Limits: which values are black and white", self
        )
        self._low, self._high = (_number_field(name, self) for name in ("Black at", "White at"))
        self._contrast = QToolButton(self, autoRaise=True)
        self._contrast.setToolTip("Give contrast and bias up (right double click)")
        self._readout = QLabel(self, alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._arrange()
        self._scales.triggered.connect(self._choose_scale)
        self._limit_group.triggered.connect(self._choose_limits)
        self._low.editingFinished.connect(self._choose_values)
        self._high.editingFinished.connect(self._choose_values)
        self._contrast.clicked.connect(self.reset_wanted)
        images.stretch_changed.connect(self._redraw)
        self._redraw()

    def set_image(self, image: Image | None) -> None:
        """The image of measurements that is shown; None for a picture, which has no scale and no limits."""
        self._image = image
        self._redraw()

    def set_readout(self, text: str) -> None:
        """Where the cursor is, and the value there."""
        self._readout.setText(text)

    def set_brightness(self, contrast: float, bias: float) -> None:
        """Say what was done by dragging; nothing where nothing was."""
        self._contrast.setText(f"contrast {contrast:.2f}, bias {bias:.2f}  ×")
        self._contrast.setVisible((contrast, bias) != (1.0, 0.5))

    def _arrange(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 4, 12, 4)
        line.setSpacing(8)
        for widget in (self._scale, self._limits, self._low, self._high, self._contrast):
            line.addWidget(widget)
        line.addWidget(self._readout, stretch=1)
        self._contrast.hide()
        small: tuple[QWidget, ...] = (self._readout, self._contrast, self._low, self._high)
        for each in small:
            each.setFont(font_of_size(12))
        self._readout.setProperty("quiet", True)

    def _redraw(self) -> None:
        stretch = self._images.stretch
        self._scale.setText(f"{stretch.kind}  ▾")
        self._limits.setText(f"{stretch.limits}  ▾")
        for button in (self._scale, self._limits):
            button.setVisible(self._image is not None)
        for group, word in ((self._scales, stretch.kind), (self._limit_group, stretch.limits)):
            for action in group.actions():
                action.setChecked(action.text() == word)
        is_grey = self._image is not None and self._image.pixels.ndim == 2
        own = self._limit_group.actions()[-1]
        own.setEnabled(is_grey)
        own.setToolTip(OWN_LIMITS if is_grey else NO_OWN_LIMITS)
        for field, value in ((self._low, stretch.low), (self._high, stretch.high)):
            field.setVisible(stretch.limits == USER and self._image is not None)
            field.setEnabled(is_grey)
            field.setToolTip(field.placeholderText() if is_grey else NO_OWN_LIMITS)
            field.setText(f"{value:.6g}")

    def _choose_scale(self, action: QAction) -> None:
        self._images.set_stretch(replace(self._images.stretch, kind=action.text()))

    def _choose_limits(self, action: QAction) -> None:
        stretch = replace(self._images.stretch, limits=action.text())
        if action.text() == USER and self._image is not None:
            low, high = limits_of(self._image.pixels.astype(np.float32, copy=False), self._images.stretch)
            stretch = replace(stretch, low=low, high=high)
        self._images.set_stretch(stretch)

    def _choose_values(self) -> None:
        stretch = self._images.stretch
        if stretch.limits == USER:  # a field that is hidden ends its editing, too
            low, high = float(self._low.text()), float(self._high.text())
            self._images.set_stretch(replace(stretch, low=low, high=high))


def _menu_button(words: tuple[str, ...], hint: str, parent: QWidget) -> tuple[QToolButton, QActionGroup]:
    button = QToolButton(parent, popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setToolTip(hint)
    button.setAccessibleName(hint)
    menu, group = QMenu(button, toolTipsVisible=True), QActionGroup(button)
    for word in words:
        action = menu.addAction(word)
        action.setCheckable(True)
        group.addAction(action)
    button.setMenu(menu)
    return button, group


def _number_field(name: str, parent: QWidget) -> QLineEdit:
    field = QLineEdit(parent, placeholderText=name)
    field.setToolTip(name)
    field.setAccessibleName(name)
    validator = QDoubleValidator(field)
    validator.setLocale(QLocale.c())
    field.setValidator(validator)
    field.setFixedWidth(96)
    return field
