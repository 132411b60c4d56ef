"""The books: trial balance, accounts, entries down to the byte of the bank file, periods, proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.core.faults import Refused
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.database.together import Together
from acquit.entrypoints.ui import asked, links
from acquit.entrypoints.ui.acts import fact_title
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.components.repeat import Row
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.templatetags.acquit import form_key
from acquit.entrypoints.ui.words import rule_title
from acquit.history import queries as history
from acquit.stages.insight import verify
from acquit.stages.ledger import queries
from acquit.stages.ledger.commands.lock import Month, Reopening, lock, reopen
from acquit.stages.masterdata.queries import CustomerView, customers_by_id
from acquit.stages.receivables.queries import ageing_totals

ROWS = 100
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Tie:
    """A control account beside the sub-ledger that it sums; amounts in the company's currency."""

    name: str
    ledger: Money
    sub_ledger: Money
    url: str

    @property
    def difference(self) -> Money:
        return self.ledger - self.sub_ledger


@require_GET
@page("read.ledger")
def ledger(frame: Frame) -> HttpResponse:
    """The trial balance at any day, tied to the sub-ledgers; the periods below."""
    as_at = asked.day(frame, "as_at", frame.ctx.today)
    known_at = asked.instant(frame, "known_at")
    together, company_id = Together(), frame.company_id
    balances = together.add(
        queries.trial_balance_read(company_id=company_id, as_at=as_at, known_at=known_at)
    )
    periods = together.add(queries.periods(company_id=company_id))
    balance, currency = balances.value, frame.company.currency
    return frame.show(
        "ledger/page.html",
        {
            "as_at": as_at,
            "known_at": known_at,
            "known_text": frame.request.GET.get("known_at", ""),
            "rows": [
                {
                    "code": row.code,
                    "name": row.name,
                    "url": f"{links.account(row.code)}?until={as_at.isoformat()}",
                    "debit": Money(row.debit_minor, currency) if row.debit_minor else None,
                    "credit": Money(row.credit_minor, currency) if row.credit_minor else None,
                }
                for row in balance.accounts
            ],
            "debit": Money(balance.debit_minor, currency),
            "credit": Money(balance.credit_minor, currency),
            "balanced": balance.debit_minor == balance.credit_minor,
            "ties": _ties(frame, as_at, balance),
            "months": _months(frame, periods.value),
        },
    )


def _ties(frame: Frame, as_at: date, balance: queries.TrialBalance) -> list[Tie]:
    currency = frame.company.currency
    booked = dict.fromkeys(("receivables", "unapplied"), 0)
    for account in balance.accounts:
        if account.control in booked:
            booked[account.control] += account.debit_minor - account.credit_minor
    found = ageing_totals(
        company_id=frame.company_id, as_at=as_at, known_at=balance.known_at, currency=currency
    ).home
    kept = {"receivables": found.receivable_minor, "unapplied": -found.unapplied_minor}
    names = {"receivables": _("Receivables"), "unapplied": _("Unapplied money")}
    url = f"{reverse('ageing')}?as_at={as_at.isoformat()}"
    return [
        Tie(names[key], Money(booked[key], currency), Money(kept[key], currency), url)
        for key in booked
    ]


def _months(frame: Frame, periods: Sequence[queries.PeriodView]) -> list[Row]:
    """The last twelve months and every month that was ever locked, newest first."""
    known = {period.starts_on: period for period in periods}
    starts = set(known)
    start = frame.ctx.today.replace(day=1)
    for _count in range(MONTHS):
        starts.add(start)
        start = (start - timedelta(days=1)).replace(day=1)
    rows, token = list[Row](), get_token(frame.request)
    for month in sorted(starts, reverse=True):
        period = known.get(month)
        rows.append(
            {
                "month": f"{month:%Y-%m}",
                "name": _in_words(month),
                "is_locked": period is not None and period.state == "locked",
                "is_over": (month + timedelta(days=32)).replace(day=1) <= frame.ctx.today,
                "changed_at": period.changed_at if period else None,
                "changed_by": period.changed_by if period else "",
                "may_lock": "ledger.lock" in frame.may,
                "may_reopen": "ledger.reopen" in frame.may,
                "token": token,
                "form_key": form_key(),
            }
        )
    return rows


