import struct

import numpy as np
import pytest
import torch

from gzviewer.core.errors import UserError
from gzviewer.io.schemas import load_schema
from gzviewer.jobs.finetune_requests import FinetuneSettings
from gzviewer.ml.finetune.blocks import (
    blocks_of,
    freeze,
    parameter_groups,
    set_to_train,
    trained_count,
    trained_state,
)
from gzviewer.ml.finetune.events import write_events
from gzviewer.ml.finetune.figures import calibration_error, class_figures, value_figures
from gzviewer.ml.finetune.learning import dealt, rate_factor
from gzviewer.ml.finetune.objectives import Scale, fold_in, votes_loss
from gzviewer.ml.finetune.state import Reached, load_state, save_state
from gzviewer.ml.loss import dirichlet_multinomial_loss
from gzviewer.ml.network import GalaxyNetwork


def network_of(architecture, outputs=2, **more):
    torch.manual_seed(1)
    return GalaxyNetwork(architecture, outputs, **more)


@pytest.mark.parametrize(
    ("architecture", "count", "top"),
    [
        ("convnext_atto", 5, "stages.3"),
        ("efficientnet_b0", 8, "blocks.6"),
        ("resnet18", 5, "layer4"),
        ("regnety_002", 5, "s4"),
        ("vit_tiny_patch16_224", 13, "blocks.11"),
    ],
)
def test_every_family_has_its_blocks_from_the_stem_to_the_top(architecture, count, top):
    network = network_of(architecture)
    blocks = blocks_of(network)
    names = [name for block in blocks for name in block.names]
    encoder = [name for name, _ in network.named_parameters() if name.startswith("encoder.")]
    assert len(blocks) == count
    assert sorted(names) == sorted(encoder)
    assert any(top in name for name in blocks[-1].names)


def test_more_blocks_than_there_are_cannot_be_trained():
    blocks = blocks_of(network_of("resnet18"))
    assert [trained_count(wanted, blocks) for wanted in ("head", "2", "all")] == [0, 2, 5]
    with pytest.raises(UserError, match="the encoder has 5"):
        trained_count("6", blocks)


def test_frozen_parts_stand_still_and_trained_ones_learn():
    network = network_of("efficientnet_b0")
    blocks = blocks_of(network)
    freeze(network, blocks, 1)
    set_to_train(network, moves_batch_norm=True)
    assert not network.encoder.conv_stem.weight.requires_grad
    assert not network.encoder.bn1.training
    assert not network.encoder.blocks[2][1].drop_path.training
    assert network.encoder.blocks[6].training
    assert network.encoder.bn2.training
    assert network.dropout.training
    set_to_train(network, moves_batch_norm=False)
    assert not network.encoder.bn2.training


def test_statistics_of_frozen_batch_norms_do_not_move():
    network = network_of("test_efficientnet")
    freeze(network, blocks_of(network), 2)
    set_to_train(network, moves_batch_norm=True)
    before = {name: value.clone() for name, value in network.named_buffers()}
    network(torch.rand(4, 3, 32, 32))
    moved = {name for name, value in network.named_buffers() if not torch.equal(value, before[name])}
    assert moved
    assert moved <= set(trained_state(network))
    assert not any(name.startswith(("encoder.bn1", "encoder.blocks.0", "encoder.blocks.2")) for name in moved)


def test_learning_rates_fall_from_block_to_block_and_biases_are_not_decayed():
    network = network_of("resnet18")
    blocks = blocks_of(network)
    freeze(network, blocks, 5)
    groups = parameter_groups(network, blocks, 5, FinetuneSettings(layer_decay=0.5, learning_rate=1.0))
    rates = list(dict.fromkeys(group["lr"] for group in groups))
    assert rates == [1e-3, 1.0, 0.5, 0.25, 0.125, 0.0625]
    assert all((group["weight_decay"] > 0) == (group["params"][0].dim() > 1) for group in groups)
    assert sum(len(group["params"]) for group in groups) == len(list(network.parameters()))


@pytest.mark.parametrize(("count", "batch"), [(33, 32), (7, 4), (3, 32), (250, 32)])
def test_no_galaxy_is_dropped_and_none_is_left_alone(count, batch):
    batches = dealt(np.arange(count), batch)
    assert sorted(np.concatenate(batches)) == list(range(count))
    sizes = [len(rows) for rows in batches]
    assert max(sizes) <= batch
    assert max(sizes) - min(sizes) <= 1


