"""Runs carried out on a Ray cluster: one task a run, its files and events by value. Needs Ray.

A cluster's address, or "local": a cluster of its own on this machine. The cluster keeps nothing:
this process, the driver, holds each run's lock while a worker trains it, and writes into its
folder what the worker says. So pages and readers see no difference, and a driver that died leaves
runs that can be submitted again. Knows nothing of torch; that is the workers'.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false, reportUnknownArgumentType=false

import os
import resource
import secrets
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ray
from filelock import FileLock, Timeout
from ray.exceptions import RayError, RayTaskError

from mnist_core.data.mnist import MNIST_FILES, mnist_raw_dir
from mnist_core.errors import RunError
from mnist_core.experiments.executor import MAX_ATTEMPTS, give_up
from mnist_core.files import PROJECT_DIR, last_changed
from mnist_core.runs.events import Failed
from mnist_core.runs.log import EventWriter
from mnist_core.runs.run import Run
from mnist_core.training.parcel import files_to_begin_with, unpack

LOCAL: Final = "local"

_SECONDS_FOR_LOCK: Final = 5.0
_connect: Final[Any] = ray.init  # its own annotations do not admit all that it takes


@ray.remote(num_cpus=0)
class _Desk:
    """Where what runs are told lies for their workers to read."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def put(self, run_id: str, text: str) -> None:
        self._told[run_id] = text

    def read(self, run_id: str) -> str:
        return self._told.get(run_id, "")

    def forget(self, run_id: str) -> None:
        self._told.pop(run_id, None)


def _carry_out(
    run_id: str, files: Mapping[str, bytes], mnist: Mapping[str, bytes], desk: Any
) -> Iterator[Any]:
    # Here: it loads torch, which the driver does without.
    from mnist_core.training.remote import carry_out

    def read_control() -> str:
        return str(ray.get(desk.read.remote(run_id)))

    yield from carry_out(run_id, files, mnist, read_control)


@dataclass(kw_only=True)
class _Active:
    """A run that a worker is at. `size`: bytes of its events when its state was last saved."""

    run: Run
    lock: FileLock
    told: Any
    size: int
    attempt: int
    control: int = 0


