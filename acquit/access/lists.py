"""The lists whose filters can be kept under a name, and what each of their filters takes.

A list is named as its address is: the view of ``invoices`` opens under ``/invoices?...``.
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qsl, urlencode

from acquit.core.faults import Fault, Refused
from acquit.core.ids import from_public

TEXT, DAY, CUSTOMER = "text", "day", "customer"
TEXT_MAX = 80
DAYS = {"from": DAY, "to": DAY}
# Beside a kind of value there may be words to choose from, parted by bars.
LISTS: dict[str, dict[str, str]] = {
    "invoices": {
        "q": TEXT,
        "state": "open|overdue|paid|credited",
        "reporting": "due|late|reported",
        "kind": "invoice|credit_note|debit_note",
        "customer": CUSTOMER,
        **DAYS,
    },
    "customers": {"q": TEXT, "show": "placeholders"},
    "items": {"q": TEXT},
    "billing": {"tab": "review|ready", "q": TEXT},
    "deliveries": {
        "q": TEXT,
        "state": "open|drafted|billed",
        "kind": "delivery|return",
        "customer": CUSTOMER,
        **DAYS,
    },
    "sendings": {
        "q": TEXT,
        "state": "queued|sent|delivered|failed|cancelled",
        "channel": "email|portal|print",
        "customer": CUSTOMER,
        **DAYS,
    },
    "receipts": {
        "q": TEXT,
        "state": "unapplied|partly_applied|applied",
        "method": "bank|cash|card|cheque|direct_debit|payout",
        "customer": CUSTOMER,
        **DAYS,
    },
    "statements": {"q": TEXT, "state": "parked|accepted|discarded", **DAYS},
    "remittances": {
        "q": TEXT,
        "state": "waiting|linked",
        "kind": "payout|notification|remittance|bundle|balance|statement",
        **DAYS,
    },
    "apply/returns/decided": {
        "q": TEXT,
        "state": "settled|dismissed",
        "customer": CUSTOMER,
        **DAYS,
    },
    "apply/gaps": {
        "q": TEXT,
        "state": "open|overdue|adjusted|paid|credited|withdrawn",
        "kind": "short|discount|late_discount|bank_fee|withheld_tax|small_difference|exchange"
        "|error|unexplained|overpaid",
        "owner": "mine|cash_clerk|credit_controller|receivables_manager|accountant",
        "currency": TEXT,
        "customer": CUSTOMER,
    },
    "ageing/closed": {
        "by": "rule|person|approval",
        "who": TEXT,
        "reason": "discount|late_discount|bank_fee|small_difference|withheld_tax",
        "customer": CUSTOMER,
        **DAYS,
    },
    "ledger/entries": {"q": TEXT, "account": TEXT, "customer": CUSTOMER, **DAYS},
    "imports": {
        "q": TEXT,
        "kind": "customers|items|rates|accounts|orders|deliveries|bank|remittance|responses",
        "state": "done|rejected|undone",
        **DAYS,
    },
    "approvals/decided": {"q": TEXT, "state": "approved|rejected|withdrawn", **DAYS},
    "approvals/refused": {"q": TEXT, **DAYS},
}
# Where the reader is in the list is not part of what he looks for.
PLACES = frozenset({"after", "back"})


class CannotKeep(Refused):
    """There is no such list, or the list has no such filter or value; each fault names one."""


def kept(*, list_name: str, query: str) -> str:
    """The filter of an address in one form: filters in the order of the list, no empty ones, no
    place in the list. CannotKeep for anything that the list would not understand."""
    if list_name not in LISTS:
        fault = Fault("view.list", f"no list {list_name!r}", "list", fix=", ".join(LISTS))
        raise CannotKeep((fault,))
    filters = LISTS[list_name]
    given = dict(parse_qsl(query.lstrip("?")))
    faults = [
        fault
        for name, value in given.items()
        if name not in PLACES
        for fault in _faults(list_name, name, value)
    ]
    if faults:
        raise CannotKeep(faults)
    return urlencode([(name, given[name]) for name in filters if name in given])


def _faults(list_name: str, name: str, value: str) -> list[Fault]:
    takes = LISTS[list_name].get(name)
    if takes is None:
        fix = f"use {', '.join(LISTS[list_name])}"
        return [Fault("view.filter", f"{list_name} has no filter {name!r}", "query", fix=fix)]
    fix = {
        TEXT: f"write at most {TEXT_MAX} characters",
        DAY: "write it as 2026-01-31",
        CUSTOMER: "give the id of a customer",
    }.get(takes, f"use {takes.replace('|', ', ')}")
    if _fits(takes, value):
        return []
    return [Fault("view.value", f"the filter {name} cannot be {value[:40]!r}", "query", fix=fix)]


def _fits(takes: str, value: str) -> bool:
    if takes == TEXT:
        return len(value) <= TEXT_MAX and value.isprintable()
    try:
        if takes == DAY:
            return bool(date.fromisoformat(value))
        if takes == CUSTOMER:
            return bool(from_public("customer", value))
    except ValueError:
        return False
    return re.fullmatch(takes, value) is not None
