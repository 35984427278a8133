"""Draw: a pad, and what the network makes of it."""
