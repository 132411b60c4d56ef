"""CSV as it comes: encodings, delimiters, broken rows, compressed files, and numbers."""

from __future__ import annotations

import csv
import gzip
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from acquit.core.codecs.tabular import (
    BadNumber,
    Layout,
    Limits,
    TabularRow,
    read,
    read_decimal,
)
from acquit.core.faults import Fault, Severity


def rows(data: bytes, **layout: str) -> list[TabularRow]:
    found = list(read(data, layout=Layout(**layout)))
    assert all(isinstance(row, TabularRow) for row in found), found
    return [row for row in found if isinstance(row, TabularRow)]


def refusal(data: bytes, **limits: int) -> Fault:
    last = list(read(data, limits=Limits(**limits)))[-1]
    assert isinstance(last, Fault)
    assert last.severity is Severity.FATAL
    return last


TEXT = "number;name;amount\r\n1;Müller;12,50\r\n2;Société Éclair;3,00\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_encodings(encoding: str) -> None:
    found = rows(TEXT.encode(encoding))
    assert [row.values["name"] for row in found] == ["Müller", "Société Éclair"]
    assert [row.number for row in found] == [2, 3]
    if encoding == "utf-16":
        assert found[0].byte_start is None
    elif not encoding.startswith("utf-16"):
        data = TEXT.encode(encoding)
        assert data[found[1].byte_start : found[1].byte_end].decode(encoding).startswith("2;Soci")


def test_the_first_accent_decides_however_late_it_comes() -> None:
    plain = "a,b\n" + "1,x\n" * 50_000
    for encoding in ("utf-8", "cp1252"):
        found = rows((plain + "2,é\n").encode(encoding))
        assert len(found) == 50_001
        assert found[-1].values == {"a": "2", "b": "é"}


def test_latin_1_bytes_that_cp1252_lacks() -> None:
    assert rows(b"a,b\n1,\x81\xe9\n")[0].values["b"] == "\x81é"


def test_bytes_that_are_not_the_encoding_are_faulted_not_guessed() -> None:
    found = rows("a,b\n1,é\n".encode() + b"2,\xe9\n3,z\n")
    assert found[1].values == {}
    assert "not utf-8" in found[1].faults[0].message
    assert found[2].values == {"a": "3", "b": "z"}
    assert found[0].values["b"] == "é"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    lines = [["number", "text", "amount"], ["1", "a, b; c", "1.5"], ["2", 'say "hi"\nok', "2"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(lines)
    found = rows(out.getvalue().encode())
    assert [list(row.values.values()) for row in found] == lines[1:]
    assert rows(out.getvalue().encode(), delimiter=delimiter) == found


def test_excel_separator_line_and_blank_lines() -> None:
    found = rows(b"sep=|\na|b\n\n1|2\n|\n3|4\n")
    assert [(row.number, row.values) for row in found] == [
        (4, {"a": "1", "b": "2"}),
        (6, {"a": "3", "b": "4"}),
    ]


def test_ragged_and_broken_rows_are_kept_and_named() -> None:
    data = b'a,b,c\n1,2,3\n4,5\n6,7,8,9\n1,2,3,\n"x"y,2,3\n7,8,9\n"open,1,2\n3,4,5\n'
    found = rows(data)
    assert [row.number for row in found] == [2, 3, 4, 5, 6, 7, 8]
    assert found[0].faults == ()
    assert found[5].values == {"a": "7", "b": "8", "c": "9"}
    assert found[1].values == {"a": "4", "b": "5", "c": ""}
    assert found[2].extra == ("9",)
    severities = [[fault.severity for fault in row.faults] for row in found]
    assert severities[1:5] == [
        [Severity.WARNING],
        [Severity.FATAL],
        [Severity.WARNING],
        [Severity.FATAL],
    ]
    assert "never closed" in found[6].faults[0].message
    assert found[6].faults[0].path == "row 8"


def test_places_point_at_the_record() -> None:
    data = b'a,b\n1,"two\nlines"\n3,4\n'
    pieces = [data[row.byte_start : row.byte_end] for row in rows(data)]
    assert pieces == [b'1,"two\nlines"\n', b"3,4\n"]


def test_unnamed_columns_get_a_name_and_a_warning() -> None:
    warning, row = read(b"a,,c\n1,2,3\n")
    assert isinstance(warning, Fault)
    assert warning.severity is Severity.WARNING
    assert isinstance(row, TabularRow)
    assert row.values == {"a": "1", "column 2": "2", "c": "3"}


def test_compressed_and_from_file(tmp_path: Path) -> None:
    packed = gzip.compress(TEXT.encode("cp1252"))
    assert [row.values["name"] for row in rows(packed)] == ["Müller", "Société Éclair"]
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(packed)
    assert list(read(path)) == rows(packed)
    with path.open("rb") as stream:
        assert list(read(stream)) == rows(packed)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "tabular.empty"),
        (b"\n\n", "tabular.empty"),
        (bytes(range(256)), "tabular.not_text"),
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"a\0>\0\x01\0\0\0", "tabular.not_text"),
        (gzip.compress(b"\x89PNG\r\n\x1a\n\0\0"), "tabular.not_text"),
        (b"PK\x03\x04rest", "tabular.not_text"),
        (b"a,a\n1,2\n", "tabular.column_twice"),
        (b"a,b\r1,2\r", "tabular.line_ends"),
        (b"a" * 2000, "tabular.line_too_long"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-9], "tabular.compressed"),
        (b"\xff\xfea", "tabular.encoding"),
        (b"a,b,c,d,e,f\n", "tabular.header"),
    ],
)
def test_refusals(data: bytes, code: str) -> None:
    fault = refusal(data, line_bytes_max=1000, columns_max=5)
    assert fault.code == code
    assert fault.fix


