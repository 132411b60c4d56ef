"""The date on which VAT becomes chargeable (EN 16931 BT-7), where it is not the date of issue.

Directive 2006/112/EC: tax becomes chargeable when goods are delivered or services done (art. 63),
and a state may move it to the invoice (art. 66 (a)); so it lies between the two. Tax that becomes
chargeable when money comes (art. 66 (b), such as Romania's "TVA la incasare") has no date before
the payment: it is told by a code (BT-8), and never beside a date (BR-CO-03).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from acquit.core.faults import Fault

HEADER = "tax_point"  # where a plan keeps it, as an ISO date
_LAW = "Directive 2006/112/EC art. 63, 66"


def tax_point_of(header: Mapping[str, Any]) -> date | None:
    """The tax point of a plan or a document; None where nobody chose one."""
    text = header.get(HEADER)
    return date.fromisoformat(text) if text else None


def tax_point_fault(*, header: Mapping[str, Any], issued_on: date) -> Fault | None:
    """Why a document with this header cannot have its tax point if it is issued on the day.

    >>> header = {"tax_point": "2026-03-05", "delivered_on": "2026-03-02"}
    >>> tax_point_fault(header=header, issued_on=date(2026, 3, 4)).message
    'the tax point 2026-03-05 is after the date of issue 2026-03-04'
    >>> tax_point_fault(header=header, issued_on=date(2026, 3, 9)) is None
    True
    """
    day = tax_point_of(header)
    if day is None:
        return None
    if day > issued_on:
        message = f"the tax point {day.isoformat()} is after the date of issue {issued_on}"
        return Fault(
            "draft.tax_point", message, HEADER, _LAW, f"choose {issued_on.isoformat()} or before"
        )
    first = _first_day(header)
    if first is not None and day < first:
        message = (
            f"the tax point {day.isoformat()} is before {first.isoformat()}, the first day that"
            " this document is about"
        )
        return Fault(
            "draft.tax_point", message, HEADER, _LAW, f"choose {first.isoformat()} or later"
        )
    return None


def _first_day(header: Mapping[str, Any]) -> date | None:
    """The first delivery, or the invoice that is corrected."""
    preceding = header.get("preceding") or {}
    text = preceding.get("issued_on") or header.get("period_start") or header.get("delivered_on")
    return date.fromisoformat(text) if text else None
