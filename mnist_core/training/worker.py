"""The process that trains: reads the data, runs the loop, records what it says, saves.

`perform` is the one way a run is carried out: by the command line in the foreground, and by the
processes that the app and studies hand runs' folders to (`mnist_core.training.serving`).
"""

import copy
import ctypes
import os
import signal
import threading
import time
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from types import FrameType

import torch
from filelock import Timeout

from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import Digits, load_data, load_for_search
from mnist_core.data.download import fetch_mnist
from mnist_core.data.mnist import mnist_is_present
from mnist_core.errors import MnistError, RunError
from mnist_core.images import SIDE
from mnist_core.inference.calibration import Calibration, calibrate
from mnist_core.runs.control import Control, ControlReader
from mnist_core.runs.events import (
    TICK,
    Epoch,
    Event,
    Failed,
    Finished,
    LearningRateChanged,
    Paused,
    Preparing,
    Resumed,
)
from mnist_core.runs.log import EventWriter
from mnist_core.runs.queue import Queue
from mnist_core.runs.run import Run
from mnist_core.runs.strokes import check_strokes, read_kept_strokes
from mnist_core.strokes.files import hold_out_writers
from mnist_core.strokes.redrawn import Redrawn
from mnist_core.training.finetune import begin_fine_tuning, end_fine_tuning
from mnist_core.training.loop import train
from mnist_core.training.lr_finder import find_learning_rate
from mnist_core.training.saving import (
    forget_state,
    keep_state,
    restore_state,
    save_result,
    save_state,
    untold_epoch,
)
from mnist_core.training.state import TrainState
from mnist_core.training.trial import score

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h
_LONGEST_MESSAGE = 5_000
_SECONDS_FOR_LOCK = 5.0
_SECONDS_PER_LOOK = 0.05


def perform(run: Run, *, data_dir: Path | None = None) -> Iterator[Event]:
    """Carry the run out, or go on with it where its last saved state stands; yields its events.

    Whatever ends it is recorded in its folder. Closing the iterator early leaves the run to be
    resumed. Raises `RunError` if another process is at it, or if it has finished meanwhile.
    """
    try:
        lock = run.lock().acquire(timeout=_SECONDS_FOR_LOCK)
    except Timeout as error:
        raise RunError(f"The run {run.id} is being trained by another process already.") from error
    except OSError as error:
        raise RunError(
            f"The run's folder {run.folder} cannot be written ({error.strerror or error}). Free"
            " some space, or give back the right to write into it."
        ) from error
    with lock, _under_way(run), EventWriter(run) as writer:
        try:
            for event in _prepare_and_train(run, data_dir):
                if event is not TICK:
                    writer.write(event)
                if isinstance(event, Finished) and event.is_over:
                    forget_state(run)
                yield event
        except Exception as error:  # whatever it is, the run's folder tells it
            failed = Failed(
                message=_explain(error, run)[:_LONGEST_MESSAGE],
                is_unexpected=not isinstance(error, MnistError),
            )
            with suppress(OSError):  # where the disk is full it is told to whoever listens
                writer.write(failed)
            yield failed
        except KeyboardInterrupt:  # while nothing was trained yet: later on it is a stop
            writer.write(Failed(message="Interrupted before training began; it can go on."))
            raise
    with suppress(OSError):
        Queue(run.folder.parent).clear()


@contextmanager
def _under_way(run: Run) -> Generator[None]:
    """Begin with a run whose lock is held: others find it, and count it among those that train.

    Raises `RunError` if it has reached its end since it was handed over: a finished run is never
    trained again.
    """
    run.unclaim()
    if run.state(is_ours=True) == "finished":
        forget_state(run)  # it may have been killed before it had
        raise RunError(f"The run {run.id} has finished; there is nothing to go on with.")
    with suppress(OSError):  # it trains all the same where the folder is full
        Queue(run.folder.parent).note(run)
    yield


def set_up_process(num_threads: int) -> None:
    """Let torch use so many threads, and do without what would only cost time.

    Numbers too small to matter become 0. Memory once freed is kept for the next batch, where the C
    library is GNU's: given back, it would be had again page by page, a tenth of the time.
    """
    torch.set_num_threads(num_threads)
    torch.set_flush_denormal(True)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 1 << 30)
        mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)


def _explain(error: Exception, run: Run) -> str:
    if isinstance(error, MnistError):
        return str(error)
    if isinstance(error, OSError):
        return (
            f"A file could not be written: {error.strerror or error}"
            f" ({error.filename or run.folder}). Free some space; what was saved is kept, and the"
            " run can be resumed."
        )
    traceback.print_exc()
    return f"Training ended unexpectedly: {error or type(error).__name__}."


