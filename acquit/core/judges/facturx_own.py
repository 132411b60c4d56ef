"""Rules that the sheets of MINIMUM and BASIC have and that of EN 16931 has not.

Most stand in EXTENDED in a newer form, which leaves out lines that only group others or inform.
"""

from __future__ import annotations

from dataclasses import replace

from acquit.core.faults import Severity
from acquit.core.judges import extended_vat, fx_extended
from acquit.core.judges.cii import LINE, TRANSACTION, inside
from acquit.core.judges.cii_vat import FAMILIES, without
from acquit.core.judges.record import Group, Record, text_of
from acquit.core.judges.registry import Rule
from acquit.core.judges.values import SPACES, spaced

_AGREEMENT, _DELIVERY, _SETTLEMENT = (
    f"ApplicableHeaderTrade{part}" for part in ("Agreement", "Delivery", "Settlement")
)
_DOWN_PAYMENT = "386"
# Who sells, or bills for the seller; who buys, or is billed for the buyer.
_SELLERS = ((_AGREEMENT, "SellerTradeParty"), (_SETTLEMENT, "InvoicerTradeParty"))
_BUYERS = ((_AGREEMENT, "BuyerTradeParty"), (_SETTLEMENT, "InvoiceeTradeParty"))


def _german(transaction: Group, record: Record) -> bool:
    """An invoice from Germany to Germany that asks for no payment in advance."""
    types = record.root.values("ExchangedDocument", "TypeCode")
    if transaction.parent is not record.root or all(code == _DOWN_PAYMENT for code in types):
        return False
    return all(
        any(
            spaced(country).upper() == "DE"
            for party in parties
            for country in transaction.values(*party, "PostalTradeAddress", "CountryID")
        )
        for parties in (_SELLERS, _BUYERS)
    )


def _delivered(transaction: Group, _: Record) -> bool:
    """It says when (by a day, a period, or one of each line) and something of the delivery."""
    if transaction.has(_DELIVERY, "ActualDeliverySupplyChainEvent", "OccurrenceDateTime"):
        return True
    deliveries = transaction.get(_DELIVERY, ())
    if not any(text_of(delivery).strip(SPACES) for delivery in deliveries):
        return False
    return transaction.has(_SETTLEMENT, "BillingSpecifiedPeriod") or all(
        line.has("SpecifiedLineTradeSettlement", "BillingSpecifiedPeriod")
        for line in transaction.groups(LINE)
    )


def _sums(*rules: str) -> list[Rule]:
    families = [family for family in FAMILIES if family.rules in rules]
    return extended_vat.sums(
        fatal="08b", odd={}, tax_of_rate="", vat_only=False, families=families, every=True
    )


def _export() -> Rule:
    """BR-FXEXT-G-08: what is exported adds up, whatever its rate is."""
    (family,) = (replace(family, rate="none") for family in FAMILIES if family.code == "G")
    adds_up = extended_vat.taxable(family, by_reason=False)

    def test(value: Group | str, tax: Group, record: Record) -> bool:
        return text_of(value) != "G" or adds_up(tax, record)

    return Rule("BR-FXEXT-G-08", None, ("ApplicableTradeTax",), inside(_SETTLEMENT),
                ("CategoryCode",), test, ("BT-116",), "vat-taxable", facts={"category": "G"},
                idle=without("G"))  # fmt: skip


def minimum() -> list[Rule]:
    return [*_sums("G", "IC", "O", "Z"), _export()]


def basic() -> list[Rule]:
    return [
        *(rule for rule in _sums("Z") if rule.id == "BR-FXEXT-Z-08rev"),
        *(rule for rule in fx_extended.rules() if rule.id == "BR-FXEXT-12"),
        Rule("BR-FX-EN-04", _delivered, ("SupplyChainTradeTransaction",), _german,
             terms=("BT-72", "BG-14", "BG-26"), severity=Severity.WARNING),
    ]  # fmt: skip


def counts_lines(record: Record) -> bool:
    """Whether the tolerance of some rule above depends on how many lines there are."""
    return any(
        code in ("Z", "G", "K", "O")
        for tax in record.root.down(TRANSACTION, _SETTLEMENT, "ApplicableTradeTax")
        for code in tax.values("CategoryCode")
    )
