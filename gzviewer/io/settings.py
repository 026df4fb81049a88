"""Where the program keeps its things, and the few choices of a person that outlive a window.

The folders are the platform's own; each can be moved by an environment variable, which is how tests and
several copies of the program stay out of each other's way. The choices are one small flat TOML file: a value
that cannot be used is named and ignored, a key that this version does not know is kept for the version that
does.
"""

import os
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

import platformdirs

from gzviewer.core.catalog import Roles
from gzviewer.core.errors import UserError
from gzviewer.io.toml_text import toml_text
from gzviewer.jobs.devices import DEVICES

THEMES = ("system", "dark", "light")
RECENT_MAX = 12
FILE_NAME = "settings.toml"


def resource_folder() -> Path:
    """Schemas, icons, the bundled model, the sample: in the package when installed, else the checkout's."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"


def data_folder() -> Path:
    """Where labels and predictions are kept; ``GZVIEWER_DATA_FOLDER`` moves it. Need not exist yet."""
    return _folder("GZVIEWER_DATA_FOLDER", platformdirs.user_data_path("gzviewer", appauthor=False))


def cache_folder() -> Path:
    """Where what can be made again is kept; ``GZVIEWER_CACHE_FOLDER`` moves it. Need not exist yet."""
    return _folder("GZVIEWER_CACHE_FOLDER", platformdirs.user_cache_path("gzviewer", appauthor=False))


def config_folder() -> Path:
    """Where the settings are kept; ``GZVIEWER_CONFIG_FOLDER`` moves it. Need not exist yet."""
    return _folder("GZVIEWER_CONFIG_FOLDER", platformdirs.user_config_path("gzviewer", appauthor=False))


def model_folders() -> tuple[Path, ...]:
    """Where models lie: the bundled ones, of which the first is used unless another is chosen, then the person's own."""
    return resource_folder() / "models", data_folder() / "models"


def _folder(variable: str, usual: Path) -> Path:
    named = os.environ.get(variable, "")
    return Path(named).expanduser().absolute() if named else usual


@dataclass(frozen=True)
class Settings:
    """What a person chose, kept between windows.

    Parameters
    ----------
    theme
        One of ``system``, ``dark``, ``light``.
    recent
        Absolute paths of the catalogs opened last, newest first, at most `RECENT_MAX`.
    roles
        Path of a recent catalog -> the columns and image folder that a person chose for it.
    model
        Name of the model used last; empty: the bundled one.
    device
        One of `gzviewer.jobs.devices.DEVICES`: where models run.
    schema
        Name of the schema labelled with last; empty: the one the catalog's columns suggest.
    expert
        The name under which labels are kept; empty: the account's.
    unknown
        Keys of the file that this version does not know, with their values, as read.
    """

    theme: str = "system"
    recent: tuple[str, ...] = ()
    roles: Mapping[str, Roles] = field(default_factory=dict)
    model: str = ""
    device: str = "auto"
    schema: str = ""
    expert: str = ""
    unknown: Mapping[str, object] = field(default_factory=dict)

    def with_recent(self, path: str | Path, roles: Roles | None = None) -> "Settings":
        """The same settings with one more catalog opened, first and once; `roles` if a person chose them."""
        newest = str(path)
        others = (known for known in self.recent if known != newest)
        recent = (newest, *others)[:RECENT_MAX]
        chosen = dict(self.roles) | ({newest: roles} if roles is not None else {})
        return replace(
            self, recent=recent, roles={known: chosen[known] for known in recent if known in chosen}
        )


def load_settings(folder: Path | None = None) -> tuple[Settings, tuple[str, ...]]:
    """Read the settings of `folder`, by default the person's own.

    Returns
    -------
    The settings, and one sentence for everything in the file that could not be used. A file that is no TOML
    is set aside under another name, so that saving does not destroy what was typed there.
    """
    path = (config_folder() if folder is None else folder) / FILE_NAME
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings(), ()
    except OSError as error:
        return Settings(), (f"{path} cannot be read: {error.strerror}. The usual settings are used.",)
    except ValueError as error:  # of tomllib, and of bytes that are not UTF-8
        return Settings(), (f"{path} is not TOML: {error}. {_set_aside(path)}",)
    return _from_values(values, path)


