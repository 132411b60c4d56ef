"""Peppol BIS Billing 3.0.21: what Danish, Greek and Icelandic sellers have to tell.

Source as in ``peppol``. Greece has the invoices of its sellers reported (myDATA): the number is
made of six segments, and references carry the mark and the place where the invoice is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from acquit.core.faults import Severity
from acquit.core.judges.peppol import country
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test
from acquit.core.judges.steps import Path, a_date, first, groups, of_values, said, texts, there
from acquit.core.judges.values import Unevaluable, double, spaced

_SELLER: Path = ("AccountingSupplierParty", "Party")
_BUYER: Path = ("AccountingCustomerParty", "Party")
_LINES = ("InvoiceLine", "CreditNoteLine")
WARNING = Severity.WARNING
Unless = Callable[[Record], bool]
_GREEK = ("GR", "EL")


def addressed(land: str, *, domestic: bool = False) -> Unless:
    """Not asked unless the seller's address (and with ``domestic`` the buyer's) is there."""

    def unless(record: Record) -> bool:
        return country(record, "AccountingSupplierParty") != land or (
            domestic and country(record, "AccountingCustomerParty") != land
        )

    return unless


def vat_number(party: Group) -> str:
    """The VAT identifier of a party, empty where there is none."""
    for tax in party.groups("PartyTaxScheme"):
        if first(tax, "TaxScheme", "ID") == "VAT":
            return first(tax, "CompanyID")
    return ""


def country_of(record: Record, *paths: Path) -> str:
    """By the VAT number of the first of these parties that has one, else by the address of the
    seller (of the buyer where the buyer is asked)."""
    told: str | None = record.kept.get(("country", *paths))
    if told is None:
        parties = [party for path in paths for party in groups(record.root, path)]
        numbers = [number[:2].upper() for party in parties if (number := vat_number(party))]
        told = numbers[0] if numbers else country(record, str(paths[0][0]))
        record.kept["country", *paths] = told
    return told


# --- Denmark -------------------------------------------------------------------------------------


def denmark() -> list[Rule]:
    """Payments by giro and card, classes of items, and taxes that are not VAT."""
    home = addressed("DK", domestic=True)

    def classified(group: Group, _: Record) -> bool:
        codes = [
            code
            for holder in groups(group, ("Item", "CommodityClassification"))
            for code in holder.get("ItemClassificationCode", ())
        ]
        versions = {attribute(code, "listVersionID") for code in codes}
        unspsc = any(attribute(code, "listID") == "TST" for code in codes)
        return not unspsc or not versions.isdisjoint(("19.05.01", "19.0501"))

    def taxed(group: Group, _: Record) -> bool:
        if "ZZZ" not in group.values("AllowanceChargeReasonCode"):
            return True
        reason = group.one("AllowanceChargeReason") or ""
        try:
            number = double(reason)
        except Unevaluable:
            return False
        return len(spaced(reason)) == 4 and number is not None and 0 <= number <= 9999

    return [
        Rule("DK-R-003", classified, terms=("BT-158",), text="value", severity=WARNING,
             facts={"value": "listVersionID 19.0501"}, unless=home, where=there((_LINES,))),
        Rule("DK-R-004", taxed, ("AllowanceCharge",), terms=("BT-97", "BT-98"), text="value",
             facts={"value": "0000-9999"}, unless=home),
        *_danish_payment(home),
    ]  # fmt: skip


def _danish_payment(home: Unless) -> list[Rule]:
    account: Path = ("PayeeFinancialAccount", "ID")
    branch: Path = ("PayeeFinancialAccount", "FinancialInstitutionBranch", "ID")

    def paid_by(*codes: str) -> Test:
        return lambda group, record: (
            record.root.name == "Invoice" and not set(codes).isdisjoint(
                group.values("PaymentMeansCode"))
        )  # fmt: skip

    def told(*paths: Path) -> Test:
        return lambda group, _: all(said(group, *path) for path in paths)

    def card(kinds: tuple[str, ...], length: int) -> Test:
        """The slip begins with its kind, and the account has so many characters."""
        return lambda group, _: (
            (group.one("PaymentID") or "")[:3] in kinds
            and len(group.one(*map(str, account)) or "") == length
        )

    def slip(kinds: tuple[str, ...], *lengths: int) -> Test:
        def test(group: Group, _: Record) -> bool:
            number = group.one("PaymentID") or ""
            return number[:3] not in kinds or len(number) in lengths

        return test

    rows: tuple[tuple[str, Test, Test, tuple[str, ...], str, str], ...] = (
        ("006", paid_by("31", "42"), told(account, branch), ("BT-84", "BT-81"), "means-needs", ""),
        ("007", paid_by("49"),
         told(("PaymentMandate", "ID"), ("PaymentMandate", "PayerFinancialAccount", "ID")),
         ("BT-91", "BT-81"), "means-needs", ""),
        ("008", paid_by("50"), card(("01#", "04#", "15#"), 7), ("BT-83", "BT-84"), "identifier",
         "01#, 04#, 15# + 7"),
        ("009", paid_by("50"), slip(("04#", "15#"), 19), ("BT-83",), "identifier",
         "04#1234567890123456"),
        ("010", paid_by("93"), card(("71#", "73#", "75#"), 8), ("BT-83", "BT-84"), "identifier",
         "71#, 73#, 75# + 8"),
        ("011", paid_by("93"), slip(("71#", "75#"), 18, 19), ("BT-83",), "identifier",
         "71#1234567890123456"),
    )  # fmt: skip
    return [
        Rule(f"DK-R-{number}", test, when=when, terms=terms, text=text, unless=home,
             facts={"name": "GIRO/FIK", "value": value}, where=there(("PaymentMeans",)))
        for number, when, test, terms, text, value in rows
    ]  # fmt: skip


# --- Greece --------------------------------------------------------------------------------------


def greek_number(text: str) -> bool:
    """The number of a Greek taxpayer (ΑΦΜ): nine digits, the last modulo 11 of the others."""
    if not re.match(r"[0-9]{9}", text):
        return False
    weighed = sum((int(digit) << (8 - place)) for place, digit in enumerate(text[:8]))
    return weighed % 11 % 10 == int(text[8])


def _sent_from_greece(record: Record) -> bool:
    return country_of(record, _SELLER, ("TaxRepresentativeParty",)) in _GREEK


def _not_greek(record: Record) -> bool:
    return not _sent_from_greece(record)


def _not_between_greeks(record: Record) -> bool:
    return _not_greek(record) or country_of(record, _BUYER) not in _GREEK


def _without_greek_seller(record: Record) -> bool:
    return country_of(record, _SELLER) not in _GREEK


def _not_at_home(record: Record) -> bool:
    return _not_greek(record) or country(record, "AccountingSupplierParty") != "GR"


def _segment(number: int, test: Callable[[list[str], Record], bool]) -> Rule:
    """A rule of the invoice number; 1 is that there are six segments."""

    def asked(value: Group | str, _: Group, record: Record) -> bool:
        text = text_of(value)
        return test(text.split("|") if text else [], record)

    facts = {"value": str(number - 1) if number > 1 else "1-6"}
    rule = of_values(f"GR-R-001-{number}", ("ID",), asked, "BT-1", text="number-gr", facts=facts)
    return replace(rule, unless=_not_greek)


def _segments() -> list[Rule]:
    day = re.compile(r"(0?[1-9]|[12][0-9]|3[01])[-\\/ ]?(0?[1-9]|1[0-2])[-\\/ ]?(19|20)[0-9]{2}")

    def part(place: int, segments: list[str]) -> str:
        return segments[place - 1] if len(segments) >= place else ""

    def taxpayer(segments: list[str], record: Record) -> bool:
        number = part(1, segments)
        parties = [*groups(record.root, _SELLER), *groups(record.root, ("TaxRepresentativeParty",))]
        known = {vat_number(party)[2:11] for party in parties if vat_number(party)}
        return len(spaced(number)) == 9 and greek_number(number) and number in known

    def issued(segments: list[str], record: Record) -> bool:
        date = part(2, segments)
        told = first(record.root, "IssueDate").split("-")
        return day.match(date) is not None and date.split("/")[:3] == told[2::-1]

    def filled(place: int, segments: list[str], _: Record) -> bool:
        return bool(part(place, segments))

    return [
        _segment(1, lambda segments, _: len(segments) == 6),
        _segment(2, taxpayer),
        _segment(3, issued),
        _segment(4, lambda segments, _: part(3, segments).strip().isdecimal()),
        _segment(5, lambda segments, _: part(4, segments) in ("1.1", "1.6", "2.1", "2.4", "5.1",
                                                              "5.2")),
        _segment(6, partial(filled, 5)),
        _segment(7, partial(filled, 6)),
    ]  # fmt: skip


def greece() -> list[Rule]:
    return [*_segments(), *_greek_parties(), *_greek_documents()]


def _greek_vat(text: str) -> bool:
    return text.startswith("EL") and greek_number(text[2:])


def _greek_parties() -> list[Rule]:
    """Names, tax numbers and electronic addresses."""
    vat = {"name": "ΑΦΜ", "value": "EL123456783"}

    def given(group: Group, _: Record) -> bool:
        numbers = [
            number
            for tax in group.groups("PartyTaxScheme")
            if first(tax, "TaxScheme", "ID") == "VAT"
            for number in tax.values("CompanyID")
        ]
        return len(numbers) == 1 and _greek_vat(numbers[0])

    def right(value: Group | str, group: Group, _: Record) -> bool:
        return first(group, "TaxScheme", "ID") != "VAT" or _greek_vat(text_of(value))

    def reachable(value: Group | str, _: Group, __: Record) -> bool:
        return attribute(value, "schemeID") == "9933" and greek_number(text_of(value))

    def reached(number: str, party: Path, unless: Unless, term: str) -> Rule:
        rule = of_values(number, (*party, "EndpointID"), reachable, term, text="identifier",
                         facts={"name": "9933", "value": "123456783"})  # fmt: skip
        return replace(rule, unless=unless)

    def named(number: str, party: Path, term: str) -> Rule:
        return Rule(number, lambda g, _: any(g.values("PartyName", "Name")), terms=(term,),
                    text="missing", unless=_not_greek, where=there(party))  # fmt: skip

    def numbered(number: str, party: Path, unless: Unless, term: str, severity: Severity) -> Rule:
        return Rule(number, given, terms=(term,), text="identifier", facts=vat, severity=severity,
                    unless=unless, where=there(party))  # fmt: skip

    return [
        named("GR-R-002", _SELLER, "BT-28"),
        replace(of_values("GR-R-003", (*_SELLER, "PartyTaxScheme", "CompanyID"), right, "BT-31",
                          text="identifier", facts=vat), unless=_not_greek),
        named("GR-R-005", _BUYER, "BT-45"),
        numbered("GR-R-006", _BUYER, _not_between_greeks, "BT-48", Severity.FATAL),
        reached("GR-R-009", _SELLER, _without_greek_seller, "BT-34"),
        reached("GR-R-010", _BUYER, _not_between_greeks, "BT-49"),
        numbered("GR-S-011", _SELLER, _not_greek, "BT-31", WARNING),
    ]  # fmt: skip


def _greek_documents() -> list[Rule]:
    """The mark of the reported invoice, and where it can be checked."""
    mark, place = "##M.AR.K##", "##INVOICE|URL##"
    name = "AdditionalDocumentReference"

    def is_mark(group: Group, _: Record) -> bool:
        return mark in group.values("DocumentDescription")

    def is_place(group: Group, _: Record) -> bool:
        return place in group.values("DocumentDescription")

    def counted(number: str, told: str, severity: Severity, *counts: int) -> Rule:
        def test(group: Group, _: Record) -> bool:
            found = [d for d in group.groups(name) if told in d.values("DocumentDescription")]
            return len(found) in counts

        return Rule(number, test, terms=("BT-123", "BG-24"), text="described",
                    facts={"value": told}, severity=severity, unless=_not_at_home)  # fmt: skip

    def positive(value: Group | str, _: Group, __: Record) -> bool:
        return re.match(r"[1-9]", text_of(value)) is not None

    return [
        counted("GR-R-004-1", mark, Severity.FATAL, 1),
        replace(of_values("GR-R-004-2", ("*", name, "ID"), positive, "BT-122", text="value",
                          facts={"value": "400001234567890"}, when=is_mark), unless=_not_at_home),
        counted("GR-R-008-2", place, Severity.FATAL, 0, 1),
        Rule("GR-R-008-3", lambda g, _: said(g, "Attachment", "ExternalReference", "URI"),
             (name,), is_place, terms=("BT-124",), text="missing", unless=_not_greek),
        counted("GR-S-008-1", place, WARNING, 1),
    ]  # fmt: skip


# --- Iceland -------------------------------------------------------------------------------------


def iceland() -> list[Rule]:
    home, domestic = addressed("IS"), addressed("IS", domestic=True)

    def typed(group: Group, _: Record) -> bool:
        return first(group, ("InvoiceTypeCode", "CreditNoteTypeCode")) in ("380", "381")

    return [
        Rule("IS-R-001", typed, terms=("BT-3",), text="one-of", severity=WARNING, unless=home,
             facts={"codes": "380, 381"}),
        *_icelandic_party("002", "003", _SELLER, (), ("BT-30", "BT-35", "BT-38", "BG-5"), home),
        *_icelandic_party("004", "005", _BUYER[1:], _BUYER[:1],
                          ("BT-47", "BT-50", "BT-53", "BG-8"), domestic),
        *_icelandic_account(home), *_final_day(home),
    ]  # fmt: skip


def _icelandic_party(legal: str, address: str, party: Path, told_at: Path, terms: tuple[str, ...],
                     unless: Unless) -> list[Rule]:  # fmt: skip
    """Its kennitala (scheme 0196), street and post code."""

    def registered(group: Group, _: Record) -> bool:
        return any(
            attribute(value, "schemeID") == "0196"
            for entity in groups(group, (*party, "PartyLegalEntity"))
            for value in entity.get("CompanyID", ())
        )

    def located(group: Group, _: Record) -> bool:
        places = groups(group, (*party, "PostalAddress"))
        return all(any(name in place for place in places) for name in ("StreetName", "PostalZone"))

    return [
        Rule(f"IS-R-{legal}", registered, terms=terms[:1], text="scheme-value", unless=unless,
             facts={"value": "0196"}, where=there(told_at)),
        Rule(f"IS-R-{address}", located, terms=terms[1:], text="all-of", unless=unless,
             where=there(told_at)),
    ]  # fmt: skip


def _icelandic_account(unless: Unless) -> list[Rule]:
    """Twelve digits where a claim (9) or a transfer (42) pays."""

    def account(code: str) -> Test:
        def test(group: Group, _: Record) -> bool:
            means = [m for m in group.groups("PaymentMeans")
                     if code in m.values("PaymentMeansCode")]  # fmt: skip
            found = [text for m in means for text in texts(m, ("PayeeFinancialAccount", "ID"))]
            if len(found) > 1:
                raise Unevaluable(f"{len(found)} accounts stand where one may")
            return not means or (bool(found) and len(found[0]) == 12)

        return test

    return [
        Rule(f"IS-R-{number}", account(code), terms=("BT-84",), text="identifier", unless=unless,
             facts={"name": "IS", "value": value})
        for number, code, value in (("006", "9", "123466123456"), ("007", "42", "123426123456"))
    ]  # fmt: skip


def _final_day(unless: Unless) -> list[Rule]:
    """The last day to pay without interest (eindagi), told as a supporting document."""

    def rule(number: str, test: Callable[[list[str], Group, Record], bool], *terms: str,
             text: str) -> Rule:  # fmt: skip
        def asked(group: Group, record: Record) -> bool:
            documents = [d for d in group.groups("AdditionalDocumentReference")
                         if "EINDAGI" in d.values("DocumentDescription")]  # fmt: skip
            days = [day for document in documents for day in document.values("ID")]
            return not documents or test(days, group, record)

        return Rule(f"IS-R-{number}", asked, terms=terms, text=text, unless=unless)

    def one_day(days: list[str], group: Group, record: Record) -> bool:
        if len(days) > 1:
            raise Unevaluable(f"{len(days)} final due dates stand where one may")
        return bool(days) and a_date(days[0], group, record)

    def due(_: list[str], group: Group, __: Record) -> bool:
        return "DueDate" in group

    def not_before(days: list[str], group: Group, _: Record) -> bool:
        return any(due <= day for due in group.values("DueDate") for day in days)

    return [
        rule("008", one_day, "BT-122", text="date-here"),
        rule("009", due, "BT-9", "BT-122", text="needs-too"),
        rule("010", not_before, "BT-122", "BT-9", text="period"),
    ]
