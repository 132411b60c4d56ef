"""Country packs: complete, and no two rates of one code in force on one day."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from acquit.core import packs
from acquit.core.dated import Dated, Timeline
from acquit.core.packs import COUNTRIES, Pack, UnknownCountry

ROLES = {
    "receivables",
    "unapplied",
    "bank",
    "cash",
    "suspense",
    "revenue",
    "fx_gain",
    "fx_loss",
    "discount",
    "bank_fees",
    "differences",
    "exchange",
    "withheld_tax",
}


@pytest.fixture(params=COUNTRIES)
def pack(request: pytest.FixtureRequest) -> Pack:
    return packs.get(request.param)


def test_every_role_is_played_by_an_account_of_the_chart(pack: Pack) -> None:
    codes = {account.code for account in pack.accounts}
    assert set(pack.roles) == ROLES
    assert set(pack.roles.values()) | {tax.account for tax in pack.taxes} <= codes


def test_rates_of_a_code_follow_each_other(pack: Pack) -> None:
    for code in {tax.code for tax in pack.taxes}:
        rows = [t for t in pack.taxes if t.code == code]
        timeline = Timeline.of(
            code, [Dated(t.rate, t.valid_from, t.source, t.valid_to) for t in rows]
        )
        for earlier, later in pairwise(timeline.rows):
            assert earlier.valid_to is not None
            assert (later.valid_from - earlier.valid_to).days == 1, (code, later.valid_from)


def test_every_figure_names_its_source(pack: Pack) -> None:
    assert all(tax.source for tax in pack.taxes)
    assert all(mention.source for mention in pack.mentions)


def test_defaults_exist(pack: Pack) -> None:
    assert pack.default_term in {term.code for term in pack.terms}
    assert pack.default_tax in {tax.code for tax in pack.taxes}
    kinds = {"invoice", "credit_note", "debit_note", "quittance", "receipt"}
    assert {s.kind for s in pack.series} == kinds


@pytest.mark.parametrize(
    ("country", "day", "rate"),
    [
        ("GB", "2010-12-01", "17.5"),
        ("GB", "2026-11-20", "20"),
        ("RO", "2025-07-31", "19"),
        ("RO", "2025-08-01", "21"),
        ("FR", "2013-12-31", "19.6"),
        ("DE", "2020-07-01", "16"),
        ("DE", "2021-01-01", "19"),
    ],
)
def test_the_standard_rate_on_a_day(country: str, day: str, rate: str) -> None:
    on = date.fromisoformat(day)
    found = [
        t.rate
        for t in packs.get(country).taxes
        if t.code == "S" and t.valid_from <= on and (t.valid_to is None or on <= t.valid_to)
    ]
    assert [str(r) for r in found] == [rate]


def test_french_invoices_carry_the_three_notes() -> None:
    notes = packs.get("FR").mentions_for(kind="invoice", on=date(2026, 1, 1))
    assert [note.subject for note in notes] == ["PMT", "PMD", "AAB"]


def test_an_unknown_country_lists_the_known_ones() -> None:
    with pytest.raises(UnknownCountry) as refusal:
        packs.get("XX")
    assert refusal.value.faults[0].fix == "use one of RO, FR, DE, GB, US"
