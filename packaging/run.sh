#!/bin/sh
# What `make run` does once everything is set up: the window on the bundled sample, or without a display the same journey
# offscreen, which leaves demo.png and demo.csv.
set -eu
cd "$(dirname "$0")/.."
gzviewer=.venv/bin/gzviewer
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" = Darwin ]; then
    exec "$gzviewer" sample --predict
fi
echo "There is no display: the journey is made offscreen."
"$gzviewer" predict sample --out demo.csv
"$gzviewer" screenshot sample --out demo.png --galaxy SIM-0011 --size 1600x1000 --theme dark
echo "Look at demo.png (the real window) and demo.csv (its predictions); both show simulated galaxies."
