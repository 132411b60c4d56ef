"""Decided receipts once more, as the matcher would answer them with other switches. Writes nothing.

The last decisions are thought away: what they settled is open again, and what they taught is not
known. All lines are answered together, so that none sees what another decided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from acquit.access.models import Company
from acquit.core.context import Context
from acquit.core.money import Money
from acquit.policy.queries import in_force
from acquit.stages.matching.commands.loading import Scene, scene_of
from acquit.stages.matching.commands.propose import plan_facts
from acquit.stages.matching.queries.lessons import lessons
from acquit.stages.matching.rules.engine import answer
from acquit.stages.matching.rules.learning import (
    CALIBRATION,
    Lessons,
    Score,
    Switch,
    Verdict,
    scored,
)
from acquit.stages.matching.rules.plans import ProposalPlan, planned
from acquit.stages.receivables.queries import (
    Decided,
    OpenClaim,
    Unapplied,
    claims_by_id,
    decided,
    decisions,
)

LINES, LINES_MAX = 200, 2_000
Settled = Mapping[UUID, int]  # claim -> money it was given, in its own currency


@dataclass(frozen=True, slots=True)
class Line:
    """A decided receipt and both verdicts."""

    receipt_id: UUID
    received_on: date
    payer_name: str
    amount: Money
    before: Verdict
    after: Verdict

    @property
    def is_other(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Replay:
    """What switches would change over the last decided receipts. ``changed`` has what would be
    wrong now first, then what would be right. ``counts`` is how often evidence was right, as
    calibration takes it; where that is what is tried it is counted on the older half of the
    lines, and the verdicts are those of the newer half."""

    before: Score
    after: Score
    lines: int
    changed: tuple[Line, ...]
    counts: Mapping[str, tuple[int, int]]

    @property
    def now_right(self) -> int:
        return sum(one.after.is_right > one.before.is_right for one in self.changed)

    @property
    def now_wrong(self) -> int:
        return sum(one.after.is_right < one.before.is_right for one in self.changed)


def replay(ctx: Context, *, switches: Sequence[Switch], lines: int = LINES) -> Replay:
    """Answer the last decided ``lines`` as they are answered now and after the switches."""
    now = lessons(company_id=ctx.company_id)
    receipts = decided(company_id=ctx.company_id, limit=min(lines, LINES_MAX))
    if not receipts:
        return Replay(Score(0, 0, 0), Score(0, 0, 0), 0, (), {})
    parts = decisions(company_id=ctx.company_id, receipt_ids=[one.receipt_id for one in receipts])
    truth, again = _truth(parts), _again(ctx, parts)
    judged, taught = receipts, receipts
    learns = any(one.kind == CALIBRATION and one.is_on for one in switches)
    if learns:
        middle = len(receipts) // 2
        taught, judged = receipts[:middle], receipts[middle:]
    plain, counts = _answered(ctx, receipts, now, again, truth, {one.receipt_id for one in taught})
    after = now.after([replace(one, counts=counts) if _is_learnt(one) else one for one in switches])
    fresh, _counts = _answered(ctx, receipts, after, again, truth, set())
    found = tuple(
        Line(
            one.receipt_id,
            one.received_on,
            one.payer_name,
            Money(one.amount_minor, one.currency),
            plain[one.receipt_id],
            fresh[one.receipt_id],
        )
        for one in judged
    )
    changed = sorted(
        (one for one in found if one.is_other),
        key=lambda one: (one.after.is_right, one.before.is_right, one.received_on),
    )
    return Replay(
        scored([one.before for one in found]),
        scored([one.after for one in found]),
        len(found),
        tuple(changed),
        counts,
    )


def _is_learnt(one: Switch) -> bool:
    return one.kind == CALIBRATION and one.is_on


def _truth(parts: Sequence[Decided]) -> dict[UUID, dict[UUID, int]]:
    """What each receipt's money settled, as it was decided."""
    truth: dict[UUID, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for part in parts:
        if part.is_money and part.claim_id is not None:
            truth[part.receipt_id][part.claim_id] += part.amount_minor
    return truth


def _again(ctx: Context, parts: Sequence[Decided]) -> list[OpenClaim]:
    """The claims and credit notes of these decisions with what they took open again."""
    taken: dict[UUID, int] = defaultdict(int)
    for part in parts:
        for item_id in (part.claim_id, part.note_id):
            if item_id is not None:
                taken[item_id] += part.amount_minor
    known = claims_by_id(company_id=ctx.company_id, ids=list(taken))
    return [
        replace(one, open_minor=min(one.open_minor + taken[one.id], one.original_minor))
        for one in known
    ]


def _answered(
    ctx: Context,
    receipts: Sequence[Unapplied],
    known: Lessons,
    again: Sequence[OpenClaim],
    truth: Mapping[UUID, Settled],
    taught: set[UUID],
) -> tuple[dict[UUID, Verdict], dict[str, tuple[int, int]]]:
    """The verdict on each receipt; and of those ``taught`` how often each evidence was right."""
    scene = scene_of(ctx, receipts, known, again=again)
    lines = {line.id: line for line in scene.lines}
    items = {item.id: item for item in scene.items}
    answers = answer(
        lines=scene.lines,
        items=scene.items,
        customers=scene.customers,
        history=scene.history,
        advices=scene.advices,
        convert=scene.convert,
        confidence=scene.confidence,
        shown=1,
    )
    plans = [planned(one, lines[one.line], items) for one in answers]
    posted = _posted(ctx, scene, plans)
    verdicts: dict[UUID, Verdict] = {}
    counts: dict[str, tuple[int, int]] = {}
    for one, plan, is_posted in zip(answers, plans, posted, strict=True):
        settled = _settled(plan)
        is_right = settled == dict(truth.get(plan.receipt_id, {}))
        documents = dict.fromkeys(share.number for share in plan.shares)
        verdicts[plan.receipt_id] = Verdict(is_right, is_posted, tuple(documents))
        if plan.receipt_id in taught:
            right, given = counts.get(one.evidence, (0, 0))
            counts[one.evidence] = (right + is_right, given + 1)
    return verdicts, counts


def _settled(plan: ProposalPlan) -> dict[UUID, int]:
    found: dict[UUID, int] = defaultdict(int)
    for share in plan.shares:
        if share.money_minor:
            found[share.open_item_id] += share.amount_minor
    return dict(found)


def _posted(ctx: Context, scene: Scene, plans: Sequence[ProposalPlan]) -> list[bool]:
    """Which answers the policy of today would post."""
    home = Company.objects.values_list("currency", flat=True).get(id=ctx.company_id)
    policy = in_force(company_id=ctx.company_id, name="matching", on=ctx.today)
    decided = policy.decide_many(plan_facts(scene, plan, home) for plan in plans)
    return [
        bool(plan.shares) and one.value("action") == "post"
        for plan, one in zip(plans, decided, strict=True)
    ]
