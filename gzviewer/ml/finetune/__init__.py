"""Teaching a model from labels: ``gzviewer finetune``. What it does and why is told in ``docs/finetuning.md``."""
