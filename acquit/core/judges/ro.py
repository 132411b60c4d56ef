"""CIUS-RO 1.0.9 (5 June 2024): what RO e-Factura asks beyond EN 16931, in UBL.

Source: OMF 1366/2021 with annexes and the published rule set ``RO16931-rules`` 1.0.9, the latest.
The ids are those of its assertions. Where its messages say another id, that of the family, such as
``BR-RO-L200`` for ``BR-RO-L155``, it is in the rule's facts: the tax office answers with it.
"""

from __future__ import annotations

from acquit.core.faults import Severity
from acquit.core.judges.record import Group, Record, attribute
from acquit.core.judges.registry import Rule, Test, ValueTest
from acquit.core.judges.steps import (
    Path,
    a_date,
    both,
    cents_only,
    coded,
    first,
    groups,
    longest,
    needed,
    of_values,
    path_of,
    said,
    there,
)
from acquit.core.judges.values import Unevaluable, boolean, spaced

SPECIFICATION = (
    "urn:cen.eu:en16931:2017#compliant#urn:efactura.mfinante.ro:CIUS-RO:1.0.1"  # of 1.0.9 too
)
COUNTIES = frozenset(
    f"RO-{code}"
    for code in (
        "AB AG AR B BC BH BN BR BT BV BZ CJ CL CS CT CV DB DJ GJ GL GR HD HR IF IL IS MH MM MS NT "
        "OT PH SB SJ SM SV TL TM TR VL VN VS"
    ).split()
)
SECTORS = frozenset(f"SECTOR{number}" for number in range(1, 7))
INVOICE_CODES = frozenset(("380", "384", "389", "751"))
TAX_POINT_CODES = frozenset(("3", "35", "432"))

# What the publication holds and these rules do not, with the reason.
UNCOVERED = (
    ("BR-RO-L1019", "its place is never reached: an earlier rule takes the same group"),
    ("BR-DEC-RO-13", "its place is never reached; BR-DEC-13 of EN 16931 asks the same"),
    ("BR-DEC-RO-15", "its place is never reached; BR-DEC-15 of EN 16931 asks the same"),
    ("BR-DEC-RO-23", "its place is never reached; BR-DEC-23 of EN 16931 asks the same"),
)

_LINES = ("InvoiceLine", "CreditNoteLine")
_SELLER: Path = path_of("AccountingSupplierParty/Party")
_BUYER: Path = path_of("AccountingCustomerParty/Party")
_REPRESENTATIVE: Path = ("TaxRepresentativeParty",)
_DELIVERY: Path = path_of("Delivery/DeliveryLocation/Address")
_VAT_CATEGORIES = frozenset(("S", "Z", "E", "AE", "K", "G", "L", "M"))

