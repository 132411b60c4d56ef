"""What a line may have paid: every answer worth weighing, with the evidence it rests on.

Numbers first: what is named is weighed against the money (equal, less by a discount, a fee or a
tax, a part, more). Then amounts: which claims of the payer, or of all, come to the money, by
themselves, as everything that is due, as a run or as any set; and how many others do as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from acquit.stages.matching.rules import subsets
from acquit.stages.matching.rules.books import Books, discount_of
from acquit.stages.matching.rules.inputs import BankLine, Convert, Id
from acquit.stages.matching.rules.mentions import EXACT, ORDER, SERIAL, Named, named
from acquit.stages.matching.rules.payers import Payers
from acquit.stages.matching.rules.similar import support

FEE_MAX = 2_500  # minor units a bank keeps back at most
FEE_STEP = 50
TAX_RATES = (1, 2, 3, 5, 8, 10, 15, 16)  # percent withheld at the source
GRACE_DAYS = 5  # days after its end in which a discount is still taken
FX_BAND = 20  # thousandths between the payer's rate and ours
SAME_AMOUNT_MAX = 40  # claims of one amount that are looked at one by one
OWN_MAX = 400
SURE_SET_MAX = 10  # items among which one set that adds up is hardly ever an accident
CUT_MIN = 50  # characters from which a text may have been cut by a bank
TAIL_MIN, TAIL_MAX = 4, 9  # digits that may be the end of a number


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One answer. ``credited`` are positions of items with the amount each gets."""

    credited: tuple[tuple[int, int], ...]
    residue: int
    reason: str
    by: str  # how the items are known: exact, order, serial, tail, typo, span, amount, run ...
    fit: str  # how the amount fits: equal, discount, fee, tax, part, over, rate
    payer: str  # whose claims they are: payer, family, unknown, other
    rivals: int = 0
    flag: str = ""

    @property
    def evidence(self) -> str:
        """The class of evidence whose precision was measured."""
        count = len(self.credited)
        size = "1" if count == 1 else "2" if count == 2 else "few" if count < 6 else "many"
        rivals = str(self.rivals) if self.rivals < 3 else "more"
        return "/".join((self.by, self.fit, self.flag or "-", rivals, self.payer, size))


class Scene:
    """One line with what it names and who may have paid it."""

    def __init__(self, line: BankLine, books: Books, payers: Payers, convert: Convert) -> None:
        self.line, self.books, self.payers, self.convert = line, books, payers, convert
        self.left = books.left
        self.named: Named = named(line, books, payers)
        self.who, self.is_known = payers.who(line, self.named.customers)
        self.family = {member for one in self.who for member in payers.family(one)}
        self.found: dict[tuple[tuple[int, int], ...], Hypothesis] = {}

    def payer(self, items: Iterable[int]) -> str:
        """Whether the items are the payer's own, its family's, another's; or nobody is known."""
        owners = {self.books.items[at].customer for at in items}
        if not self.who:
            return "unknown"
        if owners <= self.who.keys():
            return "payer" if self.is_known else "tie"
        return "family" if owners <= self.family else "other"

    def add(
        self,
        credited: Sequence[tuple[int, int]],
        *,
        reason: str,
        by: str,
        fit: str,
        residue: int = 0,
        rivals: int = 0,
        flag: str = "",
    ) -> None:
        key = tuple(sorted(credited))
        if key not in self.found:
            payer = self.payer(at for at, _ in key) if key else ("known" if self.who else "unknown")
            if payer == "family" and reason in ("reference", "lump"):
                reason = "parent"
            self.found[key] = Hypothesis(key, residue, reason, by, fit, payer, rivals, flag)

    def own(self, customers: Iterable[Id]) -> list[int]:
        """Open items of these customers in the line's currency, oldest first."""
        items = self.books.items
        found = [
            at
            for one in customers
            for at in self.books.by_customer.get(one, ())
            if items[at].currency == self.line.currency and self.left[at]
        ]
        found.sort()
        return found


