"""France, BR-FR-* in CII; what they are and where they come from: ``fr``."""

from __future__ import annotations

import re

from acquit.core.judges import fr, fr_frames, fr_sellers
from acquit.core.judges.fr import CII
from acquit.core.judges.fr_values import ATTACHMENTS, subject
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test
from acquit.core.judges.steps import Path, first, groups, of_values, path_of, texts, there
from acquit.core.judges.values import Unevaluable, spaced

_A = path_of("SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement")
_D = path_of("SupplyChainTradeTransaction/ApplicableHeaderTradeDelivery")
_S = path_of("SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement")
_L = path_of("SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem")
_SHORT = {
    "A": "/".join(_A),
    "D": "/".join(_D),
    "S": "/".join(_S),
    "L": "/".join(_L),
    "LS": f"{'/'.join(_L)}/SpecifiedLineTradeSettlement",
    "LA": f"{'/'.join(_L)}/SpecifiedLineTradeAgreement",
    "LD": f"{'/'.join(_L)}/SpecifiedLineTradeDelivery",
    "M": f"{'/'.join(_S)}/SpecifiedTradeSettlementHeaderMonetarySummation",
    "C": f"{'/'.join(_S)}/SpecifiedTradeAllowanceCharge",
}
_TABLE = """
01_BT-1 ExchangedDocument/ID short BT-1
02_BT-1 ExchangedDocument/ID number BT-1
01_BT-25 S/InvoiceReferencedDocument/IssuerAssignedID short BT-25
02_BT-25 S/InvoiceReferencedDocument/IssuerAssignedID number BT-25
01_EXT-FR-FE-136 LS/InvoiceReferencedDocument/IssuerAssignedID short BT-25
02_EXT-FR-FE-136 LS/InvoiceReferencedDocument/IssuerAssignedID number BT-25
03_BT-2 ExchangedDocument/IssueDateTime/DateTimeString day BT-2
03_BT-7 S/ApplicableTradeTax/TaxPointDate/DateString day BT-7
03_BT-9 S/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString day BT-9
03_BT-26 S/InvoiceReferencedDocument/FormattedIssueDateTime/DateTimeString day BT-26
03_BT-72 D/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString day BT-72
03_BT-73 S/BillingSpecifiedPeriod/StartDateTime/DateTimeString day BT-73
03_BT-74 S/BillingSpecifiedPeriod/EndDateTime/DateTimeString day BT-74
03_EXT-FR-FE-138 LS/InvoiceReferencedDocument/FormattedIssueDateTime/DateTimeString day BT-26
03_EXT-FR-FE-134 LS/BillingSpecifiedPeriod/StartDateTime/DateTimeString day BT-134
03_EXT-FR-FE-135 LS/BillingSpecifiedPeriod/EndDateTime/DateTimeString day BT-135
03_EXT-FR-FE-158 LD/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString day BT-72
04_EXT-FR-FE-02 S/InvoiceReferencedDocument/TypeCode type BT-3
04_EXT-FR-FE-137 LS/InvoiceReferencedDocument/TypeCode type BT-3
15_BT-95_BT-102_LM C/CategoryTradeTax//CategoryCode not-lm BT-95
15_BT-95_BT-118_LM S/ApplicableTradeTax//CategoryCode not-lm BT-118
15_BT-95_BT-151_LM LS/ApplicableTradeTax//CategoryCode not-lm BT-151
16_BT-96_BT-103 C/CategoryTradeTax//RateApplicablePercent rate BT-96
16_BT-119 S/ApplicableTradeTax//RateApplicablePercent rate BT-119
16_BT-152 LS/ApplicableTradeTax//RateApplicablePercent rate BT-152
27_BT-160 L/SpecifiedTradeProduct/ApplicableProductCharacteristic/Description said BT-160
27_EXT-FR-FE-159 L/SpecifiedTradeProduct/ApplicableProductCharacteristic/TypeCode said BT-160
DEC-01_BT-92_BT-99 C/ActualAmount money BT-92
DEC-01_BT-93_BT-100 C/BasisAmount money BT-93
DEC-01_BT-106 M/LineTotalAmount money BT-106
DEC-01_BT-107 M/AllowanceTotalAmount money BT-107
DEC-01_BT-108 M/ChargeTotalAmount money BT-108
DEC-01_BT-109 M/TaxBasisTotalAmount money BT-109
DEC-01_BT-110 M/TaxTotalAmount money BT-110
DEC-01_BT-112 M/GrandTotalAmount money BT-112
DEC-01_BT-113 M/TotalPrepaidAmount money BT-113
DEC-01_BT-114 M/RoundingAmount money BT-114
DEC-01_BT-115 M/DuePayableAmount money BT-115
DEC-01_BT-116 S/ApplicableTradeTax/BasisAmount money BT-116
DEC-01_BT-117 S/ApplicableTradeTax/CalculatedAmount money BT-117
DEC-01_BT-131 LS/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount money BT-131
DEC-01_BT-136_BT-141 LS/SpecifiedTradeAllowanceCharge/ActualAmount money BT-136
DEC-01_BT-137_BT-142 LS/SpecifiedTradeAllowanceCharge/BasisAmount money BT-137
DEC-02_BT-149 LA/NetPriceProductTradePrice/BasisQuantity quantity BT-149
DEC-03_BT-146 LA/NetPriceProductTradePrice/ChargeAmount price BT-146
DEC-03_BT-147 LA/GrossPriceProductTradePrice/AppliedTradeAllowanceCharge/ActualAmount price BT-147
DEC-03_BT-148 LA/GrossPriceProductTradePrice/ChargeAmount price BT-148
DEC-04_BT-96_BT-103 C/CategoryTradeTax/RateApplicablePercent percent BT-96
DEC-04_BT-119 S/ApplicableTradeTax/RateApplicablePercent percent BT-119
DEC-04_BT-152 LS/ApplicableTradeTax/RateApplicablePercent percent BT-152
"""
_OTHERS: tuple[tuple[str, str, Path], ...] = (
    ("EXT-FR-FE-06", "EXT-FR-FE-12", (*_A, "BuyerAgentTradeParty")),
    ("BT-60", "EXT-FR-FE-29", (*_S, "PayeeTradeParty")),
    ("EXT-FR-FE-46", "EXT-FR-FE-52", (*_S, "PayerTradeParty")),
    ("EXT-FR-FE-69", "EXT-FR-FE-75", (*_A, "SalesAgentTradeParty")),
    ("EXT-FR-FE-92", "EXT-FR-FE-98", (*_S, "InvoiceeTradeParty")),
    ("EXT-FR-FE-115", "EXT-FR-FE-121", (*_S, "InvoicerTradeParty")),
)
_SHIPS: tuple[tuple[str, Path], ...] = (
    ("BT-71", (*_D, "ShipToTradeParty")),
    ("EXT-FR-FE-146", (*_L, "SpecifiedLineTradeDelivery", "ShipToTradeParty")),
)


