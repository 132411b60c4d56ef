"""Match what is unapplied: post what the policy lets through, keep the rest as proposals."""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.access.queries import home_of
from acquit.core.context import Context
from acquit.core.money import Money as CoreMoney
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.bulk import lock
from acquit.database.copy import NULL, copy_text, escaped, fetch_rows, json_escaped, uuid_array
from acquit.database.forked import helper
from acquit.history import unit
from acquit.policy.queries import in_force
from acquit.stages.matching.commands.applying import (
    adjustments,
    apply,
    off_our_rate,
)
from acquit.stages.matching.commands.ask_by_rule import ask_by_rule, cannot_ask
from acquit.stages.matching.commands.deciding import at_risk_today, decide
from acquit.stages.matching.commands.loading import Scene, load
from acquit.stages.matching.commands.returns import settle_waiting
from acquit.stages.matching.facts import ProposalAccepted, ProposalMade
from acquit.stages.matching.models import BY_ITSELF, Proposal
from acquit.stages.matching.rules.engine import answers
from acquit.stages.matching.rules.inputs import Answer, Reason
from acquit.stages.matching.rules.plans import (
    EXCHANGE,
    ProposalPlan,
    Share,
    Written,
    kept_shares,
    piece_text,
    written,
)
from acquit.stages.receivables.commands import judge_adjustments, lock_items
from acquit.stages.receivables.queries import Unapplied, turn_of

SHOWN_MAX = 3  # answers kept per receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchReceipt:
    """One receipt to look at."""

    receipt_id: UUID


@dataclass(slots=True)
class _Answer:
    """A plan with what the policy says to it, and what its proposal keeps as JSON."""

    id: UUID
    plan: ProposalPlan
    action: str
    rule: str
    day_at_risk: Decimal | None
    shares_text: str
    pieces: str
    is_posted: bool = False
    not_asked: str = ""  # why nobody is asked, though the policy says so

    def warn(self, why: str) -> None:
        piece = piece_text(Reason("warning", why))
        self.pieces = f"{self.pieces},{piece}" if self.pieces else piece

    @property
    def evidence_text(self) -> str:
        return f"[{self.pieces}]"

    @property
    def evidence(self) -> Any:
        return json.loads(self.evidence_text)

    @property
    def shape(self) -> str:
        """What the answer would move, however it was found: to know it again."""
        return shape_of(self.plan.shares)


@command("matching.propose", is_bulk=True)
def propose(*, ctx: Context, items: Sequence[MatchReceipt]) -> Outcome:
    """Match these receipts, or every unapplied one when none is named.

    Running it again changes nothing: an answer that stands as it did is kept, and one that a
    person rejected or undid is not posted again. Returns that wait are settled first: money that
    went back settles nothing.
    """
    lock(ctx.company_id, "matching")  # two runs at a time would propose the same money twice
    returned = settle_waiting(ctx)
    _hold_waiting(ctx, [item.receipt_id for item in items])
    scene = load(ctx, [item.receipt_id for item in items])
    found = _found(scene)
    before = _before(ctx, list(scene.receipts))
    answers = _answers(ctx, scene, found, before)
    receipts = scene.receipts
    del scene, found  # what was looked at makes room for what is recorded
    turns = _turns(receipts)
    fresh = _replace(ctx, answers, before, turns)
    posted = _post(ctx, receipts, fresh)
    _store(ctx, fresh, turns)
    _record(ctx, fresh)
    asked = _ask(ctx, answers)
    best = [one for one in answers if one.plan.rank == 1]
    figures = {
        "receipts": len(receipts),
        "posted": sum(one.is_posted for one in best),
        "suggested": sum(one.action == "suggest" for one in best),
        "left": sum(one.action == "leave" for one in best),
        "amount_posted": posted,
        **returned,
        **asked,
    }
    results = tuple(ItemResult(str(one.plan.receipt_id), ItemState.DONE, one.id) for one in best)
    return Outcome(items=results, figures=figures)


def _found(scene: Scene) -> list[tuple[Written, list[Answer]]]:
    """The engine's answers, the best few of each receipt: the first as it would be booked, made by
    the process that looked at the line, and the others, of which most are not needed."""
    lines = {line.id: line for line in scene.lines}
    items = {item.id: item for item in scene.items}

    def tell(found: list[Answer]) -> tuple[Written, list[Answer]]:
        best, *others = found
        return written(best, lines[best.line], items), others

    parts = answers(
        lines=scene.lines,
        items=scene.items,
        customers=scene.customers,
        history=scene.history,
        advices=scene.advices,
        convert=scene.convert,
        confidence=scene.confidence,
        tell=tell,
        told=scene.told,
        shown=SHOWN_MAX,
        helper=helper(),
    )
    return list(itertools.chain.from_iterable(parts))


