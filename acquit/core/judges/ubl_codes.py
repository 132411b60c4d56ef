"""Code lists of EN 16931 in UBL (BR-CL): which value or attribute is of which list."""

from __future__ import annotations

from functools import cache

from acquit.core.judges.codes import MEDIA_TYPES, codes, listed
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, ValueTest, by_shape
from acquit.core.judges.ubl import is_charge
from acquit.core.judges.values import spaced


def _value_in(name: str, *, upper: bool = False) -> ValueTest:
    known = codes(name)
    if upper:
        return lambda value, _, __: listed(text_of(value).upper(), known)
    return lambda value, _, __: listed(text_of(value), known)


def _attribute_in(attribute_name: str, name: str) -> ValueTest:
    """The attribute is one of the codes; a value without it is not asked."""
    known = codes(name)

    def test(value: Group | str, _: Group, __: Record) -> bool:
        found = attribute(value, attribute_name)
        return found is None or listed(found, known)

    return test


def _party_scheme(value: Group | str, group: Group, _: Record) -> bool:
    found = attribute(value, "schemeID")
    if found is None or listed(found, codes("party_schemes")):
        return True
    above: Group | None = group
    while above is not None and above.name not in ("AccountingSupplierParty", "PayeeParty"):
        above = above.parent
    return spaced(found) == "SEPA" and above is not None


def _currency(value: Group | str, _: Group, __: Record) -> bool:
    return listed(attribute(value, "currencyID") or "", codes("currencies"))


def _note_subject(value: Group | str, _: Group, __: Record) -> bool:
    """A subject is written as #AAI# at the start of a note."""
    subject, closed, _rest = text_of(value).partition("#")[2].partition("#")
    return not closed or len(subject) != 3 or subject in _subjects()


@cache
def _subjects() -> str:
    """As one text, for contains() finds a code with spaces in it, too."""
    return f" {' '.join(sorted(codes('note_subjects')))} "


def _project_130(group: Group, _: Record) -> bool:
    return "130" in group.values("DocumentTypeCode")


_AMOUNTS = (
    "Amount", "BaseAmount", "PriceAmount", "TaxAmount", "TaxableAmount", "LineExtensionAmount",
    "TaxExclusiveAmount", "TaxInclusiveAmount", "AllowanceTotalAmount", "ChargeTotalAmount",
    "PrepaidAmount", "PayableRoundingAmount", "PayableAmount",
)  # fmt: skip


def rules() -> list[Rule]:
    def media(value: Group | str, _: Group, __: Record) -> bool:
        found = attribute(value, "mimeCode")
        return found is None or found in MEDIA_TYPES

    rows: tuple[tuple, ...] = (
        ("BR-CL-08", ("Invoice", "CreditNote"), None, ("Note",), _note_subject, "BT-21"),
        ("BR-CL-01", (), None, ("InvoiceTypeCode",), _value_in("invoice_types"), "BT-3"),
        ("BR-CL-01", (), None, ("CreditNoteTypeCode",), _value_in("credit_note_types"), "BT-3"),
        ("BR-CL-03", (), None, _AMOUNTS, _currency, "BT-5"),
        ("BR-CL-04", (), None, ("DocumentCurrencyCode",), _value_in("currencies"), "BT-5"),
        ("BR-CL-05", (), None, ("TaxCurrencyCode",), _value_in("currencies"), "BT-6"),
        ("BR-CL-06", ("InvoicePeriod",), None, ("DescriptionCode",),
         _value_in("tax_point_codes"), "BT-8"),
        ("BR-CL-07", ("AdditionalDocumentReference", "DocumentReference"), _project_130, ("ID",),
         _attribute_in("schemeID", "reference_schemes"), "BT-18"),
        ("BR-CL-10", ("PartyIdentification",), None, ("ID",), _party_scheme, "BT-29"),
        ("BR-CL-11", ("PartyLegalEntity",), None, ("CompanyID",),
         _attribute_in("schemeID", "party_schemes"), "BT-30"),
        ("BR-CL-13", ("CommodityClassification",), None, ("ItemClassificationCode",),
         _attribute_in("listID", "item_schemes"), "BT-158"),
        ("BR-CL-14", ("Country",), None, ("IdentificationCode",), _value_in("countries"), "BT-40"),
        ("BR-CL-15", ("OriginCountry",), None, ("IdentificationCode",),
         _value_in("countries"), "BT-159"),
        ("BR-CL-16", ("PaymentMeans",), None, ("PaymentMeansCode",),
         _value_in("payment_means"), "BT-81"),
        ("BR-CL-17", ("TaxCategory",), None, ("ID",), _value_in("vat_categories"), "BT-118"),
        ("BR-CL-18", ("ClassifiedTaxCategory",), None, ("ID",),
         _value_in("vat_categories"), "BT-151"),
        ("BR-CL-19", ("AllowanceCharge",), is_charge(False), ("AllowanceChargeReasonCode",),
         _value_in("allowance_reasons"), "BT-98"),
        ("BR-CL-20", ("AllowanceCharge",), is_charge(True), ("AllowanceChargeReasonCode",),
         _value_in("charge_reasons"), "BT-105"),
        ("BR-CL-21", ("StandardItemIdentification",), None, ("ID",),
         _attribute_in("schemeID", "party_schemes"), "BT-157"),
        ("BR-CL-22", (), None, ("TaxExemptionReasonCode",),
         _value_in("exemption_reasons", upper=True), "BT-121"),
        ("BR-CL-23", (), None, ("InvoicedQuantity", "BaseQuantity", "CreditedQuantity"),
         _attribute_in("unitCode", "units"), "BT-130"),
        ("BR-CL-24", (), None, ("EmbeddedDocumentBinaryObject",), media, "BT-125"),
        ("BR-CL-25", (), None, ("EndpointID",), _attribute_in("schemeID", "address_schemes"),
         "BT-34"),
        ("BR-CL-26", ("DeliveryLocation",), None, ("ID",),
         _attribute_in("schemeID", "party_schemes"), "BT-71"),
    )  # fmt: skip
    found = [
        Rule(number, None, on, when, value, test, terms=(term,), text="code")
        for number, on, when, value, test, term in rows
    ]
    return by_shape(found, but=("BR-CL-08",))  # it reads the words of notes
