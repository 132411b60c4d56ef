"""The form in which somebody says once what the columns of a table are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from acquit.core.codecs import columns, printed, sheet
from acquit.stages.receipts.rules.advice_files import opened
from acquit.stages.receipts.rules.tables import BANK, is_table, proposal_of

TITLES = {
    "date": _("Day"),
    "value_date": _("Value day"),
    "amount": _("Amount"),
    "debit": _("Money out"),
    "credit": _("Money in"),
    "currency": _("Currency"),
    "account": _("Own account"),
    "name": _("Other party"),
    "iban": _("IBAN of the other party"),
    "text": _("Text"),
    "reference": _("Reference"),
    "end_to_end": _("End-to-end reference"),
    "balance": _("Balance"),
    "document": _("Document"),
    "discount": _("Discount"),
    "number": _("Payment number"),
}
DAYS = {
    "%Y-%m-%d": "2026-01-31",
    "%d.%m.%Y": "31.01.2026",
    "%d/%m/%Y": "31/01/2026",
    "%d-%m-%Y": "31-01-2026",
    "%d.%m.%y": "31.01.26",
    "%d/%m/%y": "31/01/26",
    "%m/%d/%Y": "01/31/2026",
    "%Y%m%d": "20260131",
    "%Y/%m/%d": "2026/01/31",
}
SAID = ("account", "opening", "closing", "customer", "currency", "document", "reason")


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of the form: what it is for, and the column that is chosen for it."""

    name: str
    title: str
    column: str


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """What the columns of the first table seem to be, or were said to be. ``rows`` are its first
    ones, each as wide as ``header``."""

    choices: tuple[Choice, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    decimal_mark: str
    day: str
    is_bank: bool
    is_whole: bool

    @property
    def days(self) -> list[tuple[str, str]]:
        return list(DAYS.items())


def form_of(filename: str, content: bytes, *, use: str, said: str) -> ColumnForm | None:
    """The form for a file of this use, None where no table with a header is in it."""
    envelope = opened(filename, content)
    proposal = None
    for inner in sorted(envelope.inner, key=lambda inner: inner.rank):
        if not is_table(inner.body, use=use):
            continue
        try:
            proposal = proposal_of(inner.body, use=use)
        except (sheet.CannotRead, printed.CannotRead):
            continue
        if proposal is not None:
            break
    if proposal is None:
        return None
    layout = proposal.layout
    chosen = {what: names[0] for what, names in layout.columns.items()}
    change: Mapping[str, str] = json.loads(said) if said.startswith("{") else {}
    chosen |= {what: column for what, column in change.items() if what in TITLES}
    wide = len(proposal.header)
    return ColumnForm(
        choices=tuple(
            Choice(name, str(TITLES[name]), chosen.get(name, "")) for name in columns.fields(use)
        ),
        header=proposal.header,
        rows=tuple((*line.cells, *[""] * wide)[:wide] for line in proposal.lines),
        decimal_mark=change.get("decimal_mark", layout.decimal_mark),
        day=change.get("dates", layout.dates[0]),
        is_bank=use == BANK,
        is_whole=proposal.is_whole,
    )


def said_in(post: QueryDict) -> str:
    """What was chosen, as the import takes it; "" where nothing was asked."""
    if "column_decimal_mark" not in post:
        return post.get("map", "")
    change = {name: post.get(f"column_{name}", "") for name in TITLES if f"column_{name}" in post}
    change["decimal_mark"] = post.get("column_decimal_mark", "")
    change["dates"] = post.get("column_dates", "")
    return json.dumps(change)
