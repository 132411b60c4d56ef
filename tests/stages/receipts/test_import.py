"""Bank files: every movement once, every row accounted for, nothing unproven booked."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.core.context import Context
from acquit.core.ids import IdSource
from acquit.core.outcome import ItemState, Outcome
from acquit.history import queries as history
from acquit.history.models import ArchivedBytes
from acquit.intake.models import ImportRun, RowFault
from acquit.stages.receipts import queries
from acquit.stages.receipts.commands import (
    ParkedStatement,
    StatementFile,
    accept,
    discard,
    import_statement,
)
from acquit.stages.receipts.models import BankLine, Receipt, Statement
from acquit.stages.receivables.models import OpenItem
from tests.support.money import Movement, statement_bytes
from tests.support.world import World, new_world

DAY = date(2026, 3, 2)
MONDAY = [
    Movement(11_900, "RE2026-000001", "Kunde 1 GmbH", reference="B1"),
    Movement(5_000, "twice the same"),
    Movement(-750, "bank charges"),
    Movement(5_000, "twice the same"),
]


def _import(world: World, *bodies: bytes, key: str = "") -> Outcome:
    files = [StatementFile(key=f"s{n}.xml", body=body) for n, body in enumerate(bodies)]
    return import_statement(ctx=world.ctx(key=key), items=files)


def _counts(outcome: Outcome) -> tuple[int, int, int, int]:
    figures = outcome.figures
    return figures["rows"], figures["accepted"], figures["rejected"], figures["duplicate"]


@pytest.mark.django_db
def test_a_statement_becomes_lines_receipts_and_facts(world: World) -> None:
    outcome = _import(world, statement_bytes(MONDAY, on=DAY))
    assert outcome.figures == {
        "kind": "bank",
        "rows": 4,
        "accepted": 4,
        "rejected": 0,
        "duplicate": 0,
        "created": {"receipts": 3, "money_left": 1},
        "faults": [],
    }
    items = OpenItem.objects.of(world.company_id)
    assert sorted(items.values_list("open_minor", flat=True)) == [5_000, 5_000, 11_900]
    assert set(items.values_list("customer_id", "kind")) == {(None, "receipt")}
    line = BankLine.objects.of(world.company_id).get(amount_minor=-750)
    (fact,) = history.timeline(company_id=world.company_id, subject_ids=[line.id])
    assert (fact.kind, fact.payload["amount_minor"]) == ("receipts.MoneyLeft", 750)


@pytest.mark.django_db
def test_the_way_down_to_the_byte(world: World) -> None:
    body = statement_bytes(MONDAY, on=DAY)
    _import(world, body)
    receipt = Receipt.objects.of(world.company_id).get(amount_minor=11_900)
    source = queries.source_of(company_id=world.company_id, bank_line_id=receipt.bank_line_id)
    assert source is not None
    assert source.excerpt == body[source.line.byte_start : source.line.byte_end]
    assert source.excerpt.startswith(b"<Ntry>")
    assert b"RE2026-000001" in source.excerpt
    assert (source.statement.filename, source.line.receipt_id) == ("s0.xml", receipt.id)


@pytest.mark.django_db
def test_overlapping_files_add_only_what_is_new(world: World) -> None:
    _import(world, statement_bytes(MONDAY[:2], on=DAY))
    week = [*MONDAY, Movement(42, "new"), Movement(5_000, "twice the same")]
    outcome = _import(world, statement_bytes(week, on=DAY, reference="WEEK"))
    assert _counts(outcome) == (6, 4, 0, 2)
    lines = BankLine.objects.of(world.company_id)
    assert lines.filter(amount_minor=5_000).count() == 3
    assert lines.count() == Receipt.objects.of(world.company_id).count() + 1 == 6


@pytest.mark.django_db
def test_overlap_inside_one_batch(world: World) -> None:
    both = [statement_bytes(MONDAY, on=DAY), statement_bytes(MONDAY, on=DAY, reference="S2")]
    assert _counts(_import(world, *both)) == (8, 4, 0, 4)


@pytest.mark.django_db
def test_each_receipt_has_the_next_number_of_the_companys_series(world: World) -> None:
    _import(world, statement_bytes(MONDAY, on=DAY))
    items = OpenItem.objects.of(world.company_id).filter(kind="receipt").order_by("number")
    count = sum(movement.minor > 0 for movement in MONDAY)
    numbers = [f"ZE2026-{n:06}" for n in range(1, count + 1)]
    assert [item.number for item in items] == numbers


@pytest.mark.django_db
def test_the_same_bytes_are_one_import(world: World) -> None:
    body = statement_bytes(MONDAY, on=DAY)
    _import(world, body)
    outcome = _import(world, body)
    assert outcome.items[0].state is ItemState.DUPLICATE
    assert _counts(outcome) == (4, 0, 0, 4)
    assert ImportRun.objects.of(world.company_id).count() == 1
    assert _import(world, body, key="k").figures == _import(world, body, key="k").figures


@pytest.mark.django_db
def test_a_file_that_does_not_add_up_is_parked_until_judged(world: World) -> None:
    body = statement_bytes(MONDAY, on=DAY, closing_minor=1)
    outcome = _import(world, body)
    assert outcome.items[0].state is ItemState.AWAITING
    assert _counts(outcome) == (4, 0, 4, 0)
    assert "difference" in outcome.figures["faults"][0]["message"]
    assert not BankLine.objects.of(world.company_id).exists()
    parked = Statement.objects.of(world.company_id).get()
    assert (parked.state, parked.lines) == ("parked", 4)
    item = ParkedStatement(id=parked.id)
    done = accept(ctx=world.ctx(reason="the bank confirmed it"), items=[item])
    assert done.figures["accepted"] == 4
    assert BankLine.objects.of(world.company_id).count() == 4
    run = ImportRun.objects.of(world.company_id).get()
    assert (run.accepted, run.rejected, run.duplicate) == (4, 0, 0)
    assert accept(ctx=world.ctx(), items=[item]).items[0].state is ItemState.DUPLICATE
    refused = discard(ctx=world.ctx(), items=[item, ParkedStatement(id=world.ids.new())])
    assert [f.code for f in refused.faults] == ["statement.not_parked", "statement.unknown"]


@pytest.mark.django_db
def test_a_discarded_file_may_come_again(world: World) -> None:
    body = statement_bytes(MONDAY, on=DAY, closing_minor=1)
    first = _import(world, body)
    again = _import(world, body)
    assert again.items == first.items  # parked still, and why; nothing of it is known
    assert again.figures == first.figures
    parked = Statement.objects.of(world.company_id).get()
    discard(ctx=world.ctx(), items=[ParkedStatement(id=parked.id)])
    assert _import(world, body).items[0].state is ItemState.AWAITING


@pytest.mark.django_db
def test_the_same_bytes_twice_in_one_batch_are_parked_once(world: World) -> None:
    body = statement_bytes(MONDAY, on=DAY, closing_minor=1)
    files = [StatementFile(key=key, body=body) for key in ("one.xml", "two.xml")]
    outcome = import_statement(ctx=world.ctx(), items=files)
    first, second = outcome.items
    assert (first.state, second.state) == (ItemState.AWAITING, ItemState.AWAITING)
    assert (first.id, first.faults) == (second.id, second.faults)
    assert _counts(outcome) == (8, 0, 8, 0)
    parked = Statement.objects.of(world.company_id).get()
    accept(ctx=world.ctx(reason="seen"), items=[ParkedStatement(id=parked.id)])
    known = _import(world, body)
    assert known.items[0].state is ItemState.DUPLICATE
    assert _counts(known) == (4, 0, 0, 4)


@pytest.mark.django_db
def test_an_unknown_account_is_refused_with_the_fix(world: World) -> None:
    body = statement_bytes(MONDAY, on=DAY, iban="DE02120300000000202051")
    outcome = _import(world, body)
    (fault,) = outcome.items[0].faults
    assert (fault.code, "DE02120300000000202051" in fault.message) == (
        "bank.account_unknown",
        True,
    )
    assert "add the bank account" in fault.fix
    assert _counts(outcome) == (4, 0, 4, 0)
    assert not ImportRun.objects.of(world.company_id).exists()


@pytest.mark.django_db
def test_a_large_file_is_archived_as_it_is_read_and_kept_only_where_it_is_taken(
    world: World,
) -> None:
    much = b" " * 1024**2
    bodies = [
        much,
        statement_bytes(MONDAY, on=DAY, iban="DE02120300000000202051") + much,
        statement_bytes(MONDAY, on=DAY) + much,
    ]
    outcome = _import(world, *bodies)
    assert [item.state for item in outcome.items] == [
        ItemState.REFUSED,
        ItemState.REFUSED,
        ItemState.DONE,
    ]
    (kept,) = ArchivedBytes.objects.of(world.company_id)
    assert bytes(kept.body) == bodies[2]
    assert Receipt.objects.of(world.company_id).count() == 3


@pytest.mark.django_db
def test_what_is_no_statement_is_refused(world: World) -> None:
    outcome = _import(world, b"<a>", b"", b"<Document/>")
    assert [item.state for item in outcome.items] == [ItemState.REFUSED] * 3
    assert {f["code"] for f in outcome.figures["faults"]} == {
        "camt.malformed",
        "bank.empty",
        "camt.not_camt",
    }


@pytest.mark.django_db
def test_a_pending_entry_is_told_and_not_taken(world: World) -> None:
    body = statement_bytes(MONDAY, on=DAY, closing_minor=sum(m.minor for m in MONDAY[1:]))
    pending = body.replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>", 1)
    outcome = _import(world, pending)
    assert _counts(outcome) == (4, 3, 1, 0)
    fault = RowFault.objects.of(world.company_id).get()
    assert (fault.code, fault.row) == ("bank.not_booked", 1)


@pytest.mark.django_db
def test_pages_of_statements_lines_and_receipts(world: World) -> None:
    _import(world, statement_bytes(MONDAY, on=DAY))
    company = world.company_id
    (statement,) = queries.statements(company_id=company, state="", limit=5, after=None).items
    first = queries.bank_lines(company_id=company, statement_id=statement.id, limit=3, after=None)
    rest = queries.bank_lines(
        company_id=company, statement_id=statement.id, limit=3, after=first.next
    )
    assert [line.amount_minor for line in (*first.items, *rest.items)] == [m.minor for m in MONDAY]
    seen, after = [], None
    while True:
        page = queries.receipts(company_id=company, limit=1, after=after)
        seen += page.items
        after = page.next
        if after is None:
            break
    assert sorted(r.amount_minor for r in seen) == [5_000, 5_000, 11_900]


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow(world: World) -> None:
    counts = []
    for n in (1, 1_000):
        moves = [Movement(100 + i, f"{n} {i}") for i in range(n)] + [Movement(-5, f"{n}")]
        body = statement_bytes(moves, on=DAY, reference=f"Q{n}")
        with CaptureQueriesContext(connection) as captured:
            _import(world, body)
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_the_same_file_by_two_clerks_makes_each_movement_once() -> None:
    world = new_world()
    moves = [Movement(10, "a"), Movement(10, "a"), Movement(20, "b"), Movement(-3, "c")]
    bodies = [statement_bytes(moves, on=DAY), statement_bytes(moves, on=DAY, reference="S2")]
    gate = threading.Barrier(2)

    def work(seed: str, body: bytes) -> None:
        ids = IdSource.seeded(instant=datetime(2026, 3, 2, 9, tzinfo=UTC), seed=seed)
        mine = World(world.company_id, ids, world.today)
        try:
            gate.wait()
            _import(mine, body)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=(seed, body))
        for seed, body in (("x", bodies[0]), ("y", bodies[1]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert BankLine.objects.of(world.company_id).count() == 4
    assert Receipt.objects.of(world.company_id).count() == 3
    runs = list(ImportRun.objects.of(world.company_id))
    assert sorted((r.accepted, r.duplicate) for r in runs) == [(0, 4), (4, 0)]


@pytest.mark.django_db
def test_a_notice_is_no_statement(world: World) -> None:
    """camt.054 tells of movements that the statement of the day tells again."""
    body = statement_bytes(MONDAY, on=DAY)
    notice = (
        body.replace(b"camt.053.001.08", b"camt.054.001.08")
        .replace(b"BkToCstmrStmt>", b"BkToCstmrDbtCdtNtfctn>")
        .replace(b"<Stmt>", b"<Ntfctn>")
        .replace(b"</Stmt>", b"</Ntfctn>")
    )
    outcome = _import(world, notice)
    assert [fault["code"] for fault in outcome.figures["faults"]] == ["bank.not_a_statement"]
    assert not BankLine.objects.of(world.company_id).exists()
    assert _counts(_import(world, body))[1] == 4


@pytest.mark.django_db
def test_one_day_in_two_files_keeps_its_true_twins(world: World) -> None:
    """The second file opens where the first one closed: nothing of it is a repeat."""
    morning = statement_bytes(MONDAY, on=DAY, opening_minor=1_000, reference="S1")
    closed = 1_000 + sum(m.minor for m in MONDAY)
    twin = [Movement(5_000, "twice the same")]
    evening = statement_bytes(twin, on=DAY, opening_minor=closed, reference="S2")
    assert _counts(_import(world, morning)) == (4, 4, 0, 0)
    assert _counts(_import(world, evening)) == (1, 1, 0, 0)
    whole = statement_bytes([*MONDAY, *twin], on=DAY, opening_minor=1_000, reference="DAY")
    assert _counts(_import(world, whole)) == (5, 0, 0, 5)
    assert BankLine.objects.of(world.company_id).filter(amount_minor=5_000).count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(("said", "new"), [("new", 1), ("repeat", 0)])
def test_where_nothing_proves_it_a_person_says_new_or_repeat(
    world: World, said: str, new: int
) -> None:
    _import(world, statement_bytes(MONDAY, on=DAY))
    twin = [Movement(5_000, "twice the same")]
    outcome = _import(world, statement_bytes(twin, on=DAY, opening_minor=77, reference="S2"))
    assert (outcome.items[0].state, _counts(outcome)) == (ItemState.AWAITING, (1, 0, 1, 0))
    assert "balances do not tell" in outcome.figures["faults"][0]["message"]
    parked = Statement.objects.of(world.company_id).get(state="parked")
    because = world.ctx(reason="the bank's own list of the day")

    def judge(movements: str, ctx: Context) -> Outcome:
        return accept(ctx=ctx, items=[ParkedStatement(id=parked.id, movements=movements)])

    refused = [judge("", because), judge(said, world.ctx(reason="")), judge("maybe", because)]
    assert [fault.code for outcome in refused for fault in outcome.faults] == [
        "bank.repeat_unproven",
        "statement.no_reason",
        "statement.movements",
    ]
    done = judge(said, because)
    assert (done.figures["accepted"], done.figures["duplicate"]) == (new, 1 - new)
    assert BankLine.objects.of(world.company_id).count() == 4 + new
    facts = history.timeline(company_id=world.company_id, subject_ids=[parked.id])
    (fact,) = [fact for fact in facts if fact.kind == "receipts.StatementImported"]
    assert (fact.payload["said"], fact.reason) == (said, "the bank's own list of the day")
