"""XRechnung 3.0.2: what Germany asks beyond EN 16931, in UBL and CII.

Source: XRechnung 3.0.2 by KoSIT with its rule set 2.5.0 (31 January 2026): BR-DE-*, the extension
(BR-DEX-*), clean vehicles (BR-DE-CVD-*) and what is provisional (BR-TMP-*, BR-DE-TMP-32). The rules
of Peppol that the publication takes over are those of ``peppol``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from acquit.core.faults import Severity
from acquit.core.judges.codes import MEDIA_TYPES, codes
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test
from acquit.core.judges.steps import (
    Path,
    first,
    groups,
    needed,
    of_values,
    path_of,
    said,
    there,
    with_scheme,
)
from acquit.core.judges.values import ZERO, cents, decimal, places, spaced

CIUS = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
EXTENSION = f"{CIUS}#conformant#urn:xeinkauf.de:kosit:extension:xrechnung_3.0"
VEHICLES = f"{CIUS}#compliant#urn:xeinkauf.de:kosit:xrechnung:cvd_0.9"
INVOICE_CODES = frozenset(("326", "380", "384", "389", "381", "875", "876", "877"))
# What the publication holds and these rules do not, with the reason.
UNCOVERED = (
    ("BR-CO-16, BR-CL-10, -11, -21, -25 and -26 in the extension",
     "BR-DEX-04 to -09 replace them there; the rules of EN 16931 still speak too"),
    ("BR-DE-25-b in CII", "that it forbids BT-86 too is not asked"),
)  # fmt: skip

_LINES = ("InvoiceLine", "CreditNoteLine")
_SELLER: Path = path_of("AccountingSupplierParty/Party")
_BUYER: Path = path_of("AccountingCustomerParty/Party")

VAT_CATEGORIES = frozenset(("S", "Z", "E", "AE", "K", "G", "L", "M"))
WARNING, INFO = Severity.WARNING, Severity.INFO
_SKONTO = re.compile(
    r"(^|\r?\n)#(SKONTO)#TAGE=([0-9]+#PROZENT=[0-9]+\.[0-9]{2})(#BASISBETRAG=-?[0-9]+\.[0-9]{2})?#$"
)
_EMAIL = re.compile(r"^[^@\s]+@([^@.\s]+\.)+[^@.\s]+$")
_URL = re.compile(r"^([a-zA-Z])([a-zA-Z0-9+.-])+:.*")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{0,30}")
_DIGA = frozenset(("XR01", "XR02", "XR03"))


def skonto(text: str) -> bool:
    """BT-20: each line that starts with # is a Skonto line, and after the last comes a new line."""
    lines = [line for line in re.split(r"\r?\n", text) if spaced(line).startswith("#")]
    rest = re.split(r"#[^\r\n]+#", text)[-1]
    return not lines or (
        all(_SKONTO.search(spaced(line)) for line in lines)
        and re.match(r"[ \t\r\n]*\n", rest) is not None
    )


def iban(text: str) -> bool:
    """The form of an IBAN and its check digits; small letters count as the publication counts."""
    plain = re.sub(r"\s", "", text)
    if not _IBAN.fullmatch(plain):
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(ord(c) - (55 if ord(c) > 64 else 48)) for c in turned)) % 97 == 1


def mail(text: str) -> bool:
    return _EMAIL.search(text) is not None


def phone(text: str) -> bool:
    return sum(c in "0123456789" for c in text) >= 3


def url(text: str) -> bool:
    return _URL.search(text) is not None


def holds(test: Callable[[str], bool], *path: str) -> Test:
    """The first value there, empty where there is none, passes the test."""
    return lambda group, _: test(first(group, *path))


def without(*names: str) -> Test:
    return lambda group, _: not any(group.has(*name.split("/")) for name in names)


def means(*wanted: str, code: str = "PaymentMeansCode") -> Test:
    return lambda group, _: first(group, code) in wanted


