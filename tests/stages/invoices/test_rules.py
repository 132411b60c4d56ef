"""The pure rules: fast sums equal the canonical ones, parts equal the whole, dates, checks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core.documents.amounts import Price, Vat, VatCategory
from acquit.core.documents.invoice import Item, Line
from acquit.core.documents.totals import compute, line_net
from acquit.core.money import Money, exponent
from acquit.core.text import canonical_json, sha256
from acquit.stages.invoices.rules import amounts, document, numbering
from acquit.stages.invoices.rules.crediting import Creditable
from acquit.stages.invoices.rules.invoicing import TaxTable
from acquit.stages.invoices.rules.plan import OriginalLine, TaxRow

QUANTITIES = st.integers(1, 10**11)  # millionths, up to 100,000
PRICES = st.integers(0, 10**10)  # millionths, up to 10,000
RATES = st.sampled_from([0, 50_000, 70_000, 190_000, 200_000, 210_000, 55_000, 81_250])
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


def _line(index: int, quantity: int, price: int, rate: int, currency: str) -> Line:
    exact = Price(net=amounts.from_micro(price))
    count = amounts.from_micro(quantity)
    net = line_net(quantity=count, price=exact, allowances_charges=(), currency=currency)
    vat = Vat(VatCategory.STANDARD, amounts.from_rate_units(rate))
    return Line(str(index), count, "C62", net, exact, vat, Item("x"))


@settings(max_examples=300, deadline=None)
@given(
    currency=CURRENCIES,
    rows=st.lists(st.tuples(QUANTITIES, PRICES, RATES), min_size=1, max_size=8),
)
def test_whole_number_totals_equal_the_canonical_ones(
    currency: str, rows: list[tuple[int, int, int]]
) -> None:
    lines = [_line(i, *row, currency) for i, row in enumerate(rows)]
    wanted = compute(
        currency=currency,
        lines=lines,
        allowances_charges=(),
        exemptions=(),
        prepaid=None,
        rounding=None,
        accounting_rate=None,
        fixed_tax=None,
    )
    nets = [
        amounts.line_net(quantity_micro=q, price_micro=p, decimals=exponent(currency))
        for q, p, _ in rows
    ]
    assert nets == [line.net.minor for line in lines]
    for rate in {row[2] for row in rows}:
        members = [i for i, row in enumerate(rows) if row[2] == rate]
        shares = amounts.share_tax(nets=[nets[i] for i in members], rate=rate)
        plan = [wanted.plan.of_line(str(i)).tax.minor for i in members]
        assert shares == plan
        vat = Vat(VatCategory.STANDARD, amounts.from_rate_units(rate))
        (found,) = (part for part in wanted.breakdown if part.vat == vat)
        assert sum(shares) == found.tax.minor
    assert sum(nets) == wanted.totals.net.minor


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**7))
def test_division_rounds_half_away_from_zero(numerator: int, divisor: int) -> None:
    found = amounts.divide_half_up(numerator, divisor)
    assert abs(2 * (found * divisor - numerator)) <= divisor
    assert amounts.divide_half_up(-numerator, divisor) == -found


@given(st.decimals(min_value=0, max_value=10**9, places=6))
def test_millionths_read_back(value: Decimal) -> None:
    assert amounts.from_micro(amounts.micro(value)) == value


def test_more_decimals_than_six_are_refused() -> None:
    with pytest.raises(ValueError, match="six decimals"):
        amounts.micro(Decimal("0.0000001"))


def _original(quantity: int, net: int, tax: int) -> OriginalLine:
    return OriginalLine(
        id=UUID(int=1),
        document_id=UUID(int=2),
        number="F-1",
        issued_on=date(2026, 3, 2),
        customer_id=UUID(int=3),
        currency="EUR",
        kind="invoice",
        line_no=1,
        item_code="A",
        description="A",
        quantity=quantity,
        unit="C62",
        unit_price=1_000_000,
        net_minor=net,
        tax_minor=tax,
        tax_code="S",
        category="S",
        rate=190_000,
        header={},
        details={},
    )


@settings(max_examples=300)
@given(
    parts=st.lists(st.integers(1, 10**7), min_size=1, max_size=9),
    net=st.integers(0, 10**7),
    tax_percent=st.integers(0, 30),
)
def test_partial_credits_sum_to_the_original_and_never_exceed_it(
    parts: list[int], net: int, tax_percent: int
) -> None:
    original = _original(sum(parts), net, net * tax_percent // 100)
    creditable = Creditable()
    taken = [creditable.take(original, quantity=p, price=original.unit_price) for p in parts]
    assert all(fault is None for _, _, fault in taken)
    assert all(n >= 0 and t >= 0 for n, t, _ in taken)
    assert sum(n for n, _, _ in taken) == original.net_minor
    assert sum(t for _, t, _ in taken) == original.tax_minor
    _, _, fault = creditable.take(original, quantity=1, price=original.unit_price)
    assert fault is not None
    assert fault.code == "credit.exceeds"


def test_another_price_never_credits_more_than_was_billed() -> None:
    creditable, original = Creditable(), _original(2_000_000, 200, 38)
    assert creditable.take(original, quantity=1_000_000, price=1_900_000)[:2] == (190, 36)
    net, _, fault = creditable.take(original, quantity=1_000_000, price=1_000_000)
    assert net == 10
    assert fault is not None


@pytest.mark.parametrize(
    ("last", "issued", "refused"),
    [
        (None, "2026-01-01", False),
        ("2026-01-01", "2026-01-01", False),
        ("2026-01-02", "2026-01-01", True),
    ],
)
def test_dates_do_not_go_back(last: str | None, issued: str, refused: bool) -> None:
    fault = numbering.date_fault(
        series="F",
        issued_on=date.fromisoformat(issued),
        last_date=date.fromisoformat(last) if last else None,
    )
    assert (fault is not None) is refused


def test_a_tax_code_counts_on_its_days_only() -> None:
    old = TaxRow("S", "S", 190_000, date(2010, 7, 1), date(2025, 7, 31), "4427", "", "")
    new = TaxRow("S", "S", 210_000, date(2025, 8, 1), None, "4427", "", "")
    table = TaxTable(rows=[old, new], default="S")
    assert table.on("S", date(2025, 7, 31)) == old
    assert table.on("", date(2025, 8, 1)) == new
    assert table.on("S", date(2010, 6, 30)) is None
    assert table.on("X", date(2025, 8, 1)) is None


def test_the_digest_is_that_of_the_canonical_json() -> None:
    value = {"b": ["ș", 1, None], "a": {"y": "2", "x": True}}
    assert document.snapshot_digest(value) == sha256(canonical_json(value))


def test_every_part_of_a_document_changes_its_digest() -> None:
    head = document.Head(
        UUID(int=1),
        "invoice",
        "F-1",
        date(2026, 3, 2),
        date(2026, 4, 1),
        "EUR",
        100,
        19,
        119,
        "s",
        "b",
        {"terms": "30 days"},
        [19],
        None,
    )
    line = document.LineRow(
        1, "A", "Article", 1_000_000, "C62", 1_000_000, 100, "S", "S", 190_000, {}, None, None
    )
    tax = document.TaxLineRow("S", "S", 190_000, 100, 19, "", "")

    def digest(company: int = 1, **more: object) -> str:
        return document.digest(
            company_id=UUID(int=company),
            head=head._replace(**{k: v for k, v in more.items() if k in head._fields}),
            lines=[line._replace(**more["line"])] if "line" in more else [line],  # type: ignore[arg-type]
            taxes=[tax._replace(**more["tax"])] if "tax" in more else [tax],  # type: ignore[arg-type]
        )

    changes: list[dict[str, object]] = [
        {"number": "F-2"},
        {"issued_on": date(2026, 3, 3)},
        {"gross_minor": 120},
        {"buyer_digest": "c"},
        {"header": {}},
        {"tax_shares": [18]},
        {"line": {"net_minor": 101}},
        {"line": {"description": "Another"}},
        {"tax": {"tax_minor": 18}},
        {"company": 2},
    ]
    digests = [digest(), *(digest(**change) for change in changes)]  # type: ignore[arg-type]
    assert len(set(digests)) == len(changes) + 1


def test_money_of_the_share_is_the_canonical_one() -> None:
    assert (
        amounts.tax_of(taxable_minor=1, rate=500_000) == Money(1, "EUR").times(Decimal("0.5")).minor
    )