def hypotheses(
    line: BankLine, *, books: Books, payers: Payers, convert: Convert
) -> tuple[Scene, list[Hypothesis]]:
    """Every answer worth weighing, in no order of merit."""
    scene = Scene(line, books, payers, convert)
    _by_advice(scene)
    _by_numbers(scene)
    if not any(one.fit == "equal" and one.by in (EXACT, "advice") for one in scene.found.values()):
        _by_amount(scene)
    _paid_before(scene)
    _nothing(scene)
    return scene, list(scene.found.values())


def _by_advice(scene: Scene) -> None:
    advice = scene.named.advice
    if advice is None:
        return
    books, credited = scene.books, []
    for number, part in advice.parts:
        key = "".join(c for c in number.upper() if c.isalnum())
        known = [
            at for at in books.numbers.get(key, ()) if books.items[at].currency == advice.currency
        ]
        if len(known) != 1:
            return
        credited.append((known[0], part))
    total = sum(part for _, part in credited)
    fit = "equal" if total == scene.line.amount else "over" if total < scene.line.amount else "part"
    if fit != "part":
        scene.add(
            credited, reason="advice", by="advice", fit=fit, residue=scene.line.amount - total
        )


def _by_numbers(scene: Scene) -> None:
    """What is named, weighed against the money; weak numbers only where something supports them."""
    items, line = scene.books.items, scene.line
    strong: list[int] = []
    order: list[int] = []
    weak: list[int] = []
    for mention in scene.named.mentions:
        pool = {EXACT: strong, ORDER: order, SERIAL: weak}[mention.strength]
        pool.extend(at for at in _fitting(scene, mention.items) if at not in pool)
    weak.extend(at for at in _tails(scene, strong) if at not in weak)
    same = [at for at in strong if items[at].currency == line.currency]
    foreign = [at for at in strong if items[at].currency != line.currency]
    if same:
        helped = [at for at in weak if items[at].customer in {items[s].customer for s in same}]
        chosen = [
            *same,
            *(at for at in helped if at not in same and items[at].currency == line.currency),
        ]
        _weigh(scene, chosen, EXACT)
        if len(chosen) > len(same):
            _weigh(scene, same, EXACT)
    elif weak:
        own = [at for at in weak if items[at].currency == line.currency]
        mine = [at for at in own if items[at].customer in scene.family]
        if mine or not scene.who:
            _weigh(scene, mine or own, SERIAL)
        for at in own:
            if at not in mine and scene.left[at] == line.amount:
                _weigh(scene, [at], SERIAL)
    if order:
        own = [at for at in order if items[at].currency == line.currency]
        if own:
            _weigh(scene, own, ORDER)
    for at in foreign or [at for at in (*order, *weak) if items[at].currency != line.currency]:
        _by_rate(scene, at, EXACT if foreign else SERIAL)


def _tails(scene: Scene, strong: Sequence[int]) -> list[int]:
    """Items of the payer, or of who is named, whose number ends in digits of the text."""
    if not scene.named.loose:
        return []
    items = scene.books.items
    customers = {items[at].customer for at in strong} or scene.family
    own = [at for at in scene.own(customers) if at not in strong][:OWN_MAX]
    found: list[int] = []
    for digits in scene.named.loose:
        if TAIL_MIN <= len(digits) <= TAIL_MAX:
            fits = [at for at in own if _ends(scene.books, at, digits)]
            if len(fits) == 1 and fits[0] not in found:
                found.append(fits[0])
    return found


def _ends(books: Books, at: int, digits: str) -> bool:
    return books.digits_of_item[at].endswith(digits)


