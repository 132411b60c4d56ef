"""Money that is less than what is named, and that nothing agreed explains: a part of a document,
one of several that was paid short, or some cents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from acquit.stages.matching.rules import subsets
from acquit.stages.matching.rules.books import OWN_MAX, discounts_of, shared_out
from acquit.stages.matching.rules.gaps import SMALL, TAKEN_RATES, TAX_RATES
from acquit.stages.matching.rules.scene import SAID, Scene
from acquit.stages.matching.rules.similar import MISREAD, TYPO, support

ODD_FEE = "odd fee"
CENTS = "cents"  # less by so little that nobody asks why
CENTS_SHARE = 20  # what is named is more than so many times that
TAKEN = "taken discount"  # less by a discount that the text says, and that nobody agreed to
TAKEN_MAX = 1_000  # basis points that anybody takes
_RATE = re.compile(r"(\d{1,2}(?:[.,]\d{1,2})?) ?(?:%|PCT\b|PROZENT|PERCENT|POUR ?CENT|LA SUTA)")
TAX_MOST = 30  # percent withheld where the text speaks of tax
MISREAD_SHARE = 20  # a document of which less is missing may be the one with a number like that
SHORT_MAX = 4  # of several documents, those that are taken for the one paid short


def taken_discount(scene: Scene, chosen: Sequence[int], missing: int) -> list[int] | None:
    """What is missing as discounts that nobody agreed to, one for each document, where the payer
    writes of a discount: at a rate that he names, else at a usual one. None where it is not."""
    if "discount" not in scene.named.words:
        return None
    left, opened = scene.left, scene.books.opened
    if any(left[at] != opened[at] or left[at] <= 0 for at in chosen):
        return None
    said = [
        int(Decimal(rate.replace(",", ".")) * 100)
        for rate in _RATE.findall(scene.named.text.folded)
    ]
    for rate in said or [100 * one for one in TAKEN_RATES]:
        if 0 < rate <= TAKEN_MAX:
            shares = shared_out([discounts_of(left[at], rate) for at in chosen], missing)
            if shares:
                return shares
    return None


def one_part(scene: Scene, at: int, missing: int, by: str, flag: str) -> None:
    claim, amount = scene.left[at], scene.line.amount
    is_tax = taxed(scene, at, missing, by, flag)
    if _is_cents(scene, [(at, claim)], missing, flag):
        flag = "on" if scene.named.goes_on else ""
        scene.add([(at, amount)], reason="short-pay", by=by, fit=CENTS, flag=flag)
        return
    is_even = amount in (claim // 2, claim // 3, claim // 4) or amount % 10_000 == 0
    reason = "instalment" if "part" in flag or (is_even and "less" not in flag) else "short-pay"
    fit = "even part" if is_even else "small rest" if missing * 20 < claim else "part"
    flag = flag or ("tax" if is_tax else "on" if scene.named.goes_on else "")
    scene.add([(at, amount)], reason=reason, by=by, fit=fit, flag=flag)


def taxed(scene: Scene, at: int, missing: int, by: str, flag: str) -> bool:
    """The document whole, less a tax that was withheld; whether what is missing may be one."""
    claim, is_tax = scene.left[at], False
    said = SAID if "tax" in scene.named.words and not flag else flag
    for rate in _rates(scene.named.words):
        if missing in (claim * rate // 100, (claim * rate + 50) // 100):
            is_tax, whole = True, [(at, claim)]
            scene.add(whole, reason="tax", by=by, fit=f"tax {rate}", residue=-missing, flag=said)
    return is_tax


def _rates(words: frozenset[str]) -> Sequence[int]:
    """The rates at which tax may have been withheld. Who writes of a discount or why he pays less
    withholds none, even where nobody agreed to it; who writes of tax does so at any rate."""
    if "tax" in words:
        return range(1, TAX_MOST + 1)
    return TAX_RATES if words.isdisjoint(("discount", "less")) else ()


def _is_cents(scene: Scene, whole: list[tuple[int, int]], missing: int, flag: str) -> bool:
    """Whether next to nothing is missing, of which the text says nothing, and which nothing that
    was agreed or is withheld explains."""
    known = scene.found.get(tuple(sorted(whole)))
    if flag or (known and known.fit != ODD_FEE):
        return False
    return missing < SMALL and missing * CENTS_SHARE < sum(part for _at, part in whole)


def several_part(scene: Scene, chosen: Sequence[int], missing: int, by: str, flag: str) -> None:
    """Several named and not enough: perhaps some of them alone, else one of them short, the last
    or another. Credit notes that are named pay with the money."""
    amount, left = scene.line.amount, scene.left
    positive = [at for at in chosen if left[at] > 0]
    found = subsets.sets([left[at] for at in positive], amount, least=1, most=3)
    for chosen_few in found:
        credited = [(positive[index], left[positive[index]]) for index in chosen_few]
        scene.add(
            credited, reason="lump", by="some", fit="equal", rivals=len(found) - 1, flag="less"
        )
    notes = [(at, left[at]) for at in chosen if left[at] < 0]
    whole = [(at, left[at]) for at in chosen]
    is_cents = _is_cents(scene, whole, missing, flag)
    short = [at for at in reversed(positive) if left[at] > missing]
    for one in short[: 1 if is_cents else SHORT_MAX]:  # nobody asks of which the cents are missing
        credited = [*notes, *((at, left[at] - missing * (at == one)) for at in positive)]
        rivals, fit = (0, CENTS) if is_cents else (len(short) - 1, "part")
        scene.add(credited, reason="short-pay", by=by, fit=fit, rivals=rivals, flag=flag)
    if short:
        return
    credited, rest = notes, amount - sum(part for _, part in notes)
    for at in positive:
        part = min(rest, left[at])
        if part > 0:
            credited.append((at, part))
            rest -= part
    if rest == 0 and credited:
        rivals = len(positive) - 1
        scene.add(credited, reason="short-pay", by=by, fit="part", rivals=rivals, flag=flag)


def misread(scene: Scene) -> None:
    """Where nothing fits: documents of the payer whose number is one error away from digits of the
    text, and of which a little is missing. Neither bears out the other, so it is never sure."""
    amount, left, forms = scene.line.amount, scene.left, scene.books.forms
    own = scene.own(scene.who).positive[:OWN_MAX] if scene.named.runs else ()
    near = [
        at
        for at in own
        if 0 < (left[at] - amount) * MISREAD_SHARE < left[at]
        and support(scene.named.runs, *forms[at]) == TYPO
    ]
    for at in near[:SHORT_MAX]:
        scene.add(
            [(at, amount)], reason="short-pay", by=MISREAD, fit="small rest", rivals=len(near) - 1
        )
