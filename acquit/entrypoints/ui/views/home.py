"""The first page: the queues this person works through, and how the company stands today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpResponse
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from acquit.access.models import ApprovalRequest, Company, User
from acquit.access.roles import ROLES
from acquit.core.money import Money
from acquit.database.copy import fetch_rows
from acquit.entrypoints.frame import accounting_day
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.frame import Frame, page
from acquit.stages.insight.queries import dso_of
from acquit.stages.invoices import queries as invoices
from acquit.stages.receivables.queries import AgeingTotals, ageing_totals
from acquit.stages.receivables.queries.billed import Billed, billed


@dataclass(frozen=True, slots=True)
class Tile:
    """One number and the list that sums to it. ``is_done`` when nothing waits there."""

    label: str
    url: str
    number: int | None = None
    value: Money | None = None
    text: str = ""
    note: str = ""
    tone: str = ""

    @property
    def is_done(self) -> bool:
        return self.number == 0


@require_GET
@page("read.history")
def home(frame: Frame) -> HttpResponse:
    """Queues first, figures below. Every number is a link."""
    user = frame.request.user
    assert isinstance(user, User)
    totals = ageing_totals(company_id=frame.company_id, as_at=frame.ctx.today, known_at=None)
    mine = _queues(frame)
    return frame.show(
        "home/page.html",
        {
            "queues": mine,
            "waits": any(not tile.is_done for tile in mine),
            "figures": _figures(frame, totals),
            "first_name": user.name.split(" ")[0],
            "wants_second_factor": not settings.DEMO and not is_mfa_enabled(user),
        },
    )


def _queues(frame: Frame) -> list[Tile]:
    """What waits for somebody with these rights; nothing for who may only read."""
    may, company_id = frame.may, frame.company_id
    tiles: list[Tile] = []
    if "invoices.issue" in may:
        tiles += _billing(company_id)
    elif "dispatch.link" in may:
        tiles += [_late(frame.company), _not_delivered(company_id)]
    if "matching.accept" in may:
        tiles += _cash(company_id)
    if "ledger.lock" in may:
        tiles.append(_unlocked(frame))
    if "access.approve" in may:
        count = _to_approve(company_id, frame.ctx.actor.id)
        tiles.append(
            Tile(_("Approvals waiting"), reverse("approvals"), count, tone="warn" if count else "")
        )
    if "jobs.retry" in may:
        tiles.append(_given_up(company_id))
    return tiles


def _late(company: Company) -> Tile:
    count = _overdue(company)
    url = f"{reverse('invoices')}?status=overdue"
    return Tile(_("Invoices overdue"), url, count, tone="bad" if count else "")


def _not_delivered(company_id: UUID) -> Tile:
    failed = _count(
        "SELECT count(*) FROM dispatch_dispatch WHERE company_id = %s AND state = 'failed'",
        company_id,
    )
    url = f"{reverse('billing')}?tab=rejected"
    return Tile(_("Not delivered"), url, failed, tone="bad" if failed else "")


def _unlocked(frame: Frame) -> Tile:
    """Months that are over and still open, as far back as there are entries."""
    ((count,),) = fetch_rows(
        "SELECT count(*) FROM generate_series(date_trunc('month', (SELECT min(booked_on)"
        "  FROM ledger_entry WHERE company_id = %(company)s)::timestamp),"
        "  date_trunc('month', %(today)s::timestamp) - interval '1 month', interval '1 month') m"
        " WHERE NOT EXISTS (SELECT 1 FROM ledger_period p WHERE p.company_id = %(company)s"
        "  AND p.state = 'locked' AND m::date BETWEEN p.starts_on AND p.ends_on)",
        {"company": frame.company_id, "today": frame.ctx.today},
    )
    return Tile(_("Months to lock"), f"{reverse('ledger')}#periods", int(count))


def _given_up(company_id: UUID) -> Tile:
    count = _count(
        "SELECT count(*) FROM procrastinate_jobs"
        " WHERE status = 'failed' AND args->>'company_id' = %s::text",
        company_id,
    )
    url = f"{reverse('health')}#parked"
    return Tile(_("Jobs given up"), url, count, tone="bad" if count else "")


def _billing(company_id: UUID) -> list[Tile]:
    drafts = invoices.waiting(company_id=company_id)
    billing = reverse("billing")
    review = drafts["review"].count + drafts["held"].count
    return [
        Tile(_("Drafts to review"), f"{billing}?tab=review", review, tone="warn" if review else ""),
        Tile(
            _("Ready to send"),
            f"{billing}?tab=ready",
            drafts["ready"].count,
            note=amounts_text(drafts["ready"].gross),
        ),
        _not_delivered(company_id),
    ]


def _cash(company_id: UUID) -> list[Tile]:
    """Receipts that settle nothing yet, and bank files that do not add up."""
    receipts = _count(
        "SELECT count(*) FROM receivables_open_item"
        " WHERE company_id = %s AND kind = 'receipt' AND open_minor > 0",
        company_id,
    )
    parked = _count(
        "SELECT count(*) FROM receipts_statement WHERE company_id = %s AND state = 'parked'",
        company_id,
    )
    return [
        Tile(_("Receipts to apply"), reverse("apply"), receipts, tone="warn" if receipts else ""),
        Tile(
            _("Parked bank statements"),
            f"{reverse('statements')}?state=parked",
            parked,
            tone="bad" if parked else "",
        ),
    ]


def _figures(frame: Frame, totals: AgeingTotals) -> list[Tile]:
    currency, ageing = frame.company.currency, reverse("ageing")
    home = totals.home
    days = dso_of(
        company_id=frame.company_id,
        as_at=frame.ctx.today,
        known_at=None,
        currency=currency,
        receivable_minor=home.receivable_minor,
    ).result
    return [
        Tile(_("Receivable"), ageing, value=Money(home.receivable_minor, currency)),
        Tile(
            _("Overdue"),
            f"{ageing}#age",
            value=Money(home.overdue_minor, currency),
            tone="bad" if home.overdue_minor > 0 else "",
        ),
        Tile(
            _("Unapplied money"),
            f"{ageing}?bucket=unapplied",
            value=Money(home.unapplied_minor, currency),
        ),
        Tile(
            _("DSO"),
            f"{ageing}#dso",
            text=floatformat(days.days, 1),
            note=_("days, by count-back"),
        ),
        _issued_this_week(frame),
    ]


def _issued_this_week(frame: Frame) -> Tile:
    since: date = frame.ctx.today - timedelta(days=6)
    days = billed(company_id=frame.company_id, since=since, until=frame.ctx.today)
    week = sum(days.values(), Billed())
    return Tile(
        _("Billed in seven days"),
        f"{reverse('invoices')}?from={since.isoformat()}&to={frame.ctx.today.isoformat()}",
        value=Money(week.minor, frame.company.currency),
        note=_("%(count)s documents") % {"count": week.documents},
    )


def amounts_text(amounts: Sequence[Money]) -> str:
    """Several currencies side by side, as the reader's language writes them."""
    language = get_language() or "en"
    return " + ".join(display.amount(amount, language=language) for amount in amounts)


