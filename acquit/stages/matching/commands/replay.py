"""Decided receipts once more, as the matcher would answer them with other switches. Writes nothing.

They are answered in the order in which they were decided, some together, and as things stood then:
open is what was open, known is what was applied and taught before the first of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from acquit.access.queries import home_of
from acquit.core.context import Context
from acquit.core.money import Money
from acquit.policy.queries import in_force
from acquit.stages.matching.commands.deciding import decide
from acquit.stages.matching.commands.loading import Past, Scene, scene_of
from acquit.stages.matching.models import BY_ITSELF
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
    Unapplied,
    claims_by_id,
    decided,
    decisions,
    make_readable,
    moves_since,
    recorded_since,
)

LINES, LINES_MAX = 200, 2_000
RUNS_MAX = 10  # times that things are looked at as they stood
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
    make_readable(ctx.company_id)
    receipts = decided(company_id=ctx.company_id, limit=min(lines, LINES_MAX))
    if not receipts:
        return Replay(Score(0, 0, 0), Score(0, 0, 0), 0, (), {})
    parts = decisions(company_id=ctx.company_id, receipt_ids=[one.receipt_id for one in receipts])
    truth, told = _truth(parts), _decided_at(parts)
    receipts = sorted(receipts, key=lambda one: (told[one.receipt_id], str(one.receipt_id)))
    together = _together(ctx, receipts, told)
    judged, taught = receipts, receipts
    learns = any(one.kind == CALIBRATION and one.is_on for one in switches)
    if learns:
        middle = len(receipts) // 2
        taught, judged = receipts[:middle], receipts[middle:]
    plain, counts = _answered(ctx, together, now, truth, {one.receipt_id for one in taught})
    after = now.after([replace(one, counts=counts) if _is_learnt(one) else one for one in switches])
    fresh, _counts = _answered(ctx, together, after, truth, set())
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


def _decided_at(parts: Sequence[Decided]) -> dict[UUID, datetime]:
    """When the first of each receipt's money was applied."""
    told: dict[UUID, datetime] = {}
    for part in parts:
        if part.is_money:
            told[part.receipt_id] = min(
                told.get(part.receipt_id, part.recorded_at), part.recorded_at
            )
    return told


def _together(
    ctx: Context, receipts: Sequence[Unapplied], told: Mapping[UUID, datetime]
) -> list[tuple[Past, list[Unapplied]]]:
    """The receipts in runs of about equal length, each with how things stood before the first
    decision of the run; what was decided at one instant stays together."""
    size = -(-len(receipts) // RUNS_MAX)
    runs: list[list[Unapplied]] = []
    for one in receipts:
        last = runs[-1] if runs else []
        if not last or (len(last) >= size and told[last[-1].receipt_id] < told[one.receipt_id]):
            runs.append([])
        runs[-1].append(one)
    first = told[receipts[0].receipt_id]
    moves = moves_since(company_id=ctx.company_id, since=first)
    moved = claims_by_id(company_id=ctx.company_id, ids={item_id for item_id, _at, _minor in moves})
    made = recorded_since(company_id=ctx.company_id, since=first)
    found = []
    for run in runs:
        begun, ended = told[run[0].receipt_id], told[run[-1].receipt_id]
        taken: dict[UUID, int] = defaultdict(int)
        for item_id, at, minor in moves:
            taken[item_id] += minor if at >= begun else 0
        then = [one._replace(open_minor=one.open_minor + taken[one.id]) for one in moved]
        later = {item_id for item_id, at in made.items() if at > ended}
        found.append((Past(begun, then, later), run))
    return found


def _answered(
    ctx: Context,
    together: Sequence[tuple[Past, Sequence[Unapplied]]],
    known: Lessons,
    truth: Mapping[UUID, Settled],
    taught: set[UUID],
) -> tuple[dict[UUID, Verdict], dict[str, tuple[int, int]]]:
    """The verdict on each receipt; and of those ``taught`` how often each evidence was right."""
    verdicts: dict[UUID, Verdict] = {}
    counts: dict[str, tuple[int, int]] = {}
    for past, receipts in together:
        scene = scene_of(ctx, receipts, known, past=past)
        for evidence, plan, is_posted in _planned(ctx, scene):
            is_right = _settled(plan) == dict(truth.get(plan.receipt_id, {}))
            documents = dict.fromkeys(share.number for share in plan.shares)
            verdicts[plan.receipt_id] = Verdict(is_right, is_posted, tuple(documents))
            if plan.receipt_id in taught:
                right, given = counts.get(evidence, (0, 0))
                counts[evidence] = (right + is_right, given + 1)
    return verdicts, counts


def _planned(ctx: Context, scene: Scene) -> Iterator[tuple[str, ProposalPlan, bool]]:
    """Of each receipt the best answer's evidence, what it would do, whether by itself."""
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
        told=scene.told,
        shown=1,
    )
    plans = [planned(one, lines[one.line], items) for one in answers]
    for one, plan, is_posted in zip(answers, plans, _posted(ctx, scene, plans), strict=True):
        yield one.evidence, plan, is_posted


def _settled(plan: ProposalPlan) -> dict[UUID, int]:
    found: dict[UUID, int] = defaultdict(int)
    for share in plan.shares:
        if share.money_minor:
            found[share.open_item_id] += share.amount_minor
    return dict(found)


def _posted(ctx: Context, scene: Scene, plans: Sequence[ProposalPlan]) -> list[bool]:
    """Which answers the policy of today would post; what it limits for a day it limits for those
    that are answered together."""
    home = home_of(ctx.company_id).currency
    policy = in_force(company_id=ctx.company_id, name="matching", on=ctx.today)
    words = decide(policy, scene, plans, home=home, before=Decimal)
    return [
        bool(plan.shares) and word.action in BY_ITSELF
        for plan, word in zip(plans, words, strict=True)
    ]
