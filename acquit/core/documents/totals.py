"""The arithmetic of a document as EN 16931 orders it: lines, VAT breakdown, totals, rounding plan.

Everything is rounded half up to the minor unit (EN 16931-1 section 6.4.2 and rules BR-DEC-*),
and only where the standard rounds: each line (BT-131), each breakdown's tax (BT-117). Totals are
sums of rounded figures. The rounding plan records how the tax of each breakdown is shared over
its lines, so that a later credit note or export takes back the same cents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from acquit.core.documents import plain
from acquit.core.documents.amounts import (
    AllowanceCharge,
    Price,
    Totals,
    Vat,
    VatBreakdown,
    VatCategory,
)
from acquit.core.documents.invoice import Line
from acquit.core.money import Money, Rate, round_to_minor, total

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why a category other than S or Z bears no tax (BT-120, BT-121); from the country pack."""

    category: VatCategory
    reason: str | None = None  # BT-120
    code: str | None = None  # BT-121


@dataclass(frozen=True, slots=True)
class TaxShare:
    """The tax of one component: a line, or an allowance or charge of the document."""

    vat: Vat
    net: Money  # signed: an allowance of the document is negative
    tax: Money
    line: str | None = None  # BT-126 when the component is a line
    allowance_charge: int | None = None  # else its place in the document's BG-20/BG-21 list


@dataclass(frozen=True, slots=True)
class RoundingPlan:
    """How the tax of every breakdown is shared; per category and rate it sums to BT-117."""

    shares: tuple[TaxShare, ...]

    def of_line(self, line_id: str) -> TaxShare:
        """The share of one line (BT-126); KeyError where the document has no such line."""
        for share in self.shares:
            if share.line == line_id:
                return share
        raise KeyError(f"no line {line_id!r} in the rounding plan")

    def to_dict(self) -> dict[str, Any]:
        return plain.to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RoundingPlan:
        return plain.from_plain(cls, data)


@dataclass(frozen=True, slots=True)
class Computation:
    """What the arithmetic says of a document."""

    breakdown: tuple[VatBreakdown, ...]
    totals: Totals
    plan: RoundingPlan


def line_net(
    *,
    quantity: Decimal,
    price: Price,
    allowances_charges: Iterable[AllowanceCharge],
    currency: str,
) -> Money:
    """BT-131: quantity x net price / base quantity + charges - allowances, rounded half up.

    >>> line_net(quantity=Decimal(3), price=Price(net=Decimal("0.335")), allowances_charges=(),
    ...          currency="EUR")
    Money(minor=101, currency='EUR')
    """
    exact = quantity * price.net / (price.base_quantity or Decimal(1))
    gross = Money(round_to_minor(exact, currency=currency), currency)
    return gross + total((part.signed for part in allowances_charges), currency)


def allowance(*, base: Money, percentage: Decimal) -> Money:
    """BT-92 (or a charge's BT-99) from its base and percentage, rounded half up (BR-DEC)."""
    return base.times(percentage / _HUNDRED)


def compute(
    *,
    currency: str,
    lines: Sequence[Line],
    allowances_charges: Sequence[AllowanceCharge],
    exemptions: Iterable[Exemption],
    prepaid: Money | None,
    rounding: Money | None,
    accounting_rate: Rate | None,
    fixed_tax: Mapping[str, Money] | None,
) -> Computation:
    """Breakdown, totals and rounding plan of the lines, whose ``net`` is already set.

    ``accounting_rate`` gives BT-111 in its target currency. ``fixed_tax`` (line id to tax) is for
    credit notes: those lines take the tax that the corrected invoice gave them, to the cent,
    instead of a freshly rounded one. Raises ValueError when a document-level allowance or charge
    has no VAT treatment (BR-32, BR-37).
    """
    components = _components(lines, allowances_charges, currency)
    reasons = {exemption.category: exemption for exemption in exemptions}
    fixed = fixed_tax or {}
    breakdown: list[VatBreakdown] = []
    shares: list[TaxShare] = []
    for vat, members in components.items():
        taxable = total((member.net for member in members), currency)
        taxed = _share(members, vat, fixed)
        reason = reasons.get(vat.category, Exemption(vat.category))
        tax = total((member.tax for member in taxed), currency)
        breakdown.append(VatBreakdown(vat, taxable, tax, reason.reason, reason.code))
        shares.extend(taxed)
    totals = _totals(
        currency=currency,
        lines=lines,
        allowances_charges=allowances_charges,
        vat=total((part.tax for part in breakdown), currency),
        prepaid=prepaid or Money.zero(currency),
        rounding=rounding or Money.zero(currency),
        accounting_rate=accounting_rate,
    )
    return Computation(tuple(breakdown), totals, RoundingPlan(tuple(shares)))


