"""The books: accounts, their postings, entries and what caused them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from acquit.core.money import Money
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Routes, not_found, public_id
from acquit.entrypoints.api.problems import NotFound
from acquit.entrypoints.api.schemas import (
    CursorText,
    Day,
    DecimalText,
    Limit,
    MoneyValue,
    Page,
    Strict,
    SubjectId,
    public,
    subject_id,
)
from acquit.stages.ledger import queries as ledger
from acquit.stages.ledger.queries import AccountLine, Cursor, EntryView

routes = Routes("ledger")
FIRST_DAY = date(1970, 1, 1)


class AccountOut(Strict):
    """An account with its balance in the company's currency; debit plus."""

    code: str
    name: str
    type: str
    control: str
    balance: MoneyValue


class PostingOut(Strict):
    """One posting; ``functional`` and ``balance`` are in the company's currency, debit plus.
    ``subject`` is the UUID of what was booked."""

    entry_id: str
    booked_on: date
    text: str
    posting_rule: str
    subject: UUID
    customer_id: str | None
    debit: MoneyValue
    credit: MoneyValue
    functional: DecimalText
    balance: DecimalText

    @classmethod
    def of(cls, line: AccountLine, home: str) -> PostingOut:
        return cls.model_construct(
            entry_id=public("entry", line.entry_id),
            booked_on=line.booked_on,
            text=line.text,
            posting_rule=line.posting_rule,
            subject=line.subject_id,
            customer_id=public("customer", line.customer_id),
            debit=MoneyValue.of(line.debit_minor, line.currency),
            credit=MoneyValue.of(line.credit_minor, line.currency),
            functional=str(Money(line.functional_minor, home).decimal),
            balance=str(Money(line.balance_minor, home).decimal),
        )


class EntryLineOut(Strict):
    line_no: int
    account: str
    account_name: str
    customer_id: str | None
    debit: MoneyValue
    credit: MoneyValue
    functional: MoneyValue


class EntryOut(Strict):
    """A balanced entry and the fact that caused it."""

    id: str
    booked_on: date
    recorded_at: datetime
    fact: UUID
    posting_rule: str
    subject: UUID
    text: str
    reverses_id: str | None
    reversed_by_id: str | None
    lines: list[EntryLineOut]

    @classmethod
    def of(cls, view: EntryView, home: str) -> EntryOut:
        lines = [
            EntryLineOut(
                line_no=line.line_no,
                account=line.account,
                account_name=line.account_name,
                customer_id=public("customer", line.customer_id),
                debit=MoneyValue.of(line.debit_minor, line.currency),
                credit=MoneyValue.of(line.credit_minor, line.currency),
                functional=MoneyValue.of(line.functional_minor, home),
            )
            for line in view.lines
        ]
        return cls(
            id=public("entry", view.id) or "",
            booked_on=view.booked_on,
            recorded_at=view.recorded_at,
            fact=view.fact_id,
            posting_rule=view.posting_rule,
            subject=view.subject_id,
            text=view.text,
            reverses_id=public("entry", view.reverses_id),
            reversed_by_id=public("entry", view.reversed_by_id),
            lines=lines,
        )


@routes.get("/ledger/accounts", "read.ledger", Page[AccountOut])
def list_accounts(frame: Frame, as_at: Day | None = None) -> Page[AccountOut]:
    """The accounts with a balance on a day, by code; all at once."""
    found = ledger.trial_balance(company_id=frame.company_id, as_at=as_at or frame.ctx.today)
    items = [
        AccountOut(
            code=a.code,
            name=a.name,
            type=a.type,
            control=a.control,
            balance=MoneyValue.of(a.debit_minor - a.credit_minor, found.currency),
        )
        for a in found.accounts
    ]
    return Page(items=items)


@routes.get("/ledger/accounts/{code}/postings", "read.ledger", Page[PostingOut])
def list_postings(
    frame: Frame,
    code: str,
    since: Day = FIRST_DAY,
    until: Day | None = None,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[PostingOut]:
    """The postings of an account in order, with the balance after each."""
    parts = cursors.decode(cursor, date, UUID, int)
    page = ledger.account_ledger(
        company_id=frame.company_id,
        account=code.replace("\x00", ""),
        since=since,
        until=until or frame.ctx.today,
        limit=limit,
        after=Cursor(*parts) if parts else None,
    )
    if page is None:
        raise NotFound.because("account.unknown", "there is no such account")
    more = None
    if page.next:
        more = cursors.encode(page.next.booked_on, page.next.posting_id, page.next.balance_minor)
    items = [PostingOut.of(line, page.currency) for line in page.lines]
    return Page.model_construct(items=items, next=more)


@routes.get("/ledger/entries", "read.ledger", Page[EntryOut])
def list_entries(frame: Frame, subject: SubjectId) -> Page[EntryOut]:
    """The entries of one object (invoice, receipt, bank line, allocation), the oldest first."""
    found = ledger.entries_about(company_id=frame.company_id, subject_ids=[subject_id(subject)])
    return Page(items=[EntryOut.of(view, frame.company.currency) for view in found])


@routes.get("/ledger/entries/{entry_id}", "read.ledger", EntryOut)
def get_entry(frame: Frame, entry_id: str) -> EntryOut:
    """One entry with its lines."""
    view = ledger.entry(company_id=frame.company_id, entry_id=public_id("entry", entry_id))
    if view is None:
        raise not_found("entry")
    return EntryOut.of(view, frame.company.currency)