def _written(table: str) -> str:
    """The table with its short beginnings of paths written out."""
    rows = []
    for line in table.strip().splitlines():
        number, path, *rest = line.split()
        head, _, tail = path.partition("/")
        rows.append(" ".join((number, f"{_SHORT.get(head, head)}/{tail}", *rest)))
    return "\n".join(rows)


def _parties() -> list[Rule]:
    parties = (("BT-29", CII.seller), ("BT-46", CII.buyer), *((a, path) for a, _, path in _OTHERS))
    addresses = (
        ("BT-34", CII.seller), ("BT-49", CII.buyer), *((b, path) for _, b, path in _OTHERS)
    )  # fmt: skip
    return [
        *fr.siret(CII, (*parties, *_SHIPS)),
        *fr.identifiers(CII, addresses),
        *fr.schemes(tuple((term, path, ("GlobalID",)) for term, path in (*parties, *_SHIPS))),
    ]


def _siren(_: Group, record: Record) -> bool:
    """The seller has a SIREN: nine digits, scheme 0002."""
    found = [
        value
        for seller in groups(record.root, (*CII.seller, "SpecifiedLegalOrganization"))
        for value in seller.get("ID", ())
        if attribute(value, "schemeID") == "0002"
    ]
    fr.one_of(found)
    return bool(found) and re.fullmatch(r"\s*\d{9}\s*", text_of(found[0]), re.ASCII) is not None


def _kind(record: Record) -> str:
    return first(record.root, "ExchangedDocument", "TypeCode")