# Assertion, business term, longest text, place.
LENGTHS: tuple[tuple[str, str, int, Path], ...] = (
    ("L0201", "BT-38", 20, (*_SELLER, "PostalAddress", "PostalZone")),
    ("L0202", "BT-53", 20, (*_BUYER, "PostalAddress", "PostalZone")),
    ("L0203", "BT-67", 20, (*_REPRESENTATIVE, "PostalAddress", "PostalZone")),
    ("L0204", "BT-78", 20, (*_DELIVERY, "PostalZone")),
    ("L155", "BT-1", 200, ("ID",)),
    ("L0302", "BT-12", 200, path_of("ContractDocumentReference/ID")),
    ("L0303", "BT-13", 200, path_of("OrderReference/ID")),
    ("L0304", "BT-14", 200, path_of("OrderReference/SalesOrderID")),
    ("L0305", "BT-15", 200, path_of("ReceiptDocumentReference/ID")),
    ("L0306", "BT-16", 200, path_of("DespatchDocumentReference/ID")),
    ("L0307", "BT-17", 200, path_of("OriginatorDocumentReference/ID")),
    ("L0501", "BT-37", 50, (*_SELLER, "PostalAddress", "CityName")),
    ("L0502", "BT-52", 50, (*_BUYER, "PostalAddress", "CityName")),
    ("L0503", "BT-66", 50, (*_REPRESENTATIVE, "PostalAddress", "CityName")),
    ("L0504", "BT-77", 50, (*_DELIVERY, "CityName")),
    ("L1001", "BT-19", 100, ("AccountingCost",)),
    ("L1002", "BT-36", 100, (*_SELLER, "PostalAddress", "AdditionalStreetName")),
    ("L1003", "BT-162", 100, (*_SELLER, "PostalAddress", "AddressLine", "Line")),
    ("L1004", "BT-41", 100, (*_SELLER, "Contact", "Name")),
    ("L1005", "BT-42", 100, (*_SELLER, "Contact", "Telephone")),
    ("L1006", "BT-43", 100, (*_SELLER, "Contact", "ElectronicMail")),
    ("L1007", "BT-51", 100, (*_BUYER, "PostalAddress", "AdditionalStreetName")),
    ("L1008", "BT-163", 100, (*_BUYER, "PostalAddress", "AddressLine", "Line")),
    ("L1009", "BT-56", 100, (*_BUYER, "Contact", "Name")),
    ("L1010", "BT-57", 100, (*_BUYER, "Contact", "Telephone")),
    ("L1011", "BT-58", 100, (*_BUYER, "Contact", "ElectronicMail")),
    ("L1012", "BT-65", 100, (*_REPRESENTATIVE, "PostalAddress", "AdditionalStreetName")),
    ("L1013", "BT-164", 100, (*_REPRESENTATIVE, "PostalAddress", "AddressLine", "Line")),
    ("L1014", "BT-76", 100, (*_DELIVERY, "AdditionalStreetName")),
    ("L1015", "BT-165", 100, (*_DELIVERY, "AddressLine", "Line")),
    ("L151", "BT-35", 150, (*_SELLER, "PostalAddress", "StreetName")),
    ("L152", "BT-50", 150, (*_BUYER, "PostalAddress", "StreetName")),
    ("L153", "BT-64", 150, (*_REPRESENTATIVE, "PostalAddress", "StreetName")),
    ("L154", "BT-75", 150, (*_DELIVERY, "StreetName")),
    ("L201", "BT-27", 200, (*_SELLER, "PartyLegalEntity", "RegistrationName")),
    ("L202", "BT-28", 200, (*_SELLER, "PartyName", "Name")),
    ("L203", "BT-44", 200, (*_BUYER, "PartyLegalEntity", "RegistrationName")),
    ("L204", "BT-45", 200, (*_BUYER, "PartyName", "Name")),
    ("L205", "BT-59", 200, path_of("PayeeParty/PartyName/Name")),
    ("L206", "BT-62", 200, (*_REPRESENTATIVE, "PartyName", "Name")),
    ("L207", "BT-70", 200, path_of("Delivery/DeliveryParty/PartyName/Name")),
    ("L301", "BT-20", 300, path_of("PaymentTerms/Note")),
    ("L1000", "BT-33", 1000, (*_SELLER, "PartyLegalEntity", "CompanyLegalForm")),
    ("L208", "BT-85", 200, path_of("PaymentMeans/PayeeFinancialAccount/Name")),
    ("L209", "BT-88", 200, path_of("PaymentMeans/CardAccount/HolderName")),
    ("L140", "BT-83", 140, path_of("PaymentMeans/PaymentID")),
    ("L1024", "BT-153", 100, (_LINES, "Item", "Name")),
    ("L1021", "BT-133", 100, (_LINES, "AccountingCost")),
    ("L212", "BT-154", 200, (_LINES, "Item", "Description")),
    ("L303", "BT-127", 300, (_LINES, "Note")),
    ("L0505", "BT-160", 50, (_LINES, "Item", "AdditionalItemProperty", "Name")),
    ("L1025", "BT-161", 100, (_LINES, "Item", "AdditionalItemProperty", "Value")),
    ("L302", "BT-22", 300, ("*", "Note")),
    ("L0308", "BT-122", 200, path_of("AdditionalDocumentReference/ID")),
    ("L1020", "BT-123", 100, path_of("AdditionalDocumentReference/DocumentDescription")),
    ("L210", "BT-124", 200,
     path_of("AdditionalDocumentReference/Attachment/ExternalReference/URI")),
    ("L156", "BT-25", 200, path_of("BillingReference/InvoiceDocumentReference/ID")),
)  # fmt: skip
_TOTALS = (
    ("09", "BT-106", "LineExtensionAmount"),
    ("10", "BT-107", "AllowanceTotalAmount"),
    ("11", "BT-108", "ChargeTotalAmount"),
    ("12", "BT-109", "TaxExclusiveAmount"),
    ("14", "BT-112", "TaxInclusiveAmount"),
    ("16", "BT-113", "PrepaidAmount"),
    ("17", "BT-114", "PayableRoundingAmount"),
    ("18", "BT-115", "PayableAmount"),
)
_DATES = (
    ("DT001", "IssueDate", ("BT-2", "BT-26")),
    ("DT002", "TaxPointDate", ("BT-7",)),
    ("DT003", "DueDate", ("BT-9",)),
    ("DT003_CN", "PaymentDueDate", ("BT-9",)),
    ("DT004", "ActualDeliveryDate", ("BT-72",)),
    ("DT005", "StartDate", ("BT-73", "BT-134")),
    ("DT006", "EndDate", ("BT-74", "BT-135")),
)


