"""Taking back what an import made, unless something depends on it.

Which tables refer to which is read from the models themselves, so a stage built later is asked
without anyone having to remember it here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import models

from acquit.core.faults import Fault, Refused
from acquit.database.copy import execute, fetch_rows


class CannotUndo(Refused):
    """Something depends on what the import made; the faults name it. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Made:
    """Rows of one table that a run made. ``where`` is a condition on the alias ``t`` with the
    parameters ``%(company)s`` and ``%(run)s``; ``label`` names them to people."""

    model: type[models.Model]
    where: str
    label: str

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def ids(self) -> str:
        """A query for the ids."""
        return (
            f'SELECT t.id FROM "{self.table}" t WHERE t.company_id = %(company)s AND ({self.where})'
        )


BY_RUN = "t.import_run_id = %(run)s"


def dependents(*, company_id: UUID, run_id: UUID, made: Sequence[Made]) -> list[Fault]:
    """What refers to rows of the run without being made by it, one fault per table.

    One query per reference between tables, however many rows there are.
    """
    owned = {piece.model: piece for piece in made}
    faults = []
    for piece in made:
        for relation in piece.model._meta.get_fields(include_hidden=True):
            if not isinstance(relation, models.ManyToOneRel):
                continue
            other, column = relation.related_model, relation.field.column
            mine = owned.get(other)
            outside = f"AND ({mine.where}) IS NOT TRUE" if mine else ""
            ((count,),) = fetch_rows(
                f'SELECT count(*) FROM "{other._meta.db_table}" t'
                f" WHERE t.company_id = %(company)s AND t.{column} IN ({piece.ids()}) {outside}",
                {"company": company_id, "run": run_id},
            )
            if count:
                label = other._meta.verbose_name_plural
                message = f"{count} {label} depend on {piece.label} of this import"
                fix = f"undo or remove the {label} first"
                faults.append(Fault("import.depended_on", message, other._meta.label, fix=fix))
    return faults


def take_back(*, company_id: UUID, run_id: UUID, made: Sequence[Made]) -> dict[str, int]:
    """Delete the rows of a run, in the order given, when nothing else refers to them; how many of
    each. CannotUndo names what does."""
    faults = dependents(company_id=company_id, run_id=run_id, made=made)
    if faults:
        raise CannotUndo(faults)
    return {
        piece.label: execute(
            f'DELETE FROM "{piece.table}" WHERE company_id = %(company)s AND id IN ({piece.ids()})',
            {"company": company_id, "run": run_id},
        )
        for piece in made
    }
