"""The first page: the queues this person works through, and how the company stands today."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from acquit.access.models import Company, User
from acquit.access.roles import ROLES
from acquit.core.money import Money
from acquit.core.packs import get
from acquit.database.together import Answer, Read, Together, count
from acquit.entrypoints.frame import accounting_day
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.frame import Frame, page
from acquit.stages.insight.queries import dso_of
from acquit.stages.insight.queries.dso import first_day
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.queries import Waiting
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
    totals = ageing_totals(
        company_id=frame.company_id,
        as_at=frame.ctx.today,
        known_at=None,
        currency=frame.company.currency,
    )
    asked = Together()
    has_factor = asked.add(count(_FACTORS, {"user": user.id}))
    mine = [tile() for tile in _queues(frame, asked)]
    return frame.show(
        "home/page.html",
        {
            "queues": mine,
            "waits": any(not tile.is_done for tile in mine),
            "figures": _figures(frame, totals),
            "first_name": user.name.split(" ")[0],
            "wants_second_factor": not settings.DEMO and not has_factor.value,
        },
    )


_FACTORS = "SELECT count(*) FROM mfa_authenticator WHERE user_id = %(user)s"
_COUNTS = {
    "overdue": "SELECT count(*) FROM receivables_open_item WHERE company_id = %(company)s"
    " AND kind = 'invoice' AND open_minor > 0 AND due_on < %(today)s",
    "not delivered": "SELECT count(*) FROM dispatch_dispatch"
    " WHERE company_id = %(company)s AND state = 'failed'",
    # Receipts that settle nothing yet, and bank files that do not add up.
    "receipts": "SELECT count(*) FROM receivables_open_item"
    " WHERE company_id = %(company)s AND kind = 'receipt' AND open_minor > 0",
    "parked": "SELECT count(*) FROM receipts_statement"
    " WHERE company_id = %(company)s AND state = 'parked'",
    # Months that are over and still open, as far back as there are entries.
    "unlocked": "SELECT count(*) FROM generate_series(date_trunc('month', (SELECT min(booked_on)"
    "  FROM ledger_entry WHERE company_id = %(company)s)::timestamp),"
    "  date_trunc('month', %(today)s::timestamp) - interval '1 month', interval '1 month') m"
    " WHERE NOT EXISTS (SELECT 1 FROM ledger_period p WHERE p.company_id = %(company)s"
    "  AND p.state = 'locked' AND m::date BETWEEN p.starts_on AND p.ends_on)",
    # Requests that wait for somebody other than their maker.
    "approvals": "SELECT count(*) FROM access_approval WHERE company_id = %(company)s"
    " AND state = 'waiting' AND maker_id IS DISTINCT FROM %(user)s",
    "given up": "SELECT count(*) FROM procrastinate_jobs"
    " WHERE status = 'failed' AND args->>'company_id' = %(company)s::text",
}


def _count(name: str, company: Company, user_id: UUID | None) -> Read[int]:
    """How much waits in one of the queues."""
    values = {"company": company.id, "today": accounting_day(company), "user": user_id}
    return count(_COUNTS[name], values)


def _queues(frame: Frame, asked: Together) -> list[Callable[[], Tile]]:
    """What waits for somebody with these rights; nothing for who may only read. The tiles are
    made when all is asked."""
    may, tiles = frame.may, list[Callable[[], Tile]]()

    def add(name: str, label: str, url: str, tone: str = "") -> None:
        answer = asked.add(_count(name, frame.company, frame.ctx.actor.id))
        tiles.append(lambda: Tile(label, url, answer.value, tone=tone if answer.value else ""))

    not_delivered = (_("Not delivered"), f"{reverse('billing')}?tab=rejected", "bad")
    if "invoices.issue" in may:
        tiles += _drafts(asked.add(invoices.waiting(company_id=frame.company_id)))
        add("not delivered", *not_delivered)
        if get(frame.company.country).reporting_on(frame.ctx.today):
            tiles.append(
                _to_report(
                    asked.add(invoices.clocks(company_id=frame.company_id, today=frame.ctx.today))
                )
            )
    elif "dispatch.link" in may:
        add("overdue", _("Invoices overdue"), f"{reverse('invoices')}?status=overdue", "bad")
        add("not delivered", *not_delivered)
    if "matching.accept" in may:
        add("receipts", _("Receipts to apply"), reverse("apply"), "warn")
        parked = f"{reverse('statements')}?state=parked"
        add("parked", _("Parked bank statements"), parked, "bad")
    if "ledger.lock" in may:
        add("unlocked", _("Months to lock"), f"{reverse('ledger')}#periods")
    if "access.approve" in may:
        add("approvals", _("Approvals waiting"), reverse("approvals"), "warn")
    if "jobs.retry" in may:
        add("given up", _("Jobs given up"), f"{reverse('health')}#parked", "bad")
    return tiles


def _to_report(asked: Answer[invoices.Clocks]) -> Callable[[], Tile]:
    def tile() -> Tile:
        found = asked.value
        late = ngettext("%(n)s late", "%(n)s late", found.late) % {"n": found.late}
        url = f"{reverse('invoices')}?reporting=due"
        if not found.late:
            return Tile(_("To report to the tax office"), url, found.due)
        return Tile(_("To report to the tax office"), url, found.due, note=late, tone="bad")

    return tile


def _drafts(waiting: Answer[dict[str, Waiting]]) -> list[Callable[[], Tile]]:
    billing = reverse("billing")

    def review() -> Tile:
        number = waiting.value["review"].count + waiting.value["held"].count
        tone = "warn" if number else ""
        return Tile(_("Drafts to review"), f"{billing}?tab=review", number, tone=tone)

    def ready() -> Tile:
        found = waiting.value["ready"]
        note = amounts_text(found.gross)
        return Tile(_("Ready to send"), f"{billing}?tab=ready", found.count, note=note)

    return [review, ready]


def _figures(frame: Frame, totals: AgeingTotals) -> list[Tile]:
    currency, ageing, today = frame.company.currency, reverse("ageing"), frame.ctx.today
    home = totals.home
    days = billed(company_id=frame.company_id, since=first_day(today), until=today)
    figures = dso_of(
        company_id=frame.company_id,
        as_at=today,
        known_at=None,
        currency=currency,
        receivable_minor=home.receivable_minor,
        days=days,
    )
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
            text=floatformat(figures.result.days, 1),
            note=_("days, by count-back"),
        ),
        _billed_this_week(frame, days),
    ]


def _billed_this_week(frame: Frame, days: Mapping[date, Billed]) -> Tile:
    since = frame.ctx.today - timedelta(days=6)
    week = sum((one for day, one in days.items() if day >= since), Billed())
    return Tile(
        _("Billed in seven days"),
        f"{reverse('invoices')}?from={since.isoformat()}&to={frame.ctx.today.isoformat()}",
        value=Money(week.minor, frame.company.currency),
        note=ngettext("%(count)s document", "%(count)s documents", week.documents)
        % {"count": week.documents},
    )


def amounts_text(amounts: Sequence[Money]) -> str:
    """Several currencies side by side, as the reader's language writes them."""
    language = get_language() or "en"
    return " + ".join(display.amount(amount, language=language) for amount in amounts)


def work_waiting(*, company: Company, user_id: UUID, role: str) -> str:
    """What waits for this person in this role, in one line, counted as his first page counts it;
    nothing where no queue is his."""
    if role == "billing_clerk":
        drafts = invoices.waiting(company_id=company.id).alone()
        values = {
            "review": drafts["review"].count + drafts["held"].count,
            "ready": drafts["ready"].count,
        }
        return _("%(review)s drafts to review, %(ready)s ready to send") % values
    if role == "cash_clerk":
        n = _count("receipts", company, user_id).alone()
        return ngettext("%(n)s receipt waiting", "%(n)s receipts waiting", n) % {"n": n}
    if role == "credit_controller":
        n = _count("overdue", company, user_id).alone()
        return ngettext("%(n)s invoice overdue", "%(n)s invoices overdue", n) % {"n": n}
    if "access.approve" in ROLES.get(role, ()):
        n = _count("approvals", company, user_id).alone()
        return ngettext("%(n)s approval waiting", "%(n)s approvals waiting", n) % {"n": n}
    return ""
