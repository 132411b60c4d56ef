"""One account told in several syntaxes: every movement once, whatever file brings it first."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.codecs import mt940
from acquit.core.documents.bank import BankStatement
from acquit.core.outcome import ItemState, Outcome
from acquit.stages.receipts import queries
from acquit.stages.receipts.commands import (
    ParkedStatement,
    StatementFile,
    accept,
    import_statement,
)
from acquit.stages.receipts.models import BankLine, Statement
from acquit.stages.receipts.rules.accounts import account_named
from acquit.stages.receipts.rules.sifting import Known
from tests.stages.receipts.test_sifting import amounts, piece
from tests.support import banks
from tests.support.money import IBAN, Movement, statement_bytes, statement_of
from tests.support.world import World

DAY = date(2026, 3, 2)
MONDAY = [
    Movement(11_900, "RE2026-000001", "Kunde 1 GmbH", end_to_end="E2E-1"),
    Movement(5_000, "twice the same"),
    Movement(-750, "bank charges"),
    Movement(5_000, "twice the same"),
]


def mt(movements: list[Movement], *, opening_minor: int = 0, account: str = IBAN) -> bytes:
    statement = statement_of(movements, on=DAY, opening_minor=opening_minor)
    return mt940.write(replace(statement, account_iban=account))


def _import(world: World, *bodies: bytes) -> Outcome:
    files = [StatementFile(key=f"f{n}", body=body) for n, body in enumerate(bodies)]
    return import_statement(ctx=world.ctx(), items=files)


def _counts(outcome: Outcome) -> tuple[int, int, int, int]:
    figures = outcome.figures
    return figures["rows"], figures["accepted"], figures["rejected"], figures["duplicate"]


@pytest.mark.django_db
def test_an_mt940_becomes_lines_that_lead_to_their_bytes(world: World) -> None:
    body = mt(MONDAY, account="37040044/532013000")
    assert _counts(_import(world, body)) == (4, 4, 0, 0)
    line = BankLine.objects.of(world.company_id).get(amount_minor=11_900)
    assert (line.payer_name, line.end_to_end_id) == ("Kunde 1 GmbH", "E2E-1")
    source = queries.source_of(company_id=world.company_id, bank_line_id=line.id)
    assert source is not None
    assert source.excerpt.startswith(b":61:2603020302C119,00")
    assert Statement.objects.of(world.company_id).get().format == "mt940"


@pytest.mark.django_db
def test_the_same_day_in_two_syntaxes_is_one_day(world: World) -> None:
    assert _counts(_import(world, statement_bytes(MONDAY, on=DAY))) == (4, 4, 0, 0)
    assert _counts(_import(world, mt(MONDAY))) == (4, 0, 0, 4)
    # The account's whole day, of which the camt had only the beginning; both in one go.
    more = [*MONDAY, Movement(5_000, "twice the same"), Movement(77, "new")]
    both = _import(world, mt(more), statement_bytes(more, on=DAY, reference="WHOLE"))
    assert _counts(both) == (12, 2, 0, 10)
    kept = Counter(BankLine.objects.of(world.company_id).values_list("amount_minor", flat=True))
    assert kept == Counter(m.minor for m in more)


@pytest.mark.django_db
def test_a_batch_in_one_syntax_and_its_sum_in_another_are_one_day(world: World) -> None:
    assert _counts(_import(world, statement_bytes(MONDAY, on=DAY))) == (4, 4, 0, 0)
    lump = [Movement(16_900, "batch"), Movement(-750, "bank charges"), Movement(5_000, "twice")]
    assert _counts(_import(world, mt(lump))) == (3, 0, 0, 3)


@pytest.mark.django_db
def test_what_no_balance_proves_waits_for_a_person(world: World) -> None:
    _import(world, statement_bytes(MONDAY, on=DAY))
    outcome = _import(world, mt([Movement(5_000, "twice the same")], opening_minor=999_999))
    assert outcome.items[0].state is ItemState.AWAITING
    assert "equal movements imported before" in outcome.figures["faults"][0]["message"]


@pytest.mark.django_db
def test_a_file_without_opening_balance_is_proven_by_the_one_before(world: World) -> None:
    first = statement_of(MONDAY, on=DAY, opening_minor=100)
    outcome = _import(world, banks.ofx(_with_ids(first)))
    assert outcome.items[0].state is ItemState.AWAITING
    assert "it begins at 1.00 EUR" in outcome.figures["faults"][0]["message"]
    parked = Statement.objects.of(world.company_id).get()
    accept(ctx=world.ctx(), items=[ParkedStatement(id=parked.id)]).or_refuse()
    tuesday = statement_of(
        [Movement(1_000, "next day")], on=DAY + timedelta(1), opening_minor=first.closing_minor or 0
    )
    assert _counts(_import(world, banks.ofx(_with_ids(tuesday)))) == (1, 1, 0, 0)
    # Both days once more, in one longer file, and a day that leaves one out.
    week = replace(
        statement_of([*MONDAY, Movement(1_000, "next day", on=DAY + timedelta(1))], on=DAY),
        to_date=DAY + timedelta(1),
        closing_minor=tuesday.closing_minor,
    )
    assert _counts(_import(world, banks.ofx(_with_ids(week), xml=True))) == (5, 0, 0, 5)
    # The same day told in other words by the same syntax is nobody's to guess.
    other = statement_of([Movement(1_000, "other")], on=DAY + timedelta(1), opening_minor=21_250)
    outcome = _import(world, banks.ofx(_with_ids(other)))
    assert [f["code"] for f in outcome.figures["faults"]] == ["bank.parked"]
    assert "between the same balances" in outcome.figures["faults"][0]["message"]
    friday = statement_of([Movement(7, "late")], on=DAY + timedelta(4), opening_minor=99_999)
    outcome = _import(world, banks.ofx(_with_ids(friday)))
    assert "difference 777.49 EUR" in outcome.figures["faults"][0]["message"]


@pytest.mark.django_db
def test_the_other_syntaxes_come_in_too(world: World) -> None:
    day = _with_ids(statement_of(MONDAY, on=DAY))
    assert _counts(_import(world, banks.coda(day))) == (4, 4, 0, 0)
    assert _counts(_import(world, banks.bai2(day), mt(MONDAY))) == (8, 0, 0, 8)
    formats = Statement.objects.of(world.company_id).values_list("format", flat=True)
    assert set(formats) == {"coda", "bai2", "mt940"}
    interim = _import(world, banks.bai2(replace(day, reference="X"), interim=True))
    assert [f["code"] for f in interim.figures["faults"]] == ["bank.not_a_statement"]


@pytest.mark.django_db
def test_a_table_says_the_rest_by_options(world: World) -> None:
    body = (
        b"date,amount,payer_name,text\n2026-03-02,119.00,Kunde 1,RE2026-1\n2026-03-02,-7.50,,fee\n"
    )
    refused = import_statement(
        ctx=world.ctx(), items=[StatementFile(key="t.csv", body=body, options={"account": "NL1"})]
    )
    assert [f["code"] for f in refused.figures["faults"]] == ["bank.account_unknown"]
    options = {"account": IBAN, "opening": "10.00", "closing": "121.50"}
    outcome = import_statement(
        ctx=world.ctx(), items=[StatementFile(key="t.csv", body=body, options=options)]
    )
    assert _counts(outcome) == (2, 2, 0, 0)
    parked = _import(world, body.replace(b"119.00", b"120.00"))
    assert parked.items[0].state is ItemState.AWAITING
    waits = Statement.objects.of(world.company_id).get(state="parked")
    ctx = world.ctx(reason="counted by hand")
    accepted = accept(ctx=ctx, items=[ParkedStatement(id=waits.id, movements="repeat")])
    assert accepted.figures["accepted"] == 1


def _with_ids(statement: BankStatement) -> BankStatement:
    """The bank's own reference on each movement, the same in every file that carries it."""
    seen: Counter[str] = Counter()
    lines = []
    for line in statement.lines:
        word = f"{line.booking_date:%d}N{line.remittance[:5].replace(' ', '')}"
        seen[word] += 1
        lines.append(line._replace(bank_reference=f"{word}{seen[word]}"))
    return replace(statement, lines=tuple(lines))


