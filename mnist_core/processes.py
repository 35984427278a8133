"""What starts runs and searches has in common: a process of one's own, and a thread that looks."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Final

from mnist_core.errors import MnistError
from mnist_core.files import PROJECT_DIR

_log: Final = logging.getLogger(__name__)

_NICE_SESSION: Final = Path("/proc/self/autogroup")
_TRIES: Final = 10

_OF_GPUS: Final = ("/dev/nvidiactl", "/dev/kfd")

CAN_COPY: Final = sys.platform == "linux" and not any(map(os.path.exists, _OF_GPUS))
"""Whether runs are trained by copies (`fork`) of a process that has loaded torch.

macOS's own libraries do not bear it, and Windows has nothing like it. A process that has begun on a
GPU, which takes seconds, cannot be copied: there each run has one that has waited and done so.
"""


def start_command(
    *words: str,
    stdin: int = subprocess.PIPE,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start `python -m mnist_core WORDS` with this very package, wherever it lies.

    Ctrl-C in the terminal that the app or a study was started in does not reach it.
    Raises `OSError` where no process can be started.
    """
    path = os.pathsep.join(filter(None, (str(PROJECT_DIR), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", "mnist_core", *words],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, "PYTHONPATH": path, **(environment or {})},
        start_new_session=True,
    )


def give_way(niceness: int) -> None:
    """Let other processes come first: add `niceness`, as `os.nice` does.

    Linux mostly shares the processor among sessions before it compares the processes within one
    (sched(7), "The autogroup feature"): so a session that begins with this process is made as nice
    as a whole. That of a terminal is left as it is.
    """
    niceness = os.nice(niceness)
    if os.getsid(0) != os.getpid():
        return
    for _ in range(_TRIES):
        try:
            _NICE_SESSION.write_text(str(niceness), encoding="ascii")
        except BlockingIOError:  # one change in a tenth of a second, on the whole machine
            time.sleep(0.1)
        except OSError:  # no Linux, or sessions are not compared here
            return
        else:
            return


class Lookout:
    """Calls `look` again and again in a thread of its own, which nothing that goes wrong ends.

    `begin` is called once, before the first look. `subject`, as "Runs", is what cannot be started
    while `problem` says why; the next look may find it mended.
    """

    def __init__(
        self,
        look: Callable[[], None],
        subject: str,
        *,
        seconds: float,
        begin: Callable[[], None] | None = None,
    ) -> None:
        self.problem: str | None = None
        self.is_closed = False
        self._begin = begin
        self._look = look
        self._subject = subject
        self._seconds = seconds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name=subject.lower(), daemon=True)

    def start(self) -> None:
        """Look at once, and from now on every so many seconds."""
        self._thread.start()

    def attempt(self, act: Callable[[], None]) -> None:
        """Do it now, in the caller's thread; what goes wrong is told, not raised."""
        try:
            act()
        except Exception as error:  # whatever it is, the next look may find it mended
            problem = self._explain(error)
            if problem != self.problem:  # several looks a second would fill the log
                is_foreseen = isinstance(error, OSError | MnistError)
                _log.warning("%s", problem, exc_info=None if is_foreseen else error)
            self.problem = problem
        else:
            self.problem = None

    def close(self) -> None:
        """Look no more, once the look that is under way has ended."""
        self.is_closed = True
        self._closing.set()
        self._thread.join()

    def _go_on(self) -> None:
        if self._begin is not None:
            self.attempt(self._begin)
        while not self._closing.is_set():
            self.attempt(self._look)
            self._closing.wait(self._seconds)

    def _explain(self, error: Exception) -> str:
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
        else:
            reason = str(error) if isinstance(error, MnistError) else repr(error)
        return (
            f"{self._subject} that wait cannot be started just now ({reason})."
            " It is tried again by itself."
        )


class LastWatched:
    """When somebody last looked at what goes on, by its folder."""

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        """Seconds; None where nothing is ever forgotten."""
        self._times: dict[Path, float] = {}

    def note(self, folder: Path) -> None:
        """Somebody looks at it now."""
        self._times[folder] = time.monotonic()

    def is_forgotten(self, folder: Path) -> bool:
        """Return whether nobody has looked for too long, counted from the first question on."""
        now = time.monotonic()
        last = self._times.setdefault(folder, now)
        return self.limit is not None and now - last > self.limit
