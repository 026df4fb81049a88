"""How long a derived column takes for many galaxies. Seconds of the processor: other programs do not count."""

import time

import numpy as np
import pytest

from gzviewer.core.derived import derived_columns
from gzviewer.core.disagreement import mutual_information
from gzviewer.core.predictions import Predictions
from gzviewer.io.schemas import load_schema

pytestmark = pytest.mark.benchmark

GALAXIES = 100_000


def test_mutual_information_of_thirty_samples_takes_a_second_at_most():
    schema = load_schema("decals_dr5_ortho_schema")
    shape = (GALAXIES, 30, len(schema.label_columns))
    numbers = np.random.default_rng(1).uniform(1, 101, shape).astype(np.float32)
    started, began = time.process_time(), time.perf_counter()
    mutual_information(numbers, [schema.slice_of(question) for question in schema.questions])
    took, passed = time.process_time() - started, time.perf_counter() - began
    print(
        f"\nmutual information, {shape} concentrations: {took:.2f} s of the processor, {passed:.2f} s passed"
    )
    assert took <= 1


def test_every_column_of_eight_members_is_there_in_two_seconds():
    schema = load_schema("gz2_ortho_schema")
    chance = np.random.default_rng(1)
    alike = chance.uniform(2, 40, (GALAXIES, 1, len(schema.label_columns)))
    numbers = alike * chance.uniform(0.8, 1.2, (GALAXIES, 8, 1))
    predictions = Predictions(schema, "m", numbers.astype(np.float32))
    took = {}
    for column in derived_columns(predictions):
        if column.of in {"", "bar-gz2", "bar-gz2_yes"}:
            started = time.process_time()
            column.figure(predictions, np.arange(GALAXIES))
            took[column.name] = time.process_time() - started
    print("", *(f"{name}: {seconds:.2f} s" for name, seconds in took.items()), sep="\n")
    assert max(took.values()) < 2
