"""Explain: why the network answers as it does."""
