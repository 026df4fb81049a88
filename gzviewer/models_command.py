"""``gzviewer models``: what is installed; add a model of any kind, look at one, remove one of your own."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import find_model, list_models
from gzviewer.io.hub import cached_folder, hub_name
from gzviewer.io.manifest import GREYSCALES, HEADS, RANGES, Manifest, read_manifest
from gzviewer.io.model_input import describe_input
from gzviewer.io.model_library import READ_AS_KEY, ModelLibrary, here_already, is_foreign, is_of_hub
from gzviewer.io.settings import model_folders
from gzviewer.jobs.import_requests import Corrections, ImportRequest, ImportResult
from gzviewer.jobs.job import Progress
from gzviewer.jobs.process import run_in_child
from gzviewer.terminal import print_json, print_table, run_in_foreground, say

HELP = "list the installed models, add, show and remove them"
NOTHING = Corrections()
SHORT_HASH = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell what the command takes."""
    parser.add_argument("--json", action="store_true", help="for a program to read")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    _json(verbs.add_parser("list", help="list the installed models, as without a verb"))
    _add_add(
        verbs.add_parser(
            "add", help="add a checkpoint of Zoobot, an encoder of timm, a folder, or a hub name"
        )
    )
    shown = verbs.add_parser("show", help="everything that is known of one model")
    shown.add_argument("name", help="its name or folder")
    _json(shown)
    removed = verbs.add_parser("remove", help="delete one of your own models; what it predicted stays")
    removed.add_argument("name")
    _json(removed)


def _json(parser: argparse.ArgumentParser) -> None:
    """Without a default of its own: it would undo the same word before the verb."""
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="for a program to read"
    )


def _add_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", help="a file, a folder, or hf_hub:owner/name")
    parser.add_argument("--name", default="", help="name of the new model (default: after the file)")
    parser.add_argument("--download", action="store_true", help="fetch from the hub what is not in its cache")
    said = parser.add_argument_group("what the file does not say, or says wrongly")
    said.add_argument("--encoder", default="", metavar="TIMM_NAME", help="the encoder, as timm calls it")
    said.add_argument("--schema", default="", help="the decision tree (gzviewer schemas), or a file of one")
    said.add_argument("--head", default="", choices=HEADS, help="what its outputs are")
    said.add_argument("--classes", default="", metavar="A,B", help="names of the outputs, in order")
    said.add_argument("--channels", type=int, default=0, choices=(1, 3), help="bands that it sees")
    said.add_argument("--side", type=int, default=0, help="pixels a side that it sees")
    said.add_argument(
        "--crop", type=float, default=0.0, help="share of the image's side that it sees, 0 to 1"
    )
    said.add_argument("--range", default="", choices=RANGES, help="range of the values that it sees")
    said.add_argument(
        "--greyscale",
        default="",
        choices=[kind for kind in GREYSCALES if kind],
        help="how colours become one band",
    )
    said.add_argument(
        "--made-by", default="", choices=("zoobot", "timm"), help="whose way of showing it images is meant"
    )
    _json(parser)


def run(options: argparse.Namespace) -> int:
    """Do what the verb says."""
    verbs: dict[str, Callable[[argparse.Namespace], int]] = {"add": _add, "show": _show, "remove": _remove}
    return verbs.get(options.verb or "", _list)(options)


def installed(name: str, folders: Sequence[Path]) -> Manifest:
    """The model of that name, folder or file; what is foreign is imported first, from this machine alone.

    Raises
    ------
    ModelError
        If there is none, or it cannot be used.
    """
    if any(isinstance(model, Manifest) and model.name == name for model in list_models(folders)):
        return find_model(name, folders)
    if not is_foreign(name):
        return find_model(name, folders)
    *others, own = folders
    return here_already(name, ModelLibrary(own, others), NOTHING) or import_model(name, folders)


def import_model(
    what: str,
    folders: Sequence[Path],
    *,
    name: str = "",
    corrections: Corrections = NOTHING,
    may_download: bool = False,
) -> Manifest:
    """Import a model in a child process, and say how it was read; what was imported before is taken again.

    Parameters
    ----------
    folders
        Where models lie; the last one is the person's own.
    """
    source = what if is_of_hub(what) else str(Path(what).expanduser().absolute())
    request = ImportRequest(source, str(folders[-1]), name, corrections, may_download)
    result = run_in_foreground(run_in_child(request), report=_tell)
    assert isinstance(result, ImportResult), f"unexpected result {result!r}"
    if result.was_there:
        say(f"it was added before, as {result.name}; nothing was changed")
    else:
        say(f"added as {result.name}")
        for line in result.read_as:
            say(f"  {line}")
    return read_manifest(Path(result.folder))


