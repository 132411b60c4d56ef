"""A real PostgreSQL for every run: the one of DATABASE_URL, or our own embedded one."""

from __future__ import annotations

import os
from contextlib import ExitStack

import pytest

_STACK = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the embedded server before Django reads its settings; workers share the first one."""
    if "DATABASE_URL" not in os.environ:
        from acquit.supervisor import temporary_cluster

        cluster = _STACK.enter_context(temporary_cluster(fsync=False))
        os.environ["DATABASE_URL"] = cluster.url()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acquit.config.settings")


def pytest_unconfigure(config: pytest.Config) -> None:
    _STACK.close()


pytest_plugins = ["tests.support.fixtures"]
