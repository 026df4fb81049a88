"""What ``gzviewer finetune`` takes, and the request that is made of it."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path

from gzviewer.core.catalog import Roles
from gzviewer.core.errors import UserError
from gzviewer.io.checkpoints import find_model, list_models
from gzviewer.io.manifest import Manifest
from gzviewer.io.settings import model_folders
from gzviewer.jobs.finetune_requests import FinetuneRequest, FinetuneSettings
from gzviewer.ml.finetune.asked import kept_request

SETTINGS = {field.name for field in fields(FinetuneSettings)}
ONLY_NOW = {"device", "threads"}  # may be chosen anew when a run is taken up again
REQUEST_NAMES = (
    "member",
    "kind",
    "label_column",
    "classes",
    "schema",
    "volunteers",
    "label_id",
    "group_column",
    "preview_only",
    "device",
    "threads",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell what the command takes. What is not said is absent from the options: so --resume knows what was."""
    parser.argument_default = argparse.SUPPRESS
    add = parser.add_argument
    add("path", nargs="?", help="catalog or folder of images")
    add("--out", required=True, type=Path, help="folder of the new model")
    add("--labels", help="table of labels, joined by galaxy id (default: the catalog itself)")
    _add_model(parser)
    add("--member", type=int, help="which of its networks, where it is an ensemble (default 0)")
    add(
        "--task",
        dest="kind",
        choices=["tree", "classify", "regress"],
        help="default: what the columns look like",
    )
    add("--label-column", help="column of classes or numbers")
    add("--classes", type=_names, help="classes that must all have examples: a,b,c")
    add("--schema", help="tree that columns of votes answer (gzviewer schemas)")
    add("--volunteers", type=_positive, help="volunteers a galaxy, where only fractions are published")
    add("--label-id", help="column of galaxy ids in the table of labels")
    add("--group-column", help="column whose equal values are one galaxy (default: group, if there is one)")
    add("--image-folder", help="where to look for images by path or by id")
    _add_settings(parser)
    add("--preview", dest="preview_only", action="store_true", help="only make augmented.png")
    add("--resume", dest="resumes", action="store_true", help="go on with what was begun in --out")
    add("--device", choices=["auto", "cpu", "cuda", "mps"])
    add("--threads", type=_threads, help="of the processor (default: all cores but one)")
    add("--json", action="store_true", help="print the report for a program to read")


def _add_model(parser: argparse.ArgumentParser) -> None:
    """Which names there are is looked up only where the help is shown."""
    action = parser.add_argument("--model")
    vars(action)["installed"] = _Installed()
    action.help = "name or folder of the model to teach; needed, but for --resume. Installed: %(installed)s"


class _Installed:
    """The names of the installed models, as text."""

    def __str__(self) -> str:
        models = list_models(model_folders())
        return ", ".join(model.name for model in models if isinstance(model, Manifest)) or "none"


def _add_settings(parser: argparse.ArgumentParser) -> None:
    default = FinetuneSettings()
    add = parser.add_argument_group("what learns, and how fast").add_argument
    add(
        "--blocks",
        help=f"blocks of the encoder to train from the top: head, all or a number ({default.blocks})",
    )
    add(
        "--layer-decay",
        type=float,
        help=f"learning rate of a block over that of the one above ({default.layer_decay})",
    )
    add("--weight-decay", type=float, help=f"({default.weight_decay})")
    add("--learning-rate", type=float, help=f"of the topmost block ({default.learning_rate})")
    add("--head-learning-rate", type=float, help=f"({default.head_learning_rate})")
    add("--dropout", type=float, help=f"before the head ({default.dropout})")
    add(
        "--move-batch-norm",
        dest="moves_batch_norm",
        action="store_true",
        help="let statistics follow the labels",
    )
    add(
        "--new-head",
        dest="keeps_head",
        action="store_false",
        help="start the head anew for the parent's tree too",
    )
    _add_course(parser.add_argument_group("how it is taught"), default)


