"""Zoobot's own networks and ours, from the same checkpoints, say the same of the same tensors.

Skipped where Zoobot is not installed: ``pip install -e ".[dev,zoobot]" -c packaging/constraints.txt``.
"""

import importlib.util
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
ARCHITECTURES = ("efficientnet_b0", "convnext_nano", "resnet18")
KINDS = (
    "ZoobotTree",
    "FinetuneableZoobotTree",
    "FinetuneableZoobotClassifier",
    "FinetuneableZoobotRegressor",
)

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("zoobot") is None or importlib.util.find_spec("lightning") is None,
        reason="zoobot is not installed; pip install -e '.[zoobot]' to compare with it",
    ),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """The folder of Zoobot's checkpoints, and what it says of ``images``, by the name of the file."""
    folder = tmp_path_factory.mktemp("zoobot")
    program = [sys.executable, "-W", "ignore", str(HERE / "zoobot_outputs.py"), str(folder), *ARCHITECTURES]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, dict(np.load(folder / "outputs.npz"))


def taken(file, models):
    """The checkpoint as a model of ours: its manifest and network."""
    import torch

    from gzviewer.io.manifest import read_manifest
    from gzviewer.jobs.import_requests import ImportRequest
    from gzviewer.jobs.job import JobContext
    from gzviewer.ml.checkpoints.tasks import run_import
    from gzviewer.ml.families import load_predictors

    context = JobContext(lambda progress: None, lambda part: None, threading.Event())
    manifest = read_manifest(Path(run_import(ImportRequest(str(file), str(models)), context).folder))
    [network] = load_predictors(manifest, torch.device("cpu"))
    return manifest, network


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("kind", KINDS)
def test_our_network_gives_what_zoobots_gives(theirs, tmp_path, kind, architecture):
    import torch

    folder, outputs = theirs
    manifest, network = taken(folder / f"{kind}-{architecture}.ckpt", tmp_path)
    expected = outputs[f"{kind}-{architecture}"].reshape(len(outputs["images"]), -1)
    if manifest.head == "classes":  # Zoobot gives logits there
        expected = torch.softmax(torch.from_numpy(expected), dim=-1).numpy()
    with torch.inference_mode():
        ours = network(torch.from_numpy(outputs["images"])).numpy()
    print(f"{kind} {architecture}: largest relative difference {np.abs(ours / expected - 1).max():.1e}")
    np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=0)
    assert manifest.architecture == architecture


@pytest.mark.parametrize("kind", ["FinetuneableZoobotTree", "FinetuneableZoobotClassifier"])
def test_the_checkpoints_that_our_tests_make_are_laid_out_as_zoobots(theirs, tmp_path, kind):
    import torch

    from gzviewer.ml.checkpoints.reading import read_checkpoint

    spec = importlib.util.spec_from_file_location("make_old_checkpoint", HERE / "make_old_checkpoint.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    make = {"FinetuneableZoobotTree": maker.finetuned_tree, "FinetuneableZoobotClassifier": maker.classifier}
    make[kind](tmp_path / "made.ckpt", "resnet18")
    made, real = read_checkpoint(tmp_path / "made.ckpt"), read_checkpoint(theirs[0] / f"{kind}-resnet18.ckpt")
    assert set(made.tensors) == set(real.tensors)
    assert set(made.settings) | {"label_col", "run_linear_sanity_check"} >= set(real.settings)
    asked = torch.serialization.get_unsafe_globals_in_checkpoint
    assert set(asked(made.path)) <= set(asked(real.path))
