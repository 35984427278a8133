"""MNIST's download: one a server, begun by whoever asks first, seen by all who look."""

import threading

from mnist_core.data.download import Progress, fetch_mnist
from mnist_core.errors import MnistError


class Download:
    """Fetches MNIST in a thread that outlives the page. Safe to use from several threads.

    `progress` is the last that was told, None before and after; `problem` why the last try failed.
    """

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.problem: str | None = None
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_unwanted = threading.Event()

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def begin(self) -> None:
        """Fetch MNIST, unless that is under way."""
        with self._guard:
            if self.is_running:
                return
            self._is_unwanted.clear()
            self.problem, self.progress = None, Progress(message="Downloading MNIST")
            self._thread = threading.Thread(target=self._fetch, name="fetch MNIST", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Give it up, if it is under way; nothing of it is kept."""
        self._is_unwanted.set()
        if self._thread is not None:
            self._thread.join()

    def _fetch(self) -> None:
        fetched = fetch_mnist()
        try:
            for progress in fetched:
                self.progress = progress
                if self._is_unwanted.is_set():
                    break
        except MnistError as error:
            self.problem = str(error)
        finally:
            fetched.close()
            self.progress = None
