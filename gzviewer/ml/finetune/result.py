"""The taught model as a folder: weights, and a manifest that says where it comes from."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from gzviewer import __version__
from gzviewer.io.checkpoints import sha256_of
from gzviewer.io.manifest import SCHEMA_FILE, Manifest, write_manifest
from gzviewer.jobs.finetune_requests import FinetuneRequest
from gzviewer.ml.families.bundled import FAMILY
from gzviewer.ml.finetune.base import head_of
from gzviewer.ml.finetune.labels import Labels
from gzviewer.ml.network import GalaxyNetwork

WEIGHTS = "weights.safetensors"


def taught_manifest(
    request: FinetuneRequest, parent: Manifest, labels: Labels, *, keeps_head: bool
) -> Manifest:
    """What the new model will be; its weights and figures are to come."""
    out = Path(request.out)
    return replace(
        parent,
        folder=out,
        name=out.name,
        title=f"{out.name}, taught from {parent.title}",
        family=FAMILY,
        schema=labels.schema.name if labels.schema is not None else "",
        label_columns=labels.names,
        weights=WEIGHTS,
        architectures=(parent.architectures[request.member],),
        head=head_of(labels),
        dropout=request.settings.dropout,
        span=parent.span if keeps_head else 100.0,
        factors=dict(parent.factors) if keeps_head else {},
        provisional=False,
        training={},
        metrics={},
    )


def save_model(
    network: GalaxyNetwork, manifest: Manifest, request: FinetuneRequest, parent: Manifest
) -> Manifest:
    """Store the weights in single precision, so that a prediction is exactly what the report is about; the full manifest."""
    state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    save_file(state, manifest.weights_path)
    _keep_schema(manifest, request, parent)
    return replace(
        manifest,
        sha256=sha256_of(manifest.weights_path),
        parameters=sum(value.numel() for value in network.parameters()),
    )


def _keep_schema(manifest: Manifest, request: FinetuneRequest, parent: Manifest) -> None:
    """A tree that is not installed goes along."""
    own, named = parent.folder / SCHEMA_FILE, Path(request.schema)
    if request.schema and named.is_file():
        shutil.copyfile(named, manifest.folder / SCHEMA_FILE)
    elif manifest.schema == parent.schema and own.is_file():
        shutil.copyfile(own, manifest.folder / SCHEMA_FILE)


def finish(manifest: Manifest, notes: Mapping[str, object], metrics: Mapping[str, object]) -> None:
    """Write the manifest: from now on it is a model."""
    write_manifest(replace(manifest, training=notes, metrics=metrics))


def training_notes(
    request: FinetuneRequest,
    parent: Manifest,
    galaxies: Mapping[str, int],
    key: Mapping[str, str],
    best_epoch: int,
) -> dict[str, object]:
    """Where the model comes from, for the manifest."""
    settings = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(request.settings).items()
    }
    return {
        "command": f"gzviewer finetune, gzviewer {__version__}, torch {torch.__version__}",
        "parent": parent.name,
        "parent_member": request.member,
        "parent_sha256": parent.sha256,
        "labels": Path(request.labels or request.catalog).name,
        "labels_sha256": key["labels"],
        "label_column": request.label_column,
        "volunteers": request.volunteers,
        "best_epoch": best_epoch,
        "galaxies": dict(galaxies),
        "settings": settings,
    }


def peak_memory_mib(device: torch.device) -> float:
    """The most this process has held, with what it held on a GPU; 0 where the system does not tell."""
    own = 0.0
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not there on Windows

        unit = 2**20 if sys.platform == "darwin" else 2**10
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return own + (torch.cuda.max_memory_allocated(device) / 2**20 if device.type == "cuda" else 0)
