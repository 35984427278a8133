"""A cluster on this machine, started once for all tests that need one."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mnist_core.experiments.executor import require_tokens

if TYPE_CHECKING:
    from mnist_core.experiments.on_ray import OnRay


@pytest.fixture(scope="session")
def cluster() -> Iterator["OnRay"]:
    """Two cores of a real Ray cluster, which ends with the tests."""
    require_tokens()
    # Here: Ray reads whether tokens are required when it is loaded.
    from mnist_core.experiments.on_ray import LOCAL, OnRay

    with closing(OnRay(LOCAL, jobs=2)) as executor:
        yield executor
