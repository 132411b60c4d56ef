"""France, BR-FR-* in UBL; what they are and where they come from: ``fr``."""

from __future__ import annotations

import re

from acquit.core.judges import fr, fr_frames, fr_sellers
from acquit.core.judges.fr import UBL
from acquit.core.judges.fr_values import subject
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule
from acquit.core.judges.steps import Path, first, groups, of_values, path_of, there

_LINES = ("InvoiceLine", "CreditNoteLine")
_SELLER, _BUYER = UBL.seller, UBL.buyer
_TABLE = """
01_BT-1-1 ID short BT-1
01_BT-1-2 ID number BT-1
02_BT-1 ID number BT-1
01_BT-25-1 BillingReference/InvoiceDocumentReference/ID short BT-25
01_BT-25-2 BillingReference/InvoiceDocumentReference/ID number BT-25
02_BT-25 BillingReference/InvoiceDocumentReference/ID number BT-25
01_EXT-FR-FE-136-1 LINE/BillingReference/InvoiceDocumentReference/ID short BT-25
01_EXT-FR-FE-136-2 LINE/BillingReference/InvoiceDocumentReference/ID number BT-25
02_EXT-FR-FE-136 LINE/BillingReference/InvoiceDocumentReference/ID number BT-25
03_BT-2 IssueDate day BT-2
03_BT-7 TaxPointDate day BT-7
03_BT-9 DueDate day BT-9
03_BT-26 BillingReference/InvoiceDocumentReference/IssueDate day BT-26
03_BT-72 Delivery/ActualDeliveryDate day BT-72
03_BT-73 InvoicePeriod/StartDate day BT-73
03_BT-74 InvoicePeriod/EndDate day BT-74
03_EXT-FR-FE-138 LINE/BillingReference/InvoiceDocumentReference/IssueDate day BT-26
03_EXT-FR-FE-158 LINE/Delivery/ActualDeliveryDate day BT-72
03_BT-134 LINE/InvoicePeriod/StartDate day BT-134
03_BT-135 LINE/InvoicePeriod/EndDate day BT-135
04_EXT-FR-FE-02 BillingReference/InvoiceDocumentReference/DocumentTypeCode type BT-3
04_EXT-FR-FE-137 LINE/BillingReference/InvoiceDocumentReference/DocumentTypeCode type BT-3
15_BT-95_BT-102-1 */AllowanceCharge/TaxCategory//ID category BT-95
15_BT-95_BT-102-2 */AllowanceCharge/TaxCategory//ID not-lm BT-95
15_BT-118-1 */TaxTotal/TaxSubtotal/TaxCategory//ID category BT-118
15_BT-118-2 */TaxTotal/TaxSubtotal/TaxCategory//ID not-lm BT-118
15_BT-151-1 */Item/ClassifiedTaxCategory//ID category BT-151
08_BT-151-2 */Item/ClassifiedTaxCategory//ID not-lm BT-151
16_BT-96 */AllowanceCharge/TaxCategory//Percent rate BT-96
16_BT-119 */TaxTotal/TaxSubtotal/TaxCategory//Percent rate BT-119
16_BT-152 */InvoiceLine/Item/ClassifiedTaxCategory//Percent rate BT-152
17_BT-123 */AdditionalDocumentReference//DocumentDescription attached BT-123
DEC-01_BT-93_BT-100 AllowanceCharge/BaseAmount money BT-93
DEC-01_BT-92_BT-99 AllowanceCharge/Amount money BT-92
DEC-01_BT-106 */LegalMonetaryTotal/LineExtensionAmount money BT-106
DEC-01_BT-107 */LegalMonetaryTotal/AllowanceTotalAmount money BT-107
DEC-01_BT-108 */LegalMonetaryTotal/ChargeTotalAmount money BT-108
DEC-01_BT-109 */LegalMonetaryTotal/TaxExclusiveAmount money BT-109
DEC-01_BT-110 */TaxTotal/TaxAmount money BT-110
DEC-01_BT-112 */LegalMonetaryTotal/TaxInclusiveAmount money BT-112
DEC-01_BT-113 */LegalMonetaryTotal/PrepaidAmount money BT-113
DEC-01_BT-114 */LegalMonetaryTotal/PayableRoundingAmount money BT-114
DEC-01_BT-115 */LegalMonetaryTotal/PayableAmount money BT-115
DEC-01_BT-116 */TaxTotal/TaxSubtotal/TaxableAmount money BT-116
DEC-01_BT-117 */TaxTotal/TaxSubtotal/TaxAmount money BT-117
DEC-01_BT-131 LINE/LineExtensionAmount money BT-131
DEC-01_BT-136_BT-141 LINE/AllowanceCharge/Amount money BT-136
DEC-01_BT-137_BT-142 LINE/AllowanceCharge/BaseAmount money BT-137
DEC-02_BT-149 LINE//Price/BaseQuantity any-quantity BT-149
DEC-03_BT-146 LINE//Price/PriceAmount price BT-146
DEC-03_BT-147 LINE/Price/AllowanceCharge//Amount price BT-147
DEC-03_BT-148 LINE/Price/AllowanceCharge/BaseAmount price BT-148
DEC-04_BT-96_BT-103 */AllowanceCharge/TaxCategory/Percent percent BT-96
DEC-04_BT-119 */TaxTotal/TaxSubtotal/TaxCategory/Percent percent BT-119
DEC-04_BT-152 */Item/ClassifiedTaxCategory/Percent percent BT-152
"""
_PAYER = path_of("PaymentMeans/PaymentMandate/PayerParty")
_PROVIDER = ("ServiceProviderParty", "Party")
# Number of the identifier, number of the address, place.
_OTHERS: tuple[tuple[str, str, Path], ...] = (
    ("EXT-FR-FE-06", "EXT-FR-FE-12", (*_BUYER, "AgentParty")),
    ("BT-60", "EXT-FR-FE-29", ("PayeeParty",)),
    ("EXT-FR-FE-46", "EXT-FR-FE-52", _PAYER),
    ("EXT-FR-FE-69", "EXT-FR-FE-75", (*_SELLER, "AgentParty")),
    ("EXT-FR-FE-92", "EXT-FR-FE-98", (*_BUYER, *_PROVIDER)),
    ("EXT-FR-FE-115", "EXT-FR-FE-121", (*_SELLER, *_PROVIDER)),
)


