"""Decision tables: deciding, explaining, checking, storing, versions and the dry run."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core.dated import NoValue
from acquit.core.faults import Severity
from acquit.core.money import Money
from acquit.core.tables import (
    CannotUseTable,
    FactSpec,
    HitPolicy,
    Kind,
    OutputColumn,
    Registry,
    Row,
    Table,
    Value,
    Version,
    WrongFact,
    check,
    compare,
    compile_table,
    in_force,
)
from acquit.core.tables.cells import parse_cell
from acquit.core.tables.values import checked

REGISTRY = Registry(
    [
        FactSpec("customer.country", Kind.TEXT),
        FactSpec("amount", Kind.MONEY, currency="EUR"),
        FactSpec("days_overdue", Kind.DECIMAL),
        FactSpec("is_disputed", Kind.BOOL),
        FactSpec("due", Kind.DATE),
        FactSpec("segment", Kind.ENUM, choices=("small", "large")),
    ]
)
ACTION = OutputColumn("action", Kind.ENUM, ("post", "ask", "leave"), is_required=True)
FEE = OutputColumn("fee", Kind.DECIMAL)
INPUTS = ("customer.country", "amount", "days_overdue", "is_disputed", "due", "segment")


def table(*rows: Row, hit: HitPolicy = HitPolicy.FIRST) -> Table:
    return Table("reminders", ("customer.country", "amount"), (ACTION, FEE), rows, hit)


RULES = table(
    Row(("in DE, AT", ""), ("ask", "2.50")),
    Row(("FR", ">= 100"), ("post", ""), remark="agreed with the French branch"),
    Row(("", ""), ("leave", "0")),
)


def test_first_hit_and_reason() -> None:
    compiled = compile_table(table=RULES, registry=REGISTRY)
    facts = {"customer.country": "FR", "amount": Money(15000, "EUR")}
    decision = compiled.decide(facts)
    assert decision.rows == (2,)
    assert decision.value("action") == "post"
    assert decision.value("fee") is None
    explained = compiled.explain(facts)
    assert explained.because == "row 2 because customer.country = FR and amount >= 100.00 EUR"
    assert explained.rows[0].text == (
        "row 1 not, because customer.country is FR and must be in DE, AT"
    )
    assert explained.rows[2].is_hit  # it holds too, but the first row decides
    assert compiled.explain({}).because == "row 3 because it has no conditions"


def test_collect_and_silence() -> None:
    rows = (
        Row(("DE", ""), ("ask", "1")),
        Row(("", ">= 5"), ("leave", "2")),
        Row(("FR", ""), ("post", "3")),
    )
    compiled = compile_table(table=table(*rows, hit=HitPolicy.COLLECT), registry=REGISTRY)
    decision = compiled.decide({"customer.country": "DE", "amount": Money(500, "EUR")})
    assert decision.rows == (1, 2)
    assert [outcome["fee"] for outcome in decision.outcomes] == [Decimal(1), Decimal(2)]
    silent = compiled.explain({"customer.country": "RO"})
    assert silent.decision.rows == ()
    assert silent.decision.value("fee") is None
    assert silent.because.startswith("no row: row 1 not, because customer.country is RO")
    assert "amount is empty and must be >= 5.00 EUR" in silent.because


def test_every_fault_is_named_with_row_and_column() -> None:
    broken = Table(
        "broken",
        ("customer.country", "amount", "shoe.size", "amount"),
        (ACTION, OutputColumn("rate", Kind.ENUM)),
        (
            Row(("FR, DE", ">= x", "", ""), ("jump", "")),
            Row(("FR",), ("", "")),
        ),
    )
    faults = check(table=broken, registry=REGISTRY)
    found = {(fault.code, fault.path) for fault in faults}
    assert found == {
        ("table.fact_unknown", "shoe.size"),
        ("table.column_twice", "amount"),
        ("table.choices", "rate"),
        ("table.cell", "row[1].customer.country"),
        ("table.cell", "row[1].amount"),
        ("table.cell", "row[1].action"),
        ("table.row_shape", "row[2]"),
        ("table.cell", "row[2].action"),
    }
    assert any("row 1, column amount" in fault.message for fault in faults)
    with pytest.raises(CannotUseTable) as refusal:
        compile_table(table=broken, registry=REGISTRY)
    assert len(refusal.value.faults) == len(faults)


def test_dead_rows_are_warned_about() -> None:
    dead = table(
        Row(("FR", ""), ("ask", "")),
        Row(("= FR", "any"), ("post", "")),
        Row(("", "-"), ("leave", "")),
        Row(("DE", ""), ("post", "")),
    )
    faults = check(table=dead, registry=REGISTRY)
    assert [(fault.path, fault.severity) for fault in faults] == [
        ("row[2]", Severity.WARNING),
        ("row[4]", Severity.WARNING),
    ]
    assert compile_table(table=dead, registry=REGISTRY).decide({}).rows == (3,)


@pytest.mark.parametrize(
    "facts",
    [
        {"amount": Decimal(5)},
        {"customer.country": 5},
        {"customer.country": True},
        {"amount": "5 EUR"},
    ],
)
def test_wrong_types_are_refused(facts: dict[str, Value]) -> None:
    compiled = compile_table(table=RULES, registry=REGISTRY)
    with pytest.raises(WrongFact, match="must be"):
        compiled.decide(facts)


def test_equal_values_of_other_types_are_not_taken_from_memory() -> None:
    rules = Table("t", ("days_overdue",), (ACTION,), (Row((">= 1",), ("ask",)),))
    compiled = compile_table(table=rules, registry=REGISTRY)
    assert compiled.decide({"days_overdue": 1}).rows == (1,)
    for imposter in (True, 1.0):
        with pytest.raises(WrongFact):
            compiled.decide({"days_overdue": imposter})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"format": 2},
        {**RULES.to_dict(), "rows": [{"when": ["FR", 5], "then": ["ask", ""], "remark": ""}]},
        {**RULES.to_dict(), "hit": "random"},
        {**RULES.to_dict(), "inputs": "amount"},
    ],
)
def test_a_wrong_stored_form_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(CannotUseTable, match="not a stored decision table"):
        Table.from_dict(data)


def test_version_in_force() -> None:
    first, second, corrected = (
        Version(1, date(2026, 1, 1), RULES),
        Version(2, date(2026, 7, 1), RULES),
        Version(3, date(2026, 7, 1), RULES),
    )
    versions = [corrected, first, second]
    assert in_force(versions=versions, day=date(2026, 6, 30)) is first
    assert in_force(versions=versions, day=date(2026, 7, 1)) is corrected
    with pytest.raises(NoValue):
        in_force(versions=versions, day=date(2025, 12, 31))


def test_dry_run_lists_and_counts_what_changes() -> None:
    before = compile_table(table=RULES, registry=REGISTRY)
    stricter = table(RULES.rows[0], Row(("FR", ">= 200"), ("post", "")), RULES.rows[2])
    after = compile_table(table=stricter, registry=REGISTRY)
    inputs = [
        (f"inv {minor}", {"customer.country": "FR", "amount": Money(minor, "EUR")})
        for minor in (9_999, 10_000, 15_000, 19_999, 20_000)
    ]
    difference = compare(before=before, after=after, inputs=inputs)
    assert difference.inputs_count == 5
    assert [change.key for change in difference.changes] == ["inv 10000", "inv 15000", "inv 19999"]
    assert difference.counts == {
        ("action = post, fee = empty", "action = leave, fee = 0"): 3,
    }
    moved = table(RULES.rows[1], RULES.rows[0], RULES.rows[2])
    same = compare(
        before=before, after=compile_table(table=moved, registry=REGISTRY), inputs=inputs
    )
    assert same.changed_count == 0


# Generated tables over generated facts.

CELLS = {
    "customer.country": ["", "FR", "not FR", "in FR, DE", "empty", "not empty", "matches F*"],
    "amount": ["", ">= 10", "< 10 EUR", "between 5 and 15", "= 7 USD", "not >= 10", "-3..3"],
    "days_overdue": ["", "> 3", "<= 3", "in 1, 2, 3", "!= 4", "empty"],
    "is_disputed": ["", "yes", "no", "not yes"],
    "due": ["", ">= 2026-03-01", "2026-01-01..2026-03-01", "empty"],
    "segment": ["", "small", "in small, large", "matches l*"],
}
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "customer.country": st.sampled_from(["FR", "fr", "DE", "RO", "", None]),
        "amount": st.builds(Money, st.integers(-500, 2_000), st.sampled_from(["EUR", "USD"])),
        "days_overdue": st.one_of(st.integers(0, 6), st.decimals(0, 6, places=1)),
        "is_disputed": st.booleans(),
        "due": st.dates(date(2026, 2, 25), date(2026, 3, 5)),
        "segment": st.sampled_from(["small", "large", None]),
    },
)
ROWS = st.lists(
    st.builds(
        Row,
        st.tuples(*(st.sampled_from(CELLS[name]) for name in INPUTS)),
        st.tuples(st.sampled_from(["post", "ask", "leave"]), st.sampled_from(["", "1", "2.5"])),
    ),
    max_size=8,
)


def tables(hit: HitPolicy) -> st.SearchStrategy[Table]:
    return ROWS.map(lambda rows: Table("generated", INPUTS, (ACTION, FEE), tuple(rows), hit))


def naive(rules: Table, facts: dict[str, Value | None]) -> list[int]:
    hits = []
    for number, row in enumerate(rules.rows, start=1):
        for name, cell in zip(INPUTS, row.conditions, strict=True):
            spec = REGISTRY.get(name)
            assert spec is not None
            condition = parse_cell(cell, spec=spec)
            if not condition.holds(checked(facts.get(name), spec=spec), kind=spec.kind):
                break
        else:
            hits.append(number)
    return hits


@settings(max_examples=150)
@given(rules=tables(HitPolicy.COLLECT), inputs=st.lists(FACTS, max_size=6))
def test_collect_equals_asking_every_row(
    rules: Table, inputs: list[dict[str, Value | None]]
) -> None:
    decisions = compile_table(table=rules, registry=REGISTRY).decide_many(inputs)
    assert [list(decision.rows) for decision in decisions] == [naive(rules, f) for f in inputs]


@settings(max_examples=150)
@given(rules=tables(HitPolicy.FIRST), inputs=st.lists(FACTS, max_size=6))
def test_first_equals_the_first_of_every_row(
    rules: Table, inputs: list[dict[str, Value | None]]
) -> None:
    compiled = compile_table(table=rules, registry=REGISTRY)
    for facts in inputs:
        explained = compiled.explain(facts)
        assert list(explained.decision.rows) == naive(rules, facts)[:1]
        assert [trace.row for trace in explained.rows if trace.is_hit] == naive(rules, facts)


@given(rules=tables(HitPolicy.FIRST))
def test_stored_form_round_trip(rules: Table) -> None:
    assert Table.from_dict(json.loads(json.dumps(rules.to_dict()))) == rules


@settings(max_examples=100)
@given(
    one=tables(HitPolicy.FIRST), other=tables(HitPolicy.FIRST), inputs=st.lists(FACTS, max_size=8)
)
def test_difference_is_symmetric(
    one: Table, other: Table, inputs: list[dict[str, Value | None]]
) -> None:
    left, right = (compile_table(table=rules, registry=REGISTRY) for rules in (one, other))
    keyed = [(str(index), facts) for index, facts in enumerate(inputs)]
    there = compare(before=left, after=right, inputs=keyed)
    back = compare(before=right, after=left, inputs=keyed)
    assert [change.key for change in there.changes] == [change.key for change in back.changes]
    assert {pair: count for (a, b), count in back.counts.items() for pair in [(b, a)]} == (
        there.counts
    )
    assert compare(before=left, after=left, inputs=keyed).changed_count == 0


@given(cells=st.lists(st.text(max_size=20), min_size=2, max_size=2), outcome=st.text(max_size=10))
def test_no_cell_text_crashes_the_check(cells: list[str], outcome: str) -> None:
    row = Row(tuple(cells), (outcome, outcome))
    for fault in check(table=table(row), registry=REGISTRY):
        assert fault.message
