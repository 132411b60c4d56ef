"""XRechnung 3.0.2 in CII; what it is and where it comes from: ``xrechnung``."""

from __future__ import annotations

from acquit.core.faults import Severity
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test, Where
from acquit.core.judges.steps import (
    Path,
    first,
    groups,
    needed,
    of_values,
    path_of,
    said,
    there,
)
from acquit.core.judges.values import spaced
from acquit.core.judges.xrechnung import (
    CIUS,
    EXTENSION,
    INFO,
    INVOICE_CODES,
    VAT_CATEGORIES,
    WARNING,
    address_of,
    holds,
    iban,
    mail,
    means,
    media,
    phone,
    schemed,
    schemes,
    specified,
    terms_of,
    url,
    vehicles,
    within,
    without,
)

_DOCUMENT = "ExchangedDocument"
_AGREEMENT: Path = path_of("SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement")
_DELIVERY: Path = path_of("SupplyChainTradeTransaction/ApplicableHeaderTradeDelivery")
_SETTLEMENT: Path = path_of("SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement")
_LINE: Path = path_of("SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem")
_SELLER: Path = (*_AGREEMENT, "SellerTradeParty")
_BUYER: Path = (*_AGREEMENT, "BuyerTradeParty")
_MEANS: Path = (*_SETTLEMENT, "SpecifiedTradeSettlementPaymentMeans")
# CII has no element for a direct debit (BG-19): any of its three terms is one.
_MANDATE: Path = (*_SETTLEMENT, "SpecifiedTradePaymentTerms", "DirectDebitMandateID")
_CREDITOR: Path = (*_SETTLEMENT, "CreditorReferenceID")
_DEBITED = ("PayerPartyDebtorFinancialAccount", "IBANID")
_TERMS = ("SpecifiedTradePaymentTerms", "Description")


def _has(start: Group, path: Path) -> bool:
    return any(str(path[-1]) in group for group in groups(start, path[:-1]))


def _registered(group: Group, record: Record) -> bool:
    taxes = groups(group, (*_LINE, "SpecifiedLineTradeSettlement", "ApplicableTradeTax"))
    of_vat = any("VAT" in tax.values("TypeCode") for tax in taxes)
    known = any(not VAT_CATEGORIES.isdisjoint(tax.values("CategoryCode")) for tax in taxes)
    numbers = [
        value
        for tax in groups(group, (*_SELLER, "SpecifiedTaxRegistration"))
        for value in tax.get("ID", ())
        if spaced(attribute(value, "schemeID") or "") in ("VA", "FC")
    ]
    return (
        not (of_vat and known)
        or any(spaced(text_of(value)) for value in numbers)
        or bool(groups(group, (*_AGREEMENT, "SellerTaxRepresentativeTradeParty")))
    )


def _debit_complete(wanted: Path) -> Test:
    """Where two of BT-89, BT-90, BT-91 make a direct debit, this one is told too."""
    whole = (_MANDATE, _CREDITOR, (*_MEANS, *_DEBITED))
    others = [path for path in whole if path != wanted]

    def test(group: Group, _: Record) -> bool:
        given = [_has(group, path) for path in whole]
        return not any(given) or (_has(group, wanted) and any(_has(group, path) for path in others))

    return test


def _debit(group: Group, record: Record) -> bool:
    return group.has(*_DEBITED) or _has(record.root, _MANDATE) or _has(record.root, _CREDITOR)


def _no_debit_but(*names: str) -> Test:
    absent = without(*names)
    return lambda group, record: absent(group, record) and not _debit(group, record)


def _unique_files(_: Group, record: Record) -> bool:
    for holder in record.holders.get("AdditionalReferencedDocument", ()):
        values = [
            attribute(value, "filename")
            for document in holder.groups("AdditionalReferencedDocument")
            for value in document.get("AttachmentBinaryObject", ())
        ]
        named = [value for value in values if value is not None]
        if len(named) != len(set(named)):
            return False
    return True


def _dated(group: Group, _: Record) -> bool:
    period = ("SpecifiedLineTradeSettlement", "BillingSpecifiedPeriod")
    event = ("ActualDeliverySupplyChainEvent", "OccurrenceDateTime")
    lines = group.groups("IncludedSupplyChainTradeLineItem")
    return (
        group.has("ApplicableHeaderTradeDelivery", *event)
        or group.has("ApplicableHeaderTradeSettlement", "BillingSpecifiedPeriod")
        or all(line.has(*period) for line in lines)
    )


