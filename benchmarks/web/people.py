"""A signed-in owner of the measured company, and the addresses he looks at."""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.child import answer, start


def main() -> None:
    start()
    from django.test import Client

    from acquit.access.models import Company, Membership, User
    from acquit.core.ids import to_public
    from acquit.database.copy import fetch_rows
    from benchmarks.company import context

    company = Company.objects.get()
    ctx = context(company.id, seed="people")
    user = User.objects.create_user(
        id=ctx.ids.new(), email="owner@bench.example", name="Olga Owner", password="x" * 20
    )
    Membership.objects.create(
        id=ctx.ids.new(),
        company=company,
        user=user,
        role="owner",
        granted_at=datetime.now(UTC),
    )
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    customers = fetch_rows(
        "SELECT id FROM masterdata_customer WHERE company_id = %s ORDER BY number LIMIT 40",
        [company.id],
    )
    accounts = [f"/customers/{to_public('customer', row[0])}" for row in customers]
    for path in ("/invoices", accounts[0]):
        status = client.get(path, headers={"host": "127.0.0.1"}).status_code
        assert status == 200, (path, status)
    answer(cookie=client.cookies["sessionid"].value, lists=["/invoices"], accounts=accounts)


if __name__ == "__main__":
    main()
