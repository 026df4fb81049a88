"""What the numbers of a model mean, by its manifest."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gzviewer.core.errors import SchemaError
from gzviewer.core.schema import NoTree
from gzviewer.io.manifest import read_manifest
from gzviewer.io.predicted import predicted_tree, predictions_of
from gzviewer.io.settings import model_folders


@pytest.fixture
def manifest():
    (folder,) = {path.parent for root in model_folders() for path in Path(root).glob("*/manifest.toml")}
    return read_manifest(folder)


def test_concentrations_answer_the_tree_of_the_model(manifest):
    numbers = np.ones((2, 1, len(manifest.label_columns)), dtype=np.float32)
    made = predictions_of(manifest, numbers)
    assert (made.head, made.checkpoint, made.names) == ("dirichlet", manifest.name, manifest.label_columns)


@pytest.mark.parametrize("head", ["values", "unit-values"])
def test_values_have_names_and_no_tree(manifest, head):
    regressor = replace(manifest, head=head, label_columns=("radius",))
    made = predictions_of(regressor, np.ones((2, 1, 1), dtype=np.float32))
    assert isinstance(made.schema, NoTree)
    assert made.values("radius").tolist() == [1, 1]


def test_classes_are_a_tree_of_one_question(manifest):
    classifier = replace(manifest, head="classes", label_columns=("ring", "none"))
    made = predictions_of(classifier, np.full((2, 1, 2), 0.5, dtype=np.float32))
    assert made.names == ("ring", "none")
    assert made.schema.label_columns == ("class_ring", "class_none")


def test_an_encoder_predicts_nothing(manifest):
    with pytest.raises(SchemaError, match="answers no tree"):
        predicted_tree(replace(manifest, head="none", label_columns=()))
