"""One cent in any amount of any table, changed by somebody with power over the database, is found:
by the proof over the database and by the proof over an export alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from acquit.access.commands.grant import NewLimit, save_limit
from acquit.core.codecs import formats
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.core.tables import Row
from acquit.database.copy import fetch_rows
from acquit.database.models import Walled
from acquit.history import unit
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.stages.dispatch.commands.tell import tell_collected
from acquit.stages.dispatch.rules.collected import Payment
from acquit.stages.insight import verify
from acquit.stages.insight.verify.database import DatabaseSource
from acquit.stages.insight.verify.offline import ExportSource
from acquit.stages.insight.verify.registry import INVARIANTS
from acquit.stages.insight.verify.source import Source, examine
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.commands.draft import draft
from acquit.stages.invoices.models import Document
from acquit.stages.matching.commands import AskCustomer, ProposalChoice, accept, ask, propose
from acquit.stages.matching.models import Proposal, Return
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receipts.commands.advice import AdviceFile, take_advice
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.core.documents.trade_samples import remittance_advice
from tests.support.corrupt import triggers_off
from tests.support.house import House, build
from tests.support.invoices import deliver
from tests.support.money import Movement, statement_bytes
from tests.support.world import new_world, someone

# Without the mark a run of this file alone would meet the database that people work in.
pytestmark = pytest.mark.django_db

# Amounts that the proof does not reach, and why that is right.
UNPROVEN = {
    "invoices_run.net_minor": "what a run made, for its page; its documents are proven",
    "invoices_run.tax_minor": "what a run made, for its page; its documents are proven",
    "orders_line.quantity": "what was agreed; billed is what was delivered, and that is proven",
    "masterdata_tax_code.rate": "given by people for documents to come; an issued one has its own",
    "masterdata_payment_term.discount_percent": "given by people for documents to come",
    "masterdata_exchange_rate.rate": "given by people for what is to come; facts have their own",
    "matching_proposal.probability": "no amount: how sure the matcher was",
    "matching_proposal.day_at_risk": "no money that moved: what the policy was told of the day",
}


def columns() -> dict[str, str]:
    """``table.column`` -> the smallest step, of every amount, price, quantity and rate."""
    found = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields if issubclass(model, Walled) else ():
            name = f"{model._meta.db_table}.{field.column}"
            if isinstance(field, models.DecimalField):
                found[name] = "0.01"
            elif field.column.endswith("_minor"):
                found[name] = "1"
    return found


ADVICE = remittance_advice()
COLUMNS = columns()
PROVEN = sorted(COLUMNS.keys() - UNPROVEN.keys())


def _fill(house: House) -> None:
    """What the house lacks: money that a rule applied and a person, money that went back, an
    advice, a draft, a limit and what waits because of it."""
    world = house.world
    deliver(world, house.bob, on=world.today + timedelta(days=3))
    deliver(world, house.ada)
    bill(ctx=world.ctx(), as_of=world.today)
    open_ = Document.objects.of(world.company_id).exclude(kind="credit_note")
    first, second, _third, _fourth = open_.order_by("series_number")
    _bank(world, 13_437, "S2", _paid(second, 8_875, "E2E-9"), _paid(first, 100, "E2E-8"))
    propose(ctx=world.ctx(), items=[])
    for row in Proposal.objects.of(world.company_id).filter(state="proposed", rank=1):
        accept(ctx=world.ctx(), items=[ProposalChoice(id=row.id)])
    _tell(world, first)
    world.later(3)
    back = Movement(-9_225, "R", end_to_end="E2E-9", returned="MD06", charges=350)
    _bank(world, 22_412, "S3", back, Movement(777, "unknown"))
    propose(ctx=world.ctx(), items=[])
    assert Return.objects.of(world.company_id).get().state == "settled"
    unknown = OpenItem.objects.of(world.company_id).get(kind="receipt", original_minor=777)
    assert unknown.receipt_id
    wish = AskCustomer(receipt_id=unknown.receipt_id, customer_id=house.bob.id)
    ask(ctx=world.ctx(), items=[wish]).or_refuse()
    body = formats.write(document=ADVICE, to="edifact").data
    take_advice(ctx=world.ctx(), items=[AdviceFile(key="a.edi", body=body)]).or_refuse()
    draft(ctx=world.ctx(), items=[house.bob.id], as_of=world.today).or_refuse()
    limit = NewLimit(role="accountant", command="invoices.credit", amount=Money(1, "EUR"))
    save_limit(ctx=world.ctx(), items=[replace(limit, amount=Money(5, "EUR"))])
    save_limit(ctx=world.ctx(), items=[limit])
    clerk = world.ctx(actor=someone("accountant"))
    asked = credit(ctx=clerk, items=[Credit(document_id=first.id, reason="x")])
    assert asked.of(ItemState.AWAITING)


def _tell(world: Any, document: Document) -> None:
    """What a company in France would say of its money, told for this one house."""
    everything = (Row(("", "", "", "", ""), ("tell",)),)
    table = replace(shipped("collected"), rows=everything).to_dict()
    version = NewVersion(name="collected", table=table, valid_from=world.today)
    save(ctx=world.ctx(), items=[version]).or_refuse()
    paid = Allocation.objects.of(world.company_id).order_by("id")[0]
    begun = unit.begin(company_id=world.company_id, command="dispatch.tell")
    assert begun
    payment = Payment(
        allocation_id=paid.id, document_id=document.id, amount=Money(100, "EUR"), on=world.today
    )
    tell_collected(world.ctx(), [payment])
    unit.flush(begun)
    unit.end()


def _paid(document: Document, minor: int, name: str) -> Movement:
    return Movement(minor, f"invoice {document.number}", end_to_end=name)


def _bank(world: Any, opening: int, reference: str, *moves: Movement) -> None:
    body = statement_bytes(moves, on=world.today, opening_minor=opening, reference=reference)
    file = StatementFile(key=f"{reference}.xml", body=body)
    import_statement(ctx=world.ctx(), items=[file]).or_refuse()


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    """Built once; each test changes it inside a transaction that is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        built = build(new_world(seed="cents", slug="cents"))
        _fill(built)
        yield built
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def written(house: House, tmp_path_factory: pytest.TempPathFactory) -> ExportSource:
    directory = tmp_path_factory.mktemp("cents") / "house"
    world = house.world
    verify.export(company_id=world.company_id, directory=directory, now=world.ctx().now)
    return ExportSource(directory)


