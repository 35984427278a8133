"""A run's folder: what it is told, what it says, and the queue it waits in."""