def _lengths() -> list[Rule]:
    found = []
    for number, term, count, path in LENGTHS:
        rule = longest(f"BR-RO-{number}", path, count, term)
        found.append(_of_family(rule, f"BR-RO-L{count:03}"))
    for number, term, count, path, name in (
        ("L1016", "BT-82", 100, path_of("PaymentMeans/PaymentMeansCode"), "name"),
        ("L211", "BT-125", 200,
         path_of("AdditionalDocumentReference/Attachment/EmbeddedDocumentBinaryObject"),
         "filename"),
    ):  # fmt: skip
        facts = {"max": str(count), "family": f"BR-RO-L{count:03}"}
        found.append(
            of_values(f"BR-RO-{number}", path, _short_attribute(name, count), term,
                      text="too-long", facts=facts)
        )  # fmt: skip
    return found


def _of_family(rule: Rule, family: str) -> Rule:
    facts = {**rule.facts, "family": family}
    return Rule(rule.id, rule.test, rule.on, rule.when, rule.value, rule.value_test, rule.terms,
                rule.text, rule.severity, facts)  # fmt: skip


def _short_attribute(name: str, count: int) -> ValueTest:
    return lambda value, _, __: len(spaced(attribute(value, name) or "")) <= count


def _is_invoice(_: Group, record: Record) -> bool:
    """The publication asks some questions of invoices only: it names credit notes wrongly."""
    return record.root.name == "Invoice"


def _places() -> list[Rule]:
    """Counties by ISO 3166-2:RO, and in Bucharest the sector for a city."""
    found: list[Rule] = []
    for sector, county, path, terms, when in (
        ("100", "110", (*_SELLER, "PostalAddress"), ("BT-37", "BT-39", "BT-40"), None),
        ("101", "111", (*_BUYER, "PostalAddress"), ("BT-52", "BT-54", "BT-55"), None),
        ("160", "170", (*_REPRESENTATIVE, "PostalAddress"), ("BT-66", "BT-68", "BT-69"),
         _is_invoice),
        ("202", "212", _DELIVERY, ("BT-77", "BT-79", "BT-80"), _is_invoice),
    ):  # fmt: skip
        city, subdivision, country = terms
        where = there(path)
        found += [
            Rule(f"BR-RO-{sector}", _if_applies(_has_sector, when), terms=(city, subdivision),
                 text="BR-RO-100", where=where),
            Rule(f"BR-RO-{county}", _if_applies(_has_county, when), terms=(subdivision, country),
                 text="BR-RO-110", where=where),
        ]  # fmt: skip
    return found