def test_bombs_are_refused() -> None:
    bomb = gzip.compress(b"a,b\n" + (b"1," + b"0" * 500 + b"\n") * 10_000)
    assert refusal(bomb).code == "tabular.bomb"
    assert refusal(b"a,b\n" + b"1,2\n" * 1000, bytes_max=100).code == "tabular.too_large"


CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8)


@given(
    table=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6),
    delimiter=st.sampled_from(",;\t|"),
)
def test_what_is_written_is_read(table: list[list[str]], delimiter: str) -> None:
    table = [cells for cells in table if any(cell.strip() for cell in cells)]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([["a", "b", "c"], *table])
    found = rows(out.getvalue().encode(), delimiter=delimiter, encoding="utf-8")
    assert [list(row.values.values()) for row in found] == table


@given(st.one_of(st.binary(max_size=200), st.text('a,;"\n\r\t|é=', max_size=40).map(str.encode)))
def test_any_bytes_give_rows_or_a_reason(data: bytes) -> None:
    for item in read(data):
        if isinstance(item, Fault):
            assert item.message


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1.234,50", ",", "1234.50"),
        ("1,234.50", ".", "1234.50"),
        ("1 234 567,5", ",", "1234567.5"),
        ("1\u202f234,50", ",", "1234.50"),
        ("1'234.50", ".", "1234.50"),
        ("-12,5", ",", "-12.5"),
        ("12,5-", ",", "-12.5"),
        ("\u221212", ".", "-12"),
        ("(1.234,00)", ",", "-1234.00"),
        ("+7", ",", "7"),
        ("1.234", ",", "1234"),
        ("007", ".", "7"),
    ],
)
def test_numbers(text: str, mark: str, value: str) -> None:
    assert read_decimal(text, decimal_mark=mark) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("1.23", ","),
        ("1.2345", ","),
        ("12.34,5", ","),
        ("1,5,5", ","),
        ("1.234 567", ","),
        ("1,", ","),
        (",5", ","),
        ("", ","),
        ("-", ","),
        ("--5", ","),
        ("1e5", "."),
        ("NaN", "."),
        ("١٢", "."),
        ("12 EUR", "."),
        ("1234.567,0", ","),
    ],
)
def test_ambiguous_numbers_are_refused(text: str, mark: str) -> None:
    with pytest.raises(BadNumber):
        read_decimal(text, decimal_mark=mark)


def test_a_thousands_mark_taken_for_decimals_is_caught() -> None:
    with pytest.raises(BadNumber, match="more than 2 decimals"):
        read_decimal("1.234", decimal_mark=".", decimals_max=2)
    assert read_decimal("1.230", decimal_mark=".", decimals_max=2) == Decimal("1.23")


@given(st.decimals(-(10**12), 10**12, places=2), st.sampled_from([",", "."]))
def test_grouped_numbers_round_trip(number: Decimal, mark: str) -> None:
    other = "." if mark == "," else ","
    text = f"{number:,f}".replace(",", "\0").replace(".", mark).replace("\0", other)
    assert read_decimal(text, decimal_mark=mark, decimals_max=2) == number


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    assume(text)
    try:
        assert read_decimal(text, decimal_mark=",").is_finite()
    except BadNumber:
        return