def _unique_files(document: str, attachment: str) -> Test:
    def test(group: Group, _: Record) -> bool:
        found = [
            attribute(value, "filename")
            for below in group.groups(document)
            for holder in groups(below, path_of(attachment)[:-1])
            for value in holder.get(path_of(attachment)[-1], ())
        ]
        named = [name for name in found if name is not None]
        return len(named) == len(set(named))

    return test


def address_of(base: Path, ids: tuple[str, str], terms: tuple[str, str, str],
           names: tuple[str, str]) -> list[Rule]:  # fmt: skip
    """City and post code of an address that is there."""
    return [
        needed(number, base, (name,), term, terms[2])
        for number, term, name in zip(ids, terms, names, strict=False)
    ]


# --- UBL -----------------------------------------------------------------------------------------


def _registered(group: Group, _: Record) -> bool:
    return (
        not _uses_vat(group)
        or "TaxRepresentativeParty" in group
        or said(group, *_SELLER, "PartyTaxScheme", "CompanyID")
    )


def _uses_vat(root: Group) -> bool:
    """Whether a line, an allowance or a charge has a category that VAT is told for."""
    found = [
        *groups(root, ("AllowanceCharge", "TaxCategory")),
        *groups(root, (_LINES, "Item", "ClassifiedTaxCategory")),
    ]
    return any(not VAT_CATEGORIES.isdisjoint(tax.values("ID")) for tax in found)


def _creditor(group: Group, _: Record) -> bool:
    if not groups(group, ("PaymentMeans", "PaymentMandate")):
        return True
    holders = [*groups(group, (*_SELLER, "PartyIdentification")),
               *groups(group, ("PayeeParty", "PartyIdentification"))]  # fmt: skip
    numbers = [value for holder in holders for value in holder.get("ID", ())]
    return any(attribute(value, "schemeID") == "SEPA" for value in numbers)


def _debited(group: Group, _: Record) -> bool:
    mandates = groups(group, ("PaymentMeans", "PaymentMandate"))
    return not mandates or any(m.has("PayerFinancialAccount", "ID") for m in mandates)


def _dated(group: Group, _: Record) -> bool:
    lines = groups(group, (_LINES,))
    return (
        group.has("Delivery", "ActualDeliveryDate")
        or "InvoicePeriod" in group
        or all("InvoicePeriod" in line for line in lines)
    )


def _typed(group: Group, _: Record) -> bool:
    found = (first(group, "InvoiceTypeCode"), first(group, "CreditNoteTypeCode"))
    return not INVOICE_CODES.isdisjoint(found)


def _corrects(group: Group, _: Record) -> bool:
    found = (first(group, "InvoiceTypeCode"), first(group, "CreditNoteTypeCode"))
    return "384" not in found or group.has("BillingReference", "InvoiceDocumentReference")


def specified(*path: str) -> Test:
    known = {CIUS, EXTENSION, VEHICLES}
    return lambda group, _: not known.isdisjoint(group.values(*path))


def terms_of(*path: str) -> Test:
    """The first note of each payment terms; line breaks count, so the text is taken as it is."""

    def test(group: Group, _: Record) -> bool:
        return all(
            skonto(text_of(below[path[-1]][0]))
            for below in group.down(*path[:-1])
            if path[-1] in below
        )

    return test


