"""What customers were asked about their money, and what they answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from acquit.access.unscoped import link_of
from acquit.database.copy import fetch_rows
from acquit.database.together import Read, views
from acquit.stages.matching.queries import ProposalItem, item_of
from acquit.stages.matching.rules.asking import PURPOSE, asked_customer
from acquit.stages.receivables.queries import ItemView, items_by_id

SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class OptionView:
    """One answer that was offered, its documents as they stand now; none where the money stays on
    account. ``place`` counts from 1; ``total_minor`` is the receipt's money in it."""

    place: int
    reason: str
    items: tuple[ProposalItem, ...]
    total_minor: int


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question; ``left_minor`` is what of the receipt it is about. ``choice`` is the place of
    the answer, 0 for something else, None where there is none; ``why`` says why a person must look
    at it."""

    id: UUID
    receipt_id: UUID
    customer_id: UUID
    customer_name: str
    received_on: date
    payer_name: str
    text: str
    left_minor: int
    currency: str
    recipient: str
    state: str
    rule: str
    asked_at: datetime
    asked_by: str
    sent_at: datetime | None
    expires_at: datetime
    last_error: str
    choice: int | None
    answer_text: str
    why: str
    answered_at: datetime | None
    proposal_id: UUID | None
    options: tuple[OptionView, ...]

    @property
    def chosen(self) -> OptionView | None:
        return self.options[self.choice - 1] if self.choice else None


@dataclass(frozen=True, slots=True)
class QuestionLink:
    """A question's link that opens now, and who holds it."""

    id: UUID
    company_id: UUID
    question_id: UUID
    customer_id: UUID
    customer_name: str
    locale: str


_VIEW = (
    "SELECT q.id, q.receipt_id, q.customer_id, c.name AS customer_name, r.received_on,"
    " r.payer_name, r.text, q.left_minor, q.currency, q.recipient, q.state, q.rule, q.asked_at,"
    " q.asked_by, q.sent_at, q.expires_at, q.last_error, q.choice, q.answer_text, q.why,"
    " q.answered_at, q.proposal_id, q.options FROM matching_question q"
    " JOIN masterdata_customer c ON c.company_id = q.company_id AND c.id = q.customer_id"
    " JOIN receipts_receipt r ON r.company_id = q.company_id AND r.id = q.receipt_id"
    " WHERE q.company_id = %(company)s"
)


def open_question(*, token: str, now: datetime) -> QuestionLink | None:
    """What the token of a mail opens now; None when unknown, expired or taken back. Like a
    document's link it does not know its company yet."""
    link = link_of(token=token, purpose=PURPOSE, now=now)
    if link is None:
        return None
    rows = fetch_rows(
        "SELECT q.id, c.id, c.name, q.locale FROM matching_question q JOIN masterdata_customer c"
        " ON c.company_id = q.company_id AND c.id = q.customer_id"
        " WHERE q.company_id = %s AND q.id = %s",
        [link.company_id, link.subject_id],
    )
    return QuestionLink(link.id, link.company_id, *rows[0]) if rows else None


def question(*, company_id: UUID, question_id: UUID) -> QuestionView | None:
    rows = _read(f"{_VIEW} AND q.id = %(id)s", {"company": company_id, "id": question_id}).alone()
    return next(iter(views_of(company_id=company_id, rows=rows)), None)


def waiting(*, company_id: UUID, limit: int = SHOWN_MAX) -> list[QuestionView]:
    """Questions that are not done with: answers that wait for a person first, then the mails that
    could not be delivered, then those without an answer, the oldest first."""
    rows = _read(
        f"{_VIEW} AND q.state IN ('queued', 'asked', 'failed', 'answered')"
        " ORDER BY array_position(ARRAY['answered', 'failed'], q.state), q.asked_at, q.id"
        " LIMIT %(limit)s",
        {"company": company_id, "limit": limit},
    ).alone()
    return views_of(company_id=company_id, rows=rows)


