"""Run by the test of parity in a process of its own, because Zoobot warns and logs: makes Zoobot's networks, saves and asks them.

python tests/oracle/zoobot_outputs.py FOLDER ARCHITECTURE ...
"""

import sys
from pathlib import Path

import gzviewer.ml.torch_compat  # isort: skip  # first: lets torchvision be imported beside another torch
import lightning
import numpy as np
import torch
from zoobot.pytorch.estimators import define_model
from zoobot.pytorch.training import finetune
from zoobot.shared import schemas

timm = gzviewer.ml.torch_compat.timm
SIDE, IMAGES = 224, 4


def networks(architecture):
    """Kind -> one of Zoobot's networks with random weights."""

    def encoder():
        return timm.create_model(architecture, num_classes=0)

    gz2, dr5 = schemas.gz2_ortho_schema, schemas.decals_dr5_ortho_schema
    return {
        "ZoobotTree": define_model.ZoobotTree(
            output_dim=len(dr5.label_cols),
            question_answer_pairs=dr5.question_answer_pairs,
            dependencies=dr5.dependencies,
            architecture_name=architecture,
        ),
        "FinetuneableZoobotTree": finetune.FinetuneableZoobotTree(encoder=encoder(), schema=gz2),
        "FinetuneableZoobotClassifier": finetune.FinetuneableZoobotClassifier(
            encoder=encoder(), num_classes=3, class_weights=np.array([1.0, 2.0, 3.0])
        ),
        "FinetuneableZoobotRegressor": finetune.FinetuneableZoobotRegressor(
            encoder=encoder(), unit_interval=True
        ),
    }


def unsettle(network):
    """Statistics and scales that are not those of a fresh network, so that all of them count."""
    for name, value in network.state_dict().items():
        if name.endswith("running_mean"):
            value.normal_(std=0.1)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 1.5)


def main(folder, architectures):
    torch.manual_seed(0)
    images = torch.rand(IMAGES, 3, SIDE, SIDE)
    outputs = {"images": images.numpy()}
    for architecture in architectures:
        for kind, network in networks(architecture).items():
            unsettle(network)
            trainer = lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
            trainer.strategy.connect(network)
            trainer.save_checkpoint(folder / f"{kind}-{architecture}.ckpt", weights_only=True)
            with torch.inference_mode():
                outputs[f"{kind}-{architecture}"] = network.eval()(images).numpy()
    np.savez(folder / "outputs.npz", **outputs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
