"""Train: the settings of a run, and the run as it happens."""
