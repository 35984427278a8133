"""Is this a digit at all? A small network of its own that says so for all others."""