def work_waiting(*, company: Company, user_id: UUID, role: str) -> str:
    """What waits for this person in this role, in one line, counted as his first page counts it;
    nothing where no queue is his."""
    if role == "billing_clerk":
        drafts = invoices.waiting(company_id=company.id)
        values = {
            "review": drafts["review"].count + drafts["held"].count,
            "ready": drafts["ready"].count,
        }
        return _("%(review)s drafts to review, %(ready)s ready to send") % values
    if role == "cash_clerk":
        count = _cash(company.id)[0].number or 0
        return ngettext("%(n)s receipt waiting", "%(n)s receipts waiting", count) % {"n": count}
    if role == "credit_controller":
        count = _overdue(company)
        return ngettext("%(n)s invoice overdue", "%(n)s invoices overdue", count) % {"n": count}
    if "access.approve" in ROLES.get(role, ()):
        count = _to_approve(company.id, user_id)
        return ngettext("%(n)s approval waiting", "%(n)s approvals waiting", count) % {"n": count}
    return ""


def _to_approve(company_id: UUID, user_id: UUID | None) -> int:
    """Requests that wait for somebody other than their maker."""
    waiting = ApprovalRequest.objects.of(company_id).filter(state="waiting")
    return waiting.exclude(maker_id=user_id).count()


def _overdue(company: Company) -> int:
    ((count,),) = fetch_rows(
        "SELECT count(*) FROM receivables_open_item WHERE company_id = %s AND kind = 'invoice'"
        " AND open_minor > 0 AND due_on < %s",
        [company.id, accounting_day(company)],
    )
    return int(count)


def _count(sql: str, company_id: UUID) -> int:
    return int(fetch_rows(sql, [company_id])[0][0])
