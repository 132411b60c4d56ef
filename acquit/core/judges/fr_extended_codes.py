"""The code lists of EXTENDED-CTC-FR in CII: BR-CL-* and BR-FREXT-CL-*."""

from __future__ import annotations

from collections.abc import Callable

from acquit.core.faults import Severity
from acquit.core.judges.cii_totals import CHARGE
from acquit.core.judges.codes import MEDIA_TYPES, codes
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test, ValueTest
from acquit.core.judges.values import boolean, spaced

TAX_TYPES, CHARGE_TYPES = "5153", "7161"  # code lists that the reason of a charge may be of
MEDIA = MEDIA_TYPES | {"application/xml", "text/xml"}
Say = Callable[["Group | str"], "str | None"]


def _text(value: Group | str) -> str:
    return text_of(value)


def _of(name: str) -> Say:
    return lambda value: attribute(value, name)


def _listed(say: Say, name: str) -> ValueTest:
    """What is said is a code of the list, white space around it apart; nothing said is met."""

    def test(value: Group | str, _: Group, __: Record) -> bool:
        said = say(value)
        return said is None or spaced(said) in codes(name)

    return test


def delivery_terms(value: Group | str, _: Group, __: Record) -> bool:
    """The published list has two spaces in one place, so nothing is in it as well."""
    said = spaced(text_of(value))
    return not said or said in codes("delivery_terms")


def _upper(value: Group | str) -> str:
    return text_of(value).upper()


def _inside(group: Group, *names: str) -> bool:
    above: Group | None = group
    while above is not None and above.name not in names:
        above = above.parent
    return above is not None


def _outside(*names: str) -> Test:
    return lambda group, _: not _inside(group, *names)


def _below(parent: str) -> Test:
    return lambda group, _: group.parent is not None and group.parent.name == parent


def _of_charge(word: bool) -> Test:
    def when(group: Group, _: Record) -> bool:
        return any(boolean(v) is word for v in group.values("ChargeIndicator", "Indicator"))

    return when


def _of_gross_price(group: Group, record: Record) -> bool:
    return _below("GrossPriceProductTradePrice")(group, record) and _of_charge(False)(group, record)


def _reason(lists: tuple[str | None, ...], name: str) -> ValueTest:
    """The reason of a charge, where it says that it is of one of these lists."""

    def test(value: Group | str, _: Group, __: Record) -> bool:
        return attribute(value, "listID") not in lists or spaced(text_of(value)) in codes(name)

    return test


def _known_list(value: Group | str, _: Group, __: Record) -> bool:
    return (attribute(value, "listID") or "") in ("", TAX_TYPES, CHARGE_TYPES)


def _media(value: Group | str, _: Group, __: Record) -> bool:
    said = attribute(value, "mimeCode")
    return said is None or said in MEDIA


# Id, groups (none: any), what is looked at there, condition, test, terms.
_Row = tuple[str, tuple[str, ...], tuple[str, ...], Test | None, ValueTest, tuple[str, ...]]


