"""Charges that the statement tells: what came and they together are what was paid."""

from __future__ import annotations

from typing import Any

import pytest

from acquit.core.codecs import camt, mt940
from acquit.stages.matching.commands import propose
from acquit.stages.matching.models import Proposal
from acquit.stages.matching.rules.inputs import Answer
from acquit.stages.matching.rules.plans import planned
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receipts.models import BankLine
from tests.core.banking.test_camt import document, entry
from tests.stages.matching.test_engine import ask, best, item, money
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World

TOLD = "the amount is exact with the bank charges that the statement tells"
OPEN = [item("RE-2026-1001", 10_000), item("RE-2026-1002", 47_300)]


def _said(answer: Answer) -> list[str]:
    return [reason.text for reason in answer.reasons]


def test_charges_that_are_told_explain_what_is_missing() -> None:
    """100.00 is owed, 92.00 arrive: 8.00 is a fee by their likeness, and one for certain where the
    bank says so."""
    guessed = best(money(9_200, "RE-2026-1001"), OPEN)
    line = money(9_200, "RE-2026-1001", charges=800)
    told = best(line, OPEN)
    assert (told.reason, told.fit, told.residue) == ("fee", "told fee", -800)
    assert told.credited == (("RE-2026-1001", 10_000),)
    assert TOLD in _said(told)
    assert TOLD not in _said(guessed)
    assert told.probability > guessed.probability
    plan = planned(told, line, {one.id: one for one in OPEN})
    kept = [(share.amount_minor, share.adjustment) for share in plan.shares]
    assert kept == [(9_200, ""), (800, "bank_fee")]


@pytest.mark.parametrize(
    ("amount", "text", "more", "credited"),
    [
        (56_500, "RE-2026-1001 RE-2026-1002", {"charges": 800}, (10_000, 47_300)),
        (9_200, "RE-2026-1001 SPESEN EUR 8,00", {}, (10_000,)),
        (9_200, "RE-2026-1001 fremde Gebühren: 5,50 Kosten 2,50", {}, (10_000,)),
        (9_200, "", {"charges": 800}, (10_000,)),  # nothing but the payer and the sum
    ],
)
def test_charges_told_in_any_way(
    amount: int, text: str, more: dict[str, Any], credited: tuple[int, ...]
) -> None:
    found = best(money(amount, text, **more), OPEN)
    assert (found.reason, found.fit) == ("fee", "told fee")
    assert tuple(minor for _id, minor in found.credited) == credited


@pytest.mark.parametrize(
    ("amount", "more", "fit"),
    [
        (10_000, {"charges": 800}, "equal"),  # charged apart: the money is whole
        (9_100, {"charges": 800}, "fee"),  # another sum than what is told is missing
        (9_200, {"text": "RE-2026-1001 SPESEN USD 8,00"}, "odd fee"),
        (9_200, {"text": "RE-2026-1001 CHARGES 8.00 SGD"}, "odd fee"),
        (9_200, {"text": "RE-2026-1001 abzgl. Frachtkosten 8,00"}, "part"),
    ],
)
def test_charges_that_explain_nothing_change_nothing(
    amount: int, more: dict[str, Any], fit: str
) -> None:
    found = best(money(amount, **({"text": "RE-2026-1001"} | more)), OPEN)
    assert found.fit == fit


def test_a_document_of_the_net_amount_is_a_rival_of_one_with_the_charges() -> None:
    """Neither is named: that the bank took 8.00 does not say whether it took them of this."""
    found = ask([money(9_200, "", charges=800)], [*OPEN, item("RE-2026-1003", 9_200)])
    assert {one.fit for one in found[:2]} == {"equal", "told fee"}
    assert all(one.rivals for one in found[:2])


SENT = "<AmtDtls><InstdAmt><Amt Ccy='EUR'>100.00</Amt></InstdAmt></AmtDtls>"
TAKEN = "<Chrgs><Rcrd><Amt Ccy='EUR'>{}</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>"


@pytest.mark.parametrize(
    ("inner", "kept"),
    [
        (TAKEN.format("8.00"), 800),
        (SENT, 800),
        (SENT + TAKEN.format("3.00"), 800),  # ours took 3.00, those on the way the rest
        (SENT.replace("EUR", "USD"), 0),
        ("<Amt Ccy='EUR'>92.00</Amt>", 0),
    ],
)
def test_camt_tells_charges(inner: str, kept: int) -> None:
    body = entry("92.00", inner=f"<NtryDtls><TxDtls>{inner}</TxDtls></NtryDtls>")
    (line,) = camt.read_all(document(body)).statements[0].lines
    assert line.charges_minor == kept


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("C92,00NTRFNONREF", "/TRTP/SEPA/REMI/RE-2026-1001/CHGS/EUR8,00/"),
        ("C92,00NTRFNONREF\n/OCMT/EUR100,00/CHGS/EUR3,00/", "RE-2026-1001"),
        ("C92,00NTRFNONREF", "/REMI/RE-2026-1001/OCMT/EUR100,00/CHGS1/EUR5,00/CHGS2/EUR3,00/"),
        ("C92,00NTRFNONREF", "166?00GUTSCHRIFT?20OAMT+100,00SVWZ+RE-2026-1001?32MUELLER"),
    ],
)
def test_mt940_tells_charges(field: str, text: str) -> None:
    body = (
        ":20:S1\n:25:DE89370400440532013000\n:28C:1\n:60F:C260630EUR0,00\n"
        f":61:2606300630{field}\n:86:{text}\n:62F:C260630EUR92,00\n-\n"
    )
    (line,) = mt940.read_all(body.encode()).statements[0].lines
    assert line.charges_minor == 800


@pytest.mark.django_db
def test_what_a_statement_tells_reaches_the_matcher(world: World) -> None:
    """Kept with the movement, and asked of it when the matcher runs."""
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 10_000)])
    move = Movement(9_200, invoice.number, payer=kunde.name, iban=kunde.iban, charges=800)
    body = statement_bytes([move], on=world.today, reference="S1")
    file = StatementFile(key="S1.xml", body=body)
    import_statement(ctx=world.ctx(), items=[file]).or_refuse()
    assert BankLine.objects.of(world.company_id).get().charges_minor == 800
    propose(ctx=world.ctx(), items=[])
    best = Proposal.objects.of(world.company_id).get(rank=1)
    assert (best.reason, best.state) == ("fee", "proposed")
    assert TOLD in [piece["text"] for piece in best.evidence]
