"""The evidence of an answer in words."""

from __future__ import annotations

from acquit.stages.matching.rules.hypotheses import Hypothesis, Scene
from acquit.stages.matching.rules.inputs import Reason

_BY = {
    "advice": "the remittance advice lists it",
    "tail": "the text ends like the number",
    "typo": "a number in the text differs by one character",
    "span": "the text names the first and the last",
    "amount": "the amount is that of the document",
    "all": "the amount is everything the customer owes",
    "due": "the amount is everything that is due",
    "oldest": "the amount is that of the oldest documents together",
    "run": "the amount is that of neighbouring documents together",
    "set": "the amount is that of several documents together",
    "wide set": "the amount is that of several documents together",
    "paid number": "the text names a document that was paid before",
    "paid amount": "the customer paid this amount before",
}
_FIT = {
    "equal": "amount exact",
    "discount": "the agreed discount was taken",
    "late discount": "a discount was taken after its time",
    "fee": "a bank fee is missing",
    "odd fee": "a small amount is missing",
    "even part": "a part of the amount",
    "small rest": "a small rest stays open",
    "part": "less than what is open",
    "over": "more than what is open",
    "rate": "the amount at the day's rate",
}
_PAYER = {
    "payer": "the payer is known as the customer",
    "family": "the payer is of the customer's group",
    "tie": "several customers fit the payer",
    "unknown": "the payer is not known",
    "other": "the payer is known as another customer",
}


def reasons(scene: Scene, one: Hypothesis) -> tuple[Reason, ...]:
    """Why, in the order of weight; places of the text are marked."""
    found: list[Reason] = []
    credited = {at for at, _ in one.credited}
    for mention in scene.named.mentions:
        for at in mention.items:
            if at in credited:
                number = scene.books.items[at].number
                found.append(Reason("reference", f"number {number}", mention.start, mention.end))
    if one.by in _BY:
        found.append(Reason("reference", _BY[one.by]))
    fit = _FIT.get(one.fit) or (
        f"{one.fit[4:]} % tax was kept back" if one.fit[:3] == "tax" else ""
    )
    if fit:
        found.append(Reason("amount", fit))
    if one.credited and one.payer in _PAYER:
        kind = "warning" if one.payer in ("other", "tie") else "payer"
        found.append(Reason(kind, _PAYER[one.payer]))
    if one.rivals:
        found.append(Reason("rival", f"{one.rivals} other answers fit as well"))
    if one.flag == "contested":
        found.append(Reason("warning", "another receipt wants the same document"))
    return tuple(found)
