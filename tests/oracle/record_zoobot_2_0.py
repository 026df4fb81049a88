"""Records what zoobot 2.0.1 itself says of checkpoints made here: in ``zoobot_2_0_outputs.json``, which the tests read.

    python -m venv old
    old/bin/pip install -e ".[dev,zoobot]" -c packaging/constraints.txt
    old/bin/pip install --no-deps zoobot==2.0.1
    PYTHONPATH=. old/bin/python -W ignore tests/oracle/record_zoobot_2_0.py tests/oracle/zoobot_2_0_outputs.json

Zoobot's dropout, which is never off in a tree of 2.0, is set to nothing; all is computed in double precision, so that no
machine's order of sums counts.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import gzviewer.ml.torch_compat  # isort: skip  # first: lets torchvision be imported beside another torch
import make_old_checkpoint as maker
import torch
from zoobot.pytorch.estimators import define_model
from zoobot.pytorch.training import finetune

timm = gzviewer.ml.torch_compat.timm


def loaded(kind, path):
    """Zoobot's own network with the weights of a file, as Zoobot loads it."""
    if kind == "tree-2.0":
        return define_model.ZoobotTree.load_from_checkpoint(path, map_location="cpu")
    of = {
        "finetuned-tree": finetune.FinetuneableZoobotTree,
        "classifier": finetune.FinetuneableZoobotClassifier,
    }
    encoder = timm.create_model(maker.RECORDED, num_classes=0)
    return of[kind].load_from_checkpoint(
        path, map_location="cpu", weights_only=False, encoder=encoder, strict=kind != "classifier"
    )


def main(out):
    outputs = {}
    for kind in maker.RECORDED_KINDS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{kind}.ckpt"
            channels = maker.recorded(kind, path)
            network = loaded(kind, path).eval().double()
            for part in network.modules():
                if hasattr(part, "p"):
                    part.p = 0.0
            with torch.inference_mode():
                given = network(torch.from_numpy(maker.pictures(channels)))
        if kind == "classifier":  # logits
            given = torch.softmax(given, dim=-1)
        outputs[kind] = given.reshape(len(given), -1).tolist()
    versions = {name: version(name) for name in ("zoobot", "torch", "timm", "numpy")}
    out.write_text(json.dumps({"versions": versions, "outputs": outputs}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