def _hold_waiting(ctx: Context, receipt_ids: Sequence[UUID]) -> None:
    """Lock what waits before looking at the money: who is accepting just now finishes first, and
    money that is applied by then is not proposed again."""
    waiting = Proposal.objects.of(ctx.company_id).filter(state="proposed").order_by("id")
    if receipt_ids:
        waiting = waiting.filter(receipt_id__in=receipt_ids)
    list(waiting.select_for_update(no_key=True).values_list("id"))


def shape_of(shares: Sequence[Share]) -> str:
    parts = (
        f"{s.open_item_id}:{s.amount_minor}:{s.credit_item_id or s.adjustment}" for s in shares
    )
    return ";".join(sorted(parts))


@dataclass(frozen=True, slots=True)
class _Known:
    """A proposal of an earlier run."""

    id: UUID
    rank: int
    state: str
    action: str
    probability: Decimal
    rivals: int
    reason: str
    rule: str
    turn: int
    shape: str
    evidence: Any


def _before(ctx: Context, receipt_ids: Sequence[UUID]) -> dict[UUID, list[_Known]]:
    rows = fetch_rows(
        "SELECT receipt_id, items, id, rank, state, action, probability, rivals, reason, rule,"
        " turn, evidence FROM matching_proposal WHERE company_id = %s"
        " AND receipt_id = ANY(%s::uuid[])"
        " AND state IN ('proposed', 'rejected', 'undone') ORDER BY id FOR NO KEY UPDATE",
        [ctx.company_id, uuid_array(receipt_ids)],
    )
    found: dict[UUID, list[_Known]] = defaultdict(list)
    for row in rows:
        shape = shape_of(kept_shares(json.loads(row[1])))
        found[row[0]].append(_Known(*row[2:11], shape=shape, evidence=json.loads(row[11])))
    return found


def _answers(
    ctx: Context,
    scene: Scene,
    found: Sequence[tuple[Written, Sequence[Answer]]],
    before: Mapping[UUID, Sequence[_Known]],
) -> list[_Answer]:
    """The answers as they would be booked, with the policy's word on each. Where the best one of a
    receipt is posted nobody sees the others: they are left out before anything is made of them."""
    home = home_of(ctx.company_id).currency
    policy = in_force(company_id=ctx.company_id, name="matching", on=ctx.today)
    before_today = cache(partial(at_risk_today, ctx))
    lines = {line.id: line for line in scene.lines}
    items = {item.id: item for item in scene.items}

    def judged(some: Sequence[Written]) -> list[_Answer]:
        words = decide(policy, scene, [one.plan for one in some], home=home, before=before_today)
        answers = [
            _Answer(
                id_,
                one.plan,
                word.action,
                policy.rule(word.decision),
                word.day_at_risk,
                one.shares,
                one.evidence,
            )
            for id_, one, word in zip(ctx.ids.many(len(some)), some, words, strict=True)
        ]
        for one, word in zip(answers, words, strict=True):
            if word.is_held:
                one.warn("with what was applied before, too much money would be at risk today")
        for one in answers:
            _heed(one, before.get(one.plan.receipt_id, ()))
        _hold_what_is_kept_back(ctx, [one for one in answers if one.action in BY_ITSELF])
        return answers

    best = judged([first for first, _others in found])
    seen = itertools.chain.from_iterable(
        others
        for one, (_first, others) in zip(best, found, strict=True)
        if one.action not in BY_ITSELF
    )
    others = judged([written(one, lines[one.line], items) for one in seen])
    place = {receipt_id: at for at, receipt_id in enumerate(lines)}
    answers = sorted([*best, *others], key=lambda a: (place[a.plan.receipt_id], a.plan.rank))
    _hold_questions(ctx, scene, answers)
    return answers


