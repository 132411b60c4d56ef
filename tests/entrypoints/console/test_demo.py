"""The demo company is full and sound: who plays, what a year of it holds, what waits today."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from pytest_django.fixtures import Settings as SettingsWrapper
from rich.console import Console
from rich.progress import Progress

from acquit.access.models import ApprovalRequest, User
from acquit.entrypoints.console.demo import hard, trade
from acquit.entrypoints.console.demo.cast import COMPANIES, MARKETS, MERGES_IN, Part, players
from acquit.entrypoints.console.demo.goods import GOODS, items
from acquit.entrypoints.console.demo.today import Today
from acquit.intake.models import ImportRun
from acquit.policy.demands import Asker
from acquit.stages.dispatch.commands.deliver import run_due
from acquit.stages.dispatch.models import Dispatch
from acquit.stages.dispatch.rules.rejections import Rejection, lesson
from acquit.stages.insight import verify
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.invoices.queries import canonical
from acquit.stages.masterdata.models import Customer
from acquit.stages.matching.models import Proposal
from acquit.stages.matching.queries.waiting import Group, QueueRow, queue
from acquit.stages.receipts.models import BankLine, Receipt, Statement
from acquit.stages.receivables.models import OpenItem
from tests.support.pages import BACKEND

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SLUGS = tuple(MARKETS)


def cast() -> Iterator[Any]:
    for slug in SLUGS:
        yield from players(slug)


def test_two_hundred_and_forty_customers_in_four_countries() -> None:
    everybody = list(cast())
    assert len(everybody) == 240
    assert {player.data.country for player in everybody} == {"RO", "FR", "DE", "GB"}
    assert {player.currency for player in everybody} == {"RON", "EUR", "GBP"}
    assert sum(player.part is Part.FAILING for player in everybody) == 2
    assert [p.part for p in players(MERGES_IN)].count(Part.MERGED) == 1
    for slug in SLUGS:
        own = players(slug)
        for field in ("name", "email", "vat_id", "iban"):
            assert len({getattr(player.data, field) for player in own}) == len(own), field
        assert own == players(slug), "the same for everyone"


def test_goods_are_named_in_the_language_of_their_reader() -> None:
    assert all(len(set(good.names)) == 4 and all(good.names.values()) for good in GOODS)
    assert items(country="RO")[0].name == "Palet de transport 1200 x 800"
    player = next(p for p in players("nordlicht") if p.data.country == "FR")
    span = trade.Span(date(2026, 3, 1), date(2026, 3, 15))
    (order,) = trade.orders(slug="nordlicht", cast=[player], span=span, count=1)
    french = {good.code: good.names["FR"] for good in GOODS}
    assert all(line.description == french[line.item_code] for line in order.lines)


@pytest.mark.parametrize("today", [date(2026, 3, 1), date(2028, 2, 28), date(2026, 12, 31)])
def test_the_year_has_no_gap_and_no_order_is_lost(today: date) -> None:
    start = trade.year_before(today)
    spans = trade.spans(start=start, end=today - timedelta(days=1))
    days = [s.first + timedelta(days=n) for s in spans for n in range(s.days())]
    assert days == [start + timedelta(days=n) for n in range((today - start).days)]
    assert (start + timedelta(days=366)) > today >= start + timedelta(days=364)
    counts = trade.shared(total=1000, over=spans)
    assert sum(counts) == 1000
    quiet = sum(c for c, s in zip(counts, spans, strict=True) if s.first.month in (12, 1, 2))
    busy = sum(c for c, s in zip(counts, spans, strict=True) if s.first.month in (5, 6, 9))
    assert busy > quiet * 1.3, "sales follow the season"
    own = players("carpat")
    standing = [
        order
        for span in spans
        for order in trade.standing_orders(slug="carpat", cast=own, span=span, today=today)
    ]
    assert len(standing) == trade.REPEATS + trade.SITE_ORDERS


def built(slug: str) -> Today:
    new = next(company for company in COMPANIES if company.slug == slug)
    with Progress(console=Console(file=io.StringIO()), disable=True) as progress:
        stage = Today(new, NOW, progress, progress.add_task(""))
        stage.play()
    return stage


@pytest.mark.slow
def test_the_whole_demo(db: None, settings: SettingsWrapper) -> None:
    """Built once, as it is built for a visitor, and looked at from all sides."""
    settings.DEMO = True
    stages = [built(slug) for slug in SLUGS]
    a_year_of_trade([stage.company_id for stage in stages])
    for stage in stages:
        a_morning_of_billing(stage)
        a_morning_of_cash(stage)
        a_morning_of_approvals(stage.company_id)
        nothing_is_wrong(stage.company_id)
    two_customers_went_bad(stages)
    a_merged_customer_is_paid_for(stages[0])
    every_card_says_what_waits()


def a_year_of_trade(ids: list[UUID]) -> None:
    documents = Document.objects.filter(company_id__in=ids, kind="invoice")
    drafts = Draft.objects.filter(company_id__in=ids).exclude(state="issued")
    assert drafts.count() == 180
    assert 4_750 <= documents.count() + drafts.count() <= 4_850
    assert 4_200 <= Receipt.objects.filter(company_id__in=ids).count() <= 4_600
    assert set(documents.values_list("currency", flat=True)) == {"RON", "EUR", "GBP"}
    first = documents.earliest("issued_on").issued_on
    assert date(2025, 3, 3) <= first <= date(2025, 3, 31)
    assert Customer.objects.filter(company_id__in=ids).count() == 240


def a_morning_of_billing(stage: Today) -> None:
    drafts = Draft.objects.of(stage.company_id)
    assert drafts.filter(state="ready").count() >= 60
    assert drafts.filter(state="held").count() == 2
    codes = Counter(
        fault["code"]
        for faults in drafts.filter(state="review").values_list("faults", flat=True)
        for fault in faults
        if fault["severity"] == "fatal"
    )
    assert codes["buyer.reference"] >= 12
    assert codes["rate.missing"] == 1
    failing = Dispatch.objects.of(stage.company_id).order_by("queued_at", "id")
    last = failing.filter(recipient__contains="@").exclude(recipient__contains=".")
    paper = failing.filter(channel="print")
    ids = [*last.values_list("id", flat=True), *paper.values_list("id", flat=True)[:1]]
    assert len(ids) >= 2
    run_due(ctx=stage.ctx(stage.today), ids=ids)
    assert failing.filter(state="failed").count() == len(ids) + 1, "they wait under Rejected"
    a_rejection_that_makes_a_rule(stage)


def a_rejection_that_makes_a_rule(stage: Today) -> None:
    """What a customer answered was imported from his file, and says what his rule asks for."""
    run = ImportRun.objects.of(stage.company_id).get(kind="responses")
    assert (run.rows, run.accepted, run.state) == (1, 1, "committed")
    row = Dispatch.objects.of(stage.company_id).get(rejection__isnull=False)
    (form,) = canonical(company_id=stage.company_id, document_ids=[row.document_id])
    asker = Asker("C", stage.new.country, "")
    taught = lesson(Rejection(**row.rejection), document=form, asker=asker)
    assert taught == ("document.buyer_accounting", "empty"), row.last_error


def a_morning_of_cash(stage: Today) -> None:
    waiting = rows_waiting(stage)
    assert len(waiting) == stage.waiting == 38
    kinds: Counter[str] = Counter()
    for case in stage.cases:
        found = [
            row
            for row in waiting
            if (row.payer_name, row.amount_minor, row.currency)
            == (case.payer, case.amount_minor, case.currency)
            and row.text == case.text
        ]
        if case.kind and case.amount_minor > 0:
            assert len(found) == 1, case
            kinds[case.kind] += 1
    assert set(kinds) == set(hard.KINDS), "each of the twelve kinds waits"
    ambiguous = next(case for case in stage.cases if case.kind == "ambiguous")
    (rivals,) = {row.rivals for row in waiting if row.payer_name == ambiguous.payer}
    assert rivals + 1 == trade.REPEATS == 17
    lines = BankLine.objects.of(stage.company_id)
    assert lines.filter(booked_on=stage.today, amount_minor=-48_750).count() == 1, "a return debit"
    assert Statement.objects.of(stage.company_id).filter(state="parked").count() == 1
    by_rule = Proposal.objects.of(stage.company_id).filter(action="post", state="accepted")
    assert by_rule.filter(created_at__date=stage.today).exists(), "something settled itself today"
    assert OpenItem.objects.of(stage.company_id).filter(kind="credit_note", open_minor__gt=0)


def rows_waiting(stage: Today) -> list[QueueRow]:
    return [
        row
        for group in (Group.SUGGESTED, Group.NEEDS_YOU)
        for row in queue(
            company_id=stage.company_id, group=group, since=NOW, limit=100, after=None
        ).rows
    ]


def a_morning_of_approvals(company_id: UUID) -> None:
    requests = ApprovalRequest.objects.of(company_id)
    commands = Counter(requests.filter(state="waiting").values_list("command", flat=True))
    assert commands == {"invoices.credit": 2, "masterdata.change_bank": 1}
    assert requests.filter(state="approved").exists()


def nothing_is_wrong(company_id: UUID) -> None:
    report = verify.run(company_id=company_id, now=NOW)
    assert report["broken"] == []
    assert report["ok"]


def two_customers_went_bad(stages: list[Today]) -> None:
    for stage in stages:
        (player,) = [p for p in stage.cast if p.part is Part.FAILING]
        own = OpenItem.objects.of(stage.company_id).filter(
            customer__number=player.data.number, kind="invoice", open_minor__gt=0
        )
        assert own.filter(due_on__lt=stage.today - timedelta(days=90)).exists()


def a_merged_customer_is_paid_for(stage: Today) -> None:
    (player,) = [p for p in stage.cast if p.part is Part.MERGED]
    merged = Customer.objects.of(stage.company_id).get(number=player.data.number)
    assert merged.parent is not None
    assert merged.parent.number == player.habit.paid_by


def every_card_says_what_waits() -> None:
    """The number on a card is the number on the first page of who signs in with it."""
    page = Client().get("/signin").content.decode()
    cards = re.findall(
        r'value="([0-9a-f-]{36})">.*?<strong>(.*?)</strong>.*?<span>([^<]*)</span></button>',
        page,
        re.DOTALL,
    )
    assert len(cards) == 7
    for key, name, line in cards:
        client = Client()
        client.force_login(User.objects.get(id=key), backend=BACKEND)
        home = client.get("/").content.decode()
        assert "All done. Nothing waits for you." not in home, name
        for number in re.findall(r"\d+", line):
            assert int(number) > 0, (name, line)
            if "overdue" not in line:
                assert re.search(rf">\s*{number}\s*<", home), (name, line)
