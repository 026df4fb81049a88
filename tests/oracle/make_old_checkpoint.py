"""Makes checkpoints as Zoobot and Lightning lay them out, with random weights and without Zoobot.

    python tests/oracle/make_old_checkpoint.py tree-2.0 FILE.ckpt

How the layouts were checked: in November 2026 zoobot 2.0.1 (from PyPI, without its pinned dependencies) and
zoobot 2.9.0 were installed on torch 2.13, timm 1.0.31 and Lightning 2.6.6; each made its networks, which
``Trainer.save_checkpoint`` saved with ``weights_only=True``. Names of weights, names of settings and pickled
classes are the same as in the files made here (but for the weights of classes, which 2.0 does not keep among
the weights). What zoobot 2.0.1 itself says of files made here is in zoobot_2_0_outputs.json, recorded by
record_zoobot_2_0.py and compared with ours by test_zoobot_2_0.py on any machine. test_zoobot_parity.py does the
same for 2.9.0 wherever it is installed. The layout of 1.0 is after the settings of its source.
"""

import sys
import types
from pathlib import Path

import numpy as np
import torch

from gzviewer.ml.torch_compat import timm

PAIRS = {
    "smooth-or-featured-gz2": ["_smooth", "_featured-or-disk", "_artifact"],
    "disk-edge-on-gz2": ["_yes", "_no"],
    "has-spiral-arms-gz2": ["_yes", "_no"],
    "bar-gz2": ["_yes", "_no"],
    "bulge-size-gz2": ["_dominant", "_obvious", "_just-noticeable", "_no"],
    "something-odd-gz2": ["_yes", "_no"],
    "how-rounded-gz2": ["_round", "_in-between", "_cigar"],
    "bulge-shape-gz2": ["_round", "_boxy", "_no-bulge"],
    "spiral-winding-gz2": ["_tight", "_medium", "_loose"],
    "spiral-arm-count-gz2": ["_1", "_2", "_3", "_4", "_more-than-4", "_cant-tell"],
}
FEATURED = "smooth-or-featured-gz2_featured-or-disk"
PARENTS = {
    "smooth-or-featured-gz2": None,
    "disk-edge-on-gz2": FEATURED,
    "has-spiral-arms-gz2": FEATURED,
    "bar-gz2": FEATURED,
    "bulge-size-gz2": FEATURED,
    "how-rounded-gz2": "smooth-or-featured-gz2_smooth",
    "bulge-shape-gz2": "disk-edge-on-gz2_yes",
    "edge-on-bulge-gz2": "disk-edge-on-gz2_yes",  # a question that is not there, as published
    "spiral-winding-gz2": "has-spiral-arms-gz2_yes",
    "spiral-arm-count-gz2": "has-spiral-arms-gz2_yes",
    "something-odd-gz2": None,
}
SHARED_2_9 = {
    "name": None,
    "zoobot_checkpoint_loc": None,
    "training_mode": "full",
    "layer_decay": 0.75,
    "weight_decay": 0.05,
    "learning_rate": 1e-4,
    "head_dropout_prob": 0.4,
    "scheduler_kwargs": None,
    "timm_kwargs": {},
    "greyscale": False,
    "prog_bar": True,
    "visualize_images": False,
    "seed": 42,
}
SHARED_2_0 = {
    "name": None,
    "zoobot_checkpoint_loc": None,
    "n_blocks": 0,
    "lr_decay": 0.75,
    "weight_decay": 0.05,
    "learning_rate": 1e-4,
    "dropout_prob": 0.3,
    "always_train_batchnorm": False,
    "cosine_schedule": False,
    "warmup_epochs": 0,
    "max_cosine_epochs": 100,
    "max_learning_rate_reduction_factor": 0.01,
    "from_scratch": False,
    "prog_bar": True,
    "visualize_images": False,
    "seed": 42,
    "n_layers": None,
}
TREE_2_0 = {
    "question_answer_pairs": PAIRS,
    "dependencies": PARENTS,
    "channels": 1,
    "test_time_dropout": True,
    "compile_encoder": False,
    "timm_kwargs": {},
    "dropout_rate": 0.2,
    "learning_rate": 1e-3,
    "betas": (0.9, 0.999),
    "weight_decay": 0.01,
    "scheduler_params": {},
}


def _outputs(pairs):
    return sum(len(answers) for answers in pairs.values())


def weights(architecture, outputs, head, channels=3, prefix="encoder."):
    """Random weights of an encoder and its head, as Lightning names them: the same with any torch, on any machine."""
    chance = np.random.RandomState(1)  # its numbers never change, as those of newer generators may
    encoder = timm.create_model(architecture, num_classes=0, in_chans=channels).eval()
    width = encoder(torch.zeros(1, channels, 64, 64)).shape[1]
    state = {
        f"{prefix}{name}": drawn(chance, name, value.shape) if value.is_floating_point() else value
        for name, value in encoder.state_dict().items()
    }
    if head:
        state[f"{head}.weight"] = drawn(chance, "weight", (outputs, width)) * 0.15
        state[f"{head}.bias"] = drawn(chance, "bias", (outputs,))
    return state


