"""Every syntax of bank statements: what is written is read, and no damage goes unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core.codecs import bai2, camt, coda, mt940, ofx, statements
from acquit.core.codecs.bankfile import BankFile, StatementClosed
from acquit.core.documents.bank import BankLine, BankStatement, StatementKind
from acquit.core.faults import Severity
from tests.support import banks

DAY = date(2026, 3, 31)
IBAN = "BE68539007547034"
SAMPLES = Path(__file__).parents[4] / "shared/fixtures/bank"
Writer = Callable[[BankStatement], bytes]
WRITERS: dict[str, tuple[str, Writer]] = {
    "camt": ("camt", partial(camt.write, created_at=datetime(2026, 4, 1, tzinfo=UTC))),
    "mt940": ("mt940", mt940.write),
    "bai2": ("bai2", banks.bai2),
    "ofx1": ("ofx", banks.ofx),
    "ofx2": ("ofx", partial(banks.ofx, xml=True)),
    "coda": ("coda", banks.coda),
}
TEXT = st.text("ABC xyz019-.&é", max_size=50).map(lambda text: " ".join(text.split()))
LINES = st.lists(
    st.builds(
        lambda minor, days, name, text, ref: BankLine(
            position=0,
            entry_number=0,
            booking_date=DAY - timedelta(days),
            value_date=DAY - timedelta(days),
            amount_minor=minor,
            currency="EUR",
            payer_name=name[:30].strip(),
            remittance=text,
            bank_reference=ref,
            transaction_code="X",
        ),
        st.integers(-(10**9), 10**9).filter(bool),
        st.integers(0, 20),
        TEXT,
        TEXT,
        st.from_regex(r"[A-Z0-9]{1,16}", fullmatch=True),
    ),
    max_size=6,
)


def statement(lines: list[BankLine], opening: int = 0) -> BankStatement:
    numbered = tuple(
        line._replace(position=n, entry_number=n) for n, line in enumerate(lines, start=1)
    )
    return BankStatement(
        kind=StatementKind.STATEMENT,
        account_iban=IBAN,
        currency="EUR",
        reference="R1",
        sequence="9",
        from_date=DAY - timedelta(20),
        to_date=DAY,
        opening_minor=opening,
        closing_minor=opening + sum(line.amount_minor for line in lines),
        lines=numbered,
    )


def key(line: BankLine, syntax: str) -> tuple[object, ...]:
    """What every syntax keeps; BAI2 knows one day for all, and has no names."""
    squeezed = "".join(line.remittance.split())
    if syntax == "bai2":
        return line.amount_minor, line.bank_reference, squeezed
    return line.amount_minor, line.bank_reference, squeezed, line.booking_date, line.payer_name


def test_a_reference_that_ends_like_an_hour_is_no_time_of_day() -> None:
    line = BankLine(
        position=1,
        entry_number=1,
        booking_date=DAY,
        value_date=DAY,
        amount_minor=100,
        currency="EUR",
        remittance="hello",
        bank_reference="T00",
        transaction_code="X",
    )
    (back,) = mt940.read_all(mt940.write(statement([line]))).statements[0].lines
    assert (back.remittance, back.bank_reference) == ("hello", "T00")


@settings(max_examples=40, deadline=None)
@given(lines=LINES, opening=st.integers(-(10**9), 10**9))
@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_is_read(name: str, lines: list[BankLine], opening: int) -> None:
    syntax, write = WRITERS[name]
    written = statement(lines, opening)
    body = write(written)
    codec = statements.sniff(body)
    assert codec is not None and syntax == codec.NAME
    found: BankFile = codec.read_all(body)
    assert found.faults == ()
    (back,) = found.statements
    assert [key(line, syntax) for line in back.lines] == [key(line, syntax) for line in lines]
    balances = (None if syntax == "ofx" else opening, written.closing_minor)
    assert (back.opening_minor, back.closing_minor, back.account) == (*balances, IBAN)
    controls = [e.control for e in codec.read(body) if isinstance(e, StatementClosed)]
    assert [[fault.code for fault in control] for control in controls] == [
        ["bank.balance_missing"] if syntax == "ofx" else []
    ]
    places = [(line.byte_start, line.byte_end) for line in back.lines]
    assert places == sorted(places)
    for line, (start, end) in zip(back.lines, places, strict=True):
        assert line.bank_reference.encode() in body[start:end]


@settings(max_examples=60, deadline=None)
@given(
    lines=LINES.filter(lambda lines: len(lines) > 1),
    at=st.integers(0, 10**6),
    what=st.sampled_from([b"", b"\n", b"\xff", b"9", b"/", b",", b"16,", b"88,x\n", b"<", b"</"]),
    gone=st.integers(0, 140),
)
@pytest.mark.parametrize("name", WRITERS)
def test_a_damaged_file_is_never_short_in_silence(
    name: str, lines: list[BankLine], at: int, what: bytes, gone: int
) -> None:
    """Whatever is done to the bytes: a statement that counts as proven adds up, and where it has
    fewer entries than were written, something says so or the sums agree all the same."""
    body = WRITERS[name][1](statement(lines))
    at %= len(body)
    damaged = body[:at] + what + body[at + gone :]
    for event in statements.read(damaged):
        if isinstance(event, StatementClosed) and not event.control:
            opening, closing = event.statement.opening_minor, event.statement.closing_minor
            assert None not in (opening, closing)
            assert (opening or 0) + event.booked_minor == closing


def test_bai2_follows_every_total() -> None:
    body = banks.bai2(statement([_line(1000, "INV 1, and\nmore"), _line(-250, "FEE")]))
    (found,) = bai2.read_all(body).statements
    assert [line.remittance for line in found.lines] == ["INV 1, and\nmore", "FEE"]
    assert found.kind is StatementKind.STATEMENT
    wrong_account = body.replace(b"49,2", b"49,3")
    (closed,) = [e for e in bai2.read(wrong_account) if isinstance(e, StatementClosed)]
    assert [fault.code for fault in closed.control] == ["bai2.control_total"]
    cut = bai2.read_all(body[: body.index(b"98,")])
    assert [f.code for f in cut.faults if f.severity is Severity.FATAL] == ["bai2.cut_off"]
    interim = banks.bai2(statement([_line(1000, "INV 1")]), interim=True)
    assert bai2.read_all(interim).statements[0].kind is StatementKind.REPORT


def test_coda_reads_references_and_details() -> None:
    line = _line(12_100, "")._replace(structured_references=("090933755493",))
    body = banks.coda(statement([line, _line(-5_000, "A" * 60 + " " + "B" * 60)]))
    (found,) = coda.read_all(body).statements
    assert found.lines[0].structured_references == ("090933755493",)
    assert found.lines[1].remittance == "A" * 60 + " " + "B" * 60
    # The first movement becomes the sum of two details under one number.
    rows = body.decode("latin-1").split("\r\n")
    details = [
        row.replace("00010000", f"0001000{n}", 1).replace(f"{121000:015}", f"{part:015}")
        for n, part in ((1, 21_000), (2, 100_000))
        for row in rows[2:5]
    ]
    both = [*rows[:5], *details, *rows[5:]]
    both[-2] = rows[-2][:16] + f"{int(rows[-2][16:22]) + 6:06}" + rows[-2][22:]
    (split,) = coda.read_all("\r\n".join(both).encode("latin-1")).statements
    assert [each.amount_minor for each in split.lines] == [2_100, 10_000, -5_000]
    assert [each.entry_number for each in split.lines] == [1, 1, 2]


def test_ofx_says_what_it_does_not_know() -> None:
    body = banks.ofx(statement([_line(1000, "A & B <c>")]))
    (found,) = ofx.read_all(body).statements
    assert (found.lines[0].remittance, found.opening_minor) == ("A & B <c>", None)
    late = ofx.read_all(body.replace(b"<DTPOSTED>2026", b"<DTPOSTED>20x6"))
    assert [fault.code for fault in late.faults] == ["ofx.entry"]
    doctype = ofx.read_all(b"OFXHEADER:100\n<!DOCTYPE x [<!ENTITY a 'b'>]><OFX></OFX>")
    assert [fault.code for fault in doctype.faults] == ["ofx.doctype"]


def test_what_no_column_can_hold_is_a_fault() -> None:
    """Numbers longer than any bank writes, records of no kind, groups without end."""
    line = statement([_line(100_077, "INV 1")])
    for size in (20, 5_000):
        for name, write in (("mt940", mt940.write), ("bai2", banks.bai2), ("ofx", banks.ofx)):
            body = write(line)
            for number in (b"1000,77", b"100077", b"1000.77"):
                body = body.replace(number, b"9" * size + number)
            found = statements.read_all(body)
            assert not any(each.lines for each in found.statements), (name, size)
            assert not found.is_readable, (name, size)
    other = banks.coda(line).replace(b"\r\n2200010000", b"\r\n2400010000")
    assert [fault.code for fault in coda.read_all(other).faults] == ["coda.record"]
    deep = ofx.read_all(b"OFXHEADER:100\n" + b"<PAYEE>" * 1_000)
    assert [fault.code for fault in deep.faults] == ["ofx.too_deep"]


def test_what_no_codec_knows_is_said() -> None:
    for body, code in ((b"", "bank.empty"), (b"hello", "bank.syntax"), (b"<a/>", "camt.not_camt")):
        assert [fault.code for fault in statements.read_all(body).faults] == [code]
    assert replace(statement([]), lines=()) == statement([])


def _line(minor: int, text: str) -> BankLine:
    return BankLine(
        position=0,
        entry_number=0,
        booking_date=DAY,
        value_date=DAY,
        amount_minor=minor,
        currency="EUR",
        remittance=text,
        bank_reference=f"B{abs(minor)}",
        transaction_code="X",
    )


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public samples are not there")
def test_public_samples_are_read_or_refused_with_a_reason() -> None:
    """Every entry of a real file gives a line or a fatal fault of its own."""
    read = 0
    for path in [*SAMPLES.rglob("*.sta"), *SAMPLES.rglob("*.xml")]:
        body = path.read_bytes()
        found = statements.read_all(body)
        read_ones = enumerate(found.statements)
        entries = {(number, line.entry_number) for number, one in read_ones for line in one.lines}
        refused = [f for f in found.faults if f.severity is Severity.FATAL and ".entry[" in f.path]
        marks = body.count(b":61:") if path.suffix == ".sta" else body.count(b"<Ntry>")
        assert len(entries) + len(refused) == marks, path.name
        read += len(entries)
    assert read > 20
