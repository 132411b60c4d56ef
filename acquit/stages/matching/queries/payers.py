"""Whose account money came from, where nothing else says whose it is."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.stages.matching.queries.lessons import lessons
from acquit.stages.matching.rules.learning import ACCOUNT
from acquit.stages.receivables.queries import paid_for


def payer_of_account(*, company_id: UUID, iban: str, since: date) -> UUID | None:
    """The one customer whose account it is: by his own particulars, or by what was applied of its
    money before, as far as that counts. None where it is nobody's, or several customers'."""
    if not iban:
        return None
    rows = fetch_rows(
        "SELECT id FROM masterdata_customer WHERE company_id = %s AND iban = %s LIMIT 2",
        [company_id, iban],
    )
    found = {row[0] for row in rows}
    known = lessons(company_id=company_id)
    paid = paid_for(company_id=company_id, since=since, ibans=[iban], names=[])
    found |= {
        one.customer_id for one in paid if known.knows(ACCOUNT, one.payer_iban, one.customer_id)
    }
    return found.pop() if len(found) == 1 else None
