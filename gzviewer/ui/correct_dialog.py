"""What a person knows better of a model that was added: its encoder, tree and head, and how it sees images."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gzviewer.session.models import OF_SCHEMA, Corrections, Manifest, corrections_of, read_as, source_of
from gzviewer.ui.choice_box import choice_box
from gzviewer.ui.model_details import HEAD_IN_WORDS

AS_READ = "as read from its file"
RANGES = (("0..1", "0 to 1"), ("imagenet", "ImageNet's mean and deviation"))
INTERPOLATIONS = tuple((name, name) for name in ("bilinear", "bicubic", "nearest"))
GREYS = (("mean", "mean of the colours"), ("luma", "luma"))
FITS = (
    ("screen", "as on the screen"),
    ("decals", "colours of Galaxy Zoo DECaLS"),
    ("lupton", "Lupton, stretch 5, Q 8"),
    ("zoobot", "Zoobot's asinh scaling"),
)
LARGEST_SIDE = 1024
FIELD_MARGINS = (8, 0, 8, 0)  # what the style sheet cannot say of the field inside a spin box
BANDS = (("0", AS_READ), ("1", "1, grey"), ("3", "3, colour"))


class CorrectDialog(QDialog):
    """Starts from what is in force; `said` and `recipe` are what the person chose.

    Parameters
    ----------
    schemas
        Name and title of every tree that is installed.
    caution
        What a correction would break off; "" for nothing.
    """

    def __init__(
        self,
        model: Manifest,
        schemas: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
        *,
        caution: str = "",
    ) -> None:
        super().__init__(parent)
        self._caution, self._model = caution, model
        self._before = corrections_of(model)
        self.setWindowTitle(f"Correct {model.title}")
        self.setMinimumWidth(520)
        self._encoder = QLineEdit(self._before.encoder)
        self._encoder.setPlaceholderText(f"{model.architecture}, {AS_READ}")
        self._schema = choice_box([("", AS_READ), *schemas], self._before.schema)
        self._head = choice_box([("", AS_READ), *HEAD_IN_WORDS.items()], self._before.head)
        self._bands = choice_box(BANDS, str(self._before.channels))
        self._classes = QLineEdit(", ".join(self._before.classes))
        self._classes.setPlaceholderText("names in order, with commas between them")
        self._side = _whole(model.side, 1, max(LARGEST_SIDE, model.side), " pixels")
        self._crop = QDoubleSpinBox(minimum=1, maximum=100, decimals=1, suffix=" % of the shorter side")
        self._crop.setValue(100 * model.crop_fraction)
        self._crop.lineEdit().setTextMargins(*FIELD_MARGINS)
        self._crop_before = self._crop.value(), model.crop_fraction
        self._interpolation = choice_box(INTERPOLATIONS, model.interpolation)
        self._range = choice_box(RANGES, model.value_range)
        self._grey_before = model.greyscale or "mean"
        self._grey = choice_box(GREYS, self._grey_before)
        self._bands.currentIndexChanged.connect(self._follow_bands)
        self._follow_bands()
        self._fits = choice_box(FITS, model.fits)
        self._views = _whole(model.views, 1, 8, "")
        self._set_out(model)

    @property
    def said(self) -> Corrections:
        """What the person says of the model."""
        names = [name.strip() for name in self._classes.text().split(",")]
        return replace(
            self._before,
            encoder=self._encoder.text().strip(),
            schema=str(self._schema.currentData()),
            head=str(self._head.currentData()),
            channels=int(self._bands.currentData()),
            classes=tuple(name for name in names if name),
            **self._touched,
        )

    @property
    def _touched(self) -> dict[str, Any]:
        """Of what the model sees only what the person changed just now: the rest nobody said."""
        fields = {
            "side": "side",
            "crop_fraction": "crop",
            "value_range": "value_range",
            "greyscale": "greyscale",
        }
        as_it_is = {name: getattr(self._model, name) for name in fields} | {"greyscale": self._grey_before}
        return {
            fields[name]: value for name, value in self.recipe.items() if as_it_is.get(name, value) != value
        }

    @property
    def recipe(self) -> dict[str, object]:
        """Fields of a manifest about the input."""
        recipe: dict[str, object] = {
            "side": self._side.value(),
            "crop_fraction": self._crop_fraction,
            "interpolation": self._interpolation.currentData(),
            "value_range": self._range.currentData(),
            "fits": self._fits.currentData(),
            "views": self._views.value(),
        }
        return recipe | ({"greyscale": self._grey.currentData()} if self._grey.isEnabled() else {})

    def _follow_bands(self) -> None:
        """Only where the network sees one band there is a grey to make."""
        chosen = int(self._bands.currentData())
        self._grey.setEnabled((chosen or self._model.channels) == 1)

    @property
    def problem(self) -> str:
        """Why what stands here cannot be; "" where it may. How many names there must be is known from the model."""
        names, count = self.said.classes, len(self._model.label_columns)
        twice = next((name for name in names if names.count(name) > 1), "")
        if not names or (self._head.currentData() or self._model.head) in OF_SCHEMA:
            return ""
        if twice:
            return f"The name {twice} stands there twice. Give each its own."
        if count and len(names) != count:
            return f"The model gives {count} numbers, but there are {len(names)} names. Give {count}, in the order of training."
        return ""

    def accept(self) -> None:
        """Close, unless something cannot be: then say so, and keep what was typed."""
        self._wrong.setText(self.problem)
        self._wrong.setVisible(bool(self.problem))
        if not self.problem:
            super().accept()

    @property
    def _crop_fraction(self) -> float:
        """What was not touched is not rounded."""
        shown, exact = self._crop_before
        return exact if self._crop.value() == shown else self._crop.value() / 100

    def _set_out(self, model: Manifest) -> None:
        form = QFormLayout()
        parts: tuple[tuple[str, QWidget], ...] = (
            ("Encoder (timm)", self._encoder),
            ("Tree", self._schema),
            ("Head", self._head),
            ("Bands", self._bands),
            ("Classes or values", self._classes),
        )
        for words, field in parts:
            form.addRow(words, field)
            field.setEnabled(bool(source_of(model)))
        form.addRow(_quiet("What it sees; the panel Model input (Ctrl+I) shows it."))
        inputs: tuple[tuple[str, QWidget], ...] = (
            ("Side", self._side),
            ("Seen", self._crop),
            ("Resampling", self._interpolation),
            ("Values", self._range),
            ("Grey", self._grey),
            ("FITS and 16-bit", self._fits),
            ("Views", self._views),
        )
        for words, field in inputs:
            form.addRow(words, field)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(_quiet(_about(model)))
        column.addLayout(form)
        if self._caution:
            column.addWidget(_quiet(self._caution))
        self._wrong = QLabel()
        self._wrong.setTextFormat(Qt.TextFormat.PlainText)
        self._wrong.setWordWrap(True)
        self._wrong.hide()
        column.addWidget(self._wrong)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Correct")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)


def _about(model: Manifest) -> str:
    """What was inferred, or why nothing of that can be changed."""
    if not source_of(model):
        return "The manifest does not tell which file the model was read from: only its input can be changed."
    lines = "\n".join(read_as(model))
    return f"{lines}\nWith another encoder, tree or head it is read again from {source_of(model)}.".strip()


def _whole(value: int, least: int, most: int, suffix: str) -> QSpinBox:
    box = QSpinBox(minimum=least, maximum=most, suffix=suffix)
    box.setValue(value)
    box.lineEdit().setTextMargins(*FIELD_MARGINS)
    return box


def _quiet(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("quiet", True)
    label.setWordWrap(True)
    return label
