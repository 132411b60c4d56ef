"""Money that came in stands in two indexes less: the history is that of customers, and what waits is
counted by the index of turns."""

from django.db import migrations, models

_TURN = (
    "((effective_on - DATE '2000-01-01')::bigint * 1000000 / 7"
    " - (ln(greatest(open_functional_minor, 1)::double precision)"
    " / ln(2::double precision) * 1000000)::bigint)"
)


class Migration(migrations.Migration):
    dependencies = [("receivables", "0006_turns")]

    operations = [
        migrations.RemoveIndex(model_name="openitem", name="receivables_item_history"),
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                condition=models.Q(("customer__isnull", False)),
                fields=["company", "customer", "effective_on", "id"],
                name="receivables_item_history",
            ),
        ),
        migrations.RemoveIndex(model_name="openitem", name="receivables_item_unapplied"),
        migrations.RemoveIndex(model_name="openitem", name="receivables_item_turn"),
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                models.F("company"),
                models.Func(
                    models.F("effective_on"),
                    models.F("open_functional_minor"),
                    template=_TURN,
                    output_field=models.BigIntegerField(),
                ),
                models.F("id"),
                condition=models.Q(("kind", "receipt"), ("open_minor__gt", 0)),
                include=(
                    "receipt",
                    "customer",
                    "currency",
                    "open_minor",
                    "open_functional_minor",
                    "effective_on",
                ),
                name="receivables_item_turn",
            ),
        ),
    ]