@require_POST
@page("ledger.lock")
def lock_period(frame: Frame) -> HttpResponse:
    """Lock a month that is over."""
    month = _month(frame.request.POST.get("month", ""))
    outcome = lock(ctx=frame.ctx, items=[Month(month=month)]).or_refuse()
    if outcome.items[0].state is ItemState.DUPLICATE:
        messages.info(
            frame.request, _("%(month)s was locked already.") % {"month": _in_words(month)}
        )
    else:
        messages.success(
            frame.request,
            _("%(month)s is locked. Nothing can be booked into it.") % {"month": _in_words(month)},
        )
    return HttpResponseRedirect(reverse("ledger") + "#periods")


@require_POST
@page("ledger.reopen")
def reopen_period(frame: Frame) -> HttpResponse:
    """Ask for a month to be opened again; a second person decides."""
    month = _month(frame.request.POST.get("month", ""))
    why = frame.request.POST.get("reason", "").strip()
    if not why:
        raise Refused.because(
            "period.no_reason", _("Say why the month is reopened."), path="reason"
        )
    outcome = reopen(ctx=frame.ctx, items=[Reopening(month=month, why=why)]).or_refuse()
    if outcome.of(ItemState.AWAITING):
        messages.info(
            frame.request,
            _("Reopening %(month)s waits for a second person.") % {"month": _in_words(month)},
        )
    return HttpResponseRedirect(reverse("approvals"))


def _in_words(month: date) -> str:
    return display.month(f"{month:%Y-%m}", language=get_language() or "en")


def _month(text: str) -> date:
    return asked.day_of(f"{text}-01" if len(text) == 7 else text, path="month")


@require_GET
@page("read.ledger")
def account(frame: Frame, code: str) -> HttpResponse:
    """An account's postings with a running balance: opening + lines = the trial balance figure."""
    until = asked.day(frame, "until", frame.ctx.today)
    since = asked.day(frame, "since", until.replace(month=1, day=1))
    found = queries.account_ledger(
        company_id=frame.company_id,
        account=code,
        since=since,
        until=until,
        limit=ROWS,
        after=_cursor(frame.request.GET.get("after", "")),
    )
    if found is None:
        raise Http404(f"no account {code}")
    names = customers_by_id(
        company_id=frame.company_id,
        ids={line.customer_id for line in found.lines if line.customer_id},
    )
    unnamed = {line.subject_id for line in found.lines if not line.customer_id}
    payers = {
        one.subject_id: one.label
        for one in queries.origins(company_id=frame.company_id, subject_ids=list(unnamed))
        if one.kind != "document"
    }
    cursor = found.next
    after = f"{cursor.booked_on}.{cursor.posting_id.hex}.{cursor.balance_minor}" if cursor else ""
    return frame.show(
        "ledger/account.html",
        {
            "account": found,
            "since": since,
            "until": until,
            "opening": Money(found.opening_minor, found.currency),
            "closing": Money(
                found.lines[-1].balance_minor if found.lines else found.opening_minor,
                found.currency,
            ),
            "rows": [_account_row(line, found, names, payers) for line in found.lines],
            "steps": _steps(until, found.code),
            "pages": links.pages(frame.request, after),
        },
    )


def _account_row(
    line: queries.AccountLine,
    found: queries.AccountPage,
    names: dict[UUID, CustomerView],
    payers: dict[UUID, str],
) -> dict[str, object]:
    customer = names.get(line.customer_id) if line.customer_id else None
    is_foreign = line.currency != found.currency
    return {
        "url": f"{links.entry(line.entry_id)}?account={found.code}",
        "on": line.booked_on,
        "text": line.text,
        "customer": customer.name if customer else "",
        "payer": payers.get(line.subject_id, ""),
        "debit": Money(line.functional_minor, found.currency)
        if line.functional_minor > 0
        else None,
        "credit": Money(-line.functional_minor, found.currency)
        if line.functional_minor < 0
        else None,
        "original": Money(line.debit_minor or line.credit_minor, line.currency)
        if is_foreign
        else None,
        "balance": Money(line.balance_minor, found.currency),
    }


