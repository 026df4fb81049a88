"""Look at galaxies together with what a Galaxy Zoo model says of them."""

__version__ = "0.1.0.dev0"
