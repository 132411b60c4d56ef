"""The evidence of an answer in words, with the pieces of the text it is about."""

from __future__ import annotations

from functools import lru_cache

from acquit.core.text import fold
from acquit.stages.matching.rules.confidence import OUT
from acquit.stages.matching.rules.deducted import ALSO_FEE
from acquit.stages.matching.rules.inputs import Reason
from acquit.stages.matching.rules.payers import ACCOUNT, DECLARED, GIVEN, NUMBER, SIGN
from acquit.stages.matching.rules.reading import short_spans
from acquit.stages.matching.rules.scene import (
    DATED,
    RARE,
    SAID,
    TOGETHER,
    TOLD_FEE,
    Hypothesis,
    Scene,
)
from acquit.stages.matching.rules.short import TAKEN
from acquit.stages.matching.rules.similar import MISREAD, TAIL, TYPO, place

_BY = {
    "advice": "the remittance advice lists it",
    DECLARED: "the text has the reference under which it was declared",
    TAIL: "the text ends like the number",
    TYPO: "a number in the text differs by one character",
    MISREAD: "a number in the text differs by one character",
    "span": "the text names the first and the last",
    "amount": "the amount is that of the document",
    "all": "the amount is everything the customer owes",
    "due": "the amount is everything that is due",
    "oldest": "the amount is that of the oldest documents together",
    "run": "the amount is that of neighbouring documents together",
    "set": "the amount is that of several documents together",
    "wide set": "the amount is that of several documents together",
    "paid number": "the text names a document that was paid before",
    "paid tail": "the text ends like the number of a document of this amount that was paid before",
    "paid amount": "the customer paid this amount before",
    "taken": "another receipt already settles these documents",
    "advance": "the text speaks of money in advance",
    "back": "the text speaks of money given back",
    OUT: "no money came in",
}
_FIT = {
    "equal": "amount exact",
    "discount": "the agreed discount was taken",
    "late discount": "a discount was taken after its time",
    TAKEN: "a discount was taken that nobody agreed to",
    "fee": "a bank fee is missing",
    "large fee": "a bank fee is missing",
    TOLD_FEE: "the amount is exact with the bank charges that the statement tells",
    "netted": "the payout is smaller by what went back to payers",
    "odd fee": "a small amount is missing",
    "even part": "a part of the amount",
    "small rest": "a small rest stays open",
    "part": "less than what is open",
    "cents": "a small amount is missing",
    "over": "more than what is open",
    "rate": "the amount at the day's rate",
    "part at rate": "less than what is open, at the day's rate",
}
_PATTERN = {
    ALSO_FEE: "a bank fee is missing",
    "row": "the documents named are neighbours, and the next ones make up the rest",
    DATED: "the text tells the day or the month of the document",
    TOGETHER: "with other receipts it is paid whole",
    RARE: "other documents of the same amounts would fit only by accident",
}
_PAYER = {
    "family": "the payer is of the customer's group",
    "tie": "several customers fit the payer",
    "unknown": "the payer is not known",
    "other": "the payer is known as another customer",
}
_KNOWN = {
    ACCOUNT: "the payer's account is known as the customer's",
    NUMBER: "the text names the customer's number",
    GIVEN: "the receipt was recorded for this customer",
    SIGN: "such texts of this payer were always for this customer",
    DECLARED: "the customer declared this transfer himself",
}
_PAID = {
    "paid": _BY["paid amount"],
    "paid lately": _BY["paid amount"],
    "paid number": _BY["paid tail"],
}
AT_LEAST = "at least "  # before the number of rivals, where there may be more
_NUMBERED = ("exact", "order", "serial", "advice", DECLARED, "span", "some", TAIL, TYPO, MISREAD)


_said = lru_cache(maxsize=10_000)(Reason)  # most of what is said is said of many


