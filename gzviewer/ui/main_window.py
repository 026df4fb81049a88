"""The window: places the rooms as docks around the galaxy, and fills them anew for every session. No behaviour of its own."""

from PySide6.QtCore import QSettings, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QMainWindow, QScrollArea, QStackedWidget, QWidget

from gzviewer.session.desk import Desk
from gzviewer.session.details import details_of
from gzviewer.session.jobs import JobHandle
from gzviewer.session.session import Session
from gzviewer.ui.actions import ActionTable
from gzviewer.ui.bottom_line import BottomLine
from gzviewer.ui.galaxy_view import GalaxyView
from gzviewer.ui.gallery_pane import GalleryPane
from gzviewer.ui.jobs_panel import JobsPanel
from gzviewer.ui.model_input_view import ModelInputView
from gzviewer.ui.problems_dialog import ProblemsDialog
from gzviewer.ui.recent_menu import RecentMenu
from gzviewer.ui.theme import Icons, Theme
from gzviewer.ui.top_bar import TopBar
from gzviewer.ui.tree_pane import TreePane
from gzviewer.ui.welcome import Welcome

LAYOUT_VERSION = 1
FIRST_SIZE = QSize(1400, 900)
JOBS_HEIGHT = 180
SEEN_SHARE = 0.43  # of the window's height, for the model's input when it is first shown
SEEN_KEYS = "Ctrl+I"
STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_P: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_N: 1,
}