def _heed(one: _Answer, known: Sequence[_Known]) -> None:
    """What a person took back is never posted again; nor is a second best, or nothing."""
    refused = [
        was.state
        for was in known
        if was.state in ("rejected", "undone") and was.shape == one.shape and one.shape
    ]
    if refused:
        one.warn(f"the same answer was {refused[-1]} before")
    if not one.plan.shares and one.action != "ask":
        one.action = "leave"
    if one.action in BY_ITSELF and (refused or one.plan.rank > 1):
        one.action = "suggest"


def _hold_questions(ctx: Context, scene: Scene, answers: Sequence[_Answer]) -> None:
    """Where nobody can be asked the answer is suggested, and says why."""
    asking = {one.plan.receipt_id for one in answers if one.action == "ask"}
    unable = cannot_ask(ctx, scene, [one.plan for one in answers], asking)
    for one in answers:
        if one.action == "ask" and (why := unable.get(one.plan.receipt_id)):
            one.action, one.not_asked = "suggest" if one.plan.shares else "leave", why
            one.warn(why)


def _hold_what_is_kept_back(ctx: Context, posted: Sequence[_Answer]) -> None:
    """A rule closes without money, and takes of another rate than ours, only what the policy of
    adjustments lets it."""
    asked = [
        (one, wish)
        for one in posted
        for wish in (*adjustments(one.id, one.plan), *off_our_rate(one.id, one.plan))
    ]
    judged = judge_adjustments(ctx, [wish for _one, wish in asked])
    for (one, wish), (action, _reduces, _rule) in zip(asked, judged, strict=True):
        if action != "close" and one.action in BY_ITSELF:
            one.action = "suggest"
            is_rate = wish.adjustment == EXCHANGE
            one.warn(
                "a person decides about the difference to our rate"
                if is_rate
                else "a person decides about what was kept back"
            )


def _turns(receipts: Mapping[UUID, Unapplied]) -> dict[UUID, int]:
    """When it is the turn of each receipt."""
    return {
        key: turn_of(effective_on=one.received_on, open_functional_minor=one.functional_minor)
        for key, one in receipts.items()
    }


def _replace(
    ctx: Context,
    answers: Sequence[_Answer],
    before: Mapping[UUID, Sequence[_Known]],
    turns: Mapping[UUID, int],
) -> list[_Answer]:
    """The answers that are new, without the second best of what is posted. Standing proposals
    that say the same are kept as they are, the others are superseded."""
    fresh: list[_Answer] = []
    kept: set[UUID] = set()
    posted = {one.plan.receipt_id for one in answers if one.action in BY_ITSELF}
    for one in answers:
        if one.plan.rank > 1 and one.plan.receipt_id in posted:
            continue
        standing = next(
            (
                known
                for known in before.get(one.plan.receipt_id, ())
                if known.state == "proposed" and _says_same(known, one, turns[one.plan.receipt_id])
            ),
            None,
        )
        if standing is not None and one.action not in BY_ITSELF:
            kept.add(standing.id)
            one.id = standing.id
        else:
            fresh.append(one)
    old = [
        known.id
        for row in before.values()
        for known in row
        if known.state == "proposed" and known.id not in kept
    ]
    Proposal.objects.of(ctx.company_id).filter(id__in=old).update(
        state="superseded", decided_at=ctx.now, decided_by=ctx.actor.name
    )
    return fresh


def _says_same(known: _Known, one: _Answer, turn: int) -> bool:
    mine = (
        one.plan.rank,
        one.action,
        one.plan.probability,
        one.plan.rivals,
        one.plan.reason,
        one.rule,
        turn,
        one.shape,
        one.evidence,
    )
    return mine == (
        known.rank,
        known.action,
        known.probability,
        known.rivals,
        known.reason,
        known.rule,
        known.turn,
        known.shape,
        known.evidence,
    )


def _post(
    ctx: Context, receipts: Mapping[UUID, Unapplied], fresh: Sequence[_Answer]
) -> dict[str, str]:
    """Apply what may be applied, one batch per rule; what cannot be after all is suggested."""
    sums: dict[str, int] = defaultdict(int)
    by_rule: dict[str, list[_Answer]] = defaultdict(list)
    for one in fresh:
        if one.action in BY_ITSELF:
            by_rule[one.rule].append(one)
    asking = [one for one in fresh if one.action == "ask" and one.plan.rank == 1]
    if len(by_rule) > 1 or asking:
        _lock(ctx, receipts, [*asking, *(one for group in by_rule.values() for one in group)])
    for rule, group in by_rule.items():
        refused = apply(
            ctx.because(rule=rule),
            [(one.id, receipts[one.plan.receipt_id].item_id, one.plan) for one in group],
            are_new=True,
        )
        for one in group:
            why = refused.get(one.id)
            if why is None:
                one.is_posted = True
                sums[one.plan.currency] += one.plan.total_minor
            else:
                one.action = "suggest"
                one.warn(why)
    return {currency: str(CoreMoney(minor, currency).decimal) for currency, minor in sums.items()}