def _parties() -> list[Rule]:
    number: Path = ("PartyIdentification", "ID")
    parties = (("BT-29", _SELLER), ("BT-46", _BUYER), *((a, path) for a, _, path in _OTHERS))
    addresses = (("BT-34", _SELLER), ("BT-49", _BUYER), *((b, path) for _, b, path in _OTHERS))
    return [
        *fr.siret(UBL, parties),
        Rule("BR-FR-09_BT-71",
             fr.siret_test(UBL, number=path_of("DeliveryLocation/ID"),
                           legal=path_of("DeliveryParty/PartyLegalEntity/CompanyID")),
             terms=("BT-71",), text="BR-FR-09", where=there(("Delivery",))),
        *fr.identifiers(UBL, addresses),
        *fr.schemes((
            *((term, path, number) for term, path in parties),
            ("BT-71", path_of("Delivery/DeliveryLocation"), ("ID",)),
            ("EXT-FR-FE-146", (_LINES, "Delivery", "DeliveryLocation"), ("ID",)),
        )),
    ]  # fmt: skip


def _siren(group: Group, _: Record) -> bool:
    """The seller has a SIREN: nine digits, scheme 0002."""
    found = fr.one_of([v for v in group.get("CompanyID", ()) if attribute(v, "schemeID") == "0002"])
    return bool(found) and re.fullmatch(r"\s*\d{9}\s*", text_of(found[0]), re.ASCII) is not None


def _corrected(group: Group, record: Record) -> bool:
    corrects = first(group, "InvoiceTypeCode") in ("384", "471", "472", "473")
    return not corrects or len(group.get("BillingReference", ())) == 1


def _credited(group: Group, record: Record) -> bool:
    """A credit note names the invoice and its day, for the whole or on each line."""
    if first(group, "CreditNoteTypeCode") not in ("261", "381", "396", "502", "503"):
        return True

    def whole(reference: Group) -> bool:
        return "ID" in reference and "IssueDate" in reference

    path: Path = ("BillingReference", "InvoiceDocumentReference")
    if any(whole(reference) for reference in groups(group, path)):
        return True
    number = first(group, "ID")
    lines = [
        line
        for line in group.groups("CreditNoteLine")
        if number not in line.values(*[str(s) for s in path], "ID")
        or "DETAIL" in line.values(*[str(s) for s in path], "DocumentStatusCode")
    ]
    return all(
        any(whole(r) and first(r, "ID") != number for r in groups(line, path)) for line in lines
    )


def _discounted(group: Group, record: Record) -> bool:
    if first(group, "CreditNoteTypeCode") != "262":
        return True
    return (
        fr.one_said(group, "ContractDocumentReference", "ID")
        and fr.one_said(group, "InvoicePeriod", "StartDate")
        and fr.one_said(group, "InvoicePeriod", "EndDate")
    )