def _fitting(scene: Scene, found: Sequence[int]) -> Sequence[int]:
    """Of several items with one number those of the payer, else those of the right amount."""
    found = [at for at in found if scene.left[at]]
    if len(found) == 1:
        return found
    items = scene.books.items
    mine = [at for at in found if items[at].customer in scene.family]
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
    flag = "more" if scene.named.text.has_more else ""
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
        _completed(scene, chosen, amount - total, by)
        if not scene.named.spans:
            reason = "overpayment"
            scene.add(whole, reason=reason, by=by, fit="over", residue=amount - total, flag=flag)


def _spanned(scene: Scene, chosen: Sequence[int]) -> None:
    """From the first to the last: what the customer has in between."""
    customers = {scene.books.items[at].customer for at in chosen}
    low, high = min(chosen), max(chosen)
    between = [at for at in scene.own(customers) if low <= at <= high and scene.left[at] > 0]
    if sum(scene.left[at] for at in between) == scene.line.amount:
        credited = [(at, scene.left[at]) for at in between]
        scene.add(credited, reason="lump", by="span", fit="equal")


def _less(
    scene: Scene, chosen: Sequence[int], whole: list[tuple[int, int]], missing: int, by: str
) -> None:
    """Less money than is named: an agreed discount, a fee, a tax, or a part."""
    items, words = scene.books.items, scene.named.text.words
    offered = [discount_of(items[at]) for at in chosen if _has_discount(scene, at)]
    late = sum(discount_of(items[at]) for at in chosen if scene.left[at] == items[at].open)
    flag = "+".join(sorted(words & {"part", "less"}))
    if offered and missing == sum(offered):
        scene.add(whole, reason="discount", by=by, fit="discount", residue=-missing, flag=flag)
    elif late and missing == late:
        scene.add(whole, reason="discount", by=by, fit="late discount", residue=-missing, flag=flag)
    if missing <= FEE_MAX and missing % FEE_STEP == 0:
        fit = "fee" if missing % 250 == 0 else "odd fee"
        scene.add(whole, reason="fee", by=by, fit=fit, residue=-missing, flag=flag)
    if len(chosen) == 1:
        _one_part(scene, chosen[0], missing, by, flag)
    else:
        _several_part(scene, chosen, by, flag)


