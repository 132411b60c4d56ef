"""Policies: shipped defaults, versions by day, cells checked on save, the dry run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from acquit.access.command import Forbidden
from acquit.core.outcome import ItemState, Outcome
from acquit.core.tables import Row, Table, check
from acquit.history.models import FactRecord
from acquit.policy import queries
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.policy.models import PolicyVersion
from acquit.policy.registry import SPECS
from tests.support.world import World, someone

DAY = date(2026, 3, 2)


@pytest.mark.parametrize("name", sorted(SPECS.keys() - {"demands"}))  # each company fills its own
def test_every_shipped_policy_is_sound_without_a_warning(name: str) -> None:
    assert check(table=shipped(name), registry=SPECS[name].registry) == ()


@pytest.mark.parametrize(
    ("name", "facts", "outcome", "row"),
    [
        ("billing", {"customer.segment": "monthly", "delivery.kind": "return"}, "month", 2),
        ("billing", {"delivery.kind": "return"}, "delivery", 3),
        ("billing", {"customer.segment": "retail", "delivery.kind": "delivery"}, "order", 5),
        ("issuing", {"draft.faults": 2}, "review", 1),
        ("issuing", {"draft.faults": 0}, "issue", 2),
        ("tax", {"customer.is_domestic": True, "customer.in_eu": True}, None, 1),
        (
            "tax",
            {"customer.in_eu": True, "company.in_eu": True, "customer.has_vat_id": True},
            "K",
            2,
        ),
        (
            "tax",
            {"customer.in_eu": True, "company.in_eu": True, "customer.has_vat_id": False},
            None,
            3,
        ),
        ("tax", {"customer.in_eu": False, "company.in_eu": True}, "G", 4),
        ("tax", {"customer.in_eu": True, "company.in_eu": False}, "G", 4),
        ("dispatch", {"customer.channel": "print", "customer.has_email": True}, "print", 1),
        ("dispatch", {"customer.channel": "email", "customer.has_email": True}, "email", 3),
        ("dispatch", {"customer.channel": "email", "customer.has_email": False}, "portal", 4),
        ("matching", {"proposal.probability": Decimal("0.9995"), "proposal.rivals": 0}, "post", 1),
        ("matching", {"proposal.probability": Decimal("1"), "proposal.rivals": 1}, "suggest", 2),
        (
            "adjusting",
            {"adjustment.reason": "discount", "adjustment.share": Decimal(10)},
            "keep",
            2,
        ),
        ("gaps", {"gap.kind": "withheld_tax", "gap.amount": Decimal(9_999)}, "accountant", 5),
        ("gaps", {"gap.kind": "short", "gap.amount": Decimal(9_999)}, "receivables_manager", 6),
        ("gaps", {"gap.kind": "error", "gap.amount": Decimal(9_999)}, "cash_clerk", 3),
        ("returning", {"return.evidence": "mandate", "return.charge": Decimal(3)}, "settle", 2),
        ("returning", {"return.evidence": "payer", "return.charge": Decimal(0)}, "ask", 3),
        ("returning", {"return.evidence": "reference", "return.charge": Decimal(26)}, "ask", 4),
        (
            "adjusting",
            {
                "adjustment.reason": "exchange",
                "adjustment.amount": Decimal(20_000),
                "adjustment.share": Decimal("1.96"),
            },
            "keep",
            8,
        ),
        ("adjusting", {"adjustment.reason": "netted"}, "close", 7),
        ("matching", {"proposal.probability": Decimal("0.01"), "proposal.rivals": 0}, "leave", 3),
    ],
)
@pytest.mark.django_db
def test_shipped_decisions(
    world: World, name: str, facts: dict[str, Any], outcome: str | None, row: int
) -> None:
    policy = queries.in_force(company_id=world.company_id, name=name, on=DAY)
    (decision,) = policy.decide_many([facts])
    assert decision.value(SPECS[name].outputs[0].name) == outcome
    assert policy.rule(decision) == f"{name} shipped row {row}"


def _by_month() -> Table:
    return replace(shipped("billing"), rows=(Row(("", "", ""), ("month",)),))


def _save(world: World, table: Table, valid_from: date, name: str = "billing") -> Outcome:
    version = NewVersion(name=name, table=table.to_dict(), valid_from=valid_from)
    return save(ctx=world.ctx(), items=[version])


@pytest.mark.django_db
class TestVersions:
    def test_the_version_of_the_day_decides(self, world: World) -> None:
        _save(world, _by_month(), date(2026, 4, 1))
        _save(world, shipped("billing"), date(2026, 5, 1))
        labels = [
            queries.in_force(company_id=world.company_id, name="billing", on=on).label
            for on in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 1))
        ]
        assert labels == ["billing shipped", "billing v1", "billing v1", "billing v2"]

    def test_a_correction_with_the_same_start_replaces(self, world: World) -> None:
        _save(world, shipped("billing"), DAY)
        _save(world, _by_month(), DAY)
        policy = queries.in_force(company_id=world.company_id, name="billing", on=DAY)
        assert policy.label == "billing v2"
        assert policy.decide_many([{}])[0].value("group") == "month"
        kept = queries.versions(company_id=world.company_id, name="billing")
        assert [view.version for view in kept] == [2, 1, 0]

    def test_saving_is_a_fact_and_a_version_is_never_edited(self, world: World) -> None:
        _save(world, _by_month(), DAY)
        fact = FactRecord.objects.of(world.company_id).get(kind="policy.PolicySaved")
        assert (fact.payload["version"], fact.payload["rows"]) == (1, 1)
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE policy_version SET note = 'x'")

    def test_one_query_per_question(self, world: World, django_assert_num_queries: Any) -> None:
        _save(world, _by_month(), DAY)
        with django_assert_num_queries(1):
            queries.in_force(company_id=world.company_id, name="billing", on=DAY)


@pytest.mark.django_db
class TestChecks:
    def test_a_bad_cell_is_named_by_row_and_column(self, world: World) -> None:
        bad = replace(shipped("matching"), rows=(Row((">= high", "0"), ("post",)),))
        (result,) = _save(world, bad, DAY, "matching").items
        assert result.state is ItemState.REFUSED
        assert [f.path for f in result.faults] == ["row[1].proposal.probability"]
        assert not PolicyVersion.objects.of(world.company_id).exists()

    def test_the_outcomes_are_those_of_the_registry(self, world: World) -> None:
        other = replace(shipped("billing"), outputs=shipped("dispatch").outputs)
        other = replace(other, rows=(Row(("", "", ""), ("email",)),))
        (result,) = _save(world, other, DAY).items
        assert [f.code for f in result.faults] == ["policy.outcomes"]

    @pytest.mark.parametrize("table", [{}, {"format": 1}, {"format": 2, "name": "billing"}])
    def test_what_is_not_a_table_is_refused(self, world: World, table: dict[str, Any]) -> None:
        version = NewVersion(name="billing", table=table, valid_from=DAY)
        (result,) = save(ctx=world.ctx(), items=[version]).items
        assert [f.code for f in result.faults] == ["table.form"]

    def test_an_unknown_policy_lists_the_known(self, world: World) -> None:
        with pytest.raises(queries.UnknownPolicy, match="no policy 'billin'"):
            queries.in_force(company_id=world.company_id, name="billin", on=DAY)

    def test_a_warning_does_not_stand_in_the_way(self, world: World) -> None:
        table = replace(shipped("billing"), rows=(Row(("", "", ""), ("order",)),) * 2)
        (result,) = _save(world, table, DAY).items
        assert result.state is ItemState.DONE
        assert [f.code for f in result.faults] == ["table.row_dead"]

    def test_a_clerk_may_not_save(self, world: World) -> None:
        version = NewVersion(name="billing", table=_by_month().to_dict(), valid_from=DAY)
        with pytest.raises(Forbidden):
            save(ctx=world.ctx(actor=someone("billing_clerk")), items=[version])


@pytest.mark.django_db
def test_the_dry_run_names_what_would_change(world: World) -> None:
    inputs = [
        ("order 1", {"delivery.kind": "delivery"}),
        ("return 1", {"delivery.kind": "return"}),
        ("order 2", {"customer.segment": "monthly"}),
    ]
    difference = queries.dry_run(
        company_id=world.company_id, table=_by_month(), on=DAY, inputs=inputs
    )
    assert [change.key for change in difference.changes] == ["order 1", "return 1"]
    assert difference.counts == {
        ("group = order", "group = month"): 1,
        ("group = delivery", "group = month"): 1,
    }
