"""What a child process is asked to teach a model, and what it says of it: picklable values, like those of `requests`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gzviewer.core.catalog import Roles
from gzviewer.jobs.requests import Problem


@dataclass(frozen=True)
class FinetuneSettings:
    """How a model is taught; every value has a default that suits a few hundred labels.

    Parameters
    ----------
    blocks
        What is trained besides the head: ``head`` (nothing), ``all``, or a number of blocks counted from the top.
    layer_decay
        Factor of the learning rate from one block to the next one below it.
    weight_decay
        Of weights; biases and norms have none.
    learning_rate, head_learning_rate
        At the end of the warm-up: of the topmost block, and of the head.
    dropout
        Before the head.
    epochs, patience
        At most so many; stop after so many without a lower validation loss.
    warm_up_epochs
        In which the rates rise from 0; then they fall along a half cosine.
    batch
        Galaxies a step at most; the galaxies are dealt evenly, so that none is dropped.
    views
        Augmented views of each galaxy whose features are kept where only the head is trained; 0: the upright one only.
    precision
        ``auto``, ``float32``, ``bfloat16`` or ``float16`` (CUDA only).
    clip
        Largest norm of all gradients together.
    running_mean
        Share of the old value that a running mean of the weights keeps at a step; 0: no running mean.
    moves_batch_norm
        True: the statistics of batch norms in trained blocks follow the labelled galaxies; in frozen ones they never do.
    balances_classes
        True: each class weighs the same in the loss.
    keeps_head
        True: a tree's head of the parent is kept where the labels answer the same tree.
    split
        Parts of galaxies for training, validation and test.
    seed
        Of the split and of every draw.
    """

    blocks: str = "all"
    layer_decay: float = 0.75
    weight_decay: float = 0.05
    learning_rate: float = 3e-4
    head_learning_rate: float = 1e-3
    dropout: float = 0.5
    epochs: int = 40
    patience: int = 10
    warm_up_epochs: float = 2.0
    batch: int = 32
    views: int = 8
    precision: str = "auto"
    clip: float = 1.0
    running_mean: float = 0.0
    moves_batch_norm: bool = False
    balances_classes: bool = True
    keeps_head: bool = True
    split: tuple[float, float, float] = (7.0, 2.0, 1.0)
    seed: int = 1


@dataclass(frozen=True)
class FinetuneRequest:
    """Teach a model from labels, into a new model's folder.

    Parameters
    ----------
    catalog, roles
        Catalog or folder of images, and which of its columns play which part.
    labels
        Table of labels, joined by galaxy id; "": the catalog itself.
    model, member
        Absolute path of the parent's folder; which of its networks, where it is an ensemble.
    out
        Folder that is written.
    kind
        ``tree``, ``classify`` or ``regress``; "": what the columns look like.
    label_column
        Of classes or numbers.
    classes
        Names that must all have examples; empty: those that occur.
    schema
        Tree that the columns of votes answer; "": the parent's where it fits, else as recognised.
    volunteers
        Assumed number of volunteers where only fractions are published; 0: none is assumed.
    label_id, group_column
        Column of galaxy ids in `labels`; column whose equal values are one galaxy.
    preview_only
        True: only ``augmented.png`` is made.
    resumes
        True: go on from the state in `out`.
    device, threads
        As in `PredictRequest`.
    """

    catalog: str
    labels: str
    model: str
    out: str
    roles: Roles = field(default_factory=Roles)
    member: int = 0
    kind: str = ""
    label_column: str = ""
    classes: tuple[str, ...] = ()
    schema: str = ""
    volunteers: float = 0.0
    label_id: str = ""
    group_column: str = ""
    settings: FinetuneSettings = field(default_factory=FinetuneSettings)
    preview_only: bool = False
    resumes: bool = False
    device: str = "auto"
    threads: int = 0
    task: str = "gzviewer.ml.finetune.task:run_finetune"


@dataclass(frozen=True)
class FinetunePlanned:
    """Published before the first epoch: what will be done.

    Parameters
    ----------
    kind, parent
        The task; the parent's name.
    names
        Classes, questions, or the one column of numbers.
    counts
        Part (``train``, ``validation``, ``test``) -> galaxies of each of `names`, in their order (for a question: with votes).
    galaxies
        Part -> galaxies.
    blocks, trained
        The blocks of the encoder from the bottom, in words; how many of them are trained, counted from the top.
    device, threads, batch
        Where it runs, and galaxies a step.
    notes
        Sentences about what was decided or left out.
    """

    kind: str
    parent: str
    names: tuple[str, ...]
    counts: Mapping[str, tuple[int, ...]]
    galaxies: Mapping[str, int]
    blocks: tuple[str, ...]
    trained: int
    device: str
    threads: int
    batch: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FinetuneStep:
    """Published now and then inside an epoch; `loss` is the mean over the epoch so far."""

    epoch: int
    step: int
    steps: int
    loss: float
    seconds_left: float


@dataclass(frozen=True)
class FinetuneEpoch:
    """Published after the state of an epoch is on disk.

    Parameters
    ----------
    epoch
        From 1.
    metrics
        ``train/loss``, ``validation/loss``, ``validation/accuracy`` ... -> value.
    learning_rates
        Name of a block or ``head`` -> learning rate at the epoch's end.
    seconds, seconds_left
        Of this epoch; until the last epoch if none stops early.
    is_best
        True where the validation loss is the lowest so far.
    """

    epoch: int
    epochs: int
    metrics: Mapping[str, float]
    learning_rates: Mapping[str, float]
    seconds: float
    seconds_left: float
    is_best: bool


@dataclass(frozen=True)
class FinetuneResult:
    """What a finished finetuning says of itself.

    Parameters
    ----------
    model
        Folder of the new model; of ``augmented.png`` where only that was asked for.
    best_epoch, epochs
        The epoch that was kept; how many were run. 0 for a preview.
    report
        What ``report.json`` holds.
    problems
        Labelled galaxies whose image could not be read.
    """

    model: str
    best_epoch: int
    epochs: int
    report: Mapping[str, object]
    problems: tuple[Problem, ...]
    seconds: float
    peak_memory_mib: float
