"""Credit lines of issued documents: the only way to take one back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault, Severity
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.stages.invoices.commands.preparing import judging
from acquit.stages.invoices.commands.recording import issue_plans
from acquit.stages.invoices.queries import work
from acquit.stages.invoices.queries.work import Setup
from acquit.stages.invoices.rules.amounts import micro
from acquit.stages.invoices.rules.crediting import Creditable, Part, plan_credit
from acquit.stages.invoices.rules.judging import Judging
from acquit.stages.invoices.rules.numbering import preceding_fault
from acquit.stages.invoices.rules.parties import Customer
from acquit.stages.invoices.rules.plan import CREDIT_NOTE, OriginalLine, Plan

_QUANTITY_MAX = Decimal(10) ** 12
_QUANTITY_STEP = Decimal("1e-6")


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """A quantity of one line (by its number) to take back."""

    line_no: int
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Lines of a document to credit; without lines all that is left of it.

    ``reason`` is printed on the credit note. Without ``issued_on`` the accounting day counts.
    """

    document_id: UUID
    reason: str
    lines: tuple[CreditedLine, ...] = ()
    issued_on: date | None = None

    @property
    def key(self) -> str:
        return str(self.document_id)


@dataclass(slots=True)
class Planner:
    """Plans the items of a batch one after the other over the same creditable rest."""

    ctx: Context
    setup: Setup
    lines: dict[UUID, dict[int, OriginalLine]]
    customers: dict[UUID, Customer]
    creditable: Creditable
    judges: dict[date, Judging] = field(default_factory=dict)

    @classmethod
    def of(cls, ctx: Context, items: Sequence[Credit]) -> Planner:
        ids = {item.document_id for item in items}
        work.lock_documents(company_id=ctx.company_id, ids=ids)
        lines: dict[UUID, dict[int, OriginalLine]] = {}
        for line in work.lines_of_documents(company_id=ctx.company_id, document_ids=ids):
            lines.setdefault(line.document_id, {})[line.line_no] = line
        customers = work.customers(
            company_id=ctx.company_id,
            ids={line.customer_id for found in lines.values() for line in found.values()},
        )
        setup = work.setup(company_id=ctx.company_id, on=ctx.today)
        return cls(ctx, setup, lines, customers, Creditable())

    def plan(self, item: Credit) -> tuple[Plan | None, tuple[Fault, ...]]:
        found = self.lines.get(item.document_id)
        faults = _faults(item, found, item.issued_on or self.ctx.today)
        if faults or found is None:
            return None, faults
        parts = [
            Part(found[n], quantity, found[n].unit_price) for n, quantity in _wanted(item, found)
        ]
        if not parts:
            return None, (Fault("credit.nothing_left", "everything was credited before"),)
        plan = plan_credit(
            parts=parts,
            creditable=self.creditable,
            taxes=self.setup.taxes,
            rule="",
            new_id=self.ctx.ids.new,
            header={"reason": item.reason.strip()},
        )
        if plan.faults:
            return None, plan.faults
        return self._judged(plan, item.issued_on or self.ctx.today)

    def _judged(self, plan: Plan, on: date) -> tuple[Plan | None, tuple[Fault, ...]]:
        """The plan as its pack of rules wants it, unless the judge refuses it."""
        if on not in self.judges:
            currencies = {line.currency for found in self.lines.values() for line in found.values()}
            rates = work.company_rates(company=self.setup.company, wanted=currencies, on=on)
            self.judges[on] = judging(self.setup, rates, on)
        customer = self.customers[plan.customer_id]
        dressed = self.judges[on].dressed(plan, customer)
        faults = self.judges[on].faults(dressed, customer)
        fatal = tuple(fault for fault in faults if fault.severity is Severity.FATAL)
        return (None, fatal) if fatal else (dressed, ())


def _gross(ctx: Context, items: Sequence[Credit]) -> list[Money | None]:
    planner = Planner.of(ctx, items)
    plans = [planner.plan(item)[0] for item in items]
    return [Money(plan.gross_minor, plan.currency) if plan else None for plan in plans]


@command("invoices.credit", weigh=_gross)
def credit(*, ctx: Context, items: Sequence[Credit]) -> Outcome:
    """Credit notes for lines or whole documents, with the cents the originals billed.

    Never more than what is left of a line (I16). Crediting what is left of a document in any
    number of steps takes back exactly its net and tax. The ids are those of the credit notes.
    """
    planner = Planner.of(ctx, items)
    results, plans = [], []
    for item in items:
        plan, faults = planner.plan(item)
        if plan is None:
            results.append(ItemResult(item.key, ItemState.REFUSED, None, faults))
        else:
            plans.append((plan, item.issued_on or ctx.today))
            results.append(ItemResult(item.key, ItemState.DONE, plan.id))
    for day in sorted({day for _, day in plans}):
        _issue_day(ctx, planner, [plan for plan, on in plans if on == day], day)
    return Outcome(tuple(results))


def _issue_day(ctx: Context, planner: Planner, plans: Sequence[Plan], day: date) -> None:
    issue_plans(
        ctx,
        setup=planner.setup,
        plans=plans,
        customers=planner.customers,
        rates=work.company_rates(
            company=planner.setup.company, wanted={plan.currency for plan in plans}, on=day
        ),
        issued_on=day,
        run_id=None,
    )


def _faults(
    item: Credit, found: dict[int, OriginalLine] | None, issued_on: date
) -> tuple[Fault, ...]:
    if not found:
        return (Fault("document.unknown", "there is no such document", "document_id"),)
    first = next(iter(found.values()))
    if first.kind == CREDIT_NOTE:
        fix = "issue a debit note or a new invoice"
        return (Fault("credit.of_credit", "a credit note is not credited", "document_id", fix=fix),)
    early = preceding_fault(issued_on=issued_on, number=first.number, day=first.issued_on)
    faults = [early] if early else []
    if not item.reason.strip():
        faults.append(Fault("credit.reason", "say why it is credited", "reason"))
    for index, line in enumerate(item.lines):
        if line.line_no not in found:
            message = f"the document has no line {line.line_no}"
            faults.append(Fault("credit.line", message, f"lines[{index}].line_no"))
        elif not _is_quantity(line.quantity):
            message = "a quantity is above zero and has at most six decimals"
            faults.append(Fault("credit.quantity", message, f"lines[{index}].quantity"))
    return tuple(faults)


def _is_quantity(value: Decimal) -> bool:
    return 0 < value < _QUANTITY_MAX and value == value.quantize(_QUANTITY_STEP)


def _wanted(item: Credit, found: dict[int, OriginalLine]) -> list[tuple[int, int]]:
    if item.lines:
        return [(line.line_no, micro(line.quantity)) for line in item.lines]
    rest = [(n, line.quantity - line.credited_quantity) for n, line in sorted(found.items())]
    return [(n, quantity) for n, quantity in rest if quantity > 0]
