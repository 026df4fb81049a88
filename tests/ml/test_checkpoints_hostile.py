"""Files that were made to do harm, or that are damaged: each is refused with one sentence, and nothing of it runs."""

import io
import pickle
import resource
import shutil
import struct
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import sha256_of
from gzviewer.io.manifest import write_manifest
from gzviewer.jobs.import_requests import ImportRequest
from gzviewer.jobs.job import JobContext
from gzviewer.ml.checkpoints.reading import read_checkpoint
from gzviewer.ml.checkpoints.tasks import run_import

ARCHITECTURE = "test_efficientnet"
ONE_GB = 2**30


class Harmful:
    """Leaves a file where it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        import os

        return os.system, (f"touch {self.mark}",)


def refused(path):
    with pytest.raises(ModelError) as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    return caught.value.what


def imported(path, tmp_path):
    context = JobContext(lambda progress: None, lambda part: None, threading.Event())
    return run_import(ImportRequest(str(path), str(tmp_path / "models")), context)


@pytest.fixture
def sound(tmp_path):
    """A checkpoint that can be read."""
    from gzviewer.ml.torch_compat import timm

    path = tmp_path / "sound.pt"
    torch.save(timm.create_model(ARCHITECTURE, num_classes=3).state_dict(), path)
    return path


def rewritten(path, entries, compression=zipfile.ZIP_STORED):
    """The same archive with some of its entries replaced."""
    with zipfile.ZipFile(path) as old:
        contents = {entry.filename: old.read(entry) for entry in old.infolist()}
    with zipfile.ZipFile(path, "w", compression) as new:
        for name, content in contents.items():
            new.writestr(name, entries.get(name.rpartition("/")[2], content))


@pytest.mark.parametrize("is_legacy", [False, True])
def test_it_refuses_a_pickle_that_runs_code_and_names_what_it_asks_for(tmp_path, is_legacy):
    path, mark = tmp_path / "harm.ckpt", tmp_path / "mark"
    content = {"state_dict": {"a": torch.ones(2)}, "hyper_parameters": {"name": Harmful(mark)}}
    torch.save(content, path, _use_new_zipfile_serialization=not is_legacy)
    assert "posix.system, which is code" in refused(path)
    assert not mark.exists()


def test_it_refuses_a_bare_pickle_that_runs_code(tmp_path):
    path, mark = tmp_path / "harm.pt", tmp_path / "mark"
    path.write_bytes(pickle.dumps(Harmful(mark)))
    refused(path)
    assert not mark.exists()


def test_it_refuses_a_whole_network_because_that_needs_code(tmp_path):
    torch.save(
        {"state_dict": {}, "hyper_parameters": {"encoder": torch.nn.Linear(2, 2)}}, tmp_path / "a.ckpt"
    )
    assert "torch.nn.modules.linear.Linear, which is code" in refused(tmp_path / "a.ckpt")


def test_it_refuses_torchscript(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("a/data.pkl", b"")
        archive.writestr("a/constants.pkl", b"")
    assert "TorchScript" in refused(tmp_path / "a.pt")


@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_it_refuses_a_truncated_file(sound, kept):
    content = sound.read_bytes()
    sound.write_bytes(content[: int(len(content) * kept)])
    assert "cut off" in refused(sound)


def test_it_refuses_a_truncated_file_of_safetensors(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"a": torch.ones(1000)}, path)
    path.write_bytes(path.read_bytes()[:500])
    refused(path)
    path.write_bytes(path.read_bytes()[:20])
    assert "cut off" in refused(path)


def test_it_refuses_an_empty_file(tmp_path):
    (tmp_path / "a.ckpt").touch()
    assert refused(tmp_path / "a.ckpt").endswith("is empty.")


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE html>", b"version https://git-lfs", b"\x89HDF\r\n\x1a\n", b"noise" * 9]
)
def test_it_refuses_what_is_no_checkpoint(tmp_path, content):
    (tmp_path / "a.ckpt").write_bytes(content)
    refused(tmp_path / "a.ckpt")


def test_it_refuses_a_missing_file_and_a_folder_without_a_model(tmp_path):
    refused(tmp_path / "a.ckpt")
    assert "a folder without a model" in refused(tmp_path)


def test_it_refuses_a_zip_bomb_before_it_unpacks_it(sound):
    rewritten(sound, {"0": bytes(300 * 2**20)}, zipfile.ZIP_DEFLATED)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "would unpack to" in refused(sound)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def pickled_tensor(path, size, stride):
    """A file whose pickle claims a tensor of that size over a storage of one number."""
    torch.save({"a": torch.ones(1)}, path)
    buffer = io.BytesIO()
    claimed = torch.ones(1).as_strided(size, stride)

    class Keeper(pickle.Pickler):
        def persistent_id(self, value):
            is_storage = isinstance(value, torch.storage.TypedStorage | torch.UntypedStorage)
            return ("storage", torch.FloatStorage, "0", "cpu", 1) if is_storage else None

    Keeper(buffer, protocol=2).dump({"a": claimed})
    rewritten(path, {"data.pkl": buffer.getvalue()})


def test_it_refuses_a_tensor_that_claims_to_be_huge(tmp_path):
    pickled_tensor(tmp_path / "a.pt", (10**12,), (0,))
    assert "larger than the whole file" in refused(tmp_path / "a.pt")


def test_it_refuses_a_huge_array_of_numpy_or_bytes_within_little_memory(tmp_path):
    program = (
        "import resource, pathlib, sys\n"
        "from gzviewer.ml.checkpoints.reading import read_checkpoint\n"
        "from gzviewer.core.errors import ModelError\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({12 * ONE_GB}, {12 * ONE_GB}))\n"
        "try: read_checkpoint(pathlib.Path(sys.argv[1]))\n"
        "except ModelError as error: print(error.what)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    path = tmp_path / "a.pt"
    torch.save({"a": torch.ones(1)}, path)
    huge = b"\x80\x02cbuiltins\nbytearray\n(" + b"\x8a\x05" + struct.pack("<Q", 2**37)[:5] + b"tR."
    rewritten(path, {"data.pkl": huge})
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    said, peak = done.stdout.strip().splitlines()
    assert "damaged or no checkpoint" in said or "which is code" in said
    assert int(peak) < 2_000_000  # kB


def test_it_refuses_weights_of_wrong_shapes_and_names_the_first(sound, tmp_path):
    state = torch.load(sound)
    state["conv_stem.weight"] = torch.ones(7, 3, 3, 3)
    torch.save({"state_dict": state, "hyper_parameters": {"architecture_name": ARCHITECTURE}}, sound)
    with pytest.raises(ModelError, match=r"conv_stem.weight has the shape \(7, 3, 3, 3\)"):
        imported(sound, tmp_path)


def test_it_refuses_weights_that_fit_nothing_and_asks_for_the_encoder(tmp_path):
    torch.save({"layer.weight": torch.ones(3, 5)}, tmp_path / "a.pt")
    with pytest.raises(ModelError, match="fit no encoder of timm") as caught:
        imported(tmp_path / "a.pt", tmp_path)
    assert "--encoder" in caught.value.remedy


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_it_refuses_weights_that_are_no_numbers_and_leaves_nothing(sound, tmp_path, value):
    state = torch.load(sound)
    state["conv_stem.weight"][0, 0, 0, 0] = value
    torch.save(state, sound)
    with pytest.raises(ModelError, match=r"conv_stem\.weight holds what is no number"):
        imported(sound, tmp_path)
    assert not list((tmp_path / "models").glob("*/manifest.toml"))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("conv_stem.weight", lambda value: torch.full(value.shape, 1e39, dtype=torch.float64), "no number"),
        ("conv_stem.weight", lambda value: value.to(torch.complex64), "complex64"),
        ("conv_stem.weight", lambda value: value.to(torch.int32), "int32"),
        ("bn1.running_var", lambda value: value - 5, "variances below zero"),
        ("classifier.bias", lambda value: value.to(torch.int64), r"head\.bias holds numbers of a kind"),
    ],
)
def test_it_refuses_numbers_that_no_network_computes_with(sound, tmp_path, name, change, words):
    state = torch.load(sound)
    state[name] = change(state[name])
    torch.save(state, sound)
    with pytest.raises(ModelError, match=words):
        imported(sound, tmp_path)


def changed(model, folder, name, change):
    """A copy of a model of this program with one array changed, and the digest that its manifest needs."""
    shutil.copytree(model.folder, folder)
    state = load_file(folder / model.weights)
    state[name] = change(state[name])
    save_file(state, folder / model.weights)
    digest = sha256_of(folder / model.weights)
    write_manifest(replace(model, folder=folder, name="changed", sha256=digest))
    return folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda value: value * float("nan"), r"head\.bias holds what is no number"),
        (lambda value: value[:7], r"head\.bias has the shape \(7,\) in place of \(30,\)"),
    ],
)
def test_a_model_of_ours_is_not_added_unless_it_can_be_used(tiny_model, tmp_path, change, words):
    folder = changed(tiny_model, tmp_path / "it", "head.bias", change)
    with pytest.raises(ModelError, match=words) as caught:
        imported(folder, tmp_path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "models" / "changed").exists()


def test_it_refuses_a_head_that_does_not_fit_its_encoder(sound, tmp_path):
    state = torch.load(sound)
    state["classifier.weight"] = torch.ones(3, 5)
    torch.save(state, sound)
    with pytest.raises(ModelError, match="its head takes 5 features"):
        imported(sound, tmp_path)


def test_it_names_an_encoder_that_timm_does_not_know(sound, tmp_path):
    settings = {"architecture_name": "maxvit_rmlp_tiny_rw_224"}
    torch.save({"state_dict": torch.load(sound), "hyper_parameters": settings}, sound)
    with pytest.raises(ModelError, match="built on maxvit_rmlp_tiny_rw_224, which the installed timm"):
        imported(sound, tmp_path)


def nested_key():
    """A pickle of a few bytes: a dict whose key is a tuple of a tuple twice, of one twice, ... 40 times."""
    levels = b"".join(b"q%ch%c\x86" % (level, level) for level in range(40))
    return b"\x80\x02})" + levels + b"K\x01s."


@pytest.mark.parametrize("is_archive", [True, False])
def test_it_refuses_a_key_whose_hash_would_take_for_ever(tmp_path, is_archive):
    path = tmp_path / "a.pt"
    path.write_bytes(nested_key())
    if is_archive:
        torch.save({"a": torch.ones(1)}, path)
        rewritten(path, {"data.pkl": nested_key()})
    assert "takes without end" in refused(path)


def test_it_refuses_a_flipped_bit_in_an_archive(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"a": torch.full((1000,), 0.5)}, path)
    content = bytearray(path.read_bytes())
    content[content.index(struct.pack("<f", 0.5) * 9) + 2] ^= 4
    path.write_bytes(content)
    assert "is not what was stored" in refused(path)


def test_an_archive_without_sums_is_read(tmp_path):
    torch.serialization.set_crc32_options(False)
    try:
        torch.save({"a": torch.ones(1000)}, tmp_path / "a.pt")
    finally:
        torch.serialization.set_crc32_options(True)
    assert read_checkpoint(tmp_path / "a.pt").tensors["a"].sum() == 1000


def test_it_refuses_an_archive_that_was_compressed_afterwards(sound):
    content = sound.read_bytes()
    rewritten(sound, {}, zipfile.ZIP_DEFLATED)
    assert len(content) != sound.stat().st_size
    assert "packed again by another program" in refused(sound)
