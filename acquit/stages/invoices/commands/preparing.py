"""Reading and planning a chunk of billing; apart from writing it, so that it can run ahead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from acquit.core.context import Context
from acquit.core.ids import IdSource
from acquit.database.bulk import many_objects
from acquit.policy.demands import Demands
from acquit.stages.invoices.commands.recording import Drawn, draw
from acquit.stages.invoices.queries import work
from acquit.stages.invoices.queries.work import Setup
from acquit.stages.invoices.rules.judging import Judging
from acquit.stages.invoices.rules.parties import Customer
from acquit.stages.invoices.rules.plan import OpenLine, OriginalLine
from acquit.stages.invoices.rules.planning import ISSUE, Frame, Planned, plan_batch
from acquit.stages.masterdata.rules.tax import TaxQuestion


@dataclass(frozen=True, slots=True)
class Returned:
    """What is known of the lines that came back: those billed, those that were not yet."""

    originals: dict[UUID, OriginalLine]
    unbilled: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A chunk as it was read, and the plans made of it."""

    as_of: date
    setup: Setup
    lines: Sequence[OpenLine]
    customers: dict[UUID, Customer]
    rates: dict[str, Decimal]
    returned: Returned
    straight_through: bool
    planned: Planned
    drawn: dict[UUID, Drawn]


def prepare(
    *,
    company_id: UUID,
    customer_ids: Sequence[UUID],
    as_of: date,
    straight_through: bool,
    ids: IdSource,
) -> Prepared:
    """Read what some customers have to be billed, plan it, and draw what will be issued as far
    as it does not depend on numbers; changes nothing."""
    with many_objects():
        setup = work.setup(company_id=company_id, on=as_of)
        lines = work.open_lines(company_id=company_id, as_of=as_of, customer_ids=customer_ids)
        customers = work.customers(company_id=company_id, ids=customer_ids)
        rates = work.company_rates(
            company=setup.company, wanted={line.currency for line in lines}, on=as_of
        )
        returned = _returned(company_id, lines, as_of)
        planning = planning_frame(ids, setup, rates, as_of, straight_through=straight_through)
        planned = _plan(lines, customers, returned, planning)
        drawn = {
            plan.id: draw(company_id, plan)
            for plan, (action, _) in zip(planned.plans, planned.actions, strict=True)
            if action == ISSUE
        }
        return Prepared(
            as_of, setup, lines, customers, rates, returned, straight_through, planned, drawn
        )


def settle(ctx: Context, chunk: Prepared) -> Prepared:
    """Hold the documents that the chunk credits until the transaction ends (I16), and plan anew
    when somebody else credited or billed some of it since it was read."""
    returned = chunk.returned
    while True:
        held = {line.document_id for line in returned.originals.values()}
        work.lock_documents(company_id=ctx.company_id, ids=held)
        found = _returned(ctx.company_id, chunk.lines, chunk.as_of)
        if {line.document_id for line in found.originals.values()} <= held:
            break
        returned = found
    if found == chunk.returned:
        return chunk
    planning = planning_frame(
        ctx.ids, chunk.setup, chunk.rates, chunk.as_of, straight_through=chunk.straight_through
    )
    planned = _plan(chunk.lines, chunk.customers, found, planning)
    return replace(chunk, returned=found, planned=planned)


def _returned(company_id: UUID, lines: Sequence[OpenLine], as_of: date) -> Returned:
    """What returns take back. One whose invoice is younger than the run waits for a later run:
    its credit note would be older than the invoice."""
    came_back = {line.returns_id for line in lines if line.returns_id}
    originals = work.originals_of_deliveries(company_id=company_id, delivery_lines=came_back)
    unbilled = work.returned_lines_unbilled(
        company_id=company_id, delivery_lines=came_back - originals.keys()
    )
    early = {id for id, line in originals.items() if line.issued_on > as_of}
    usable = {id: line for id, line in originals.items() if id not in early}
    return Returned(usable, frozenset(unbilled) | early)


def _plan(
    lines: Sequence[OpenLine],
    customers: dict[UUID, Customer],
    returned: Returned,
    planning: Frame,
) -> Planned:
    return plan_batch(
        lines=lines,
        customers=customers,
        originals=returned.originals,
        unbilled=returned.unbilled,
        frame=planning,
    )


def planning_frame(
    ids: IdSource, setup: Setup, rates: dict[str, Decimal], on: date, *, straight_through: bool
) -> Frame:
    """What the rules need of the company's set-up, for documents issued on a day."""
    return Frame(
        company_country=setup.company.country,
        company_vat_id=setup.company.vat_id,
        company_tax_number=setup.company.tax_number,
        small_business=setup.tax_chooser.small_business,
        company_currency=setup.company.currency,
        taxes=setup.taxes,
        terms=frozenset(setup.terms),
        rates=rates,
        grouping=setup.grouping.table,
        grouping_rule=setup.grouping.rule,
        choose_tax=_tax_choice(setup),
        tax_by_item="item.code" in setup.tax_chooser.table.table.inputs,
        issuing=setup.issuing.table,
        judging=judging(setup, rates, on),
        straight_through=straight_through,
        new_id=ids.stream(),
    )


def judging(setup: Setup, rates: Mapping[str, Decimal], on: date) -> Judging:
    """The judge of what is issued on a day."""
    return Judging(
        setup.company,
        setup.pack,
        setup.terms,
        rates,
        setup.einvoice.table,
        Demands(setup.demands.table, setup.demands.label),
        on,
    )


def _tax_choice(setup: Setup) -> Callable[[Customer, OpenLine], str]:
    """The tax policy over a line; the item matters only where the policy asks for it."""
    chooser = setup.tax_chooser
    by_item = "item.code" in chooser.table.table.inputs
    found: dict[tuple[UUID, str, date, str], str] = {}

    def choose(customer: Customer, line: OpenLine) -> str:
        key = (customer.id, line.tax_code, line.delivered_on, line.item_code if by_item else "")
        code = found.get(key)
        if code is None:
            question = TaxQuestion(
                customer_country=customer.country,
                on=line.delivered_on,
                customer_has_vat_id=bool(customer.vat_id),
                customer_number=customer.number,
                customer_segment=customer.segment,
                item_code=key[3],
                item_tax_code=line.tax_code,
            )
            code = found[key] = chooser.choose(question).tax_code
        return code

    return choose
