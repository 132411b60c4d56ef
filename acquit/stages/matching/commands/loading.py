"""What the matcher looks at, read with a fixed number of queries.

Few receipts over many open items: only what their texts, amounts and payers point at is read.
Many receipts: everything that is open is. Both give the same answers, since all the engine looks
up (numbers, amounts, the payers' families) is there either way.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from acquit.core.context import Context
from acquit.core.money import exponent, round_to_minor
from acquit.core.text import name_key, normalize_reference
from acquit.database.ahead import asked_beside
from acquit.database.copy import fetch_rows
from acquit.stages.masterdata.queries import known_rates
from acquit.stages.matching.queries.awaited import awaited_receipts
from acquit.stages.matching.queries.lessons import lessons
from acquit.stages.matching.rules import reading
from acquit.stages.matching.rules.asking import can_be_written_to
from acquit.stages.matching.rules.charges import amounts_of
from acquit.stages.matching.rules.confidence import Confidence
from acquit.stages.matching.rules.confidence import learnt as learnt_confidence
from acquit.stages.matching.rules.explained import explained
from acquit.stages.matching.rules.inputs import (
    REFERENCES_PART,
    Advice,
    BankLine,
    Convert,
    Customer,
    OpenItem,
    PaidItem,
    SettledText,
)
from acquit.stages.matching.rules.learning import ACCOUNT, HABIT, NAME, TEXT, Lessons
from acquit.stages.matching.rules.patterns import Told
from acquit.stages.matching.rules.payers import CUT_MIN
from acquit.stages.receipts.queries import AdviceView, advices
from acquit.stages.receipts.rules.advising import KINDS
from acquit.stages.receivables.queries import (
    OpenClaim,
    PaidClaim,
    PaidFor,
    TextFor,
    Unapplied,
    all_claims,
    claims_like,
    claims_of,
    is_few_claims,
    is_few_settled,
    make_readable,
    paid_claims,
    paid_for,
    texts_for,
    unapplied,
)

HISTORY = timedelta(days=730)
PER_RECEIPT = 25  # open items per receipt up to which everything is read
PAID_PER_RECEIPT = 10  # paid documents per receipt up to which all of them are gone through
FEW = 1_000  # open items that are always read
MANY = 500  # receipts from which the database is asked while the program goes on
_LAST = chr(0x10FFFF)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What the policy may ask about a customer."""

    number: str
    country: str
    segment: str
    has_email: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """The unapplied receipts and everything they may be about, as the engine takes it."""

    receipts: dict[UUID, Unapplied]
    lines: list[BankLine]
    items: list[OpenItem]
    customers: list[Customer]
    history: list[PaidItem]
    advices: list[Advice]
    convert: Convert
    facts: dict[int, CustomerFacts]
    confidence: Confidence
    told: Told


def load(ctx: Context, receipt_ids: Sequence[UUID]) -> Scene:
    """The receipts, or every unapplied one when none is named, and what may be about them. For
    whose money a second person decides, nothing is looked for until he has."""
    make_readable(ctx.company_id)
    awaited = awaited_receipts(company_id=ctx.company_id)
    found = unapplied(company_id=ctx.company_id, receipt_ids=receipt_ids)
    receipts = [one for one in found if one.receipt_id not in awaited]
    return scene_of(ctx, receipts, lessons(company_id=ctx.company_id))


@dataclass(frozen=True, slots=True)
class Past:
    """How things stood at an instant: ``moved`` are the documents of which something was taken or
    given back since then, with what was open of them; ``later`` those that were not there."""

    at: datetime
    moved: Sequence[OpenClaim]
    later: Collection[UUID]


