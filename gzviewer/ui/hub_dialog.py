"""Adds a model by its name on the Hugging Face hub: looks it up, says what would be fetched, and asks before it is."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gzviewer.session.jobs import JobHandle
from gzviewer.session.models import HubOffer, Models
from gzviewer.ui.theme import Theme

OWNER = "mwalmsley"
KNOWN = (
    "zoobot-encoder-convnext_nano",
    "zoobot-encoder-convnext_pico",
    "zoobot-encoder-convnext_tiny",
    "zoobot-encoder-convnext_small",
    "zoobot-encoder-convnext_base",
    "zoobot-encoder-efficientnet_b0",
    "zoobot-encoder-resnet18",
    "zoobot-encoder-resnet50",
    "zoobot-encoder-greyscale-convnext_nano",
    "zoobot-encoder-euclid",
    "zoobot-finetuned-euclid",
    "zoobot-finetuned-gz-rings",
    "zoobot-finetuned-is_tidal",
)
"""Published by Zoobot's author; any other name can be typed."""
ABOUT = (
    "Encoders answer nothing until they are finetuned; finetuned models answer at once. "
    "Looking up asks the hub for names and sizes; nothing is downloaded before you agree."
)
HASH_LENGTH = 12


class HubDialog(QDialog):
    """`source` and `may_download` are what the person agreed to."""

    def __init__(self, models: Models, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models, self._theme = models, theme
        self._offer: HubOffer | None = None
        self._job: JobHandle | None = None
        self.setWindowTitle("Add a model of the hub")
        self.setMinimumWidth(560)
        self._name = QComboBox()
        self._name.setEditable(True)
        self._name.addItems([f"{OWNER}/{name}" for name in KNOWN])
        self._name.setAccessibleName("Name on the hub")
        self._look = QPushButton("Look it up")
        self._words = QLabel(ABOUT)
        self._words.setTextFormat(Qt.TextFormat.PlainText)  # some of it comes from the network
        self._words.setWordWrap(True)
        self._words.setMinimumHeight(4 * self._words.fontMetrics().lineSpacing())
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._agree = self._buttons.addButton("Add", QDialogButtonBox.ButtonRole.AcceptRole)
        self._agree.setProperty("accent", True)
        self._set_out()
        self._look.clicked.connect(self._look_up)
        self._name.editTextChanged.connect(self._forget)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._forget()

    @property
    def source(self) -> str:
        """``hf_hub:owner/name``."""
        return "" if self._offer is None else self._offer.source

    @property
    def may_download(self) -> bool:
        """True where the person saw what would be fetched."""
        return self._offer is not None and not self._offer.is_here

    def _set_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self._name, 1)
        row.addWidget(self._look)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self._words)
        column.addStretch(1)
        column.addWidget(self._buttons)

    def _forget(self, _text: str = "") -> None:
        """What was found belongs to another name now."""
        self._offer = None
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._tell(ABOUT, self._theme.quiet)
        self._agree.setText("Add")
        self._agree.setEnabled(False)
        self._look.setDefault(True)

    def _look_up(self) -> None:
        name = self._name.currentText().strip()
        if not name or self._job is not None:
            return
        self._tell(f"Looking up {name} …", self._theme.quiet)
        self._job = self._models.look_up(name)
        self._job.finished.connect(self._show)
        self._job.failed.connect(self._refuse)

    def _show(self, offer: object) -> None:
        assert isinstance(offer, HubOffer), f"unexpected result {offer!r}"
        self._job, self._offer = None, offer
        self._tell(in_words(offer), self._theme.text)
        self._agree.setText("Add" if offer.is_here else f"Download {size_in_words(offer.size)} and add")
        self._agree.setEnabled(True)
        self._agree.setDefault(True)
        self._agree.setFocus()

    def _refuse(self, error: object) -> None:
        self._job = None
        self._tell(str(error), self._theme.danger)

    def _tell(self, words: str, colour: str) -> None:
        self._words.setText(words)
        self._words.setStyleSheet(f"color: {colour};")

    def done(self, result: int) -> None:
        """A look-up that nobody waits for any more ends."""
        if self._job is not None:
            self._job.cancel()
        super().done(result)


def in_words(offer: HubOffer) -> str:
    """What adding it means."""
    if offer.is_here:
        return f"It is on this computer already, in {offer.where}. Nothing is downloaded."
    weights = offer.files[-1]
    licence = f"Licence: {offer.licence}." if offer.licence else "Its licence is not told."
    return (
        f"{weights.path}, {size_in_words(weights.size)}, digest {weights.digest[:HASH_LENGTH]}…, from {offer.site}. "
        f"{licence}\nIt is kept in {offer.where}. A download that breaks off is continued the next time."
    )


def size_in_words(count: int) -> str:
    """``59.9 MB``: bytes, in powers of ten as the hub counts."""
    for size, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"
