"""The data of the statement and quittance templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from acquit.core.codecs.pdf.branding import Branding
from acquit.core.codecs.pdf.display import Display
from acquit.core.codecs.pdf.layout import frame, spaced_iban
from acquit.core.documents.account import Movement, Quittance, Statement, StatementItem
from acquit.core.money import Money
from acquit.core.words import amount_in_words


def statement_data(
    *, statement: Statement, branding: Branding, display: Display, mentions: Sequence[str]
) -> dict[str, Any]:
    data = frame(
        display=display,
        branding=branding,
        title=display.label("statement"),
        number=statement.number,
        seller=statement.issuer,
        recipient=statement.customer,
    )
    columns = ("issue_date", "movement", "document", "debit_column", "credit_column", "balance")
    item_columns = ("document", "issue_date", "due_date", "overdue_days", "original", "open")
    customer = statement.customer
    number = customer.identifiers[0].value if customer.identifiers else None
    meta: list[tuple[str, str | None]] = [
        ("issue_date", display.date(statement.end)),
        ("period", f"{display.date(statement.start)} – {display.date(statement.end)}"),
        ("customer_number", number),
        ("buyer_vat_id", customer.vat_id),
        ("closing", display.money(statement.closing)),
    ]
    transfer = statement.pay_to
    payment = None
    if transfer and statement.closing.minor > 0:
        pairs = (
            ("account_name", transfer.account_name or statement.issuer.name),
            ("account", spaced_iban(transfer.account)),
            ("bank", transfer.bank_id),
        )
        payment = [[display.label(key), value] for key, value in pairs if value]
    return {
        **data,
        "meta": [[display.label(key), value] for key, value in meta if value],
        "columns": [display.label(key) for key in columns],
        "opening": [display.date(statement.start), display.figure(statement.opening)],
        "movements": _movements(statement.opening, statement.movements, display),
        "closing": [display.label("closing"), display.money(statement.closing)],
        "item_columns": [display.label(key) for key in item_columns],
        "items": [_item(item, statement, display) for item in statement.items],
        "total_open": display.figure(statement.closing),
        "payment": payment,
        "small": list(mentions),
    }


def _movements(
    opening: Money, movements: Sequence[Movement], display: Display
) -> list[dict[str, Any]]:
    rows = []
    balance = opening
    for movement in movements:
        balance = balance + movement.amount
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
                "balance": display.figure(balance),
            }
        )
    return rows


def _item(item: StatementItem, statement: Statement, display: Display) -> dict[str, Any]:
    late = (statement.end - item.due_date).days if item.due_date else 0
    return {
        "number": item.number,
        "issued": display.date(item.issue_date),
        "due": display.date(item.due_date) if item.due_date else "–",
        "overdue": str(late) if late > 0 else "–",
        "late": late > 0 and item.open.minor > 0,
        "original": display.figure(item.original),
        "open": display.figure(item.open),
    }


def quittance_data(
    *, quittance: Quittance, branding: Branding, display: Display, mentions: Sequence[str]
) -> dict[str, Any]:
    data = frame(
        display=display,
        branding=branding,
        title=display.label("quittance"),
        number=quittance.number,
        seller=quittance.issuer,
        recipient=quittance.payer,
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
            }
            for item in quittance.items
        ],
        "purpose": quittance.purpose,
        "received_by": quittance.received_by,
        "cancelled": quittance.cancelled,
        "small": list(mentions),
    }