def scene_of(
    ctx: Context,
    receipts: Sequence[Unapplied],
    known: Lessons,
    *,
    past: Past | None = None,
) -> Scene:
    """What may be about these receipts, of what was learnt what counts; to answer decided ones
    again as things stood then: nothing that was decided or taught later is known."""
    company, since = ctx.company_id, ctx.today - HISTORY
    before, again = (past.at, past.moved) if past else (None, ())
    advised = _advices(company, receipts)
    is_whole = is_few_claims(company_id=company, limit=FEW + PER_RECEIPT * len(receipts))
    first = _meanwhile(partial(_before_texts, ctx, receipts, known, before, is_whole), receipts)
    texts = [reading.read(receipt.text) for receipt in receipts]
    keys = _keys(receipts, texts, advised)
    # Customers are counted for the engine: it looks them up many times, and ids are slow keys.
    place: dict[UUID, int] = defaultdict(itertools.count(1).__next__)
    lines = [_line(*each, place) for each in zip(receipts, texts, strict=True)]
    amounts = sorted(amounts_of(lines, texts))
    learnt, said, rows, found, is_few_paid = first()
    if not is_whole:
        found = claims_like(company_id=company, keys=keys, amounts=amounts)
        sought = {claim.customer_id for claim in (*found, *again)}
        sought |= {one.customer_id for one in learnt}
        sought |= {receipt.customer_id for receipt in receipts if receipt.customer_id}
        rows = _customers(company, receipts, keys, sought)
        of_people = claims_of(company_id=company, customer_ids=[row[0] for row in rows])
        found = [*found, *again, *of_people]
    claims = _as_then(_by_id(found), past)
    habits = partial(
        paid_claims,
        company_id=company,
        since=since,
        keys=keys,
        customer_ids=None if is_few_paid else [row[0] for row in rows],
        amounts=amounts,
        before=before,
    )
    paid = _meanwhile(habits, receipts) if known.has(HABIT) else list
    items = [_item(claim, place) for claim in claims.values()]
    customers = _people(rows, learnt, place, known)
    told = _told(said, place, known)
    return Scene(
        receipts={receipt.receipt_id: receipt for receipt in receipts},
        lines=lines,
        items=items,
        customers=customers,
        # What is paid by now and was open then is among the items.
        history=[_paid(one, place, known) for one in paid() if one.id not in claims],
        advices=advised,
        convert=_convert(company, receipts, claims.values()),
        facts={
            place[row[0]]: CustomerFacts(row[1], row[3], row[4], can_be_written_to(row[-1]))
            for row in rows
        },
        confidence=learnt_confidence(known.counts),
        told=told,
    )


_Row: TypeAlias = tuple[Any, ...]


def _before_texts(
    ctx: Context,
    receipts: Sequence[Unapplied],
    known: Lessons,
    before: datetime | None,
    is_whole: bool,
) -> tuple[list[PaidFor], list[TextFor], list[_Row], list[OpenClaim], bool]:
    """What can be asked before the texts are read: who paid for whom, and where all of them are
    looked at the customers and what is open; whether few documents were paid before."""
    company, since = ctx.company_id, ctx.today - HISTORY
    learnt, said = _payers(company, since, receipts, before, with_texts=known.has(TEXT))
    if not is_whole:
        return learnt, said, [], [], False
    # No index counts them: it may look through all there ever was, which few are not worth.
    limit, is_run = PAID_PER_RECEIPT * len(receipts), len(receipts) >= MANY
    is_few_paid = is_run and is_few_settled(company_id=company, since=since, limit=limit)
    rows = fetch_rows(
        f"SELECT {_CUSTOMER} FROM masterdata_customer c WHERE c.company_id = %s", [company]
    )
    return learnt, said, rows, all_claims(company_id=company), is_few_paid


def _meanwhile(ask: Callable[[], T], receipts: Sequence[Unapplied]) -> Callable[[], T]:
    """Of many receipts the database answers while their texts are read; of few one after the
    other is quicker."""
    return asked_beside(ask) if len(receipts) >= MANY else ask


def _payers(
    company_id: UUID,
    since: date,
    receipts: Sequence[Unapplied],
    before: datetime | None,
    *,
    with_texts: bool,
) -> tuple[list[PaidFor], list[TextFor]]:
    """For whom the accounts and names of these receipts paid, and what their texts said, by what
    was recorded before."""
    ibans = {receipt.payer_iban for receipt in receipts} - {""}
    names = {receipt.payer_name for receipt in receipts} - {""}
    learnt = paid_for(company_id=company_id, since=since, ibans=ibans, names=names, before=before)
    if not with_texts:
        return learnt, []
    said = texts_for(company_id=company_id, since=since, ibans=ibans, names=names, before=before)
    return learnt, said


def _told(said: Sequence[TextFor], place: Mapping[UUID, int], known: Lessons) -> Told:
    """What the texts of these accounts and names taught."""
    if not known.has(TEXT):
        return Told()
    texts = [
        SettledText(place[one.customer_id], one.payer_iban, one.text, tuple(one.numbers))
        for one in said
    ]
    dropped = {(place[who], value) for kind, value, who in known.dropped if kind == TEXT}
    return Told(texts, dropped)


