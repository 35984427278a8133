"""Figures and pictures: pure functions from data to what is drawn."""
