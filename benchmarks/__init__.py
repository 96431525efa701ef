"""Measurements with a bar each: `python -m benchmarks`, or `make bench`."""
