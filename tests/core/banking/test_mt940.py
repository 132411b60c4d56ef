"""MT940/942: the dialects of field 86, what banks get wrong, and no entry lost in silence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from acquit.core.codecs import mt940, statements
from acquit.core.codecs.mt940 import narrative, reader
from acquit.core.documents.bank import BankLine, BankStatement, LineStatus, StatementKind
from acquit.core.faults import Severity

DAY = date(2026, 3, 31)


def message(
    *fields: str, opening: str = "C260331EUR100,00", closing: str = "", encoding: str = "cp1252"
) -> bytes:
    head = [":20:STMT", ":25:37040044/0532013000", ":28C:7/1", f":60F:{opening}"]
    tail = [f":62F:{closing}"] if closing else []
    return "\r\n".join([*head, *fields, *tail, "-", ""]).encode(encoding)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "166?00GUTSCHR. UEBERWEISUNG?100599?20EREF+E-77?21SVWZ+Rechnung 2026-0001?22Kunde 7?30"
            "COBADEFF?31DE89370400440532013000?32Müller & Söhne Großhan?33del GmbH?34000",
            ("Rechnung 2026-0001 Kunde 7", "Müller & Söhne Großhan del GmbH", "E-77", "166"),
        ),
        # Nothing tells the words apart; pieces of full length go on in the middle of a word.
        (
            "051~20Zahlung zu den Rechnungen RE~21-0815 und RE-0816~32BAU AG",
            ("Zahlung zu den Rechnungen RE-0815 und RE-0816", "BAU AG", "", "051"),
        ),
        # A mark that stands in the text, and a second line of it.
        ("166?20Warum nicht?Weil?32A?33B", ("Warum nicht?Weil", "A B", "", "166")),
        (
            "/TRTP/SEPA OVERBOEKING/IBAN/NL26VAYB8060476890/BIC/VAYBNL2A/NAME/De Vries B.V./REMI/"
            "USTD//INV 123/4\n56 thanks/EREF/E-1",
            ("INV 123/456 thanks", "De Vries B.V.", "E-1", ""),
        ),
        (
            "/EREF/E-9//CNTP/NL26VAYB8060476890/VAYBNL2A/Jansen/AMSTERDAM///REMI/STRD/CUR/"
            "1234567890123456/",
            ("", "Jansen", "E-9", ""),
        ),
        (
            "Incasare OP; Platitor: ALFA SRL; IBAN: RO49AAAA1B31007593840000; Detalii: fact. 12",
            ("Incasare OP\nfact. 12", "ALFA SRL", "", ""),
        ),
        ("EREF+E-3SVWZ+RE 5IBAN+CH9300762011623852957", ("RE 5", "", "E-3", "")),
        ("plain words of a payer", ("plain words of a payer", "", "", "")),
    ],
)
def test_the_dialects_of_field_86(text: str, expected: tuple[str, ...]) -> None:
    said = narrative.read(text)
    assert (said.text, said.payer_name, said.end_to_end, said.code) == expected


def test_what_a_dialect_says_besides() -> None:
    ing = narrative.read("/CNTP/NL26VAYB8060476890/VAYBNL2A/Jansen///REMI/STRD/CUR/9001/")
    assert (ing.payer_iban, ing.reference) == ("NL26VAYB8060476890", "9001")
    back = narrative.read("109?00RUECKLASTSCHRIFT?20EREF+M-4?21SVWZ+AC04 KONTO GESCHLOSSEN")
    assert (back.return_reason, back.booking_text) == ("AC04", "RUECKLASTSCHRIFT")
    alpha = narrative.read("X; Platitor: ALFA SRL; IBAN: RO49AAAA1B31007593840000; Detalii: 1")
    assert alpha.payer_iban == "RO49AAAA1B31007593840000"
    old = narrative.read_ns("01Zweck 1\n02Zweck 2\n15Empfaenger\n17Text\n191000")
    assert (old.text, old.payer_name, old.payer_iban) == ("Zweck 1\nZweck 2", "Empfaenger", "1000")


def test_signs_dates_and_references() -> None:
    body = message(
        ":61:2601021231C19,99NTRFOWN-1//BANK-1\r\nsupplementary",
        ":61:260331D5,00NCHGNONREF",
        ":61:2603310331RC7,NTRFNONREF\r\n:86:166?20taken back",
        ":61:2603310331RDR1,5NTRFNONREF",
        closing="C260331EUR109,49",
    )
    (statement,) = mt940.read_all(body).statements
    assert [line.amount_minor for line in statement.lines] == [1999, -500, -700, 150]
    assert [line.is_reversal for line in statement.lines] == [False, False, True, True]
    first = statement.lines[0]
    assert (first.booking_date, first.value_date) == (date(2025, 12, 31), date(2026, 1, 2))
    assert (first.end_to_end_id, first.bank_reference) == ("OWN-1", "BANK-1")
    assert (first.additional_text, first.transaction_code) == ("supplementary", "NTRF")
    assert body[first.byte_start : first.byte_end].startswith(b":61:2601021231C19,99")
    (event,) = [e for e in mt940.read(body) if hasattr(e, "control")]
    assert event.control == ()


def test_entries_that_cannot_be_read_are_named_and_break_the_sum() -> None:
    body = message(
        ":61:2603310331C10,00NTRFNONREF",
        ":61:2613310331C10,00NTRFNONREF",
        ":61:rubbish",
        closing="C260331EUR130,00",
    )
    found = mt940.read_all(body)
    faults = [fault for fault in found.faults if fault.severity is Severity.FATAL]
    assert [fault.path for fault in faults] == ["statement[1].entry[2]", "statement[1].entry[3]"]
    (event,) = [e for e in mt940.read(body) if hasattr(e, "control")]
    assert "difference 20.00 EUR" in event.control[0].message


def test_an_entry_after_the_closing_balance_is_told() -> None:
    body = message(closing="C260331EUR100,00") + b":61:2603310331C10,00NTRFNONREF\r\n"
    found = mt940.read_all(body)
    assert [fault.code for fault in found.faults] == ["mt940.entry_outside"]


def test_a_day_that_no_calendar_has() -> None:
    body = message(":61:2602300301C10,00NINTNONREF", closing="C260331EUR110,00")
    (statement,), (fault,) = mt940.read_all(body).statements, mt940.read_all(body).faults
    assert statement.lines[0].value_date == date(2026, 2, 28)
    assert fault.code == "mt940.february"


def test_mt942_is_a_report_with_totals_of_its_own() -> None:
    fields = [
        ":20:R", ":25:DE89370400440532013000", ":28C:1/1", ":34F:EURD0,", ":34F:EURC0,",
        ":13D:2603311030+0100", ":61:2603310331C10,00NTRFNONREF", ":61:260331EC4,NTRFNONREF",
        ":90D:0EUR0,", ":90C:2EUR14,",
    ]  # fmt: skip
    right = mt940.read_all("\n".join(fields).encode())
    (statement,) = right.statements
    assert (statement.kind, statement.currency, statement.to_date) == (
        StatementKind.REPORT, "EUR", DAY,
    )  # fmt: skip
    assert [line.status for line in statement.lines] == [LineStatus.BOOKED, LineStatus.PENDING]
    wrong = "\n".join([*fields[:-1], ":90C:3EUR15,"]).encode()
    (event,) = [e for e in mt940.read(wrong) if hasattr(e, "control")]
    assert "3 entries of 15.00 EUR" in event.control[0].message


def test_the_tag_of_a_wrapped_time_is_text() -> None:
    body = message(
        ":61:2603310331C10,00NTRFNONREF", ":86:166?20card 2026-03-30T13\r\n:20:11?32SHOP",
        closing="C260331EUR110,00",
    )  # fmt: skip
    (statement,) = mt940.read_all(body).statements
    assert (statement.lines[0].remittance, statement.lines[0].payer_name) == (
        "card 2026-03-30T13:20:11",
        "SHOP",
    )


def test_each_text_is_decoded_once() -> None:
    """The booking text of one entry says nothing about the encoding of the next."""
    body = message(
        ":61:2603310331C10,00NTRFNONREF", ":86:166?00ÜBERTRAG?20Müller",
        ":61:2603310331C10,00NTRFNONREF", ":86:166?00PLATĂ?20Brașov",
        ":61:2603310331C10,00NTRFNONREF\r\nvirement à vue", ":86:166?20Zürich",
        closing="C260331EUR130,00", encoding="utf-8",
    )  # fmt: skip
    found = mt940.read_all(body)
    assert [(line.additional_text, line.remittance) for line in found.statements[0].lines] == [
        ("ÜBERTRAG", "Müller"),
        ("PLATĂ", "Brașov"),
        ("virement à vue", "Zürich"),
    ]
    assert found.faults == ()


PIECES = [
    "10A",
    "20EREF+E ",
    "21SVWZ+RE 1",
    "22MREF+",
    "29" + "X" * 27,
    "30B",
    "31DE 1",
    "32N",
    "33M",
]


@given(st.lists(st.sampled_from(PIECES), max_size=7))
def test_fields_in_order_say_what_they_say_in_any(pieces: list[str]) -> None:
    text = "?".join(["166", "00TEXT", *pieces])
    assert narrative.read(text) == narrative._numbered(text)


def test_a_return_inside_of_a_tag_makes_it_text() -> None:
    body = message(
        ":61:2603310331C10,00NTRFNONREF", ":86:166?20a\r\n:6\r1:2603310331C9,00NTRFNONREF?32B",
        ":61:2603310331C10,00NTRFNONREF", ":86:166?20b", closing="C260331EUR120,00",
    )  # fmt: skip
    (statement,) = mt940.read_all(body).statements
    assert [line.amount_minor for line in statement.lines] == [1000, 1000]
    last = statement.lines[1]
    assert body[last.byte_start : last.byte_end] == (
        b":61:2603310331C10,00NTRFNONREF\r\n:86:166?20b\r\n"
    )


def test_a_field_61_with_nothing_in_it_is_told() -> None:
    body = message(":61:", ":86:166?00A?20lost", closing="C260331EUR100,00")
    found = mt940.read_all(body)
    assert [fault.path for fault in found.faults] == ["statement[1].entry[1]"]


def test_the_second_narrative_of_a_long_entry_belongs_to_it() -> None:
    """Also where the file is taken in pieces and no entry begins in one."""
    first = "166?20" + "A" * reader.PIECE
    body = message(
        ":61:2603310331C10,00NTRFNONREF", f":86:{first}", ":86:and more",
        closing="C260331EUR110,00",
    )  # fmt: skip
    (line,) = mt940.read_all(body).statements[0].lines
    assert line.remittance.endswith("and more")
    assert body[line.byte_start : line.byte_end].endswith(b":86:and more\r\n")


HEADS = [
    "C1,00NTRFNONREF",
    "D7,5N051OWN//B/1",
    "C2,00NTRF A //",
    "C2,00NTRFa?b//c?d",
    "RC3,00NMSCX",
]
HEADS += ["C9,00NTRFNONREF\nvirement à vue", "C1,00NTRFNONREF ", "C1,00NTRFA/B", ""]
WORDS = [
    "\n:86:166?00A?10B?20EREF+E-1 SVWZ+Größe?31DE1 2?32N?33M",
    "\n:86:16\n6?00A?32N",
    "",
    "\n:86:x",
]
WORDS += [
    "\n:86:166?00A?20Zah\nlung?21" + "X" * 30 + "?32N\n?33M",
    "\n:86:166?00A?32N?20Z",
    "\n:64:1",
]
WORDS += [
    "\n:86:166?00A?20EREF+E MREF+M SVWZ+S?32N\n:86:more",
    "\n:8\n6:166?00A?32N",
    "\n\n:86:177?00a",
]
ENTRIES = st.lists(
    st.builds(
        lambda day, head, words: f":61:{day}{head}{words}",
        st.sampled_from(["2603310331", "260331", "2602300301", "2613310331"]),
        st.sampled_from(HEADS),
        st.sampled_from(WORDS),
    ),
    min_size=1,
    max_size=8,
)


@example([":61:2603310331C9,00NTRFNONREF\n:86:16\n6?00A?32N"], "cp1252")
@given(ENTRIES, st.sampled_from(["cp1252", "utf-8"]))
def test_plain_entries_say_what_they_say_field_by_field(entries: list[str], encoding: str) -> None:
    def lines(first: str) -> list[BankLine]:
        fields = "\n".join([f":61:2603310331C1,00NTRFNONREF\n:86:{first}", *entries])
        body = message(*fields.split("\n"), closing="C260331EUR0,00", encoding=encoding)
        found = mt940.read_all(body)
        assert len(found.statements) == 1
        for line in found.statements[0].lines:
            assert body[line.byte_start : line.byte_start + 4] == b":61:"
        return list(found.statements[0].lines[1:])

    # With a mark of its own in the text no entry is read as a plain one.
    assert lines("x") == lines("\1")


TEXT = st.text("ABC xyz019-/äß.,&", max_size=60).map(lambda text: " ".join(text.split()))
LINES = st.lists(
    st.builds(
        lambda minor, days, name, iban, e2e, text, ref, back: BankLine(
            position=0,
            entry_number=0,
            booking_date=DAY - timedelta(days),
            value_date=DAY - timedelta(days // 2),
            amount_minor=minor,
            currency="EUR",
            payer_name=name[:50].strip(),
            payer_iban=iban,
            end_to_end_id=e2e,
            remittance=text,
            bank_reference=ref,
            is_reversal=back,
        ),
        st.integers(-(10**11), 10**11).filter(bool),
        st.integers(0, 60),
        TEXT,
        st.sampled_from(["", "DE89370400440532013000"]),
        st.from_regex(r"([A-Z0-9]{1,20})?", fullmatch=True),
        TEXT,
        st.from_regex(r"([A-Z0-9]{1,16})?", fullmatch=True),
        st.booleans(),
    ),
    max_size=8,
)


def written(lines: list[BankLine], opening: int) -> bytes:
    total = sum(line.amount_minor for line in lines)
    return mt940.write(
        BankStatement(
            kind=StatementKind.STATEMENT,
            account_iban="DE89370400440532013000",
            currency="EUR",
            reference="R1",
            sequence="9",
            page="1",
            to_date=DAY,
            opening_minor=opening,
            closing_minor=opening + total,
            lines=tuple(lines),
        )
    )


@settings(max_examples=80, deadline=None)
@given(lines=LINES, opening=st.integers(-(10**9), 10**9))
def test_what_is_written_is_read(lines: list[BankLine], opening: int) -> None:
    body = written(lines, opening)
    found = mt940.read_all(body)
    assert found.faults == ()
    (back,) = found.statements
    assert (back.opening_minor, back.account) == (opening, "DE89370400440532013000")
    assert [key(line) for line in back.lines] == [key(line) for line in lines]
    for line in back.lines:
        assert body[line.byte_start : line.byte_start + 4] == b":61:"


def key(line: BankLine) -> tuple[object, ...]:
    """What the written form keeps; spaces at the ends of pieces are nobody's."""
    texts = (line.payer_name, line.remittance, line.end_to_end_id)
    return (
        line.booking_date, line.value_date, line.amount_minor, line.payer_iban,
        line.bank_reference, line.is_reversal, *("".join(text.split()) for text in texts),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    lines=LINES.filter(lambda lines: len(lines) > 1),
    at=st.integers(0, 10**6),
    what=st.sampled_from([b"", b"\n", b":", b"-\r\n", b"\xff", b"9", b"C", b":61:", b",", b"?20"]),
    gone=st.integers(0, 40),
)
def test_a_damaged_file_is_never_short_in_silence(
    lines: list[BankLine], at: int, what: bytes, gone: int
) -> None:
    """Whatever is done to the bytes: the file proves its sum, or says that it does not."""
    body = written(lines, 0)
    at %= len(body)
    damaged = body[:at] + what + body[at + gone :]
    codec = statements.sniff(damaged)
    for event in (codec or mt940).read(damaged):
        if hasattr(event, "control") and not event.control:
            statement = event.statement
            assert statement.opening_minor + event.booked_minor == statement.closing_minor