def _as_then(claims: Mapping[UUID, OpenClaim], past: Past | None) -> dict[UUID, OpenClaim]:
    """The claims that were open then, with what was open of them."""
    if past is None:
        return dict(claims)
    then = {**claims, **_by_id(past.moved)}
    return {key: one for key, one in then.items() if one.open_minor and key not in past.later}


def _paid(one: PaidClaim, place: Mapping[UUID, int], known: Lessons) -> PaidItem:
    knows_name = known.knows(NAME, one.payer_name, one.customer_id)
    knows_account = known.knows(ACCOUNT, one.payer_iban, one.customer_id)
    return PaidItem(
        customer=place[one.customer_id],
        number=one.number,
        amount=one.original_minor,
        currency=one.currency,
        due=one.due_on.toordinal(),
        paid_on=one.paid_on.toordinal(),
        paid=one.paid_minor,
        payer_name=one.payer_name if knows_name else "",
        payer_iban=one.payer_iban if knows_account else "",
    )


def _keys(
    receipts: Sequence[Unapplied], texts: Sequence[reading.Text], advised: Sequence[Advice]
) -> set[str]:
    """Everything in texts and advices that may be a known number."""
    keys: set[str] = set()
    for receipt, text in zip(receipts, texts, strict=True):
        keys |= reading.keys_of(text)
        if receipt.end_to_end_id:
            keys |= reading.keys(receipt.end_to_end_id)
    for advice in advised:
        for part in advice.parts:
            keys |= reading.keys(part.number) | {normalize_reference(part.number)} - {""}
    return keys


def _by_id(claims: Iterable[OpenClaim]) -> dict[UUID, OpenClaim]:
    return {claim.id: claim for claim in claims}


def _line(receipt: Unapplied, text: reading.Text, place: Mapping[UUID, int]) -> BankLine:
    return BankLine(
        id=receipt.receipt_id,
        day=receipt.received_on.toordinal(),
        amount=receipt.open_minor,
        currency=receipt.currency,
        payer_name=receipt.payer_name,
        payer_iban=receipt.payer_iban,
        end_to_end=receipt.end_to_end_id,
        text=receipt.text,
        customer=place[receipt.customer_id] if receipt.customer_id else None,
        parts=text,
        charges=receipt.charges_minor if receipt.open_minor == receipt.amount_minor else 0,
    )


def _advices(company_id: UUID, receipts: Sequence[Unapplied]) -> list[Advice]:
    """What explains the money of untouched receipts: an advice is about the whole of it."""
    whole = [one for one in receipts if one.open_minor == one.amount_minor]
    lines = {one.bank_line_id: one.receipt_id for one in whole if one.bank_line_id}
    paid = {one.advice_id: one.receipt_id for one in whole if one.advice_id}
    if not lines and not paid:
        return []
    kept = advices(company_id=company_id, bank_line_ids=list(lines), ids=list(paid))
    found: dict[UUID, AdviceView] = {}
    for advice in sorted(kept, key=lambda one: KINDS.index(one.kind)):
        receipt_id = lines[advice.bank_line_id] if advice.bank_line_id else paid[advice.id]
        found.setdefault(receipt_id, advice)
    return [explained(advice, line=receipt_id) for receipt_id, advice in found.items()]


def _item(claim: OpenClaim, place: Mapping[UUID, int]) -> OpenItem:
    sign = -1 if claim.side == "credit" else 1
    return OpenItem(
        id=claim.id,
        customer=place[claim.customer_id],
        number=claim.number,
        amount=sign * claim.original_minor,
        open=sign * claim.open_minor,
        currency=claim.currency,
        issued=claim.issued_on.toordinal(),
        due=claim.due_on.toordinal(),
        discount_bp=claim.discount_bp,
        discount_until=claim.discount_until.toordinal() if claim.discount_until else 0,
        references=REFERENCES_PART.join(claim.references),
    )


_CUSTOMER = "c.id, c.number, c.name, c.country, c.segment, c.iban, c.parent_id, c.email"


