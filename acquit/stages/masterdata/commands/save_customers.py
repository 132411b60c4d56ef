"""Save customers by number: new ones are added, changed ones updated, equal ones left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.access.models import Company
from acquit.core import packs
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import Outcome
from acquit.history import unit
from acquit.stages.masterdata.commands.fold_names import key_of
from acquit.stages.masterdata.commands.upsert import Save, Shape, Values, load
from acquit.stages.masterdata.facts import CustomersSaved
from acquit.stages.masterdata.models import Customer, PaymentTerm
from acquit.stages.masterdata.rules.customers import customer_faults
from acquit.stages.masterdata.rules.territory import locale_of

_TEXTS = (
    "name",
    "country",
    "street",
    "city",
    "postcode",
    "region",
    "vat_id",
    "registration_id",
    "email",
    "contact_name",
    "phone",
    "locale",
    "currency",
    "terms",
    "channel",
    "endpoint_scheme",
    "endpoint_id",
    "buyer_reference",
    "contract",
    "buyer_accounting",
    "segment",
    "iban",
)
SHAPE = Shape(
    Customer,
    "number",
    {
        **dict.fromkeys((*_TEXTS, "name_key"), "text"),
        "is_placeholder": "boolean",
        "parent_id": "uuid",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerData:
    """A customer as typed or imported. None leaves a field as it is, or gives a new customer the
    default (company's currency and terms, language of the country, e-mail). ``parent`` is the
    number of another customer; "" takes it away. ``contract`` (BT-12) and ``buyer_accounting``
    (BT-19, his cost centre) count for orders that name none."""

    number: str
    name: str | None = None
    country: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    region: str | None = None
    vat_id: str | None = None
    registration_id: str | None = None
    email: str | None = None
    contact_name: str | None = None
    phone: str | None = None
    locale: str | None = None
    currency: str | None = None
    terms: str | None = None
    channel: str | None = None
    endpoint_scheme: str | None = None
    endpoint_id: str | None = None
    buyer_reference: str | None = None
    contract: str | None = None
    buyer_accounting: str | None = None
    segment: str | None = None
    iban: str | None = None
    parent: str | None = None

    @property
    def key(self) -> str:
        return self.number


_FIELDS = tuple(f.name for f in fields(CustomerData) if f.name != "number")


@command("masterdata.save_customers")
def save_customers(
    *, ctx: Context, items: Sequence[CustomerData], import_run_id: UUID | None = None
) -> Outcome:
    """Upsert customers; a batch may name a parent that stands earlier in it."""
    parents = [item.parent for item in items if item.parent]
    stored = load(ctx, SHAPE, [*(item.number for item in items), *parents])
    defaults = _defaults(ctx)
    terms = frozenset(PaymentTerm.objects.of(ctx.company_id).values_list("code", flat=True))
    save = Save.of(ctx, SHAPE, stored, items_max=len(items))
    for item in items:
        values, faults = _judge(save, item, defaults, terms)
        if faults:
            save.refuse(item.number, faults)
        else:
            save.decide(item.number, values)
    save.write(
        {"import_run_id": import_run_id, "created_at": ctx.now, "updated_at": ctx.now},
        {"updated_at": "timestamptz"},
    )
    _record(ctx, save, import_run_id)
    return Outcome(
        items=tuple(save.results),
        figures={"created": len(save.created), "updated": len(save.changed)},
    )


def ensure_customers(
    *, ctx: Context, names: dict[str, tuple[str, str]], import_run_id: UUID | None
) -> tuple[dict[str, UUID], int]:
    """Ids of customers by number, making placeholders of those not there: what an order needs.

    ``names`` gives number -> (name, country). Called inside a command; not one by itself, since
    it never changes a customer that exists. Returns the ids and how many were made.
    """
    stored = load(ctx, SHAPE, list(names))
    defaults = _defaults(ctx)
    save = Save.of(ctx, SHAPE, stored, items_max=len(names))
    for number, (name, country) in names.items():
        if number not in stored:
            values = {**defaults, "name": name, "country": country, "locale": locale_of(country)}
            values |= {"name_key": key_of(name), "is_placeholder": True}
            save.decide(number, values)
    save.write({"import_run_id": import_run_id, "created_at": ctx.now, "updated_at": ctx.now}, {})
    _record(ctx, save, import_run_id)
    ids = {number: row.id for number, row in stored.items()}
    ids |= {number: id for number, (id, _) in save.created.items()}
    return ids, len(save.created)


def _defaults(ctx: Context) -> Values:
    company = Company.objects.get(id=ctx.company_id)
    values: Values = dict.fromkeys(_TEXTS, "")
    return values | {
        "currency": company.currency,
        "terms": packs.get(company.country).default_term,
        "channel": "email",
        "is_placeholder": False,
        "parent_id": None,
    }


def _judge(
    save: Save, item: CustomerData, defaults: Values, terms: frozenset[str]
) -> tuple[Values, tuple[Fault, ...]]:
    known = save.known(item.number)
    base = known[1] if known else {**defaults, "locale": locale_of(item.country or "")}
    given = {name: value for name in _FIELDS if (value := getattr(item, name)) is not None}
    parent = given.pop("parent", None)
    values = {**base, **_tidy(given), "is_placeholder": False}
    values["name_key"] = key_of(values["name"])
    texts = {name: values[name] for name in _TEXTS}
    texts |= {"number": item.number, "parent": parent or ""}
    faults = customer_faults(texts, terms=terms, limits=save.shape.limits)
    if parent is not None:
        owner = save.known(parent) if parent else None
        values["parent_id"] = owner[0] if owner else None
        if parent and owner is None:
            message = f"the parent {parent!r} is not a customer"
            fix = "save the parent first, or earlier in the same batch"
            faults = (*faults, Fault("customer.parent_unknown", message, "parent", fix=fix))
    return values, faults


def _tidy(given: dict[str, Any]) -> dict[str, Any]:
    """Identifiers as they are compared: no spaces, capitals."""
    compact = ("vat_id", "iban", "country", "currency")
    return {
        name: value.replace(" ", "").upper() if name in compact else value.strip()
        for name, value in given.items()
    }


def _record(ctx: Context, save: Save, import_run_id: UUID | None) -> None:
    touched = {**save.created, **save.changed}
    if not touched:
        return
    first = next(iter(touched.values()))[0]
    fact = CustomersSaved(
        subject_id=import_run_id or first,
        effective_on=ctx.today,
        created=len(save.created),
        updated=len(save.changed),
        numbers=tuple(touched),
    )
    unit.record(ctx, [fact])
