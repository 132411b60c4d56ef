"""What fits and is not among our answers: nobody counted it, and it keeps money for a person.

Each of these was found as money that went to the wrong document on seeds for developing, where the
class of evidence as a whole is right far more often than the policy asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from acquit.stages.matching.rules.books import Books
from acquit.stages.matching.rules.mentions import EXACT
from acquit.stages.matching.rules.payers import SIGN
from acquit.stages.matching.rules.scene import TOLD_FEE, Hypothesis, Scene
from acquit.stages.matching.rules.short import TAKEN
from acquit.stages.matching.rules.similar import TYPO
from acquit.stages.matching.rules.subsets import FREE_MAX

SUMS = frozenset({"amount", "all", "due", "oldest", "run", "set", "wide set"})
ROUND = 10_000  # minor units of which payers pay so many, and no fee makes them
WAYS_MAX = 10_000  # that are told
FEES = frozenset({"fee", "odd fee", "large fee"})
WRITTEN = frozenset({"exact", "order", "serial", "advice"})
PARTS = frozenset({"part", "even part", "small rest"})
NEARLY = frozenset({"over", "cents"})  # more or a little less than is named


def is_sum(one: Hypothesis) -> bool:
    """Whether nothing but the amount says so: every other answer of the kind is a rival, though
    one claim is right far more often than several that come to the same."""
    return one.fit in ("equal", TOLD_FEE) and one.by in SUMS


def ways(scene: Scene, one: Hypothesis) -> int | None:
    """How many sets of what these customers owe come to the money, this one among them; None where
    there are too many claims to count."""
    claims = scene.own({scene.books.customer[at] for at, _ in one.credited})
    if len(claims.positive) > FREE_MAX:
        return None
    counted = claims.oldest.count(scene.sent(one))
    return None if counted is None else min(counted, WAYS_MAX)


def twins(one: Hypothesis, books: Books) -> int:
    """Other claims of the customer with the amount of one of these. Where two lines name the same
    claim, one of them was mistyped, and nobody knows which."""
    inside = {at for at, _ in one.credited}
    return sum(
        other not in inside
        for at, part in one.credited
        for other in books.same(books.customer[at], books.currency[at], part).ever
    )


def has_unseen_rival(scene: Scene, one: Hypothesis, others: Sequence[Hypothesis]) -> bool:
    """Whether an answer fits beside this one that is not among the ``others``, or is there and was
    not counted."""
    if _leaves_a_credit_note(scene, one):
        return True
    if one.fit == TAKEN:
        return True  # nobody agreed to it: the money may as well be a part
    if one.by == TYPO:
        return _is_misread(scene, one, others)
    if one.fit == "over" and "less" in scene.named.words:
        return True  # who writes that he took something off did not pay too much
    if one.fit.startswith("tax"):
        return _is_unsaid_tax(scene, one)
    if one.fit in NEARLY:
        return _is_whole_with_more(one, others)
    if is_sum(one):
        if one.payer == "tie" and SIGN not in scene.who.values():
            return True  # several customers fit the payer: that one of them owes it tells little
        return _leaves_the_span(scene, one) or _is_other_money(scene, one, others)
    if one.fit in PARTS:
        return "contested" in one.flag and _is_other_part(scene, one, others)
    if one.fit in FEES:  # a credit note that the list goes on with may be what is missing, or
        # a round sum was paid and the rest stays owed, or more is missing than banks keep of it
        is_reason_said = "less" in one.flag and "charges" not in scene.named.words
        is_odd = one.fit == "large fee" or scene.line.amount % ROUND == 0
        is_unsaid = is_odd and "charges" not in scene.named.words
        return is_reason_said or is_unsaid or scene.named.goes_on == "list"
    if one.beside:
        return (
            _pays_again(scene, one)
            or _leaves_the_span(scene, one)
            or _goes_on_otherwise(scene, one)
        )
    return False


def _is_unsaid_tax(scene: Scene, one: Hypothesis) -> bool:
    """A round share is missing and nobody speaks of tax: it may as well be a discount, a claim or a
    retention. Who withheld as much before does so again."""
    if "tax" in scene.named.words:
        return False
    rate = int(one.fit.removeprefix("tax "))
    owners = {scene.books.customer[at] for at, _ in one.credited}
    return any(rate not in scene.books.withheld.get(owner, ()) for owner in owners)


def _leaves_a_credit_note(scene: Scene, one: Hypothesis) -> bool:
    """The text names a credit note of the customer, or speaks of one and he has some; and the
    answer has none of them, though it is not all that the text names."""
    opened, owner = scene.books.opened, scene.books.customer
    is_whole = one.fit == "equal" and one.by == EXACT
    if is_whole or not one.credited or any(part < 0 for _, part in one.credited):
        return False
    customers = {owner[at] for at, _ in one.credited}
    if any(
        opened[at] < 0 and owner[at] in customers
        for mention in scene.named.mentions
        if mention.strength == EXACT
        for at in mention.items
    ):
        return True
    return "credit" in scene.named.words and bool(scene.own(customers).notes)


def _is_misread(scene: Scene, one: Hypothesis, others: Iterable[Hypothesis]) -> bool:
    """A number is taken for mistyped. Perhaps it is not: the numbers fit the money as they are
    written, or did before another receipt took the document; or one of them is whole, and the text
    goes on. Or another one was meant: another receipt wants this document too, and the customer
    owes its amount once more."""
    if any(other.by in WRITTEN and other.fit not in PARTS | {"over"} for other in others):
        return True
    if _names_what_was_taken(scene, one):
        return True
    if "contested" in one.flag and twins(one, scene.books):
        return True
    if not (scene.named.has_more or scene.named.goes_on):
        return False
    inside = {at for at, _ in one.credited}
    return any(
        at not in inside and scene.left[at] > 0
        for mention in scene.named.mentions
        for at in mention.items
        if mention.strength == EXACT and len(mention.items) == 1
    )


def _names_what_was_taken(scene: Scene, one: Hypothesis) -> bool:
    """A document of exactly this amount that another receipt took: perhaps that one is mistyped."""
    opened, amount = scene.books.opened, scene.line.amount
    return any(
        opened[at] == amount != scene.left[at] and all(at != own for own, _ in one.credited)
        for mention in scene.named.mentions
        for at in mention.items
    )


def _is_other_part(scene: Scene, one: Hypothesis, others: Iterable[Hypothesis]) -> bool:
    """A part of a document that another receipt wants too: perhaps its number is mistyped, and the
    money is all of another one; or the others that are named were taken before."""
    if any(other.fit == "equal" and other.credited for other in others):
        return True
    inside = {at for at, _ in one.credited}
    return any(
        at not in inside
        for mention in scene.named.mentions
        for at in mention.items
        if mention.strength == EXACT
    )


def _leaves_the_span(scene: Scene, one: Hypothesis) -> bool:
    """From one number to another, says the text; and some of the documents are not between."""
    named = scene.named
    placed = [mention for mention in named.mentions if mention.start >= 0]
    bounds = [at for first, last in named.spans for m in (first, last) for at in placed[m].items]
    if not bounds:
        return False
    low, high = min(bounds), max(bounds)
    return any(not low <= at <= high for at, _ in one.credited)


def _is_whole_with_more(one: Hypothesis, others: Iterable[Hypothesis]) -> bool:
    """More came than is named, or cents less, and other documents come to it exactly."""
    return any(other.fit == "equal" and other.credited for other in others)


def _is_other_money(scene: Scene, one: Hypothesis, others: Iterable[Hypothesis]) -> bool:
    """Of a payer whom nobody knows: some set of what all others owe comes to it as well. Where the
    text names a number that nobody has and the amount was paid lately: that payment once more; and
    where it has the whole number of a document that was paid, perhaps he means that one. So it is
    where several documents come to what was paid at once before. And a text that names one "and
    others" pays more than one."""
    if one.payer == "unknown" or {"digits", "paid lately"} <= set(one.flag.split("+")):
        return True
    if any(mention.paid and mention.strength == EXACT for mention in scene.named.mentions):
        return True
    if len(one.credited) == 1:
        return scene.named.has_more
    return any(other.reason == "duplicate" for other in others)


def _pays_again(scene: Scene, one: Hypothesis) -> bool:
    """The rest is what another document that is named came to, which was paid before."""
    rest, paid = sum(part for at, part in one.credited if at in one.beside), scene.books.paid
    return any(
        rest in (paid[at].amount, paid[at].paid)
        for mention in scene.named.mentions
        for at in mention.paid
    )


def _goes_on_otherwise(scene: Scene, one: Hypothesis) -> bool:
    """How a list goes on, by the amount: of a payer whom nobody knows; or where the list was cut
    and the customer has credit notes that may be among the rest."""
    if one.payer == "unknown":
        return one.by.endswith(" and next")
    if not one.by.endswith(" and one more") or scene.named.goes_on != "list":
        return False
    return bool(scene.own({scene.books.customer[at] for at, _ in one.credited}).credits)
