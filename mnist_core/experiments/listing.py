"""The studies of a folder, those under way among them, told in a line each. No torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mnist_core.errors import MnistError
from mnist_core.experiments.study import read_study
from mnist_core.files import runs_dir
from mnist_core.runs.folder import list_runs

_FOLDER: Final = "studies"


@dataclass(frozen=True, kw_only=True)
class StudyRow:
    """A study made here: seeds that have finished, of those that were begun.

    `mean` and `standard_deviation` in percent, of the test set; None until it is summed up.
    """

    name: str
    num_finished: int
    num_seeds: int
    dataset: str
    mean: float | None
    standard_deviation: float | None


def describe_studies(folder: Path | None = None) -> list[StudyRow]:
    """Return the studies in the folder of runs, by name; what cannot be read hides no other."""
    homes = sorted(((folder or runs_dir()) / _FOLDER).glob("*/"))
    return [row for home in homes if (row := _describe(home)) is not None]


def _describe(home: Path) -> StudyRow | None:
    runs = [run for run in list_runs(home) if run.is_readable()]
    try:
        study = read_study(home / "study.json")
    except MnistError:  # it is not summed up yet, or cannot be read
        study = None
    if study is None and not runs:
        return None
    return StudyRow(
        name=home.name,
        num_finished=sum(run.state() == "finished" for run in runs),
        num_seeds=len(runs),
        dataset=study.dataset if study else runs[0].config.dataset,
        mean=study.mean if study else None,
        standard_deviation=study.standard_deviation if study else None,
    )