def _tell(progress: Progress) -> None:
    """Bytes that come from the hub, on one line."""
    if progress.total and sys.stderr.isatty():
        end = "\n" if progress.done >= progress.total else ""
        text = f"\r\033[K{progress.note}: {progress.done / 1e6:,.1f} of {progress.total / 1e6:,.1f} MB"
        print(text, end=end, file=sys.stderr, flush=True)
    elif progress.total and progress.done >= progress.total:
        say(f"fetched {progress.total / 1e6:,.1f} MB")


def _add(options: argparse.Namespace) -> int:
    said = Corrections(
        encoder=options.encoder,
        schema=str(Path(options.schema).absolute()) if options.schema.endswith(".toml") else options.schema,
        head=options.head,
        channels=options.channels,
        side=options.side,
        crop=options.crop,
        classes=tuple(name.strip() for name in options.classes.split(",") if name.strip()),
        value_range=options.range,
        greyscale=options.greyscale,
        made_by=options.made_by,
    )
    if is_of_hub(options.what) and options.download and cached_folder(hub_name(options.what)) is None:
        say(f"fetching {hub_name(options.what)} into the cache of the hub")
    model = import_model(
        options.what,
        model_folders(),
        name=options.name,
        corrections=said,
        may_download=options.download,
    )
    if options.json:
        print_json(facts_of(model))
    else:
        print(model.name)
    return 0


def _list(options: argparse.Namespace) -> int:
    models = list_models(model_folders())
    usable = [model for model in models if isinstance(model, Manifest)]
    broken = [model for model in models if not isinstance(model, Manifest)]
    if options.json:
        problems = [{"folder": str(model.folder), "problem": str(model.error)} for model in broken]
        print_json([*(facts_of(model) for model in usable), *problems])
        return 0
    print_table([_row(model) for model in usable])
    for model in broken:
        print(f"gzviewer: {model.error}", file=sys.stderr)
    return 0


def _row(model: Manifest) -> tuple[str, ...]:
    head = model.schema if model.schema else f"{model.head} {len(model.label_columns)}".removesuffix(" 0")
    whose = "provisional" if model.provisional else str(model.training.get("made_by") or "")
    return (
        model.name,
        head,
        model.architecture,
        f"{model.parameters / 1e6:.1f} M parameters",
        f"{model.channels} x {model.side}",
        f"{model.weights_path.stat().st_size / 1e6:.1f} MB" if model.weights_path.is_file() else "no weights",
        model.sha256[:SHORT_HASH],
        f"{model.title}{f' ({whose})' if whose and whose not in model.title else ''}",
    )


def _show(options: argparse.Namespace) -> int:
    model = find_model(options.name, model_folders())
    facts = facts_of(model) | {
        "family": model.family,
        "label_columns": list(model.label_columns),
        "dropout": model.dropout,
        "sees": "; ".join(describe_input(model)),
        "training": dict(model.training),
        "metrics": dict(model.metrics),
    }
    if options.json:
        print_json(facts)
        return 0
    notes = facts | {"label_columns": ", ".join(model.label_columns), "training": "", "metrics": ""}
    training = {key: value for key, value in model.training.items() if key != READ_AS_KEY}
    told = {**notes, **_flat("training", training), **_flat("metrics", model.metrics)}
    rows = [(key.replace("_", " "), _in_words(value)) for key, value in told.items()]
    print_table([(key, words) for key, words in rows if words])
    read_as = model.training.get(READ_AS_KEY)
    if isinstance(read_as, list | tuple):
        print("read as\n  " + "\n  ".join(str(line) for line in read_as))
    return 0


def _flat(start: str, table: Mapping[str, object]) -> dict[str, object]:
    """Tables inside a table, a line for each value: ``settings: epochs``."""
    flat: dict[str, object] = {}
    for key, value in table.items():
        name = f"{start}: {key}"
        flat |= _flat(name, value) if isinstance(value, Mapping) else {name: value}
    return flat


def _in_words(value: object) -> str:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_in_words(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        is_of_tables = any(isinstance(item, Mapping) for item in value)
        return ("; " if is_of_tables else ", ").join(_in_words(item) for item in value)
    return str(value)


def _remove(options: argparse.Namespace) -> int:
    *others, own = model_folders()
    if is_foreign(options.name):
        raise ModelError(
            f"{options.name} is no model of yours.", "Give its name: gzviewer models lists them."
        )
    folder = ModelLibrary(own, others).remove(options.name)
    if options.json:
        print_json({"removed": str(folder)})
    else:
        say(f"removed {folder}")
    return 0


def facts_of(manifest: Manifest) -> dict[str, object]:
    """What a program may want to know of a model."""
    names = (
        "name",
        "title",
        "schema",
        "head",
        "architecture",
        "parameters",
        "channels",
        "side",
        "crop_fraction",
    )
    more = (
        "value_range",
        "interpolation",
        "greyscale",
        "fits",
        "members",
        "licence",
        "sha256",
        "provisional",
    )
    return {name: getattr(manifest, name) for name in (*names, *more)} | {"folder": str(manifest.folder)}
