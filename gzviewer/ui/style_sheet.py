"""The style sheet: what a palette cannot say of docks, tabs, buttons, fields and scroll bars.

Measures are logical pixels on a rhythm of 8. A button that is the next thing to do has the property
``accent`` (``button.setProperty("accent", True)``), a label that stays in the background has ``quiet``.
"""

from collections.abc import Mapping
from string import Template

_SHEET = Template("""
QMainWindow, QDialog { background: $panel; }
QMainWindow::separator { background: $line; width: 1px; height: 1px; margin: 0; }
QMainWindow::separator:hover { background: $accent; }
QDockWidget { color: $quiet; border: none; }
QDockWidget::title { background: $panel; padding: 8px 8px 5px 8px; text-align: left; border-bottom: 1px solid $line; }
QToolBar { background: $panel; border: none; border-bottom: 1px solid $line; spacing: 8px; padding: 6px 8px; }
QToolBar::separator { background: $line; width: 1px; margin: 4px; }
QStatusBar { background: $panel; border-top: 1px solid $line; color: $quiet; }
QStatusBar::item { border: none; }

QMenuBar { background: $panel; border-bottom: 1px solid $line; }
QMenuBar::item { padding: 5px 10px; background: transparent; border-radius: 5px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $card; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 5px; }
QMenu::item:selected { background: $hover; color: $text; }
QMenu::item:disabled { color: $quiet; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QToolTip { background: $card; color: $text; border: 1px solid $line; padding: 5px; }

QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $quiet; padding: 7px 4px 5px 4px; margin: 0 8px;
  border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:hover:!selected { color: $text; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }

QPushButton, QToolButton { background: $card; color: $text; border: 1px solid $line; border-radius: 6px;
  padding: 5px 12px; }
QToolButton { padding: 4px 8px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked { background: $line; }
QPushButton:focus, QToolButton:focus { border-color: $accent; }
QPushButton:disabled, QToolButton:disabled { color: $quiet; background: transparent; }
QPushButton:flat, QToolButton[autoRaise="true"] { background: transparent; border-color: transparent; }
QToolButton[autoRaise="true"]:hover { background: $hover; }
QToolButton[autoRaise="true"]:checked { background: $line; }
QToolButton::menu-indicator { image: none; }
QPushButton[accent="true"] { background: $accent; color: $on_accent; border-color: $accent;
  font-weight: 600; }
QPushButton[accent="true"]:hover { border-color: $text; }
QPushButton[accent="true"]:disabled { background: $card; color: $quiet; border-color: $line; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QLabel[quiet="true"] { color: $quiet; }
QLabel { background: transparent; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox { background: $track; color: $text;
  border: 1px solid $line; border-radius: 6px; padding: 5px 8px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus {
  border-color: $accent; }
QLineEdit:disabled { color: $quiet; }
QComboBox { background: $card; color: $text; border: 1px solid $line; border-radius: 6px; padding: 5px 12px; }
QComboBox:hover { background: $hover; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { width: 0; height: 0; margin-right: 8px; border-left: 4px solid $card;
  border-right: 4px solid $card; border-top: 5px solid $quiet; }
QComboBox::down-arrow:hover { border-left-color: $hover; border-right-color: $hover; }
QAbstractSpinBox QLineEdit { border: none; padding: 0; background: transparent; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {
  width: 0; border: none; }
QCheckBox, QRadioButton { spacing: 8px; }
QCheckBox::indicator, QRadioButton::indicator { width: 12px; height: 12px; border: 1px solid $quiet;
  background: $track; }
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked { border-color: $accent;
  background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
  stop: 0 $accent, stop: 0.55 $accent, stop: 0.65 $track, stop: 1 $track); }
QCheckBox::indicator:checked { background: $accent; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $line; }
QComboBox:focus { border-color: $accent; }
QComboBox QAbstractItemView { background: $card; border: 1px solid $line; padding: 5px; outline: none;
  selection-background-color: $hover; selection-color: $text; }

QAbstractScrollArea { border: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QTableCornerButton::section { background: $panel; border: none; border-bottom: 1px solid $line; }
QHeaderView::section { background: $panel; color: $quiet; border: none; border-right: 1px solid $line;
  border-bottom: 1px solid $line; padding: 5px 8px; }
QTableView, QTreeView, QListView { background: $ground; alternate-background-color: $panel;
  gridline-color: $line; selection-background-color: $hover; selection-color: $text; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $line; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $quiet; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: $track; border: none; border-radius: 2px; max-height: 4px; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QSlider::groove:horizontal { height: 4px; background: $track; border: none; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -4px 0; border-radius: 6px;
  background: $text; }
QGroupBox { border: 1px solid $line; border-radius: 6px; margin-top: 16px; padding: 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 8px; color: $quiet; }
""")


def style_sheet_of(colours: Mapping[str, object]) -> str:
    """The style sheet in these colours, by the names that `gzviewer.ui.theme.Theme` has."""
    return _SHEET.substitute(colours)