def _one_part(scene: Scene, at: int, missing: int, by: str, flag: str) -> None:
    claim, amount = scene.left[at], scene.line.amount
    for rate in TAX_RATES:
        if missing in (claim * rate // 100, (claim * rate + 50) // 100):
            residue = -missing
            scene.add(
                [(at, claim)], reason="tax", by=by, fit=f"tax {rate}", residue=residue, flag=flag
            )
    is_even = amount in (claim // 2, claim // 3, claim // 4) or amount % 10_000 == 0
    reason = "instalment" if "part" in flag or (is_even and "less" not in flag) else "short-pay"
    fit = "even part" if is_even else "small rest" if missing * 20 < claim else "part"
    scene.add([(at, amount)], reason=reason, by=by, fit=fit, flag=flag)


def _several_part(scene: Scene, chosen: Sequence[int], by: str, flag: str) -> None:
    """Several named and not enough: perhaps some of them alone, else the last one short."""
    amount = scene.line.amount
    positive = [at for at in chosen if scene.left[at] > 0]
    found = subsets.sets([scene.left[at] for at in positive], amount, least=1, most=3)
    for chosen_few in found:
        credited = [(positive[index], scene.left[positive[index]]) for index in chosen_few]
        scene.add(
            credited, reason="lump", by="some", fit="equal", rivals=len(found) - 1, flag="less"
        )
    rest, credited = amount, []
    for at in positive:
        part = min(rest, scene.left[at])
        if part > 0:
            credited.append((at, part))
            rest -= part
    if rest == 0 and credited:
        scene.add(credited, reason="short-pay", by=by, fit="part", flag=flag)


def _completed(scene: Scene, chosen: Sequence[int], rest: int, by: str) -> None:
    """More money than is named: what else of the same customers makes it whole."""
    items = scene.books.items
    customers = {items[at].customer for at in chosen}
    own = [at for at in scene.own(customers) if scene.left[at] > 0][:OWN_MAX]
    taken = set(chosen)
    others = [at for at in own if at not in taken]
    found: list[tuple[str, tuple[int, ...]]] = []
    amounts = [scene.left[at] for at in own]
    for run in subsets.runs(amounts, scene.line.amount):
        members = tuple(own[index] for index in run)
        if taken <= set(members):
            found.append(("run", members))
    found.extend(_following(scene, chosen, others, rest))
    if not found:
        found.extend(("one more", (*chosen, at)) for at in others if scene.left[at] == rest)
    if len(found) <= 1:
        near = sorted(others, key=lambda at: abs(at - chosen[-1]))
        near = sorted(near[: subsets.FREE_MAX])
        kind = "set" if len(others) <= SURE_SET_MAX else "wide set"
        for few in subsets.sets([scene.left[at] for at in near], rest, most=4):
            found.append((kind, (*chosen, *(near[index] for index in few))))
    flag = "more" if scene.named.text.has_more else ""
    for kind, members in found[:5]:
        credited = [(at, scene.left[at]) for at in members]
        scene.add(
            credited,
            reason="lump",
            by=f"{by} and {kind}",
            fit="equal",
            rivals=len(found) - 1,
            flag=flag,
        )


def _following(
    scene: Scene, chosen: Sequence[int], others: Sequence[int], rest: int
) -> list[tuple[str, tuple[int, ...]]]:
    """What comes after the last one named, where the text was cut."""
    later = [at for at in others if at > chosen[-1]]
    if len(scene.line.text) < CUT_MIN or not later:
        return []
    amounts = [scene.left[at] for at in later]
    for run in subsets.runs(amounts, rest, least=1):
        if run.start == 0:
            return [("next", (*chosen, *(later[index] for index in run)))]
    return []


def _by_rate(scene: Scene, at: int, by: str) -> None:
    """A claim in another currency, paid at the payer's own rate."""
    item, line, claim = scene.books.items[at], scene.line, scene.left[at]
    fair = scene.convert(claim, item.currency, line.currency, line.day)
    if fair is None or fair <= 0 or abs(line.amount - fair) * 1000 > fair * FX_BAND:
        return
    scene.add([(at, claim)], reason="fx", by=by, fit="rate", residue=line.amount - fair)


def _by_amount(scene: Scene) -> None:
    """Claims that have the amount, supported by what the text shows of their number."""
    books, line = scene.books, scene.line
    same = books.with_amount(line.currency, line.amount)
    own = [at for at in same if books.items[at].customer in scene.family]
    supported = [
        (at, kind)
        for at in (own if len(same) > SAME_AMOUNT_MAX else same)
        if (kind := support(scene.named, books.items[at].number, books.serial[at]))
    ]
    for at, kind in supported:
        scene.add(
            [(at, line.amount)], reason="reference", by=kind, fit="equal", rivals=len(supported) - 1
        )
    _discounted(scene)
    flag = _words(scene)
    if own:
        for at in own[:5]:
            scene.add(
                [(at, line.amount)],
                reason="reference",
                by="amount",
                fit="equal",
                rivals=len(own) - 1,
                flag=flag if flag else "first" if at == own[0] and len(own) > 1 else "",
            )
    elif len(same) == 1 and not scene.who:
        scene.add([(same[0], line.amount)], reason="reference", by="amount", fit="equal", flag=flag)
    if scene.who:
        _sums(scene, flag)
        _foreign(scene)


def _words(scene: Scene) -> str:
    """What speaks against an answer by amount alone: unexplained numbers, words of advance."""
    if any(scene.left[at] for mention in scene.named.mentions for at in mention.items):
        return "named"
    words = scene.named.text.words & {"advance", "back", "part", "less"}
    return "+".join(sorted(words)) or ("digits" if scene.named.loose else "")


def _discounted(scene: Scene) -> None:
    books, line = scene.books, scene.line
    for at in books.by_discounted.get((line.currency, line.amount), ())[:SAME_AMOUNT_MAX]:
        item = books.items[at]
        if not _has_discount(scene, at):
            continue
        kind = support(scene.named, item.number, books.serial[at])
        if kind or item.customer in scene.family:
            scene.add(
                [(at, item.open)],
                reason="discount",
                by=kind or "amount",
                fit="discount",
                residue=line.amount - item.open,
                flag="" if kind else _words(scene),
            )


def _sums(scene: Scene, flag: str) -> None:
    """Several claims of the payer: all, all that is due, a run of neighbours, any set."""
    items, line = scene.books.items, scene.line
    own = [at for at in scene.own(scene.who) if scene.left[at] > 0][:OWN_MAX]
    if len(own) < 2:
        return
    found: list[tuple[str, tuple[int, ...]]] = []
    due = [at for at in own if items[at].due <= line.day]
    for kind, group in (("all", own), ("due", due)):
        if len(group) >= 2 and sum(scene.left[at] for at in group) == line.amount:
            found.append((kind, tuple(group)))
    amounts = [scene.left[at] for at in own]
    for run in subsets.runs(amounts, line.amount, most=5):
        members = tuple(own[index] for index in run)
        if all(members != known for _, known in found):
            found.append(("oldest" if run.start == 0 else "run", members))
    pool = own if len(own) <= subsets.FREE_MAX else own[: subsets.FREE_MAX]
    for few in subsets.sets([scene.left[at] for at in pool], line.amount, most=5):
        members = tuple(pool[index] for index in few)
        if all(members != known for _, known in found):
            found.append(("set" if len(own) <= SURE_SET_MAX else "wide set", members))
    for kind, members in found[:6]:
        credited = [(at, scene.left[at]) for at in members]
        scene.add(credited, reason="lump", by=kind, fit="equal", rivals=len(found) - 1, flag=flag)


def _foreign(scene: Scene) -> None:
    """The payer's only claim in another currency that comes near at our rate."""
    items = scene.books.items
    near = []
    for one in scene.who:
        for at in scene.books.by_customer.get(one, ())[:OWN_MAX]:
            item = items[at]
            if item.currency != scene.line.currency and scene.left[at] > 0:
                fair = scene.convert(
                    scene.left[at], item.currency, scene.line.currency, scene.line.day
                )
                if fair and abs(scene.line.amount - fair) * 1000 <= fair * FX_BAND:
                    near.append((at, fair))
    for at, fair in near[:3]:
        scene.add(
            [(at, scene.left[at])],
            reason="fx",
            by="amount",
            fit="rate",
            residue=scene.line.amount - fair,
            rivals=len(near) - 1,
        )


def _paid_before(scene: Scene) -> None:
    """The same money a second time: its number and amount are those of a payment before."""
    books, line = scene.books, scene.line
    for mention in scene.named.mentions:
        for at in mention.paid:
            if books.paid[at].paid == line.amount or books.paid[at].amount == line.amount:
                scene.add(
                    [], reason="duplicate", by="paid number", fit="equal", residue=line.amount
                )
                return
    for one in scene.who:
        if books.paid_amounts.get((one, line.currency, line.amount)):
            scene.add([], reason="duplicate", by="paid amount", fit="equal", residue=line.amount)
            return


def _nothing(scene: Scene) -> None:
    words = scene.named.text.words
    reason = "prepayment" if "advance" in words or scene.who else "unrelated"
    by = "advance" if "advance" in words else "back" if "back" in words else "nothing"
    flag = "digits" if scene.named.loose else ""
    scene.add([], reason=reason, by=by, fit="none", residue=scene.line.amount, flag=flag)


def _has_discount(scene: Scene, at: int) -> bool:
    item = scene.books.items[at]
    is_whole = scene.left[at] == item.open
    return is_whole and item.discount_bp > 0 and scene.line.day <= item.discount_until + GRACE_DAYS
