"""``make bench-inference``: ours and Zoobot's own prediction path in turn, on the same images with the same weights.

Every arm is a fresh process: ours ``gzviewer predict``, Zoobot's ``predict_on_catalog.predict``. For each format and
architecture the arms take turns, as often as there are rounds, and medians are told. Zoobot 2.9 draws no samples of
dropout; five full passes do what its versions up to 2.0 did for ``n_samples=5``.

*Work* is the time from the first line after the imports to the last row on disk, with the loading of weights on both sides and,
on ours, the check of ONNX Runtime against torch. *Whole* is the life of the process, imports and all. Ours finds its
encoder exported; the first export of each is told by itself. Memory is the largest sum of resident pages of a process and all
its children.
"""

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import inference_model
from memory_of_processes import Watched
from PIL import Image as Pillow

HERE, REPOSITORY = Path(__file__).parent, Path(__file__).parents[2]
TARGETS = {
    ("efficientnet_b0", 1): 3,
    ("efficientnet_b0", 5): 15,
    ("convnext_nano", 1): 2,
    ("convnext_nano", 5): 10,
}
ADVICE = 'Zoobot is not installed here. Type:\n    .venv/bin/pip install -e ".[dev,zoobot]" -c packaging/constraints.txt'


def main():
    given = arguments()
    zoobot = os.environ.get("GZVIEWER_ZOOBOT_PYTHON") or sys.executable
    if zoobot == sys.executable and importlib.util.find_spec("zoobot") is None:
        sys.exit(f"{ADVICE}\nor name a Python that has it in GZVIEWER_ZOOBOT_PYTHON.")
    with tempfile.TemporaryDirectory(prefix="gzviewer-bench-") as name:
        bench = Bench(Path(name), zoobot, given)
        figures = [
            row
            for architecture in given.architectures
            for kind in given.formats
            for row in bench.compare(architecture, kind)
        ]
    report = {
        "machine": machine(),
        "galaxies": given.galaxies,
        "rounds": given.rounds,
        "figures": figures,
    }
    print_table(report)
    given.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    print(f"written to {given.json}")