def _prepare_and_train(run: Run, data_dir: Path | None) -> Iterator[Event]:
    config = run.config
    set_up_process(config.threads)
    if run.kind == "trial":
        yield from _try(run, config, data_dir)
        return
    yield Preparing(message=f"Reading {config.dataset}")
    if config.dataset == "mnist" and not mnist_is_present(data_dir):
        for progress in fetch_mnist(data_dir):
            yield Preparing(message=progress.message, fraction=progress.fraction)
            if run.control().stop:
                raise RunError("Stopped while MNIST was being downloaded; nothing was trained.")
    digits = load_data(config.dataset, watch=config.watch, data_dir=data_dir)
    strokes = _read_strokes(run)
    match run.kind:
        case "training":
            yield from _train(run, TrainState(config), digits, known=digits, strokes=strokes)
        case "fine_tuning":
            yield from _fine_tune(run, TrainState(config), digits)
        case "lr_search":
            yield from _until_stopped(run, find_learning_rate(config, digits, strokes))


def _read_strokes(run: Run) -> Redrawn | None:
    """Return the pen digits to train on: without those of the writers that are held out."""
    given = read_kept_strokes(run)
    check_strokes(run.config, given)
    return None if given is None else Redrawn(hold_out_writers(given.digits)[0])


def _try(run: Run, config: TrainConfig, data_dir: Path | None) -> Iterator[Event]:
    yield from _until_stopped(run, score(config, _digits_for_search(config.dataset, data_dir)))


@lru_cache(maxsize=1)
def _digits_for_search(dataset: str, data_dir: Path | None) -> Digits:
    """Keep what a search's trials, one after the other in this process, all train on."""
    return load_for_search(dataset, data_dir=data_dir)


def _fine_tune(run: Run, state: TrainState, digits: Digits) -> Iterator[Event]:
    mixed = begin_fine_tuning(run, state, digits)
    for event in _train(run, state, mixed, known=digits):
        if isinstance(event, Finished):
            end_fine_tuning(run, state.result, event, digits)
        yield event


def _train(
    run: Run, state: TrainState, digits: Digits, *, known: Digits, strokes: Redrawn | None = None
) -> Iterator[Event]:
    """Train from the last saved state, if there is one, and save at each epoch's end.

    `known` are the digits of the data set alone, without a person's drawings.
    """
    restore_state(run, state)
    if (epoch := untold_epoch(run, state)) is not None:
        yield epoch
    state.is_the_end = state.stop_is_requested = run.control().is_the_end
    controls = ControlReader(run.control_path)
    with _signals_that_stop(state):
        for event in train(state, digits, _probe(run), strokes):
            match event:
                case Epoch():
                    save_result(run, state, digits, epochs=event.epoch)
                    with suppress(OSError):  # it trains all the same where the disk is full
                        keep_state(run, event.epoch)
                case Finished():
                    calibration = None
                    if event.is_over and known.source == "mnist":
                        calibration = _calibrate(state, known)
                    save_result(
                        run,
                        state,
                        digits,
                        epochs=event.epochs,
                        finished=event,
                        calibration=calibration,
                    )
                case _:
                    pass
            yield event
            if not isinstance(event, Finished | Failed):
                yield from _obey(run, state, controls)


def _calibrate(state: TrainState, known: Digits) -> Calibration:
    """Fit the finished network's temperature where images were held out, else leave it at 1."""
    if state.config.watch != "validation":
        return Calibration(is_fitted=True)
    model = copy.deepcopy(state.result).to("cpu")
    return calibrate(model.eval(), *known.watch)


def _until_stopped(run: Run, events: Iterator[Event]) -> Iterator[Event]:
    controls = ControlReader(run.control_path)
    for event in events:
        yield event
        if controls.read().stop:
            yield Failed(message="The search was stopped.")
            return


def _probe(run: Run) -> torch.Tensor | None:
    if run.probe is None:
        return None
    return torch.frombuffer(bytearray(run.probe), dtype=torch.uint8).view(1, 1, SIDE, SIDE)


def _obey(run: Run, state: TrainState, controls: ControlReader) -> Iterator[Event]:
    """Do what the run is told between two batches; a pause lasts in here."""
    control = controls.read()
    if _must_pause(state, control):
        save_state(run, state)
        yield Paused(step=state.step)
        while _must_pause(state, control := controls.read()):
            time.sleep(_SECONDS_PER_LOOK)
        if not state.stop_is_requested and not control.stop:
            yield Resumed(step=state.step)
    state.stop_is_requested = state.stop_is_requested or control.stop
    state.reports_each_step = control.pause_at is not None
    if control.learning_rate not in (None, state.learning_rate):
        state.learning_rate = control.learning_rate
        yield LearningRateChanged(step=state.step, learning_rate=state.learning_rate)


def _must_pause(state: TrainState, control: Control) -> bool:
    is_asked = control.pause_at is not None and state.step >= control.pause_at
    return is_asked and not control.stop and not state.stop_is_requested


@contextmanager
def _signals_that_stop(state: TrainState) -> Generator[None]:
    """Let Ctrl-C and SIGTERM end the run after the batch it is at, with its result kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        state.stop_is_requested = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
