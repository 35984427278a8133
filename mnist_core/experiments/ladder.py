"""The ladder of lessons with what each step was measured to be worth. Knows nothing of torch.

The studies ship in `models/lessons/`, one file a step, as `study --recipe NAME` wrote it; the last
step's is the recipe's own. A study made here takes a shipped one's place.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mnist_core.config.lessons import LESSONS, Lesson
from mnist_core.config.recipes import get_recipe
from mnist_core.config.settings import changed_settings
from mnist_core.experiments.study import Study, list_studies, read_study
from mnist_core.files import MODELS_DIR
from mnist_core.records import read_each

LESSON_STUDIES_DIR: Final = MODELS_DIR / "lessons"

_LAST: Final = Lesson(
    recipe=dataclasses.replace(get_recipe("record"), title="Size by search, and more time"),
    why=(
        "Until here the widths were a guess. This network is what was left of many that were"
        " trained for a few epochs each and compared on images held out of the training set: more"
        " channels where they pay, as many as 19,999 parameters allow, and 19 epochs to train them."
    ),
)


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A step of the ladder: `number` from 1, None for a failure; `study` None if not measured.

    `changes` are the settings that differ from the step before, by name; of a failure there are
    none. `gain` is the difference of the two means in percentage points, None where either lacks.
    """

    number: int | None
    lesson: Lesson
    study: Study | None
    changes: dict[str, Any]
    gain: float | None


def ladder(folder: Path | None = None, problems: list[str] | None = None) -> list[Rung]:
    """Return the steps in order, then the failures. `folder` holds the runs.

    A step whose study cannot be read is not measured; why is added to `problems`.
    """
    studies = {study.name: study for study in _studies(folder, problems)}
    steps = [*(lesson for lesson in LESSONS.values() if not lesson.is_failure), _LAST]
    rungs: list[Rung] = []
    for number, lesson in enumerate(steps, start=1):
        study = studies.get(lesson.recipe.name)
        before = rungs[-1] if rungs else None
        rungs.append(
            Rung(
                number=number,
                lesson=lesson,
                study=study,
                changes=_changes(before.lesson, lesson) if before else {},
                gain=study.mean - before.study.mean if study and before and before.study else None,
            )
        )
    failures = (lesson for lesson in LESSONS.values() if lesson.is_failure)
    return rungs + [
        Rung(
            number=None, lesson=lesson, study=studies.get(lesson.recipe.name), changes={}, gain=None
        )
        for lesson in failures
    ]


def _studies(folder: Path | None, problems: list[str] | None) -> list[Study]:
    paths = sorted(LESSON_STUDIES_DIR.glob("*.study.json"))
    return [*read_each(paths, read_study, problems), *list_studies(folder, problems)]


def _changes(before: Lesson, after: Lesson) -> dict[str, Any]:
    return changed_settings(after.recipe.config, before.recipe.config)