def _if_applies(test: Test, when: Test | None) -> Test:
    return lambda group, record: (
        (when is not None and not when(group, record)) or test(group, record)
    )


def _in_romania(group: Group) -> bool:
    return first(group, "Country", "IdentificationCode") == "RO"


def _has_sector(group: Group, _: Record) -> bool:
    in_bucharest = _in_romania(group) and first(group, "CountrySubentity") == "RO-B"
    return not in_bucharest or first(group, "CityName") in SECTORS


def _has_county(group: Group, _: Record) -> bool:
    return not _in_romania(group) or first(group, "CountrySubentity") in COUNTIES


def _mandatory() -> list[Rule]:
    address = ("PostalAddress",)
    return [
        needed("BR-RO-081", (), (*_SELLER, *address, "StreetName"), "BT-35", "BG-5"),
        needed("BR-RO-082", (), (*_BUYER, *address, "StreetName"), "BT-50", "BG-8"),
        needed("BR-RO-091", (), (*_SELLER, *address, "CityName"), "BT-37", "BG-5"),
        needed("BR-RO-092", (), (*_BUYER, *address, "CityName"), "BT-52", "BG-8"),
        needed("BR-RO-140", (*_REPRESENTATIVE, *address), ("StreetName",), "BT-64", "BG-12",
               when=_is_invoice),
        needed("BR-RO-150", (*_REPRESENTATIVE, *address), ("CityName",), "BT-66", "BG-12",
               when=_is_invoice),
        needed("BR-RO-180", _DELIVERY, ("StreetName",), "BT-75", "BG-15", when=_is_invoice),
        needed("BR-RO-201", _DELIVERY, ("CityName",), "BT-77", "BG-15", when=_is_invoice),
        needed("BR-RO-211", _DELIVERY, ("CountrySubentity",), "BT-79", "BG-15", when=_is_invoice),
    ]  # fmt: skip


def _uses_vat(record: Record) -> bool:
    """Whether an allowance, a charge or an invoice line has a category that VAT is told for."""
    for group in record.root.groups("AllowanceCharge"):
        signs = set(group.values("ChargeIndicator"))
        for tax in group.groups("TaxCategory"):
            of_vat = "VAT" in tax.values("TaxScheme", "ID")
            if ("true" in signs or ("false" in signs and of_vat)) and (
                not _VAT_CATEGORIES.isdisjoint(tax.values("ID"))
            ):
                return True
    items = groups(record.root, ("InvoiceLine", "Item", "ClassifiedTaxCategory"))
    return any(not _VAT_CATEGORIES.isdisjoint(tax.values("ID")) for tax in items)


def _seller_registered(group: Group, record: Record) -> bool:
    return (
        not _uses_vat(record)
        or group.has("TaxRepresentativeParty", "PartyTaxScheme", "CompanyID")
        or said(group, *_SELLER, "PartyTaxScheme", "CompanyID")
    )


def _buyer_registered(group: Group, record: Record) -> bool:
    return (
        not _uses_vat(record)
        or bool(_legal_number(group))
        or said(group, *_BUYER, "PartyTaxScheme", "CompanyID")
    )


def _legal_number(group: Group) -> list[str]:
    return group.values("AccountingCustomerParty", "Party", "PartyLegalEntity", "CompanyID")


def _lei(group: Group, _: Record) -> bool:
    return "RON" in (first(group, "DocumentCurrencyCode"), first(group, "TaxCurrencyCode"))


def _at_most(count: int, *path: str) -> Test:
    return lambda group, _: len(group.values(*path)) <= count


