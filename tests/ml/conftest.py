"""A tiny model with random weights, and images drawn for the tests. Skipped as a whole where torch is not installed."""

import importlib.util

import numpy as np
import pytest
from PIL import Image as Pillow

if importlib.util.find_spec("torch") is None:
    collect_ignore_glob = ["test_*.py"]

ARCHITECTURE = "test_efficientnet"  # made by timm for tests: 0.4 million parameters


def _drawn_galaxy(seed, side=40):
    """(y, x, 3) uint8: a tilted colourful blob with noise."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    angle, axis = chance.uniform(0, np.pi), chance.uniform(0.15, 1)
    u, v = x * np.cos(angle) + y * np.sin(angle), (y * np.cos(angle) - x * np.sin(angle)) / axis
    light = np.exp(-4 * np.hypot(u, v))[..., None] * chance.uniform(80, 240, 3)
    return np.clip(light + chance.normal(8, 3, (side, side, 3)), 0, 255).astype(np.uint8)


@pytest.fixture
def drawn_galaxy():
    """A function of a seed: (y, x, 3) uint8."""
    return _drawn_galaxy


@pytest.fixture
def drawn(tmp_path):
    """Draws galaxies into files; returns their ids and absolute paths."""

    def draw(count):
        folder = tmp_path / "images"
        folder.mkdir(exist_ok=True)
        paths = [folder / f"galaxy {number}.png" for number in range(count)]
        for number, path in enumerate(paths):
            Pillow.fromarray(_drawn_galaxy(number)).save(path)
        return tuple(path.stem for path in paths), tuple(str(path) for path in paths)

    return draw


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """Manifest of a model with random weights."""
    import torch

    from gzviewer.io.manifest import Manifest, write_manifest
    from gzviewer.io.schemas import load_schema
    from gzviewer.ml.families.bundled import save_weights
    from gzviewer.ml.network import GalaxyNetwork

    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    schema = load_schema("gz2_ortho_schema")
    torch.manual_seed(0)
    network = GalaxyNetwork(ARCHITECTURE, len(schema.label_columns))
    torch.nn.init.normal_(network.head.weight, std=20.0)  # or all images would look alike to it
    manifest = Manifest(
        folder=folder,
        name="tiny",
        title="Tiny",
        family="bundled",
        schema=schema.name,
        label_columns=schema.label_columns,
        weights="weights.safetensors",
        sha256=save_weights([network], folder / "weights.safetensors"),
        licence="BSD-3-Clause",
        parameters=1,
        provisional=True,
        architectures=(ARCHITECTURE,),
        channels=3,
        head="dirichlet",
        dropout=0.5,
        side=32,
        crop_fraction=0.8,
        value_range="0..1",
    )
    write_manifest(manifest)
    return manifest