def _cursor(text: str) -> queries.Cursor | None:
    if not text:
        return None
    try:
        on, posting, balance = text.split(".")
        return queries.Cursor(date.fromisoformat(on), UUID(hex=posting), int(balance))
    except ValueError:
        raise Http404("no such page") from None


@require_GET
@page("read.ledger")
def entry(frame: Frame, entry: str) -> HttpResponse:
    """One entry, the fact that made it, and where that comes from: document or bank line."""
    found = queries.entry(company_id=frame.company_id, entry_id=id_or_404("entry", entry))
    if found is None:
        raise Http404("no such entry")
    fact = history.fact(company_id=frame.company_id, fact_id=found.fact_id)
    sources = queries.origins(company_id=frame.company_id, subject_ids=[found.subject_id])
    names = customers_by_id(
        company_id=frame.company_id,
        ids={line.customer_id for line in found.lines if line.customer_id},
    )
    currency = frame.company.currency
    code = frame.request.GET.get("account", "")
    return frame.show(
        "ledger/entry.html",
        {
            "entry": found,
            "rule": rule_title(found.posting_rule),
            "fact": fact,
            "fact_title": fact_title(fact.kind) if fact else "",
            "sources": [_source(one, found.id) for one in sources],
            "lines": [
                {
                    "account": line.account,
                    "name": line.account_name,
                    "url": links.account(line.account),
                    "customer": names[line.customer_id].name if line.customer_id in names else "",
                    "customer_url": links.customer(line.customer_id),
                    "debit": Money(line.debit_minor, line.currency) if line.debit_minor else None,
                    "credit": Money(line.credit_minor, line.currency)
                    if line.credit_minor
                    else None,
                    "home": Money(line.functional_minor, currency)
                    if line.currency != currency or not (line.debit_minor or line.credit_minor)
                    else None,
                }
                for line in found.lines
            ],
            "reverses_url": links.entry(found.reverses_id) if found.reverses_id else "",
            "reversed_url": links.entry(found.reversed_by_id) if found.reversed_by_id else "",
            "steps": [*_steps(None, code), Step(label=said(found.text))],
        },
    )


def _source(one: queries.Origin, entry_id: UUID) -> dict[str, object]:
    """A row of "where this comes from"; a bank line opens at its bytes."""
    url = {
        "document": links.invoice,
        "receipt": links.receipt,
        "bank_line": links.bank_line,
    }[one.kind](one.id)
    names = {
        "document": _("Document"),
        "receipt": _("Receipt"),
        "bank_line": _("Movement on the bank account"),
    }
    trail = f"?entry={links.entry(entry_id).rsplit('/', 1)[-1]}"
    return {
        "kind": names[one.kind],
        "label": one.label or "–",
        "url": url,
        "on": one.on,
        "amount": Money(one.amount_minor, one.currency),
        "line_url": links.bank_line(one.line_id) + trail if one.line_id else "",
        "statement": one.statement,
        "bytes": (one.byte_start, one.byte_end),
    }


def _steps(until: date | None, code: str) -> list[Step]:
    day = f"?as_at={until.isoformat()}" if until else ""
    steps = [Step(label=_("Trial balance"), url=reverse("ledger") + day)]
    if code:
        steps.append(Step(label=_("Account %(code)s") % {"code": code}, url=links.account(code)))
    return steps


@require_GET
@page("read.insight")
def proof(frame: Frame) -> HttpResponse:
    """Run the verifier over this company and show what it says."""
    answer = verify.run(company_id=frame.company_id, now=frame.ctx.now)
    return frame.show(
        "ledger/proof.html",
        {
            "answer": answer,
            "checked": sorted(answer["checked"].items()),
            "count": sum(answer["checked"].values()),
            "steps": [
                Step(label=_("Trial balance"), url=reverse("ledger")),
                Step(label=_("Proof")),
            ],
        },
    )
