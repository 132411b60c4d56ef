"""Names are folded anew: customers that were stored before the folding changed would not be found
by their name until somebody saves them. Whoever changes ``core.text.name_key`` adds one like this."""

from django.db import migrations

from acquit.stages.masterdata.folding import fold_names


class Migration(migrations.Migration):
    dependencies = [("masterdata", "0004_parts")]
    operations = [
        migrations.RunPython(lambda _apps, schema: fold_names(schema.connection), lambda *_: None)
    ]
