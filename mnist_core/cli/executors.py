"""Where a command trains: on this machine, or on the cluster that `--cluster` names."""

import argparse
import os

from mnist_core.experiments.dispatch import Cluster
from mnist_core.experiments.executor import Executor, Here, require_tokens
from mnist_core.files import data_dir


def executor_for(options: argparse.Namespace) -> Executor:
    """Return what carries runs out, by the options `cluster`, `jobs` and `data_dir`."""
    if options.cluster is not None:
        return cluster_for(options)
    if options.data_dir is not None:
        # The runs are processes of their own; their data folder reaches them this way.
        os.environ["MNIST_DATA_DIR"] = str(data_dir(options.data_dir))
    return Here(options.jobs or os.cpu_count() or 1)


def cluster_for(options: argparse.Namespace) -> Cluster:
    """Return the cluster that the option names."""
    require_tokens()
    # Here: Ray is an extra, and takes a second to load.
    from mnist_core.experiments.on_ray import OnRay

    return OnRay(options.cluster, jobs=options.jobs, data_dir=data_dir(options.data_dir))