def tax_of_part(*, share: TaxShare, net_before: Money, net_part: Money) -> Money:
    """The tax that goes with ``net_part`` of a component when ``net_before`` went already.

    Cumulative: the tax up to a point is rounded once, and a part is the difference of two points.
    Parts that together are the whole net therefore always take exactly the whole tax, in any
    number and size. Raises ValueError when the parts exceed the component.
    """
    done = net_before + net_part
    if share.net.minor == 0 or abs(done) > abs(share.net) or done.minor * share.net.minor < 0:
        raise ValueError(f"{done} is not a part of {share.net}")
    return _up_to(share, done) - _up_to(share, net_before)


def _up_to(share: TaxShare, net: Money) -> Money:
    """The tax of the first ``net`` of a share, half up. In whole numbers: a quotient cut to a
    number of digits would miss an exact half cent."""
    whole, part = abs(share.net.minor), abs(share.tax.minor * net.minor)
    sign = 1 if share.tax.minor * net.minor * share.net.minor >= 0 else -1
    return Money(sign * ((2 * part + whole) // (2 * whole)), share.tax.currency)


def _components(
    lines: Sequence[Line], allowances_charges: Sequence[AllowanceCharge], currency: str
) -> dict[Vat, list[TaxShare]]:
    """The taxable components per category and rate, in the order of first appearance."""
    nothing = Money.zero(currency)
    result: defaultdict[Vat, list[TaxShare]] = defaultdict(list)
    for line in lines:
        result[line.vat].append(TaxShare(line.vat, line.net, nothing, line=line.id))
    for index, part in enumerate(allowances_charges):
        if part.vat is None:
            raise ValueError(f"allowance or charge {index} of the document has no VAT (BR-32)")
        result[part.vat].append(TaxShare(part.vat, part.signed, nothing, allowance_charge=index))
    return result


def _share(members: Sequence[TaxShare], vat: Vat, fixed: Mapping[str, Money]) -> list[TaxShare]:
    """The members with their tax. The free ones share the rounded tax of their sum (BT-117)."""
    free = [i for i, member in enumerate(members) if member.line not in fixed]
    rate = (vat.rate or Decimal(0)) / _HUNDRED
    taxes = {i: fixed[str(members[i].line)] for i in range(len(members)) if i not in set(free)}
    if free:
        currency = members[0].net.currency
        whole = total((members[i].net for i in free), currency).times(rate)
        exact = [members[i].net.minor * rate for i in free]
        for i, minor in zip(free, share_minor(whole.minor, exact), strict=True):
            taxes[i] = Money(minor, currency)
    return [
        TaxShare(m.vat, m.net, taxes[i], m.line, m.allowance_charge) for i, m in enumerate(members)
    ]


def share_minor(whole: int, exact: Sequence[Decimal]) -> list[int]:
    """Whole cents near the exact signed shares that sum to ``whole``, by largest remainder.

    Each part is the floor or the ceiling of its exact share; ties go to the earlier part.
    ``whole`` must be the rounded sum of the shares.

    >>> share_minor(2, [Decimal("0.6"), Decimal("0.6"), Decimal("0.6")])
    [1, 1, 0]
    >>> share_minor(0, [Decimal("1.5"), Decimal("-1.5")])
    [2, -2]
    """
    parts = [int(share // 1) - (1 if share % 1 < 0 else 0) for share in exact]
    missing = whole - sum(parts)
    open_places = sorted(
        (i for i in range(len(parts)) if exact[i] != parts[i]),
        key=lambda i: (parts[i] - exact[i], i),
    )
    if not 0 <= missing <= len(open_places):
        raise ValueError(f"{whole} is not the rounded sum of the shares")
    for i in open_places[:missing]:
        parts[i] += 1
    return parts


def _totals(
    *,
    currency: str,
    lines: Sequence[Line],
    allowances_charges: Sequence[AllowanceCharge],
    vat: Money,
    prepaid: Money,
    rounding: Money,
    accounting_rate: Rate | None,
) -> Totals:
    lines_net = total((line.net for line in lines), currency)
    allowances = total((p.amount for p in allowances_charges if not p.is_charge), currency)
    charges = total((p.amount for p in allowances_charges if p.is_charge), currency)
    net = lines_net - allowances + charges
    gross = net + vat
    return Totals(
        lines_net=lines_net,
        allowances=allowances,
        charges=charges,
        net=net,
        vat=vat,
        gross=gross,
        prepaid=prepaid,
        rounding=rounding,
        due=gross - prepaid + rounding,
        vat_in_accounting_currency=accounting_rate.convert(vat) if accounting_rate else None,
    )
