"""What the measurements share: things measured in turn, each apart from the others, and a report.

A command measures its things A B A B, so that a machine that slows down slows both, and prints
`Result`s: a number with its goal, and the spreads it was made of.
"""

import argparse
import functools
import json
import multiprocessing
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from mnist_core.data.mnist import mnist_is_present
from mnist_core.experiments.machine import describe_machine
from mnist_core.files import data_dir

T = TypeVar("T")

_MET: Final = {True: "met", False: "missed", None: "no goal"}


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def to_json(self) -> dict[str, Any]:
        return {
            "median": self.median,
            "low": min(self.values),
            "high": max(self.values),
            "values": list(self.values),
        }

    def __str__(self) -> str:
        median, low, high = map(readable, (self.median, min(self.values), max(self.values)))
        return f"{median:>9}   {low} to {high}, n = {len(self.values)}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One number with its goal, and the medians and ranges that it comes from.

    `goal` is the least allowed, or the most where `is_limit`; None where a number is only told.
    """

    what: str
    value: float
    unit: str
    goal: float | None = None
    is_limit: bool = False
    spreads: Mapping[str, Spread] = field(default_factory=dict[str, Spread])

    @property
    def is_met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value <= self.goal if self.is_limit else self.value >= self.goal

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "goal": self.goal,
            "is_limit": self.is_limit,
            "is_met": self.is_met,
            "spreads": {name: spread.to_json() for name, spread in self.spreads.items()},
        }

    def to_text(self) -> str:
        text = f"{self.what}: {readable(self.value)} {self.unit}"
        if self.goal is not None:
            bound = "at most" if self.is_limit else "at least"
            text += f" (goal: {bound} {readable(self.goal)} {self.unit}; {_MET[self.is_met]})"
        width = max(map(len, self.spreads), default=0)
        lines = (f"    {name:<{width}} {spread}" for name, spread in self.spreads.items())
        return "\n".join([text, *lines])


def readable(number: float) -> str:
    """Return the number with the digits that count: whole above a thousand, 99.57, 4.13."""
    if abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.4g}" if abs(number) >= 10 else f"{number:.3g}"


def in_turn(num_rounds: int, *measures: Callable[[], T]) -> list[list[T]]:
    """Measure A B A B …; return each measure's findings, in the order the measures are given."""
    rounds = [[measure() for measure in measures] for _ in range(num_rounds)]
    return [list(findings) for findings in zip(*rounds, strict=True)]


def spreads_in_turn(
    num_rounds: int, measures: Mapping[str, Callable[[], float]]
) -> dict[str, Spread]:
    """Measure A B A B …; return each one's spread under its name."""
    found = in_turn(num_rounds, *measures.values())
    return {name: Spread(tuple(values)) for name, values in zip(measures, found, strict=True)}


def apart(function: Callable[..., T], *arguments: Any) -> T:
    """Return the function's answer from a process of its own: threads and caches stay there."""
    return at_once(function, [arguments])[0]


def at_once(function: Callable[..., T], calls: Sequence[Sequence[Any]]) -> list[T]:
    """Return the function's answers to all calls, made at the same time in a process each."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(calls), mp_context=context) as processes:
        futures = [processes.submit(function, *arguments) for arguments in calls]
        return [future.result() for future in futures]


def each_apart(function: Callable[..., float], *arguments: Any) -> Callable[[], float]:
    """Return a measure that calls the function in a process of its own."""
    return functools.partial(apart, function, *arguments)


def percentile_95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def command(description: str | None, *, num_rounds: int | None = None) -> argparse.ArgumentParser:
    """Return a parser with what the commands have in common: `--json` and `--rounds`."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    if num_rounds is not None:
        parser.add_argument(
            "--rounds", type=int, default=num_rounds, help=f"A B A B … (default: {num_rounds})"
        )
    return parser


def require_mnist() -> None:
    """End the command with the remedy where MNIST is not at hand."""
    if not mnist_is_present():
        print(
            f"MNIST is not in {data_dir()}; set MNIST_DATA_DIR to its folder, or fetch it with"
            " python -m mnist_core download.",
            file=sys.stderr,
        )
        sys.exit(2)


def report(
    options: argparse.Namespace,
    name: str,
    results: Iterable[Result],
    *,
    packages: Sequence[str] = ("torch",),
    **facts: Any,
) -> None:
    """Print the results with what they depend on, as text or as one JSON object."""
    results = list(results)
    machine = describe_machine(packages)
    if options.json:
        value = {"benchmark": name, "results": [result.to_json() for result in results]}
        print(json.dumps({**value, **facts, "machine": machine}))
        return
    for result in results:
        print(result.to_text())
    for fact, value in facts.items():
        print(f"{fact.replace('_', ' ')}: {value}")
    print(", ".join(f"{key} {value}" for key, value in machine.items()))