def _document() -> list[Rule]:
    properties = (_LINES, "Item")
    return [
        Rule("BR-RO-001", lambda group, _: SPECIFICATION in group.values("CustomizationID"),
             terms=("BT-24",), text="value", facts={"value": SPECIFICATION}),
        Rule("BR-RO-010", lambda group, _: any(c in "0123456789" for c in first(group, "ID")),
             terms=("BT-1",)),
        coded("BR-RO-020_1", ("*", "InvoiceTypeCode"), INVOICE_CODES, "BT-3"),
        coded("BR-RO-020_2", ("*", "CreditNoteTypeCode"), frozenset(("381",)), "BT-3"),
        Rule("BR-RO-030", _lei, terms=("BT-6", "BT-5")),
        coded("BR-RO-040", ("*", "InvoicePeriod", "DescriptionCode"), TAX_POINT_CODES, "BT-8"),
        Rule("BR-RO-065", _seller_registered, terms=("BT-31", "BT-32", "BT-63"), text="either"),
        Rule("BR-RO-120", _buyer_registered, terms=("BT-47", "BT-48"), text="either"),
        Rule("BR-RO-A020", _at_most(20, "Note"), terms=("BG-1",), text="too-many",
             facts={"max": "20"}),
        # The publication counts each one alone and so never finds too many: hence a warning.
        Rule("BR-RO-A051", _at_most(50, "AdditionalDocumentReference"), terms=("BG-24",),
             text="too-many", severity=Severity.WARNING,
             facts={"max": "50", "family": "BR-RO-A050"}),
        Rule("BR-RO-A052", _at_most(50, "AdditionalItemProperty"), terms=("BG-32",),
             text="too-many", severity=Severity.WARNING, where=there(properties),
             facts={"max": "50", "family": "BR-RO-A050"}),
        Rule("BR-RO-A500", _at_most(500, "InvoiceDocumentReference"), ("BillingReference",),
             terms=("BG-3",), text="too-many", facts={"max": "500"}),
    ]  # fmt: skip


def _is_charge(wanted: bool) -> Test:
    def test(group: Group, _: Record) -> bool:
        try:
            return any(boolean(value) is wanted for value in group.values("ChargeIndicator"))
        except Unevaluable:
            return False

    return test


def _decimals() -> list[Rule]:
    found = [
        of_values(f"BR-DEC-RO-{number}", ("*", "LegalMonetaryTotal", name), cents_only, term,
                  text="decimals")
        for number, term, name in _TOTALS
    ]  # fmt: skip
    for number, path, charge, terms in (
        ("01 02 L1017", ("AllowanceCharge",), False, ("BT-92", "BT-93", "BT-97")),
        ("05 06 L1018", ("AllowanceCharge",), True, ("BT-99", "BT-100", "BT-104")),
        ("24 25 L1022", (_LINES, "AllowanceCharge"), False, ("BT-136", "BT-137", "BT-139")),
        ("27 28 L1023", (_LINES, "AllowanceCharge"), True, ("BT-141", "BT-142", "BT-144")),
    ):
        amount, base, reason = number.split()
        document = len(path) == 1
        when = both(_is_charge(charge), _is_invoice if document else None)
        # On the level of the document the publication measures the code of the reason.
        said_in = "AllowanceChargeReasonCode" if document else "AllowanceChargeReason"
        rule = longest(f"BR-RO-{reason}", (*path, said_in), 100, terms[2], when=when)
        found += [
            of_values(f"BR-DEC-RO-{amount}", (*path, "Amount"), cents_only, terms[0],
                      text="decimals", when=when),
            of_values(f"BR-DEC-RO-{base}", (*path, "BaseAmount"), cents_only, terms[1],
                      text="decimals", when=when),
            _of_family(rule, "BR-RO-L100"),
        ]  # fmt: skip
    subtotal = ("TaxTotal", "TaxSubtotal")
    return [
        *found,
        of_values("BR-DEC-RO-1009", (*subtotal, "TaxableAmount"), cents_only, "BT-116",
                  text="decimals"),
        of_values("BR-DEC-RO-1010", (*subtotal, "TaxAmount"), cents_only, "BT-117",
                  text="decimals"),
    ]  # fmt: skip


def rules() -> list[Rule]:
    dates = [
        of_values(f"BR-RO-{number}", ("*", name), a_date, *terms, text="date")
        for number, name, terms in _DATES
    ]
    return [
        *_document(), *_mandatory(), *_places(), *dates, *_lengths(), *_decimals(),
    ]  # fmt: skip
