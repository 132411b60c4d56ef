"""A batch of open lines to plans: group, tax, credit, check, and what may go out by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from acquit.core.faults import Severity
from acquit.core.money import Money
from acquit.core.tables import CompiledTable, Decision
from acquit.stages.invoices.rules.checks import Surroundings, run_checks
from acquit.stages.invoices.rules.crediting import (
    Creditable,
    as_original,
    group_returns,
    plan_credit,
)
from acquit.stages.invoices.rules.invoicing import NewId, TaxTable, group_lines, plan_lines
from acquit.stages.invoices.rules.judging import Judging, merged
from acquit.stages.invoices.rules.parties import Customer
from acquit.stages.invoices.rules.plan import (
    CREDIT_NOTE,
    INVOICE,
    OpenLine,
    OriginalLine,
    Plan,
)
from acquit.stages.masterdata.rules.tax import SmallBusiness

LEITWEG = "0204"  # electronic address scheme of German public buyers, who route by BT-10
PUBLIC = "public"
ISSUE, REVIEW, HOLD = "issue", "review", "hold"


@dataclass(frozen=True, slots=True)
class Frame:
    """What planning needs beside the lines. ``rates`` is company currency per unit; a currency
    that is missing there has no rate. The policies' ``label`` stands in every rule."""

    company_country: str
    company_vat_id: str
    company_tax_number: str
    small_business: SmallBusiness
    company_currency: str
    taxes: TaxTable
    terms: frozenset[str]
    rates: Mapping[str, Decimal]
    grouping: CompiledTable
    grouping_rule: Callable[[Decision], str]
    choose_tax: Callable[[Customer, OpenLine], str]
    tax_by_item: bool  # whether the tax policy asks which item it is
    issuing: CompiledTable
    judging: Judging
    straight_through: bool
    new_id: NewId


@dataclass(frozen=True, slots=True)
class Planned:
    """The plans of a batch in order, each with its action, and the returns that wait."""

    plans: tuple[Plan, ...]
    actions: tuple[tuple[str, str], ...]  # issue, review or hold, and the reason
    waiting: tuple[OpenLine, ...]


def needs_of(customer: Customer) -> tuple[str, ...]:
    """What this customer's documents must carry beyond what all must."""
    if customer.endpoint_scheme == LEITWEG or customer.segment == PUBLIC:
        return ("buyer_reference",)
    return ()


def plan_batch(
    *,
    lines: Sequence[OpenLine],
    customers: Mapping[UUID, Customer],
    originals: Mapping[UUID, OriginalLine],
    unbilled: frozenset[UUID],
    frame: Frame,
) -> Planned:
    """Invoices first, then the returns: against issued lines, or lines issued in this batch.

    ``originals`` are billed lines by their delivery line; ``unbilled`` delivery lines that came
    back before they were billed. A return of one of those waits until its invoice is issued.
    """
    taxed = _with_tax_codes(_with_standing(lines, customers), customers, frame)
    plans, actions = [], []
    fresh = dict(originals)
    waiting_for = set(unbilled)
    came_back = {line.returns_id for line in taxed if line.returns_id is not None}
    for rule, members in _groups([x for x in taxed if x.quantity >= 0], customers, frame):
        customer = customers[members[0].customer_id]
        plan = plan_lines(
            kind=INVOICE,
            lines=members,
            customer=customer,
            taxes=frame.taxes,
            rule=rule,
            new_id=frame.new_id,
        )
        plan, action = _judge(plan, customer, frame, unlinked=0)
        plans.append(plan)
        actions.append(action)
        if came_back and action[0] == ISSUE:
            for number, line in enumerate(plan.lines, start=1):
                if line.delivery_line in came_back:
                    fresh[line.delivery_line] = as_original(plan, number, line)
                    waiting_for.discard(line.delivery_line)
    returns = [line for line in taxed if line.quantity < 0]
    waiting = _plan_returns(returns, customers, fresh, waiting_for, frame, plans, actions)
    return Planned(tuple(plans), tuple(actions), tuple(waiting))


def _plan_returns(
    returns: Sequence[OpenLine],
    customers: Mapping[UUID, Customer],
    originals: Mapping[UUID, OriginalLine],
    waiting_for: set[UUID],
    frame: Frame,
    plans: list[Plan],
    actions: list[tuple[str, str]],
) -> list[OpenLine]:
    linked, loose, waiting = group_returns(
        lines=returns, originals=originals, waiting=frozenset(waiting_for)
    )
    by_line = {line.id: line for line in returns}
    creditable = Creditable()
    for parts in linked.values():
        first = by_line[parts[0].delivery_line]  # type: ignore[index]  # a return has its line
        customer = customers[first.customer_id]
        plan = plan_credit(
            parts=parts,
            creditable=creditable,
            taxes=frame.taxes,
            rule="return of a billed delivery",
            new_id=frame.new_id,
            header={"delivered_on": first.delivered_on.isoformat()},
        )
        _add(plan, customer, frame, 0, plans, actions)
    for members in loose.values():
        customer = customers[members[0].customer_id]
        plan = plan_lines(
            kind=CREDIT_NOTE,
            lines=members,
            customer=customer,
            taxes=frame.taxes,
            rule="return without a known delivery",
            new_id=frame.new_id,
        )
        _add(plan, customer, frame, len(members), plans, actions)
    return waiting


