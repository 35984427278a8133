"""Measurements, one command each: `python -m benchmarks.NAME --json`. Never part of the tests."""
