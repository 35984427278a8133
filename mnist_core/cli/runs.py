"""The command about the kept runs: list, show, resume, finish, delete, restore."""

import argparse
import dataclasses
from pathlib import Path

from mnist_core.cli.output import say
from mnist_core.errors import RunError
from mnist_core.files import runs_dir
from mnist_core.runs.folder import (
    delete_run,
    list_runs,
    open_run,
    prepare_to_finish,
    restore_run,
)
from mnist_core.runs.run import Run
from mnist_core.runs.table import describe_run, describe_runs


def runs(options: argparse.Namespace) -> int:
    """Do what `options.action` says."""
    folder = runs_dir(options.runs_dir)
    if options.action == "list":
        return _list(folder, options)
    if options.run is None:
        raise RunError(f"Name the run to {options.action}; `runs list` shows their ids.")
    if options.action == "restore":
        run = restore_run(options.run, folder)
        say(options, {"restored": run.id}, f"Restored {run.id}")
        return 0
    run = open_run(options.run, folder)
    if options.action in ("resume", "finish"):
        return _go_on(run, options)
    if options.action == "delete":
        delete_run(run)
        say(options, {"deleted": run.id}, f"Deleted {run.id}; `runs restore` brings it back.")
        return 0
    return _show(run, options)


def _list(folder: Path, options: argparse.Namespace) -> int:
    rows = [row for row in describe_runs(list_runs(folder)) if row.kind != "lr_search"]
    lines = [
        f"{row.id}  {row.state:<8}  {row.epochs_done:>4.3g} of {row.epochs:<3} epochs  "
        + (f"{row.accuracy:.2f} % on {row.dataset}" if row.accuracy is not None else "not tested")
        + (f"  from {row.origin}" if row.origin else "")
        + f"  {row.title}"
        for row in rows
    ]
    value = {"runs": [dataclasses.asdict(row) for row in rows]}
    say(options, value, "\n".join(lines) or f"There are no runs in {folder}.")
    return 0


def _go_on(run: Run, options: argparse.Namespace) -> int:
    if options.action == "finish":
        prepare_to_finish(run)
    else:
        run.prepare_to_resume()
    # Here, as it loads torch: the mistakes above are told before.
    from mnist_core.cli.training import carry_out

    return carry_out(run, options)


def _show(run: Run, options: argparse.Namespace) -> int:
    row = dataclasses.asdict(describe_run(run))
    value = {**row, "config": run.config.to_json(), "folder": str(run.folder)}
    say(options, value, "\n".join(f"{name}: {text}" for name, text in value.items()))
    return 0