def _same_base(group: Group, _: Record) -> bool:
    """BT-149 has two places in CII; where both are used they and their units are the same."""
    net = [v for g in group.groups("NetPriceProductTradePrice") for v in g.get("BasisQuantity", ())]
    gross = [
        v for g in group.groups("GrossPriceProductTradePrice") for v in g.get("BasisQuantity", ())
    ]
    if not net or not gross:
        return True
    units = attribute(net[0], "unitCode"), attribute(gross[0], "unitCode")
    return text_of(net[0]) == text_of(gross[0]) and (None in units or units[0] == units[1])


def _contact(group: Group, _: Record) -> bool:
    return said(group, ("PersonName", "DepartmentName"))


def _corrects(group: Group, _: Record) -> bool:
    return first(group, _DOCUMENT, "TypeCode") != "384" or _has(
        group, (*_SETTLEMENT, "InvoiceReferencedDocument")
    )


def rules() -> list[Rule]:
    contact = (*_SELLER, "DefinedTradeContact")
    call = ("TelephoneUniversalCommunication", "CompleteNumber")
    write = ("EmailURIUniversalCommunication", "URIID")
    guideline = ("GuidelineSpecifiedDocumentContextParameter", "ID")
    return [
        needed("BR-DE-15", (), (*_AGREEMENT, "BuyerReference"), "BT-10"),
        Rule("BR-DE-1", lambda g, _: _has(g, _MEANS), terms=("BG-16",), text="missing"),
        Rule("BR-DE-2", lambda g, _: "DefinedTradeContact" in g, terms=("BG-6",), text="missing",
             where=there(_SELLER)),
        *address_of((*_SELLER, "PostalTradeAddress"), ("BR-DE-3", "BR-DE-4"),
                    ("BT-37", "BT-38", "BG-5"), ("CityName", "PostcodeCode")),
        Rule("BR-DE-5", _contact, terms=("BT-41", "BG-6"), text="missing", where=there(contact)),
        needed("BR-DE-6", contact, call, "BT-42", "BG-6"),
        needed("BR-DE-7", contact, write, "BT-43", "BG-6"),
        *address_of((*_BUYER, "PostalTradeAddress"), ("BR-DE-8", "BR-DE-9"),
                    ("BT-52", "BT-53", "BG-8"), ("CityName", "PostcodeCode")),
        *address_of((*_DELIVERY, "ShipToTradeParty", "PostalTradeAddress"),
                    ("BR-DE-10", "BR-DE-11"), ("BT-77", "BT-78", "BG-15"),
                    ("CityName", "PostcodeCode")),
        needed("BR-DE-14", (*_SETTLEMENT, "ApplicableTradeTax"), ("RateApplicablePercent",),
               "BT-119", "BG-23"),
        Rule("BR-DE-16", _registered, terms=("BT-31", "BT-32", "BG-11"), text="either"),
        Rule("BR-DE-17", lambda g, _: first(g, _DOCUMENT, "TypeCode") in INVOICE_CODES,
             terms=("BT-3",), text="one-of", severity=WARNING,
             facts={"codes": ", ".join(sorted(INVOICE_CODES))}),
        Rule("BR-DE-18", terms_of(*_SETTLEMENT_NAMES, *_TERMS), terms=("BT-20",)),
        Rule("BR-DE-21", specified(*guideline), terms=("BT-24",), text="value", severity=WARNING,
             facts={"value": CIUS}, where=there(("ExchangedDocumentContext",))),
        Rule("BR-DE-22", _unique_files, terms=("BT-125",)),
        Rule("BR-DE-26", _corrects, terms=("BG-3",), severity=WARNING),
        Rule("BR-DE-27", holds(phone, *call), terms=("BT-42",), severity=WARNING,
             where=there(contact)),
        Rule("BR-DE-28", holds(mail, *write), terms=("BT-43",), severity=WARNING,
             where=there(contact)),
        Rule("BR-DE-30", _debit_complete(_CREDITOR), terms=("BT-90", "BG-19"), text="missing"),
        Rule("BR-DE-31", _debit_complete((*_MEANS, *_DEBITED)), terms=("BT-91", "BG-19"),
             text="missing"),
        Rule("BR-DE-TMP-32", _dated, terms=("BT-72", "BG-14", "BG-26"), severity=INFO,
             where=there(("SupplyChainTradeTransaction",))),
        Rule("BR-TMP-2", holds(url, "URIID"), terms=("BT-124",), severity=WARNING,
             when=lambda g, _: "URIID" in g and "916" in g.values("TypeCode"),
             where=there((*_AGREEMENT, "AdditionalReferencedDocument"))),
        Rule("BR-TMP-3", _same_base, terms=("BT-149", "BT-150"),
             where=there((*_LINE, "SpecifiedLineTradeAgreement"))),
        *_payment(), *_extension(), *_vehicles(),
    ]  # fmt: skip


