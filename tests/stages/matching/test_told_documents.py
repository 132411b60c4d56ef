"""What a payer says of each document in the fields of camt, from the bank's file to the answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acquit.core.codecs import camt
from acquit.core.documents.bank import ToldDocument
from acquit.entrypoints.console.cash_files import Files
from acquit.entrypoints.console.cash_lines import take_in
from acquit.stages.matching.commands import propose
from acquit.stages.matching.models import Proposal
from acquit.stages.matching.rules.inputs import OpenItem
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receipts.models import Advice
from acquit.stages.receipts.rules.advice_messages import read_advices
from acquit.stages.receivables.models import Allocation
from tests.core.banking.test_camt import ACCOUNT, document, entry
from tests.properties.invariants import broken
from tests.stages.matching.test_engine import best, item
from tests.support.money import IBAN, Doc, customers, issue
from tests.support.world import World


def part(number: str, amounts: str, *, kind: str = "CINV") -> str:
    return (
        f"<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Nb>{number}</Nb>"
        f"</RfrdDocInf><RfrdDocAmt>{amounts}</RfrdDocAmt></Strd>"
    )


def amount(name: str, value: str, *, currency: str = "EUR") -> str:
    return f"<{name} Ccy='{currency}'>{value}</{name}>"


def within(name: str, value: str, more: str = "") -> str:
    return f"<{name}>{amount('Amt', value)}{more}</{name}>"


def paid(*parts: str, value: str, before: str = "") -> str:
    inner = f"<NtryDtls><TxDtls>{before}<RmtInf>{''.join(parts)}</RmtInf></TxDtls></NtryDtls>"
    return entry(value, inner=inner)


DAMAGED = "<CdtDbtInd>DBIT</CdtDbtInd><Rsn>03</Rsn><AddtlInf>two bottles broken</AddtlInf>"
REMITTED = amount("RmtdAmt", "98.00")
TOLD = [
    (part("R-1", amount("RmtdAmt", "98.00")), ToldDocument("R-1", 9_800)),
    (
        part("R-1", amount("DuePyblAmt", "100.00") + within("DscntApldAmt", "2.00") + REMITTED),
        ToldDocument("R-1", 9_800, 200),
    ),
    (  # as it was written up to version 03
        part("R-1", amount("DuePyblAmt", "100.00") + amount("DscntApldAmt", "2.00") + REMITTED),
        ToldDocument("R-1", 9_800, 200),
    ),
    (  # nothing but what is due and what was taken off
        part("R-1", amount("DuePyblAmt", "100.00") + within("DscntApldAmt", "2.00")),
        ToldDocument("R-1", 9_800, 200),
    ),
    (
        part(
            "R-1",
            amount("DuePyblAmt", "103.00")
            + within("AdjstmntAmtAndRsn", "5.00", DAMAGED)
            + REMITTED,
        ),
        ToldDocument("R-1", 9_800, 0, "5.00 EUR 03 two bottles broken"),
    ),
    (
        part("R-1", amount("DuePyblAmt", "100.00") + within("TaxAmt", "2.00") + REMITTED),
        ToldDocument("R-1", 9_800, 0, "2.00 EUR TAX"),
    ),
    (  # the tax that is in it, and was paid
        part("R-1", amount("DuePyblAmt", "98.00") + within("TaxAmt", "15.65") + REMITTED),
        ToldDocument("R-1", 9_800),
    ),
    (part("CN-7", amount("RmtdAmt", "3.00"), kind="CREN"), ToldDocument("CN-7", -300)),
    (part("CN-7", amount("CdtNoteAmt", "3.00")), ToldDocument("CN-7", -300)),
    (part("R-1", amount("RmtdAmt", "98.00", currency="USD")), None),
    (part("R-1", amount("RmtdAmt", "98.001")), None),
    (part("R-1", REMITTED).replace("<Nb>R-1</Nb>", "<Nb>R-1</Nb><Nb>R-2</Nb>"), None),
]


@pytest.mark.parametrize(("written", "told"), TOLD)
def test_the_amounts_of_a_document(written: str, told: ToldDocument | None) -> None:
    (line,) = camt.read_all(document(paid(written, value="98.00"))).statements[0].lines
    assert line.told == ((told,) if told else ())


def test_amounts_beyond_every_column_say_nothing() -> None:
    """Ten times the most that one amount can say would break the import of the whole file."""
    huge = amount("RmtdAmt", "9" * 16 + ".99")
    body = document(paid(*(part(f"R-{at}", huge) for at in range(10)), value="98.00"))
    (line,) = camt.read_all(body).statements[0].lines
    assert (line.told, line.amount_minor) == ((), 9_800)


def test_numbers_without_amounts_belong_to_no_other_document() -> None:
    bare = "<Strd><RfrdDocInf><Nb>R-0</Nb></RfrdDocInf></Strd>"
    body = document(paid(bare, part("R-1", REMITTED), bare, value="98.00"))
    (line,) = camt.read_all(body).statements[0].lines
    assert line.document_references == ("R-0", "R-1", "R-0")
    assert line.told == (ToldDocument("R-1", 9_800),)


def test_an_entry_like_the_one_before_is_read_with_its_amounts() -> None:
    entries = [paid(part(f"R-{at}", REMITTED), value="98.00") for at in range(4)]
    lines = camt.read_all(document(*entries)).statements[0].lines
    assert [one.told[0].document for one in lines] == ["R-0", "R-1", "R-2", "R-3"]


def test_what_is_written_is_read_again() -> None:
    told = (ToldDocument("R-1", 9_800, 200), ToldDocument("CN-7", -300))
    bank = camt.read_all(document(paid("", value="95.00"))).statements[0]
    line = bank.lines[0]._replace(told=told, document_references=("R-1", "CN-7"))
    whole = replace(bank, lines=(line,), opening_minor=0, closing_minor=9_500)
    written = camt.write(whole, created_at=datetime(2026, 4, 1, tzinfo=UTC))
    assert camt.read_all(written).statements[0].lines[0].told == told


OPEN = [item("R-1", 10_000), item("R-2", 25_000), item("CN-7", -300), item("R-3", 10_000)]
PAID = [
    part("R-1", amount("DuePyblAmt", "100.00") + within("DscntApldAmt", "2.00")),
    part("R-2", amount("DuePyblAmt", "250.00") + within("AdjstmntAmtAndRsn", "5.00", DAMAGED)),
    part("CN-7", amount("CdtNoteAmt", "3.00"), kind="CREN"),
]
CREDITED = {"R-1": 10_000, "R-2": 24_500, "CN-7": -300}
KEPT = "of R-2 the payer kept back 5.00 EUR 03 two bottles broken"


def answered(tmp_path: Path, body: bytes, items: list[OpenItem]) -> Any:
    path = tmp_path / "statement.xml"
    path.write_bytes(body)
    files = Files()
    take_in(files, path.name, path)
    (line,) = files.lines
    return best(line, items, advices=files.advices)


def test_the_statement_of_apply_says_what_its_money_is_for(tmp_path: Path) -> None:
    found = answered(tmp_path, document(paid(*PAID, value="340.00")), OPEN)
    assert (found.reason, dict(found.credited), found.residue) == ("advice", CREDITED, -200)
    assert KEPT in [reason.text for reason in found.reasons]


def test_a_document_that_is_paid_in_part_is_not_called_exact(tmp_path: Path) -> None:
    found = answered(tmp_path, document(paid(PAID[1], value="245.00")), OPEN)
    assert dict(found.credited) == {"R-2": 24_500}
    said = [reason.text for reason in found.reasons]
    assert KEPT in said and "amount exact" not in said


def test_charges_on_the_way_are_a_part_of_what_was_sent(tmp_path: Path) -> None:
    sent = "<AmtDtls><InstdAmt><Amt Ccy='EUR'>340.00</Amt></InstdAmt></AmtDtls>"
    found = answered(tmp_path, document(paid(*PAID, value="332.00", before=sent)), OPEN)
    assert dict(found.credited) == CREDITED
    assert sorted(kept for _at, kept, _why in found.kept) == [200, 800]


def test_a_notice_says_it_too() -> None:
    (advice,), faults = read_advices(document(paid(*PAID, value="340.00"), version="054.001.08"))
    assert not faults
    assert [one.document for one in advice.parts] == ["R-1", "R-2", "CN-7"]
    assert advice.amount_minor == 34_000


@pytest.mark.django_db
def test_an_imported_statement_says_what_its_money_is_for(world: World) -> None:
    (kunde,) = customers(world, 1)
    one, two = issue(world, [Doc(kunde.id, 10_000, discount_bp=200), Doc(kunde.id, 25_000)])
    parts = [each.replace("R-1", one.number).replace("R-2", two.number) for each in PAID[:2]]
    payer = f"<RltdPties><Dbtr><Pty><Nm>{kunde.name}</Nm></Pty></Dbtr></RltdPties>"
    moves = [paid(*parts, value="343.00", before=payer), paid(*parts, value="343.00", before=payer)]
    account = ACCOUNT.replace("NL26VAYB8060476890", IBAN) + "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{sum_}</Amt>"
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{world.today}</Dt></Dt></Bal>"
        for kind, sum_ in (("OPBD", "0.00"), ("CLBD", "686.00"))
    )
    body = document(*moves, statement=account)
    file = StatementFile(key="S1.xml", body=body)
    import_statement(ctx=world.ctx(), items=[file]).or_refuse()
    kept = Advice.objects.of(world.company_id).order_by("number")
    assert [(each.kind, each.amount_minor, each.parts) for each in kept] == [
        ("statement", 34_300, 2)
    ] * 2
    assert all(each.bank_line_id for each in kept)
    assert [each.number for each in kept] == ["S1 / 1", "S1 / 2"], "nobody gave them another name"
    propose(ctx=world.ctx(), items=[])
    first = Proposal.objects.of(world.company_id).filter(rank=1, reason="advice").latest("id")
    said = json.dumps(first.evidence)
    assert f"of {two.number} the payer kept back 5.00 EUR 03 two bottles broken" in said
    closed = Allocation.objects.of(world.company_id).filter(adjustment="discount")
    assert [each.amount_minor for each in closed] in ([200], [])
    assert broken(company_id=world.company_id) == []