def _discounted(group: Group, record: Record) -> bool:
    period = (*_S, "BillingSpecifiedPeriod")
    return _kind(record) != "262" or (
        fr.one_said(group, *_A, "ContractReferencedDocument", "IssuerAssignedID")
        and fr.one_said(group, *period, "StartDateTime", "DateTimeString")
        and fr.one_said(group, *period, "EndDateTime", "DateTimeString")
    )


def _corrected(group: Group, record: Record) -> bool:
    references = groups(group, (*_S, "InvoiceReferencedDocument"))
    return _kind(record) not in ("384", "471", "472", "473") or len(references) == 1


def _whole(reference: Group) -> bool:
    return "IssuerAssignedID" in reference and reference.has(
        "FormattedIssueDateTime", "DateTimeString"
    )


def _credited(group: Group, record: Record) -> bool:
    """A credit note names the invoice and its day, for the whole or on each line."""
    if _kind(record) not in ("261", "381", "396", "502", "503"):
        return True
    if any(_whole(reference) for reference in groups(group, (*_S, "InvoiceReferencedDocument"))):
        return True
    path: Path = ("SpecifiedLineTradeSettlement", "InvoiceReferencedDocument")
    status: Path = ("AssociatedDocumentLineDocument", "LineStatusReasonCode")
    lines = [line for line in groups(group, _L) if first(line, *status) in ("", "DETAIL")]
    return all(any(_whole(r) for r in groups(line, path)) for line in lines)


def _due(group: Group, record: Record) -> bool:
    frame = first(group, *CII.frame)
    if _kind(record) in ("386", "500", "503") or frame in ("B2", "S2", "M2"):
        return True
    days = texts(group, (*_S, "SpecifiedTradePaymentTerms", "DueDateDateTime", "DateTimeString"))
    issued = texts(group, ("ExchangedDocument", "IssueDateTime", "DateTimeString"))
    if not any(days):
        return True
    if len(issued) > 1:
        raise Unevaluable(f"{len(issued)} dates of issue stand where one may")
    return all(any(day >= issue for issue in issued) for day in days)


def _in_euro(group: Group, _: Record) -> bool:
    settlement = groups(group, _S)
    if all(v == "EUR" for s in settlement for v in s.values("InvoiceCurrencyCode")):
        return True
    totals = groups(group, (*_S, "SpecifiedTradeSettlementHeaderMonetarySummation"))
    if not any("EUR" in s.values("TaxCurrencyCode") for s in settlement):
        return False
    amounts = [v for total in totals for v in total.get("TaxTotalAmount", ())]
    told = fr.one_of([v for v in amounts if attribute(v, "currencyID") == "EUR"])
    return any(text_of(v) for v in told)


def _single_taxpayer(record: Record) -> bool:
    return any(
        attribute(value, "schemeID") == "0231"
        for seller in groups(record.root, CII.seller)
        for value in seller.get("GlobalID", ())
    )


def _member_note(_: Group, record: Record) -> bool:
    return not _single_taxpayer(record) or "MEMBRE_ASSUJETTI_UNIQUE" in subject(record, "TXD")


def _member_vat(group: Group, record: Record) -> bool:
    path = (*_A, "SellerTaxRepresentativeTradeParty", "SpecifiedTaxRegistration")
    numbers = [v for tax in groups(group, path) for v in tax.get("ID", ())]
    if not _single_taxpayer(record):
        return True
    return any(
        text_of(v) for v in fr.one_of([v for v in numbers if attribute(v, "schemeID") == "VA"])
    )


def _attribute(group: Group, _: Record) -> bool:
    """A property of an item has a value, or a measure with its unit."""
    if "Value" in group:
        return "ValueMeasure" not in group
    return any(attribute(v, "unitCode") for v in group.get("ValueMeasure", ()))


def _documents(record: Record) -> list[Group]:
    return groups(record.root, (*_A, "AdditionalReferencedDocument"))


def _attached(group: Group, _: Record) -> bool:
    if "916" not in group.values("TypeCode"):
        return True
    told = spaced(group.one("Name") or "")
    return not told or told in ATTACHMENTS


def _readable(_: Group, record: Record) -> bool:
    return sum("LISIBLE" in d.values("Name") for d in _documents(record)) <= 1


def _category(group: Group, _: Record) -> bool:
    return group.one("CategoryCode") in fr.CATEGORIES


