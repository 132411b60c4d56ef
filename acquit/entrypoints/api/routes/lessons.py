"""What the matcher learnt: which of it counts, and what would change before it is switched."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from acquit.entrypoints.api.operation import Frame, Reply, Routes, done
from acquit.entrypoints.api.schemas import (
    CustomerId,
    Line,
    MoneyValue,
    Prose,
    ReceiptId,
    Strict,
    public,
    uid,
)
from acquit.stages.matching.commands.lessons import LessonSwitch, switch_lesson
from acquit.stages.matching.commands.loading import HISTORY
from acquit.stages.matching.commands.replay import LINES, LINES_MAX, Replay, replay
from acquit.stages.matching.commands.replay import Line as ReplayedLine
from acquit.stages.matching.queries import lessons as queries
from acquit.stages.matching.rules.learning import KINDS, Score, Switch, Verdict

routes = Routes("learning")
LessonKind = Literal["account", "name", "habit", "text", "calibration"]
SHOWN = 200


class SwitchIn(Strict):
    """A kind of what was learnt; with ``value`` one account, name or pattern of a customer."""

    kind: LessonKind
    is_on: bool
    value: Annotated[Line, Field(max_length=140)] = ""
    customer_id: CustomerId | None = None


class TrialIn(Strict):
    """Switches to try over the last decided receipts."""

    switches: Annotated[list[SwitchIn], Field(max_length=50)] = []
    lines: Annotated[int, Field(ge=1, le=LINES_MAX)] = LINES


class SwitchesIn(Strict):
    """Switches to move, and why."""

    reason: Annotated[Prose, Field(min_length=1)]
    switches: Annotated[list[SwitchIn], Field(min_length=1, max_length=50)]


class LessonOut(Strict):
    """A whole kind, on or off; ``decided_by`` is empty where nobody moved its switch."""

    kind: str
    is_on: bool
    decided_by: str
    decided_at: datetime | None


class AliasOut(Strict):
    """An account, name or pattern of texts that was learnt for a customer, from how many receipts.
    In a pattern "#" stands for any number that is none of ours ("OP #"); one without it is a word
    or number that only this customer's money of a shared account says."""

    kind: str
    value: str
    customer_id: str
    customer_number: str
    customer_name: str
    receipts: int
    last_on: date
    is_on: bool

    @classmethod
    def of(cls, one: queries.Alias) -> AliasOut:
        return cls(
            kind=one.kind,
            value=one.value,
            customer_id=public("customer", one.customer_id) or "",
            customer_number=one.customer_number,
            customer_name=one.customer_name,
            receipts=one.receipts,
            last_on=one.last_on,
            is_on=one.is_on,
        )


class LearntOut(Strict):
    kinds: list[LessonOut]
    aliases: list[AliasOut]
    patterns: list[AliasOut]


class ScoreOut(Strict):
    """Of the lines: how many are right, would be posted, would be posted though wrong."""

    right: int
    posted: int
    wrong_posts: int

    @classmethod
    def of(cls, one: Score) -> ScoreOut:
        return cls(right=one.right, posted=one.posted, wrong_posts=one.wrong_posts)


class VerdictOut(Strict):
    is_right: bool
    is_posted: bool
    documents: list[str]

    @classmethod
    def of(cls, one: Verdict) -> VerdictOut:
        return cls(is_right=one.is_right, is_posted=one.is_posted, documents=list(one.documents))


class ChangedOut(Strict):
    """A decided receipt that would be answered otherwise."""

    receipt_id: ReceiptId
    received_on: date
    payer_name: str
    amount: MoneyValue
    before: VerdictOut
    after: VerdictOut

    @classmethod
    def of(cls, one: ReplayedLine) -> ChangedOut:
        return cls(
            receipt_id=public("receipt", one.receipt_id) or "",
            received_on=one.received_on,
            payer_name=one.payer_name,
            amount=MoneyValue.of(one.amount.minor, one.amount.currency),
            before=VerdictOut.of(one.before),
            after=VerdictOut.of(one.after),
        )


class TrialOut(Strict):
    """What the switches would change; ``changed`` has what would be wrong now first."""

    lines: int
    before: ScoreOut
    after: ScoreOut
    now_right: int
    now_wrong: int
    changed: list[ChangedOut]

    @classmethod
    def of(cls, found: Replay) -> TrialOut:
        return cls(
            lines=found.lines,
            before=ScoreOut.of(found.before),
            after=ScoreOut.of(found.after),
            now_right=found.now_right,
            now_wrong=found.now_wrong,
            changed=[ChangedOut.of(one) for one in found.changed],
        )


@routes.get("/lessons", "read.matching", LearntOut)
def list_lessons(frame: Frame, text: Annotated[str, Field(max_length=80)] = "") -> LearntOut:
    """What was learnt and whether it counts: the kinds, and the accounts, names and patterns of
    texts of customers seen last, those with ``text`` in them."""
    known = queries.lessons(company_id=frame.company_id)
    whole = {
        one.switch.kind: one
        for one in queries.moved(company_id=frame.company_id)
        if not one.switch.value
    }
    company, since = frame.company_id, frame.ctx.today - HISTORY
    sought = text.replace("\x00", "")
    aliases = queries.aliases(company_id=company, since=since, text=sought, limit=SHOWN).alone()
    patterns = queries.patterns(company_id=company, since=since, text=sought, limit=SHOWN).alone()
    return LearntOut(
        kinds=[
            LessonOut(
                kind=kind,
                is_on=known.has(kind),
                decided_by=whole[kind].decided_by if kind in whole else "",
                decided_at=whole[kind].decided_at if kind in whole else None,
            )
            for kind in KINDS
        ],
        aliases=[AliasOut.of(one) for one in aliases],
        patterns=[AliasOut.of(one) for one in patterns],
    )


@routes.post("/lesson-trials", "read.matching", TrialOut)
def try_lessons(frame: Frame, body: TrialIn) -> TrialOut:
    """Answer the last decided receipts as if switches were moved; nothing is written."""
    switches = [
        Switch(one.kind, one.is_on, one.value, uid("customer", one.customer_id))
        if one.customer_id
        else Switch(one.kind, one.is_on, one.value)
        for one in body.switches
    ]
    return TrialOut.of(replay(frame.ctx, switches=switches, lines=body.lines))


@routes.post("/lesson-switches", "matching.switch_lesson")
def switch_lessons(frame: Frame, body: SwitchesIn) -> Reply:
    """Switch what was learnt on or off, and back."""
    items = [
        LessonSwitch(
            kind=one.kind,
            is_on=one.is_on,
            value=one.value,
            customer_id=uid("customer", one.customer_id) if one.customer_id else None,
        )
        for one in body.switches
    ]
    ctx = frame.ctx.because(reason=body.reason)
    return done(switch_lesson(ctx=ctx, items=items), kind="lesson")
