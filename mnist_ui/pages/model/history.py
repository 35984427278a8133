"""What was designed: the line as it stands, those before it, and the last one that is a network."""

from dataclasses import dataclass, field
from typing import Final

from mnist_core.errors import ConfigError
from mnist_core.networks.named import describe
from mnist_core.networks.notation import Description
from mnist_core.networks.words import MAX_CHARACTERS

_MOST_KEPT: Final = 200


@dataclass
class Design:
    """One visitor's line with its history. Of a line far too long only the beginning is kept."""

    line: str = ""
    past: list[str] = field(default_factory=list[str])
    future: list[str] = field(default_factory=list[str])
    last_valid: Description | None = None
    problem: ConfigError | None = None
    """Why `line` is no network; None where it is one, and `last_valid` is what it comes to."""

    @classmethod
    def begin(cls, line: str) -> "Design":
        design = cls()
        design._write(line)
        return design

    @property
    def is_valid(self) -> bool:
        return self.problem is None

    def change(self, line: str) -> None:
        """Take a new line; one that is the same is no step to undo."""
        line = line[: 2 * MAX_CHARACTERS]
        if line == self.line:
            return
        self.past = [*self.past, self.line][-_MOST_KEPT:]
        self.future.clear()
        self._write(line)

    def undo(self) -> None:
        if self.past:
            self.future.append(self.line)
            self._write(self.past.pop())

    def redo(self) -> None:
        if self.future:
            self.past.append(self.line)
            self._write(self.future.pop())

    def _write(self, line: str) -> None:
        self.line = line
        try:
            self.last_valid = describe(line.strip())
        except ConfigError as error:
            self.problem = error
        else:
            self.problem = None
