"""The training loop, and the process that carries a run out."""
