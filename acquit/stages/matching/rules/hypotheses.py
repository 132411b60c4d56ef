"""What a line may have paid: every answer worth weighing, with the evidence it rests on.

Numbers first: what is named is weighed against the money (equal, less by a discount, a fee or a
tax, a part, more). Then amounts (``amounts.py``).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace

from acquit.stages.matching.rules import subsets
from acquit.stages.matching.rules.amounts import SURE_SET_MAX, WIDE, by_amount, nothing, paid_before
from acquit.stages.matching.rules.books import Claims, shared_discount
from acquit.stages.matching.rules.deducted import all_less, deducted, netted
from acquit.stages.matching.rules.gaps import (
    FEE_MAX,
    FEE_SHARE,
    FEE_STEP,
    FX_BAND,
)
from acquit.stages.matching.rules.mentions import EXACT, ORDER, SERIAL, documents_in
from acquit.stages.matching.rules.payers import DECLARED
from acquit.stages.matching.rules.scene import Hypothesis, Scene
from acquit.stages.matching.rules.short import (
    ODD_FEE,
    TAKEN,
    misread,
    one_part,
    several_part,
    taken_discount,
    taxed,
)
from acquit.stages.matching.rules.similar import TAIL_MIN

MUCH = 4  # such a part of what is named is more than one pays too much by mistake
FEE_USUAL = 250  # banks charge whole or half units, and quarters
FIRM = frozenset({"next", "one more", "run"})  # neighbours, which an accident seldom is
# How the amount fits.
PART_AT_RATE = "part at rate"
TAIL_MAX = 9  # digits that may be the end of a number, and not all of it


def hypotheses(scene: Scene) -> list[Hypothesis]:
    """Every answer worth weighing as the books stand now, in no order of merit."""
    comes_in = scene.line.amount > 0
    if comes_in:
        _by_advice(scene)
    if comes_in and not _is_explained(scene, DECLARED) and not _is_told(scene):
        if scene.charges:
            _by_gross(scene)
        _by_numbers(scene)
        if not _is_explained(scene, EXACT, "advice"):
            by_amount(scene)
        if scene.who and not scene.found:
            all_less(scene)
        if scene.who and not scene.found:
            misread(scene)
        paid_before(scene)
    nothing(scene)
    found = list(scene.found.values())
    scene.rest()
    return found


def _is_told(scene: Scene) -> bool:
    """Whether the advice of this very money says what was kept back of it, and comes to it: then
    nothing is left to be guessed of what is missing."""
    advice = scene.books.advice_of.get(scene.line.id)
    if advice is None:
        return False
    is_said = any(part.reason for part in advice.parts)
    return any(
        one.by == "advice" and (one.kept or is_said) and one.fit != "over"
        for one in scene.found.values()
    )


def _by_gross(scene: Scene) -> None:
    """What the money would be for with the charges that the statement tells."""
    line = scene.line
    scene.line, scene.is_gross = replace(line, amount=line.amount + scene.charges), True
    _by_numbers(scene)
    by_amount(scene)
    scene.line, scene.is_gross = line, False


def _is_explained(scene: Scene, *ways: str) -> bool:
    return any(one.fit == "equal" and one.by in ways for one in scene.found.values())


def _by_advice(scene: Scene) -> None:
    """What the advice lists, if it explains the money: all of it, or the rest is left over."""
    books, line = scene.books, scene.line
    advice = books.advice_of.get(line.id) or scene.named.advice
    if advice is None or advice.currency != line.currency:
        return
    credited: dict[int, int] = {}
    kept: list[tuple[int, int, str]] = []
    for part in advice.parts:
        known = [
            at
            for at in documents_in(part.number, books)
            if books.currency[at] == advice.currency and scene.left[at]
        ]
        if len(known) == 1:
            (at,) = known
            credited[at] = credited.get(at, 0) + part.paid + part.discount
            kept += [(at, part.discount, "discount")] if part.discount else []
    if not credited or _is_said_by_text(scene, credited, kept):
        return
    for at, left in [(at, scene.left[at]) for at in credited]:
        if credited[at] * left <= 0:  # an invoice that is taken back, or a credit note that is paid
            return
        if abs(credited[at]) > abs(left):  # more than is open: the rest of the money is too much
            credited[at] = left
            kept = [one for one in kept if one[0] != at]
    if advice.fee:
        kept.append((max(credited, key=lambda at: (credited[at], -at)), advice.fee, "fee"))
    kept += _netted(credited, kept, advice.netted)
    missing = sum(minor for _, minor, _ in kept)
    rest = line.amount - sum(credited.values()) + missing
    if rest and (missing or rest < 0):
        return
    scene.add(
        list(credited.items()),
        reason="advice",
        by=DECLARED if advice.is_declared else "advice",
        fit="over" if rest else kept[0][2] if kept else "equal",
        residue=rest - missing,
        kept=tuple(kept),
    )


def _is_said_by_text(
    scene: Scene, credited: Mapping[int, int], kept: Sequence[tuple[int, int, str]]
) -> bool:
    """Whether the text names exactly these documents, and they are the money whole: an advice that
    says the same (a notice of the bank repeats the text) is no reason to be less sure of it."""
    said = {
        at
        for mention in scene.named.mentions
        for at in mention.items
        if mention.strength == EXACT and len(mention.items) == 1
    }
    is_whole = sum(credited.values()) == scene.line.amount and not kept
    return (
        is_whole
        and said == credited.keys()
        and all(scene.left[at] == part for at, part in credited.items())
    )


def _netted(
    credited: Mapping[int, int], kept: Sequence[tuple[int, int, str]], minor: int
) -> list[tuple[int, int, str]]:
    """Money that never came because of others, an equal share on each document: so that each is
    settled by some money, and is found by it if that goes back in its turn."""
    room = dict(credited)
    for at, part, _why in kept:
        room[at] -= part
    whole, upto, done = sum(room.values()), 0, 0
    if not 0 < minor < whole:
        return []
    found = []
    for at in sorted(room):
        upto += room[at]
        part = minor * upto // whole - done
        done += part
        if part:
            found.append((at, part, "netted"))
    return found


def _by_numbers(scene: Scene) -> None:
    """What is named, weighed against the money; weak numbers only where something supports them."""
    books, line = scene.books, scene.line
    customer, currency = books.customer, books.currency
    strong: list[int] = []
    order: list[int] = []
    weak: list[int] = []
    for mention in scene.named.mentions:
        pool = {EXACT: strong, ORDER: order, SERIAL: weak}[mention.strength]
        pool.extend(at for at in _fitting(scene, mention.items) if at not in pool)
    weak.extend(at for at in _tails(scene, strong) if at not in weak)
    same = [at for at in strong if currency[at] == line.currency]
    foreign = [at for at in strong if currency[at] != line.currency]
    if same:
        customers = {customer[at] for at in same}
        helped = [at for at in weak if customer[at] in customers]
        chosen = [
            *same,
            *(at for at in helped if at not in same and currency[at] == line.currency),
        ]
        _weigh(scene, chosen if len(chosen) == len(same) else sorted(chosen), EXACT)
        if len(chosen) > len(same) and sum(scene.left[at] for at in same) >= line.amount:
            _weigh(scene, same, EXACT)
    elif weak:
        own = [at for at in weak if currency[at] == line.currency]
        mine = [at for at in own if customer[at] in scene.family]
        if mine or not scene.who:
            _weigh(scene, mine or own, SERIAL)
        for at in own:
            if at not in mine and scene.left[at] == line.amount:
                _weigh(scene, [at], SERIAL)
    if order:
        own = [at for at in order if currency[at] == line.currency]
        if own:
            _weigh(scene, own, ORDER)
    is_alone = len(foreign) == 1 and not same
    for at in foreign or [at for at in (*order, *weak) if currency[at] != line.currency]:
        _by_rate(scene, at, EXACT if foreign else SERIAL, is_alone=is_alone)


def _tails(scene: Scene, strong: Sequence[int]) -> list[int]:
    """Items of the payer, or of who is named, whose number ends in digits of the text."""
    if not scene.named.loose and not scene.named.chains:
        return []
    customers = {scene.books.customer[at] for at in strong} or scene.family
    claims = scene.own(customers)
    found: list[int] = []
    for digits in (*scene.named.loose, *scene.named.chains):
        if TAIL_MIN <= len(digits) <= TAIL_MAX:
            fits = [at for at in claims.ending(digits) if at not in strong]
            if len(fits) == 1 and fits[0] not in found:
                found.append(fits[0])
    return found


def _fitting(scene: Scene, found: Sequence[int]) -> Sequence[int]:
    """Of several items with one number those of the payer, else those of the right amount."""
    found = [at for at in found if scene.left[at]]
    if len(found) == 1:
        return found
    customer = scene.books.customer
    mine = [at for at in found if customer[at] in scene.family]
    if mine:
        found = mine
    if len(found) > 1:
        exact = [at for at in found if scene.left[at] == scene.line.amount]
        found = exact or found
    return found if len(found) == 1 else ()


def _weigh(scene: Scene, chosen: Sequence[int], by: str) -> None:
    amount = scene.line.amount
    total = sum(scene.left[at] for at in chosen)
    whole = [(at, scene.left[at]) for at in chosen]
    if total == amount:
        credits = any(scene.left[at] < 0 for at in chosen)
        reason = "netting" if credits else "reference" if len(chosen) == 1 else "lump"
        scene.add(whole, reason=reason, by=by, fit="equal")
        return
    if scene.named.spans and len(chosen) >= 2:
        _spanned(scene, chosen)
    if total > amount:
        _less(scene, chosen, whole, total - amount, by)
    elif total > 0:
        is_completed = _completed(scene, chosen, amount - total, by)
        if not scene.named.spans:
            _over(scene, chosen, whole, amount - total, by, is_completed=is_completed)


def _over(
    scene: Scene,
    chosen: Sequence[int],
    whole: list[tuple[int, int]],
    rest: int,
    by: str,
    *,
    is_completed: bool,
) -> None:
    """More than is named. It is left over for sure where the list ends, and either nothing else
    that is open is as small as the rest or the rest is small beside what is named. Where one answer
    makes it whole ``is_completed``: nobody pays too much by just that."""
    customers = {scene.books.customer[at] for at in chosen}
    claims = scene.own(customers)
    others = [scene.left[at] for at in claims.positive if at not in chosen]
    words = [
        "more" if scene.named.has_more else scene.named.goes_on,
        "" if claims.credits or min(others, default=rest) <= rest else "little",
    ]
    if is_completed or (not words[1] and rest * MUCH > sum(part for _, part in whole)):
        words[1] = "much"
    flag = "+".join(filter(None, words))
    scene.add(whole, reason="overpayment", by=by, fit="over", residue=rest, flag=flag)


def _spanned(scene: Scene, chosen: Sequence[int]) -> None:
    """From the first to the last: what the customer has in between, and what else is named."""
    customers = {scene.books.customer[at] for at in chosen}
    own = scene.own(customers).members
    low, high = min(chosen), max(chosen)
    between = [at for at in _from_to(own, low, high) if scene.left[at] > 0]
    if sum(scene.left[at] for at in between) == scene.line.amount:
        credited = [(at, scene.left[at]) for at in between]
        scene.add(credited, reason="lump", by="span", fit="equal")
        return
    members = _in_spans(scene, chosen, own)
    if sum(scene.left[at] for at in members) == scene.line.amount:
        is_netted = any(scene.left[at] < 0 for at in members)
        credited = [(at, scene.left[at]) for at in members]
        scene.add(
            credited, reason="netting" if is_netted else "lump", by="span", fit="equal", flag="more"
        )
    elif len(members) > len(chosen):
        deducted(scene, members, by="span")


def _in_spans(scene: Scene, chosen: Sequence[int], own: Sequence[int]) -> list[int]:
    """The documents named, and those of each pair that has a word for "to" in between."""
    placed = [mention for mention in scene.named.mentions if mention.start >= 0]
    found = set(chosen)
    for pair in scene.named.spans:
        ends = [at for one in pair for at in placed[one].items if at in found]
        if len(ends) > 1:
            low, high = min(ends), max(ends)
            found.update(at for at in _from_to(own, low, high) if scene.left[at] > 0)
    return sorted(found)


def _from_to(own: Sequence[int], low: int, high: int) -> Sequence[int]:
    return own[bisect_left(own, low) : bisect_right(own, high)]


def _less(
    scene: Scene, chosen: Sequence[int], whole: list[tuple[int, int]], missing: int, by: str
) -> None:
    """Less money than is named: an agreed discount, a fee, a tax, or a part."""
    books, words = scene.books, scene.named.words
    whole_ones = (at for at in chosen if scene.left[at] == books.opened[at])
    late = [books.items[at] for at in whole_ones if books.discount_bp[at]]
    offered = [books.items[at] for at in chosen if scene.has_discount(at)]
    # An advance on a document whose whole number is written is a part of it.
    is_advance = by == EXACT and "advance" in words
    said = words & {"part", "less"} | ({"part"} if is_advance else set())
    is_credited = "credit" in words and scene.own({books.customer[at] for at in chosen}).notes
    flag = "credit" if is_credited else "+".join(sorted(said))
    is_netted = netted(scene, chosen, missing, by=by)
    flag = "credit" if is_netted else flag
    if "tax" in words and len(chosen) == 1:  # before what else comes to as much
        taxed(scene, chosen[0], missing, by, flag)
    if offered and shared_discount(offered, missing):
        scene.add(whole, reason="discount", by=by, fit="discount", residue=-missing, flag=flag)
    elif late and shared_discount(late, missing):
        scene.add(whole, reason="discount", by=by, fit="late discount", residue=-missing, flag=flag)
    elif taken := taken_discount(scene, chosen, missing):
        kept = tuple((at, part, TAKEN) for at, part in zip(chosen, taken, strict=True) if part)
        scene.add(
            whole, reason="discount", by=by, fit=TAKEN, residue=-missing, flag=flag, kept=kept
        )
    is_fee = missing <= FEE_MAX and missing * FEE_SHARE <= sum(part for _, part in whole)
    is_usual = missing % FEE_USUAL == 0
    if is_fee and missing % FEE_STEP == 0:
        fit = "fee" if is_usual else ODD_FEE
        scene.add(whole, reason="fee", by=by, fit=fit, residue=-missing, flag=flag)
    elif is_usual and missing <= FEE_MAX and missing * 2 <= sum(part for _, part in whole):
        scene.add(whole, reason="fee", by=by, fit="large fee", residue=-missing, flag=flag)
    if is_usual and missing <= FEE_MAX:
        flag = flag or "fee"
    deducted(scene, chosen, by=by)
    if is_netted:
        return  # as the text says: no part is left to be guessed
    if offered and len(chosen) > 1 and shared_discount(offered, missing):
        return  # to the cent: none of them is short
    if len(chosen) == 1:
        one_part(scene, chosen[0], missing, by, flag)
    else:
        several_part(scene, chosen, missing, by, flag)


def _completed(scene: Scene, chosen: Sequence[int], rest: int, by: str) -> bool:
    """More money than is named: what else of the same customers makes it whole. Who lists his
    documents by age goes on with later ones: only where none of them fit are others looked for.
    Whether there is one answer, and no other."""
    claims = scene.own({scene.books.customer[at] for at in chosen})
    own = claims.positive
    if claims.sums.total < scene.line.amount - sum(scene.left[at] for at in claims.credits):
        return False
    others = [at for at in own if at not in chosen]
    is_listed = list(chosen) == sorted(chosen) and not scene.named.spans
    last = chosen[-1] if is_listed else -1
    later = [at for at in others if at > last]
    found = _more(scene, claims, chosen, later, rest)
    if not found:
        last = -1
        found = _more(scene, claims, chosen, others, rest) if len(later) < len(others) else {}
    flag = "more" if scene.named.has_more else ""
    firm = sum(kind in FIRM for kind in found.values())
    is_row = last >= 0 and _is_row(chosen, own)
    is_one = False
    for members, kind in list(found.items())[:5]:
        beside = [at for at in members if at not in chosen]
        is_firm = kind in FIRM
        doubt = "sets" if is_firm and firm < len(found) else ""
        rivals = (firm if is_firm else len(found)) - 1 + scene.twins(beside, last) + (kind == WIDE)
        flags = [flag, doubt]
        if kind == "next" and is_row and not rivals:
            flags = ["row"]
        is_one = is_one or not rivals
        scene.add(
            [(at, scene.left[at]) for at in members],
            reason="netting" if kind == "credit" else "lump",
            by=f"{by} and {kind}" if last >= 0 else f"{by} and other {kind}",
            fit="equal",
            rivals=rivals,
            flag="+".join(filter(None, flags)),
            beside=tuple(beside),
        )
    return is_one


def _is_row(chosen: Sequence[int], own: Sequence[int]) -> bool:
    """Whether the named claims are neighbours, or the one that is named is the oldest."""
    if chosen[0] not in own:
        return False
    at = own.index(chosen[0])
    return (at == 0 or len(chosen) > 1) and list(chosen) == list(own[at : at + len(chosen)])


def _more(
    scene: Scene, claims: Claims, chosen: Sequence[int], others: Sequence[int], rest: int
) -> dict[tuple[int, ...], str]:
    """Which of the others come to the rest, the named ones with them, and how they lie."""
    left, found = scene.left, {}
    amounts = [left[at] for at in others]
    for run in subsets.runs(amounts, rest, least=1):
        more = [others[index] for index in run]
        kind = "next" if run.start == 0 else "one more" if len(run) == 1 else "run"
        found[tuple(sorted((*chosen, *more)))] = kind
    for credit in claims.credits if not found else ():
        for run in subsets.runs(amounts, rest - left[credit], least=1):
            if run.start == 0 and credit not in chosen:
                more = [credit, *(others[index] for index in run)]
                found[tuple(sorted((*chosen, *more)))] = "credit"
    if len(found) <= 1:
        near = sorted(others, key=lambda at: abs(at - chosen[-1]))
        near = sorted(near[: subsets.FREE_MAX])
        kind = "set" if len(others) <= SURE_SET_MAX else WIDE
        for few in subsets.sets([left[at] for at in near], rest, most=4):
            found.setdefault(tuple(sorted((*chosen, *(near[index] for index in few)))), kind)
    return found


def _by_rate(scene: Scene, at: int, by: str, *, is_alone: bool) -> None:
    """A claim in another currency, paid at the payer's own rate; or, where it ``is_alone`` in being
    named, as far as the money goes."""
    line, claim = scene.line, scene.left[at]
    fair = scene.convert(claim, scene.books.currency[at], line.currency, line.day)
    if fair is None or fair <= 0:
        return
    off = line.amount - fair
    if abs(off) * 1000 <= fair * FX_BAND:
        scene.add([(at, claim)], reason="fx", by=by, fit="rate", residue=off)
    elif off < 0 and is_alone:
        _part_by_rate(scene, at, fair, by)


def _part_by_rate(scene: Scene, at: int, fair: int, by: str) -> None:
    """Clearly less than the claim is worth: it is credited what the money is worth at our rate, so
    that nothing of the money is left. No rate explains the rest: that stays open. With neither the
    amount nor the payer for it a number may be a slip: another's claim is not looked at."""
    line, words = scene.line, scene.named.words
    part = scene.convert(line.amount, line.currency, scene.books.currency[at], line.day) or 0
    if not 0 < part < scene.left[at] or scene.payer([at]) == "other":
        return
    shares = [fair // count for count in (2, 3, 4)]
    is_even = line.amount % 10_000 == 0 or any(
        abs(line.amount - share) * 1000 <= share * FX_BAND for share in shares
    )
    is_instalment = "part" in words or (is_even and "less" not in words)
    reason = "instalment" if is_instalment else "short-pay"
    scene.add([(at, part)], reason=reason, by=by, fit=PART_AT_RATE)
