"""The command about the challenge's board: who stands there, and the best runs of this folder."""

import argparse
from typing import Any

from mnist_core.cli.output import say
from mnist_core.config.challenge import SIZE_CLASSES
from mnist_core.experiments.board import Board
from mnist_core.experiments.entries import Entries, Entry, best_below
from mnist_core.files import runs_dir


def board(options: argparse.Namespace) -> int:
    """Print the best runs and the board of each class, or clear the board."""
    folder = runs_dir(options.runs_dir)
    found = Board(folder)
    if options.clear:
        found.clear()
        say(options, {"cleared": str(found.path)}, "The board is empty; all runs are still there.")
        return 0
    entries = Entries(folder)
    standings = found.standings(entries)
    every = entries.all()
    classes: list[dict[str, Any]] = []
    lines: list[str] = []
    for below in SIZE_CLASSES:
        best = best_below(every, below)
        rows = standings[below]
        classes.append(
            {
                "below": below,
                "best": None if best is None else _facts(best),
                "board": [
                    {"number": row.number, "nickname": row.nickname, **_facts(row.entry)}
                    for row in rows
                ],
            }
        )
        lines.append(f"Below {below:,} parameters")
        lines.append("  best run: " + ("none" if best is None else _told(best)))
        lines += [f"  {row.number:>3}. {row.nickname}: {_told(row.entry)}" for row in rows]
    say(options, {"classes": classes}, "\n".join(lines))
    return 0


def _facts(entry: Entry) -> dict[str, Any]:
    return {
        "run": entry.run,
        "model": entry.model,
        "parameters": entry.parameters,
        "epochs": entry.epochs,
        "test_accuracy": round(entry.accuracy, 4),
        "test_correct": entry.correct,
    }


def _told(entry: Entry) -> str:
    return (
        f"{entry.accuracy:.2f} %, {entry.parameters:,} parameters, {entry.epochs} epochs,"
        f" {entry.model} ({entry.run})"
    )
