"""A run carried out far from its folder: what a worker does with the run's files. No Ray here.

The files travel by value, a few hundred kilobytes, so no disk is shared: the run is set up in a
temporary folder, trained there as everywhere, and what it says and leaves is yielded.
"""

import hashlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from mnist_core.files import is_abandoned, replacing
from mnist_core.runs.events import TICK, Epoch, Event, Failed, Finished, Scored, Step, encode
from mnist_core.runs.folder import list_runs
from mnist_core.runs.run import Run
from mnist_core.training.parcel import Told, files_left
from mnist_core.training.worker import perform

_HOME: Final = "mnist-lab-run-"
_SECONDS_PER_LOOK: Final = 0.4
_SECONDS_PER_REPORT: Final = 0.25


def carry_out(
    run_id: str,
    files: Mapping[str, bytes],
    mnist: Mapping[str, bytes],
    read_control: Callable[[], str],
) -> Iterator[Told]:
    """Train the run whose folder holds `files`; yields what it says, its files with its end.

    `mnist` holds those of MNIST's files that it may read, by name; they are written once on each
    machine. `read_control` returns what the run is told, as in control.json, "" for nothing.
    """
    _remove_leftovers()
    with tempfile.TemporaryDirectory(prefix=_HOME) as home:
        run = Run(Path(home) / run_id)
        for name, content in files.items():
            path = run.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        with _obeying(run, read_control):
            yield from _tell(run, perform(run, data_dir=_provide(mnist)))


def _remove_leftovers() -> None:
    """Remove the folders in which workers of this user were killed; what trains holds its lock."""
    for home in Path(tempfile.gettempdir()).glob(f"{_HOME}*"):
        with suppress(OSError):
            is_ours = home.lstat().st_uid == os.getuid()
            if is_ours and is_abandoned(home) and not any(map(Run.lock_is_held, list_runs(home))):
                shutil.rmtree(home)


def _tell(run: Run, events: Iterator[Event]) -> Iterator[Told]:
    lines: list[str] = []
    told = time.monotonic()
    for event in events:
        if event is TICK:
            continue
        lines.append(encode(event))
        match event:
            case Finished() | Failed() | Scored():
                continue  # the folder is read when the run has let go of it
            case Epoch():
                yield Told(files=files_left(run, _is_of_an_epoch), lines=tuple(lines))
            case Step() if time.monotonic() - told < _SECONDS_PER_REPORT:
                continue
            case _:
                yield Told(lines=tuple(lines))
        lines.clear()
        told = time.monotonic()
    yield Told(files=files_left(run), lines=tuple(lines))


def _is_of_an_epoch(name: str) -> bool:
    """Whether an epoch changes the file: the weights so far, and what training goes on from."""
    return name.startswith(("model.", "state."))


@contextmanager
def _obeying(run: Run, read_control: Callable[[], str]) -> Generator[None]:
    """Keep the run's control.json at what it is told elsewhere."""
    is_over = threading.Event()

    def copy() -> None:
        last = ""
        while not is_over.wait(_SECONDS_PER_LOOK):
            if (text := read_control()) and text != last:
                with replacing(run.control_path) as path:
                    path.write_text(text, encoding="utf-8")
                last = text

    thread = threading.Thread(target=copy, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _provide(mnist: Mapping[str, bytes]) -> Path:
    """Return a data folder with these files, the same for all workers of this machine and user."""
    names = "".join(f"{name}:{len(content)};" for name, content in sorted(mnist.items()))
    digest = hashlib.sha256(f"{os.getuid()};{names}".encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"mnist-lab-data-{digest}"
    raw = folder / "MNIST" / "raw"
    for name, content in mnist.items():
        if not (raw / name).is_file():
            with replacing(raw / name) as path:
                path.write_bytes(content)
    return folder