_SETTLEMENT_NAMES = ("SupplyChainTradeTransaction", "ApplicableHeaderTradeSettlement")


def _payment() -> list[Rule]:
    account = "PayeePartyCreditorFinancialAccount"
    card = "ApplicableTradeSettlementFinancialCard"

    def asked(number: str, test: Test, codes: tuple[str, ...], terms: tuple[str, ...], text: str,
              severity: Severity = Severity.FATAL) -> Rule:  # fmt: skip
        when = means(*codes, code="TypeCode")
        where: Where = there(_MEANS)
        return Rule(number, test, when=when, terms=terms, text=text, severity=severity,
                    where=where)  # fmt: skip

    transfer, cards, debit = ("30", "58"), ("48", "54", "55"), ("59",)
    return [
        asked("BR-DE-19", holds(iban, account, "IBANID"), ("58",), ("BT-84",), "iban", WARNING),
        asked("BR-DE-20", holds(iban, *_DEBITED), debit, ("BT-91",), "iban", WARNING),
        asked("BR-DE-23-a", lambda g, _: account in g, transfer, ("BG-17", "BT-81"),
              "means-needs"),
        asked("BR-DE-23-b", _no_debit_but(card), transfer, ("BG-18", "BG-19", "BT-81"),
              "means-forbids"),
        asked("BR-DE-24-a", lambda g, _: card in g, cards, ("BG-18", "BT-81"), "means-needs"),
        asked("BR-DE-24-b", _no_debit_but(account), cards, ("BG-17", "BG-19", "BT-81"),
              "means-forbids"),
        asked("BR-DE-25-a", _debit, debit, ("BG-19", "BT-81"), "means-needs"),
        asked("BR-DE-25-b", without(account, card), debit, ("BG-17", "BG-18", "BT-81"),
              "means-forbids"),
    ]  # fmt: skip


def _extension() -> list[Rule]:
    icd, eas = schemes()

    def party(group: Group, _: Record) -> bool:
        return group.name not in ("SpecifiedTradeProduct", "ShipToTradeParty")

    def no_tax_number(group: Group, _: Record) -> bool:
        return group.name != "SpecifiedTaxRegistration"

    return within(EXTENSION, [
        of_values("BR-DEX-01", ("*", "AttachmentBinaryObject"), media, "BT-125", text="media"),
        schemed("BR-DEX-04", ("*", "GlobalID"), icd, "BT-29", when=party),
        schemed("BR-DEX-05", ("*", "ID"), icd, "BT-30", when=no_tax_number),
        schemed("BR-DEX-06", ("*", "SpecifiedTradeProduct", "GlobalID"), icd, "BT-157"),
        schemed("BR-DEX-07", ("*", "URIUniversalCommunication", "URIID"), eas, "BT-34"),
        schemed("BR-DEX-08", (*_DELIVERY, "ShipToTradeParty", "GlobalID"), icd, "BT-71"),
        Rule("BR-DEX-15", lambda _, record: "ParentLineID" not in record.holders,
             terms=("BG-DEX-01",), severity=WARNING,
             where=there((*_LINE, "AssociatedDocumentLineDocument"))),
    ])  # fmt: skip


def _tender(group: Group, _: Record) -> bool:
    return any(
        first(document, "TypeCode") == "50" and said(document, "IssuerAssignedID")
        for document in groups(group, (*_AGREEMENT, "AdditionalReferencedDocument"))
    )


def _vehicles() -> list[Rule]:
    return vehicles(
        item=(*_LINE, "SpecifiedTradeProduct"),
        code=("DesignatedProductClassification", "ClassCode"),
        attribute_name=("ApplicableProductCharacteristic", "Description"),
        attribute_value=("ApplicableProductCharacteristic", "Value"),
        tender=Rule("BR-DE-CVD-02", _tender, terms=("BT-17",), text="missing"),
        contract=(*_AGREEMENT, "ContractReferencedDocument", "IssuerAssignedID"),
    )