def test_the_rate_rises_straight_and_falls_along_half_a_cosine():
    settings = FinetuneSettings(epochs=10, warm_up_epochs=2)
    rates = [rate_factor(step, 5, settings) for step in range(50)]
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert rates[30] == pytest.approx(0.5)
    assert np.all(np.diff(rates[10:]) < 0)
    assert rates[-1] < 0.01


def test_the_loss_through_pyro_is_our_own():
    schema = load_schema("gz2_ortho_schema")
    chance = np.random.default_rng(0)
    votes = torch.from_numpy(chance.poisson(4, (6, 30)).astype(np.float32))
    votes[:, 3:5] = 0
    network = network_of("test_efficientnet", 30)
    features = torch.rand(6, network.feature_count) * 5
    ours = dirichlet_multinomial_loss(
        votes, network.outputs(features), [schema.slice_of(question) for question in schema.questions]
    )
    pyros = votes_loss(schema)(network, features, votes)
    assert torch.allclose(pyros, ours.sum(dim=1), rtol=1e-5)


def test_a_question_nobody_was_asked_has_no_gradient():
    schema = load_schema("gz2_ortho_schema")
    network = network_of("test_efficientnet", 30)
    votes = torch.zeros(2, 30)
    votes[:, :3] = 5
    votes_loss(schema)(network, torch.rand(2, network.feature_count), votes).sum().backward()
    assert not network.head.weight.grad[3:].any()
    assert network.head.weight.grad[:3].any()


def test_a_head_that_learned_standardised_values_gives_the_values():
    network = network_of("test_efficientnet", 1, head="values")
    features = torch.rand(3, network.feature_count)
    before = network.outputs(features)
    fold_in(network, Scale(mean=17.0, deviation=3.0), "values")
    assert torch.allclose(network.outputs(features), before * 3 + 17, rtol=1e-5)


def test_a_state_comes_back_as_it_was_and_a_torn_one_is_told(tmp_path):
    reached = Reached(epoch=3, best_epoch=2, best_loss=0.5, key={"labels": "x"}, history=[{"epoch": 1.0}])
    tensors = {"now.a": torch.rand(2, 3), "optimizer.0.step": torch.tensor(4.0)}
    path = tmp_path / "state.safetensors"
    save_state(path, reached, tensors)
    back, values = load_state(path)
    assert back == reached
    assert all(torch.equal(values[name], tensors[name]) for name in tensors)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(UserError, match="cannot be read"):
        load_state(path)


def test_figures_of_classes_are_those_of_a_hand_count():
    said = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]])
    figures = class_figures(said, np.array([0, 0, 1, 1]))
    assert figures["accuracy"]["value"] == 0.75
    assert figures["accuracy"]["low"] < 0.75 < figures["accuracy"]["high"]
    assert figures["confusion"] == [[2, 0], [1, 1]]
    assert figures["balanced_accuracy"]["value"] == 0.75
    assert figures["loss"]["value"] == pytest.approx(-np.log([0.9, 0.8, 0.4, 0.7]).mean())


def test_confidence_that_is_right_has_no_calibration_error():
    confidence = np.full(10, 0.75)
    assert calibration_error(confidence, np.array([1.0, 1, 1, 0] * 2 + [1, 0.5])) == pytest.approx(
        0, abs=1e-9
    )
    assert calibration_error(confidence, np.zeros(10)) == pytest.approx(0.75)


def test_figures_of_values_are_errors_and_the_variance_explained():
    truth = np.array([0.0, 1, 2, 3])
    figures = value_figures(truth + 0.5, truth)
    assert figures["rmse"]["value"] == figures["mae"]["value"] == 0.5
    assert figures["explained"]["value"] == pytest.approx(1 - 0.25 / 1.25)


def test_event_files_are_records_with_their_lengths(tmp_path):
    path = tmp_path / "events" / "events.out.tfevents.x"
    write_events(path, [{"epoch": 1, "train/loss": 0.5, "seconds": 2.0}], started=1000.0)
    content, records = path.read_bytes(), []
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        records.append(content[12 : 12 + length])
        content = content[16 + length :]
    assert b"brain.Event:2" in records[0]
    assert b"train/loss" in records[1]
    assert struct.pack("<f", 0.5) in records[1]
    assert struct.pack("<d", 1002.0) in records[1]
