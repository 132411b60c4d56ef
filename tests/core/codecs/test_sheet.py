"""Spreadsheets are read exactly and within bounds, and their columns proposed in four languages."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from itertools import permutations

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.codecs import columns, printed, sheet
from tests.support.spreadsheets import Percent, Value, book

WORDS = {
    "en": ("Booking date", "Counterparty", "Payment details", "Amount (EUR)", "Running balance"),
    "fr": ("Date d'opération", "Donneur d'ordre", "Libellé", "Montant", "Solde"),
    "de": ("Buchungstag", "Auftraggeber / Empfänger", "Verwendungszweck", "Betrag", "Saldo"),
    "ro": ("Data tranzacției", "Plătitor", "Explicații", "Suma", "Sold"),
}
FIELDS = ("date", "name", "text", "amount", "balance")


def test_cells_keep_their_place_their_day_and_every_digit() -> None:
    rows: list[list[Value]] = [
        ["Auszug", None, Decimal("0.1")],
        [],
        [date(2026, 3, 31), None, Decimal("1234.5599999999999")],
        [date(1900, 3, 1), 'a\tb; "c"', Decimal("-12345678901.25")],
    ]
    full, _other = sheet.read(book({"Leer": [], "Käufe & Co": rows, "Other": [["x"]]}))
    assert (full.name, [number for number, _cells in full.rows]) == ("Käufe & Co", [1, 3, 4])
    text = full.text(decimal_mark=",").decode()
    assert text.split("\n")[:3] == ["Auszug\t\t0,1", "", "2026-03-31\t\t1234,56"]
    assert '1900-03-01\t"a b; ""c"""\t-12345678901,25' in text


def test_a_share_is_read_as_it_is_shown() -> None:
    (read,) = sheet.read(book({"S": [[Percent(Decimal("0.022499999999999999")), Decimal(2)]]}))
    assert read.text(decimal_mark=".") == b"2.25\t2\n"


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_no_cent_is_lost(amount: Decimal) -> None:
    # A spreadsheet stores a binary fraction and writes what it shows of it to 17 digits.
    written = Decimal(repr(float(amount)))
    (read,) = sheet.read(book({"S": [[written]]}))
    assert read.rows[0][1][0] == amount


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(600), "sheet.old"),
        (b"PK\x03\x04" + bytes(26) + b"xl/" + bytes(60), "sheet.damaged"),
    ],
)
def test_what_is_no_book_is_said(data: bytes, code: str) -> None:
    assert sheet.is_sheet(data)
    with pytest.raises(sheet.CannotRead) as said:
        sheet.read(data)
    assert said.value.fault.code == code


def test_a_book_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO(book({"S": [["x"]]}))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/sharedStrings2.xml", "")
    monkeypatch.setattr(sheet, "BYTES_MAX", 100)
    with pytest.raises(sheet.CannotRead) as said:
        sheet.read(out.getvalue())
    assert said.value.fault.code == "sheet.too_large"


@pytest.mark.parametrize("language", WORDS)
def test_columns_are_proposed_wherever_they_stand(language: str) -> None:
    cells = {"date": "03.02.2026", "name": "Müller GmbH", "text": "Zahlung 7", "amount": "1.200,50",
             "balance": "3.000,00"}  # fmt: skip
    for order in list(permutations(range(5)))[::7]:
        header = ";".join(WORDS[language][n] for n in order)
        row = ";".join(cells[FIELDS[n]] for n in order)
        data = f"Konto 77;;;;\n\n{header}\n{row}\n{row}\n".encode()
        found = columns.propose(data, use="bank")
        assert found is not None
        assert found.is_whole
        assert (found.row, found.layout.decimal_mark, found.layout.dates) == (3, ",", ("%d.%m.%Y",))
        said = {what: names[0] for what, names in found.layout.columns.items()}
        assert said == dict(zip(FIELDS, WORDS[language], strict=True))
        assert data[found.lines[0].start : found.lines[0].end].decode() == f"{row}\n"


def test_a_column_of_days_is_not_taken_for_one_of_money() -> None:
    data = b"Date,Value,Amount\n2026-01-02,12,EUR\n2026-01-03,13,EUR\n"
    found = columns.propose(data, use="bank")
    assert found is not None
    assert found.layout.columns["amount"] == ("Value",)
    assert found.layout.columns["currency"] == ("Amount",)


def test_pages_say_what_they_cannot_do() -> None:
    for body, code in ((b"%PDF-1.7 nothing", "pdf.damaged"), (_blank(1), "printed.no_text"),
                       (_blank(printed.PAGES_MAX + 1), "pdf.too_long")):  # fmt: skip
        with pytest.raises(printed.CannotRead) as said:
            printed.of_pdf(body)
        assert said.value.fault.code == code


def _blank(pages: int) -> bytes:
    made = pikepdf.new()
    for _page in range(pages):
        made.add_blank_page()
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
