"""Composite keys and references, and row-level security, around this app's tables."""

from django.db import migrations

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
    ]
    operations = [
        Walls(
            "access",
            [
                "Membership",
                "Limit",
                "ApprovalRequest",
                "IdempotencyKey",
                "ApiKey",
                "SignedLink",
                "RefusedAccess",
            ],
        ),
        migrations.RunSQL(
            'ALTER TABLE "access_company" ENABLE ROW LEVEL SECURITY;'
            'CREATE POLICY "access_company_wall" ON "access_company" USING'
            " (id = nullif(current_setting('acquit.company_id', true), '')::uuid)",
            migrations.RunSQL.noop,
        ),
    ]