def _due(group: Group, record: Record) -> bool:
    kind = first(group, ("InvoiceTypeCode", "CreditNoteTypeCode"))
    if kind in ("386", "500", "503") or first(group, "ProfileID") in ("B2", "S2", "M2"):
        return True
    days = [*group.values("DueDate"), *group.values("PaymentMeans", "PaymentDueDate")]
    issued = group.values("IssueDate")
    return not any(day < issue for day in days for issue in issued)


def _in_euro(group: Group, _: Record) -> bool:
    if all(value == "EUR" for value in group.values("DocumentCurrencyCode")):
        return True
    totals = [v for total in group.groups("TaxTotal") for v in total.get("TaxAmount", ())]
    if "EUR" not in group.values("TaxCurrencyCode"):
        return False
    return any(
        text_of(v) for v in fr.one_of([v for v in totals if attribute(v, "currencyID") == "EUR"])
    )


def _single_taxpayer(record: Record) -> bool:
    holders = groups(record.root, (*_SELLER, "PartyIdentification"))
    return any(attribute(v, "schemeID") == "0231" for h in holders for v in h.get("ID", ()))


def _member_note(_: Group, record: Record) -> bool:
    return not _single_taxpayer(record) or (
        subject(record, "TXD")[:1] == ["MEMBRE_ASSUJETTI_UNIQUE"]
    )


def _member_vat(group: Group, record: Record) -> bool:
    return not _single_taxpayer(record) or fr.one_said(
        group, "TaxRepresentativeParty", "PartyTaxScheme", "CompanyID"
    )


def _attribute(group: Group, _: Record) -> bool:
    """A property of an item has a value, or a quantity with its unit."""
    if "Value" in group:
        return "ValueQuantity" not in group
    return any(attribute(v, "unitCode") for v in group.get("ValueQuantity", ()))


def _readable(group: Group, _: Record) -> bool:
    documents = group.groups("AdditionalDocumentReference")
    return sum("LISIBLE" in d.values("DocumentDescription") for d in documents) <= 1


def _objects() -> list[Rule]:
    """References AFL and AVV to what is invoiced say something."""
    return [
        of_values(f"BR-FR-{number}_{scheme}", path, fr.only(scheme, _filled), term, text="missing")
        for number, path, term in (
            ("29", ("AdditionalDocumentReference", "ID"), "BT-18"),
            ("30", (_LINES, "DocumentReference", "ID"), "BT-128"),
        )
        for scheme in ("AFL", "AVV")
    ]


def _filled(value: Group | str, _: Group, __: Record) -> bool:
    return bool(text_of(value).strip())


def rules() -> list[Rule]:
    siren = {"name": "SIREN", "value": "123456789"}
    return [
        *fr.values(_TABLE, UBL), *fr.document(UBL), *fr_frames.rules(UBL), *_parties(),
        *fr.notes(UBL, {"PMT": "-1", "PMD": "-2", "AAB": "-3"},
                  {"PMT": "-1", "PMD": "-2", "AAB": "-3", "TXD": "-4"}),
        *fr.quantities(UBL), *fr.sirens(UBL, "BR-FR-32-ID"),
        *fr.types(UBL), *fr_sellers.rules("ubl"),
        Rule("BR-FR-10_BT-30", _siren, terms=("BT-30",), text="identifier", facts=siren,
             where=there((*_SELLER, "PartyLegalEntity"))),
        Rule("BR-FR-18_BT-123", _readable, terms=("BT-123",), text="once-term"),
        Rule("BR-FR-28-Value", _attribute, terms=("BT-161",),
             where=there((_LINES, "Item", "AdditionalItemProperty"))),
        *_objects(),
        Rule("BR-FR-CO-03_BT-3", _discounted, terms=("BT-12", "BT-73", "BT-74"), text="all-needed"),
        Rule("BR-FR-CO-04_BT-3", _corrected, terms=("BG-3",), text="exactly-once-term"),
        Rule("BR-FR-CO-05_BT-3", _credited, terms=("BG-3", "BT-26"), text="BR-FR-CO-05"),
        Rule("BR-FR-CO-07_BT-9", _due, terms=("BT-9", "BT-2"), text="period"),
        Rule("BR-FR-CO-12_BT-5", _in_euro, terms=("BT-111", "BT-6")),
        Rule("BR-FR-CO-14_BT-29-1", _member_note, terms=("BT-22",), text="note-fr",
             facts={"value": "TXD MEMBRE_ASSUJETTI_UNIQUE"}),
        Rule("BR-FR-CO-15_BT-29-1", _member_vat, terms=("BT-63", "BG-11"), text="missing"),
    ]  # fmt: skip
