"""The best networks of each size: one's own, those that ship, published ones, and a class."""
