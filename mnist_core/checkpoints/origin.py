"""What a run began from, where that was not random weights."""

from mnist_core.records import Count, Record, Word


class Origin(Record, frozen=True, kw_only=True):
    """The weights a run began from, kept in its run.json.

    `name`: of a shipped network, or a run's id. `epochs`: of training behind those weights, which
    the run's card does not count; a run that grew from another counts its own on from there.
    `num_drawings`: a person's own among the images that they, or the run, are trained on.
    """

    name: Word
    epochs: Count
    num_drawings: Count = 0