def national() -> list[Rule]:
    """BR-DE-* in UBL that are asked of every XRechnung; Peppol asks most of them as DE-R-*."""
    contact = (*_SELLER, "Contact")
    calls, mails = holds(phone, "Telephone"), holds(mail, "ElectronicMail")
    link: Path = path_of("AdditionalDocumentReference/Attachment/ExternalReference")
    files = _unique_files("AdditionalDocumentReference", "Attachment/EmbeddedDocumentBinaryObject")
    codes_30, codes_48, codes_59 = means("30", "58"), means("48", "54", "55"), means("59")
    account, mandate = ("PayeeFinancialAccount", "ID"), ("PaymentMandate",)
    paid = there(("PaymentMeans",))

    return [
        needed("BR-DE-15", (), ("BuyerReference",), "BT-10"),
        Rule("BR-DE-1", lambda g, _: "PaymentMeans" in g, terms=("BG-16",), text="missing"),
        Rule("BR-DE-2", lambda g, _: g.has("Party", "Contact"), terms=("BG-6",), text="missing",
             where=there(("AccountingSupplierParty",))),
        *address_of((*_SELLER, "PostalAddress"), ("BR-DE-3", "BR-DE-4"), ("BT-37", "BT-38", "BG-5"),
                ("CityName", "PostalZone")),
        needed("BR-DE-5", contact, ("Name",), "BT-41", "BG-6"),
        needed("BR-DE-6", contact, ("Telephone",), "BT-42", "BG-6"),
        needed("BR-DE-7", contact, ("ElectronicMail",), "BT-43", "BG-6"),
        *address_of((*_BUYER, "PostalAddress"), ("BR-DE-8", "BR-DE-9"), ("BT-52", "BT-53", "BG-8"),
                ("CityName", "PostalZone")),
        *address_of(path_of("Delivery/DeliveryLocation/Address"), ("BR-DE-10", "BR-DE-11"),
                ("BT-77", "BT-78", "BG-15"), ("CityName", "PostalZone")),
        needed("BR-DE-14", ("TaxTotal", "TaxSubtotal"), ("TaxCategory", "Percent"), "BT-119",
               "BG-23"),
        Rule("BR-DE-16", _registered, terms=("BT-31", "BT-32", "BG-11"), text="either"),
        Rule("BR-DE-17", _typed, terms=("BT-3",), text="one-of", severity=WARNING,
             facts={"codes": ", ".join(sorted(INVOICE_CODES))}),
        Rule("BR-DE-18", terms_of("PaymentTerms", "Note"), terms=("BT-20",)),
        Rule("BR-DE-19", holds(iban, *account), (), means("58"), terms=("BT-84",),
             text="iban", severity=WARNING, where=paid),
        Rule("BR-DE-20", holds(iban, *mandate, "PayerFinancialAccount", "ID"), (), codes_59,
             terms=("BT-91",), text="iban", severity=WARNING, where=paid),
        Rule("BR-DE-22", files, terms=("BT-125",)),
        Rule("BR-DE-23-a", lambda g, _: "PayeeFinancialAccount" in g, (), codes_30,
             terms=("BG-17", "BT-81"), text="means-needs", where=paid),
        Rule("BR-DE-23-b", without("CardAccount", "PaymentMandate"), (), codes_30,
             terms=("BG-18", "BG-19", "BT-81"), text="means-forbids", where=paid),
        Rule("BR-DE-24-a", lambda g, _: "CardAccount" in g, (), codes_48,
             terms=("BG-18", "BT-81"), text="means-needs", where=paid),
        Rule("BR-DE-24-b", without("PayeeFinancialAccount", "PaymentMandate"), (), codes_48,
             terms=("BG-17", "BG-19", "BT-81"), text="means-forbids", where=paid),
        Rule("BR-DE-25-a", lambda g, _: "PaymentMandate" in g, (), codes_59,
             terms=("BG-19", "BT-81"), text="means-needs", where=paid),
        Rule("BR-DE-25-b", without("PayeeFinancialAccount", "CardAccount"), (), codes_59,
             terms=("BG-17", "BG-18", "BT-81"), text="means-forbids", where=paid),
        Rule("BR-DE-26", _corrects, terms=("BG-3",), severity=WARNING),
        Rule("BR-DE-27", calls, terms=("BT-42",), severity=WARNING, where=there(contact)),
        Rule("BR-DE-28", mails, terms=("BT-43",), severity=WARNING, where=there(contact)),
        Rule("BR-DE-30", _creditor, terms=("BT-90", "BG-19"), text="missing"),
        Rule("BR-DE-31", _debited, terms=("BT-91", "BG-19"), text="missing"),
        Rule("BR-TMP-2", holds(url, "URI"), terms=("BT-124",), severity=WARNING,
             where=there(link)),
    ]  # fmt: skip


def ubl_rules() -> list[Rule]:
    return [
        *national(),
        Rule("BR-DE-21", specified("CustomizationID"), terms=("BT-24",), text="value",
             severity=WARNING,
             facts={"value": CIUS}),
        Rule("BR-DE-TMP-32", _dated, terms=("BT-72", "BG-14", "BG-26"), severity=INFO),
        *_extension_ubl(), *_vehicles_ubl(),
    ]  # fmt: skip


