"""Names are folded anew: customers that were stored before the folding changed would not be found
by their name until somebody saves them. Whoever changes ``core.text.name_key`` adds one like this."""

from typing import Any

from django.db import migrations

from acquit.stages.masterdata.commands.fold_names import fold_names


def fold(_apps: Any, schema: Any) -> None:
    fold_names(schema.connection)


class Migration(migrations.Migration):
    dependencies = [("masterdata", "0004_parts")]
    operations = [migrations.RunPython(fold, migrations.RunPython.noop)]
