"""Customers and items."""

from __future__ import annotations

from dataclasses import asdict

from acquit.database.bulk import lock
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, etag, not_found, public_id
from acquit.entrypoints.api.schemas import (
    Batch,
    CursorText,
    Limit,
    Line,
    OutcomeOut,
    Page,
    Strict,
    Word,
    public,
)
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.commands.save_customers import (
    SHAPE,
    CustomerData,
    save_customers,
)
from acquit.stages.masterdata.commands.save_items import ItemData, save_items
from acquit.stages.masterdata.queries import CustomerView, ItemView

routes = Routes("master data")


class CustomerChange(Strict):
    """What to change; what is left out or null stays. ``parent`` is another customer's number.
    ``contract`` (BT-12) and ``buyer_accounting`` (BT-19) count for orders that name none."""

    name: Line | None = None
    country: Line | None = None
    street: Line | None = None
    city: Line | None = None
    postcode: Line | None = None
    region: Line | None = None
    vat_id: Line | None = None
    registration_id: Line | None = None
    email: Line | None = None
    contact_name: Line | None = None
    phone: Line | None = None
    locale: Line | None = None
    currency: Line | None = None
    terms: Line | None = None
    channel: Line | None = None
    endpoint_scheme: Line | None = None
    endpoint_id: Line | None = None
    buyer_reference: Line | None = None
    contract: Line | None = None
    buyer_accounting: Line | None = None
    segment: Line | None = None
    iban: Line | None = None
    parent: Line | None = None


class CustomerIn(CustomerChange):
    """A customer by number: new, or changed when there is one of that number."""

    number: Word


class CustomerOut(Strict):
    """The buyer (EN 16931 BG-7). A placeholder was made by an import and not edited yet."""

    id: str
    number: str
    name: str
    country: str
    street: str
    city: str
    postcode: str
    region: str
    vat_id: str
    registration_id: str
    email: str
    contact_name: str
    phone: str
    locale: str
    currency: str
    terms: str
    channel: str
    endpoint_scheme: str
    endpoint_id: str
    buyer_reference: str
    contract: str
    buyer_accounting: str
    segment: str
    iban: str
    is_placeholder: bool
    parent_id: str | None

    @classmethod
    def of(cls, view: CustomerView) -> CustomerOut:
        values = asdict(view)
        values["id"] = public("customer", view.id)
        values["parent_id"] = public("customer", view.parent_id)
        return cls(**values)


class ItemIn(Strict):
    """An item by code. ``unit`` is a code of UN/ECE Rec 20; an empty ``tax_code`` leaves the
    choice to the tax policy; null leaves a field as it is."""

    code: Word
    name: Line | None = None
    unit: Line | None = None
    tax_code: Line | None = None


class ItemOut(Strict):
    id: str
    code: str
    name: str
    unit: str
    tax_code: str

    @classmethod
    def of(cls, view: ItemView) -> ItemOut:
        return cls(**{**asdict(view), "id": public("item", view.id)})


@routes.get("/customers", "read.masterdata", Page[CustomerOut])
def list_customers(
    frame: Frame,
    search: Line = "",
    placeholders_only: bool = False,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[CustomerOut]:
    """Customers by number.

    ``search`` finds parts of number, name, VAT identifier and e-mail address.
    """
    (after,) = cursors.decode(cursor, str) or ("",)
    page = masterdata.customers(
        company_id=frame.company_id,
        search=search,
        placeholders_only=placeholders_only,
        limit=limit,
        after=after,
    )
    more = cursors.encode(page.after) if page.after else None
    return Page(items=[CustomerOut.of(row) for row in page.rows], next=more)


@routes.get("/customers/{customer_id}", "read.masterdata", CustomerOut)
def get_customer(frame: Frame, customer_id: str) -> Reply:
    """One customer, with the ETag that an update needs."""
    view = _customer(frame, customer_id)
    return Reply(CustomerOut.of(view), headers={"ETag": etag(view)})


@routes.patch("/customers/{customer_id}", "masterdata.save_customers", if_match=True)
def update_customer(frame: Frame, customer_id: str, body: CustomerChange) -> Reply:
    """Change one customer that nobody else has changed meanwhile."""
    lock(frame.company_id, SHAPE.table)
    view = _customer(frame, customer_id)
    frame.require_match(etag(view))
    item = CustomerData(number=view.number, **body.model_dump())
    reply = done(save_customers(ctx=frame.ctx, items=[item]), kind="customer")
    tag = etag(_customer(frame, customer_id))
    return Reply(reply.body, reply.status, {"ETag": tag})


@routes.put("/customers", "masterdata.save_customers")
def save_customer_batch(frame: Frame, body: Batch[CustomerIn]) -> OutcomeOut:
    """Save customers by number: new ones are added, changed ones updated, equal ones left alone.

    A batch may name a parent that stands earlier in it.
    """
    items = [CustomerData(**item.model_dump()) for item in body.items]
    return OutcomeOut.of(save_customers(ctx=frame.ctx, items=items), kind="customer")


@routes.get("/items", "read.masterdata", Page[ItemOut])
def list_items(
    frame: Frame, search: Line = "", limit: Limit = 50, cursor: CursorText = ""
) -> Page[ItemOut]:
    """Items by code. ``search`` finds parts of code and name."""
    (after,) = cursors.decode(cursor, str) or ("",)
    rows = masterdata.items(
        company_id=frame.company_id, search=search, limit=limit + 1, after=after
    )
    more = cursors.encode(rows[limit - 1].code) if len(rows) > limit else None
    return Page(items=[ItemOut.of(row) for row in rows[:limit]], next=more)


@routes.put("/items", "masterdata.save_items")
def save_item_batch(frame: Frame, body: Batch[ItemIn]) -> OutcomeOut:
    """Save items by code: new ones are added, changed ones updated, equal ones left alone."""
    items = [ItemData(**item.model_dump()) for item in body.items]
    return OutcomeOut.of(save_items(ctx=frame.ctx, items=items), kind="item")


def _customer(frame: Frame, text: str) -> CustomerView:
    view = masterdata.customer(company_id=frame.company_id, customer_id=public_id("customer", text))
    if view is None:
        raise not_found("customer")
    return view
