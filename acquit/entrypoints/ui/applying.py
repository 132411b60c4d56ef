"""The Apply page put together: the queue, the receipt with its recognised words, the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from acquit.access import presence
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.database.together import Together
from acquit.entrypoints.ui import asking, links
from acquit.entrypoints.ui.choices import rest_ways, search, total_of
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.components.repeat import Row
from acquit.entrypoints.ui.components.status import status
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.proposed import (
    is_twice,
    known_payer,
    leave_words,
    mark_closed,
    own_ways,
    owner,
    proposal,
    ways_text,
)
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.words import (
    adjustment_title,
    advice_title,
    aside_title,
    gap_title,
    part_title,
    reason_title,
    rule_words,
)
from acquit.stages.matching import queries
from acquit.stages.matching.queries import waiting
from acquit.stages.matching.queries.questions import (
    QuestionView,
    questions_of,
    views_of,
    whom_to_ask,
)
from acquit.stages.matching.queries.waiting import Group
from acquit.stages.matching.rules.gaps import OVERPAID
from acquit.stages.receipts.queries import Said, said_of

LEFT_TO_DO = (Group.SUGGESTED, Group.NEEDS_YOU)
QUEUE_ROWS = 50
TEXT_SHOWN = 60  # signs of what the payer wrote
CURSOR_MAX = 2**62
SURE = Decimal("0.9")  # an answer that is less likely says how likely it is
PROPOSALS_SHOWN = 3
LEAVE = "leave"  # what the policy says to an answer that is not worth showing


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the receipt's text; ``kind`` is "" where nothing was recognised."""

    text: str
    kind: str


