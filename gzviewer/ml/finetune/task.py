"""What the child process is asked to do: the whole way from labels to a taught model with its report."""

import hashlib
import json
import shutil
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from gzviewer.core.errors import UserError
from gzviewer.io.checkpoints import sha256_of
from gzviewer.io.manifest import Manifest, read_manifest
from gzviewer.io.writer_lock import only_writer
from gzviewer.jobs.cores import usable_cores
from gzviewer.jobs.finetune_requests import FinetunePlanned, FinetuneRequest, FinetuneResult
from gzviewer.jobs.job import JobContext, Progress
from gzviewer.jobs.requests import Problem
from gzviewer.ml.devices import prepare_device
from gzviewer.ml.finetune.asked import STATE_NAME, check_folder, keep_request, leaving_nothing, work_folder
from gzviewer.ml.finetune.augmentation import FILE_NAME as SHEET_NAME
from gzviewer.ml.finetune.augmentation import save_sheet
from gzviewer.ml.finetune.base import head_of, keeps_parents_head, network_to_teach
from gzviewer.ml.finetune.blocks import Block, blocks_of, freeze, trained_count
from gzviewer.ml.finetune.events import EVENTS_FOLDER, TABLE_NAME, write_events, write_table
from gzviewer.ml.finetune.figures import watched
from gzviewer.ml.finetune.inputs import Pictures, read_pictures
from gzviewer.ml.finetune.judging import Judge, short
from gzviewer.ml.finetune.labels import Labels, read_labels
from gzviewer.ml.finetune.learning import Learner, Lesson
from gzviewer.ml.finetune.objectives import fold_in, in_own_unit, loss_of, scale_of
from gzviewer.ml.finetune.report import training_told, write_report
from gzviewer.ml.finetune.result import (
    finish,
    peak_memory_mib,
    save_model,
    taught_manifest,
    training_notes,
)
from gzviewer.ml.finetune.sources import AT_A_TIME, Autocast, FromTables, Source, ThroughTheNetwork
from gzviewer.ml.finetune.split import FILE_NAME as SPLIT_NAME
from gzviewer.ml.finetune.split import PARTS, repeat_notes, split, write_split
from gzviewer.ml.finetune.troubles import told_to_the_person
from gzviewer.ml.network import GalaxyNetwork

Rows = NDArray[np.int64]
PRECISIONS = ("auto", "float32", "bfloat16", "float16")


def run_finetune(request: FinetuneRequest, context: JobContext) -> FinetuneResult:
    """Teach a model, or go on with it; see `FinetuneRequest`.

    Raises
    ------
    UserError
        With a sentence and a remedy, for whatever a person can mend: too few labels, a folder that is taken, a full disk.
    """
    started = time.monotonic()
    work = work_folder(request)
    with leaving_nothing(request):
        check_folder(request)
        with told_to_the_person(request), only_writer(work):
            run = _Run(request, context, read_manifest(Path(request.model)))
            done = run.preview() if request.preview_only else run.teach()
    shutil.rmtree(work, ignore_errors=True)
    return replace(done, seconds=time.monotonic() - started)