def _add_course(group: "argparse._ArgumentGroup", default: FinetuneSettings) -> None:
    add = group.add_argument
    add("--epochs", type=int, help=f"at most ({default.epochs})")
    add("--patience", type=int, help=f"epochs without a better validation ({default.patience})")
    add("--warm-up-epochs", type=float, help=f"({default.warm_up_epochs})")
    add("--batch", type=int, help=f"galaxies a step ({default.batch})")
    add("--views", type=int, help=f"augmented views kept where only the head is trained ({default.views})")
    add("--precision", choices=["auto", "float32", "bfloat16", "float16"])
    add("--clip", type=float, help=f"largest norm of the gradients ({default.clip})")
    add(
        "--running-mean",
        type=float,
        help="share of the old weights a running mean keeps, such as 0.99 (0: none)",
    )
    add("--no-balance", dest="balances_classes", action="store_false", help="classes weigh by their numbers")
    add("--split", type=_shares, help="training : validation : test (7:2:1)")
    add("--seed", type=int, help=f"of the split and all draws ({default.seed})")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _threads(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is no number of threads")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number of volunteers")
    return number


def _shares(text: str) -> tuple[float, float, float]:
    try:
        first, second, third = (float(part) for part in text.split(":"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no split; write it as 7:2:1") from error
    return first, second, third


def new_request(said: Mapping[str, object]) -> FinetuneRequest:
    """What is asked for; `UserError` where something is missing or no training can use it."""
    for name, wish in (("path", "catalog or folder"), ("model", "model to teach, with --model")):
        if name not in said:
            raise UserError(
                f"The {wish}, is not said." if "," in wish else f"The {wish} is not said.", "Name it."
            )
    model = find_model(str(said["model"]), model_folders())
    settings = FinetuneSettings(**{name: value for name, value in said.items() if name in SETTINGS})  # type: ignore[arg-type]
    _check(settings)
    direct = {name: said[name] for name in REQUEST_NAMES if name in said} | _named_files(said)
    labels, image_folder = (str(direct.pop(name, "")) for name in ("labels", "image_folder"))
    return FinetuneRequest(
        catalog=str(direct.pop("path")),
        labels=labels,
        model=str(model.folder.absolute()),
        out=str(_absolute(said["out"])),
        roles=Roles(image_folder=image_folder),
        settings=settings,
        **direct,  # type: ignore[arg-type]
    )


def resumed_request(said: Mapping[str, object]) -> FinetuneRequest:
    """What was begun, on the device that is asked for now; a wish that contradicts it is refused."""
    kept = kept_request(_absolute(said["out"]))
    known = {**asdict(kept.settings), **asdict(kept), "path": kept.catalog}
    known["image_folder"] = kept.roles.image_folder
    wished = {name: value for name, value in said.items() if name in {*SETTINGS, *REQUEST_NAMES} - ONLY_NOW}
    wished |= _named_files(said)
    if "model" in said:
        wished["model"] = str(find_model(str(said["model"]), model_folders()).folder.absolute())
    for name, value in wished.items():
        before = tuple(known[name]) if isinstance(known[name], list) else known[name]
        if before != value:
            raise UserError(
                f"This run was begun with {name} {before}, not {value}.", "Leave it out, or start anew."
            )
    now = {name: value for name, value in said.items() if name in ONLY_NOW}
    return replace(kept, **now)  # type: ignore[arg-type]


def _named_files(said: Mapping[str, object]) -> dict[str, object]:
    """What names files and folders, so that it is found from anywhere; a schema may also be one that is installed."""
    names = [name for name in ("path", "labels", "image_folder") if said.get(name)]
    if "schema" in said and _absolute(said["schema"]).is_file():
        names.append("schema")
    return {name: str(_absolute(said[name])) for name in names}


def _absolute(path: object) -> Path:
    return Path(str(path)).expanduser().absolute()


def _check(settings: FinetuneSettings) -> None:
    """Numbers that no training can use."""
    faults = {
        "layer-decay": not 0 < settings.layer_decay <= 1,
        "weight-decay": settings.weight_decay < 0,
        "learning-rate": settings.learning_rate <= 0 or settings.head_learning_rate <= 0,
        "dropout": not 0 <= settings.dropout < 1,
        "epochs": settings.epochs < 1,
        "patience": settings.patience < 1,
        "warm-up-epochs": settings.warm_up_epochs < 0,
        "batch": settings.batch < 2,
        "views": settings.views < 0,
        "clip": settings.clip <= 0,
        "running-mean": not 0 <= settings.running_mean < 1,
    }
    for name, is_wrong in faults.items():
        if is_wrong:
            raise UserError(f"The value of --{name} cannot be used.", "Leave it out for one that suits most.")
