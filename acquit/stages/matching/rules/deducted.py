"""Less money than documents come to, for several reasons at once: the discounts that were agreed,
a bank fee, a credit note that nobody named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from acquit.stages.matching.rules import subsets
from acquit.stages.matching.rules.amounts import SURE_SET_MAX
from acquit.stages.matching.rules.books import CREDITS_MAX, discounts_of, shared_discount
from acquit.stages.matching.rules.gaps import FEE_MAX, FEE_SHARE, FEE_STEP
from acquit.stages.matching.rules.reading import ends_named
from acquit.stages.matching.rules.scene import Scene

ALSO_FEE = "also fee"  # flag
DAUGHTERS_MAX = 20  # members of a group that are looked at
MISSING_SHARE = 8  # what nobody named is at least so many times what is missing of it


def netted(scene: Scene, chosen: Sequence[int], missing: int, *, by: str) -> bool:
    """What is missing is a credit note of the customer, whose number was cut or not written; or
    several together, where the text speaks of one. What else comes to it is a rival. Whether the
    text tells of it: it speaks of credit notes, or has the end of this one's number."""
    left = scene.left
    claims = scene.own({scene.books.customer[at] for at in chosen})
    notes = [at for at in claims.notes if at not in chosen]
    fits = [(at,) for at in notes if left[at] == -missing]
    sets: list[tuple[int, ...]] = []
    if "credit" in scene.named.words and len(notes) <= SURE_SET_MAX:
        found = subsets.sets([-left[at] for at in notes], missing)
        sets = [tuple(notes[index] for index in few) for few in found]
    rivals = len(fits) + len(sets) - 1 + scene.twins([at for (at,) in fits])
    whole = [(at, left[at]) for at in chosen]
    for few in (*fits[:CREDITS_MAX], *sets):
        credited = [*whole, *((at, left[at]) for at in few)]
        by_credit = f"{by} and credit"
        scene.add(credited, reason="netting", by=by_credit, fit="equal", rivals=rivals)
    if "credit" in scene.named.words:
        return bool(fits or sets)
    numbers = [scene.books.number[at] for at in fits[0]] if len(fits) == 1 else []
    return bool(numbers) and bool(ends_named(scene.named.written, numbers))


class _Reading(NamedTuple):
    """What explains the missing sum in minor units: a credit note (its place, -1 without), the
    discounts of documents (place, minor units) and a fee."""

    credit: int
    discounts: tuple[tuple[int, int], ...]
    fee: int

    @property
    def kinds(self) -> int:
        return (self.credit >= 0) + bool(self.discounts) + bool(self.fee)


def deducted(scene: Scene, members: Sequence[int], *, by: str) -> None:
    """Answers in which these documents are settled whole and every minor unit that is missing is
    explained; those with the fewest reasons only. One of them is an answer, more are rivals."""
    missing = sum(scene.left[at] for at in members) - scene.line.amount
    claims = scene.own({scene.books.customer[at] for at in members})
    has_more_notes = len(claims.notes) > CREDITS_MAX
    found = list(_readings(scene, members, missing)) if missing > 0 else []
    fewest = min((one.kinds for one in found), default=0)
    best = [one for one in found if one.kinds == fewest]
    for one in best[:3]:
        chosen = [*members, one.credit] if one.credit >= 0 else list(members)
        largest = max(chosen, key=lambda at: (scene.left[at], -at))
        kept = [(at, part, "discount") for at, part in one.discounts]
        kept += [(largest, one.fee, "fee")] if one.fee else []
        scene.add(
            [(at, scene.left[at]) for at in chosen],
            reason="discount" if one.discounts else "fee" if one.fee else "netting",
            by=f"{by} and credit" if one.credit >= 0 else by,
            fit="discount" if one.discounts else "fee" if one.fee else "equal",
            residue=-sum(part for _at, part, _why in kept),
            # Of so many credit notes not all were looked at.
            rivals=len(best) - 1 + (one.credit >= 0 and has_more_notes),
            flag=ALSO_FEE if one.fee and one.discounts else "",
            kept=tuple(kept),
        )


def all_less(scene: Scene) -> None:
    """Nothing is named, and the payer's whole account, or all that is due of it, comes to a little
    more than the money: what he took off."""
    books, line = scene.books, scene.line
    alone = [{one} for one in sorted(scene.who)]
    daughters = [{one} for one in sorted(scene.family - scene.who.keys())[:DAUGHTERS_MAX]]
    for customers in (*alone, *daughters):
        claims = scene.own(customers)
        due, due_sum = claims.due(line.day, books.due)
        whole = claims.positive, claims.sums.total
        for by, (members, total) in (("all", whole), ("due", (due, due_sum))):
            off = total - line.amount
            if len(members) > 1 and off > 0 and off * MISSING_SHARE <= total:
                deducted(scene, members, by=by)


def _readings(scene: Scene, members: Sequence[int], missing: int) -> Iterator[_Reading]:
    books, left = scene.books, scene.left
    claims = scene.own({books.customer[at] for at in members})
    offered = [at for at in members if scene.has_discount(at)]
    each = [discounts_of(books.opened[at], books.discount_bp[at]) for at in offered]
    low, high = sum(one[0] for one in each), sum(one[-1] for one in each)
    total = sum(left[at] for at in members)
    for credit in (-1, *(at for at in claims.credits if at not in members)):
        rest = missing + (left[credit] if credit >= 0 else 0)
        if rest == 0:
            yield _Reading(credit, (), 0)
        if rest <= 0:
            continue
        if credit < 0 and _is_fee(rest, total):  # with a credit note it is mostly an accident
            yield _Reading(credit, (), rest)
        for taken in range(low, min(high, rest) + 1) if offered else ():
            fee = rest - taken
            if fee and not _is_fee(fee, total):
                continue
            shares = shared_discount([books.items[at] for at in offered], taken)
            if shares:
                parts = tuple(zip(offered, shares, strict=True))
                yield _Reading(credit, tuple(one for one in parts if one[1]), fee)
                break


def _is_fee(minor: int, total: int) -> bool:
    return minor <= FEE_MAX and minor % FEE_STEP == 0 and minor * FEE_SHARE <= total
