"""Our networks say of checkpoints of Zoobot 2.0 what zoobot 2.0.1 itself said of them: see record_zoobot_2_0.py."""

import importlib.util
import json
import threading
from pathlib import Path

import numpy as np
import pytest

from gzviewer.io.manifest import read_manifest
from gzviewer.jobs.import_requests import ImportRequest
from gzviewer.jobs.job import JobContext

torch = pytest.importorskip("torch")
HERE = Path(__file__).parent


@pytest.mark.parametrize("kind", ["tree-2.0", "finetuned-tree", "classifier"])
def test_an_imported_checkpoint_gives_what_zoobot_2_0_1_gave(tmp_path, kind):
    from gzviewer.ml.checkpoints.tasks import run_import
    from gzviewer.ml.families import load_predictors

    spec = importlib.util.spec_from_file_location("make_old_checkpoint", HERE / "make_old_checkpoint.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    channels = maker.recorded(kind, tmp_path / "made.ckpt")
    request = ImportRequest(str(tmp_path / "made.ckpt"), str(tmp_path / "models"))
    context = JobContext(lambda progress: None, lambda part: None, threading.Event())
    manifest = read_manifest(Path(run_import(request, context).folder))
    [network] = load_predictors(manifest, torch.device("cpu"))
    with torch.inference_mode():
        ours = network.double()(torch.from_numpy(maker.pictures(channels))).numpy()
    told = json.loads((HERE / "zoobot_2_0_outputs.json").read_text(encoding="utf-8"))
    np.testing.assert_allclose(ours, told["outputs"][kind], rtol=1e-6, atol=0)