def _line_category(group: Group, record: Record) -> bool:
    """Lines that only group or inform need no category."""
    assert group.parent is not None
    assert group.parent.parent is not None
    status = ("AssociatedDocumentLineDocument", "LineStatusReasonCode")
    kind = first(group.parent.parent, *status)
    silent = "CategoryCode" not in group and kind in ("GROUP", "INFORMATION")
    return silent or _category(group, record)


def _categories() -> list[Rule]:
    return [
        Rule(f"BR-FR-15_BT-95_{number}", test, terms=(term,), text="category-fr",
             where=there(path))
        for number, test, term, path in (
            ("BT-102", _category, "BT-95",
             (*_S, "SpecifiedTradeAllowanceCharge", "CategoryTradeTax")),
            ("BT-118", _category, "BT-118", (*_S, "ApplicableTradeTax")),
            ("BT-151", _line_category, "BT-151",
             (*_L, "SpecifiedLineTradeSettlement", "ApplicableTradeTax")),
        )
    ]  # fmt: skip


def _objects() -> list[Rule]:
    """References AFL and AVV to what is invoiced: each once, with something said."""

    def of_type(scheme: str) -> Test:
        return lambda group, _: scheme in group.values("ReferenceTypeCode")

    def once(_: Group, record: Record) -> bool:
        told = [v for d in _documents(record) for v in d.values("ReferenceTypeCode")]
        return told.count("AFL") <= 1 and told.count("AVV") <= 1

    def filled(value: Group | str, _: Group, __: Record) -> bool:
        return bool(text_of(value).strip())

    path = (*_A, "AdditionalReferencedDocument", "IssuerAssignedID")
    return [
        Rule("BR-FR-29_BT-18", once, terms=("BT-18",), text="once-term", where=there(_A)),
        *(
            of_values(f"BR-FR-29_{scheme}", path, filled, "BT-18", text="missing",
                      when=of_type(scheme))
            for scheme in ("AFL", "AVV")
        ),
    ]  # fmt: skip


def rules() -> list[Rule]:
    siren = {"name": "SIREN", "value": "123456789"}
    names = {code: f"_{code}" for code in (*fr.NOTES, "TXD")}
    characteristic = (*_L, "SpecifiedTradeProduct", "ApplicableProductCharacteristic")
    return [
        *fr.values(_written(_TABLE), CII), *fr.document(CII), *fr_frames.rules(CII), *_parties(),
        *fr.notes(CII, {code: names[code] for code in fr.NOTES}, names),
        *fr.quantities(CII), *fr.sirens(CII, "BR-FR-32-GLOBALID"),
        *fr.types(CII), *fr_sellers.rules("cii"),
        Rule("BR-FR-10_BT-30", _siren, terms=("BT-30",), text="identifier", facts=siren),
        Rule("BR-FR-17_BT-123", _attached, terms=("BT-123",), text="attachment-fr",
             where=_documents),
        Rule("BR-FR-18_BT-123", _readable, terms=("BT-123",), text="once-term"),
        Rule("BR-FR-27_BG-32", lambda g, _: "Description" in g or "TypeCode" in g,
             terms=("BT-160",), text="missing", where=there(characteristic)),
        Rule("BR-FR-28-Value", _attribute, terms=("BT-161",), where=there(characteristic)),
        *_categories(), *_objects(),
        Rule("BR-FR-CO-03_BT-3", _discounted, terms=("BT-12", "BT-73", "BT-74"),
             text="all-needed"),
        Rule("BR-FR-CO-04_BT-4", _corrected, terms=("BG-3",), text="exactly-once-term"),
        Rule("BR-FR-CO-05_BT-3", _credited, terms=("BG-3", "BT-26"), text="BR-FR-CO-05"),
        Rule("BR-FR-CO-07_BT-9", _due, terms=("BT-9", "BT-2"), text="period"),
        Rule("BR-FR-CO-12_BT-5", _in_euro, terms=("BT-111", "BT-6")),
        Rule("BR-FR-CO-14_BT-29-1", _member_note, terms=("BT-22",), text="note-fr",
             facts={"value": "TXD MEMBRE_ASSUJETTI_UNIQUE"}),
        Rule("BR-FR-CO-15_BT-29-1", _member_vat, terms=("BT-63", "BG-11"), text="missing"),
    ]  # fmt: skip
