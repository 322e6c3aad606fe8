"""Jobs counted from outside while all that can break does. The long form: `python -m benchmarks faults`."""
