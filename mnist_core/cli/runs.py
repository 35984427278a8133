"""The command about what is kept: list runs, studies and searches; show, resume, put aside …"""

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from mnist_core.cli.output import facts, say, table, together
from mnist_core.cli.parser import paste
from mnist_core.errors import MnistError, RunError
from mnist_core.experiments.listing import StudyRow, describe_studies
from mnist_core.files import runs_dir
from mnist_core.runs.folder import (
    create_grown_run,
    delete_run,
    list_runs,
    open_run,
    prepare_to_finish,
    put_aside,
    restore_run,
)
from mnist_core.runs.history import read_history
from mnist_core.runs.run import Run
from mnist_core.runs.table import RunRow, Unreadable, describe_run, describe_runs
from mnist_core.search.folder import Search, list_searches

_GROWN_WITH: Final = ("epochs", "learning_rate", "seed")
"""Settings that may be given to a run that goes on from an epoch of another."""


def runs(options: argparse.Namespace) -> int:
    """Do what `options.action` says."""
    folder = runs_dir(options.runs_dir)
    if options.action == "list":
        return _list(folder, options)
    if options.run is None:
        listing = paste(options, "runs", "list", folders=["runs_dir"])
        raise RunError(f"Name the run to {options.action}; their ids are shown by: {listing}")
    if options.action == "restore":
        run = restore_run(options.run, folder)
        say(options, {"restored": run.id}, f"Restored {run.id}")
        return 0
    run = open_run(options.run, folder)
    if options.action == "resume" and options.from_epoch is not None:
        return _grow(run, options)
    if (given := _given(options)) or options.from_epoch is not None:
        option = f"--{next(iter(given), 'from_epoch').replace('_', '-')}"
        raise RunError(f"{option} is for `runs resume RUN --from-epoch N`, which makes a new run.")
    if options.action in ("resume", "finish"):
        return _go_on(run, options)
    if options.action == "put-aside":
        path = put_aside(run)
        back = paste(options, "runs", "restore", run.id, folders=["runs_dir"])
        say(options, {"put_aside": str(path)}, f"Moved to {path}. Bring it back:  {back}")
        return 0
    if options.action == "delete":
        delete_run(run)
        back = paste(options, "runs", "restore", run.id, folders=["runs_dir"])
        say(options, {"deleted": run.id}, f"Deleted {run.id}. Bring it back:  {back}")
        return 0
    return _show(run, options)


def _list(folder: Path, options: argparse.Namespace) -> int:
    found, others = describe_runs(list_runs(folder))
    rows = [row for row in found if row.kind != "lr_search"]
    studies = describe_studies(folder)
    searches = [told for one in list_searches(folder) if (told := _search_facts(one)) is not None]
    value = {
        "runs": [dataclasses.asdict(row) for row in rows],
        "unreadable": [{"id": one.run.id, "problem": one.problem} for one in others],
        "studies": [dataclasses.asdict(study) for study in studies],
        "searches": searches,
    }
    made = (
        _runs_table(rows),
        _unreadable_table(others, options),
        _studies_table(studies),
        _searches_table(searches),
    )
    shown = [one for one in made if one.row_count]
    say(options, value, together(*shown) if shown else f"There are no runs in {folder}.")
    return 0


def _runs_table(rows: Sequence[RunRow]) -> Table:
    return table(
        ("run", "what it is", "state", "epochs", "test accuracy", "data"),
        (
            (
                row.id,
                row.title + (f", from {row.origin}" if row.origin else ""),
                row.state,
                f"{row.epochs_done:.3g} of {row.epochs}",
                "–" if row.accuracy is None else f"{row.accuracy:.2f} %",
                row.dataset,
            )
            for row in rows
        ),
        right=("epochs", "test accuracy"),
    )


