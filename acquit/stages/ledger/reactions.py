"""What the ledger does when a fact from the left arrives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from acquit.core import packs
from acquit.core.context import Context
from acquit.history.facts import Recorded
from acquit.history.unit import Calendar
from acquit.stages.ledger.commands.post import chart, locked_months, post
from acquit.stages.ledger.models import Account
from acquit.stages.ledger.rules.periods import booking_day
from acquit.stages.masterdata.facts import CompanyCreated


def open_chart(ctx: Context, created: Sequence[Recorded[CompanyCreated]]) -> None:
    """A new company gets the chart of accounts of its country pack."""
    Account.objects.bulk_create(
        Account(
            id=ctx.ids.new(),
            company_id=item.fact.subject_id,
            code=spec.code,
            name=spec.name,
            type=spec.type,
            control=spec.control,
        )
        for item in created
        for spec in packs.get(item.fact.country).accounts
    )


def calendar(company_id: UUID) -> Calendar:
    """Days of locked months count on the first open day after them. Whoever asks is about to
    book: the chart is read too, before the rows that a question would have to wait for."""
    locked = locked_months(company_id)
    chart(company_id)
    return cache(lambda day: booking_day(day, locked=locked))


def book(ctx: Context, facts: Sequence[Recorded[Any]]) -> None:
    """Every fact of the posting table enters the books in its own transaction."""
    post(ctx=ctx, facts=facts, are_new=True)
