"""Companies are walls: in the keys, in the references, and for the walled role."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from procrastinate.exceptions import ConnectorException

from acquit.access.commands.grant import Grant, grant
from acquit.access.models import ApprovalRequest, Company, Membership, User
from acquit.access.queries import decided
from acquit.database.copy import execute, fetch_rows
from acquit.database.grants import UNWALLED
from acquit.database.models import SetLink
from acquit.database.scope import role_exists, walled
from acquit.database.walls import WALLED_ROLE, is_walled
from acquit.jobs import enqueue
from acquit.jobs.reaper import parked_jobs
from acquit.stages.dispatch.commands.send import JOB
from acquit.stages.ledger.models import Account, Entry, Posting
from acquit.stages.masterdata.models import TaxCode
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db

WALLED = [m for m in apps.get_models() if m.__module__.startswith("acquit.") and is_walled(m)]


@pytest.mark.parametrize("model", WALLED, ids=lambda m: m.__name__)
def test_every_key_starts_with_the_company(model: type) -> None:
    rows = fetch_rows(
        "SELECT i.indexrelid::regclass::text, a.attname FROM pg_index AS i"
        " JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indrelid = %s::regclass AND i.indisunique",
        [model._meta.db_table],
    )
    assert rows
    assert {first for _index, first in rows} == {"company_id"}, rows


@pytest.mark.parametrize("model", WALLED, ids=lambda m: m.__name__)
def test_every_reference_is_inside_the_wall(model: type) -> None:
    rows = fetch_rows(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype = 'f'",
        [model._meta.db_table],
    )
    by_statement = any(isinstance(field, SetLink) for field in model._meta.get_fields())
    assert rows or by_statement, "a walled table hangs on its company, or on a row that does"
    for name, definition in rows:
        target = definition.split("REFERENCES ")[1].split("(")[0]
        if target not in ("access_company", "access_user"):
            assert "FOREIGN KEY (company_id, " in definition, name


@pytest.fixture
def other(db: None) -> World:
    return new_world(seed="other", slug="autre", name="Autre SARL", country="FR")


def test_a_row_cannot_point_into_another_company(world: World, other: World) -> None:
    theirs = Account.objects.of(other.company_id).first()
    entry = Entry.objects.create(
        id=world.ids.new(),
        company_id=world.company_id,
        booked_on=world.today,
        recorded_at=world.ctx().now,
        fact_id=world.ids.new(),
        posting_rule="test",
        subject_id=world.ids.new(),
        text="x",
    )
    lines = [
        Posting(
            id=world.ids.new(),
            company_id=world.company_id,
            entry=entry,
            line_no=n,
            account=theirs,
            booked_on=world.today,
            debit_minor=debit,
            credit_minor=credit,
            currency="EUR",
            functional_minor=debit - credit,
        )
        for n, debit, credit in ((1, 5, 0), (2, 0, 5))
    ]
    with pytest.raises(IntegrityError, match="posting on an unknown account"):
        Posting.objects.bulk_create(lines)


def test_the_walled_role_sees_one_company_whatever_the_query_says(
    world: World, other: World
) -> None:
    assert role_exists()
    with walled(world.company_id):
        assert fetch_rows("SELECT slug FROM access_company") == [("muster",)]
        seen = fetch_rows("SELECT DISTINCT company_id FROM masterdata_tax_code")
    assert seen == [(world.company_id,)]
    assert Company.objects.count() == 2


def test_the_walled_role_cannot_write_over_the_wall(world: World, other: World) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), walled(world.company_id):
        TaxCode.objects.create(
            id=world.ids.new(),
            company_id=other.company_id,
            code="X",
            category="S",
            rate=1,
            valid_from=world.today,
            account="1",
            source="test",
        )


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE ledger_posting DISABLE TRIGGER USER",
        "DROP TABLE ledger_posting",
        "ALTER TABLE access_company DISABLE ROW LEVEL SECURITY",
    ],
)
def test_the_walled_role_has_no_right_on_tables(world: World, sql: str) -> None:
    with (
        pytest.raises(DatabaseError, match="must be owner"),
        walled(world.company_id),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_outside_the_block_the_role_is_gone(world: World) -> None:
    before = fetch_rows("SELECT current_user")
    with walled(world.company_id):
        assert fetch_rows("SELECT current_user") != before
    assert fetch_rows("SELECT current_user") == before


_RIGHTS = """
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
    AND (has_any_column_privilege(%s, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
         OR has_table_privilege(%s, c.oid, 'DELETE, TRUNCATE, TRIGGER'))
    AND NOT (c.relrowsecurity AND c.relname = ANY(%s))
"""


def test_the_walled_role_has_rights_where_they_are_named_and_nowhere_else(db: None) -> None:
    walled_tables = ["access_company", *(model._meta.db_table for model in WALLED)]
    rows = fetch_rows(_RIGHTS, [WALLED_ROLE, WALLED_ROLE, walled_tables])
    assert {table for (table,) in rows} == set(UNWALLED)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT password FROM access_user",
        "SELECT email FROM access_user",
        "UPDATE access_user SET name = 'x'",
        "SELECT session_key FROM access_session",
        "INSERT INTO access_session VALUES ('k', 'd', now(), NULL)",
        "INSERT INTO access_remembered VALUES ('k', 'v', now())",
        "SELECT data FROM mfa_authenticator",
        "DELETE FROM mfa_authenticator",
        "SELECT email FROM account_emailaddress",
        "SELECT args FROM procrastinate_jobs",
        "UPDATE procrastinate_jobs SET status = 'cancelled'",
        "DELETE FROM procrastinate_jobs",
        "SELECT procrastinate_fetch_job_v2(NULL, NULL)",
        "SELECT job_id FROM procrastinate_events",
        "DELETE FROM procrastinate_workers",
        "DELETE FROM django_migrations",
    ],
)
def test_secrets_and_the_work_of_others_are_closed(world: World, sql: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), walled(world.company_id):
        execute(sql)


def _person(world: World, name: str) -> User:
    email = f"{name.lower()}@{world.company.slug}.example"
    grant(ctx=world.ctx(), items=[Grant(email=email, name=name, role="accountant")])
    return User.objects.get(email=email)


def test_people_are_shown_to_the_companies_they_work_or_worked_for(
    world: World, other: World
) -> None:
    """Who decided stays named after he left; nobody else's colleagues are."""
    kim, lea, _stranger = _person(world, "Kim"), _person(world, "Lea"), _person(other, "Tom")
    request = ApprovalRequest.objects.create(
        id=world.ids.new(),
        company_id=world.company_id,
        command="receivables.write_off",
        item={},
        asked_hash="0" * 64,
        item_key="RE-1",
        amount_minor=100,
        currency="EUR",
        why="above the limit",
        maker=kim,
        maker_name="Kim",
        state="rejected",
        created_at=world.ctx().now,
        decided_by=lea,
        decided_at=world.ctx().now,
    )
    Membership.objects.of(world.company_id).filter(user=lea).update(revoked_at=world.ctx().now)
    with walled(world.company_id):
        assert fetch_rows("SELECT name FROM access_user ORDER BY name") == [("Kim",), ("Lea",)]
        (view,) = decided(company_id=world.company_id, limit=5)
    assert (view.id, view.decided_by_name) == (request.id, "Lea")
    with walled(other.company_id):
        assert fetch_rows("SELECT name FROM access_user") == [("Tom",)]


def test_jobs_are_queued_and_counted_for_the_company_alone(world: World, other: World) -> None:
    own, theirs = ({"company_id": str(w.company_id), "ids": []} for w in (world, other))
    enqueue(JOB, [theirs, theirs])
    execute("UPDATE procrastinate_jobs SET status = 'failed'")
    with walled(world.company_id):
        enqueue(JOB, [own, own])
        assert fetch_rows("SELECT status FROM procrastinate_jobs") == [("todo",), ("todo",)]
        assert parked_jobs() == 0
    assert parked_jobs() == 2
    assert len(fetch_rows("SELECT 1 FROM procrastinate_jobs WHERE status = 'todo'")) == 2
    with pytest.raises(ConnectorException) as refused, walled(world.company_id):
        enqueue(JOB, [own, theirs])
    assert "row-level security" in str(refused.value.__cause__)