def _not_specified(value: str) -> Callable[[Record], bool]:
    def unless(record: Record) -> bool:
        context = record.root.groups("ExchangedDocumentContext")
        path = ("GuidelineSpecifiedDocumentContextParameter", "ID")
        found = [v for group in context for v in group.values(*path)]
        return value not in (*found, *record.root.values("CustomizationID"))

    return unless


def within(value: str, rules: list[Rule]) -> list[Rule]:
    """The rules, asked only of documents that name this specification (BT-24)."""
    unless = _not_specified(value)
    return [replace(rule, unless=unless) for rule in rules]


def schemes() -> tuple[frozenset[str], frozenset[str]]:
    """Schemes of identifiers and of electronic addresses, with those of digital health."""
    return codes("party_schemes") | _DIGA, codes("address_schemes") | _DIGA


def media(value: Group | str, _: Group, __: Record) -> bool:
    return attribute(value, "mimeCode") in MEDIA_TYPES | {"application/xml"}


def schemed(number: str, path: Path, known: frozenset[str], term: str, *,
            when: Test | None = None) -> Rule:  # fmt: skip
    """The scheme, where there is one, is in the list."""
    test = with_scheme(known)

    def asked(value: Group | str, holder: Group, record: Record) -> bool:
        return attribute(value, "schemeID") is None or test(value, holder, record)

    return of_values(number, path, asked, term, text="scheme-list", when=when)


def _extension_ubl() -> list[Rule]:
    icd, eas = schemes()
    paid = there(("PrepaidPayment",))
    return within(EXTENSION, [
        of_values("BR-DEX-01", ("*", "EmbeddedDocumentBinaryObject"), media, "BT-125",
                  text="media"),
        Rule("BR-DEX-02", _sub_totals, terms=("BT-131", "BG-DEX-01"), severity=WARNING),
        Rule("BR-DEX-03", lambda g, _: len(g.get("ClassifiedTaxCategory", ())) == 1,
             terms=("BG-DEX-01",), where=_sub_items),
        schemed("BR-DEX-04", ("*", "PartyIdentification", "ID"), icd | {"SEPA"}, "BT-29"),
        schemed("BR-DEX-05", ("*", "PartyLegalEntity", "CompanyID"), icd, "BT-30"),
        schemed("BR-DEX-06", ("*", "StandardItemIdentification", "ID"), icd, "BT-157"),
        schemed("BR-DEX-07", ("*", "EndpointID"), eas, "BT-34"),
        schemed("BR-DEX-08", ("*", "DeliveryLocation", "ID"), icd, "BT-71"),
        Rule("BR-DEX-09", _due, terms=("BT-115", "BT-112", "BT-113", "BT-DEX-002"),
             where=there(("LegalMonetaryTotal",))),
        needed("BR-DEX-10", ("PrepaidPayment",), ("ID",), "BT-DEX-001", "BG-DEX-09"),
        needed("BR-DEX-11", ("PrepaidPayment",), ("PaidAmount",), "BT-DEX-002", "BG-DEX-09"),
        needed("BR-DEX-12", ("PrepaidPayment",), ("InstructionID",), "BT-DEX-003", "BG-DEX-09"),
        Rule("BR-DEX-13", lambda g, _: places(first(g, "PaidAmount")) <= 2,
             terms=("BT-DEX-002",), text="decimals", where=paid),
        Rule("BR-DEX-14", _paid_currency, terms=("BT-DEX-002", "BT-5"), where=paid),
    ])  # fmt: skip


def _sub_items(record: Record) -> list[Group]:
    return [item for line in record.every("SubInvoiceLine") for item in line.groups("Item")]


def _sub_totals(_: Group, record: Record) -> bool:
    """Each line that has sub lines is the sum of those right below it."""
    return all(
        decimal(line.one("LineExtensionAmount") or "")
        == sum(decimal(v) for v in line.values("SubInvoiceLine", "LineExtensionAmount"))
        for line in record.every("InvoiceLine", "SubInvoiceLine")
        if "SubInvoiceLine" in line
    )


