"""What the outputs of a foreign head mean: answers of a tree, classes, values, or the 37 columns of Kaggle."""

from dataclasses import dataclass

from gzviewer.core.errors import ModelError
from gzviewer.io.manifest import HEADS, OF_SCHEMA
from gzviewer.io.schemas import load_schema
from gzviewer.jobs.import_requests import Corrections
from gzviewer.ml.checkpoints.layout import TREE, LinearWeights
from gzviewer.ml.checkpoints.reading import Checkpoint
from gzviewer.ml.checkpoints.trees import Tree, find_tree

KAGGLE_OUTPUTS, KAGGLE_SCHEMA = 37, "kaggle_37"
OF_PICTURES = (1000, 11821, 21841, 21843)  # classes of ImageNet: cats and cars
TREE_DROPOUT, LINEAR_DROPOUT = 0.2, 0.5  # of Zoobot, where a file does not say
DROPOUT_KEYS = ("dropout_rate", "head_dropout_prob", "dropout_prob")


@dataclass(frozen=True)
class Head:
    """A head, in the words of the manifest.

    Parameters
    ----------
    kind
        One of `gzviewer.io.manifest.HEADS`.
    label_columns
        Names of its outputs, in order.
    tree
        Of a head that answers one.
    dropout
        Probability with which a feature is dropped before it.
    how
        How all that was found out, in words.
    """

    kind: str
    label_columns: tuple[str, ...]
    tree: Tree | None
    dropout: float
    how: tuple[str, ...]


def find_head(checkpoint: Checkpoint, layer: LinearWeights | None, said: Corrections) -> Head:
    """What a linear layer before a head's activation gives.

    Raises
    ------
    ModelError
        If that cannot be found out, or what a person says cannot be.
    """
    if said.head and said.head not in HEADS:
        raise ModelError(f"There is no head {said.head}.", f"There are {', '.join(HEADS)}.")
    kind, how = _kind(checkpoint, layer, said)
    if layer is None or kind == "none":
        if kind != "none":
            raise ModelError(f"{checkpoint.path} has no head.", "Leave --head away: it is an encoder.")
        return Head("none", (), None, 0.0, (f"head: none, {how}",))
    dropout, dropout_how = _dropout(checkpoint, layer)
    heading = f"head: {kind}, {how}"
    if kind in OF_SCHEMA:
        assumed = KAGGLE_SCHEMA if kind == "shares" else ""
        tree = find_tree(checkpoint, layer.outputs, said.schema, assumed)
        return Head(
            kind, tree.schema.label_columns, tree, dropout, (heading, f"schema: {tree.how}", dropout_how)
        )
    names, names_how = _names(checkpoint, layer, kind, said)
    return Head(kind, names, None, dropout, (heading, f"label columns: {names_how}", dropout_how))


def _kind(checkpoint: Checkpoint, layer: LinearWeights | None, said: Corrections) -> tuple[str, str]:
    settings = checkpoint.settings
    if said.head:
        return said.head, "as you said"
    if layer is None:
        return "none", "it is an encoder"
    if layer.place == TREE or "dependencies" in settings or "schema" in settings:
        return "dirichlet", "it ends as a Zoobot tree does"
    if said.schema:
        return (
            "shares" if load_schema(said.schema).cumulative else "dirichlet"
        ), "after the schema that you named"
    if "num_classes" in settings:
        return "classes", "it was made with a number of classes"
    if "unit_interval" in settings:
        is_unit = bool(settings["unit_interval"])
        return ("unit-values" if is_unit else "values"), "it was made as a regressor"
    if layer.outputs == KAGGLE_OUTPUTS and "label_names" not in checkpoint.config:
        return "shares", "assumed: it has as many outputs as the Kaggle challenge has columns"
    if layer.outputs == 1:
        return "values", "it has one output"
    if layer.outputs in OF_PICTURES:
        return "none", f"its {layer.outputs} classes are no galaxies"
    return "classes", "assumed: it has several outputs and says nothing of them"


def _names(
    checkpoint: Checkpoint, layer: LinearWeights, kind: str, said: Corrections
) -> tuple[tuple[str, ...], str]:
    count = layer.outputs
    if said.classes:
        if len(said.classes) != count:
            raise ModelError(
                f"{checkpoint.path} gives {count} numbers, but {len(said.classes)} names were given.",
                "Give as many, in the order of training.",
            )
        twice = next((name for name in said.classes if said.classes.count(name) > 1), None)
        if twice is not None:
            raise ModelError(f"The name {twice} was given to two outputs.", "Give each its own.")
        return said.classes, "as you said"
    names = checkpoint.config.get("label_names")
    if isinstance(names, list) and len(names) == count == len({str(name) for name in names}):
        return tuple(str(name) for name in names), "named in the file"
    label = checkpoint.settings.get("label_col")
    if kind != "classes" and count == 1 and isinstance(label, str) and label:
        return (label,), "named in the file"
    stem = "class" if kind == "classes" else "value"
    return tuple(f"{stem}_{number}" for number in range(count)), "numbered: the file does not name them"


def _dropout(checkpoint: Checkpoint, layer: LinearWeights) -> tuple[float, str]:
    for key in DROPOUT_KEYS:
        value = checkpoint.settings.get(key)
        if isinstance(value, int | float) and 0 <= value < 1:
            return float(value), f"dropout: {value:g}, named in the file"
    usual = TREE_DROPOUT if layer.place == TREE else LINEAR_DROPOUT
    return usual, f"dropout: {usual:g}, as Zoobot has it where nothing is said"