def reasons(
    scene: Scene, one: Hypothesis, best: Hypothesis, rivals: int, *, is_bound: bool
) -> tuple[Reason, ...]:
    """Why, in the order of weight; places of the text are marked. ``best`` is the first answer of
    the line: where it is another one, the last words say why this one came after it. There may be
    more ``rivals`` than were counted where their number ``is_bound``."""
    found = _numbers(scene, one)
    by = _BY.get(one.by) or _BY.get(one.by.removesuffix(" and credit"))
    if by:
        found.append(_said("reference", by, *_similar(scene, one)))
    kept_back = _kept_back(scene) if one.by == "advice" else []
    found += kept_back
    if one.by.endswith(" and credit"):
        found.append(_said("amount", "a credit note of the customer is taken off"))
    if not kept_back or one.fit != "equal":
        found += _fits(one.fit, one.flag, bool(one.credited))
    if one.by == "advice":
        found += _also_kept(one)
    found += _unrated(scene) if one.by == "nothing" else []
    found += _payer(scene, one)
    found += _passed(scene) if one.credited else []
    found += _paid_lately(one)
    why_not = "" if one is best else _why_not(one, best)
    if rivals or why_not or one.flag:
        found += _doubts(rivals, is_bound, "contested" in one.flag, why_not)
    return tuple(found)


def _kept_back(scene: Scene) -> list[Reason]:
    """What the payer says that he did not pay of documents, and why."""
    advice = scene.books.advice_of.get(scene.line.id)
    return [
        Reason("warning", f"of {part.number} the payer kept back {part.reason}")
        for part in (advice.parts if advice else ())
        if part.reason
    ]


def _also_kept(one: Hypothesis) -> list[Reason]:
    """What else an advice says was kept back, beside what comes first."""
    whys = dict.fromkeys(why for _at, _minor, why in one.kept)
    return [_said("amount", _FIT[why]) for why in whys if why in _FIT and why != one.fit]


@lru_cache(maxsize=1_000)
def _fits(fit: str, flag: str, is_credited: bool) -> list[Reason]:
    found: list[Reason] = []
    if fit in _FIT and is_credited:
        found.append(Reason("amount", _FIT[fit]))
    elif fit.startswith("tax"):
        is_said = SAID in flag.split("+")
        words = "% tax was kept back" if is_said else "% is missing, as where tax is withheld"
        found.append(Reason("amount", f"{fit[4:]} {words}"))
    return found + [Reason("amount", _PATTERN[one]) for one in flag.split("+") if one in _PATTERN]


@lru_cache(maxsize=1_000)
def _doubts(rivals: int, is_bound: bool, is_contested: bool, why_not: str) -> list[Reason]:
    found: list[Reason] = []
    if rivals:
        others = "other answer fits" if rivals == 1 else "other answers fit"
        least = AT_LEAST if is_bound else ""
        found.append(Reason("rival", f"{least}{rivals} {others} as well"))
    if is_contested:
        found.append(Reason("warning", "another receipt wants the same document"))
    if why_not:
        found.append(Reason("rival", why_not))
    return found


def _numbers(scene: Scene, one: Hypothesis) -> list[Reason]:
    """The documents that the text names, each at its place."""
    found: list[Reason] = []
    if not one.credited:
        return found
    credited = {at for at, _ in one.credited}
    unnamed = set(credited)
    for mention in scene.named.mentions:
        for at in mention.items:
            if at in credited:
                where = "end-to-end id" if mention.start < 0 else "text"
                start, end = in_original(scene.line.text, mention.start, mention.end)
                number = scene.books.number[at]
                found.append(Reason("reference", f"number {number} in {where}", start, end))
                unnamed.discard(at)
    return found + (_ended(scene, one, unnamed) if unnamed else [])


def _ended(scene: Scene, one: Hypothesis, credited: set[int]) -> list[Reason]:
    """Documents whose number ends in digits of the text that are no number by themselves."""
    if not one.by.startswith(("exact", "serial")) or not (scene.named.loose or scene.named.chains):
        return []
    found: list[Reason] = []
    for at in sorted(credited.difference(one.beside)):
        start, end = place(scene.named.runs, *scene.books.forms[at], TAIL)
        if start >= 0:
            where = in_original(scene.line.text, start, end)
            found.append(Reason("reference", f"number {scene.books.number[at]} in text", *where))
    return found


