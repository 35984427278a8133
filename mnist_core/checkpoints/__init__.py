"""Weights on disk, and the card that says what they are."""
