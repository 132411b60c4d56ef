"""The Swiss QR-bill: the text by its rules, printed on the invoice, and scanned back from there."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.codecs import pdf, swiss_qr
from acquit.core.codecs.pdf.codes import swiss_qr as picture_of
from acquit.core.codecs.swiss_qr import Debtor, QrBill
from acquit.core.codecs.writing import CannotWrite
from acquit.core.documents.invoice import CreditTransfer, Invoice, PaymentInstructions
from acquit.core.money import Money
from acquit.core.payment_references import ReferenceKind, Scope, make_reference
from tests.core.documents.samples import two_rates

QR_IBAN, IBAN = "CH4431999123000889012", "CH5800791123000889012"
REFERENCE = make_reference(kind=ReferenceKind.SWISS, scope=Scope.INVOICE, number="F-2026-0042")
BILL = QrBill(
    iban=QR_IBAN,
    creditor=Debtor("Atelier Lumière SARL", "2501", "Biel", "CH", "Rue du Lac", "1268"),
    currency="CHF",
    amount=Money(194_975, "CHF"),
    debtor=Debtor("Pădureni Distribuție", "9400", "Rorschach", "CH", "Marktgasse 28"),
    reference=REFERENCE.value,
    message="F-2026-0042",
)


def test_the_text_has_every_line_in_its_place() -> None:
    """Guidelines 2.3, table 7 (Swiss QR Code, data structure)."""
    lines = swiss_qr.write(bill=BILL).split("\r\n")
    assert lines[:4] == ["SPC", "0200", "1", QR_IBAN]
    assert lines[4:11] == ["S", "Atelier Lumière SARL", "Rue du Lac", "1268", "2501", "Biel", "CH"]
    assert lines[11:18] == [""] * 7
    assert lines[18:20] == ["1949.75", "CHF"]
    assert lines[20:22] == ["S", "Pădureni Distribuție"]
    assert lines[27:] == ["QRR", REFERENCE.value, "F-2026-0042", "EPD"]
    assert swiss_qr.sniff("\r\n".join(lines))


TEXTS = st.text("abcÀÿŞț -.", min_size=1, max_size=16).map(str.strip).filter(bool)
SIDES = st.builds(Debtor, TEXTS, TEXTS, TEXTS, st.sampled_from(["CH", "LI", "DE"]), TEXTS)


@given(
    bill=st.builds(
        QrBill,
        iban=st.just(IBAN),
        creditor=SIDES,
        currency=st.just("EUR"),
        amount=st.none() | st.integers(1, 10**11 - 1).map(lambda minor: Money(minor, "EUR")),
        debtor=st.none() | SIDES,
        reference=st.sampled_from([None, "RF18539007547034"]),
        message=st.just("") | TEXTS,
        billing=st.just("") | st.just("//S1/10/10201409/11/190512"),
    )
)
def test_every_bill_comes_back(bill: QrBill) -> None:
    reading = swiss_qr.read(text=swiss_qr.write(bill=bill))
    assert reading.faults == ()
    assert reading.document == bill
    assert QrBill.from_dict(bill.to_dict()) == bill


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"iban": IBAN}, "reference"),  # a QR reference without a QR-IBAN
        ({"reference": None}, "reference"),  # and a QR-IBAN without one
        ({"reference": "RF18539007547034"}, "reference"),
        ({"reference": "4711"}, "reference"),
        ({"iban": "DE89370400440532013000"}, "iban"),
        ({"iban": "CH4431999123000889013"}, "iban"),  # a wrong check digit
        ({"currency": "USD", "amount": None}, "currency"),
        ({"amount": Money(0, "CHF")}, "amount"),
        ({"amount": Money(1, "EUR")}, "amount"),
        ({"message": "x" * 141}, "message"),
        ({"message": "Ω"}, "Ω"),
        ({"creditor": Debtor("A" * 71, "1", "B", "CH")}, "creditor.name"),
        ({"debtor": Debtor("A", "", "B", "CH")}, "debtor.postcode"),
        ({"debtor": Debtor("A", "1", "B", "ch")}, "debtor.country"),
    ],
)
def test_what_the_guidelines_forbid_is_not_written(change: dict[str, object], path: str) -> None:
    with pytest.raises(CannotWrite) as refused:
        swiss_qr.write(bill=replace(BILL, **change))  # type: ignore[arg-type]
    assert path in {fault.path for fault in refused.value.faults}


@pytest.mark.parametrize(
    ("line", "value", "code"),
    [
        (0, "SPD", "swiss_qr.syntax"),
        (1, "0100", "swiss_qr.syntax"),
        (18, "1'949.75", "swiss_qr.syntax"),
        (19, "USD", "swiss_qr.syntax"),
        (5, "", "swiss_qr.syntax"),
        (27, "SCOR", "swiss_qr.reference"),
        (28, "100000000000000015202600427", "swiss_qr.reference"),
        (30, "", "swiss_qr.syntax"),
    ],
)
def test_a_wrong_line_is_a_fault(line: int, value: str, code: str) -> None:
    lines = swiss_qr.write(bill=BILL).split("\r\n")
    lines[line] = value
    reading = swiss_qr.read(text="\n".join([*lines, ""]))
    assert reading.document is None
    assert code in [fault.code for fault in reading.faults]


@given(text=st.text(max_size=60) | st.text("SPC\n0200\r", max_size=80))
def test_anything_scanned_is_read_or_named(text: str) -> None:
    reading = swiss_qr.read(text=text)
    assert (reading.document is None) == bool(reading.faults)


def test_older_addresses_are_read() -> None:
    lines = swiss_qr.write(bill=BILL).split("\r\n")
    lines[20:27] = ["K", "Meier", "Marktgasse 28", "9400 Rorschach", "", "", "CH"]
    bill = swiss_qr.read(text="\r\n".join(lines)).document
    assert bill is not None
    assert bill.debtor == Debtor("Meier", "9400", "Rorschach", "CH", "Marktgasse 28")


def paid_to(account: str, remittance: str) -> Invoice:
    transfer = CreditTransfer(account, "Atelier Lumière SARL")
    return replace(
        two_rates(), payment=PaymentInstructions("30", remittance=remittance, transfers=(transfer,))
    )


def printed(document: Invoice, locale: str) -> tuple[dict[str, str], str]:
    """The codes and the text of the last page."""
    data = pdf.render(document=document, branding=pdf.Branding(), locale=locale, mentions=())
    with pypdfium2.PdfDocument(BytesIO(data)) as opened:
        page = opened[len(opened) - 1]
        picture = page.render(scale=3).to_pil()
        text = page.get_textpage().get_text_range()
    return {str(c.format): c.text for c in zxingcpp.read_barcodes(picture)}, text


@pytest.mark.parametrize(
    ("account", "remittance", "locale", "words"),
    [
        (QR_IBAN, REFERENCE.value, "de", ["Zahlteil", "Empfangsschein", REFERENCE.printed]),
        (IBAN, "RF18539007547034", "fr", ["Section paiement", "RF18 5390 0754 7034"]),
        (IBAN, "F-2026-0042", "en", ["Payment part", "Separate before paying in"]),
    ],
)
def test_the_payment_part_is_printed_and_scanned_back(
    account: str, remittance: str, locale: str, words: list[str]
) -> None:
    document = paid_to(account, remittance)
    found, text = printed(document, locale)
    bill = swiss_qr.read(text=found["QR Code"]).document
    assert bill is not None
    assert (bill.iban, bill.amount, bill.message) == (account, document.totals.due, "F-2026-0042")
    assert bill.reference == (None if remittance == "F-2026-0042" else remittance)
    assert bill.debtor is not None
    assert bill.debtor.name == document.buyer.name
    for word in [*words, "1 842.30", "DE-24988 Grünau"]:
        assert word in " ".join(text.split())


def test_no_payment_part_where_the_rules_do_not_allow_one() -> None:
    """A QR-IBAN without its reference: the EPC code of the payment box is there instead."""
    found, text = printed(paid_to(QR_IBAN, "F-2026-0042"), "de")
    assert "Zahlteil" not in text
    assert not any(swiss_qr.sniff(code) for code in found.values())


def test_the_code_is_as_large_as_allowed_and_no_larger() -> None:
    """Guidelines 6.3: at most version 25, 117 modules wide."""
    long = Debtor("n" * 70, "1" * 16, "c" * 35, "CH", "s" * 70, "1" * 16)
    full = replace(BILL, creditor=long, debtor=long, message="m" * 140)
    svg = picture_of(swiss_qr.write(bill=full))
    assert svg is not None
    assert Decimal(svg.split('viewBox="0 0 ')[1].split(" ")[0]) <= 117
    accents = replace(full, message="é" * 140, creditor=replace(long, name="é" * 70))
    wide = replace(accents, debtor=replace(long, name="é" * 70, street="é" * 70, city="é" * 35))
    assert picture_of(swiss_qr.write(bill=wide)) is None
