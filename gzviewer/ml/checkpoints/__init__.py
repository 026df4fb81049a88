"""Reads the models of others, safely, and turns each into this program's own form: a manifest beside safetensors.

Nothing of a file is ever run. What a file does not say is inferred from its weights, said, and can be corrected.
"""
