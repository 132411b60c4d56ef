"""A real PostgreSQL for every run: the one of DATABASE_URL, or our own embedded one."""

from __future__ import annotations

import os
from contextlib import ExitStack

import pytest
from hypothesis import settings

# How long an example takes is the machine's matter; speed is measured by benchmarks. A run says
# the same of the same code; ``make test-long`` looks for examples nobody has seen.
settings.register_profile("acquit", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("acquit")

_STACK = ExitStack()
_PLACE = ("NAME", "USER", "PASSWORD", "HOST", "PORT")

pytest_plugins = ["tests.support.fixtures"]


def pytest_configure(config: pytest.Config) -> None:
    """Start the embedded server where none is named. Workers inherit its address; this process
    has read its settings already, so they are told where it is."""
    if "DATABASE_URL" in os.environ:
        return
    from django.db import connections

    from acquit.config import env
    from acquit.supervisor import temporary_cluster

    cluster = _STACK.enter_context(temporary_cluster(fsync=False))
    os.environ["DATABASE_URL"] = cluster.url()
    found = env.database(cluster.url())
    connections["default"].settings_dict.update({name: found[name] for name in _PLACE})


def pytest_unconfigure(config: pytest.Config) -> None:
    _STACK.close()
