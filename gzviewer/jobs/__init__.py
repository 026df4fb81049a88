"""The contract between long work and whoever started it: progress, partial results, cancelling."""
