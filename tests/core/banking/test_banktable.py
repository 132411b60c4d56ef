"""Tables of banks: their headers, their signs, their days, and the chain of their balances."""

from __future__ import annotations

from datetime import date

import pytest

from acquit.core.codecs import banktable, statements
from acquit.core.codecs.bankfile import StatementClosed, Told
from acquit.core.codecs.banktable.layout import shipped
from acquit.core.documents.bank import BankStatement, LineStatus
from acquit.core.faults import Severity

EURO = Told("DE89370400440532013000", "EUR")
VOLKSBANK = (
    "Bezeichnung Auftragskonto;IBAN Auftragskonto;Buchungstag;Valutadatum;Name Zahlungsbeteiligter;"
    "IBAN Zahlungsbeteiligter;Buchungstext;Verwendungszweck;Betrag;Waehrung;Saldo nach Buchung\n"
    "Giro;DE89370400440532013000;03.03.2026;03.03.2026;Größe GmbH;FR7630006000011234567890189;"
    "Gutschrift;RE 1;1.234,56;EUR;1.334,56\n"
    "Giro;DE89370400440532013000;02.03.2026;02.03.2026;Bank;;Entgelt;Konto;-5,00;EUR;100,00\n"
)


def one(text: str, told: Told = EURO, encoding: str = "utf-8") -> tuple[BankStatement, bytes]:
    body = text.encode(encoding)
    found = banktable.read_all(body, told=told)
    assert [fault for fault in found.faults if fault.severity is Severity.FATAL] == []
    (statement,) = found.statements
    return statement, body


def control(text: str, told: Told = EURO) -> list[str]:
    events = [
        e for e in statements.read(text.encode(), told=told) if isinstance(e, StatementClosed)
    ]
    return [fault.code for event in events for fault in event.control]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-8-sig"])
def test_a_table_with_running_balances_proves_itself(encoding: str) -> None:
    statement, body = one(VOLKSBANK, encoding=encoding)
    assert (statement.opening_minor, statement.closing_minor) == (10_500, 133_456)
    assert statement.account == "DE89370400440532013000"
    first = statement.lines[0]
    assert (first.amount_minor, first.payer_name, first.remittance) == (
        123_456,
        "Größe GmbH",
        "RE 1",
    )
    assert body[first.byte_start : first.byte_end].startswith(b"Giro;DE89370400440532013000;03.03")
    assert control(VOLKSBANK) == []
    assert control(VOLKSBANK.replace("1.234,56", "1.234,57")) == [
        "bank.totals_differ",
        "banktable.balance",
    ] or control(VOLKSBANK.replace("1.234,56", "1.234,57")) == ["banktable.balance"]


@pytest.mark.parametrize(
    ("text", "amounts", "day"),
    [
        (
            '"Datum","Naam / Omschrijving","Rekening","Tegenrekening","Code","Af Bij",'
            '"Bedrag (EUR)","Mutatiesoort","Mededelingen"\n'
            '"20260302","Jansen","NL26VAYB8060476890","","GT","Bij","12,50","Online","INV 1"\n'
            '"20260303","Shop","NL26VAYB8060476890","","BA","Af","3,00","Card","Pas"\n',
            [1_250, -300],
            date(2026, 3, 2),
        ),
        (
            "Compte courant FR76 3000 6000 0112 3456 7890 189\n\n"
            "Date;Libellé;Débit;Crédit\n02/03/2026;VIR ALPHA FACT 1;;1 234,50\n"
            "02/03/2026;FRAIS;-2,00;\n",
            [123_450, -200],
            date(2026, 3, 2),
        ),
        (
            "Data tranzactie,Data valuta,Descriere,Referinta tranzactiei,Debit,Credit,"
            "Sold contabil\n"
            '2026-03-02,2026-03-02,"Incasare; ALFA SRL",REF1,,"1,250.00","1,350.00"\n'
            "2026-03-02,2026-03-02,Comision,REF2,-10.00,,1340.00\n",
            [125_000, -1_000],
            date(2026, 3, 2),
        ),
        (
            "date,amount,currency,payer_name,text\n2026-03-02,-7.5,EUR,A,x\n2026-03-02,8,EUR,B,y\n",
            [-750, 800],
            date(2026, 3, 2),
        ),
    ],
)
def test_how_banks_write_signs_and_days(text: str, amounts: list[int], day: date) -> None:
    statement, _body = one(text)
    assert [line.amount_minor for line in statement.lines] == amounts
    assert statement.lines[0].booking_date == day


def test_rows_above_the_header_name_the_account() -> None:
    text = (
        "Konto;FR76 3000 6000 0112 3456 7890 189\n\nDate;Libellé;Débit;Crédit\n02/03/2026;A;;1,00\n"
    )
    statement, body = one(text)
    assert statement.account_iban == "FR7630006000011234567890189"
    (line,) = statement.lines
    assert body[line.byte_start : line.byte_end] == b"02/03/2026;A;;1,00\n"


def test_pending_rows_and_rows_that_cannot_be_read() -> None:
    text = (
        "Auftragskonto;Buchungstag;Valutadatum;Buchungstext;Verwendungszweck;Betrag;Waehrung;Info\n"
        "DE89370400440532013000;02.03.26;02.03.26;G;RE 1;1,00;EUR;Umsatz gebucht\n"
        "DE89370400440532013000;32.03.26;02.03.26;G;RE 2;1,00;EUR;Umsatz gebucht\n"
        "DE89370400440532013000;03.03.26;03.03.26;G;RE 3;x;EUR;Umsatz gebucht\n"
        "DE89370400440532013000;04.03.26;04.03.26;G;RE 4;4,00;EUR;Umsatz vorgemerkt\n"
    )
    found = banktable.read_all(text.encode())
    fatal = [fault.message for fault in found.faults if fault.severity is Severity.FATAL]
    assert ["row 3" in fatal[0], "row 4" in fatal[1], len(fatal)] == [True, True, 2]
    (statement,) = found.statements
    assert [line.status for line in statement.lines] == [LineStatus.BOOKED, LineStatus.PENDING]


def test_without_a_balance_the_closing_one_must_be_told() -> None:
    text = "date,amount,text\n2026-03-02,10.00,x\n"
    assert control(text) == ["bank.balance_missing"]
    assert control(text, Told("X", "EUR", 100, 1_100)) == []
    assert control(text, Told("X", "EUR", 100, 1_000)) == ["bank.totals_differ"]
    silent = banktable.read_all(text.encode())
    assert "does not say its currency" in silent.faults[0].message


def test_every_layout_recognises_its_own_header() -> None:
    for layout in shipped():
        header = [names[0] for names in layout.columns.values()]
        assert layout.found(header), layout.name
        body = (";".join(header) + "\n").encode()
        assert statements.sniff(body) is banktable
    assert statements.sniff(b"a;b;c\n1;2;3\n") is None


def test_a_letter_that_the_first_look_cuts_is_no_other_encoding() -> None:
    for before in ("", "x"):
        row = f"01/02/2026;{before}{'é' * 40_000};;1,00\n"
        body = f"Date opération;Libellé;Débit;Crédit\n{row}".encode()
        assert banktable.sniff(body)