def _set_aside(path: Path) -> str:
    kept = path.with_name(f"{path.name}.broken")
    try:
        path.replace(kept)
    except OSError:
        return "The usual settings are used."
    return f"It was set aside as {kept.name} and the usual settings are used."


def _from_values(values: Mapping[str, object], path: Path) -> tuple[Settings, tuple[str, ...]]:
    known: dict[str, str] = {}
    recent: tuple[str, ...] = ()
    roles: dict[str, Roles] = {}
    unknown: dict[str, object] = {}
    notes: list[str] = []
    for key, value in values.items():
        if key == "recent" and isinstance(value, list) and all(isinstance(item, str) for item in value):
            recent = tuple(value[:RECENT_MAX])
        elif key == "roles" and isinstance(value, dict):
            roles, bad = _roles_from(value)
            notes += [
                f"{path}: the columns chosen for {name} cannot be used and are ignored." for name in bad
            ]
        elif key == "theme" and value not in THEMES:
            notes.append(f"{path}: theme is {value!r}; it can be {', '.join(THEMES)}. The usual one is used.")
        elif key == "device" and value not in tuple(DEVICES):
            notes.append(
                f"{path}: device is {value!r}; it can be {', '.join(DEVICES)}. The usual one is used."
            )
        elif key in {"theme", "device", "model", "schema", "expert"} and isinstance(value, str):
            known[key] = value
        elif key in {"recent", "roles", "model", "schema", "expert"}:
            kind = {"recent": "a list of texts", "roles": "a table"}.get(key, "a text")
            notes.append(f"{path}: {key} is {value!r}; it must be {kind}. The usual one is used.")
        else:
            unknown[key] = value
    return Settings(recent=recent, roles=roles, unknown=unknown, **known), tuple(notes)


def _roles_from(table: Mapping[str, object]) -> tuple[dict[str, Roles], list[str]]:
    """Path -> roles, and the paths whose entry is not a table of texts with the names of roles."""
    names = {each.name for each in fields(Roles)}
    roles, bad = {}, []
    for path, value in table.items():
        if (
            isinstance(value, dict)
            and set(value) <= names
            and all(isinstance(text, str) for text in value.values())
        ):
            roles[path] = Roles(**value)
        else:
            bad.append(path)
    return roles, bad


def save_settings(settings: Settings, folder: Path | None = None) -> None:
    """Write the settings to `folder`, by default the person's own: whole or not at all.

    Raises
    ------
    UserError
        If the folder or the file cannot be written; what was there before is still there.
    """
    path = (config_folder() if folder is None else folder) / FILE_NAME
    values: dict[str, object] = {
        "theme": settings.theme,
        "recent": [path for path in settings.recent if _is_unicode(path)],
        "model": settings.model,
        "device": settings.device,
        "schema": settings.schema,
        "expert": settings.expert,
        "roles": {path: asdict(roles) for path, roles in settings.roles.items() if _is_unicode(path)},
        **settings.unknown,
    }
    try:
        _write_whole(path, toml_text(values))
    except OSError as error:
        raise UserError(
            f"The settings cannot be written to {path}: {error.strerror}.",
            "Make that folder writable, or name another one in GZVIEWER_CONFIG_FOLDER.",
        ) from error


def _is_unicode(text: str) -> bool:
    """False for a path that is no text: TOML cannot hold it."""
    return text.isprintable() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _write_whole(path: Path, text: str) -> None:
    """Write beside, then rename: a reader sees the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as beside:
        try:
            beside.write(text)
            beside.flush()
            os.fsync(beside.fileno())
            beside.close()
            Path(beside.name).replace(path)
        except BaseException:
            beside.close()
            Path(beside.name).unlink(missing_ok=True)
            raise
