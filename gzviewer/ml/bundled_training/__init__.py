"""How the model that ships with the program is made: ``python -m gzviewer.ml.bundled_training --help``."""
