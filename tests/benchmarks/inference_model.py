"""Models with random weights for the benchmark: an encoder as it comes from timm, and the tree of GZ DECaLS DR5."""

import torch

from gzviewer.io.manifest import Manifest, write_manifest
from gzviewer.io.schemas import load_schema
from gzviewer.ml.families.bundled import FAMILY, save_weights
from gzviewer.ml.network import GalaxyNetwork

ZOOM = 1.2  # of zoobot's default transform: the central 1 / 1.2 is seen


def make(root, architecture):
    """The folder of the model; made where it is not there yet."""
    folder, schema = root / architecture, load_schema("decals_dr5_ortho_schema")
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    network = GalaxyNetwork(architecture, len(schema.label_columns), dropout=0.5)
    manifest = Manifest(
        folder=folder,
        name=architecture,
        title=f"{architecture} with random weights",
        family=FAMILY,
        schema=schema.name,
        label_columns=schema.label_columns,
        weights="weights.safetensors",
        sha256=save_weights([network], folder / "weights.safetensors"),
        licence="BSD-3-Clause",
        parameters=sum(weight.numel() for weight in network.parameters()),
        provisional=True,
        architectures=(architecture,),
        channels=3,
        head="dirichlet",
        dropout=0.5,
        side=224,
        crop_fraction=1 / ZOOM,
        value_range="0..1",
    )
    write_manifest(manifest)
    return folder
