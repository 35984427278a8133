"""Figures: pure functions from data to what is drawn."""
