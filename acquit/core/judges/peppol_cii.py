"""The rules of Peppol that XRechnung 3.0.2 takes over, as it says them in CII (all fatal)."""

from __future__ import annotations

from decimal import Decimal

from acquit.core.judges.peppol import german_slack, near, optional
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test
from acquit.core.judges.steps import Path, first, groups, path_of, said, texts, there
from acquit.core.judges.values import ZERO, cents, decimal

_AGREEMENT: Path = path_of("SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement")
_SETTLEMENT: Path = path_of("SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement")
_LINE: Path = path_of("SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem")
_TOTALS = "SpecifiedTradeSettlementHeaderMonetarySummation"
_SIGN = ("ChargeIndicator", "Indicator")
_PERIOD = "BillingSpecifiedPeriod"


def _tax_totals(group: Group) -> list[tuple[str, str]]:
    return [
        (attribute(value, "currencyID") or "", text_of(value))
        for total in group.groups(_TOTALS)
        for value in total.get("TaxTotalAmount", ())
    ]


def _other_currency(group: Group, _: Record) -> bool:
    return "TaxCurrencyCode" not in group or (
        first(group, "TaxCurrencyCode") != first(group, "InvoiceCurrencyCode")
    )


def _one_total(group: Group, _: Record) -> bool:
    own = group.values("InvoiceCurrencyCode")
    return sum(currency in own for currency, _ in _tax_totals(group)) <= 1


def _accounting(group: Group, _: Record) -> bool:
    own = group.values("InvoiceCurrencyCode")
    others = sum(currency != "" and currency not in own for currency, _ in _tax_totals(group))
    return others == (1 if "TaxCurrencyCode" in group else 0)


def _signs(group: Group, _: Record) -> bool:
    totals = _tax_totals(group)
    own = [decimal(t) for c, t in totals if c in group.values("InvoiceCurrencyCode")]
    other = [decimal(t) for c, t in totals if c in group.values("TaxCurrencyCode")]
    if "TaxCurrencyCode" not in group or not own:
        return True
    return (any(n < 0 for n in own) and any(n < 0 for n in other)) or (
        any(n >= 0 for n in own) and any(n >= 0 for n in other)
    )


def _computed(group: Group, record: Record) -> bool:
    if "CalculationPercent" not in group or "BasisAmount" not in group:
        return True
    percent = decimal(group.one("CalculationPercent") or "")
    share = decimal(group.one("BasisAmount") or "") * percent / 100
    return near(optional(group, "ActualAmount"), share, german_slack(record))


def _signed(group: Group, _: Record) -> bool:
    halves = ("CalculationPercent" in group) is not ("BasisAmount" in group)
    return halves or first(group, *_SIGN) in ("true", "false")


def _price_signed(group: Group, _: Record) -> bool:
    return first(group, *_SIGN) in ("true", "false")


def _mandate(group: Group, _: Record) -> bool:
    assert group.parent is not None
    return group.parent.has("SpecifiedTradePaymentTerms", "DirectDebitMandateID")


def _within(name: str, later: bool) -> Test:
    """A period of a line against that of the document, as texts of the form YYYYMMDD."""

    def test(group: Group, record: Record) -> bool:
        whole = texts(record.root, (*_SETTLEMENT, _PERIOD, name, "DateTimeString"))
        mine = texts(group, (name, "DateTimeString"))
        if not whole or not mine:
            return True
        return mine[0] >= whole[0] if later else mine[0] <= whole[0]

    return test


def _net(group: Group, record: Record) -> bool:
    price = ("SpecifiedLineTradeAgreement", "NetPriceProductTradePrice")
    gross = ("SpecifiedLineTradeAgreement", "GrossPriceProductTradePrice")
    base = optional(group, *price, "BasisQuantity") or optional(group, *gross, "BasisQuantity")
    quantity = optional(group, "SpecifiedLineTradeDelivery", "BilledQuantity", otherwise=1)
    total = quantity * optional(group, *price, "ChargeAmount") / (base or Decimal(1))
    sums = {"true": ZERO, "false": ZERO}
    charges = ("SpecifiedLineTradeSettlement", "SpecifiedTradeAllowanceCharge")
    for charge in groups(group, charges):
        sign = first(charge, *_SIGN)
        if sign in sums:
            sums[sign] += sum((decimal(v) for v in charge.values("ActualAmount")), ZERO)
    total += cents(sums["true"]) - cents(sums["false"])
    summation = ("SpecifiedLineTradeSettlement", "SpecifiedTradeSettlementLineMonetarySummation")
    return near(optional(group, *summation, "LineTotalAmount"), total, german_slack(record))


def _object_only(group: Group, _: Record) -> bool:
    path = ("SpecifiedLineTradeSettlement", "AdditionalReferencedDocument")
    return not group.has(*path) or "130" in group.values(*path, "TypeCode")


def _positive(group: Group, _: Record) -> bool:
    return all(decimal(value) > 0 for value in group.values("BasisQuantity"))


