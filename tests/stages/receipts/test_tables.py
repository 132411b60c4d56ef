"""Bank tables nobody has seen: described once, known by their shape, proven or parked."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from acquit.core.outcome import ItemState, Outcome
from acquit.entrypoints.taking_in import take_in
from acquit.history import archive
from acquit.history.models import ArchivedBytes
from acquit.intake.models import ColumnMapping, ImportRun
from acquit.stages.receipts import queries
from acquit.stages.receipts.commands.judge import ParkedStatement, accept, discard
from acquit.stages.receipts.models import BankLine, Receipt, Statement
from tests.support.spreadsheets import Value, book
from tests.support.world import World

pytestmark = pytest.mark.django_db
HEAD: list[Value] = ["Ziua", "Ordonator", "Detalii plată", "Încasări (EUR)", "Sold"]
SEEN = json.dumps({"date": "Ziua", "amount": "Încasări (EUR)"})


def month(first: int, *amounts: str, balance: str = "1000.00") -> bytes:
    """A book with notes above its table, a sheet of advertising, and true days and numbers."""
    rows: list[list[Value]] = [["Extras de cont"], [], HEAD]
    total = Decimal(balance)
    for n, amount in enumerate(amounts):
        total += Decimal(amount)
        rows.append([date(2026, first, n + 1), f"SC {n} SRL", f"fact {n}", Decimal(amount), total])
    return book({"Extras": rows, "Oferta": [["Credite noi!"]]})


def bring(world: World, body: bytes, *, dry_run: bool = False, **options: str) -> Outcome:
    return take_in(
        ctx=world.ctx(),
        kind="bank",
        profile="",
        filename="extras.xlsx",
        content=body,
        options=options,
        dry_run=dry_run,
    )


def test_a_book_is_described_once_and_known_after(world: World) -> None:
    unknown = bring(world, month(1, "250.10"))
    assert unknown.items[0].state is ItemState.REFUSED
    assert "name = Ordonator" in unknown.items[0].faults[0].message
    tried = bring(world, month(1, "250.10"), dry_run=True, map=SEEN)
    assert tried.figures["accepted"] == 1
    assert not ColumnMapping.objects.exists()
    assert bring(world, month(1, "250.10", "-4.35"), map=SEEN).figures["accepted"] == 2
    later = bring(world, month(2, "99.99", balance="1245.75"))
    assert (later.items[0].state, later.figures["accepted"]) == (ItemState.DONE, 1)
    assert [r.amount_minor for r in Receipt.objects.order_by("received_on")] == [25_010, 9_999]
    # Each value points to its row: in the text of the sheet, beside the book as it came.
    line = BankLine.objects.get(amount_minor=-435)
    source = queries.source_of(company_id=world.company_id, bank_line_id=line.id)
    assert source is not None
    assert source.excerpt.decode().startswith("2026-01-02\tSC 1 SRL\tfact 1\t-4.35\t")
    run = ImportRun.objects.of(world.company_id).earliest("started_at")
    kept = archive.read(company_id=world.company_id, digest=run.digest)
    assert kept is not None
    assert kept.body.startswith(b"PK")
    again = bring(world, month(1, "250.10", "-4.35"))
    assert (again.items[0].state, again.figures["duplicate"]) == (ItemState.DUPLICATE, 2)


def test_what_is_not_proven_waits_and_is_read_the_same_way_after(world: World) -> None:
    rows = [["Zeitpunkt", "Wer", "Wofür", "Summe"], ["03/01/2026", "A GmbH", "RE 1", "1.250,00"]]
    body = "\n".join(";".join(row) for row in rows).encode()
    said = json.dumps({
        "date": "Zeitpunkt", "name": "Wer", "text": "Wofür", "amount": "Summe",
        "decimal_mark": ",", "dates": "%d/%m/%Y",
    })  # fmt: skip
    parked = bring(world, body, map=said)
    assert parked.items[0].state is ItemState.AWAITING
    assert not BankLine.objects.exists()
    (row,) = Statement.objects.of(world.company_id)
    ctx = world.ctx(reason="compared on paper")
    assert accept(ctx=ctx, items=[ParkedStatement(id=row.id)]).of(ItemState.DONE)
    line = BankLine.objects.get()
    assert (line.amount_minor, line.booked_on, line.payer_name) == (
        125_000, date(2026, 1, 3), "A GmbH",
    )  # fmt: skip
    proven = bring(world, body.replace(b"03/01", b"04/02"), opening="10.00", closing="1260.00")
    assert proven.items[0].state is ItemState.DONE


def test_balances_said_later_are_heard_once_what_waits_is_discarded(world: World) -> None:
    body = b"date,amount,currency,text\n2026-03-02,119.00,EUR,RE2026-1\n"
    first = bring(world, body).items[0]
    assert first.state is ItemState.AWAITING
    said = {"opening": "0.00", "closing": "119.00"}
    again = bring(world, body, **said).items[0]
    assert again.state is ItemState.AWAITING
    assert "; it waits from an earlier import: discard it" in again.faults[0].message
    assert bring(world, body).items[0].faults == first.faults
    assert bring(world, body, openning="1").items[0].faults[0].code == "import.option"
    (row,) = Statement.objects.of(world.company_id)
    discard(ctx=world.ctx(), items=[ParkedStatement(id=row.id)])
    assert bring(world, body, **said).items[0].state is ItemState.DONE


def test_a_header_that_nobody_can_read_is_shown_with_what_is_needed(world: World) -> None:
    refused = bring(world, b"Giorno;Importo\n03/01/2026;1,00\n", map="auto")
    (fault,) = refused.items[0].faults
    assert "date and amount or date and debit and credit are needed" in fault.message
    assert "row 1 says Giorno | Importo" in fault.message
    assert "--map date=COLUMN --map amount=COLUMN" in fault.fix
    taken = bring(
        world,
        b"Giorno;Importo\n03/01/2026;1,00\n",
        closing="1.00",
        map='{"date": "Giorno", "amount": "Importo", "decimal_mark": ",", "dates": "%d/%m/%Y"}',
    )
    assert taken.items[0].state is not ItemState.REFUSED


def test_wrong_words_about_columns_change_nothing(world: World) -> None:
    for said in ("{", "[]", '{"amount": "Nowhere"}', '{"colour": "Ziua"}'):
        refused = bring(world, month(1, "1.00"), map=said)
        assert refused.items[0].state is ItemState.REFUSED
        assert refused.items[0].faults[0].code == "table.map"
    assert not ColumnMapping.objects.exists() and not ArchivedBytes.objects.exists()
    cut_off = b"PK\x03\x04" + bytes(26) + b"xl/" + bytes(60)
    broken = bring(world, cut_off, map="auto")
    assert broken.items[0].faults[0].code == "sheet.damaged"


def test_text_of_sixteen_bits_is_read_and_kept_as_it_came(world: World) -> None:
    table = (
        "Ziua;Ordonator;Detalii plată;Încasări (EUR);Sold\n"
        "2026-01-01;SC 0 SRL;fact 0;250.10;1250.10\n"
    )
    body = table.encode("utf-16")
    assert bring(world, body, map=SEEN).figures["accepted"] == 1
    line = BankLine.objects.get()
    source = queries.source_of(company_id=world.company_id, bank_line_id=line.id)
    assert source is not None and source.excerpt.decode().startswith("2026-01-01;SC 0 SRL;")
    run = ImportRun.objects.of(world.company_id).get()
    kept = archive.read(company_id=world.company_id, digest=run.digest)
    assert kept is not None and kept.body == body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the file is empty"),
        (b"\x1f\x8b\x08\0junk", "this is a packed archive"),
        (b"PK\x03\x04 statement.xml", "the archive cannot be opened"),
        (b"\x01\x02\0\0\x07junk", "only a program can read"),
        (b"only\nwords\nhere\n", ""),
    ],
)
@pytest.mark.parametrize("how", ["", "auto"])
@pytest.mark.parametrize("kind", ["bank", "remittance"])
def test_a_file_that_is_no_table_is_told_what_it_is(
    world: World, body: bytes, said: str, how: str, kind: str
) -> None:
    options = {"map": how} if how else {}
    refused = take_in(
        ctx=world.ctx(), kind=kind, profile="", filename="f", content=body, options=options
    )
    assert refused.items[0].state is ItemState.REFUSED
    (fault,) = refused.items[0].faults
    assert said in fault.message and fault.fix
    assert fault.code != "table.map"


def test_a_table_without_an_account_asks_which_of_several_it_is_of(world: World) -> None:
    body = b"date,amount,text\n2026-03-02,119.00,RE2026-1\n"
    second = b"iban,currency\nDE02120300000000202051,EUR\n"
    take_in(
        ctx=world.ctx(), kind="accounts", profile="", filename="a.csv", options={}, content=second
    ).or_refuse()
    (fault,) = bring(world, body).items[0].faults
    assert (fault.code, fault.message.rpartition(" names ")[2]) == (
        "bank.account_unknown",
        "no account",
    )
    assert "--set account=IBAN" in fault.fix
    known = bring(world, body, account="DE02120300000000202051", opening="0.00", closing="119.00")
    assert known.items[0].state is ItemState.DONE