@given(
    moves=st.lists(st.integers(-3, 3).filter(bool), min_size=1, max_size=8),
    cuts=st.lists(st.tuples(st.integers(1, 8), st.sampled_from("ab")), max_size=6),
)
def test_days_that_begin_at_one_balance_lose_and_double_nothing(
    moves: list[int], cuts: list[tuple[int, str]]
) -> None:
    """Every file begins with the day and is in one syntax or the other. What is known of the day
    never is more than happened, and after a file that is taken it is all that the file has."""
    known, stored, most = Known({}, {}, is_mixed=True), Counter[int](), 0
    for number, (size, syntax) in enumerate(cuts):
        part = moves[:size]
        sifted = known.take([piece(100, *part)], digest=str(number), syntax=syntax)
        if sifted.doubts:
            continue
        stored.update(amounts(sifted)[0])
        most = max(most, len(part))
        assert sum(stored.elements()) == sum(moves[:most])


class _Account:
    def __init__(self, iban: str, currency: str = "EUR") -> None:
        self.iban, self.currency = iban, currency


ACCOUNTS = [
    _Account("DE89370400440532013000"),
    _Account("DE12370400440000001234"),
    _Account("FR7630006000011234567890189"),
    _Account("DE89370400440532013000", "USD"),
]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("DE89 3704 0044 0532 0130 00", 0),
        ("37040044/0532013000", 0),
        ("37040044/532013000", 0),
        ("37040044/1234", 1),
        ("30006000011234567890189", 2),
        ("AGRIFRPP/FR7630006000011234567890189", 2),
        ("1234567890189", 2),
        ("99999999/0532013000", 0),  # the number alone, since no other account ends in it
        ("234", None),
        ("", None),
        ("other", None),
    ],
)
def test_which_account_a_file_names(name: str, found: int | None) -> None:
    expected = None if found is None else ACCOUNTS[found]
    assert account_named(name, currency="EUR", accounts=ACCOUNTS) is expected
    if found == 0:
        # Two accounts with one number and two currencies: the number alone names neither.
        assert account_named(name, currency="", accounts=ACCOUNTS) is None
