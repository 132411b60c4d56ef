"""camt.052/053/054: what banks write, in every version, and what nobody should write."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core.codecs import camt
from acquit.core.codecs.camt import Limits, LinesRead, StatementClosed, StatementOpened
from acquit.core.documents.bank import (
    BankLine,
    BankStatement,
    LineStatus,
    StatementKind,
)
from acquit.core.faults import Fault, Severity

NOW = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)
HEAD = "<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-03-31T22:00:00+01:00</CreDtTm></GrpHdr>"
ACCOUNT = "<Id>S1</Id><Acct><Id><IBAN>NL26VAYB8060476890</IBAN></Id><Ccy>EUR</Ccy></Acct>"
CLOSING = (
    "<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{}</Amt>"
    "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-31</Dt></Dt></Bal>"
)
OLD = "<Sts>BOOK</Sts>"
NEW = "<Sts><Cd>BOOK</Cd></Sts>"
DATES = (
    "<BookgDt><Dt>2026-03-02</Dt></BookgDt><ValDt><DtTm>2026-03-03T23:30:00+01:00</DtTm></ValDt>"
)


def controls(data: bytes) -> list[tuple[Fault, ...]]:
    return [e.control for e in camt.read(data) if isinstance(e, StatementClosed)]


def document(*entries: str, version: str = "053.001.08", statement: str = ACCOUNT) -> bytes:
    message, part = {
        "053": ("BkToCstmrStmt", "Stmt"),
        "052": ("BkToCstmrAcctRpt", "Rpt"),
        "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[version[:3]]
    message += "V01" if version.endswith(".01") else ""
    body = "\n".join(entries)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{version}"><{message}>{HEAD}'
        f"<{part}>{statement}{body}</{part}></{message}></Document>"
    ).encode()


def entry(
    amount: str = "119.00", sign: str = "CRDT", inner: str = "", *, status: str = NEW,
    dates: str = DATES, currency: str = "EUR", before: str = "",
) -> str:  # fmt: skip
    return (
        f"<Ntry><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{before}{status}"
        f"{dates}<BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd>{inner}</Ntry>"
    )


def detail(amount: str, text: str = "", *, rest: str = "", currency: str = "EUR") -> str:
    share = f"<Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>" if amount else ""
    return (
        f"<TxDtls><Refs><EndToEndId>E-{text}</EndToEndId></Refs>{share}{rest}"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


def lines(*entries: str, version: str = "053.001.08") -> tuple[BankLine, ...]:
    found = camt.read_all(document(*entries, version=version))
    assert found.faults == (), found.faults
    return found.statements[0].lines


def codes(data: bytes, **limits: int) -> list[str]:
    return [fault.code for fault in camt.read_all(data, limits=Limits(**limits)).faults]


@pytest.mark.parametrize("kind", ["052", "053", "054"])
@pytest.mark.parametrize("version", [f"{number:02}" for number in range(1, 15)])
def test_every_version(kind: str, version: str) -> None:
    old = version < "08"
    party = "<Nm>Payer</Nm>" if old else "<Pty><Nm>Payer</Nm></Pty>"
    transaction = (
        "<AmtDtls><TxAmt><Amt Ccy='EUR'>119.00</Amt></TxAmt></AmtDtls>"
        if version < "03"
        else "<Amt Ccy='EUR'>119.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
    )
    inner = (
        f"<TxDtls>{transaction}<RltdPties><Dbtr>{party}</Dbtr><DbtrAcct><Id>"
        f"<IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></RltdPties></TxDtls>"
    )
    inner = inner if version == "01" else f"<NtryDtls>{inner}</NtryDtls>"
    one = entry(inner=inner, status=OLD if old else NEW)
    data = document(one, version=f"{kind}.001.{version}")
    found = camt.read_all(data)
    assert found.faults == ()
    # The second and third are read by the shape of the first.
    plain = one.replace("'", '"')
    thrice = camt.read_all(document(plain, plain, plain, version=f"{kind}.001.{version}"))
    assert {each.payer_name for each in thrice.statements[0].lines} == {"Payer"}
    assert len(thrice.statements[0].lines) == 3
    statement = found.statements[0]
    assert (
        statement.kind
        is {
            "052": StatementKind.REPORT,
            "053": StatementKind.STATEMENT,
            "054": StatementKind.NOTIFICATION,
        }[kind]
    )
    (line,) = statement.lines
    assert (line.amount_minor, line.payer_name) == (11900, "Payer")
    assert line.payer_iban == "DE89370400440532013000"
    assert (line.booking_date, line.value_date) == (date(2026, 3, 2), date(2026, 3, 3))
    assert data[line.byte_start : line.byte_end].startswith(b"<Ntry>")
    assert data[line.byte_start : line.byte_end].endswith(b"</Ntry>")
    assert camt.sniff(data)


def test_signs_reversals_and_the_other_side() -> None:
    parties = (
        "<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>Debtor</Nm></Pty></Dbtr>"
        "<Cdtr><Pty><Nm>Creditor</Nm></Pty></Cdtr></RltdPties></TxDtls></NtryDtls>"
    )
    reversal = "<RvslInd>true</RvslInd>"
    found = lines(
        entry(inner=parties),
        entry(sign="DBIT", inner=parties),
        entry(sign="DBIT", inner=parties, before=reversal),
        entry(inner=parties, before=reversal),
    )
    assert [(ln.amount_minor, ln.payer_name, ln.is_reversal) for ln in found] == [
        (11900, "Debtor", False),
        (-11900, "Creditor", False),
        (-11900, "Debtor", True),
        (11900, "Creditor", True),
    ]


def test_batch_is_split_when_its_details_add_up() -> None:
    batch = "<NtryDtls>" + detail("60.00", "a") + "</NtryDtls><NtryDtls>" + detail("59", "b")
    found = lines(entry(inner=batch + "</NtryDtls>"), entry("5.00"))
    assert [(ln.position, ln.entry_number, ln.amount_minor, ln.remittance) for ln in found] == [
        (1, 1, 6000, "a"),
        (2, 1, 5900, "b"),
        (3, 2, 500, ""),
    ]
    assert found[0].byte_start == found[1].byte_start < found[2].byte_start


@pytest.mark.parametrize(
    ("details", "code"),
    [
        (detail("60.00", "a") + detail("58.99", "b"), "camt.batch_sum"),
        (detail("60.00", "a") + detail("", "b"), "camt.batch_unsplit"),
        (detail("60.00", "a") + detail("59.00", "b", currency="USD"), "camt.batch_unsplit"),
    ],
)
def test_batch_that_does_not_add_up_is_kept_whole(details: str, code: str) -> None:
    found = camt.read_all(document(entry(inner=f"<NtryDtls>{details}</NtryDtls>")))
    (line,) = found.statements[0].lines
    assert line.amount_minor == 11900
    assert line.remittance.split("\n") == ["a", "b", "E-a", "E-b"]  # nothing to find is lost
    (fault,) = found.faults
    assert (fault.code, fault.severity) == (code, Severity.WARNING)
    assert fault.path == "statement[1].entry[1]"
    assert f"bytes {line.byte_start}-" in fault.message


def test_charges_returns_and_other_currencies() -> None:
    inner = (
        "<NtryDtls><TxDtls><AmtDtls><InstdAmt><Amt Ccy='USD'>130.00</Amt><CcyXchg><SrcCcy>USD"
        "</SrcCcy><XchgRate>1.0924</XchgRate></CcyXchg></InstdAmt></AmtDtls>"
        "<Chrgs><Rcrd><Amt Ccy='EUR'>1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd>"
        "<Rcrd><Amt Ccy='EUR'>0.25</Amt><CdtDbtInd>CRDT</CdtDbtInd></Rcrd></Chrgs>"
        "<RmtInf><Strd><RfrdDocInf><Nb>INV-1</Nb></RfrdDocInf><CdtrRefInf><Ref>RF18539007547034"
        "</Ref></CdtrRefInf><AddtlRmtInf>more</AddtlRmtInf></Strd></RmtInf>"
        "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls>"
        "<AddtlNtryInf>RETURN</AddtlNtryInf>"
    )
    (line,) = lines(entry(sign="DBIT", inner=inner))
    assert (line.charges_minor, line.original_minor, line.original_currency) == (125, 13000, "USD")
    assert line.exchange_rate == Decimal("1.0924")
    assert line.return_reason == "AC04"
    assert line.additional_text == "RETURN"
    assert line.document_references == ("INV-1",)
    assert line.structured_references == ("RF18539007547034",)
    assert line.remittance == "more"
    assert line.transaction_code == "NTRF"
    old = "<Chrgs><Amt Ccy='EUR'>2.00</Amt></Chrgs>"
    assert lines(entry(before=old), version="053.001.02")[0].charges_minor == 200
    total = "<Chrgs><TtlChrgsAndTaxAmt Ccy='EUR'>3.00</TtlChrgsAndTaxAmt></Chrgs>"
    assert lines(entry(before=total))[0].charges_minor == 300


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (entry("1.001"), "camt.amount"),
        (entry("-1.00"), "camt.amount"),
        (entry("1e3"), "camt.amount"),
        (entry("1" + "0" * 30), "camt.amount"),
        (entry("١٢"), "camt.amount"),
        (entry("10.5", currency="JPY"), "camt.amount"),
        (entry("10", currency="eur"), "camt.amount"),
        (entry().replace(" Ccy='EUR'", ""), "camt.amount"),
        (entry().replace("<Amt Ccy='EUR'>119.00</Amt>", ""), "camt.amount_missing"),
        (entry(sign="PLUS"), "camt.sign"),
        (entry(status="<Sts><Cd>MAYBE</Cd></Sts>"), "camt.status"),
        (entry(dates="<BookgDt><Dt>2026-02-30</Dt></BookgDt>"), "camt.date"),
    ],
)
def test_an_entry_that_cannot_be_read_is_named_and_the_rest_goes_on(broken: str, code: str) -> None:
    data = document(entry("1.00"), broken, entry("2.00"))
    found = camt.read_all(data)
    (fault,) = found.faults
    assert (fault.code, fault.severity) == (code, Severity.FATAL)
    assert fault.path == "statement[1].entry[2]"
    assert not found.is_readable
    assert [line.amount_minor for line in found.statements[0].lines] == [100, 200]


def test_amounts_are_exact() -> None:
    found = lines(entry("1.50000"), entry(".5"), entry("7"), entry("0.00"))
    assert [line.amount_minor for line in found] == [150, 50, 700, 0]


def test_missing_dates_and_status_are_said() -> None:
    value_only = "<ValDt><Dt>2026-03-09</Dt></ValDt>"
    found = camt.read_all(document(entry(dates=value_only), entry(dates="", status="")))
    assert [line.booking_date for line in found.statements[0].lines] == [
        date(2026, 3, 9),
        date(2026, 3, 31),
    ]
    assert [fault.code for fault in found.faults] == [
        "camt.booking_date_missing",
        "camt.status_missing",
        "camt.booking_date_missing",
    ]


def test_balances_control_and_statements_without_entries() -> None:
    balances = ACCOUNT + CLOSING.format("PRCD", "10.00") + CLOSING.format("CLBD", "129.00")
    data = document(entry(), entry("9", status="<Sts><Cd>PDNG</Cd></Sts>"), statement=balances)
    (statement,) = camt.read_all(data).statements
    assert (statement.opening_minor, statement.closing_minor) == (1000, 12900)
    assert statement.lines[1].status is LineStatus.PENDING
    (closed,) = [e for e in camt.read(data) if isinstance(e, StatementClosed)]
    assert (closed.lines_count, closed.booked_minor, closed.control) == (2, 11900, ())
    short = document(statement=balances)
    (closed,) = [e for e in camt.read(short) if isinstance(e, StatementClosed)]
    assert [fault.code for fault in closed.control] == ["bank.totals_differ"]
    assert camt.read_all(short).statements[0].lines == ()
    pages = ACCOUNT + CLOSING.format("ITBD", "1.00") + CLOSING.format("CLBD", "1.00")
    assert controls(document(statement=pages)) == [()]
    dollars = balances.replace("'EUR'>129", "'USD'>129")
    assert codes(document(statement=dollars)) == ["camt.balance_currency"]


def test_events_come_in_chunks_and_several_statements() -> None:
    many = document(*(entry(f"{number}.00") for number in range(1, 51)))
    text = many.decode()
    part = text[text.index("<Stmt>") : text.index("</Stmt>") + 7]
    data = text.replace(part, part + part.replace("<Id>S1</Id>", "<Id>S2</Id>")).encode()
    events = list(camt.read(io.BytesIO(data), limits=Limits(chunk_lines=20)))
    assert [type(event) for event in events] == [
        StatementOpened, LinesRead, LinesRead, LinesRead, StatementClosed,
    ] * 2  # fmt: skip
    assert [len(e.lines) for e in events if isinstance(e, LinesRead)] == [20, 20, 10] * 2
    assert [e.statement.reference for e in events if isinstance(e, StatementOpened)] == ["S1", "S2"]
    last = [e for e in events if isinstance(e, LinesRead)][-1].lines[-1]
    assert last.position == 50
    assert data[: last.byte_end].endswith(b"</Ntry>")


@pytest.mark.parametrize(
    ("version", "severity"), [("053.001.08", Severity.FATAL), ("054.001.08", Severity.WARNING)]
)
def test_a_statement_twice_in_one_file_is_said(version: str, severity: Severity) -> None:
    text = document(entry(), version=version).decode()
    start = text.index("</GrpHdr>") + 9
    part = text[start : text.index("</BkTo")]
    found = camt.read_all((text[:start] + part + text[start:]).encode())
    assert [(f.code, f.severity, f.path) for f in found.faults] == [
        ("camt.statement_twice", severity, "statement[2]")
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16", "utf-16-be"])
def test_encodings_and_prefixes(encoding: str) -> None:
    text = document(entry(inner="<AddtlNtryInf>Société</AddtlNtryInf>")).decode()
    text = text.replace("<", "<n:").replace("<n:/", "</n:").replace("<n:?", "<?")
    text = text.replace("xmlns=", "xmlns:n=").replace("UTF-8", encoding.removesuffix("-be"))
    data = (b"\xfe\xff" if encoding == "utf-16-be" else b"") + text.encode(encoding)
    found = camt.read_all(data)
    (line,) = found.statements[0].lines
    assert found.faults == ()
    assert line.additional_text == "Société"
    place = data[line.byte_start : line.byte_end]
    name = encoding if encoding != "utf-16" else "utf-16-le"
    assert place.decode(name).startswith("<n:Ntry>")
    assert place.decode(name).endswith("</n:Ntry>")


BOMB = b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "camt.empty"),
        (gzip.compress(b"<Document/>", mtime=0), "camt.compressed"),
        (b"PK\x03\x04", "camt.compressed"),
        (document(entry()).replace(b"\n<Doc", BOMB + b"<Doc"), "camt.doctype"),
        (b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><d/>', "camt.doctype"),
        (document(entry())[:-20], "camt.malformed"),
        (b"not xml", "camt.malformed"),
        (b"<Invoice/>", "camt.not_camt"),
        (document().replace(b"camt.053.001.08", b"pain.001.001.09"), "camt.not_camt"),
        (b"<a>" * 30_000, "camt.too_deep"),
        (document("<x>" + "y" * 300_000 + "</x>"), "camt.token_too_large"),
        (document("<!--" + "y" * 300_000 + "-->"), "camt.token_too_large"),
        (document(*[entry()] * 9000), "camt.too_large"),
        (document(entry(inner=f"<NtryDtls>{detail('1', 'x') * 30}</NtryDtls>")),
         "camt.too_many_details"),
        (document(*[entry("x")] * 20), "camt.too_many_faults"),
    ],
)  # fmt: skip
def test_hostile_files_are_refused_with_a_reason(data: bytes, code: str) -> None:
    limits = {
        "token_bytes_max": 150_000,
        "text_bytes_max": 150_000,
        "details_max": 20,
        "faults_max": 10,
        "bytes_max": 1_000_000,
    }
    found = camt.read_all(data, limits=Limits(**limits))
    assert found.faults[-1].code == code
    assert found.faults[-1].severity is Severity.FATAL
    assert found.faults[-1].message


def test_unknown_versions_are_read_and_said() -> None:
    assert codes(document(entry(), version="053.001.15")) == ["camt.version"]
    bare = document(entry()).replace(
        b' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"', b""
    )
    assert codes(bare) == ["camt.version"]
    assert len(camt.read_all(bare).statements[0].lines) == 1


# Writing, and reading back.

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"],
                             exclude_characters="\ufffe\uffff"), max_size=30)  # fmt: skip
LINES = st.builds(
    BankLine,
    position=st.just(0),
    entry_number=st.integers(0, 4),
    booking_date=st.dates(date(2026, 3, 1), date(2026, 3, 3)),
    value_date=st.one_of(st.none(), st.just(date(2026, 3, 4))),
    amount_minor=st.integers(-(10**12), 10**12),
    currency=st.just("EUR"),
    status=st.sampled_from([LineStatus.BOOKED, LineStatus.PENDING]),
    payer_name=TEXT,
    payer_iban=st.sampled_from(["", "DE89370400440532013000", "12-345"]),
    ultimate_payer_name=TEXT,
    end_to_end_id=TEXT,
    remittance=st.lists(TEXT.filter(bool), max_size=3).map("\n".join),
    structured_references=st.lists(TEXT.filter(bool), max_size=2).map(tuple),
    document_references=st.lists(TEXT.filter(bool), max_size=2).map(tuple),
    bank_reference=TEXT,
    transaction_code=st.sampled_from(["", "PMNT/RCDT/ESCT", "544"]),
    purpose=st.sampled_from(["", "SUPP", "rent of March"]),
    additional_text=TEXT,
    is_reversal=st.booleans(),
    return_reason=st.sampled_from(["", "AC04"]),
    charges_minor=st.integers(-500, 500),
    original_minor=st.one_of(st.none(), st.integers(0, 10**9)),
    original_currency=st.just(""),
    exchange_rate=st.none(),
    mandate_id=st.just(""),
    byte_start=st.just(0),
    byte_end=st.just(0),
    told=st.just(()),
)


def renumbered(generated: list[BankLine]) -> tuple[BankLine, ...]:
    """Lines as a bank numbers them: entries count up, batches share what stands in the entry."""
    result: list[BankLine] = []
    number, batch = 0, -1
    for position, line in enumerate(sorted(generated, key=lambda ln: ln.entry_number), start=1):
        leader = result[-1] if result else line
        if line.entry_number == 0 or line.entry_number != batch:
            number, leader = number + 1, line
        batch = line.entry_number
        result.append(
            line._replace(
                position=position,
                entry_number=number,
                booking_date=leader.booking_date,
                value_date=leader.value_date,
                status=leader.status,
                is_reversal=leader.is_reversal,
                bank_reference=line.bank_reference,
                transaction_code=line.transaction_code or "X",
                original_currency="USD" if line.original_minor is not None else "",
                exchange_rate=Decimal("1.25") if line.original_minor is not None else None,
            )
        )
    return tuple(result)


@settings(max_examples=80, deadline=None)
@given(generated=st.lists(LINES, max_size=7), opening=st.integers(-(10**9), 10**9))
def test_what_is_written_is_read(generated: list[BankLine], opening: int) -> None:
    written = renumbered(generated)
    booked = sum(ln.amount_minor for ln in written if ln.status is LineStatus.BOOKED)
    statement = BankStatement(
        kind=StatementKind.STATEMENT,
        account_iban="NL26VAYB8060476890",
        currency="EUR",
        reference="2026-03",
        sequence="3",
        page="1",
        from_date=date(2026, 3, 1),
        to_date=date(2026, 3, 31),
        opening_minor=opening,
        closing_minor=opening + booked,
        lines=written,
    )
    data = camt.write(statement, created_at=NOW)
    found = camt.read_all(data)
    assert found.faults == ()
    (back,) = found.statements
    plain = tuple(ln._replace(byte_start=0, byte_end=0) for ln in back.lines)
    assert plain == written
    assert replace(back, lines=()) == replace(statement, lines=())
    assert controls(data) == [()]


def test_writer_is_strict() -> None:
    bare = BankStatement(StatementKind.STATEMENT, "NL26VAYB8060476890", "EUR", "S")
    with pytest.raises(ValueError, match="needs a balance"):
        camt.write(bare, created_at=NOW)
    with pytest.raises(ValueError, match="digits in sequence"):
        camt.write(replace(bare, opening_minor=0, sequence="A1"), created_at=NOW)


SAMPLE = document(entry(inner=f"<NtryDtls>{detail('119.00', 'a')}</NtryDtls>"), entry("5"))


@settings(max_examples=200)
@given(at=st.integers(0, len(SAMPLE)), cut=st.integers(0, 40), put=st.binary(max_size=12))
def test_damaged_files_give_events_or_reasons(at: int, cut: int, put: bytes) -> None:
    damaged = SAMPLE[:at] + put + SAMPLE[at + cut :]
    for event in camt.read(damaged):
        if isinstance(event, Fault):
            assert event.message


@pytest.mark.parametrize("name", ["AUTF-8", "shift_jis", "hex", "utf-7"])
def test_an_encoding_nobody_reads_is_named(name: str) -> None:
    assert b"UTF-8" in SAMPLE
    (fault,) = camt.read(SAMPLE.replace(b"UTF-8", name.encode(), 1))
    assert isinstance(fault, Fault)
    assert (fault.code, name in fault.message) == ("camt.encoding", True)


def test_reading_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "statement.xml"
    path.write_bytes(SAMPLE)
    assert list(camt.read(path)) == list(camt.read(SAMPLE))
