"""Kills a cluster's workers at random moments, for `benchmarks.scale --part killed`."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence

from mnist_core.experiments.executor import MAX_ATTEMPTS
from mnist_core.runs.run import Run
from tests.killing import open_files


class Killer:
    """Kills workers at random moments, so many over the whole of the runs.

    A moment is so many runs that have ended, and a random part of a run's time after that.
    """

    def __init__(self, runs: Sequence[Run], num_kills: int, seconds_per_run: float) -> None:
        self._left = {run.id: run for run in runs}
        self._num_runs = len(runs)
        self._seconds_per_run = seconds_per_run
        self._random = random.Random(0)
        self._losses: Counter[str] = Counter()
        last = max(1, len(runs) - 2)  # while there still is a run to be killed
        self._moments = sorted(self._random.randrange(last) for _ in range(num_kills))
        self._not_before = 0.0

    @property
    def num_left(self) -> int:
        """How many runs have not ended."""
        return len(self._left)

    @property
    def num_killed(self) -> int:
        return self._losses.total()

    def ended(self, runs: Sequence[Run]) -> None:
        for run in runs:
            self._left.pop(run.id, None)

    def act(self) -> None:
        """Kill a worker, if it is time."""
        num_ended = self._num_runs - self.num_left
        if not self._moments or num_ended < self._moments[0] or time.monotonic() < self._not_before:
            return
        found = {
            run: process
            for run, process in workers(self._left).items()
            if self._losses[run] < MAX_ATTEMPTS - 1
        }
        if found:
            run, process = self._random.choice(sorted(found.items()))
            os.kill(process, signal.SIGKILL)
            self._losses[run] += 1
            self._moments.pop(0)
            self._not_before = time.monotonic() + self._random.uniform(0, self._seconds_per_run)


def workers(runs: Mapping[str, Run]) -> dict[str, int]:
    """Return the process that has files of a run open, by the run's id, besides this one."""
    return {part: process for process, path in open_files() for part in path.parts if part in runs}
