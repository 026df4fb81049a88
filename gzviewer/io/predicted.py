"""What a model's numbers mean, by its manifest: the one place that makes `Predictions` of what a store holds."""

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.predictions import OF_VALUES, Predictions
from gzviewer.core.schema import NoTree, Schema
from gzviewer.io.manifest import Manifest, schema_of


def predicted_tree(manifest: Manifest) -> Schema:
    """The tree of a model's predictions: `schema_of`, or a `NoTree` for a model that gives values.

    Raises
    ------
    SchemaError
        If the tree cannot be had, or the model is an encoder that predicts nothing.
    """
    if manifest.head in OF_VALUES:
        return NoTree(manifest.name, manifest.title, ())
    return schema_of(manifest)


def predictions_of(manifest: Manifest, numbers: NDArray[np.float32]) -> Predictions:
    """What a model said.

    Parameters
    ----------
    numbers : (row, member, answer) float32
        As its store gives them; NaN = not predicted.

    Raises
    ------
    SchemaError
        As `predicted_tree`.
    """
    names = manifest.label_columns if manifest.head in OF_VALUES else ()
    return Predictions(predicted_tree(manifest), manifest.name, numbers, manifest.head, names)