def _add(
    plan: Plan,
    customer: Customer,
    frame: Frame,
    unlinked: int,
    plans: list[Plan],
    actions: list[tuple[str, str]],
) -> None:
    plan, action = _judge(plan, customer, frame, unlinked=unlinked)
    plans.append(plan)
    actions.append(action)


def _judge(
    plan: Plan, customer: Customer, frame: Frame, *, unlinked: int
) -> tuple[Plan, tuple[str, str]]:
    checked = check_plan(plan, customer, frame)
    return checked, decide_action(checked, customer, frame, unlinked=unlinked)


def check_plan(plan: Plan, customer: Customer, frame: Frame) -> Plan:
    """The plan as its pack of rules wants it, with its faults and the number of checks it passed;
    obeying the pack is one of them."""
    plan = frame.judging.dressed(plan, customer)
    around = Surroundings(
        customer,
        frame.company_country,
        frame.company_vat_id,
        frame.company_tax_number,
        frame.small_business,
        needs_of(customer),
        frame.terms,
        plan.currency in frame.rates,
    )
    own, passed = run_checks(plan, around)
    judged = frame.judging.faults(plan, customer)
    passed += not any(fault.severity is Severity.FATAL for fault in judged)
    return plan._replace(faults=merged(own, judged) if judged else own, checks_passed=passed)


def decide_action(
    plan: Plan, customer: Customer, frame: Frame, *, unlinked: int
) -> tuple[str, str]:
    """What happens to a checked plan: issue, review or hold, and why. A fatal fault always
    waits for a person, whatever the policy says."""
    failed = sum(1 for fault in plan.faults if fault.severity is Severity.FATAL)
    if failed:
        return REVIEW, "a check failed"
    decision = frame.issuing.decide(_issuing_facts(plan, customer, frame, unlinked))
    action = decision.value("action") or REVIEW
    reason = decision.value("reason") or ""
    if action == ISSUE and not frame.straight_through:
        return "ready", ""
    return str(action), str(reason)


def _issuing_facts(plan: Plan, customer: Customer, frame: Frame, unlinked: int) -> dict[str, Any]:
    """What the policy may ask of a plan without fatal faults; amounts only where it asks."""
    facts = {
        "draft.kind": plan.kind,
        "draft.currency": plan.currency,
        "draft.faults": 0,
        "draft.lines": len(plan.lines),
        "draft.unlinked_returns": unlinked,
    }
    asked = frame.issuing.table.inputs
    for name, minor in (("draft.net", plan.net_minor), ("draft.gross", plan.gross_minor)):
        if name in asked:
            rate = frame.rates[plan.currency]
            facts[name] = in_company_currency(minor, plan.currency, rate)
    return facts | customer_facts(customer)


def in_company_currency(minor: int, currency: str, rate: Decimal) -> Decimal:
    """Major units of company currency, unrounded: for comparing with a policy's limits."""
    return Money(minor, currency).decimal * rate


def customer_facts(customer: Customer) -> dict[str, Any]:
    """The facts about a customer that every policy of billing may ask."""
    return {
        "customer.number": customer.number,
        "customer.country": customer.country,
        "customer.segment": customer.segment or None,
        "customer.is_placeholder": customer.is_placeholder,
    }


def _groups(
    lines: Sequence[OpenLine], customers: Mapping[UUID, Customer], frame: Frame
) -> list[tuple[str, list[OpenLine]]]:
    found: dict[tuple[Any, ...], tuple[str, str]] = {}

    def grouping(customer: Customer, line: OpenLine) -> tuple[str, str]:
        given = (
            bool(line.purchase_order),
            bool(line.project),
            bool(line.contract),
            line.deliver_to is not None,
        )
        key = (customer.id, line.source, *given)
        if key not in found:
            facts = customer_facts(customer) | {
                "order.source": line.source,
                "order.has_purchase_order": given[0],
                "order.has_project": given[1],
                "order.has_contract": given[2],
                "delivery.kind": "delivery",
                "delivery.is_elsewhere": given[3],
            }
            decision = frame.grouping.decide(facts)
            found[key] = (str(decision.value("group")), frame.grouping_rule(decision))
        return found[key]

    return group_lines(lines=lines, customers=customers, grouping=grouping)


def _with_standing(
    lines: Sequence[OpenLine], customers: Mapping[UUID, Customer]
) -> Sequence[OpenLine]:
    """The lines with the contract and the cost centre of their customer where the order names
    none."""
    standing = {one.id for one in customers.values() if one.contract or one.buyer_accounting}
    if not standing:
        return lines
    found = []
    for line in lines:
        if line.customer_id in standing:
            customer = customers[line.customer_id]
            line = line._replace(
                contract=line.contract or customer.contract,
                buyer_accounting=line.buyer_accounting or customer.buyer_accounting,
            )
        found.append(line)
    return found


def _with_tax_codes(
    lines: Sequence[OpenLine], customers: Mapping[UUID, Customer], frame: Frame
) -> list[OpenLine]:
    """The lines with the code that the tax policy gives them."""
    result: list[OpenLine] = []
    last: OpenLine | None = None
    code = ""
    for line in lines:
        # Lines of one delivery share all that the policy asks but the item.
        same = last is not None and last.delivery_id == line.delivery_id
        if frame.tax_by_item or not same or last is None or last.tax_code != line.tax_code:
            code = frame.choose_tax(customers[line.customer_id], line)
        last = line
        result.append(line if code == line.tax_code else line.taxed(code))
    return result
