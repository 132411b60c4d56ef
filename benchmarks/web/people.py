"""The company that is looked at, a signed-in owner, a program's key, and the addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from benchmarks.child import answer, start

Page = tuple[str, str, str, float]  # name, path, header line, weight
# How often out of a hundred somebody looks at it.
WEIGHTS = {
    "invoices": 22,
    "customer account": 22,
    "billing": 14,
    "apply": 14,
    "customers": 8,
    "ageing": 5,
    "ledger": 5,
    "home": 5,
    "API invoices": 5,
}


def main() -> None:
    values = start()
    from benchmarks.company import new_company
    from benchmarks.ledger.books import Books
    from benchmarks.web import day

    # The server asks the clock: the company's day is today's, where the company is.
    ctx = new_company(day=datetime.now(ZoneInfo("Europe/Berlin")).date())
    Books(ctx, buyers=values["customers"]).load(values["items"])
    day.begin(ctx, items=values["items"])
    answer(pages=_pages(ctx.company_id))


def _pages(company_id: UUID) -> list[Page]:
    """Customers differ, so that not one row alone stays warm."""
    from acquit.core.ids import to_public
    from acquit.database.copy import execute, fetch_rows

    cookie = f"Cookie: sessionid={_owner(company_id)}"
    found = fetch_rows(
        "SELECT id FROM masterdata_customer WHERE company_id = %s ORDER BY number LIMIT 40",
        [company_id],
    )
    execute("VACUUM ANALYZE")
    key = f"Authorization: Bearer {_program(company_id)}"
    accounts = [f"/customers/{to_public('customer', row[0])}" for row in found]
    paths = {
        "customer account": (accounts, cookie),
        "home": (["/"], cookie),
        "API invoices": (["/api/v1/invoices?limit=50"], key),
    }
    return [
        (name, path, header, weight / len(some))
        for name, weight in WEIGHTS.items()
        for some, header in [paths.get(name, ([f"/{name}"], cookie))]
        for path in some
    ]


def _program(company_id: UUID) -> str:
    """The secret of a program that may read everything."""
    from acquit.access.commands.keys import NewKey, create_key
    from acquit.access.roles import ROLES
    from benchmarks.company import context

    secret = "bench" * 8
    scopes = tuple(sorted(right for right in ROLES["owner"] if right.startswith("read.")))
    key = NewKey(name="reader", secret=secret, scopes=scopes)
    create_key(ctx=context(company_id, seed="program"), items=[key])
    return secret


def _owner(company_id: UUID) -> str:
    """The session of an owner."""
    from django.test import Client

    from acquit.access.models import Company, Membership, User
    from benchmarks.company import context

    ctx = context(company_id, seed="people")
    company = Company.objects.get(id=company_id)
    user = User.objects.create_user(
        id=ctx.ids.new(), email="owner@bench.example", name="Olga Owner", password="x" * 20
    )
    Membership.objects.create(
        id=ctx.ids.new(), company=company, user=user, role="owner", granted_at=datetime.now(UTC)
    )
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return str(client.cookies["sessionid"].value)


if __name__ == "__main__":
    main()
