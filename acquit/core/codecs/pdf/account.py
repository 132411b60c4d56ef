"""The data of the statement, reminder and quittance templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from acquit.core.codecs.pdf.branding import Branding
from acquit.core.codecs.pdf.display import Display
from acquit.core.codecs.pdf.layout import frame, sums
from acquit.core.codecs.pdf.payment import Asked, payment_part
from acquit.core.documents.account import Quittance, Reminder, Statement, StatementItem
from acquit.core.documents.parties import Party
from acquit.core.looks import Words
from acquit.core.money import Money
from acquit.core.words import amount_in_words

_ITEM_COLUMNS = ("document", "issue_date", "due_date", "overdue_days", "original", "open")


def statement_data(
    *,
    statement: Statement,
    branding: Branding,
    display: Display,
    mentions: Sequence[str],
    words: Words,
) -> dict[str, Any]:
    data = frame(
        display=display,
        branding=branding,
        title=display.label("statement"),
        number=statement.number,
        seller=statement.issuer,
        recipient=statement.customer,
        words=words,
    )
    columns = ("issue_date", "movement", "document", "debit_column", "credit_column", "balance")
    meta: list[tuple[str, str | None]] = [
        ("issue_date", display.date(statement.end)),
        ("period", f"{display.date(statement.start)} – {display.date(statement.end)}"),
        *_of_customer(statement.customer),
        ("closing", display.money(statement.closing)),
    ]
    payment = None
    if statement.pay_to and statement.closing.minor > 0:
        payment = payment_part(
            asked=_asked(
                statement, statement.closing, None, statement.reference or statement.number
            ),
            display=display,
        )
    return {
        **data,
        "meta": [[display.label(key), value] for key, value in meta if value],
        "columns": [display.label(key) for key in columns],
        "movements": _movements(statement, display),
        "closing": [display.label("closing"), display.money(statement.closing)],
        "item_columns": [display.label(key) for key in _ITEM_COLUMNS],
        "items": _items(statement.items, statement.end, display),
        "total_open": display.money(statement.closing),
        "payment": payment,
        "small": list(mentions),
    }


def reminder_data(
    *,
    reminder: Reminder,
    branding: Branding,
    display: Display,
    mentions: Sequence[str],
    words: Words,
) -> dict[str, Any]:
    data = frame(
        display=display,
        branding=branding,
        title=display.label(f"reminder_{reminder.level}"),
        number=reminder.number,
        seller=reminder.issuer,
        recipient=reminder.customer,
        words=words,
    )
    meta: list[tuple[str, str | None]] = [
        ("issue_date", display.date(reminder.issue_date)),
        ("due_date", display.date(reminder.pay_by)),
        *_of_customer(reminder.customer),
        ("level", str(reminder.level)),
    ]
    asked = _asked(reminder, reminder.due, reminder.pay_by, reminder.reference or reminder.number)
    return {
        **data,
        "meta": [[display.label(key), value] for key, value in meta if value],
        "columns": [display.label(key) for key in _ITEM_COLUMNS],
        "items": _items(reminder.items, reminder.issue_date, display),
        "due": [display.label("late_total"), display.money(reminder.due)],
        "payment": payment_part(asked=asked, display=display),
        "small": list(mentions),
    }


def _of_customer(customer: Party) -> tuple[tuple[str, str | None], ...]:
    number = customer.identifiers[0].value if customer.identifiers else None
    return ("customer_number", number), ("buyer_vat_id", customer.vat_id)


def _asked(paper: Statement | Reminder, amount: Money, by: date | None, reference: str) -> Asked:
    return Asked(
        amount=amount,
        by=by,
        transfers=(paper.pay_to,) if paper.pay_to else (),
        reference=reference,
        payee=paper.issuer.name,
        seller=paper.issuer,
        buyer=paper.customer,
        message=paper.number,
    )


def _movements(statement: Statement, display: Display) -> list[dict[str, Any]]:
    """The balance brought into the period, then each movement with the balance after it."""
    balance = display.figure(statement.opening)
    opening: dict[str, Any] = {
        "day": display.date(statement.start),
        "kind": display.label("opening"),
        "reference": "",
        "text": None,
        "debit": "",
        "credit": "",
        "balance": balance,
        "running": balance,
    }
    rows = [opening]
    amounts = [movement.amount for movement in statement.movements]
    balances = sums([statement.opening, *amounts], display)[1:]
    for movement, balance in zip(statement.movements, balances, strict=True):
        amount = display.figure(abs(movement.amount))
        is_debit = movement.amount.minor >= 0
        rows.append(
            {
                "day": display.date(movement.day),
                "kind": display.label(f"kind_{movement.kind.value}"),
                "reference": movement.reference,
                "text": movement.text,
                "debit": amount if is_debit else "",
                "credit": "" if is_debit else amount,
                "balance": balance,
                "running": balance,
            }
        )
    return rows


def _items(items: Sequence[StatementItem], on: date, display: Display) -> list[dict[str, Any]]:
    running = sums([item.open for item in items], display)
    return [
        {**_item(item, on, display), "running": total}
        for item, total in zip(items, running, strict=True)
    ]


def _item(item: StatementItem, on: date, display: Display) -> dict[str, Any]:
    late = (on - item.due_date).days if item.due_date and item.open.minor > 0 else 0
    return {
        "number": item.number,
        "issued": display.date(item.issue_date),
        "due": display.date(item.due_date) if item.due_date else "–",
        "overdue": str(late) if late > 0 else "–",
        "late": late > 0,
        "original": display.figure(item.original),
        "open": display.figure(item.open),
    }


def quittance_data(
    *,
    quittance: Quittance,
    branding: Branding,
    display: Display,
    mentions: Sequence[str],
    words: Words,
) -> dict[str, Any]:
    data = frame(
        display=display,
        branding=branding,
        title=display.label("quittance"),
        number=quittance.number,
        seller=quittance.issuer,
        recipient=quittance.payer,
        words=words,
    )
    day = display.date(quittance.issue_date)
    meta = [[display.label("issue_date"), f"{quittance.place}, {day}" if quittance.place else day]]
    if quittance.payer.vat_id:
        meta.append([display.label("buyer_vat_id"), quittance.payer.vat_id])
    columns = [display.label(key) for key in ("document", "issue_date")]
    figure_column = display.label("amount")
    return {
        **data,
        "meta": meta,
        "payer": quittance.payer.name,
        "amount": display.money(quittance.amount),
        "words": amount_in_words(amount=quittance.amount, language=display.language),
        "means": display.label(f"means_{quittance.means.value}"),
        "columns": [*columns, figure_column],
        "items": [
            {
                "number": item.number,
                "day": display.date(item.issue_date),
                "amount": display.money(item.amount),
                "running": running,
            }
            for item, running in zip(
                quittance.items,
                sums([item.amount for item in quittance.items], display),
                strict=True,
            )
        ],
        "purpose": quittance.purpose,
        "received_by": quittance.received_by,
        "cancelled": quittance.cancelled,
        "small": list(mentions),
    }
