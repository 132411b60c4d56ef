"""UBL and CII: valid by the official rules, and the same document when read back."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given

from acquit.core.codecs import cii, ubl
from acquit.core.documents.amounts import Price, Vat, VatCategory
from acquit.core.documents.invoice import DirectDebit, Invoice, PaymentInstructions
from acquit.core.documents.parties import Identifier
from acquit.core.faults import Severity
from acquit.core.judges.official import judge
from acquit.core.text import canonical_json
from tests.core.documents.samples import (
    SAMPLES,
    credit_note,
    german_lines,
    invoice,
    line,
    many_lines,
    two_rates,
)
from tests.core.documents.strategies import FEW, invoices

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents"
CODECS = {"ubl": ubl, "cii": cii}
REWRITE = os.environ.get("ACQUIT_REWRITE_GOLDEN") == "1"


def carried(document: Invoice) -> Invoice:
    """The document without what both codecs declare as lost (LOSES)."""
    return replace(document, buyer=document.buyer.as_buyer())


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_valid_and_come_back(name: str, codec: ModuleType) -> None:
    document = SAMPLES[name]()
    data = codec.write(document=document)
    verdict = judge(data)
    assert [f for f in verdict.faults if f.severity is Severity.FATAL] == []
    reading = codec.read(data=data)
    assert reading.faults == ()
    assert reading.document == carried(document)


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@pytest.mark.parametrize("name", SAMPLES)
def test_golden_files(name: str, codec: ModuleType) -> None:
    """ACQUIT_REWRITE_GOLDEN=1 writes them anew; the diff is what a reviewer reads."""
    path = EXAMPLES / codec.NAME / f"{name}.xml"
    out = EXAMPLES / codec.NAME / "out" / f"{name}.json"
    data = codec.write(document=SAMPLES[name]())
    read = canonical_json(codec.read(data=data).document.to_dict()) + b"\n"
    if REWRITE:
        out.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        out.write_bytes(read)
    assert path.read_bytes() == data
    assert out.read_bytes() == read


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@FEW
@given(document=invoices())
def test_any_document_comes_back(codec: ModuleType, document: Invoice) -> None:
    reading = codec.read(data=codec.write(document=document))
    assert reading.faults == ()
    assert reading.document == carried(document)


@FEW
@given(document=invoices())
def test_ubl_and_cii_say_the_same(document: Invoice) -> None:
    one = ubl.read(data=ubl.write(document=document)).document
    assert one == cii.read(data=cii.write(document=document)).document


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_each_codec_recognises_its_own(codec: ModuleType) -> None:
    data = {name: c.write(document=two_rates()) for name, c in CODECS.items()}
    assert {name for name, found in data.items() if codec.sniff(found)} == {codec.NAME}
    assert not codec.sniff(b"")


def test_the_schema_of_a_credit_note() -> None:
    data = ubl.write(document=credit_note())
    assert b"<CreditNote " in data
    assert b"CreditedQuantity" in data
    assert b"PaymentDueDate" in data  # a credit note has no other place for its due date


def test_declared_losses_are_the_only_ones() -> None:
    """Each entry of LOSES, made to happen."""
    document = german_lines()
    gross = Price(Decimal(9), gross=Decimal(10), base_unit="KGM")
    only_gross = replace(document, lines=(replace(document.lines[0], price=gross),))
    found = ubl.read(data=ubl.write(document=only_gross)).document
    assert found.lines[0].price == Price(Decimal(9), Decimal(1), Decimal(10))
    discount = Price(Decimal(9), discount=Decimal(1))
    only_discount = replace(document, lines=(replace(document.lines[0], price=discount),))
    found = cii.read(data=cii.write(document=only_discount)).document
    assert found.lines[0].price == Price(Decimal(9), Decimal(1), Decimal(10))
    same = replace(document, vat_accounting_currency="EUR")
    assert cii.read(data=cii.write(document=same)).document.vat_accounting_currency is None
    bare = replace(credit_note(), payment=PaymentInstructions("1"))
    assert ubl.read(data=ubl.write(document=bare)).document.payment is None
    mixed = replace(document.seller, identifiers=(Identifier("9", "0088"), Identifier("7")))
    back = cii.read(data=cii.write(document=replace(document, seller=mixed))).document
    assert back.seller.identifiers == (Identifier("7"), Identifier("9", "0088"))
    assert back.buyer.tax_registration is None


def test_a_creditor_identifier_without_debit_is_kept_as_identifier() -> None:
    document = two_rates()
    assert document.payment is not None
    debit = DirectDebit(creditor="DE98ZZZ09999999999")
    both = replace(document, payment=replace(document.payment, direct_debit=debit))
    found = ubl.read(data=ubl.write(document=both)).document
    assert found.payment == document.payment
    assert found.seller.identifiers[-1] == Identifier("DE98ZZZ09999999999", "SEPA")


def test_what_is_not_carried_is_reported_with_its_path() -> None:
    data = ubl.write(document=two_rates()).replace(
        b"<cbc:IssueDate>", b"<cbc:UUID>abc</cbc:UUID><cbc:IssueDate>"
    )
    reading = ubl.read(data=data)
    assert reading.document is not None
    assert [(f.code, f.path) for f in reading.faults] == [("ubl.not_carried", "/Invoice/UUID")]
    assert reading.faults[0].severity is Severity.WARNING
    assert reading.fatal == ()


@pytest.mark.parametrize(
    ("codec", "item", "other", "line"),
    [
        (ubl, b"<cac:Item>", b"<cac:Item><cbc:Keyword>x</cbc:Keyword>", "/Invoice/InvoiceLine"),
        (
            cii,
            b"<ram:SpecifiedTradeProduct>",
            b"<ram:SpecifiedTradeProduct><ram:BrandName>x</ram:BrandName>",
            "/CrossIndustryInvoice/SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem",
        ),
    ],
)
def test_what_lines_leave_unread_is_told_of_each(
    codec: ModuleType, item: bytes, other: bytes, line: str
) -> None:
    """Also of lines that were closed before the document was read to its end."""
    data = codec.write(document=many_lines(3))
    reading = codec.read(data=data.replace(item, other))
    assert reading.document == codec.read(data=data).document
    places = [fault.path.removeprefix(line).partition("/")[0] for fault in reading.faults]
    assert places == ["[1]", "[2]", "[3]"]


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("<cbc:ID>F-2026-0042</cbc:ID>", "", "ubl.missing", "/Invoice"),
        ("2026-11-03</cbc:IssueDate>", "3.11.26</cbc:IssueDate>", "ubl.date", "/Invoice/IssueDate"),
        (">1018.80<", ">10E2<", "ubl.number", "/InvoiceLine[1]/AllowanceCharge/BaseAmount"),
        (">1719.74<", ">1719.745<", "ubl.amount", "/LegalMonetaryTotal/LineExtensionAmount"),
        (">1719.74<", f">{10**20}<", "ubl.amount", "/LegalMonetaryTotal/LineExtensionAmount"),
        ('"EUR">1719.74<', '"USD">1719.74<', "ubl.currency", "/LineExtensionAmount"),
        ("<cbc:ID>S</cbc:ID>", "<cbc:ID>Q</cbc:ID>", "ubl.vat_category", "/TaxCategory"),
        (">EUR</cbc:DocumentC", ">euro</cbc:DocumentC", "ubl.currency", "/Invoice"),
        ("JVBERi0xLjcgYQ==", "%%%", "ubl.attachment", "/EmbeddedDocumentBinaryObject"),
    ],
)
def test_bad_values_are_faults_with_their_place(old: str, new: str, code: str, path: str) -> None:
    text = ubl.write(document=two_rates()).decode()
    assert old in text
    reading = ubl.read(data=text.replace(old, new, 1).encode())
    assert reading.document is None
    assert any(f.code == code and f.path.endswith(path) for f in reading.fatal), reading.faults


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("20261103</udt", "20261399</udt", "cii.date"),
        ('format="102">20261103', 'format="203">20261103', "cii.date"),
        ("<ram:LineID>2</ram:LineID>", "", "cii.missing"),
        (">1719.74<", ">one<", "cii.number"),
        ("EUR</ram:InvoiceCurrencyCode>", "</ram:InvoiceCurrencyCode>", "cii.missing"),
        (
            "<ram:InvoiceCurrencyCode>",
            "<ram:TaxCurrencyCode>euro</ram:TaxCurrencyCode><ram:InvoiceCurrencyCode>",
            "cii.currency",
        ),
    ],
)
def test_bad_values_in_cii(old: str, new: str, code: str) -> None:
    text = cii.write(document=two_rates()).decode()
    assert old in text
    reading = cii.read(data=text.replace(old, new, 1).encode())
    assert reading.document is None
    assert code in [fault.code for fault in reading.fatal]


def test_the_other_syntax_is_named_not_guessed() -> None:
    reading = cii.read(data=ubl.write(document=two_rates()))
    assert reading.document is None
    assert "is not a CrossIndustryInvoice" in reading.faults[0].message


def test_a_placeholder_order_number_is_not_read_as_one() -> None:
    document = two_rates()
    references = replace(document.references, purchase_order=None)
    alone = replace(document, references=references)
    assert ubl.read(data=ubl.write(document=alone)).document.references == references


def test_dates_with_time_zone_are_read() -> None:
    data = ubl.write(document=two_rates()).replace(
        b"2026-11-03</cbc:Is", b"2026-11-03+01:00</cbc:Is"
    )
    assert ubl.read(data=data).document.issue_date == date(2026, 11, 3)


def test_one_rate_per_category_of_a_false_total_is_caught() -> None:
    document = invoice(
        "X-1", [line(1, "a", "1", "100", vat=Vat(VatCategory.STANDARD, Decimal(19)))]
    )
    false = replace(document.totals, gross=document.totals.gross + document.totals.net)
    for codec in CODECS.values():
        verdict = judge(codec.write(document=replace(document, totals=false)))
        assert not verdict.valid
        assert "BR-CO-15" in {fault.rule for fault in verdict.faults}


def test_a_thousand_lines_survive() -> None:
    document = many_lines(1000)
    assert ubl.read(data=ubl.write(document=document)).document == carried(document)
