"""Runs: every run that was kept, compared."""
