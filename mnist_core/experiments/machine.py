"""What a measurement depends on besides the code: the processor and the versions."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path


def describe_machine(packages: Iterable[str] = ("torch",)) -> dict[str, str | int]:
    """Return the processor's name, the usable cores and the versions of Python and `packages`."""
    facts: dict[str, str | int] = {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
        "python": platform.python_version(),
    }
    return facts | {name: version(name) for name in packages}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return platform.processor() or platform.machine()
    names = (line.split(": ", 1)[1] for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