def arguments():
    usual = REPOSITORY.parent / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("GZVIEWER_TEST_DATA", usual)))
    parser.add_argument("--galaxies", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--architectures", nargs="+", default=["efficientnet_b0", "convnext_nano"])
    parser.add_argument("--samples", nargs="+", type=int, default=[1, 5])
    parser.add_argument("--formats", nargs="+", default=["png", "jpg"])
    parser.add_argument("--zoobot-workers", type=int, default=0, help="processes that decode for zoobot")
    parser.add_argument("--json", type=Path, default=Path("bench-inference.json"))
    return parser.parse_args()


def machine():
    name = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return {"processor": name.partition(": ")[2], "cores": cores, "load_at_the_end": load}


class Bench:
    """The images, the models and the arms, in a temporary folder."""

    def __init__(self, folder, zoobot, given):
        self.folder, self.zoobot, self.given = folder, zoobot, given
        self.number = 0
        originals = sorted((given.data / "gz2_hart16" / "images").glob("*.jpg"))[: given.galaxies]
        if len(originals) < given.galaxies:
            sys.exit(f"There are only {len(originals)} images in {given.data}/gz2_hart16.")
        for kind in given.formats:
            (folder / kind).mkdir()
        for path in originals:
            if "jpg" in given.formats:
                shutil.copy(path, folder / "jpg")
            if "png" in given.formats:
                Pillow.open(path).save(folder / "png" / f"{path.stem}.png")

    def compare(self, architecture, kind):
        """Figures of one architecture and format: a row each for one sample and for five."""
        model = inference_model.make(self.folder / "models", architecture)
        export = self.first_export(model, kind)
        arms = {
            (who, samples): (self.theirs if who == "zoobot" else self.ours)
            for samples in self.given.samples
            for who in ("zoobot", "ours")
        }
        runs = {arm: [] for arm in arms}
        for _ in range(self.given.rounds):
            for arm, run in arms.items():
                runs[arm].append(run(model, kind, arm[1]))
                print(architecture, kind, *arm, json.dumps(runs[arm][-1]), flush=True)
        both = (
            (samples, medians(runs["ours", samples]), medians(runs["zoobot", samples]))
            for samples in self.given.samples
        )
        row = {"architecture": architecture, "format": kind, "export_s": export}
        return [{**row, "samples": samples, "ours": ours, "zoobot": theirs} for samples, ours, theirs in both]

    def first_export(self, model, kind):
        """Seconds that the first prediction with a model takes longer than the second; warms the disk as well."""
        first, second = (self.ours(model, kind, 1)["work_s"] for _ in range(2))
        return first - second

    def ours(self, model, kind, samples):
        out = self.new_folder()
        folders = {"GZVIEWER_DATA_FOLDER": out / "data", "GZVIEWER_CONFIG_FOLDER": out / "config"}
        folders["GZVIEWER_CACHE_FOLDER"] = self.folder / "cache"
        command = [sys.executable, "-m", "gzviewer", "predict", self.folder / kind, "--out", out / "ours.csv"]
        more = ["--model", model, "--samples", str(samples), "--device", "cpu", "--json"]
        told, costs = self.run([*command, *more], folders)
        assert told["predicted"] == self.given.galaxies, told
        return {"work_s": told["seconds"], **costs}

    def theirs(self, model, kind, passes):
        out, script = self.new_folder(), HERE / "inference_zoobot.py"
        command = [
            self.zoobot,
            "-W",
            "ignore",
            script,
            "--model",
            model,
            "--images",
            self.folder / kind,
            "--out",
            out,
        ]
        more = ["--passes", str(passes), "--workers", str(self.given.zoobot_workers)]
        check = [] if passes > 1 else ["--check"]
        told, costs = self.run(
            [*command, *more, *check], {"PYTHONPATH": REPOSITORY, "CUDA_VISIBLE_DEVICES": ""}
        )
        assert told["apart"] is None or told["apart"] < 1e-5, f"not the same network: {told['apart']}"
        return {"work_s": told["work_s"], **costs}

    def new_folder(self):
        self.number += 1
        folder = self.folder / f"run {self.number}"
        folder.mkdir()
        return folder

    def run(self, command, variables):
        """What a process says in its last line, and what it cost: seconds, seconds of processors, memory."""
        environment = {**os.environ, **{name: str(value) for name, value in variables.items()}}
        before, started = os.times(), time.perf_counter()
        words = [str(word) for word in command]
        with (self.folder / "errors.txt").open("w") as errors:
            process = subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
            )
            with Watched(process.pid) as watched:
                output, _ = process.communicate()
        if process.returncode:
            sys.exit(f"{words} failed:\n{(self.folder / 'errors.txt').read_text()[-3000:]}")
        after, whole = os.times(), time.perf_counter() - started
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        costs = {"whole_s": whole, "cpu_s": cpu, "memory_mib": watched.peak / 2**20}
        return json.loads(output.strip().splitlines()[-1]), costs


def medians(runs):
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def print_table(report):
    count = report["galaxies"]
    print(f"\n{count} real images of 424 x 424 pixels, {report['rounds']} rounds, {report['machine']}")
    print(
        "images/s: work (whole process); zoobot's 5 samples are 5 full passes, as its versions up to 2.0 made them"
    )
    head = (
        "architecture",
        "format",
        "samples",
        "ours",
        "zoobot",
        "ratio",
        "target",
        "whole",
        "cpu",
        "MiB ours",
        "zoobot",
    )
    print("{:16} {:6} {:>7} {:>16} {:>16} {:>7} {:>7} {:>7} {:>7} {:>9} {:>7}".format(*head))
    for row in report["figures"]:
        ours, theirs = row["ours"], row["zoobot"]
        row["ratio"], row["whole_ratio"], row["cpu_ratio"] = (
            theirs[name] / ours[name] for name in ("work_s", "whole_s", "cpu_s")
        )
        row["target"] = TARGETS.get((row["architecture"], row["samples"]))
        rates = [f"{count / arm['work_s']:.1f} ({count / arm['whole_s']:.1f})" for arm in (ours, theirs)]
        ratios = [f"{row[name]:.1f}" for name in ("ratio", "whole_ratio", "cpu_ratio")]
        ratios.insert(1, str(row["target"] or "-"))
        memory = [f"{arm['memory_mib']:.0f}" for arm in (ours, theirs)]
        cells = (row["architecture"], row["format"], row["samples"], *rates, *ratios, *memory)
        print("{:16} {:6} {:>7} {:>16} {:>16} {:>7} {:>7} {:>7} {:>7} {:>9} {:>7}".format(*cells))
    for row in report["figures"]:
        if row["samples"] == report["figures"][0]["samples"]:
            print(
                f"first export of {row['architecture']} ({row['format']} run): {row['export_s']:+.1f} s, once a model"
            )


if __name__ == "__main__":
    main()
