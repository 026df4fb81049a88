"""The bar on top: open, the model and its one next thing to do, and how many galaxies there are."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from gzviewer.session.desk import Desk
from gzviewer.session.models import Manifest
from gzviewer.ui.actions import ActionTable
from gzviewer.ui.elided_box import ElidedBox
from gzviewer.ui.theme import Icons, Theme

MODELS_WIDTH = 340
MODELS = "\n"  # no name of a model: the entry that leads to the models panel


class TopBar(QToolBar):
    """Always in view; cannot be moved."""

    def __init__(
        self, desk: Desk, actions: ActionTable, *, theme: Theme, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__("Top bar", parent)
        self._desk, self._icons = desk, icons
        self._listed: tuple[Manifest, ...] | None = None
        self._predict_action = actions["predict"]
        self.setObjectName("top_bar")
        self.setMovable(False)
        self.setIconSize(QSize(16, 16))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        brand = QLabel("gzviewer")
        brand.setStyleSheet("font-weight: 600; font-size: 15px; padding: 0 8px;")
        self._open = QToolButton()
        self._open.setText("Open")
        self._open.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._open.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._open)
        menu.addActions([actions[name] for name in ("open_catalog", "open_folder", "open_sample")])
        self._open.setMenu(menu)
        self._models = ElidedBox()
        self._models.setToolTip("The model whose predictions are shown and made")
        self._models.setAccessibleName("Model")
        self._models.setMaximumWidth(MODELS_WIDTH)
        self._models.activated.connect(self._choose_model)
        self._models_action = actions["models"]
        self._predict = QPushButton()
        self._predict.setObjectName("predict")
        self._predict.setProperty("accent", True)
        self._predict.clicked.connect(self._predict_action.trigger)
        self._predict_action.changed.connect(self._follow_action)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._count = QLabel()
        self._theme_button = QToolButton()
        self._theme_button.setDefaultAction(actions["theme"])
        self._theme_button.setAutoRaise(True)
        self._theme_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        for widget in (
            brand,
            self._open,
            self._models,
            self._predict,
            space,
            self._count,
            self._theme_button,
        ):
            self.addWidget(widget)
        self.set_theme(theme)
        self._follow_action()
        desk.session_changed.connect(self._follow_session)
        desk.settings_changed.connect(self._follow_settings)
        desk.models_changed.connect(self._list_models)
        self._list_models()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours from now on."""
        self._theme = theme
        self._open.setIcon(self._icons.icon("ui/open-folder", theme.text))
        self._follow_action()

    def _list_models(self) -> None:
        """The models that can predict, and the door to all of them; filled anew only where they are others than before."""
        if self._desk.models == self._listed:
            return
        self._listed = self._desk.models
        self._models.clear()
        for manifest in self._desk.models:
            is_own = self._desk.library.is_own(manifest)
            self._models.addItem(manifest.name if is_own else manifest.title, manifest.name)
            self._models.setItemData(
                self._models.count() - 1,
                f"{manifest.title}. {_trained_on(manifest.training, is_provisional=manifest.provisional)}",
                Qt.ItemDataRole.ToolTipRole,
            )
        if not self._desk.models:
            self._models.addItem("no model installed")
        self._models.insertSeparator(self._models.count())
        self._models.addItem(self._models_action.text(), MODELS)
        self._follow_settings()

    def _choose_model(self, index: int) -> None:
        chosen = self._models.itemData(index)
        if chosen == MODELS:
            self._follow_settings()
            self._models_action.trigger()
        elif chosen:
            self._desk.choose_model(str(chosen))

    def _follow_settings(self) -> None:
        if self._desk.manifest is None:
            self._models.setCurrentIndex(0)
        else:
            self._models.setCurrentIndex(self._models.findData(self._desk.manifest.name))
            manifest = self._desk.manifest
            self._models.setToolTip(_trained_on(manifest.training, is_provisional=manifest.provisional))

    def _follow_action(self) -> None:
        action = self._predict_action
        self._predict.setText(action.text())
        self._predict.setToolTip(action.toolTip())
        self._predict.setEnabled(action.isEnabled())
        colour = self._theme.on_accent if action.isEnabled() else self._theme.quiet
        self._predict.setIcon(self._icons.icon("ui/predict", colour))

    def _follow_session(self, _session: object) -> None:
        session = self._desk.session
        if session is None:
            self._count.setText("")
            return
        count = len(session.catalog)
        simulated = " simulated" if session.catalog.is_simulated else ""
        self._count.setText(
            f"{session.catalog.name} · <b>{count:,}</b>{simulated} {'galaxy' if count == 1 else 'galaxies'}"
        )


def _trained_on(training: Mapping[str, object], *, is_provisional: bool) -> str:
    """What a person should know before believing the model."""
    data = str(training.get("data", "unknown data"))
    caution = " Provisional: do no science with it." if is_provisional else ""
    return f"Trained on {data}. Images of another kind may be misjudged with confidence.{caution}"