def _lock(ctx: Context, receipts: Mapping[UUID, Unapplied], held: Sequence[_Answer]) -> None:
    """All that is posted or asked about, before the first rule: rule by rule, the items of the
    second would be waited for with those of the first in hand, out of the one order that keeps
    people from locking each other out. What is applied by then is not asked about."""
    wanted = {receipts[one.plan.receipt_id].item_id for one in held}
    for share in (share for one in held for share in one.plan.shares):
        wanted |= {share.open_item_id, share.credit_item_id or share.open_item_id}
    lock_items(company_id=ctx.company_id, item_ids=wanted)


def _ask(ctx: Context, answers: Sequence[_Answer]) -> dict[str, Any]:
    """Ask the customers where the policy says so. Of whom nobody could be asked, the proposal says
    why, and the figures count the reasons."""
    best = {one.plan.receipt_id: one for one in answers if one.plan.rank == 1}
    wanted = {key: one.rule for key, one in best.items() if one.action == "ask"}
    asked, refused = ask_by_rule(ctx, wanted)
    for receipt_id, why in refused.items():
        one = best[receipt_id]
        one.warn(why)
        one.not_asked = why
        Proposal.objects.of(ctx.company_id).filter(id=one.id).update(evidence=one.evidence)
    reasons = Counter(one.not_asked for one in best.values() if one.not_asked)
    figures: dict[str, Any] = {"asked": asked} if asked else {}
    if reasons:
        figures["not_asked"] = dict(sorted(reasons.items()))
    return figures


_COLUMNS = (
    "id",
    "company_id",
    "receipt_id",
    "rank",
    "probability",
    "rivals",
    "action",
    "reason",
    "items",
    "evidence",
    "total_minor",
    "currency",
    "state",
    "rule",
    "day_at_risk",
    "created_at",
    "decided_at",
    "decided_by",
    "turn",
)


def _store(ctx: Context, fresh: Sequence[_Answer], turns: Mapping[UUID, int]) -> None:
    company, now = ctx.company_id.hex, str(ctx.now)
    copy_text(
        Proposal,
        _COLUMNS,
        (
            f"{one.id.hex}\t{company}\t{one.plan.receipt_id.hex}\t{one.plan.rank}"
            f"\t{one.plan.probability}\t{one.plan.rivals}\t{one.action}"
            f"\t{escaped(one.plan.reason)}\t{json_escaped(one.shares_text)}"
            f"\t{json_escaped(one.evidence_text)}\t{one.plan.total_minor}"
            f"\t{one.plan.currency}\t{'accepted' if one.is_posted else 'proposed'}"
            f"\t{escaped(one.rule)}\t{NULL if one.day_at_risk is None else one.day_at_risk}"
            f"\t{now}\t{now if one.is_posted else NULL}"
            f"\t{escaped(one.rule) if one.is_posted else ''}\t{turns[one.plan.receipt_id]}\n"
            for one in fresh
        ),
    )


def _record(ctx: Context, fresh: Sequence[_Answer]) -> None:
    """Proposals are facts; those that a rule posted are automatic acts besides."""
    unit.record(
        ctx,
        [
            ProposalMade(
                subject_id=one.id,
                effective_on=ctx.today,
                receipt_id=one.plan.receipt_id,
                action=one.action,
                why=one.plan.reason,
                rivals=one.plan.rivals,
            )
            for one in fresh
        ],
    )
    by_rule: dict[str, list[ProposalAccepted]] = defaultdict(list)
    for one in fresh:
        if one.is_posted:
            by_rule[one.rule].append(
                ProposalAccepted(
                    subject_id=one.id,
                    effective_on=ctx.today,
                    receipt_id=one.plan.receipt_id,
                    allocations=len(one.plan.shares),
                    amount_minor=one.plan.total_minor,
                    currency=one.plan.currency,
                )
            )
    for rule, facts in by_rule.items():
        unit.record(ctx.because(rule=rule), facts)
