"""Speed and picture quality beside the peers, in one run: `python -m benchmarks`. Results are tables in `results/`."""