def _paid_lately(one: Hypothesis) -> list[Reason]:
    """What makes an amount weaker evidence."""
    flags = one.flag.split("+") if one.credited else ()
    return [_said("warning", _PAID[flag]) for flag in flags if flag in _PAID]


def _unrated(scene: Scene) -> list[Reason]:
    """Documents that the text names whole and that nobody can compare with the money: they are in
    a currency of which no rate is known."""
    books, line = scene.books, scene.line
    found: list[Reason] = []
    for mention in scene.named.mentions if line.amount > 0 else ():
        for at in mention.items if mention.strength == "exact" else ():
            currency = books.currency[at]
            if scene.left[at] and not scene.convert(100, currency, line.currency, line.day):
                start, end = in_original(line.text, mention.start, mention.end)
                where = "end-to-end id" if mention.start < 0 else "text"
                named = f"number {books.number[at]} in {where}"
                found.append(Reason("reference", named, start, end))
                found.append(Reason("warning", f"no rate from {currency} to {line.currency}"))
    return found


def _similar(scene: Scene, one: Hypothesis) -> tuple[int, int]:
    """Where the digits stand that only look like the number, or the short ends of a range."""
    if one.by == "span":
        _first, _last, *place_of = next(short_spans(scene.named.text), (0, 0, -1, -1))
        start, end = place_of
        return in_original(scene.line.text, start, end)
    if one.by not in (TAIL, TYPO, MISREAD) or not one.credited:
        return -1, -1
    at, kind = one.credited[0][0], TYPO if one.by == MISREAD else one.by
    start, end = place(scene.named.runs, *scene.books.forms[at], kind)
    return in_original(scene.line.text, start, end)


def _payer(scene: Scene, one: Hypothesis) -> list[Reason]:
    if not one.credited:
        words = "" if scene.who else _PAYER["unknown"]
        if one.by == "nothing" and scene.who:
            if _is_wanted(scene):
                return [_said("warning", "another receipt wants the same document")]
            words = "no open document of this customer has this amount"
        return [_said("payer", words)] if words else []
    if one.payer in _PAYER and SIGN not in scene.who.values():
        kind = "warning" if one.payer in ("other", "tie") else "payer"
        return [_said(kind, _PAYER[one.payer])]
    how = {scene.who.get(scene.books.customer[at], "") for at, _ in one.credited}
    known = how.pop() if len(how) == 1 else ""
    return [_said("payer", _KNOWN.get(known, "the payer's name is known as the customer's"))]


def _is_wanted(scene: Scene) -> bool:
    """Whether the payer owes this very amount: only another receipt can have taken it."""
    books, line = scene.books, scene.line
    return any(books.same(one, line.currency, line.amount).open for one in scene.who)


def _passed(scene: Scene) -> list[Reason]:
    """Numbers of the text that earlier texts of the payer tell to be none of ours."""
    learnt = scene.named.learnt
    if not learnt:  # nearly always: the text need not be read again
        return []
    text = scene.named.text
    return [
        Reason(
            "payer",
            f"what follows {text.pieces[at - 1]} was never a number of ours in this payer's texts",
            *in_original(scene.line.text, text.starts[at], text.ends[at]),
        )
        for at in learnt
    ]


def _why_not(one: Hypothesis, best: Hypothesis) -> str:
    if not one.credited:
        return "the first answer explains the money"
    if not best.credited:
        return "it is likelier that this money is for something else"
    if one.evidence == best.evidence:
        return "nothing tells it apart from the first answer"
    if best.by.startswith(_NUMBERED) and not one.by.startswith(_NUMBERED):
        return "its number is not in the text"
    if best.fit == "equal" and one.fit != "equal":
        return "the amount of the first answer is exact"
    if best.payer == "payer" and one.payer != "payer":
        return "the first answer is of the payer's own documents"
    return "such evidence was right less often than that of the first answer"


def in_original(text: str, start: int, end: int) -> tuple[int, int]:
    """A place of the folded text in the text as it was written, where one letter may have become
    two or none."""
    if start < 0 or text.isascii() or len(fold(text)) == len(text):
        return start, end
    places = [at for at, letter in enumerate(text) for _ in fold(letter)]
    return places[start], places[end - 1] + 1