def start_of_day(frame: Frame) -> datetime:
    """Midnight of the accounting day where the company is: since then an act is today's."""
    zone = ZoneInfo(frame.company.timezone)
    return datetime.combine(frame.ctx.today, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Queue:
    """The groups, and the order in which receipts are worked off."""

    groups: tuple[dict[str, Any], ...]
    order: tuple[UUID, ...]
    numbers: waiting.KeyNumbers
    place: str  # the query that keeps the turned page, for every address on it

    def following(self, receipt_id: UUID) -> UUID | None:
        """The receipt after this one, or the first other one, or None when all is done."""
        others = [one for one in self.order if one != receipt_id]
        if receipt_id not in self.order:
            return others[0] if others else None
        later = self.order[self.order.index(receipt_id) + 1 :]
        return later[0] if later else (others[0] if others else None)


def queue(frame: Frame, selected: UUID | None) -> Queue:
    """The queue with counts and totals of each group; ``?group=…&after=…`` turns the pages of one
    group. A page that was worked off gives way to the first one."""
    since, turned = start_of_day(frame), _turned(frame)
    path = links.receipt(selected) if selected else reverse("apply")
    numbers = waiting.key_numbers(company_id=frame.company_id, since=since, today=frame.ctx.today)
    titles = {
        Group.SUGGESTED: _("Suggested"),
        Group.NEEDS_YOU: _("Needs you"),
        Group.ASIDE: _("Put aside"),
        Group.AUTO: _("Applied by rules today"),
    }
    wanted = _wanted(turned)
    pages = _pages(frame, since, wanted)
    if wanted and not pages[wanted[0]].rows:
        wanted, pages = None, _pages(frame, since, None)
    groups: list[dict[str, Any]] = []
    order: list[UUID] = []
    language = _language(frame)
    place = f"?{turned.urlencode()}" if wanted else ""
    for group in (Group.SUGGESTED, Group.NEEDS_YOU, Group.ASIDE, Group.AUTO):
        page, is_turned = pages[group], wanted is not None and wanted[0] is group
        query = turned if is_turned else QueryDict(f"group={group}")
        following = "_".join(map(str, page.next)) if page.next else ""
        sums = [total for total in numbers.totals if total.group is group]
        count = sum(total.count for total in sums)
        groups.append(
            {
                "code": str(group),
                "title": titles[group],
                "count": count,
                "totals": [Money(total.minor, total.currency) for total in sums],
                "rows": [_queue_row(row, selected, place, language) for row in page.rows],
                "pages": links.pages_of(path, query, following),
                "is_auto": group is Group.AUTO,
                "is_open": group in LEFT_TO_DO
                or is_turned
                or any(row.receipt_id == selected for row in page.rows),
            }
        )
        if group in LEFT_TO_DO:
            order += [row.receipt_id for row in page.rows]
    return Queue(tuple(groups), tuple(order), numbers, place)


def _turned(frame: Frame) -> QueryDict:
    """The part of the address that says which group is turned to which page; often empty."""
    asked, query = frame.request.GET, QueryDict(mutable=True)
    if asked.get("group") and asked.get("after"):
        for name in ("group", "after", links.BACK):
            query.setlist(name, asked.getlist(name))
    return query


def place(frame: Frame) -> str:
    """The query that keeps the turned page of the queue; empty on the first ones."""
    query = _turned(frame)
    return f"?{query.urlencode()}" if query else ""


def _wanted(turned: QueryDict) -> tuple[Group, waiting.Cursor] | None:
    """The group that is turned, and after what; None where the address names no group."""
    group, after = turned.get("group", ""), turned.get("after", "")
    if group not in set(Group):
        return None
    try:
        return Group(group), _cursor(after)
    except ValueError:
        raise Http404("no such page of the queue") from None


def _pages(
    frame: Frame, since: datetime, turned: tuple[Group, waiting.Cursor] | None
) -> dict[Group, waiting.QueuePage]:
    return waiting.queues(company_id=frame.company_id, since=since, limit=QUEUE_ROWS, turned=turned)


def _cursor(after: str) -> waiting.Cursor:
    """The turn, the day and the item of the last row; ValueError when it is not so."""
    turn, day, item = after.split("_")
    if abs(int(turn)) > CURSOR_MAX:
        raise ValueError("not a number of ours")
    return int(turn), date.fromisoformat(day), UUID(item)


def _queue_row(row: waiting.QueueRow, selected: UUID | None, place: str, language: str) -> Row:
    text = row.text
    return {
        "id": to_public("receipt", row.receipt_id),
        "url": links.receipt(row.receipt_id) + place,
        "payer": row.payer_name,
        "text": text if len(text) <= TEXT_SHOWN else Truncator(text).chars(TEXT_SHOWN),
        "on": row.received_on,
        "why": _state(row) or _why(row, language),
        "open": Money(row.open_minor or row.amount_minor, row.currency),
        "is_selected": row.receipt_id == selected,
    }


def _state(row: waiting.QueueRow) -> str:
    """Why it does not wait for us, or what came of a question; empty for most."""
    if row.aside:
        return aside_title(row.aside)
    return str(status(asking.STATUS[row.question]).word) if row.question else ""


def _why(row: waiting.QueueRow, language: str) -> str:
    """Why it stands where it does: what the matcher found, and why that was not enough."""
    if not row.reason:
        is_rest = row.open_minor < row.amount_minor
        return gap_title(OVERPAID) if is_rest else _("Not looked at yet")
    if not row.is_answered:
        return reason_title(row.reason)
    if row.rivals:
        return ways_text(row.rivals + 1)
    if row.rule or row.probability >= SURE:
        return reason_title(row.reason)
    sure = display.percent(row.probability.quantize(Decimal("0.01")), language=language)
    return f"{reason_title(row.reason)} · {sure}"


def head(numbers: waiting.KeyNumbers, frame: Frame) -> dict[str, Any]:
    """The key numbers: left to do, unapplied money, its oldest day, what the rules did."""
    unapplied = [total for total in numbers.totals if total.group is not Group.AUTO]
    sums: dict[str, int] = {}
    for total in unapplied:
        sums[total.currency] = sums.get(total.currency, 0) + total.minor
    currencies = sorted(sums, key=lambda code: (code != frame.company.currency, code))
    return {
        "suggested": sum(t.count for t in unapplied if t.group is Group.SUGGESTED),
        "left": sum(total.count for total in unapplied if total.group in LEFT_TO_DO),
        "unapplied": [Money(sums[code], code) for code in currencies]
        or [Money.zero(frame.company.currency)],
        "oldest_on": numbers.oldest_on,
        "returns": numbers.returns,
        "answers": numbers.answers,
        "unseen": numbers.unseen,
        "overdue": numbers.overdue,
        "auto": sum(total.count for total in numbers.totals if total.group is Group.AUTO),
        "auto_rate": None
        if numbers.auto_rate is None
        else display.percent(numbers.auto_rate, language=_language(frame)),
    }


def _language(frame: Frame) -> str:
    return str(getattr(frame.request, "LANGUAGE_CODE", "en"))


def pieces(text: str, spans: Sequence[tuple[int, int, str]]) -> list[Piece]:
    """The text cut at the recognised pieces; spans do not overlap and come in order."""
    found, at = [], 0
    for start, end, kind in spans:
        if start < at or end > len(text):
            continue
        if start > at:
            found.append(Piece(text[at:start], ""))
        found.append(Piece(text[start:end], kind))
        at = end
    if at < len(text):
        found.append(Piece(text[at:], ""))
    return found


def work(frame: Frame, receipt_id: UUID, asked: Together) -> dict[str, Any]:
    """The middle and right columns for one receipt, as asked for by the address; read together
    with what else was ``asked``."""
    others = asked.add(presence.others_at(frame.ctx, subject_id=receipt_id))
    kept = asked.add(questions_of(company_id=frame.company_id, receipt_id=receipt_id))
    whom = asked.add(whom_to_ask(company_id=frame.company_id, receipt_id=receipt_id))
    advised = asked.add(said_of(company_id=frame.company_id, receipt_id=receipt_id))
    detail = queries.receipt_detail(
        company_id=frame.company_id, receipt_id=receipt_id, beside=asked
    )
    if detail is None:
        raise Http404("no such receipt")
    receipt, item = detail.receipt, detail.item
    standing = [p for p in detail.proposals if p.state == "proposed" and p.items][:PROPOSALS_SHOWN]
    chosen_at = _chosen_at(frame, standing, is_awaited=detail.awaited is not None)
    people = detail.names
    left = Money(item.open_minor, item.currency)
    came = Money(receipt.amount_minor, receipt.currency)
    views = [proposal(frame, p, i, chosen_at, people, left) for i, p in enumerate(standing)]
    chosen = next((view for view in views if view["is_chosen"]), None)
    public = to_public("receipt", receipt.id)
    questions = views_of(company_id=frame.company_id, rows=kept.value)
    payer = whom.value.customer_id if whom.value else None
    sought = search(frame, left, receipt.received_on, standing, payer)
    text, choices = sought["find"] or sought["is_listed"], sought["choices"]
    used = total_of(choices, left) if text else (chosen["total"] if chosen else _none(left))
    return {
        "id": public,
        "url": links.receipt(receipt.id),
        "view": receipt,
        "others": others.value,
        "amount": came,
        "open": left,
        "pieces": pieces(receipt.text, detail.spans),
        "customer": people.get(item.customer_id) if item.customer_id else None,
        "owner": owner(standing[chosen_at], people) if chosen else "",
        "known": None if standing else known_payer(frame, detail),
        "aside": _aside(detail.aside),
        "awaited": detail.awaited,
        "customer_url": links.customer(item.customer_id),
        "line_url": links.bank_line(receipt.bank_line_id) if receipt.bank_line_id else "",
        "status": _status(item.open_minor, item.original_minor),
        "proposals": views,
        "chosen": chosen,
        "unlikely": views[0] if views and not chosen and not detail.awaited else None,
        "advices": [advice(one, came) for one in advised.value],
        "difference": difference(left, used)
        | {"ways": rest_ways(frame, choices, left - used) if text else own_ways(frame, chosen)}
        | {"closed_by": "" if text else mark_closed(frame, chosen, item.id)},
        "allocations": _allocations(detail, frame),
        "can_undo": any(
            one.is_active and one.adjustment != "returned" for one in detail.allocations
        ),
        "asking": asking.whom(whom.value),
        "quittance_url": reverse("quittance", args=[public]) if receipt.quittance_number else "",
        **sought,
        **_questions(frame, receipt_id, questions),
        **_payer(detail),
        **_unproposed(detail),
    }


def _questions(frame: Frame, receipt_id: UUID, questions: Sequence[QuestionView]) -> dict[str, Any]:
    """What the customer was asked last, unless his answer applied itself, and all that came of
    it."""
    latest = asking.row(questions[0], frame.ctx.now) if questions else None
    return {
        "question": latest if latest and latest["status"] != "applied" else None,
        "is_asked": latest is not None and latest["is_open"] and not latest["is_expired"],
        "events": asking.events(frame.company_id, receipt_id, questions),
    }


def _chosen_at(frame: Frame, standing: Sequence[queries.ProposalView], *, is_awaited: bool) -> int:
    """The proposal that the address asks for, else the first; -1 where the policy leaves the money
    or a second person decides: its answers are shown, and taken by nobody who did not ask for
    one."""
    number = frame.request.GET.get("proposal", "")
    if number.isdecimal() and 0 < int(number) <= len(standing):
        return int(number) - 1
    is_left = is_awaited or (standing and standing[0].action == LEAVE)
    return -1 if is_left else 0


def _unproposed(detail: queries.ReceiptDetail) -> dict[str, Any]:
    """Why nothing is proposed: the matcher's words, or that the money is what another act left."""
    return {
        "no_reason": leave_words(detail.proposals),
        "is_twice": is_twice(detail.proposals),
        "is_rest": 0 < detail.item.open_minor < detail.item.original_minor,
    }


def _payer(detail: queries.ReceiptDetail) -> dict[str, bool]:
    """Whether a person may still say who paid, or take that back: while all of it is open."""
    is_whole = detail.item.open_minor == detail.item.original_minor
    is_known = detail.item.customer_id is not None
    return {
        "can_identify": is_whole and not is_known,
        "can_withdraw": is_whole and is_known and detail.receipt.customer_id is None,
    }


def _aside(view: queries.AsideView | None) -> dict[str, Any] | None:
    if view is None:
        return None
    return {"word": aside_title(view.reason), "view": view}


def _status(open_minor: int, original_minor: int) -> str:
    if open_minor == original_minor:
        return "unapplied"
    return "partly_applied" if open_minor else "applied"


def _none(left: Money) -> Money:
    return Money.zero(left.currency)


def advice(view: Said, money: Money) -> dict[str, Any]:
    """What an advice says of the receipt, each line with the page of its place in the file, and
    what it says more or less than came; another currency is plain to see."""
    amount = Money(view.amount_minor, view.currency)
    off = amount - money if amount.currency == money.currency else None
    return {
        "payer": view.payer_name,
        "amount": amount,
        "is_other": amount != money,
        "more_than": off if off is not None and off.minor > 0 else None,
        "less_than": -off if off is not None and off.minor < 0 else None,
        "title": advice_title(view.kind),
        "number": view.number,
        "url": links.advice(view.id),
        "more": view.count - len(view.parts),
        "parts": [
            {
                "name": part.document or part_title(part.kind),
                "amount": Money(part.amount_minor, view.currency),
                "url": reverse(
                    "remittance_part", args=[to_public("advice", view.id), part.position]
                ),
            }
            for part in view.parts
        ],
    }


def difference(left: Money, chosen: Money) -> dict[str, Any]:
    """Money to apply, what is chosen, what stays; more than there is cannot be applied."""
    rest = left - chosen
    return {"left": left, "chosen": chosen, "rest": rest, "is_over": rest.minor < 0}


def _allocations(detail: queries.ReceiptDetail, frame: Frame) -> list[dict[str, Any]]:
    return [
        {
            "number": one.debit_number or adjustment_title(one.adjustment),
            "url": links.invoice(one.document_id) if one.document_id else "",
            "amount": Money(one.amount_minor, one.currency),
            "on": one.effective_on,
            "why": rule_words(one.rule) or said(one.reason),
            "is_active": one.is_active,
            "is_reversal": one.reverses_id is not None,
        }
        for one in detail.allocations
    ]