def _customers(
    company_id: UUID,
    receipts: Sequence[Unapplied],
    keys: Collection[str],
    sought: Collection[UUID],
) -> list[_Row]:
    """The customers that a receipt's account, name or text may mean and those sought, with their
    families: mothers, sisters and daughters."""
    names = sorted({one for receipt in receipts for one in _beginnings(receipt.payer_name)})
    return fetch_rows(
        "WITH found AS (SELECT c.id FROM masterdata_customer c WHERE c.company_id = %(company)s"
        "  AND (c.id = ANY(%(ids)s) OR c.number = ANY(%(numbers)s)"
        "   OR NOT c.iban = '' AND c.iban = ANY(%(ibans)s))"
        " UNION SELECT c.id FROM unnest(%(lows)s::text[], %(likes)s::text[]) AS n (low, pattern)"
        "  JOIN masterdata_customer c ON c.company_id = %(company)s AND c.name_key LIKE n.pattern"
        "  AND c.name_key ~>=~ n.low AND c.name_key ~<~ (n.low || %(last)s)),"
        " top AS (SELECT coalesce(c.parent_id, c.id) AS id, c.id AS self FROM found"
        "  JOIN masterdata_customer c ON c.company_id = %(company)s AND c.id = found.id),"
        " family AS (SELECT id FROM top UNION SELECT self FROM top"
        "  UNION SELECT c.id FROM top JOIN masterdata_customer c"
        "   ON c.company_id = %(company)s AND c.parent_id IN (top.id, top.self))"
        f" SELECT {_CUSTOMER} FROM family JOIN masterdata_customer c"
        "  ON c.company_id = %(company)s AND c.id = family.id",
        {
            "company": company_id,
            "ids": list(sought),
            "numbers": list(keys),
            "ibans": [receipt.payer_iban for receipt in receipts if receipt.payer_iban],
            "lows": [low for low, _pattern in names],
            "likes": [pattern for _low, pattern in names],
            "last": _LAST,
        },
    )


def _beginnings(name: str) -> Iterable[tuple[str, str]]:
    """Beginnings of name keys with a pattern: the name itself, one that either cuts short, and
    one whose words begin as these do."""
    key = name_key(name)
    if key:
        yield key, key
    if len(key) >= CUT_MIN:
        yield key[:CUT_MIN], f"{key[:CUT_MIN]}%"
    words = key.split()
    if len(words) > 1:
        yield words[0], " ".join(f"{word}%" if len(word) >= 4 else word for word in words)


def _people(
    rows: Sequence[_Row],
    learnt: Sequence[PaidFor],
    place: Mapping[UUID, int],
    known: Lessons,
) -> list[Customer]:
    """Customers with the accounts and names under which money was applied for them before."""
    ibans: dict[UUID, set[str]] = {row[0]: {row[5]} - {""} for row in rows}
    names: dict[UUID, set[str]] = {row[0]: set() for row in rows}
    for one in learnt:
        if one.customer_id not in ibans:
            continue
        if known.knows(ACCOUNT, one.payer_iban, one.customer_id):
            ibans[one.customer_id] |= {one.payer_iban} - {""}
        if known.knows(NAME, one.payer_name, one.customer_id):
            names[one.customer_id] |= {one.payer_name} - {""}
    return [
        Customer(
            id=place[row[0]],
            name=row[2],
            number=row[1],
            ibans=tuple(sorted(ibans[row[0]])),
            parent=place[row[6]] if row[6] else None,
            aliases=tuple(sorted(names[row[0]])),
        )
        for row in rows
    ]


def _convert(
    company_id: UUID, receipts: Sequence[Unapplied], claims: Iterable[OpenClaim]
) -> Convert:
    """At the company's own rates of the day; None where there is none."""
    currencies = {one.currency for one in receipts} | {one.currency for one in claims}
    days = {one.received_on for one in receipts}
    pairs = [(currency, day) for currency in sorted(currencies) for day in sorted(days)]
    rates = known_rates(company_id=company_id, pairs=pairs if len(currencies) > 1 else [])

    def convert(amount: int, source: str, target: str, day: int) -> int | None:
        on = date.fromordinal(day)
        one, other = rates.get((source, on)), rates.get((target, on))
        if source == target or one is None or other is None:
            return amount if source == target else None
        major = Decimal(amount).scaleb(-exponent(source)) * one / other
        return round_to_minor(major, currency=target)

    return convert
