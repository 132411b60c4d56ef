"""Companies are walls: the migration operation that makes keys and references composite.

Django's fields are single-column; the database's are not. For every walled model of an app the
operation makes the primary key (company_id, id), every reference to another walled model
(company_id, x_id) -> (company_id, id), and a row-level-security policy for the walled role.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation

from acquit.database.models import GuardedLink, SetLink

WALLED_ROLE = "acquit_walled"


class Walls(Operation):
    """Put at the end of a migration that creates walled models: ``Walls("invoices", ["Line"])``."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, app_label: str, model_names: list[str]) -> None:
        self.app_label = app_label
        self.model_names = model_names

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The model state is unchanged: Django goes on seeing single-column keys."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        apps = to_state.apps
        chosen = [apps.get_model(self.app_label, name) for name in self.model_names]
        for model in chosen:
            for statement in key_statements(model):
                schema_editor.execute(statement)
        for model in chosen:
            for statement in reference_statements(model):
                schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Nothing to undo: the tables themselves are dropped by the reversed migration."""

    def describe(self) -> str:
        return f"Company walls around {', '.join(self.model_names)}"


def is_walled(model: type[models.Model]) -> bool:
    return any(field.name == "company" for field in model._meta.get_fields())


def key_statements(model: type[models.Model]) -> list[str]:
    """SQL: composite primary key, reference to the company, row-level security."""
    table = model._meta.db_table
    statements = [
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey" CASCADE',
        f'ALTER TABLE "{table}" ADD PRIMARY KEY (company_id, id)',
    ]
    company = model._meta.get_field("company")
    if isinstance(company, GuardedLink):
        statements += _guards(model, company)
    elif not _hangs_on_walled(model):
        statements.append(
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_company_fk"'
            ' FOREIGN KEY (company_id) REFERENCES "access_company" (id)'
        )
    return [
        *statements,
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'CREATE POLICY "{table}_wall" ON "{table}"'
        " USING (company_id = nullif(current_setting('acquit.company_id', true), '')::uuid)",
    ]


def _hangs_on_walled(model: type[models.Model]) -> bool:
    """A row with a mandatory composite reference has its company proven by that reference;
    a second check per row would only cost time."""
    return any(
        isinstance(field, models.ForeignKey)
        and field.name != "company"
        and not field.null
        and is_walled(field.remote_field.model)
        for field in model._meta.get_fields()
    )


def reference_statements(model: type[models.Model]) -> list[str]:
    """SQL: one composite foreign key per reference to a walled model."""
    table = model._meta.db_table
    statements = []
    for field in model._meta.get_fields():
        if not isinstance(field, models.ForeignKey) or field.name == "company":
            continue
        if isinstance(field, GuardedLink):
            statements += _guards(model, field)
            continue
        if isinstance(field, SetLink):
            continue  # checked by the table's statement trigger
        target = field.remote_field.model
        if is_walled(target):
            statements.append(
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{field.column}_wall_fk"'
                f' FOREIGN KEY (company_id, "{field.column}")'
                f' REFERENCES "{target._meta.db_table}" (company_id, id)'
            )
        else:
            statements.append(
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{field.column}_fk"'
                f' FOREIGN KEY ("{field.column}") REFERENCES "{target._meta.db_table}" (id)'
            )
    return statements


def guard_names(model: type[models.Model], column: str) -> tuple[str, ...]:
    """The triggers of a guarded reference: on its own table for new rows and for changed ones,
    and on the table it names."""
    start = f"{model._meta.db_table}_{column}"
    return f"{start}_named", f"{start}_renamed", f"{start}_kept"


# Owned by the tables' owner and run as such, as the checks of foreign keys are: the walled role
# may not lock rows. Counted by array and planned anew each time: a join would be planned by
# statistics that know nothing of a young company. Companies are few: any plan finds them.
_NAMED = """
CREATE FUNCTION "{name}"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE used record; found bigint;
BEGIN
    FOR used IN
        SELECT company_id, array_agg(named) AS ids FROM (
            SELECT DISTINCT company_id, "{column}" AS named
            FROM new_rows WHERE "{column}" IS NOT NULL
        ) AS rows GROUP BY company_id
    LOOP
        {count};
        IF found <> cardinality(used.ids) THEN
            RAISE EXCEPTION '{table}.{column} names a row that {target} does not have'
                USING ERRCODE = 'foreign_key_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$"""
_COUNT_COMPANIES = """SELECT count(*) INTO found FROM
            (SELECT 1 FROM "access_company" WHERE id = ANY(used.ids) FOR KEY SHARE) AS held"""
_COUNT = """EXECUTE 'SELECT count(*) FROM (SELECT 1 FROM "{target}"'
            ' WHERE company_id = $1 AND id = ANY($2) FOR KEY SHARE) AS held'
            INTO found USING used.company_id, used.ids"""
# A row that is to name another: few, so each is looked up by itself.
_RENAMED = """
CREATE FUNCTION "{name}"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM "{target}" WHERE {key} FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION '{table}.{column} names a row that {target} does not have'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$"""
_KEPT = """
CREATE FUNCTION "{name}"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' OR EXISTS (SELECT 1 FROM "{table}" WHERE {key}) THEN
        RAISE EXCEPTION 'a row of {target} is named by {table}.{column}'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$"""


def _guards(model: type[models.Model], field: models.ForeignKey[Any, Any]) -> list[str]:
    """SQL: the triggers that have the effect of a composite foreign key."""
    table, column = model._meta.db_table, field.column
    target = field.remote_field.model._meta.db_table
    named, renamed, kept = guard_names(model, column)
    if field.name == "company":
        count, here, columns = _COUNT_COMPANIES, "company_id = OLD.id", "id"
        there = "id = NEW.company_id"
    else:
        count = _COUNT.format(target=target)
        here = f'company_id = OLD.company_id AND "{column}" = OLD.id'
        there = f'company_id = NEW.company_id AND id = NEW."{column}"'
        columns = "company_id, id"
    words = {"table": table, "column": column, "target": target}
    return [
        _NAMED.format(name=named, count=count, **words),
        f'CREATE TRIGGER "{named}" AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS new_rows'
        f' FOR EACH STATEMENT EXECUTE FUNCTION "{named}"()',
        _RENAMED.format(name=renamed, key=there, **words),
        f'CREATE TRIGGER "{renamed}" AFTER UPDATE OF "{column}" ON "{table}" FOR EACH ROW'
        f' WHEN (NEW."{column}" IS NOT NULL AND NEW."{column}" IS DISTINCT FROM OLD."{column}")'
        f' EXECUTE FUNCTION "{renamed}"()',
        _KEPT.format(name=kept, key=here, **words),
        f'CREATE TRIGGER "{kept}" BEFORE DELETE OR UPDATE OF {columns} ON "{target}"'
        f' FOR EACH ROW EXECUTE FUNCTION "{kept}"()',
        f'CREATE TRIGGER "{kept}_all" BEFORE TRUNCATE ON "{target}"'
        f' FOR EACH STATEMENT EXECUTE FUNCTION "{kept}"()',
    ]
