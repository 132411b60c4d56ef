"""The policy's word on what the matcher would do, the money at risk of the day included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from acquit.access.models import Company
from acquit.core.context import Context
from acquit.core.money import exponent
from acquit.core.tables import Decision
from acquit.database.copy import fetch_rows
from acquit.policy.queries import InForce
from acquit.stages.matching.commands.loading import Scene
from acquit.stages.matching.models import BY_ITSELF
from acquit.stages.matching.rules.at_risk import at_risk, with_each
from acquit.stages.matching.rules.plans import ProposalPlan

DAY = "day.at_risk"
_OF_ANSWER = frozenset({"proposal.probability", "proposal.rivals", "proposal.reason"})


class Word(NamedTuple):
    """``day_at_risk`` is what the policy was told of the day, in company currency; None where it
    does not ask. ``is_held``: the plan would be posted, were nothing at risk on the day."""

    decision: Decision
    day_at_risk: Decimal | None = None
    is_held: bool = False

    @property
    def action(self) -> str:
        return str(self.decision.value("action") or "leave")


def decide(
    policy: InForce,
    scene: Scene,
    plans: Sequence[ProposalPlan],
    *,
    home: str,
    before: Callable[[], Decimal],
) -> list[Word]:
    """The word on each plan. ``before`` says what is at risk on the day without them; it is asked
    only where the policy limits that, and then the surest and smallest are let through first."""
    inputs = frozenset(policy.table.table.inputs)
    facts_of = plan_facts if inputs - _OF_ANSWER else _answer_facts
    asked = [facts_of(scene, plan, home) for plan in plans]
    if DAY not in inputs:
        return [Word(said) for said in policy.decide_many(asked)]
    spent, risks = before(), [facts["proposal.at_risk"] for facts in asked]
    free = _words(policy, asked, [Decimal(0)] * len(asked))
    posted = [at for at, word in enumerate(free) if word.action in BY_ITSELF and plans[at].shares]
    sums = with_each(risks, before=spent, chosen=posted)
    words = _words(policy, asked, sums)
    for at in posted:
        words[at] = words[at]._replace(is_held=words[at].action not in BY_ITSELF)
    return words


def _words(policy: InForce, asked: Sequence[dict[str, Any]], sums: Sequence[Decimal]) -> list[Word]:
    told = [{**facts, DAY: day} for facts, day in zip(asked, sums, strict=True)]
    return [Word(said, day) for said, day in zip(policy.decide_many(told), sums, strict=True)]


def plan_facts(scene: Scene, plan: ProposalPlan, home: str) -> dict[str, Any]:
    """What the policy ``matching`` is told of a plan by itself."""
    receipt = scene.receipts[plan.receipt_id]
    customer = scene.facts.get(plan.customer_id) if plan.customer_id else None
    amount = Decimal(receipt.functional_minor).scaleb(-exponent(home))
    left = receipt.open_minor - plan.total_minor - plan.kept_back_minor
    left += sum(share.off_minor for share in plan.shares)
    residue = amount * left / receipt.open_minor
    facts = _answer_facts(scene, plan, home) | {
        "proposal.residue": residue.quantize(Decimal(1).scaleb(-exponent(home))),
        "proposal.at_risk": at_risk(
            amount * plan.total_minor / receipt.open_minor, plan.probability
        ),
        "receipt.amount": amount,
    }
    if customer is not None:
        facts["customer.number"] = customer.number
        facts["customer.country"] = customer.country
        facts["customer.segment"] = customer.segment
    return facts


def _answer_facts(_scene: Scene, plan: ProposalPlan, _home: str) -> dict[str, Any]:
    """What is said of the answer alone: all that most policies ask."""
    return {
        "proposal.probability": plan.probability,
        "proposal.rivals": plan.rivals,
        "proposal.reason": plan.reason,
    }


def at_risk_today(ctx: Context) -> Decimal:
    """What of today's money that rules applied is expected to be wrong, in company currency, as it
    stands: what was undone is at risk no more."""
    home, zone = Company.objects.values_list("currency", "timezone").get(id=ctx.company_id)
    midnight = datetime.combine(ctx.today, time(), ZoneInfo(zone)).astimezone(UTC)
    rows = fetch_rows(
        "SELECT coalesce(sum(abs(i.functional_minor::numeric * p.total_minor / i.original_minor)"
        " * (1 - p.probability)), 0)"
        " FROM matching_proposal p JOIN receivables_open_item i"
        " ON i.company_id = p.company_id AND i.receipt_id = p.receipt_id"
        " WHERE p.company_id = %s AND p.state = 'accepted' AND p.action = ANY(%s)"
        " AND p.created_at >= %s",
        [ctx.company_id, sorted(BY_ITSELF), midnight],
    )
    return Decimal(rows[0][0]).scaleb(-exponent(home)).quantize(Decimal("0.000001"))
