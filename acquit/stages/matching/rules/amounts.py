"""Answers by the amount: which claims of the payer, or of all, come to the money, and how many do.

By themselves, as everything that is due, as a run or as any set; what was paid before; nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from acquit.stages.matching.rules.books import OWN_MAX, Paid
from acquit.stages.matching.rules.confidence import OUT
from acquit.stages.matching.rules.dates import Days
from acquit.stages.matching.rules.gaps import FX_BAND
from acquit.stages.matching.rules.inputs import Id
from acquit.stages.matching.rules.mentions import EXACT, SERIAL
from acquit.stages.matching.rules.reading import short_spans
from acquit.stages.matching.rules.scene import DATED, RARE, RARE_ODDS, Scene
from acquit.stages.matching.rules.similar import support

LATELY = 90  # days in which a payment is most often made a second time
FAMILY_MAX = 20  # members of a group whose claims are added up
SAME_AMOUNT_MAX = 40  # claims of one amount that are looked at one by one
PATTERNS = frozenset({"all", "due", "oldest", "run"})
WIDE = "wide set"  # of so many items that others than those counted may fit as well
SURE_SET_MAX = 10  # items among which one set that adds up is hardly ever an accident


def by_amount(scene: Scene) -> None:
    """Claims that have the amount, supported by what the text shows of their number."""
    books, line = scene.books, scene.line
    same = books.by_amount.get((line.currency, line.amount), ())
    own = _own(scene, same)
    supported = _supported(scene, same) if scene.named.runs else []
    for at, kind in supported:
        scene.add(
            [(at, line.amount)],
            reason="reference",
            by=kind,
            fit="equal",
            rivals=len(supported) - 1,
            flag="part" if "part" in scene.named.words else "",
        )
    _discounted(scene)
    flag = _words(scene)
    sums = _sums(scene, scene.who) if scene.who else []
    if scene.who and not own and not sums:  # a mother may pay for one of her daughters
        others = sorted(scene.family - scene.who.keys())[:FAMILY_MAX]
        sums = [found for one in others for found in _sums(scene, (one,))]
    if own:
        doubt = "+".join(filter(None, (flag, _doubt(scene, has_sums=bool(sums)))))
        rivals = len(own) - 1 + (scene.twins(own) if scene.named.loose else 0)
        for at, flags in _likelier(scene, own, doubt, is_read=not flag).items():
            scene.add(
                [(at, line.amount)],
                reason="reference",
                by="amount",
                fit="equal",
                rivals=rivals,
                flag=flags,
            )
    elif len(same) == 1 and not scene.who:
        scene.add([(same[0], line.amount)], reason="reference", by="amount", fit="equal", flag=flag)
    if sums:
        _spanned(scene)
    runs = sum(kind in PATTERNS for kind, _ in sums)
    for kind, members in sums[:6]:
        rivals, is_rare = len(sums) - 1 + scene.twins(members) + (kind == WIDE), False
        if rivals and not own and runs == 1 and kind in PATTERNS:
            among = scene.own({books.customer[at] for at in members}).positive
            odds = RARE_ODDS * (len(among) if kind == "run" else 1)
            is_rare = scene.is_rare(members, among, len(sums) - 1, odds)
        scene.add(
            [(at, scene.left[at]) for at in members],
            reason="lump",
            by=kind,
            fit="equal",
            rivals=0 if is_rare else rivals,
            flag="+".join(filter(None, (flag, RARE if is_rare else ""))),
        )
    if scene.who:
        _foreign(scene, flag)


def _spanned(scene: Scene) -> None:
    """The payer's claims from the first to the last of a range of short numbers, where all of them
    are there, each once, and come to the money."""
    books = scene.books
    for first, last, *_place in short_spans(scene.named.text):
        size = 10 ** len(str(last))
        named: dict[int, int] = {}  # end of the number -> its claim
        claims = scene.own(scene.who).positive
        for at in claims:
            serial = books.forms[at][1]
            if serial and first <= int(serial) % size <= last:
                named[int(serial) % size] = -1 if int(serial) % size in named else at
        members = [named[end] for end in sorted(named)]
        is_whole = len(members) == last - first + 1 and -1 not in members
        if is_whole and sum(scene.left[at] for at in members) == scene.line.amount:
            credited = [(at, scene.left[at]) for at in members]
            scene.add(credited, reason="lump", by="span", fit="equal")


def _supported(scene: Scene, same: Sequence[int]) -> list[tuple[int, str]]:
    """Of the claims of the line's amount, those whose number the text bears out; of many only the
    payer's family's."""
    books, line, runs = scene.books, scene.line, scene.named.runs
    if len(same) <= SAME_AMOUNT_MAX:
        return [(at, kind) for at in same if (kind := support(runs, *books.forms[at]))]
    return sorted(
        (at, kind)
        for one in scene.family
        for at, kind in books.same(one, line.currency, line.amount).numbers.supported(runs)
    )


def _own(scene: Scene, same: Sequence[int]) -> list[int]:
    """Those of the payer's family, of the claims of the line's amount."""
    books, line = scene.books, scene.line
    if len(same) <= SAME_AMOUNT_MAX:
        return [at for at in same if books.customer[at] in scene.family]
    of_each = [books.same(one, line.currency, line.amount).open for one in scene.family]
    return sorted(itertools.chain.from_iterable(of_each))


def _likelier(scene: Scene, own: Sequence[int], doubt: str, *, is_read: bool) -> dict[int, str]:
    """The claims of the amount that are worth showing, each with its flag: of several the one whose
    day or month the text tells is likelier, if the text is read for it, else the oldest."""
    found = dict.fromkeys(own[:5], doubt)
    if len(own) < 2:
        return found
    issued = scene.books.issued
    told = Days(scene.named.text.folded) if is_read else None
    at = told.one_of([issued[one] for one in own]) if told else None
    if at is not None:
        return found | {own[at]: DATED}
    return found if doubt else found | {own[0]: "first"}


def _doubt(scene: Scene, *, has_sums: bool) -> str:
    """What speaks against one claim of the amount: the customer paid as much before, which would
    be the same money again; or several of his claims come to it as well."""
    paid = _paid(scene)
    if paid:
        if _is_named_again(scene):
            return "paid number"
        latest = max(one.latest for one in paid)
        return "paid lately" if scene.line.day - latest <= LATELY else "paid"
    return "sums" if has_sums else ""


def _paid(scene: Scene) -> list[Paid]:
    """What those who may be the payer paid before that came to as much."""
    line, books = scene.line, scene.books
    of_each = (books.paid_same(one, line.currency, line.amount) for one in scene.who)
    return [one for one in of_each if one.places]


def _is_named_again(scene: Scene) -> bool:
    """Whether digits of the text are the end of one of their numbers, or nearly it."""
    if scene.is_again is None:  # it is asked twice of a line
        runs = scene.named.runs
        scene.is_again = bool(runs) and any(one.numbers.supported(runs) for one in _paid(scene))
    return scene.is_again


def _words(scene: Scene) -> str:
    """What speaks against an answer by amount alone: unexplained numbers, words of advance."""
    if _is_named(scene):
        return "named"
    words = scene.named.words & {"advance", "back", "part", "less"}
    return "+".join(sorted(words)) or ("digits" if scene.named.loose else "")


def _is_named(scene: Scene) -> bool:
    """Whether the text names something that is open."""
    return any(scene.left[at] for mention in scene.named.mentions for at in mention.items)


def _is_own_named(scene: Scene) -> bool:
    """Whether the text names something that the payer owes, or anybody where nobody is known: an
    advance on it is a part of it, no money for something to come."""
    owner, family = scene.books.customer, scene.family
    return any(
        scene.left[at] > 0 and (not family or owner[at] in family)
        for mention in scene.named.mentions
        if mention.strength in (EXACT, SERIAL)
        for at in mention.items
    )


def _discounted(scene: Scene) -> None:
    books, line = scene.books, scene.line
    for at in books.by_discounted.get((line.currency, line.amount), ())[:SAME_AMOUNT_MAX]:
        opened = books.opened[at]
        if not scene.has_discount(at):
            continue
        kind = support(scene.named.runs, *books.forms[at]) if scene.named.runs else ""
        if kind or books.customer[at] in scene.family:
            scene.add(
                [(at, opened)],
                reason="discount",
                by=kind or "amount",
                fit="discount",
                residue=line.amount - opened,
                flag="" if kind else _words(scene),
            )


def _sums(scene: Scene, customers: Collection[Id]) -> list[tuple[str, tuple[int, ...]]]:
    """Several claims of these customers together that come to the money: all, all that is due, a
    run of neighbours, any set."""
    books, line = scene.books, scene.line
    claims = scene.own(customers)
    own, sums = claims.positive, claims.sums
    if len(own) < 2 or sums.total < line.amount:
        return []
    found: dict[tuple[int, ...], str] = {}
    if sums.total == line.amount:
        found[tuple(own)] = "all"
    due, total = claims.due(line.day, books.due)
    if total == line.amount and len(due) >= 2:
        found.setdefault(due, "due")
    for run in sums.runs(line.amount, most=5):
        members = tuple(own[index] for index in run)
        found.setdefault(members, "oldest" if run.start == 0 else "run")
    kind = "set" if len(own) <= SURE_SET_MAX else WIDE
    for few in claims.oldest.sets(line.amount, most=5):
        found.setdefault(tuple(own[index] for index in few), kind)
    return [(kind, members) for members, kind in found.items()]


def _foreign(scene: Scene, flag: str) -> None:
    """The payer's only claim in another currency that comes near at our rate. What another line
    of today settled is a rival: it may have been taken for one that is left."""
    line, near, gone = scene.line, [], 0
    for one in scene.who:
        for currency, own in scene.books.by_customer.get(one, {}).items():
            for at in own.every[-OWN_MAX:] if currency != line.currency else ():
                left = scene.left[at]
                claim = left or scene.books.opened[at]
                fair = scene.convert(claim, currency, line.currency, line.day) if claim > 0 else 0
                if fair and abs(line.amount - fair) * 1000 <= fair * FX_BAND:
                    gone += not left and at not in scene.books.told
                    near += [(at, fair)] if left else []
    for at, fair in near[:3]:
        scene.add(
            [(at, scene.left[at])],
            reason="fx",
            by="amount",
            fit="rate",
            residue=scene.line.amount - fair,
            rivals=len(near) - 1 + gone,
            flag=flag,
        )


def paid_before(scene: Scene) -> None:
    """The same money a second time: its number and amount are those of a payment before, or of
    another line of today."""
    books, line = scene.books, scene.line
    for mention in scene.named.mentions:
        for at in mention.items:
            if not scene.left[at] and books.opened[at] == line.amount:
                scene.add([], reason="duplicate", by="taken", fit="equal", residue=line.amount)
                return
        for at in mention.paid:
            if books.paid[at].paid == line.amount or books.paid[at].amount == line.amount:
                scene.add(
                    [], reason="duplicate", by="paid number", fit="equal", residue=line.amount
                )
                return
    if _paid(scene):
        by = "paid tail" if _is_named_again(scene) else "paid amount"
        scene.add([], reason="duplicate", by=by, fit="equal", residue=line.amount)


def nothing(scene: Scene) -> None:
    """What is no payment of anything that is open. Money that went out is none for sure."""
    if scene.line.amount <= 0:
        scene.add([], reason="unrelated", by=OUT, fit="none", residue=scene.line.amount)
        return
    words = frozenset() if _is_own_named(scene) else scene.named.words
    reason = "prepayment" if "advance" in words or scene.who else "unrelated"
    by = "advance" if "advance" in words else "back" if "back" in words else "nothing"
    flag = "named" if _is_named(scene) else "digits" if scene.named.loose else ""
    scene.add([], reason=reason, by=by, fit="none", residue=scene.line.amount, flag=flag)
