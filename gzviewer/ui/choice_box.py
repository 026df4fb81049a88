"""A box to choose a value from, by words: as wide as a dialog likes, whatever the longest words are."""

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox


def choice_box(choices: Sequence[tuple[str, str]], chosen: str) -> QComboBox:
    """A box of (value, words), with `chosen` chosen, or else the first."""
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(24)
    for value, words in choices:
        box.addItem(words, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box