class OnRay:
    """Carries runs out as tasks of a Ray cluster, as many at a time as it has cores.

    `address` is HOST:PORT of the cluster's head, or "local". With `require_tokens` called before
    this module is loaded, a cluster is joined with the token in `RAY_AUTH_TOKEN` or
    `~/.ray/auth_token`; a local one gets a token of its own. Raises `RunError` where none answers.
    """

    def __init__(self, address: str, *, jobs: int | None = None, data_dir: Path | None = None):
        if address == LOCAL:
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        _allow_many_files()
        how: dict[str, Any] = {"num_cpus": jobs, "include_dashboard": False}
        try:
            _connect(
                **({"address": "local"} | how if address == LOCAL else {"address": address}),
                log_to_driver=False,
                logging_level="error",
                runtime_env={"py_modules": [str(PROJECT_DIR / "mnist_core")]},
            )
        except (RayError, OSError, RuntimeError, ValueError) as error:
            raise RunError(
                f"No Ray cluster answers at {address} ({str(error).splitlines()[0]}). Is it"
                " started (`ray start --head`), and is its token in RAY_AUTH_TOKEN?"
            ) from error
        self._jobs = jobs
        self._data_dir = data_dir
        self._waiting: deque[tuple[Run, int]] = deque()
        self._active: dict[Any, _Active] = {}
        self._ended: list[Run] = []
        self._data: dict[bool, Any] = {}
        self._desk: Any = _Desk.remote()  # pyright: ignore[reportAttributeAccessIssue]
        self._task: Any = ray.remote(num_cpus=1, max_retries=0)(_carry_out)

    @property
    def jobs(self) -> int:
        cores = int(ray.cluster_resources().get("CPU", 0))
        return min(cores, self._jobs) if self._jobs else cores

    @property
    def num_free(self) -> int:
        """How many more runs could begin at once."""
        return self.jobs - len(self._active)

    def submit(self, run: Run) -> None:
        self._waiting.append((run, 1))
        self._hand_out()

    def look(self, timeout: float) -> list[Run]:
        self._pass_on_controls()
        if self._active:
            ray.wait(list(self._active), timeout=0 if self._ended else timeout, fetch_local=False)
            ready, _ = ray.wait(
                list(self._active), num_returns=len(self._active), timeout=0, fetch_local=False
            )
            for told in ready:
                self._hear(self._active[told])
        elif not self._ended:
            time.sleep(timeout)  # until the cluster has cores, or somebody submits a run
        self._hand_out()
        ended, self._ended = self._ended, []
        return ended

    def stop(self, run: Run) -> None:
        for waiting in list(self._waiting):
            if waiting[0] == run:
                self._waiting.remove(waiting)
                self._ended.append(run)
                return
        run.stop()

    def close(self) -> None:
        for active in list(self._active.values()):
            ray.cancel(active.told, force=True)
            self._let_go(active)
        ray.shutdown()

    def _hand_out(self) -> None:
        while self._waiting and self.num_free > 0:
            run, attempt = self._waiting.popleft()
            lock = run.lock()
            try:
                lock.acquire(timeout=_SECONDS_FOR_LOCK)
            except Timeout as error:
                raise RunError(
                    f"The run {run.id} is being trained by another process already."
                ) from error
            run.unclaim()
            told = self._task.options(num_returns="streaming").remote(
                run.id, files_to_begin_with(run), self._mnist_for(run), self._desk
            )
            size = run.events_path.stat().st_size if run.events_path.exists() else 0
            self._active[told] = _Active(run=run, lock=lock, told=told, size=size, attempt=attempt)

    def _hear(self, active: _Active) -> None:
        while True:
            ready, _ = ray.wait([active.told], timeout=0, fetch_local=False)
            if not ready:
                return
            try:
                new: Any = ray.get(next(active.told))
            except StopIteration:
                if active.run.state(is_ours=True) == "finished":
                    active.run.state_path.unlink(missing_ok=True)
                self._let_go(active)
                self._ended.append(active.run)
                return
            except RayTaskError as error:
                self._fail(active, str(error.cause or error).splitlines()[-1])
                return
            except RayError:
                self._lose(active)
                return
            unpack(active.run, new)
            if active.run.state_path.name in new.files:
                active.size = active.run.events_path.stat().st_size

    def _lose(self, active: _Active) -> None:
        self._let_go(active)
        if active.attempt == MAX_ATTEMPTS:
            give_up(active.run)
            self._ended.append(active.run)
            return
        if active.run.events_path.exists():
            os.truncate(active.run.events_path, active.size)  # it goes on from its last epoch
        self._waiting.appendleft((active.run, active.attempt + 1))

    def _fail(self, active: _Active, reason: str) -> None:
        with EventWriter(active.run) as writer:
            writer.write(Failed(message=f"The worker failed: {reason}", is_unexpected=True))
        self._let_go(active)
        self._ended.append(active.run)

    def _let_go(self, active: _Active) -> None:
        self._active.pop(active.told, None)
        self._desk.forget.remote(active.run.id)
        active.lock.release()

    def _pass_on_controls(self) -> None:
        for active in self._active.values():
            changed = last_changed(active.run.control_path)
            if changed != active.control:
                active.control = changed
                text = active.run.control_path.read_text(encoding="utf-8")
                self._desk.put.remote(active.run.id, text)

    def _mnist_for(self, run: Run) -> Any:
        """Return MNIST's files in the cluster's memory; a search's trials get no test images."""
        if run.config.dataset != "mnist":
            return {}
        is_trial = run.kind == "trial"
        if is_trial not in self._data:
            self._data[is_trial] = ray.put(_read_mnist(self._data_dir, with_test=not is_trial))
        return self._data[is_trial]


def _read_mnist(data_dir: Path | None, *, with_test: bool) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in MNIST_FILES if with_test else MNIST_FILES[:2]:
        path = mnist_raw_dir(data_dir) / file.name
        path = path if path.exists() else path.with_name(path.name + ".gz")
        try:
            found[path.name] = path.read_bytes()
        except OSError as error:
            raise RunError(
                f"{path} cannot be read ({error.strerror}), so it cannot be sent to the cluster."
                " Fetch MNIST first: python -m mnist_core download."
            ) from error
    return found


def _allow_many_files() -> None:
    """Let the driver hold as many locks open as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
