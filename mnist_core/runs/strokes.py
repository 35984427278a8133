"""The pen strokes that a run trains with beside its data set: a copy in the run's own folder.

So a run goes on with what it began with, wherever the file is by then. Knows nothing of torch.
"""

import gzip
from pathlib import Path

from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError, DataError
from mnist_core.files import replacing
from mnist_core.runs.run import Run
from mnist_core.strokes.files import StrokeSet, parse_strokes, read_content

_FILE = "strokes.gz"


def check_strokes(config: TrainConfig, strokes: StrokeSet | None) -> None:
    """Raise `ConfigError` where the settings ask for pen strokes and none are given, or not."""
    if config.stroke_renders and strokes is None:
        raise ConfigError(
            "These settings train on pen strokes, too. Name a file of them with --strokes FILE, as"
            " pendigits-orig.tra from https://doi.org/10.24432/C5MG6K, or a folder of drawings"
            " kept in the app; or train without: --stroke-renders 0."
        )
    if strokes is not None and not config.stroke_renders:
        raise ConfigError(
            f"{strokes.name} would not be used: these settings draw pen digits 0 times an epoch."
            " Take the recipe draw, or --stroke-renders 3."
        )


def keep_strokes(run: Run, strokes: StrokeSet) -> None:
    """Copy the strokes into the run's folder."""
    with replacing(run.folder / _FILE) as temporary:
        temporary.write_bytes(gzip.compress(strokes.content, 6, mtime=0))


def read_kept_strokes(run: Run) -> StrokeSet | None:
    """Return what the run trains with, under the name the file had; None for none.

    Raises `DataError` if the copy is not what the run began with.
    """
    told = run.strokes
    if told is None:
        return None
    path = run.folder / _FILE
    try:
        found = parse_strokes(read_content(path), Path(told.name))
    except DataError as error:
        raise DataError(_not_as_it_was(path)) from error
    if found.sha256 != told.sha256:
        raise DataError(_not_as_it_was(path))
    return found


def _not_as_it_was(path: Path) -> str:
    return (
        f"The pen strokes in {path} are damaged or missing. Put the file that the run began with"
        " back there, or train again with --strokes."
    )
