"""What a network sees of an image, as the tasks of this layer call it: see `gzviewer.io.model_input`, where it is made."""

from gzviewer.io.model_input import Input, network_input, pixels_needed

__all__ = ["Input", "network_input", "pixels_needed"]
