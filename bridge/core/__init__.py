"""What every room knows: jobs, errors, settings, logs, metrics, and pictures as bytes."""