def _same_unit(group: Group, record: Record) -> bool:
    agreement = group.parent
    assert agreement is not None
    assert agreement.parent is not None
    delivery = agreement.parent.groups("SpecifiedLineTradeDelivery")
    wanted = [attribute(v, "unitCode") for g in delivery for v in g.get("BilledQuantity", ())]
    given = [attribute(v, "unitCode") for v in group.get("BasisQuantity", ())]
    return all(unit in wanted for unit in given if unit is not None)


def _no_price_charge(group: Group, _: Record) -> bool:
    charge = "AppliedTradeAllowanceCharge"
    return not group.has(charge, "ActualAmount") or "false" in texts(group, (charge, *_SIGN))


def _net_price(group: Group, _: Record) -> bool:
    if "ChargeAmount" not in group:
        return True
    assert group.parent is not None
    off = group.values("AppliedTradeAllowanceCharge", "ActualAmount")
    net = group.parent.one("NetPriceProductTradePrice", "ChargeAmount")
    gross = decimal(group.one("ChargeAmount") or "")
    return decimal(net or "") == gross - (decimal(off[0]) if off else ZERO)


def _has(*path: str) -> Test:
    return lambda group, _: group.has(*path)


def _debit(group: Group, _: Record) -> bool:
    return first(group, "TypeCode") in ("49", "59")


def rules() -> list[Rule]:
    address = ("URIUniversalCommunication", "URIID")
    factor, base = "CalculationPercent", "BasisAmount"
    prices: Path = (
        *_LINE,
        "SpecifiedLineTradeAgreement",
        ("NetPriceProductTradePrice", "GrossPriceProductTradePrice"),
    )
    gross: Path = (*_LINE, "SpecifiedLineTradeAgreement", "GrossPriceProductTradePrice")
    process: Path = ("ExchangedDocumentContext",)
    period: Path = (*_LINE, "SpecifiedLineTradeSettlement", _PERIOD)
    charge, price_charge = ("SpecifiedTradeAllowanceCharge",), ("AppliedTradeAllowanceCharge",)
    signs = ("BG-20", "BG-21", "BG-27", "BG-28")

    def rule(number: str, test: Test, where: Path, *terms: str, text: str = "",
             when: Test | None = None) -> Rule:  # fmt: skip
        return Rule(f"PEPPOL-EN16931-R{number}", test, when=when, terms=terms,
                    text=text or f"PEPPOL-EN16931-R{number[:3]}", where=there(where))  # fmt: skip

    def anywhere(number: str, test: Test, on: tuple[str, ...], *terms: str,
                 text: str = "") -> Rule:  # fmt: skip
        return Rule(f"PEPPOL-EN16931-R{number}", test, on, terms=terms,
                    text=text or f"PEPPOL-EN16931-R{number[:3]}")  # fmt: skip

    return [
        rule("001", lambda g, _: said(g, "BusinessProcessSpecifiedDocumentContextParameter", "ID"),
             process, "BT-23", text="missing"),
        rule("005", _other_currency, _SETTLEMENT, "BT-6", "BT-5"),
        rule("053", _one_total, _SETTLEMENT, "BG-23"),
        rule("054", _accounting, _SETTLEMENT, "BT-111", "BT-6"),
        rule("055", _signs, _SETTLEMENT, "BT-111", "BT-110"),
        rule("010", _has(*address), (*_AGREEMENT, "BuyerTradeParty"), "BT-49", "BG-7",
             text="missing"),
        rule("020", _has(*address), (*_AGREEMENT, "SellerTradeParty"), "BT-34", "BG-4",
             text="missing"),
        anywhere("040", _computed, charge, "BT-92", "BT-93", "BT-94"),
        anywhere("041", lambda g, _: factor not in g or base in g, charge, "BT-93", "BT-94",
                 text="needs-too"),
        anywhere("042", lambda g, _: base not in g or factor in g, charge, "BT-94", "BT-93",
                 text="needs-too"),
        anywhere("043-1", _signed, charge, *signs),
        anywhere("043-2", _price_signed, price_charge, *signs),
        rule("044", _no_price_charge, gross, "BT-147"),
        rule("046", _net_price, gross, "BT-146", "BT-148", "BT-147"),
        rule("061", _mandate, (*_SETTLEMENT, "SpecifiedTradeSettlementPaymentMeans"), "BT-89",
             text="missing", when=_debit),
        rule("101", _object_only, _LINE, "BT-128"),
        rule("110", _within("StartDateTime", True), period, "BT-134", "BT-73",
             text="period-within"),
        rule("111", _within("EndDateTime", False), period, "BT-135", "BT-74",
             text="period-within"),
        rule("120", _net, _LINE, "BT-131", "BT-129", "BT-146"),
        rule("121", _positive, prices, "BT-149", text="positive"),
        rule("130", _same_unit, prices, "BT-150", "BT-130"),
    ]  # fmt: skip
