"""A process that is killed at one of its writes, whichever one likes, or while it trains a run.

A write is what a reader of the folder sees at one moment: a file that takes its place (`rename`,
`replace`, a second name), one that goes, a line of events.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from mnist_core.runs.log import EventWriter
from mnist_core.runs.run import Run

_OF_FILES: Final = ("replace", "rename", "link", "unlink")
_LONG_AGO: Final = 7200.0


def open_files() -> Iterator[tuple[int, Path]]:
    """Yield each file that another process has open, after that process's number."""
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name == str(os.getpid()):
            continue
        with suppress(OSError):  # it has ended by now, or is another user's
            for link in (folder / "fd").iterdir():
                with suppress(OSError):  # a file that is closed by now
                    yield int(folder.name), link.readlink()


def processes_at(run: Run) -> set[int]:
    """Return the other processes that have a file of the run open."""
    return {process for process, path in open_files() if run.id in path.parts}


def kills(
    act: Callable[[Path], None], folders: Iterator[Path], *, lines: bool = True
) -> Iterator[Path]:
    """Carry `act` out in each of the folders, killed before its first write, its second, …

    Yields the folder as it is left each time, until the act comes to its end. What lies there is
    old by then, as if somebody came back the next day. `lines`: those of events count as writes.
    """
    # A process that has loaded torch and computed nothing with it: a fork of it is safe, and quick.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.preloaded"])
    for number, folder in enumerate(folders):
        process = context.Process(target=_carry_out, args=(act, folder, number, lines))
        process.start()
        process.join(60)
        if process.exitcode == 0:
            assert number > 0, "nothing was written"
            return
        assert process.exitcode == -signal.SIGKILL, (number, process.exitcode)
        _age(folder)
        yield folder


def _carry_out(act: Callable[[Path], None], folder: Path, number: int, lines: bool) -> None:
    left = [number]

    def killed_at(write: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return write(*arguments, **options)

        return counted

    for name in _OF_FILES:
        setattr(os, name, killed_at(getattr(os, name)))
    if lines:
        setattr(EventWriter, "write", killed_at(EventWriter.write))  # noqa: B010
    act(folder)


def _age(folder: Path) -> None:
    then = time.time() - _LONG_AGO
    for path in folder.rglob("*"):
        os.utime(path, (then, then))
