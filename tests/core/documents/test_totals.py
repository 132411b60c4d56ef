"""The arithmetic of EN 16931: tables for what it says, properties for what it promises."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.documents.amounts import AllowanceCharge, Price, Vat, VatCategory
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.totals import (
    Computation,
    RoundingPlan,
    TaxShare,
    allowance,
    compute,
    line_net,
    share_minor,
    tax_of_part,
)
from acquit.core.money import Money, round_to_minor, total
from tests.core.documents.samples import S19, S20, S55, eur, line, two_rates
from tests.core.documents.strategies import FEW, invoices, monies


def recompute(document: Invoice) -> Computation:
    return compute(
        currency=document.currency,
        lines=document.lines,
        allowances_charges=document.allowances_charges,
        exemptions=(),
        prepaid=document.totals.prepaid,
        rounding=None,
        accounting_rate=None,
        fixed_tax=None,
    )


@pytest.mark.parametrize(
    ("quantity", "net", "base", "expected"),
    [
        ("3", "0.335", None, 101),  # 1.005 rounds half up
        ("-3", "0.335", None, -101),  # half away from zero
        ("150", "118.75", "100", 17813),
        ("0", "9.99", None, 0),
        ("7", "0.000001", None, 0),
    ],
)
def test_line_net(quantity: str, net: str, base: str | None, expected: int) -> None:
    price = Price(Decimal(net), base_quantity=Decimal(base) if base else None)
    found = line_net(quantity=Decimal(quantity), price=price, allowances_charges=(), currency="EUR")
    assert found.minor == expected


def test_the_totals_follow_the_order_of_the_standard() -> None:
    totals = two_rates().totals
    assert totals.lines_net == eur("1719.74")
    assert totals.net == eur("1713.24")  # - 25.00 + 18.50
    assert totals.vat == eur("329.06")
    assert totals.gross == eur("2042.30")
    assert totals.due == eur("1842.30")  # 200.00 was paid in advance


def test_tax_is_rounded_once_per_rate_and_not_per_line() -> None:
    lines = [line(i, "thing", "1", "0.03", vat=S20) for i in range(1, 11)]
    found = compute(
        currency="EUR",
        lines=lines,
        allowances_charges=(),
        exemptions=(),
        prepaid=None,
        rounding=None,
        accounting_rate=None,
        fixed_tax=None,
    )
    assert found.totals.vat == eur("0.06")  # ten times round(0.006) would be 0.10
    assert [share.tax.minor for share in found.plan.shares] == [1] * 6 + [0] * 4


def test_a_document_allowance_without_vat_is_refused() -> None:
    with pytest.raises(ValueError, match="BR-32"):
        compute(
            currency="EUR",
            lines=[line(1, "a", "1", "1")],
            allowances_charges=[AllowanceCharge(False, eur("0.10"))],
            exemptions=(),
            prepaid=None,
            rounding=None,
            accounting_rate=None,
            fixed_tax=None,
        )


def test_allowance_from_its_percentage() -> None:
    assert allowance(base=eur("1018.80"), percentage=Decimal(5)) == eur("50.94")


def test_a_full_credit_note_takes_back_the_same_cents() -> None:
    lines = [line(i, "thing", "1", price) for i, price in enumerate(["0.03", "0.02", "0.33"], 1)]
    plain = compute(
        currency="EUR",
        lines=lines,
        allowances_charges=(),
        exemptions=(),
        prepaid=None,
        rounding=None,
        accounting_rate=None,
        fixed_tax=None,
    )
    taxes = {str(share.line): share.tax for share in plain.plan.shares}
    credited = [
        compute(
            currency="EUR",
            lines=[one],
            allowances_charges=(),
            exemptions=(),
            prepaid=None,
            rounding=None,
            accounting_rate=None,
            fixed_tax=taxes,
        ).totals.gross
        for one in lines
    ]
    assert total(credited, "EUR") == plain.totals.gross


@FEW
@given(invoices())
def test_every_breakdown_is_the_sum_of_its_shares(document: Invoice) -> None:
    found = recompute(document)
    net: defaultdict[Vat, int] = defaultdict(int)
    tax: defaultdict[Vat, int] = defaultdict(int)
    for share in found.plan.shares:
        net[share.vat] += share.net.minor
        tax[share.vat] += share.tax.minor
        exact = share.net.minor * (share.vat.rate or Decimal(0)) / 100
        assert abs(share.tax.minor - exact) < 1
    for row in found.breakdown:
        assert (net[row.vat], tax[row.vat]) == (row.taxable.minor, row.tax.minor)
        exact = row.taxable.decimal * (row.vat.rate or Decimal(0)) / 100
        assert row.tax.minor == round_to_minor(exact, currency=document.currency)


@FEW
@given(invoices())
def test_the_totals_are_sums_of_rounded_figures(document: Invoice) -> None:
    totals = recompute(document).totals
    currency = document.currency
    assert totals.lines_net == total((one.net for one in document.lines), currency)
    assert totals.net == totals.lines_net - totals.allowances + totals.charges
    assert totals.gross == totals.net + totals.vat
    assert totals.due == totals.gross - totals.prepaid


@given(st.lists(st.decimals(-1000, 1000, places=5, allow_nan=False), min_size=1, max_size=12))
def test_shares_sum_to_the_rounded_whole(exact: list[Decimal]) -> None:
    whole = round_to_minor(sum(exact, Decimal(0)), currency="JPY")
    parts = share_minor(whole, exact)
    assert sum(parts) == whole
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


def test_shares_of_another_whole_are_refused() -> None:
    with pytest.raises(ValueError, match="rounded sum"):
        share_minor(5, [Decimal("0.5"), Decimal("0.5")])


@given(monies("EUR"), st.lists(st.integers(1, 400), min_size=1, max_size=9))
def test_parts_of_a_line_take_its_whole_tax(tax: Money, parts: list[int]) -> None:
    share = TaxShare(S19, Money(sum(parts), "EUR"), tax, line="1")
    done = Money.zero("EUR")
    taken = Money.zero("EUR")
    for part in parts:
        net = Money(part, "EUR")
        taken = taken + tax_of_part(share=share, net_before=done, net_part=net)
        done = done + net
    assert taken == tax


@pytest.mark.parametrize("net_part", [101, -1])
def test_more_than_the_line_cannot_be_credited(net_part: int) -> None:
    share = TaxShare(S55, Money(100, "EUR"), Money(6, "EUR"), line="1")
    with pytest.raises(ValueError, match="not a part"):
        tax_of_part(share=share, net_before=eur("0"), net_part=Money(net_part, "EUR"))


def test_the_plan_survives_storage_and_finds_a_line() -> None:
    plan = recompute(two_rates()).plan
    assert RoundingPlan.from_dict(plan.to_dict()) == plan
    assert plan.of_line("2").tax == eur("5.16")
    with pytest.raises(KeyError, match="no line '9'"):
        plan.of_line("9")


def test_out_of_scope_has_no_rate_and_no_tax() -> None:
    vat = Vat(VatCategory.OUT_OF_SCOPE, None)
    found = compute(
        currency="EUR",
        lines=[line(1, "a", "1", "5", vat=vat)],
        allowances_charges=(),
        exemptions=(),
        prepaid=None,
        rounding=None,
        accounting_rate=None,
        fixed_tax=None,
    )
    assert found.totals.vat == eur("0")


def test_an_exact_half_cent_is_rounded_up() -> None:
    """3 cents of tax on 6: five sixths of it are 2.5 cents."""
    vat = Vat(category="S", rate=Decimal(50))
    share = TaxShare(vat, Money(6, "EUR"), Money(3, "EUR"), line="1")
    nothing = Money.zero("EUR")
    assert tax_of_part(share=share, net_before=nothing, net_part=Money(5, "EUR")).minor == 3
    assert tax_of_part(share=share, net_before=Money(5, "EUR"), net_part=Money(1, "EUR")).minor == 0