def _plain() -> tuple[_Row, ...]:
    scheme, party = _of("schemeID"), "party_schemes"
    currency = _listed(_text, "currencies")
    category = _listed(_text, "vat_categories")
    countries = _listed(_text, "ctc_countries")
    units = _listed(_of("unitCode"), "units")
    address = "URIUniversalCommunication"
    product, ship_to = "SpecifiedTradeProduct", "ShipToTradeParty"
    return (
        ("BR-CL-01", ("ExchangedDocument",), ("TypeCode",), None, _listed(_text, "fx2"),
         ("BT-3",)),
        ("BR-CL-03", (), ("TaxTotalAmount",), None, _listed(_of("currencyID"), "currencies"),
         ("BT-110",)),
        ("BR-CL-04", (), ("InvoiceCurrencyCode",), None, currency, ("BT-5",)),
        ("BR-CL-05", (), ("TaxCurrencyCode",), None, currency, ("BT-6",)),
        ("BR-CL-06", (), ("DueDateTypeCode",), None, _listed(_text, "fx28"), ("BT-8",)),
        ("BR-CL-08", (), ("SubjectCode",), None, _listed(_text, "fx4"), ("BT-21",)),
        ("BR-FREXT-CL-10", (), ("GlobalID",), _outside(product, ship_to),
         _listed(scheme, "ctc_party_schemes"), ("BT-29",)),
        ("BR-CL-11", (), ("ID",), _outside("SpecifiedTaxRegistration"), _listed(scheme, party),
         ("BT-30",)),
        ("BR-CL-13", (), ("ClassCode",), None, _listed(_of("listID"), "item_schemes"),
         ("BT-158",)),
        ("BR-CL-14", (), ("CountryID",), None, countries, ("BT-40",)),
        ("BR-CL-16", ("SpecifiedTradeSettlementPaymentMeans",), ("TypeCode",), None,
         _listed(_text, "payment_means"), ("BT-81",)),
        ("BR-CL-17", ("CategoryTradeTax",), ("CategoryCode",), None, category, ("BT-95",)),
        ("BR-CL-18", ("ApplicableTradeTax",), ("CategoryCode",), None, category, ("BT-118",)),
        ("BR-CL-21", (product,), ("GlobalID",), None, _listed(scheme, party), ("BT-157",)),
        ("BR-CL-22", (), ("ExemptionReasonCode",), None, _listed(_upper, "exemption_reasons"),
         ("BT-121",)),
        ("BR-CL-23", (), ("BasisQuantity", "BilledQuantity"), None, units, ("BT-130",)),
        ("BR-CL-25", (address,), ("URIID",), None, _listed(scheme, "address_schemes"),
         ("BT-34",)),
        ("BR-CL-26", (ship_to,), ("GlobalID",), _below("ApplicableHeaderTradeDelivery"),
         _listed(scheme, party), ("BT-71",)),
        ("BR-FREXT-CL-27", ("ApplicableTradeDeliveryTerms",), ("DeliveryTypeCode",), None,
         delivery_terms, ("BT-X-145",)),
    )  # fmt: skip


def _origin(value: Group | str, _: Group, __: Record) -> bool:
    """A country with a scheme is taken for an identifier and not asked."""
    unasked = attribute(value, "schemeID") is not None
    return unasked or spaced(text_of(value)) in codes("ctc_countries")


def _charges() -> tuple[_Row, ...]:
    charge, reason = (CHARGE,), ("ReasonCode",)
    allowance = _listed(_text, "allowance_reasons")
    return (
        ("BR-CL-19", charge, reason, _of_charge(False), allowance, ("BT-98",)),
        ("BR-FREXT-CL-19-GP", ("AppliedTradeAllowanceCharge",), reason, _of_gross_price,
         allowance, ("BT-147",)),
        ("BR-FREXT-CL-20", charge, reason, _of_charge(True),
         _reason((None, CHARGE_TYPES), "charge_reasons"), ("BT-105",)),
        ("BR-FREXT-CL-20-TAX", charge, reason, _of_charge(True),
         _reason((TAX_TYPES,), "tax_types"), ("BT-105",)),
        ("BR-FREXT-CL-20-LISTID", charge, reason, _of_charge(True), _known_list, ("BT-105",)),
        ("BR-CL-15", ("OriginTradeCountry",), ("ID",), None, _origin, ("BT-159",)),
        ("BR-FREXT-CL-24", (), ("AttachmentBinaryObject",), None, _media, ("BT-125",)),
    )  # fmt: skip


def rules() -> list[Rule]:
    found = [
        Rule(number, None, on, when, value, test, terms, "code")
        for number, on, value, when, test, terms in (*_plain(), *_charges())
    ]
    named = ("ApplicableProductCharacteristic",)
    attributes = Rule("BR-FXEXT-04", None, named, None, ("TypeCode",),
                      _listed(_text, "attribute_codes"), ("BT-160",), "code",
                      severity=Severity.WARNING)  # fmt: skip
    return [*found, attributes]
