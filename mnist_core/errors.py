"""What a person can put right: every message says what happened and what to do next.

MnistError
├── DataError          a data file is missing, damaged or foreign
├── CheckpointError    weights or their card cannot be used
├── ConfigError        a setting is out of its range
└── RunError           a run folder cannot be used as asked
"""


class MnistError(Exception):
    """The user's mistake or the machine's condition; the message names the remedy."""


class DataError(MnistError):
    """A data file is missing, damaged or foreign."""


class CheckpointError(MnistError):
    """Weights or their card are missing, damaged or do not fit the network."""


class ConfigError(MnistError):
    """A setting is unknown or out of its range."""


class RunError(MnistError):
    """A run folder cannot be used as asked."""