class _Run:
    """One request, step after step."""

    def __init__(self, request: FinetuneRequest, context: JobContext, parent: Manifest) -> None:
        self.request, self.context, self.parent = request, context, parent
        self.out, self.work = Path(request.out), work_folder(request)
        self.device = prepare_device(request.device)
        if self.device.type != "cpu":
            torch.use_deterministic_algorithms(False)  # some gradients have no such form there
        self.threads = request.threads or max(1, usable_cores() - 1)
        torch.set_num_threads(self.threads)
        labels = read_labels(request, parent)
        split(labels, request.settings.split, request.settings.seed)  # refuses before the pictures are read
        self.pictures, self.labels, self.problems = self._read(labels)
        self.parts = split(self.labels, request.settings.split, request.settings.seed)

    def _read(self, labels: Labels) -> tuple[Pictures, Labels, tuple[Problem, ...]]:
        def tick(done: int) -> None:
            self.context.checkpoint()
            self.context.report(Progress(done, len(labels), "pictures"))

        pictures, places, problems = read_pictures(labels.ids, labels.images, self.parent, self.work, tick)
        return pictures, labels.at(places), problems

    def preview(self) -> FinetuneResult:
        """Only the sheet of training inputs."""
        self._save_sheet()
        return FinetuneResult(self.request.out, 0, 0, {}, self.problems, 0.0, peak_memory_mib(self.device))

    def _save_sheet(self) -> None:
        train, seed = self.parts["train"], self.request.settings.seed
        save_sheet(self.out / SHEET_NAME, self.pictures, train, self.parent, seed)

    def teach(self) -> FinetuneResult:
        """Everything else."""
        request, labels, settings = self.request, self.labels, self.request.settings
        keeps_head = keeps_parents_head(self.parent, labels, is_wished=settings.keeps_head)
        network = self._network(keeps_head=keeps_head)
        blocks = blocks_of(network)
        count = trained_count(settings.blocks, blocks)
        freeze(network, blocks, count)
        self._tell_plan(tuple(block.title for block in blocks), count, keeps_head=keeps_head)
        keep_request(replace(request, resumes=False))
        write_split(self.out / SPLIT_NAME, labels, self.parts)
        self._save_sheet()
        key, lesson = self._key(), self._lesson(network, blocks, count, keeps_head=keeps_head)
        self.learner = Learner(lesson, _writing(self, self.context), self.work / STATE_NAME, key)
        if request.resumes:
            self.learner.take_up()
        self.learner.learn()
        fold_in(network, scale_of(labels, self.parts["train"]), head_of(labels))
        return self._finished(network, self.learner, key, keeps_head=keeps_head)

    def _lesson(
        self, network: GalaxyNetwork, blocks: tuple[Block, ...], count: int, *, keeps_head: bool
    ) -> Lesson:
        labels, settings, train = self.labels, self.request.settings, self.parts["train"]
        autocast, autoscale = self._precision()
        head, scale = head_of(labels), scale_of(labels, train)
        return Lesson(
            network=network,
            source=self._source(network, autocast, is_frozen=count == 0),
            loss=loss_of(labels, train, head, balances=settings.balances_classes),
            targets=torch.from_numpy(labels.targets).to(self.device),
            train=train,
            validation=self.parts["validation"],
            blocks=blocks,
            count=count,
            settings=settings,
            device=self.device,
            watch=lambda outputs, rows: watched(labels.at(rows), in_own_unit(outputs, scale, head)),
            autoscale=autoscale,
            starts_taught=keeps_head,
        )

    def _network(self, *, keeps_head: bool) -> GalaxyNetwork:
        settings = self.request.settings
        network = network_to_teach(
            self.parent,
            self.labels,
            member=self.request.member,
            dropout=settings.dropout,
            keeps_head=keeps_head,
            seed=settings.seed,
        )
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return network.to(self.device)

    def _key(self) -> dict[str, str]:
        """What must not change between a stop and a resumption."""
        table = Path(self.request.labels or self.request.catalog)
        ids = ",".join(sorted(self.labels.ids)).encode(errors="surrogatepass")
        part_of = {self.labels.ids[row]: name for name, rows in self.parts.items() for row in rows.tolist()}
        parts = json.dumps(part_of, sort_keys=True).encode()
        return {
            "parent": self.parent.sha256,
            "labels": sha256_of(table) if table.is_file() else "",
            "list of labelled galaxies": hashlib.sha256(ids).hexdigest(),
            "split of the galaxies": hashlib.sha256(parts).hexdigest(),  # by their positions and groups
        }

    def _precision(self) -> tuple[Autocast, bool]:
        """What the encoder computes in, and whether its loss must be scaled for that."""
        wanted, kind = self.request.settings.precision, self.device.type
        if wanted not in PRECISIONS or (wanted == "float16" and kind != "cuda"):
            raise UserError(
                f"{kind} does not train in {wanted}.", f"Choose one of {', '.join(PRECISIONS[:3])}."
            )
        if wanted == "auto":
            wanted = "float32"
            if kind == "cuda":
                wanted = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
        if wanted == "float32":
            return nullcontext, False
        numbers = torch.bfloat16 if wanted == "bfloat16" else torch.float16
        return lambda: torch.autocast(kind, numbers), wanted == "float16"

    def _source(self, network: GalaxyNetwork, autocast: Autocast, *, is_frozen: bool) -> Source:
        through = ThroughTheNetwork(network, self.pictures, self.parent, self.device, autocast)
        if not is_frozen:
            return through
        network.eval()
        settings = self.request.settings
        total = len(self.labels) + settings.views * len(self.parts["train"])
        done = count(0, AT_A_TIME)

        def tick() -> None:
            self.context.checkpoint()
            views = f"views that the encoder looks at, upright and {settings.views} augmented"
            self.context.report(Progress(min(next(done), total), total, views))

        return FromTables(
            through,
            len(self.labels),
            self.parts["train"],
            settings.views,
            seed=settings.seed,
            device=self.device,
            tick=tick,
        )

    def _tell_plan(self, blocks: tuple[str, ...], count: int, *, keeps_head: bool) -> None:
        labels, request = self.labels, self.request
        notes = [*labels.notes, *repeat_notes(labels)]
        notes += [f"{len(self.problems):,} images cannot be read and are left out."] if self.problems else []
        notes += ["The parent's head is kept: it answers the same tree."] if keeps_head else []
        if len(self.parent.architectures) > 1:
            notes.append(
                f"Of the parent's networks number {request.member} is taught; the result is one network."
            )
        self.notes = tuple(notes)
        self.context.publish(
            FinetunePlanned(
                kind=labels.kind,
                parent=self.parent.name,
                names=labels.topics,
                counts={name: labels.at(rows).counts for name, rows in self.parts.items()},
                galaxies={name: len(self.parts[name]) for name in PARTS},
                blocks=blocks,
                trained=count,
                device=str(self.device),
                threads=self.threads,
                batch=request.settings.batch,
                notes=self.notes,
            )
        )

    def keep_metrics(self) -> None:
        """Table and events of the epochs so far."""
        history = self.learner.reached.history
        write_table(self.out / TABLE_NAME, history)
        write_events(self.out / EVENTS_FOLDER / "events.out.tfevents.gzviewer", history, time.time())

    def _finished(
        self, network: GalaxyNetwork, learner: Learner, key: Mapping[str, str], *, keeps_head: bool
    ) -> FinetuneResult:
        request, reached = self.request, learner.reached
        manifest = taught_manifest(request, self.parent, self.labels, keeps_head=keeps_head)
        manifest = save_model(network, manifest, request, self.parent)
        galaxies = {name: len(rows) for name, rows in self.parts.items()}
        tests = self._judged(manifest)
        if not reached.best_epoch:
            self.notes += ("No epoch was better in validation than the parent: its weights were kept.",)
        report: dict[str, object] = {
            "name": manifest.name,
            "parent": self.parent.name,
            "kind": self.labels.kind,
            "names": list(self.labels.names),
            "galaxies": galaxies,
            "best_epoch": reached.best_epoch,
            "epochs": reached.epoch,
            "test": tests,
            "notes": list(self.notes),
        }
        self.keep_metrics()
        write_report(self.out, report, self.labels, training_told(self.parent))
        notes = training_notes(request, self.parent, galaxies, key, reached.best_epoch)
        finish(manifest, notes, short(tests))
        peak = peak_memory_mib(self.device)
        return FinetuneResult(
            str(self.out), reached.best_epoch, reached.epoch, report, self.problems, 0.0, peak
        )

    def _judged(self, manifest: Manifest) -> list[dict[str, object]]:
        torch.set_num_threads(1)  # as a prediction has it
        judge = Judge(self.labels, self.pictures, self.parts, self.device, self.context.checkpoint)
        features = None
        if self.labels.kind != "tree":
            features = judge.features(self._network(keeps_head=False), self.parent)
        return judge.figures(self.parent, manifest, features)


def _writing(run: _Run, context: JobContext) -> JobContext:
    """The context, with metrics on disk before an epoch is told."""

    def publish(partial: object) -> None:
        if not hasattr(partial, "step"):
            run.keep_metrics()
        context.publish(partial)

    return replace(context, publish=publish)
