"""How predictions were made is kept beside them."""

import json
import zlib

import numpy as np

from gzviewer.io.prediction_parts import part_paths, read_part
from gzviewer.io.prediction_store import PredictionStore, fingerprints
from gzviewer.io.provenance import joined, provenance
from gzviewer.io.store_key import StoreKey

KEY = StoreKey("model", "ab" * 32, "tree", ("q_yes", "q_no"), 5, 40, "dirichlet", "1 3x8 1 0..1", 8)


def stored(folder, made):
    store = PredictionStore(folder, KEY)
    with store.writing():
        numbers = np.ones((1, 40, 2), dtype=np.float32)
        store.append(["a"], fingerprints([str(folder)]), numbers, made=made)
    return store


def test_a_store_read_again_says_how_its_predictions_were_made(tmp_path):
    stored(tmp_path, provenance("cuda", "torch"))
    made = PredictionStore(tmp_path, KEY).made
    assert made["weights"] == "ab" * 32
    assert (made["samples"], made["views"], made["head"], made["device"]) == ("5", "8", "dirichlet", "cuda")
    assert {"gzviewer", "torch", "timm", "backend", "date", "recipe", "schema"} < set(made)


def test_parts_made_in_different_ways_name_them_all():
    parts = [
        {"device": "cpu", "date": "2026-02-01"},
        {"device": "cuda", "date": "2026-01-01"},
        {"device": "cpu"},
    ]
    assert joined(parts) == {"device": "cpu, cuda", "date": "2026-01-01 to 2026-02-01"}


def test_a_part_of_a_program_that_kept_no_provenance_is_read(tmp_path):
    store = stored(tmp_path, {})
    (path,) = part_paths(store.folder)
    content = path.read_bytes()[:-8].replace(json.dumps({"problems": [], "made": {}}).encode(), b"[]")
    path.write_bytes(content + b"%08x" % zlib.crc32(content))
    part = read_part(path, (40, 2))
    assert (part.ids.tolist(), part.problems, dict(part.made)) == ([b"a"], (), {})
