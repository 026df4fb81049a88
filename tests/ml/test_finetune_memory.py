"""Short memory and files that cannot be used, while a model is taught: the sentence and the remedy."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from gzviewer.core.errors import UserError
from gzviewer.jobs.finetune_requests import FinetuneRequest, FinetuneSettings
from gzviewer.jobs.job import JobContext
from gzviewer.ml.finetune.blocks import blocks_of, freeze
from gzviewer.ml.finetune.learning import Learner, Lesson
from gzviewer.ml.finetune.troubles import told_to_the_person
from gzviewer.ml.network import GalaxyNetwork

CPU = torch.device("cpu")
REQUEST = FinetuneRequest("catalog", "labels", "model", "out", device="cpu")


class FeaturesInLittleMemory:
    """Drawn features; more galaxies than there is room for ask torch for memory that no computer has."""

    def __init__(self, room, count):
        self.room, self.asked = room, []
        self.features = torch.rand(24, count, generator=torch.Generator().manual_seed(1))

    def learned_from(self, rows, generator):
        self.asked.append(len(rows))
        if len(rows) > self.room:
            torch.empty(2**50)
        return self.upright(rows)

    def upright(self, rows):
        return self.features[torch.from_numpy(rows)]


@pytest.fixture
def learner(tmp_path):
    def make(room):
        torch.manual_seed(1)
        network = GalaxyNetwork("test_efficientnet", 2)
        blocks = blocks_of(network)
        freeze(network, blocks, 0)
        source = FeaturesInLittleMemory(room, network.feature_count)
        lesson = Lesson(
            network=network,
            source=source,
            loss=lambda network, features, target: (network.head(features) - target).square().sum(dim=1),
            targets=torch.rand(24, 1),
            train=np.arange(16),
            validation=np.arange(16, 24),
            blocks=blocks,
            count=0,
            settings=FinetuneSettings(epochs=2, batch=16),
            device=CPU,
            watch=lambda outputs, rows: {},
        )
        context = JobContext(lambda progress: None, lambda record: None, threading.Event())
        return Learner(lesson, context, tmp_path / "state.safetensors", {}), source

    return make


def test_a_step_that_does_not_fit_into_memory_is_done_in_pieces_on_the_processor_too(learner):
    in_pieces, source = learner(room=4)
    in_pieces.learn()
    assert source.asked == [16, 8, 4, 4, 4, 4, 4, 4, 4, 4]
    assert in_pieces.reached.epoch == 2


def test_a_processor_without_memory_for_two_galaxies_is_no_bug_and_has_a_remedy(learner):
    hopeless, _ = learner(room=1)
    with pytest.raises(UserError, match="cpu has not enough memory for 2 galaxies") as caught:
        hopeless.learn()
    assert "close other programs" in caught.value.remedy
    assert "--device cpu" not in caught.value.remedy


@pytest.mark.parametrize("allocate", [lambda: torch.empty(2**50), lambda: np.empty(2**58)])
def test_short_memory_anywhere_else_in_a_run_has_a_remedy(allocate):
    with (
        pytest.raises(UserError, match="not enough memory free") as caught,
        told_to_the_person(REQUEST),
    ):
        allocate()
    assert "--device cpu" not in caught.value.remedy


def test_an_error_of_ours_stays_one():
    with pytest.raises(RuntimeError, match="mat1 and mat2"), told_to_the_person(REQUEST):
        torch.zeros(2, 3) @ torch.zeros(2, 3)


def test_only_a_full_disk_is_told_to_make_room(tmp_path):
    with pytest.raises(UserError, match="No such file") as caught, told_to_the_person(REQUEST):
        (tmp_path / "lost").read_bytes()
    assert caught.value.remedy.startswith("Put it back")
    request = replace(REQUEST, out=str(tmp_path))
    with pytest.raises(UserError, match="cannot be written or read") as caught, told_to_the_person(request):
        tmp_path.read_bytes()
    assert "Make room" not in caught.value.remedy
