"""What is to be billed is a list of its own, kept by the database: striking a line out costs a third
of changing it."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import acquit.database.models
from acquit.database.walls import Walls

_LIST = """
INSERT INTO orders_unbilled (id, company_id, customer_id, billing)
SELECT id, company_id, customer_id, billing FROM orders_delivery_line
WHERE billing IN ('open', 'drafted')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_sessions"),
        ("masterdata", "0004_parts"),
        ("orders", "0002_walls"),
    ]

    operations = [
        # The index had the name that the table takes.
        migrations.RemoveIndex(model_name="deliveryline", name="orders_unbilled"),
        migrations.CreateModel(
            name="Unbilled",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("customer_id", models.UUIDField()),
                ("billing", models.CharField(max_length=10)),
                (
                    "company",
                    acquit.database.models.GuardedLink(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.company",
                    ),
                ),
            ],
            options={
                "db_table": "orders_unbilled",
                "indexes": [
                    models.Index(
                        condition=models.Q(("billing", "open")),
                        fields=["company", "customer_id", "id"],
                        name="orders_to_bill",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("billing__in", ("open", "drafted"))),
                        name="orders_unbilled_billing",
                    )
                ],
            },
        ),
        migrations.RunSQL(_LIST, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="deliveryline", name="orders_delivery_line_billing"),
        migrations.RemoveField(model_name="deliveryline", name="billing"),
        pgtrigger.migrations.AddTrigger(
            model_name="deliveryline",
            trigger=pgtrigger.compiler.Trigger(
                name="orders_delivery_line_listed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO orders_unbilled (id, company_id, customer_id, billing)\n    SELECT id, company_id, customer_id, 'open' FROM new_rows;\n    RETURN NULL;\n",
                    hash="73f1208571754006769017ddc690a11c4f5c33eb",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_orders_delivery_line_listed_ea1f2",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="orders_delivery_line",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deliveryline",
            trigger=pgtrigger.compiler.Trigger(
                name="orders_delivery_line_unlisted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE found bigint;",
                    func="\n    DELETE FROM orders_unbilled AS listed USING old_rows\n    WHERE listed.company_id = old_rows.company_id AND listed.id = old_rows.id\n        AND listed.billing = 'open';\n    GET DIAGNOSTICS found = ROW_COUNT;\n    IF found <> (SELECT count(*) FROM old_rows) THEN\n        RAISE EXCEPTION 'a delivered line stands on a draft or a document'\n            USING ERRCODE = 'restrict_violation';\n    END IF;\n    RETURN NULL;\n",
                    hash="0a9f5ef96bb4c595a74b433f22aa57ed81c18354",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_orders_delivery_line_unlisted_890ed",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="orders_delivery_line",
                    when="AFTER",
                ),
            ),
        ),
        Walls("orders", ["Unbilled"]),
    ]
