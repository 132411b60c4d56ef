"""What a payer says of each document that he pays: ``RmtInf/Strd/RfrdDocAmt`` of camt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from acquit.core.codecs.amounts import DIGITS_MAX, BadAmount, minor_of
from acquit.core.codecs.camt.machine import Record
from acquit.core.documents.bank import ToldDocument
from acquit.core.money import Money

_CREDIT = frozenset({"CREN", "CRNT"})  # types of documents that are credit notes


def told_of(several: Sequence[Record], currency: str) -> tuple[ToldDocument, ...]:
    """One for each document with amounts in the currency of the money. Amounts for several
    documents together, or that cannot be read, say nothing of any of them; nor do amounts that are
    more together than a column holds."""
    found = tuple(_all(several, currency))
    total = sum(abs(one.paid_minor) + abs(one.discount_minor) for one in found)
    return found if total < 10**DIGITS_MAX else ()


def _all(several: Sequence[Record], currency: str) -> Iterator[ToldDocument]:
    for one in several:
        if len(one["documents"]) == 1:
            try:
                found = _told(one, currency)
            except BadAmount:
                continue
            if found is not None:
                yield found


def _told(one: Record, currency: str) -> ToldDocument | None:
    due, credit, remitted = (_amount(one, key, currency) for key in ("due", "credit", "remitted"))
    discount, tax, adjusted = (
        sum(minor_of(text, currency) for text in one.get(key, ()))
        for key in ("discount", "tax", "adjusted")
    )
    (document,) = one["documents"]
    is_credit = not _CREDIT.isdisjoint(one["types"]) or (due is None and remitted is None)
    if is_credit:
        given = next((minor for minor in (remitted, credit, due) if minor), None)
        return ToldDocument(document, -given) if given else None
    if due is not None and remitted is None:
        remitted = due - discount - (credit or 0) - adjusted
    if remitted is None:
        return None
    # Tax of a document is told whether it was kept back or not: what is missing says it.
    off = adjusted if due is None else due - remitted - discount - (credit or 0)
    reasons = list(one.get("reasons", ()))
    if off > 0 and off == tax and not reasons:
        reasons = ["TAX"]
    reason = " ".join([str(Money(off, currency)), *reasons]) if off > 0 else ""
    return ToldDocument(document, remitted, discount, reason)


def _amount(one: Record, key: str, currency: str) -> int | None:
    text, unit = one.get(key, ("", ""))
    if not text:
        return None
    if unit != currency:
        raise BadAmount(f"{unit} is not {currency}")
    return minor_of(text, currency)
