"""The verifier on a whole house, and on the same house after somebody with power over the database
changed one thing: each change must be found, and its record named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from acquit.core.faults import Refused
from acquit.stages.insight import verify
from acquit.stages.insight.verify.database import keys, only_here, references
from acquit.stages.insight.verify.registry import INVARIANTS
from acquit.stages.insight.verify.source import Invariant
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document
from acquit.stages.ledger.commands.lock import Month, lock
from tests.support.corrupt import change, change_one
from tests.support.house import House, build
from tests.support.invoices import customer, deliver
from tests.support.world import World, new_world


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    """Built once; each test changes it inside a transaction that is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(new_world(seed="house", slug="house"))
        transaction.set_rollback(True)


@pytest.fixture
def changed(house: House, django_db_blocker: Any) -> Iterator[House]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield house
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def exported(house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("export") / "house"
    verify.export(company_id=house.world.company_id, directory=directory, now=_now(house))
    return directory


def _now(house: House) -> Any:
    return house.world.ctx().now


def _verify(house: House) -> dict[str, Any]:
    return verify.run(company_id=house.world.company_id, now=_now(house))


def all_invariants(now: Any, house: House) -> tuple[Invariant, ...]:
    return (*INVARIANTS, *only_here(house.world.company_id, now))


def test_a_whole_house_is_whole(changed: House) -> None:
    report = _verify(changed)
    assert report["broken"] == []
    assert report["ok"]
    assert report["checked"]["documents"] == 4
    reached = {"I1", "I7", "I11", "I14", "I20", "I23", "I25", "I30", "I33", "I35", "I36", "I40"}
    assert reached <= {invariant.id for invariant in all_invariants(_now(changed), changed)}


def test_a_late_fact_in_a_locked_month_is_no_fault(changed: House) -> None:
    world = changed.world
    january = Month(month=world.today.replace(month=1))
    assert lock(ctx=world.ctx(), items=[january]).items[0].id
    assert _verify(changed)["broken"] == []


FIRST = "document_id = (SELECT id FROM invoices_document WHERE number = 'RE2026-000001')"
_BY_ID = "(SELECT id FROM {table} {where} ORDER BY id LIMIT 1)"


def _one(table: str, where: str = "") -> str:
    return "id = " + _BY_ID.format(table=table, where=f"WHERE {where}" if where else "")


# name: (SQL by the owner of the database, invariants that must break, part of a record's name)
CHANGES = {
    "a posting by a cent": (
        "UPDATE ledger_posting SET debit_minor = debit_minor + 1 WHERE "
        + _one("ledger_posting", "debit_minor > 0"),
        {"I1", "I22"},
        "entry ",
    ),
    "both sides of an entry by a cent": (
        "UPDATE ledger_balance SET debit_minor = debit_minor + 1, credit_minor = credit_minor + 1"
        " WHERE " + _one("ledger_balance"),
        {"I6"},
        "balance of account",
    ),
    "an entry removed": (
        "DELETE FROM ledger_entry WHERE " + _one("ledger_entry"),
        {"I3", "I22"},
        "fact ",
    ),
    "an entry moved to another day": (
        "UPDATE ledger_entry SET booked_on = booked_on - 40 WHERE " + _one("ledger_entry"),
        {"I3"},
        "posting ",
    ),
    "a posting moved to another customer": (
        "UPDATE ledger_posting SET customer_id = gen_random_uuid() WHERE "
        + _one("ledger_posting", "customer_id IS NOT NULL"),
        {"I7", "I22"},
        "entry ",
    ),
    "an invoice line by a cent": (
        "UPDATE invoices_line SET net_minor = net_minor + 1 WHERE " + _one("invoices_line", FIRST),
        {"I20", "I25"},
        "document RE2026-000001",
    ),
    "the words of an invoice line": (
        "UPDATE invoices_line SET description = 'gold' WHERE " + _one("invoices_line", FIRST),
        {"I25"},
        "document RE2026-000001",
    ),
    "an invoice's total and tax together": (
        "UPDATE invoices_document SET gross_minor = gross_minor + 1, tax_minor = tax_minor + 1"
        " WHERE number = 'RE2026-000001'",
        {"I20", "I25", "I40", "I11"},
        "document RE2026-000001",
    ),
    "an invoice removed": (
        "DELETE FROM invoices_document WHERE number = 'RE2026-000002'",
        {"I23", "I40"},
        "document RE2026-000003",
    ),
    "an invoice dated back": (
        "UPDATE invoices_document SET issued_on = '2026-01-01' WHERE number = 'RE2026-000003'",
        {"I23", "I25", "I40"},
        "document RE2026-000003",
    ),
    "the buyer's name as printed": (
        "UPDATE invoices_party SET party = jsonb_set(party, '{locale}', '\"xx\"') WHERE "
        + _one("invoices_party", "party ? 'locale'"),
        {"I25"},
        "party ",
    ),
    "an open item by a cent": (
        "UPDATE receivables_open_item SET open_minor = open_minor - 1"
        " WHERE number = 'RE2026-000001'",
        {"I11", "I35"},
        "open item RE2026-000001",
    ),
    "an allocation by a cent": (
        "UPDATE receivables_allocation SET amount_minor = amount_minor + 1"
        " WHERE amount_minor = 5000",
        {"I7", "I11", "I40"},
        "allocation ",
    ),
    "an allocation removed": (
        "DELETE FROM receivables_allocation WHERE amount_minor = 5000",
        {"I11", "I40"},
        "fact ",
    ),
    "a receipt by a cent": (
        "UPDATE receipts_receipt SET amount_minor = amount_minor + 1 WHERE amount_minor = 4637",
        {"I10", "I11", "I14", "I40"},
        "receipt ",
    ),
    "a bank line by a cent": (
        "UPDATE receipts_bank_line SET amount_minor = amount_minor + 1 WHERE amount_minor = 10000",
        {"I14", "I33"},
        "bank line ",
    ),
    "a bank day by a cent": (
        "UPDATE receipts_bank_day SET closing_minor = closing_minor + 1",
        {"I33"},
        "bank day ",
    ),
    "a bank line that left, removed": (
        "DELETE FROM receipts_bank_line WHERE amount_minor < 0",
        {"I10", "I33", "I40"},
        "statement S1",
    ),
    "a statement's closing balance": (
        "UPDATE receipts_statement SET closing_minor = closing_minor + 1",
        {"I33", "I40"},
        "statement S1",
    ),
    "a byte of the bank's file": (
        "UPDATE history_archive SET body = set_byte(body, 400, 65)",
        {"I25"},
        "archived file",
    ),
    "the bank's file removed": (
        "DELETE FROM history_archive",
        {"I25"},
        "statement S1",
    ),
    "a fact's amount": (
        "UPDATE history_fact SET payload = jsonb_set(payload, '{amount_minor}', '4636')"
        " WHERE kind = 'receipts.ReceiptRecorded' AND payload->>'amount_minor' = '4637'",
        {"I25", "I40", "I22"},
        "(receipts.ReceiptRecorded)",
    ),
    "a fact's actor": (
        "UPDATE history_fact SET actor_name = 'Somebody' WHERE seq = 5",
        {"I25"},
        "fact 5 ",
    ),
    "the last fact removed": (
        "DELETE FROM history_fact WHERE seq = (SELECT max(seq) FROM history_fact)",
        {"I25", "I28"},
        "fact ",
    ),
    "a line credited twice": (
        "UPDATE invoices_line SET corrects_id = (SELECT l.id FROM invoices_line l JOIN"
        " invoices_document d ON d.id = l.document_id WHERE d.number = 'RE2026-000001'"
        " ORDER BY l.net_minor LIMIT 1) WHERE corrects_id IS NOT NULL",
        {"I16", "I25"},
        "document RE2026-000001",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_change_is_found_and_named(changed: House, name: str, tmp_path: Path) -> None:
    sql, invariants, record = CHANGES[name]
    change_one(sql)
    report = _verify(changed)
    _assert_found(report, invariants, record)
    directory = tmp_path / "export"
    world = changed.world
    verify.export(company_id=world.company_id, directory=directory, now=_now(changed))
    alone = verify.run_export(directory=directory)
    _assert_found(alone, invariants - {"I35"}, record)


def _assert_found(report: Any, invariants: set[str], record: str) -> None:
    assert not report["ok"]
    found = {broken["invariant"] for broken in report["broken"]}
    assert invariants <= found, report["broken"]
    assert any(record in broken["record"] for broken in report["broken"]), report["broken"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE orders_line SET unit_price = unit_price + 0.01",
        "UPDATE orders_delivery_line SET quantity = quantity + 1",
    ],
)
def test_what_was_ordered_and_delivered_is_what_was_billed(world: World, sql: str) -> None:
    deliver(world, customer(world, "C-1"))
    bill(ctx=world.ctx(), as_of=world.today)
    assert verify.run(company_id=world.company_id, now=world.ctx().now)["broken"] == []
    change_one(sql)
    report = verify.run(company_id=world.company_id, now=world.ctx().now)
    _assert_found(report, {"I20"}, Document.objects.of(world.company_id).get().number)


def test_an_export_alone_is_enough(exported: Path) -> None:
    report = verify.run_export(directory=exported)
    assert report["broken"] == []
    assert report["checked"]["postings"] > 20


def test_one_cent_in_any_fact_of_an_export_is_found(exported: Path, tmp_path: Path) -> None:
    lines = (exported / "facts.jsonl").read_text("utf-8").splitlines()
    for index, line in enumerate(lines):
        row = json.loads(line)
        amounts = [name for name in row["payload"] if name.endswith("_minor")]
        for name in amounts[:1]:
            row["payload"][name] += 1
            copy = _copied(exported, tmp_path / f"fact{index}")
            changed_lines = [*lines[:index], json.dumps(row), *lines[index + 1 :]]
            (copy / "facts.jsonl").write_text("\n".join(changed_lines) + "\n", "utf-8")
            report = verify.run_export(directory=copy)
            assert any(f"fact {row['seq']}" in b["record"] for b in report["broken"])


def _copied(exported: Path, target: Path) -> Path:
    target.mkdir()
    for name in ("manifest.json", "tables", "archive"):
        (target / name).symlink_to(exported / name)
    return target


def test_an_export_made_up_as_a_whole_is_told_by_the_head_kept_elsewhere(exported: Path) -> None:
    head = json.loads((exported / "manifest.json").read_text("utf-8"))["head"]["hash"]
    assert verify.run_export(directory=exported, head=head)["ok"]
    report = verify.run_export(directory=exported, head="f" * 64)
    assert report["broken"][0]["record"] == "chain head"


def test_the_offline_verifier_needs_no_django(exported: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from acquit.stages.insight import verify\n"
        "report = verify.run_export(directory=pathlib.Path(sys.argv[1]))\n"
        "assert report['ok'], report['broken']\n"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('django', 'psycopg')]\n"
    )
    subprocess.run([sys.executable, "-c", code, str(exported)], check=True, timeout=60)


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no manifest"):
        verify.run_export(directory=tmp_path)
    (tmp_path / "manifest.json").write_text('{"version": 99}', "utf-8")
    with pytest.raises(Refused, match="version 99"):
        verify.run_export(directory=tmp_path)


def test_an_export_is_never_mixed_with_other_files(changed: House, exported: Path) -> None:
    with pytest.raises(Refused, match="not empty"):
        verify.export(company_id=changed.world.company_id, directory=exported, now=_now(changed))


def test_secrets_stay_in_the_house(exported: Path) -> None:
    tables = {path.stem for path in (exported / "tables").iterdir()}
    assert "ledger_posting" in tables
    assert not tables & {"access_api_key", "access_signed_link", "access_idempotency"}


def test_every_table_can_be_sharded_by_company(db: None) -> None:
    assert list(keys()) == []
    assert list(references()) == []


def test_a_key_that_forgets_the_company_is_found(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX bad ON ledger_entry (fact_id)")
        cursor.execute(
            "ALTER TABLE receipts_receipt DROP CONSTRAINT receipts_receipt_customer_id_wall_fk"
        )
    assert [found.record for found in keys()] == ["table ledger_entry"]
    assert [found.message for found in references()] == [
        "customer_id may point into another company"
    ]


def test_another_company_is_not_looked_at(world: World) -> None:
    build(world)
    other = new_world(seed="other", slug="other")
    assert Document.objects.of(other.company_id).count() == 0
    change(
        "receipts_receipt",
        "UPDATE receipts_receipt SET amount_minor = 1 WHERE amount_minor = 4637"
        f" AND company_id = '{world.company_id}'",
    )
    assert verify.run(company_id=other.company_id, now=other.ctx().now)["ok"]