def drawn(chance, name, shape):
    """Values that let a signal through: of a convolution about nought, of a scale or variance about one."""
    values = chance.random_sample(tuple(shape)) * 2 - 1
    if len(shape) > 1:
        values *= np.sqrt(6 / np.prod(shape[1:]))
    elif name.endswith(("bias", "running_mean")):
        values *= 0.2
    else:
        values = 1 + values / 2
    return torch.from_numpy(values.astype(np.float32))


def pictures(channels):
    """Two pictures (galaxy, channel, y, x) float64 in 0..1, the same everywhere."""
    return np.random.RandomState(2).random_sample((2, channels, 64, 64))


def recorded(kind, path):
    """Make the checkpoint of that kind whose outputs are recorded; returns its bands."""
    if kind == "tree-2.0":
        tree_2_0(path, RECORDED)
        return 1
    (finetuned_tree if kind == "finetuned-tree" else classifier)(path, RECORDED, shared=SHARED_2_0)
    return 3


def save(path, state, settings, version="2.1.4"):
    """A file of Lightning without the state of its optimizer."""
    content = {
        "epoch": 3,
        "global_step": 120,
        "pytorch-lightning_version": version,
        "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}}},
        "hparams_name": "kwargs",
        "hyper_parameters": settings,
    }
    torch.save(content, path)


def tree_2_0(path, architecture="efficientnet_b0", channels=1, **changed):
    """A ZoobotTree of 2.0: `changed` are settings that differ."""
    settings = {"output_dim": _outputs(PAIRS), **TREE_2_0, "architecture_name": architecture}
    settings |= {"channels": channels} | changed
    outputs = _outputs(settings["question_answer_pairs"])
    prefix = "encoder._orig_mod." if settings["compile_encoder"] else "encoder."
    save(path, weights(architecture, outputs, "head.1.0", channels, prefix), settings)


def tree_1_0(path, architecture="efficientnet_b0", channels=1):
    """A ZoobotTree of 1.0, which names no answers."""
    ends = np.cumsum([len(answers) for answers in PAIRS.values()]).tolist()
    groups = list(zip([0, *ends[:-1]], [end - 1 for end in ends], strict=True))
    settings = {"output_dim": 30, "question_index_groups": groups, "architecture_name": architecture}
    settings |= {"channels": channels, "use_imagenet_weights": False, "test_time_dropout": True}
    save(path, weights(architecture, 30, "head.1.0", channels), settings, "1.9.5")


def finetuned_tree(path, architecture="resnet18", shared=SHARED_2_9):
    """A FinetuneableZoobotTree, whose schema is a pickled object of Zoobot's."""
    with_schema = {**shared, "schema": _schema_object()}
    state = weights(architecture, _outputs(PAIRS), "head.1.0")
    names = ("zoobot", "zoobot.shared", "zoobot.shared.schemas")
    kept = {name: sys.modules.get(name) for name in names}
    sys.modules |= {name: types.ModuleType(name) for name in names}
    for each in {type(with_schema["schema"]), *map(type, with_schema["schema"].questions)}:
        setattr(sys.modules[names[2]], each.__name__, each)
    try:
        save(path, state, with_schema)
    finally:
        for name, module in kept.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module


def _schema_object():
    place = {"__module__": "zoobot.shared.schemas"}
    schema, question = (type(name, (), place)() for name in ("Schema", "Question"))
    question.text, question.start_index, question.end_index = "smooth-or-featured-gz2", 0, 2
    schema.question_answer_pairs, schema.dependencies = PAIRS, PARENTS
    schema.label_cols = [f"{name}{answer}" for name, answers in PAIRS.items() for answer in answers]
    schema.questions = [question]
    return schema


def classifier(path, architecture="resnet18", classes=3, shared=SHARED_2_9, channels=3):
    """A FinetuneableZoobotClassifier with the weights of its classes as numpy had them."""
    settings = {**shared, "num_classes": classes, "label_smoothing": 0.0, "class_weights": np.ones(classes)}
    state = {"class_weights": torch.ones(classes), **weights(architecture, classes, "head.linear", channels)}
    save(path, state, settings)


def regressor(path, architecture="resnet18", label="bar_length", *, unit_interval=True, channels=3):
    """A FinetuneableZoobotRegressor."""
    settings = {**SHARED_2_9, "label_col": label, "loss": "mse", "unit_interval": unit_interval}
    save(path, weights(architecture, 1, "head.linear", channels), settings)


RECORDED, RECORDED_KINDS = "resnet18", ("tree-2.0", "finetuned-tree", "classifier")
KINDS = {
    "tree-2.0": tree_2_0,
    "tree-1.0": tree_1_0,
    "finetuned-tree": finetuned_tree,
    "classifier": classifier,
    "regressor": regressor,
}

if __name__ == "__main__":
    KINDS[sys.argv[1]](Path(sys.argv[2]))
