# The same four words everywhere: run, test, check, bench. Each does all the set-up it needs.
PYTHON ?= python3

.PHONY: run test check bench bench-inference model sample

run:  ## open the window on the bundled sample (without a display: demo.png and demo.csv)
	@$(PYTHON) packaging/set_up.py run
	@packaging/run.sh

test:  ## set up and pass the tests
	@$(PYTHON) packaging/set_up.py test
	@QT_QPA_PLATFORM=offscreen .venv/bin/python -m pytest -m "not benchmark"

check:  ## style, types, and the lower layers without Qt and torch
	@$(PYTHON) packaging/set_up.py test
	@$(PYTHON) packaging/set_up.py bare
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	PYTHONPATH=. .venv-bare/bin/python -m pytest -c packaging/pytest-bare.ini --rootdir=. tests/core tests/io tests/jobs tests/test_architecture.py

bench:  ## measure speed on this machine
	@$(PYTHON) packaging/set_up.py test
	.venv/bin/python -m pytest -m benchmark -s

bench-inference:  ## ours and zoobot's own prediction path in turn, on real galaxies: make bench-inference JSON=file
	@$(PYTHON) packaging/set_up.py test
	.venv/bin/python tests/benchmarks/bench_inference.py --json "$(or $(JSON),bench-inference.json)"

model:  ## train and measure the bundled model anew: make model DATA=votes CLASSES=classes OUT=new-folder
	@test -n "$(DATA)" -a -n "$(CLASSES)" -a -n "$(OUT)" || { echo "Say make model DATA=folder CLASSES=folder OUT=new-folder; see resources/models/gz2_small/README.md"; exit 2; }
	@$(PYTHON) packaging/set_up.py run
	.venv/bin/python -m gzviewer.ml.bundled_training --data "$(DATA)" --classes "$(CLASSES)" --out "$(OUT)"
	.venv/bin/gzviewer predict "$(DATA)/images" --model "$(OUT)" --out "$(OUT)-work/predictions.parquet"
	.venv/bin/gzviewer evaluate "$(OUT)-work/predictions.parquet" --votes "$(DATA)/votes.csv" --ids "$(OUT)-work/held_out_ids.txt"
	.venv/bin/gzviewer evaluate "$(OUT)-work/predictions.parquet" --votes "$(DATA)/votes.csv" --ids "$(OUT)-work/held_out_ids.txt" --json > "$(OUT)-work/figures.json"
	.venv/bin/python -m gzviewer.ml.bundled_training.figures "$(OUT)" "$(OUT)-work/figures.json"

sample:  ## draw the simulated galaxies anew
	@$(PYTHON) packaging/set_up.py run
	.venv/bin/python resources/samples/simulate.py
