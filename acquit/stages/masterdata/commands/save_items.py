"""Save items by code: new ones are added, changed ones updated, equal ones left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.outcome import Outcome
from acquit.history import unit
from acquit.stages.masterdata.commands.upsert import Save, Shape, Values, load
from acquit.stages.masterdata.facts import ItemsSaved
from acquit.stages.masterdata.models import Item, TaxCode
from acquit.stages.masterdata.rules.customers import item_faults

_TEXTS = ("name", "unit", "tax_code")
SHAPE = Shape(Item, "code", dict.fromkeys(_TEXTS, "text"))
_DEFAULTS: Values = {"name": "", "unit": "C62", "tax_code": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemData:
    """An item as typed or imported; None leaves a field as it is or gives the default. ``unit``
    is a code of UN/ECE Rec 20; an empty ``tax_code`` leaves the choice to the tax policy."""

    code: str
    name: str | None = None
    unit: str | None = None
    tax_code: str | None = None

    @property
    def key(self) -> str:
        return self.code


@command("masterdata.save_items")
def save_items(
    *, ctx: Context, items: Sequence[ItemData], import_run_id: UUID | None = None
) -> Outcome:
    """Upsert items."""
    stored = load(ctx, SHAPE, [item.code for item in items])
    save = Save.of(ctx, SHAPE, stored, items_max=len(items))
    codes = frozenset(TaxCode.objects.of(ctx.company_id).values_list("code", flat=True))
    for item in items:
        known = save.known(item.code)
        given = {name: getattr(item, name) for name in _TEXTS}
        tidy = {name: text.strip() for name, text in given.items() if text is not None}
        values = {**(known[1] if known else _DEFAULTS), **tidy}
        faults = item_faults(
            {"code": item.code, **values}, tax_codes=codes, limits=save.shape.limits
        )
        if faults:
            save.refuse(item.code, faults)
        else:
            save.decide(item.code, values)
    _finish(ctx, save, import_run_id)
    return Outcome(
        items=tuple(save.results),
        figures={"created": len(save.created), "updated": len(save.changed)},
    )


def ensure_items(
    *, ctx: Context, names: Mapping[str, str], import_run_id: UUID | None
) -> tuple[dict[str, str], int]:
    """Own tax code of each item by code, making the items that are not there (code -> name).

    Called inside a command; it never changes an item that exists. Returns the tax codes and how
    many were made.
    """
    stored = load(ctx, SHAPE, list(names))
    save = Save.of(ctx, SHAPE, stored, items_max=len(names))
    for code, name in names.items():
        if code not in stored:
            save.decide(code, {**_DEFAULTS, "name": name or code})
    _finish(ctx, save, import_run_id)
    own = {code: str(row.values["tax_code"]) for code, row in stored.items()}
    return {code: own.get(code, "") for code in names}, len(save.created)


def _finish(ctx: Context, save: Save, import_run_id: UUID | None) -> None:
    save.write({"import_run_id": import_run_id, "created_at": ctx.now}, {})
    touched = {**save.created, **save.changed}
    if touched:
        fact = ItemsSaved(
            subject_id=import_run_id or next(iter(touched.values()))[0],
            effective_on=ctx.today,
            created=len(save.created),
            updated=len(save.changed),
        )
        unit.record(ctx, [fact])
