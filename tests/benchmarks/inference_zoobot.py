"""Zoobot's own way from images to a table, timed: run by bench_inference.py with a Python that has zoobot.

Prints one line of JSON: seconds from the making of zoobot's model to the last table on disk, without the imports and without what
reads our weights and compares the two.
"""

import argparse
import json
import time
from pathlib import Path

import gzviewer.ml.torch_compat  # noqa: F401 - before torchvision: the two may not fit

# isort: split
import pandas
import torch
from galaxy_datasets.transforms import get_galaxy_transform, minimal_view_config
from zoobot.pytorch.predictions.predict_on_catalog import predict
from zoobot.pytorch.training.finetune import FinetuneableZoobotTree
from zoobot.shared.schemas import decals_dr5_ortho_schema

from gzviewer.io.manifest import read_manifest
from gzviewer.ml.families import load_predictors
from gzviewer.ml.torch_compat import timm

BATCH = 32
QUIET = {"accelerator": "cpu", "logger": False, "enable_progress_bar": False, "enable_model_summary": False}


def zoobot_model(ours):
    """Zoobot's model with the weights of our network."""
    encoder = timm.create_model(ours.architecture_name, pretrained=False, num_classes=0)
    encoder.load_state_dict(ours.encoder.state_dict())
    model = FinetuneableZoobotTree(schema=decals_dr5_ortho_schema, encoder=encoder)
    [linear] = [module for module in model.head.modules() if isinstance(module, torch.nn.Linear)]
    linear.load_state_dict(ours.head.state_dict())
    return model.eval()


def largest_difference(ours, model):
    """Of concentrations of the same tensors, relative: the two must be the same network."""
    torch.manual_seed(1)
    images = torch.rand(4, 3, 224, 224)
    with torch.inference_mode():
        expected = model(images)
        return float(((ours.outputs(ours.features(images)) - expected).abs() / expected).max())


def main():
    parser = argparse.ArgumentParser()
    for name in ("model", "images", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    manifest = read_manifest(given.model)
    threads = torch.get_num_threads()
    [ours] = load_predictors(manifest, torch.device("cpu"))
    ours.architecture_name = manifest.architectures[0]
    apart = largest_difference(ours, zoobot_model(ours)) if given.check else None
    started = time.perf_counter()
    model = zoobot_model(ours)
    paths = sorted(given.images.iterdir())
    catalog = pandas.DataFrame(
        {"id_str": [path.stem for path in paths], "file_loc": [str(path) for path in paths]}
    )
    data = {
        "batch_size": BATCH,
        "num_workers": given.workers,
        "prefetch_factor": 4 if given.workers else None,
    }
    transform = get_galaxy_transform(minimal_view_config())
    for number in range(given.passes):
        predict(
            catalog,
            model,
            save_loc=str(given.out / f"zoobot {number}.csv"),
            label_cols=decals_dr5_ortho_schema.label_cols,
            inference_transform=transform,
            datamodule_kwargs=data,
            trainer_kwargs=QUIET,
        )
    seconds = time.perf_counter() - started
    print(json.dumps({"work_s": seconds, "galaxies": len(paths), "threads": threads, "apart": apart}))


if __name__ == "__main__":
    main()