class MainWindow(QMainWindow):
    """One docked window over a `Desk`."""

    dropped = Signal(str)  # path of a file or folder
    closing = Signal()

    def __init__(
        self, desk: Desk, actions: ActionTable, *, theme: Theme, icons: Icons, memory: QSettings
    ) -> None:
        super().__init__()
        self._desk, self._actions = desk, actions
        self._theme, self._icons, self._memory = theme, icons, memory
        self._rooms: tuple[GalleryPane, GalaxyView, TreePane] | None = None
        self._seen: ModelInputView | None = None
        self._shown = "", ""  # the source of the catalog in the rooms, and the name of the model
        self.setWindowTitle("gzviewer")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.resize(self.screen().availableSize().boundedTo(FIRST_SIZE))
        self._top = TopBar(desk, actions, theme=theme, icons=icons)
        self.addToolBar(self._top)
        self.bottom = BottomLine(desk, actions)
        self.setStatusBar(self.bottom)
        self.bottom.unreadable_button.clicked.connect(self._show_problems)
        self.welcome = Welcome(actions.__getitem__, desk.open, theme=theme, icons=icons)
        self._centre = QStackedWidget()
        self._centre.addWidget(
            _scrollable(self.welcome)
        )  # else its doors would keep the window from being small
        self.setCentralWidget(self._centre)
        self._jobs_panel = JobsPanel(desk.runner, self.show_galaxy, theme=theme, icons=icons)
        self._gallery_dock = self._dock("Gallery", Qt.DockWidgetArea.LeftDockWidgetArea)
        self._tree_dock = self._dock("Decision tree", Qt.DockWidgetArea.RightDockWidgetArea)
        self._seen_dock = self._dock("Model input", Qt.DockWidgetArea.LeftDockWidgetArea)
        self._seen_dock.toggleViewAction().setShortcut(SEEN_KEYS)
        self._seen_dock.toggleViewAction().setEnabled(False)
        self._seen_dock.hide()
        self._seen_dock.visibilityChanged.connect(self._make_room_for_seen)
        self._jobs_dock = self._dock("Jobs", Qt.DockWidgetArea.BottomDockWidgetArea)
        self._jobs_dock.setWidget(self._jobs_panel)
        self._recent = RecentMenu(desk, self)
        self._make_menus()
        actions.set_theme(theme, icons)
        self._jobs_dock.hide()
        self._show_rooms(are_shown=False)
        desk.session_changed.connect(self._fill)
        desk.attaching.attached.connect(self._fill_tree)
        desk.opening_changed.connect(self.welcome.set_opening)
        desk.settings_changed.connect(self._show_recent)
        desk.runner.submitted.connect(self._watch)
        self._show_recent()

    @property
    def rooms(self) -> tuple[GalleryPane, GalaxyView, TreePane] | None:
        """The views of the open session; None while there is none."""
        return self._rooms

    def set_theme(self, theme: Theme) -> None:
        """Draw every room in these colours from now on."""
        self._theme = theme
        self._actions.set_theme(theme, self._icons)
        for view in (self._top, self.welcome, self._jobs_panel, *(self._rooms or ())):
            view.set_theme(theme)
        if self._seen is not None:
            self._seen.set_theme(theme)

    def show_jobs(self, _why: object = None) -> None:
        """Bring the jobs panel to the front: it says why a job failed, and what to do."""
        if not self._jobs_dock.isVisible():
            self._jobs_dock.show()
            self.resizeDocks([self._jobs_dock], [JOBS_HEIGHT], Qt.Orientation.Vertical)
        self._jobs_dock.raise_()

    def show_galaxy(self, galaxy_id: str) -> None:
        """Look at the galaxy of that id, if it is in the open catalog."""
        session = self._desk.session
        if session is not None:
            rows = (session.catalog.ids == galaxy_id).nonzero()[0]
            session.selection.set_current(int(rows[0]) if len(rows) else session.selection.current)

    def _watch(self, handle: JobHandle) -> None:
        if not handle.is_brief:  # an opening that failed has a dialog of its own
            handle.failed.connect(lambda _why: None if handle.is_told else self.show_jobs())

    def _make_room_for_seen(self, is_shown: bool) -> None:
        """The picture of what the model sees is worth the height that its words would leave it too little of."""
        height = round(SEEN_SHARE * self.height())
        if is_shown and self._seen_dock.height() < height:
            self.resizeDocks([self._seen_dock], [height], Qt.Orientation.Vertical)

    def _show_problems(self) -> None:
        session = self._desk.session
        if session is not None and session.predictions is not None:
            ProblemsDialog(session.predictions.problems(), self.show_galaxy, self).show()

    def _dock(self, title: str, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(title.lower().replace(" ", "_"))
        self.addDockWidget(area, dock)
        return dock

    def _make_menus(self) -> None:
        bar = self.menuBar()
        for name in self._actions.menus:
            menu = bar.addMenu(name)
            menu.addActions(self._actions.of_menu(name))
            if name == "&File":
                menu.insertMenu(self._actions["columns"], self._recent)
            if name == "&View":
                menu.addSeparator()
                menu.addActions(
                    [
                        dock.toggleViewAction()
                        for dock in (self._gallery_dock, self._tree_dock, self._seen_dock, self._jobs_dock)
                    ]
                )
        self.addActions(self._actions.of_menu(""))

    def _show_rooms(self, *, are_shown: bool) -> None:
        for dock in (self._gallery_dock, self._tree_dock):
            dock.setVisible(are_shown)

    def _fill(self, session: Session | None) -> None:
        """New views for a new session; the old ones go."""
        old, old_seen = self._rooms, self._seen
        self._seen_dock.toggleViewAction().setEnabled(session is not None)
        if session is None:
            self._rooms = self._seen = None
        else:
            gallery = GalleryPane(session, theme=self._theme, icons=self._icons)
            galaxy = GalaxyView(session.catalog, session.selection, session.images, self._theme)
            galaxy.set_details(details_of(session.catalog))
            tree = self._tree_of(session)
            if old is not None:
                gallery.gallery.set_tile_size(old[0].gallery.tile_size)
                self._look_as_before(tree, old[2], session)
            self._shown = session.catalog.source, _name_of_model(session)
            self._rooms = gallery, galaxy, tree
            self._seen = ModelInputView(session.model_input, session.selection, galaxy.canvas, self._theme)
            self._seen_dock.setWidget(self._seen)
            self._gallery_dock.setWidget(gallery)
            self._tree_dock.setWidget(tree)
            self._centre.addWidget(galaxy)
            self._centre.setCurrentWidget(galaxy)
            gallery.gallery.setFocus()
            self.setWindowTitle(f"{session.catalog.name} · gzviewer")
        self._forget((*(old or ()), *((old_seen,) if old_seen is not None else ())))
        if (session is not None) != (old is not None):
            self._show_rooms(are_shown=session is not None)
            self.resizeDocks([self._gallery_dock, self._tree_dock], [380, 460], Qt.Orientation.Horizontal)
            self._recall()

    def _look_as_before(self, tree: TreePane, old: TreePane, session: Session) -> None:
        """The same catalog looks as it did; but whoever takes another model wants to see what that says."""
        source, model = self._shown
        if source == session.catalog.source:
            tree.look_like(old.looks, chooses=True)
            if model != _name_of_model(session):
                tree.show_model()

    def _fill_tree(self, session: Session) -> None:
        """One more model has its tree; what else is shown stays as the person left it."""
        if self._rooms is not None:
            gallery, galaxy, old = self._rooms
            tree = self._tree_of(session)
            tree.look_like(old.looks, chooses=False)
            self._rooms = gallery, galaxy, tree
            self._tree_dock.setWidget(tree)
            self._forget((old,))

    def _tree_of(self, session: Session) -> TreePane:
        return TreePane(session, self._actions["predict"], theme=self._theme, icons=self._icons)

    def _forget(self, rooms: tuple[QWidget, ...]) -> None:
        for room in rooms:
            self._centre.removeWidget(room)
            room.hide()
            room.deleteLater()

    def _recall(self) -> None:
        """Put the rooms where the person left them."""
        state = self._memory.value("layout")
        if state is not None:
            self.restoreState(state, LAYOUT_VERSION)

    def _show_recent(self) -> None:
        self.welcome.set_recent(self._desk.settings.recent)

    def showEvent(self, event: QShowEvent) -> None:
        """At the first showing, take the size and place that the person left."""
        super().showEvent(event)
        geometry = self._memory.value("geometry")
        if geometry is not None and not event.spontaneous():
            self.restoreGeometry(geometry)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that no room has taken step through the galaxies, wherever the focus is."""
        step = STEPS.get(Qt.Key(event.key()), 0)
        if (
            step
            and self._desk.session is not None
            and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        ):
            self._desk.session.step(step)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders may be dropped anywhere."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the first thing dropped."""
        path = next((url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()), "")
        if path:
            event.acceptProposedAction()
            self.dropped.emit(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout, then let the program stop its work."""
        self._memory.setValue("geometry", self.saveGeometry())
        if self._rooms is not None:
            self._memory.setValue("layout", self.saveState(LAYOUT_VERSION))
        self.closing.emit()
        super().closeEvent(event)


def _name_of_model(session: Session) -> str:
    """What its model is called; "" where it has none."""
    return "" if session.manifest is None else session.manifest.name


def _scrollable(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    return area