@pytest.fixture
def exported(written: ExportSource) -> Iterator[ExportSource]:
    """The export; what a test changes of it is taken back."""
    written.database.execute("BEGIN")
    yield written
    written.database.execute("ROLLBACK")


def test_the_house_is_whole_and_has_every_amount(house: House, exported: ExportSource) -> None:
    assert COLUMNS.keys() >= UNPROVEN.keys()
    world = house.world
    assert verify.run(company_id=world.company_id, now=world.ctx().now)["broken"] == []
    assert examine(exported, INVARIANTS)["broken"] == []


def _rows(house: House, name: str) -> list[Any]:
    table, column = name.split(".")
    sql = f"SELECT id FROM {table} WHERE company_id = %s AND {column} IS NOT NULL ORDER BY id"
    rows = [key for (key,) in fetch_rows(sql, [house.world.company_id])]
    assert rows, f"the house has no {name}"
    return rows


def _change(name: str) -> str:
    table, column = name.split(".")
    return f"UPDATE {table} SET {column} = {column} + {COLUMNS[name]} WHERE id = "


@pytest.mark.parametrize("name", PROVEN)
def test_one_cent_is_found_in_an_export(house: House, exported: ExportSource, name: str) -> None:
    """In the youngest row of every column."""
    youngest = _rows(house, name)[-1]
    assert exported.database.execute(_change(name) + "?", [str(youngest)]).rowcount == 1
    _assert_found(exported, name)


# What stands in no entry and no document: the invariant that finds it, and the record it names.
NAMED = {
    "access_approval.amount_minor": ("I40", "approval {id}"),
    "access_limit.amount_minor": ("I40", "limit of accountant for invoices.credit"),
    "invoices_draft.net_minor": ("I24", "draft {id}"),
    "matching_proposal.total_minor": ("I40", "proposal {id}"),
    "matching_question.left_minor": ("I40", "question {id}"),
    "matching_return.amount_minor": ("I40", "return {id}"),
    "matching_return.charge_minor": ("I40", "return {id}"),
    "matching_return.worth_minor": ("I14", "return {id}"),
    "receipts_advice.amount_minor": ("I40", "advice " + ADVICE.number),
    "receipts_advice_part.discount_minor": ("I33", "advice " + ADVICE.number),
    "receipts_bank_line.charges_minor": ("I14", "bank line {id}"),
}
# The checks are the same ones, so beside these one column of each table is enough here.
IN_DATABASE = sorted({name.partition(".")[0]: name for name in PROVEN}.values() | NAMED.keys())


@pytest.mark.parametrize("name", IN_DATABASE)
def test_one_cent_is_found_in_the_database(house: House, name: str) -> None:
    """In the oldest row."""
    table = name.partition(".")[0]
    with transaction.atomic():
        oldest = _rows(house, name)[0]
        with triggers_off(table), connection.cursor() as cursor:
            _loosen(table)
            cursor.execute(_change(name) + "%s", [oldest])
        found = _assert_found(DatabaseSource(house.world.company_id), name)
        transaction.set_rollback(True)
    invariant, record = NAMED.get(name, ("", ""))
    said = [(one["invariant"], one["record"]) for one in found]
    assert not invariant or (invariant, record.format(id=oldest)) in said, said


def _loosen(table: str) -> None:
    """The constraints that would refuse the change are off until the test is over."""
    names = fetch_rows(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'", [table]
    )
    with connection.cursor() as cursor:
        for (constraint,) in names:
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{constraint}"')


def _assert_found(source: Source, name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = examine(source, INVARIANTS)["broken"]
    assert found, f"{name} may be changed unseen"
    return found
