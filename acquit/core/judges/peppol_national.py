"""Peppol BIS Billing 3.0.21: numbers of identifiers, and rules of single countries.

Where seller and buyer are both German the rules of XRechnung are asked, under their names here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from acquit.core.faults import Severity
from acquit.core.judges import xrechnung
from acquit.core.judges.peppol import both_german
from acquit.core.judges.peppol_lands import (
    addressed,
    country_of,
    denmark,
    greece,
    iceland,
    vat_number,
)
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test, ValueTest
from acquit.core.judges.steps import Path, first, groups, needed, said, texts, there
from acquit.core.judges.values import decimal, spaced

_SELLER: Path = ("AccountingSupplierParty", "Party")
_BUYER: Path = ("AccountingCustomerParty", "Party")
_LINES = ("InvoiceLine", "CreditNoteLine")
WARNING = Severity.WARNING
# The rules of XRechnung under the names that Peppol gives them.
GERMAN = {
    "BR-DE-1": "001", "BR-DE-2": "002", "BR-DE-3": "003", "BR-DE-4": "004", "BR-DE-5": "005",
    "BR-DE-6": "006", "BR-DE-7": "007", "BR-DE-8": "008", "BR-DE-9": "009", "BR-DE-10": "010",
    "BR-DE-11": "011", "BR-DE-14": "014", "BR-DE-15": "015", "BR-DE-16": "016",
    "BR-DE-17": "017", "BR-DE-18": "018", "BR-DE-19": "019", "BR-DE-20": "020",
    "BR-DE-22": "022", "BR-DE-23-a": "023-1", "BR-DE-23-b": "023-2", "BR-DE-24-a": "024-1",
    "BR-DE-24-b": "024-2", "BR-DE-25-a": "025-1", "BR-DE-25-b": "025-2", "BR-DE-26": "026",
    "BR-DE-27": "027", "BR-DE-28": "028", "BR-DE-30": "030", "BR-DE-31": "031",
    "BR-TMP-2": "T02",
}  # fmt: skip


def _german() -> list[Rule]:
    return [
        replace(
            rule,
            id=f"DE-R-{GERMAN[rule.id]}",
            text=rule.text or rule.id,
            unless=lambda record: not both_german(record),
        )
        for rule in xrechnung.national()
    ]


# --- Numbers of identifiers ----------------------------------------------------------------------


def gln(text: str) -> bool:
    """GS1: the digits from the right weigh 3 and 1 in turn; the last is the check digit."""
    if not re.fullmatch(r"[0-9]+", text):
        return False
    weighed = sum(int(c) * (3 if i % 2 == 0 else 1) for i, c in enumerate(reversed(text[:-1])))
    return (10 - weighed % 10) % 10 == int(text[-1])


def norwegian(text: str) -> bool:
    """Nine digits, the last modulo 11 with weights 2 to 7 from the right."""
    if not re.fullmatch(r"[0-9]{9}", text) or not int(text):
        return False
    weighed = sum(int(c) * (i % 6 + 2) for i, c in enumerate(reversed(text[:-1])))
    return (11 - weighed % 11) % 11 == int(text[-1])


def belgian(text: str) -> bool:
    return re.fullmatch(r"[0-9]{10}", text) is not None and 97 - int(text[:8]) % 97 == int(text[8:])


def swedish(text: str) -> bool:
    """Ten digits by the formula of Luhn."""
    if not re.fullmatch(r"[0-9]{10}", text):
        return False
    doubled = [int(c) * (2 if i % 2 == 0 else 1) for i, c in enumerate(text[:9])]
    return (10 - sum(n // 10 + n % 10 for n in doubled) % 10) % 10 == int(text[9])


def italian_code(text: str) -> bool:
    """Codice fiscale: eleven digits, or sixteen characters by their kinds."""
    pattern = r"[A-Za-z]{6}[0-9]{2}[A-Za-z][0-9]{2}.{3}[0-9][A-Za-z]"
    return re.fullmatch(rf"[0-9]{{11}}|{pattern}", text) is not None


def italian_vat(text: str) -> bool:
    """Partita IVA after IT: eleven digits by the formula of Luhn; other countries pass."""
    if text[:2] not in ("IT", "it"):
        return True
    digits = text[2:]
    if not re.fullmatch(r"[0-9]{11}", digits):
        return False
    doubled = [int(c) * (2 if i % 2 else 1) for i, c in enumerate(digits)]
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


def australian(text: str) -> bool:
    """An Australian business number: eleven digits, weighed, modulo 89."""
    if not re.fullmatch(r"[0-9]{11}", text):
        return False
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    return (sum(int(c) * w for c, w in zip(text, weights, strict=True)) - 10) % 89 == 0


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text, re.ASCII) is not None


_NUMBERS: tuple[tuple[str, str, Callable[[str], bool], str, bool], ...] = (
    ("R040", "0088", gln, "GLN, 13 digits with check digit", True),
    ("R041", "0192", norwegian, "9 digits with check digit", True),
    ("R042", "0184", _like(r"DK[0-9]{8}|[0-9]{8}"), "DK12345678, 12345678", True),
    ("R043", "0208", belgian, "10 digits with check digits", True),
    ("R044", "0201", _like(r"[A-Za-z0-9]{6}"), "6 letters or digits", False),
    ("R045", "0210", italian_code, "11 or 16 characters", False),
    ("R046", "9907", italian_code, "11 or 16 characters", False),
    ("R047", "0211", italian_vat, "IT12345678903", False),
    ("R049", "0007", swedish, "10 digits with check digit", True),
    ("R050", "0151", australian, "11 digits with check digits", True),
    ("R052", "0096", _like(r"[0-9]{10}"), "10 digits", True),
    ("R053", "0198", _like(r"DK[0-9]{8}"), "DK12345678", True),
    ("R054", "0106", _like(r"[0-9]{8}"), "12345678", False),
    ("R055", "0190", _like(r"[0-9]{20}"), "20 digits", False),
    ("R056-1", "9944", _like(r"NL[0-9]{9}B[0-9]{2}"), "NL123456789B12", False),
    ("R057", "0217", _like(r"[0-9]{12}"), "12 digits", False),
)


def _numbers() -> list[Rule]:
    found = [
        Rule(
            f"PEPPOL-COMMON-{number}",
            value=("EndpointID",) if scheme == "9907" else ("EndpointID", "CompanyID", "ID"),
            value_test=_numbered(scheme, test),
            unless=partial(_unused, scheme),
            terms=("BT-29", "BT-30", "BT-34"),
            text="identifier",
            severity=Severity.FATAL if fatal else WARNING,
            facts={"name": scheme, "value": form},
        )
        for number, scheme, test, form, fatal in _NUMBERS
    ]
    dutch = Rule("PEPPOL-COMMON-R056-2", _dutch_vat, ("PartyTaxScheme",), terms=("BT-31",),
                 text="identifier", severity=WARNING,
                 facts={"name": "VAT", "value": "NL123456789B12"})  # fmt: skip
    return [*found, dutch]


def _unused(scheme: str, record: Record) -> bool:
    """Whether no identifier of the document is of this scheme."""
    if "schemes" not in record.kept:
        schemed = record.attributes.get("schemeID", ())
        record.kept["schemes"] = {
            attribute(value, "schemeID") for group, name in schemed for value in group.get(name, ())
        }
    return scheme not in record.kept["schemes"]


def _numbered(scheme: str, test: Callable[[str], bool]) -> ValueTest:
    """Of this scheme there are numbers of its form alone, in parties and their addresses."""

    def asked(value: Group | str, holder: Group, _: Record) -> bool:
        if attribute(value, "schemeID") != scheme or test(spaced(text_of(value))):
            return True
        elsewhere = holder.name != "PartyIdentification"
        return elsewhere and any(value is other for other in holder.get("ID", ()))

    return asked


def _dutch_vat(group: Group, _: Record) -> bool:
    number = first(group, "CompanyID")
    of_vat = first(group, "TaxScheme", "ID") == "VAT"
    return (
        not of_vat
        or not number.startswith("NL")
        or re.fullmatch(r"NL[0-9]{9}B[0-9]{2}", number) is not None
    )


# --- Single countries ----------------------------------------------------------------------------


def _seller_country(record: Record) -> str:
    """By the VAT number of the seller, else of its representative, else by its address."""
    return country_of(record, _SELLER, ("TaxRepresentativeParty",))


def _from(*lands: str) -> Callable[[Record], bool]:
    return lambda record: _seller_country(record) not in lands


def _norway() -> list[Rule]:
    def vat(group: Group, _: Record) -> bool:
        number = vat_number(group)
        right = number.startswith("NO") and number.endswith("MVA") and norwegian(number[2:-3])
        return right or not number.startswith("NO")

    def register(group: Group, _: Record) -> bool:
        told = [
            first(tax, "CompanyID")
            for tax in group.groups("PartyTaxScheme")
            if first(tax, "TaxScheme", "ID") == "TAX"
        ]
        return told[:1] == ["Foretaksregisteret"]

    where, unless = there(_SELLER), _from("NO")
    return [
        Rule("NO-R-001", vat, terms=("BT-31",), text="identifier", where=where, unless=unless,
             facts={"name": "VAT", "value": "NO123456785MVA"}),
        Rule("NO-R-002", register, terms=("BT-32",), text="value", where=where, unless=unless,
             severity=WARNING, facts={"value": "Foretaksregisteret"}),
    ]  # fmt: skip


def _scheme(path: Path, *known: str, value_needed: bool = False) -> Test:
    """Each identifier there says one of these schemes."""

    def test(group: Group, _: Record) -> bool:
        found = [v for g in groups(group, path[:-1]) for v in g.get(str(path[-1]), ())]
        return all(
            spaced(attribute(value, "schemeID") or "") in known
            and (not value_needed or spaced(text_of(value)))
            for value in found
        )

    return test


def _denmark() -> list[Rule]:
    legal: Path = ("PartyLegalEntity", "CompanyID")
    means = frozenset("1 10 31 42 48 49 50 58 59 93 97".split())

    def not_negative(group: Group, record: Record) -> bool:
        amount = group.one("LegalMonetaryTotal", "PayableAmount")
        return record.root.name != "CreditNote" or amount is None or decimal(amount) >= 0

    def schemed(group: Group, _: Record) -> bool:
        return all(spaced(attribute(v, "schemeID") or "") for v in group.get("ID", ()))

    def invoice(_: Group, record: Record) -> bool:
        return record.root.name == "Invoice"

    seller, home = addressed("DK"), addressed("DK", domestic=True)
    cvr = {"value": "0184"}
    return [
        replace(needed("DK-R-002", (), (*_SELLER, *legal), "BT-30"), unless=seller),
        Rule("DK-R-005", lambda g, _: first(g, "PaymentMeansCode") in means, when=invoice,
             terms=("BT-81",), text="one-of", unless=home, where=there(("PaymentMeans",)),
             facts={"codes": ", ".join(sorted(means, key=int))}),
        Rule("DK-R-013", schemed, terms=("BT-29", "BT-46"), text="scheme", unless=home,
             where=there((("AccountingSupplierParty", "AccountingCustomerParty"), "Party",
                          "PartyIdentification"))),
        Rule("DK-R-014", _scheme((*_SELLER, *legal), "0184"), terms=("BT-30",), facts=cvr,
             text="scheme-value", unless=seller),
        Rule("DK-R-016", not_negative, terms=("BT-115",), text="credit-negative", unless=home),
        Rule("DK-R-017", _scheme((*_BUYER, *legal), "0184"), terms=("BT-47",), facts=cvr,
             text="scheme-value", unless=home),
    ]  # fmt: skip


def _italy() -> list[Rule]:
    def number(group: Group, _: Record) -> bool:
        of_vat = first(group, "TaxScheme", "ID") == "VAT"
        return of_vat or re.fullmatch(r"[A-Z0-9]{11,16}", first(group, "CompanyID")) is not None

    unless = _from("IT")
    address: Path = (*_SELLER, "PostalAddress")
    return [
        Rule("IT-R-001", number, terms=("BT-32",), text="identifier", unless=unless,
             where=there((*_SELLER, "PartyTaxScheme")),
             facts={"name": "CF", "value": "11-16 × A-Z 0-9"}),
        *(
            replace(needed(number, (), (*address, name), term, "BG-5"), unless=unless)
            for number, name, term in (
                ("IT-R-002", "StreetName", "BT-35"),
                ("IT-R-003", "CityName", "BT-37"),
                ("IT-R-004", "PostalZone", "BT-38"),
            )
        ),
    ]  # fmt: skip


def _swedish_rule(number: str, test: Test, where: Callable[[Record], Iterable[Group]], term: str,
                  text: str, value: str, *, when: Test | None = None,
                  domestic: bool = False) -> Rule:  # fmt: skip
    severity = WARNING if "007" <= number <= "012" else Severity.FATAL
    return Rule(f"SE-R-{number}", test, when=when, terms=(term,), text=text, where=where,
                unless=addressed("SE", domestic=domestic), severity=severity,
                facts={"name": "SE", "value": value, "codes": value})  # fmt: skip


def _sweden() -> list[Rule]:
    def with_vat(group: Group, _: Record) -> bool:
        return vat_number(group).startswith("SE")

    def of_swede(_: Group, record: Record) -> bool:
        return any(with_vat(party, record) for party in groups(record.root, _SELLER))

    def rates(group: Group, _: Record) -> bool:
        told = group.values("Percent")
        return first(group, "ID") != "S" or any(decimal(v) in (6, 12, 25) for v in told)

    def approved(group: Group, _: Record) -> bool:
        legal = group.parent is not None and group.parent.has("PartyLegalEntity", "CompanyID")
        of_vat = first(group, "TaxScheme", "ID").upper() == "VAT"
        told = texts(group, ("CompanyID",))
        return of_vat or not legal or all(v.upper() == "GODKÄND FÖR F-SKATT" for v in told)

    def has_number(group: Group, _: Record) -> bool:
        return "CompanyID" in group

    def legal(number: str, test: Callable[[str], bool]) -> Rule:
        return _swedish_rule(number, lambda g, _: test(first(g, "CompanyID")),
                             there((*_SELLER, "PartyLegalEntity")), "BT-30", "identifier",
                             "1234567897", when=has_number)  # fmt: skip

    rule, seller, vat = _swedish_rule, there(_SELLER), "SE123456789701"
    return [
        rule("001", lambda g, _: len(vat_number(g)) == 14, seller, "BT-31", "identifier", vat,
             when=with_vat),
        rule("002", lambda g, _: _like(r"[0-9]+")(vat_number(g)[2:14]), seller, "BT-31",
             "identifier", vat, when=with_vat),
        legal("003", _like(r"[0-9]+")), legal("004", lambda v: len(v) == 10),
        rule("005", approved, there((*_SELLER, "PartyTaxScheme")), "BT-32", "value",
             "Godkänd för F-skatt"),
        rule("006", rates, lambda r: r.every("TaxCategory", "ClassifiedTaxCategory"), "BT-119",
             "one-of", "6, 12, 25", when=of_swede),
        *_swedish_payment(), legal("013", swedish),
    ]  # fmt: skip


def _swedish_payment() -> list[Rule]:
    """Plusgiro and Bankgiro are told by code 30 and the name of the branch."""

    def giro(name: str) -> Test:
        def when(group: Group, _: Record) -> bool:
            branch = ("PayeeFinancialAccount", "FinancialInstitutionBranch", "ID")
            return first(group, "PaymentMeansCode") == "30" and first(group, *branch) == name

        return when

    def account(test: Callable[[str], bool]) -> Test:
        return lambda g, _: all(test(v) for v in texts(g, ("PayeeFinancialAccount", "ID")))

    def other_than(*codes: str) -> Test:
        return lambda g, _: first(g, "PaymentMeansCode") not in codes

    rule, means, digits = _swedish_rule, there(("PaymentMeans",)), account(_like(r"[0-9]+"))
    plus, bank = giro("SE:PLUSGIRO"), giro("SE:BANKGIRO")
    return [
        rule("007", digits, means, "BT-84", "identifier", "12345678", when=plus),
        rule("008", digits, means, "BT-84", "identifier", "12345678", when=bank),
        rule("009", account(lambda v: len(v) in (7, 8)), means, "BT-84", "identifier", "1234567",
             when=bank),
        rule("010", account(lambda v: 2 <= len(v) <= 8), means, "BT-84", "identifier", "12345678",
             when=plus),
        rule("011", other_than("50", "56"), means, "BT-81", "value",
             "30, SE:BANKGIRO / SE:PLUSGIRO"),
        rule("012", other_than("31"), means, "BT-81", "value", "30", domestic=True),
    ]  # fmt: skip


def _netherlands() -> list[Rule]:
    parts = ("StreetName", "CityName", "PostalZone")

    def whole(group: Group, _: Record) -> bool:
        return all(name in group for name in parts)

    def referred(group: Group, record: Record) -> bool:
        return record.root.name != "CreditNote" or group.has(
            "BillingReference", "InvoiceDocumentReference", "ID"
        )

    def payable(group: Group, record: Record) -> bool:
        amount = decimal(group.one("PayableAmount") or "0")
        owed = amount > 0 if record.root.name == "Invoice" else amount < 0
        return not owed or "PaymentMeans" in record.holders

    def dutch_representative(group: Group, _: Record) -> bool:
        return first(group, "Country", "IdentificationCode").upper() == "NL"

    seller, home = addressed("NL"), addressed("NL", domestic=True)
    legal: Path = ("PartyLegalEntity", "CompanyID")
    means = frozenset("30 48 49 57 58 59".split())
    kvk = {"value": "0106, 0190"}
    return [
        Rule("NL-R-001", referred, terms=("BT-25", "BG-3"), text="missing", unless=seller),
        Rule("NL-R-002", whole, terms=("BT-35", "BT-37", "BT-38", "BG-5"), text="all-of",
             unless=seller, where=there((*_SELLER, "PostalAddress"))),
        Rule("NL-R-003", _scheme((*_SELLER, *legal), "0106", "0190", value_needed=True),
             terms=("BT-30",), text="scheme-value", facts=kvk, unless=seller),
        Rule("NL-R-004", whole, terms=("BT-50", "BT-52", "BT-53", "BG-8"), text="all-of",
             unless=home, where=there((*_BUYER, "PostalAddress"))),
        Rule("NL-R-005", _scheme((*_BUYER, *legal), "0106", "0190", value_needed=True),
             terms=("BT-47",), text="scheme-value", facts=kvk, unless=home),
        Rule("NL-R-006", whole, when=dutch_representative, terms=("BT-64", "BT-66", "BT-67",
             "BG-12"), text="all-of", unless=seller,
             where=there(("TaxRepresentativeParty", "PostalAddress"))),
        Rule("NL-R-007", payable, terms=("BG-16",), text="missing", unless=seller,
             where=there(("LegalMonetaryTotal",))),
        Rule("NL-R-008", lambda g, _: first(g, "PaymentMeansCode") in means, terms=("BT-81",),
             text="one-of", unless=home, where=there(("PaymentMeans",)),
             facts={"codes": ", ".join(sorted(means))}),
        Rule("NL-R-009", lambda _, r: said(r.root, "OrderReference", "ID"), when=_lined,
             terms=("BT-13", "BT-132"), text="needs-too", unless=seller,
             where=there((_LINES, "OrderLineReference"))),
    ]  # fmt: skip


def _lined(group: Group, _: Record) -> bool:
    return "LineID" in group


def rules() -> list[Rule]:
    return [
        *_numbers(), *_norway(), *_denmark(), *denmark(), *_italy(), *_sweden(), *greece(),
        *iceland(), *_netherlands(), *_german(),
    ]  # fmt: skip
