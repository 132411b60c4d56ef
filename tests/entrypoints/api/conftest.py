"""Two companies after a business day each, made once per module; every test is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.support.api import Seeded, seeded
from tests.support.world import new_world


@pytest.fixture(scope="module")
def companies(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Seeded, Seeded]]:
    """Ours and theirs: the same business day, in two companies."""
    with django_db_blocker.unblock(), transaction.atomic():
        ours = seeded(new_world(seed="ours", slug="ours"), day="ours")
        theirs = seeded(new_world(seed="theirs", slug="theirs", name="Andere GmbH"), day="theirs")
        yield ours, theirs
        transaction.set_rollback(True)


@pytest.fixture
def ours(companies: tuple[Seeded, Seeded]) -> Iterator[Seeded]:
    """Our company; what a test changes is taken back."""
    with transaction.atomic():
        yield companies[0]
        transaction.set_rollback(True)


@pytest.fixture
def theirs(companies: tuple[Seeded, Seeded]) -> Seeded:
    return companies[1]