def done(*, company_id: UUID, limit: int = 50) -> list[QuestionView]:
    """Questions that were answered and applied, closed or withdrawn, the latest first."""
    rows = _read(
        f"{_VIEW} AND q.state IN ('applied', 'closed', 'withdrawn')"
        " ORDER BY coalesce(q.decided_at, q.answered_at) DESC, q.id DESC LIMIT %(limit)s",
        {"company": company_id, "limit": limit},
    ).alone()
    return views_of(company_id=company_id, rows=rows)


def questions_of(*, company_id: UUID, receipt_id: UUID) -> Read[list[dict[str, Any]]]:
    """The questions about a receipt, the latest first, to be read beside the rest of its page;
    :func:`views_of` makes views of them."""
    return _read(
        f"{_VIEW} AND q.receipt_id = %(receipt)s ORDER BY q.asked_at DESC, q.id DESC",
        {"company": company_id, "receipt": receipt_id},
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """The customer who would be asked about a receipt."""

    customer_id: UUID
    name: str
    email: str


def whom_to_ask(*, company_id: UUID, receipt_id: UUID) -> Read[Asked | None]:
    """Who would be asked about the receipt, as the command decides it; None where nobody knows
    whose money it is."""

    def read(rows: Any) -> Asked | None:
        found = {row["customer_id"] and UUID(row["customer_id"]): row for row in rows}
        payer = next((key for key, row in found.items() if row["is_payer"]), None)
        chosen = asked_customer(payer, {key for key, row in found.items() if row["is_owner"]})
        row = found.get(chosen) if chosen else None
        return Asked(chosen, row["name"], row["email"]) if chosen and row else None

    return Read(_CONCERNED, {"company": company_id, "receipt": receipt_id}, read)


# Whoever is known to have paid, and whose documents or credit notes the matcher's answers name.
_CONCERNED = (
    "SELECT i.customer_id, c.name, c.email, coalesce(bool_or(i.receipt_id = %(receipt)s), false)"
    " AS is_payer, bool_or(i.receipt_id IS DISTINCT FROM %(receipt)s) AS is_owner"
    " FROM receivables_open_item i LEFT JOIN masterdata_customer c"
    " ON c.company_id = i.company_id AND c.id = i.customer_id"
    " WHERE i.company_id = %(company)s AND i.id = ANY(ARRAY(SELECT id FROM receivables_open_item"
    "  WHERE company_id = %(company)s AND receipt_id = %(receipt)s"
    " UNION ALL SELECT named.id::uuid FROM matching_proposal p"
    "  CROSS JOIN LATERAL jsonb_array_elements(p.items) AS share"
    "  CROSS JOIN LATERAL (VALUES (share ->> 'open_item'), (share ->> 'credit_item')) AS named (id)"
    "  WHERE p.company_id = %(company)s AND p.receipt_id = %(receipt)s AND p.state = 'proposed'"
    "  AND named.id <> '')) GROUP BY i.customer_id, c.name, c.email"
)


def views_of(*, company_id: UUID, rows: Sequence[Mapping[str, Any]]) -> list[QuestionView]:
    """With the documents of all answers as they stand now. One query, none without rows."""
    options = [option for row in rows for option in row["options"]]
    wanted = {UUID(share["open_item"]) for option in options for share in option["items"]}
    now = items_by_id(company_id=company_id, item_ids=sorted(wanted)) if wanted else {}
    return [_view(row, now) for row in rows]


def _view(row: Mapping[str, Any], now: Mapping[UUID, ItemView]) -> QuestionView:
    options = tuple(
        OptionView(
            place,
            one["reason"],
            tuple(item_of(share, now[UUID(share["open_item"])]) for share in one["items"]),
            one["total_minor"],
        )
        for place, one in enumerate(row["options"], start=1)
    )
    (view,) = views(QuestionView, [{**row, "options": options}])
    return view


def _read(sql: str, values: dict[str, Any]) -> Read[list[dict[str, Any]]]:
    return Read(sql, values, lambda rows: list(rows))