def _due(group: Group, record: Record) -> bool:
    """BT-115 = BT-112 - BT-113 + BT-114 + what third parties are paid, to the cent."""

    def number(name: str) -> Decimal:
        return decimal(group.one(name) or "0")

    others = record.root.values("PrepaidPayment", "PaidAmount")
    owed = number("TaxInclusiveAmount") - number("PrepaidAmount")
    extra = sum((decimal(value) for value in others if value.strip()), ZERO)
    return cents(number("PayableAmount") - number("PayableRoundingAmount")) == cents(owed + extra)


def _paid_currency(group: Group, record: Record) -> bool:
    wanted = record.root.values("DocumentCurrencyCode")
    return all(attribute(v, "currencyID") in wanted for v in group.get("PaidAmount", ()))


def _vehicles_ubl() -> list[Rule]:
    return vehicles(
        item=(_LINES, "Item"),
        code=("CommodityClassification", "ItemClassificationCode"),
        attribute_name=("AdditionalItemProperty", "Name"),
        attribute_value=("AdditionalItemProperty", "Value"),
        tender=needed("BR-DE-CVD-02", (), ("OriginatorDocumentReference", "ID"), "BT-17"),
        contract=("ContractDocumentReference", "ID"),
    )


def vehicles(*, item: Path, code: Path, attribute_name: Path, attribute_value: Path,
             tender: Rule, contract: Path) -> list[Rule]:  # fmt: skip
    """Clean vehicles (BR-DE-CVD-*): a class of vehicle and how clean it is, on the same item."""
    holder, named = code[0], attribute_name[0]
    assert isinstance(holder, str)
    assert isinstance(named, str)

    def classes(group: Group) -> list[Group | str]:
        return [v for g in group.groups(holder) for v in g.get(str(code[1]), ())]

    def vehicle(group: Group) -> int:
        return sum(attribute(value, "listID") == "CVD" for value in classes(group))

    def clean(group: Group) -> list[Group]:
        return [g for g in group.groups(named) if "cva" in g.values(str(attribute_name[1]))]

    def one(_: Group, record: Record) -> bool:
        return any(vehicle(group) and clean(group) for group in groups(record.root, item))

    def listed(value: Group | str, _: Group, __: Record) -> bool:
        return spaced(attribute(value, "listID") or "") in codes("item_schemes") | {"CVD"}

    def category(value: Group | str, _: Group, __: Record) -> bool:
        of_vehicle = spaced(attribute(value, "listID") or "") == "CVD"
        return not of_vehicle or spaced(text_of(value)) in ("M1", "M2", "M3", "N1", "N2", "N3")

    def told(group: Group, _: Record) -> bool:
        known = ("clean", "zero-emission", "other")
        return all(first(g, attribute_value[1]) in known for g in clean(group))

    items = there(item)
    return within(VEHICLES, [
        needed("BR-DE-CVD-01", (), contract, "BT-12"),
        tender,
        Rule("BR-DE-CVD-03", one, terms=("BT-158", "BT-160")),
        of_values("BR-DE-CVD-04", (*item, *code), category, "BT-158", text="one-of",
                  facts={"codes": "M1, M2, M3, N1, N2, N3"}),
        Rule("BR-DE-CVD-05", told, terms=("BT-161",), text="one-of", where=items,
             facts={"codes": "clean, zero-emission, other"}),
        Rule("BR-DE-CVD-06-a", lambda g, _: not vehicle(g) or len(clean(g)) == 1,
             terms=("BT-160", "BT-158"), text="BR-DE-CVD-06", where=items),
        Rule("BR-DE-CVD-06-b", lambda g, _: not clean(g) or vehicle(g) == 1,
             terms=("BT-158", "BT-160"), text="BR-DE-CVD-06", where=items),
        of_values("BR-TMP-CVD-01", (*item, *code), listed, "BT-158", text="scheme-list"),
    ])  # fmt: skip