def _unreadable_table(others: Sequence[Unreadable], options: argparse.Namespace) -> Table:
    aside = paste(options, "runs", "put-aside", "ID", folders=["runs_dir"])
    return table(
        ("cannot be read", f"why; put it aside:  {aside}"),
        ((one.run.id, one.problem) for one in others),
    )


def _studies_table(studies: Sequence[StudyRow]) -> Table:
    return table(
        ("study", "seeds", "mean test accuracy", "data"),
        (
            (
                study.name,
                f"{study.num_finished} of {study.num_seeds}",
                "–" if study.mean is None else _spread(study.mean, study.standard_deviation),
                study.dataset,
            )
            for study in studies
        ),
        right=("seeds", "mean test accuracy"),
    )


def _spread(mean: float, deviation: float | None) -> str:
    return f"{mean:.3f} %" + ("" if deviation is None else f" ± {deviation:.3f}")


def _searches_table(searches: Sequence[dict[str, Any]]) -> Table:
    return table(
        ("search", "state", "networks asked for", "parameters, at most", "data"),
        (
            (
                f["name"],
                f["state"],
                f"{f['trials']:,}",
                f"{f['max_parameters']:,}",
                f["dataset"],
            )
            for f in searches
        ),
        right=("networks asked for", "parameters, at most"),
    )


def _search_facts(search: Search) -> dict[str, Any] | None:
    try:
        asked = search.asked
    except MnistError:  # a damaged file hides nothing else
        return None
    return {
        "name": search.name,
        "state": "running" if search.is_running() else "not running",
        "trials": asked.trials,
        "max_parameters": asked.max_parameters,
        "dataset": asked.dataset,
        "folder": str(search.folder),
    }


def _given(options: argparse.Namespace) -> dict[str, Any]:
    return {
        name: value for name in _GROWN_WITH if (value := getattr(options, name, None)) is not None
    }


def _grow(run: Run, options: argparse.Namespace) -> int:
    """Go on from an epoch of the run, as a new run."""
    return _carry_out(create_grown_run(run, options.from_epoch, _given(options)), options)


def _go_on(run: Run, options: argparse.Namespace) -> int:
    if options.action == "finish":
        prepare_to_finish(run)
    else:
        run.prepare_to_resume()
    return _carry_out(run, options)


def _carry_out(run: Run, options: argparse.Namespace) -> int:
    # Here, as it loads torch: mistakes are told before.
    from mnist_core.cli.training import carry_out

    return carry_out(run, options)


def _show(run: Run, options: argparse.Namespace) -> int:
    row = describe_run(run)
    skipped = read_history(run).num_skipped
    value = {
        **dataclasses.asdict(row),
        "config": run.config.to_json(),
        "folder": str(run.folder),
        "lines_left_out": skipped,
    }
    say(options, value, _run_facts(row, run, skipped))
    return 0


def _run_facts(row: RunRow, run: Run, num_skipped: int) -> Table:
    """Return what is known of a run, with its settings; those that differ from its recipe's."""
    known = [
        ("run", row.id),
        ("name", row.title),
        ("note", row.note),
        ("state", row.state),
        ("begun", row.created),
        ("began from", row.origin),
        ("trained", f"{row.epochs_done:.3g} of {row.epochs} epochs in {row.seconds:.1f} s"),
        ("test accuracy", "" if row.accuracy is None else f"{row.accuracy:.2f} % on {row.dataset}"),
        ("parameters", "" if row.parameters is None else f"{row.parameters:,}"),
        ("recipe", row.recipe),
        ("changed from it", row.changes),
        ("changed while it ran", row.changed_while_it_ran),
        ("cannot be read", row.problem),
        ("lines left out", f"{num_skipped:,} that cannot be read" if num_skipped else ""),
        ("folder", str(run.folder)),
        ("settings", ""),
    ]
    settings = [(f"  {name}", str(value)) for name, value in run.config.to_json().items()]
    return facts([(name, text) for name, text in known if text or name == "settings"] + settings)
