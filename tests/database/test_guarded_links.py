"""Guarded links have the effect of foreign keys, in both directions, whoever sends the SQL."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from psycopg.types.json import Jsonb

from acquit.database.copy import execute, fetch_rows
from acquit.stages.insight.verify.database import references
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.matching.commands import propose
from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
from tests.support.invoices import customer, deliver
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World


@pytest.fixture
def billed(world: World) -> World:
    deliver(world, customer(world))
    bill(ctx=world.ctx(), as_of=world.today)
    return world


_COPY = "INSERT INTO {table} SELECT (jsonb_populate_record(t, %s)).* FROM {table} t LIMIT 1"
LINE, DOCUMENT = {"line_no": 9, "delivery_line_id": None}, {"number": "X", "series_number": 9}
ITEM = {"customer_id": None, "document_id": None}


@pytest.mark.parametrize(
    ("table", "column", "other", "more"),
    [
        ("invoices_line", "delivery_line_id", "orders_delivery_line", LINE),
        ("invoices_line", "corrects_id", "invoices_line", LINE),
        ("invoices_document", "customer_id", "masterdata_customer", DOCUMENT),
        ("history_fact", "company_id", "access_company", {}),
        ("ledger_entry", "company_id", "access_company", {}),
        ("receivables_open_item", "company_id", "access_company", ITEM),
        ("receivables_open_item", "customer_id", "masterdata_customer", ITEM),
    ],
)
def test_a_row_names_what_is_there(
    billed: World, table: str, column: str, other: str, more: dict[str, Any]
) -> None:
    row = more | {"id": str(billed.ids.new()), column: str(billed.ids.new())}
    with pytest.raises(IntegrityError, match=f"{other} does not have"):
        execute(_COPY.format(table=table), [Jsonb(row)])


@pytest.mark.parametrize(
    ("table", "column", "other"),
    [
        ("receipts_bank_line", "statement_id", "receipts_statement"),
        ("receipts_bank_line", "bank_account_id", "masterdata_bank_account"),
        ("receipts_receipt", "bank_line_id", "receipts_bank_line"),
        ("receipts_receipt", "company_id", "access_company"),
    ],
)
def test_money_names_where_it_came_from(world: World, table: str, column: str, other: str) -> None:
    body = statement_bytes((Movement(500, "A"),), on=world.today)
    import_statement(ctx=world.ctx(), items=[StatementFile(key="s.xml", body=body)])
    row = {"id": str(world.ids.new()), "occurrence": 2, "bank_line_id": None}
    with pytest.raises(IntegrityError, match=f"{other} does not have"):
        execute(_COPY.format(table=table), [Jsonb(row | {column: str(world.ids.new())})])


@pytest.fixture
def matched(world: World) -> World:
    """One receipt of an unknown payer that a rule applied."""
    (one,) = customers(world, 1)
    (item,) = issue(world, [Doc(one.id, 500)])
    body = statement_bytes((Movement(500, f"invoice {item.number}"),), on=world.today)
    import_statement(ctx=world.ctx(), items=[StatementFile(key="s.xml", body=body)])
    propose(ctx=world.ctx(), items=[])
    return world


def test_what_is_matched_names_what_is_there(matched: World) -> None:
    """Allocations, the payers they told, and proposals; one that is changed too."""
    new = str(matched.ids.new())
    back: dict[str, Any] = {"amount_minor": -1, "key": "x"}
    for table, column, other, more in (
        ("receivables_allocation", "debit_item_id", "receivables_open_item", {}),
        ("receivables_allocation", "credit_item_id", "receivables_open_item", {}),
        ("receivables_allocation", "debit_customer_id", "masterdata_customer", {"key": "x"}),
        ("receivables_allocation", "credit_customer_id", "masterdata_customer", {"key": "x"}),
        ("receivables_allocation", "reverses_id", "receivables_allocation", back),
        ("receivables_payer_change", "item_id", "receivables_open_item", {}),
        ("receivables_payer_change", "customer_id", "masterdata_customer", {"position": 2}),
        ("receivables_payer_change", "customer_before_id", "masterdata_customer", {"position": 2}),
        ("matching_proposal", "receipt_id", "receipts_receipt", {}),
    ):
        row = more | {"id": str(matched.ids.new()), column: new}
        with (
            pytest.raises(IntegrityError, match=f"{table}.{column} names .* {other} does not"),
            transaction.atomic(),
        ):
            execute(_COPY.format(table=table), [Jsonb(row)])
    with pytest.raises(IntegrityError, match="does not have"), transaction.atomic():
        execute("UPDATE matching_proposal SET receipt_id = %s", [new])
    with pytest.raises(IntegrityError, match="is named by"), transaction.atomic():
        execute("DELETE FROM masterdata_customer")


def test_a_row_is_changed_to_name_what_is_there(billed: World) -> None:
    sql = "UPDATE receivables_open_item SET customer_id = %s"
    with pytest.raises(IntegrityError, match="does not have"), transaction.atomic():
        execute(sql, [billed.ids.new()])
    assert execute(sql, [customer(billed, "C-2").id]) == 1
    assert execute(sql, [None]) == 1


@pytest.mark.parametrize("table", ["orders_delivery_line", "masterdata_customer", "access_company"])
def test_what_is_named_stays(billed: World, table: str) -> None:
    key = "id" if table == "access_company" else "company_id, id"
    for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id WHERE ({key}) IS NOT NULL"):
        with pytest.raises(IntegrityError, match="is named by"), transaction.atomic():
            execute(sql)
    assert fetch_rows(f"SELECT 1 FROM {table}")


def test_a_missing_guard_is_told(billed: World) -> None:
    assert list(references()) == []
    execute("ALTER TABLE orders_delivery_line DISABLE TRIGGER invoices_line_delivery_line_id_kept")
    (broken,) = references()
    assert "delivery_line_id lacks its trigger" in str(broken)
