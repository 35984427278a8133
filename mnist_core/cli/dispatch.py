"""The command that carries out on a cluster what the app has queued. Needs Ray."""

import argparse
import sys
from contextlib import closing

from mnist_core.cli.executors import cluster_for
from mnist_core.experiments.dispatch import dispatch as look_for_ever
from mnist_core.files import runs_dir


def dispatch(options: argparse.Namespace) -> int:
    """Claim what is queued and train it on the cluster, until it is interrupted."""
    folder = runs_dir(options.runs_dir)
    with (
        closing(cluster_for(options)) as cluster,
        closing(look_for_ever(cluster, folder)) as told,
    ):
        print(f"Carrying out on {options.cluster} what is queued in {folder}.", file=sys.stderr)
        for now in told:
            for run in now.begun:
                print(f"{run.id} begins", file=sys.stderr)
            for run in now.ended:
                print(f"{run.id} has ended: {run.state()}", file=sys.stderr)
    return 0
