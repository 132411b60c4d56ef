"""A job exists when, and only when, what queued it commits; also inside a worker."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from acquit.jobs import enqueue
from acquit.stages.dispatch.commands.send import JOB


def queued(company: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE args->>'company_id' = %s", [company]
        )
        (count,) = cursor.fetchone()
    return int(count)


def queue_and_fail(company: str) -> None:
    with transaction.atomic():
        enqueue(JOB, [{"company_id": company, "ids": []}])
        assert queued(company) == 1
        raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", ["a page", "a worker"])
def test_a_job_shares_the_fate_of_its_transaction(inside: str) -> None:
    ours = app.connector
    assert isinstance(ours, DjangoConnector)
    connector = ours if inside == "a page" else ours.get_worker_connector()
    with app.replace_connector(connector):
        with pytest.raises(ZeroDivisionError):
            queue_and_fail(inside)
        assert queued(inside) == 0
        enqueue(JOB, [{"company_id": inside, "ids": []}, {"company_id": inside, "ids": ["a"]}])
        assert queued(inside) == 2
