"""Files of exchange rates: what is billed in another currency waits until there is one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from acquit.core.outcome import ItemState, Outcome
from acquit.intake.commands.run import RunToUndo, undo_import
from acquit.intake.models import ImportRun
from acquit.stages.masterdata.models import ExchangeRate
from tests.support.orders import codes, import_content
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db
HEADER = b"date,from,to,rate,source\n"


@pytest.fixture
def shop(db: None) -> World:
    return new_world(country="RO")


def _take(shop: World, *rows: bytes) -> Outcome:
    return import_content(shop, HEADER + b"\n".join(rows) + b"\n", kind="rates")


def test_rates_are_kept_by_day_and_pair_with_their_source(shop: World) -> None:
    outcome = _take(shop, b"2026-03-02,EUR,RON,5.0912,BNR", b"2026-03-02,chf,ron,5.41,")
    assert (outcome.figures["accepted"], outcome.figures["created"]["rates"]) == (2, 2)
    kept = ExchangeRate.objects.filter(company_id=shop.company_id).order_by("base")
    assert [(r.day, r.base, r.target, r.rate, r.source) for r in kept] == [
        (date(2026, 3, 2), "CHF", "RON", Decimal("5.41"), "import"),
        (date(2026, 3, 2), "EUR", "RON", Decimal("5.0912"), "BNR"),
    ]
    again = _take(shop, b"2026-03-02,EUR,RON,5.1,BNR", b"2026-03-02,CHF,RON,5.41,import")
    assert (again.figures["created"]["rates_updated"], again.figures["duplicate"]) == (1, 1)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"2026-03-02,EUR,EUR,1,x", "rate.same"),
        (b"2026-03-02,EUX,RON,5,x", "rate.currency"),
        (b"2026-03-02,EUR,RON,-5,x", "rate.value"),
        (b"2026-03-02,EUR,RON,five,x", "rate.unreadable"),
        (b"02/30/2026,EUR,RON,5,x", "date.unreadable"),
        (b"2026-03-02,EUR,,5,x", "to.missing"),
    ],
)
def test_a_row_that_is_no_rate_is_rejected_with_its_reason(
    shop: World, row: bytes, code: str
) -> None:
    outcome = _take(shop, row, b"2026-03-03,EUR,RON,5.09,BNR")
    assert outcome.figures["accepted"] == 1
    assert codes(outcome.figures["faults"]) == [(2, code)]


def test_rates_stay_when_their_import_is_undone(shop: World) -> None:
    _take(shop, b"2026-03-02,EUR,RON,5.0912,BNR")
    run = ImportRun.objects.get(company_id=shop.company_id)
    (result,) = undo_import(ctx=shop.ctx(), items=[RunToUndo(run.id)]).items
    assert (result.state, [fault.code for fault in result.faults]) == (
        ItemState.REFUSED,
        ["import.rates_stay"],
    )
    assert ExchangeRate.objects.filter(company_id=shop.company_id).count() == 1
