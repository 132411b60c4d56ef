"""What is said of payments: advices with their parts, and the money they are linked to. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar

from acquit.core.codecs import lockbox
from acquit.core.documents.bank import BankLine, BankStatement
from acquit.core.documents.remittance import RemittanceAdvice
from acquit.core.text import canonical_json, name_key, sha256

Place = tuple[int, int]
# What an advice is; the word of the first counts where several explain the same money.
BUNDLE, REMITTANCE, STATEMENT, PAYOUT, NOTIFICATION, BALANCE = KINDS = (
    "bundle",
    "remittance",
    "statement",
    "payout",
    "notification",
    "balance",
)
OF_PROVIDERS = (PAYOUT, BALANCE)


@dataclass(frozen=True, slots=True)
class PartRead:
    """One part of a sum, in signed minor units of the advice's currency."""

    kind: str
    document: str
    reference: str
    payer_name: str
    amount_minor: int
    discount_minor: int
    place: Place
    spot: str = ""  # where it stands in the file as it came, if bytes do not say it

    @property
    def byte_start(self) -> int:
        return self.place[0]


@dataclass(frozen=True, slots=True)
class AdviceRead:
    """An advice; ``amount_minor`` is the sum of its parts, so that it explains all or nothing.
    ``paid_on`` is None where the file has no day. ``heading`` is the number that stands above a
    table: its payer gives it, so it names the advice only where he is known."""

    kind: str
    number: str
    payer_name: str
    payer_iban: str
    paid_on: date | None
    currency: str
    parts: tuple[PartRead, ...]
    heading: str = ""

    @property
    def amount_minor(self) -> int:
        return sum(part.amount_minor for part in self.parts)


def called(advice: AdviceRead, *, name: str, iban: str) -> AdviceRead:
    """With its payer, where the file does not name him."""
    if advice.payer_name or advice.payer_iban:
        return advice
    return replace(advice, payer_name=name, payer_iban=iban)


Sum = tuple[str, str, str]  # the number of an advice, its payer and its currency


def headed(advice: AdviceRead, used: dict[Sum, tuple[int, str]]) -> AdviceRead:
    """Under the number that its payer gave it, unless ``used`` has that for another sum or other
    documents: some print the same number on each, such as ours at theirs."""
    if not advice.heading or not advice.payer_name:
        return advice
    said = advice.amount_minor, documents_of(advice.parts)
    if used.setdefault((advice.heading, advice.payer_name, advice.currency), said) != said:
        return advice
    return replace(advice, number=advice.heading)


def documents_of(parts: Iterable[PartLike]) -> str:
    return "|".join(part.document for part in parts)


class PartLike(Protocol):
    """A part of an advised sum, read just now or kept."""

    @property
    def kind(self) -> str: ...
    @property
    def document(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def discount_minor(self) -> int: ...
    @property
    def byte_start(self) -> int: ...


P = TypeVar("P", bound=PartLike)


@dataclass(frozen=True, slots=True)
class TakenBack(Generic[P]):
    """A part of a payout that took back what an earlier one had paid, by its place among the parts;
    ``fee_minor`` is what the provider kept for it."""

    at: int
    part: P
    fee_minor: int

    @property
    def minor(self) -> int:
        """So much smaller the payout is for it."""
        return self.fee_minor - self.part.amount_minor


def taken_back(parts: Sequence[P]) -> list[TakenBack[P]]:
    """What a payout took back of earlier ones, with the fees for it: those of its own row, and
    rows of fees with a reference that no payment of this payout has. A fee that was given back
    makes a payer's money no less: it is one of the payout."""
    back = [
        (at, part)
        for at, part in enumerate(parts)
        if part.kind in ("chargeback", "refund") and part.amount_minor < 0
    ]
    paid = {part.reference for part in parts if part.kind == "payment"}
    by_row = {part.byte_start: at for at, part in reversed(back)}
    by_name = {
        part.reference: at for at, part in reversed(back) if part.reference not in {*paid, ""}
    }
    rows = {part.byte_start for part in parts if part.kind != "fee"}
    fees = {at: 0 for at, _part in back}
    for fee in parts:
        of = by_row.get(fee.byte_start)
        if of is None and fee.byte_start not in rows:
            of = by_name.get(fee.reference)
        if fee.kind == "fee" and fee.amount_minor < 0 and of is not None:
            fees[of] -= fee.amount_minor
    return [TakenBack(at, part, fees[at]) for at, part in back]


@dataclass(frozen=True, slots=True)
class Gross:
    """What a payout that brought no money is made of, in minor units: ``paid`` by its
    payments, ``fee`` for them, ``back`` of earlier ones with the fees for that, ``kept`` by the
    provider for any other reason (less than nothing: given). paid - fee - back - kept is the
    payout."""

    paid: int
    fee: int
    back: int
    kept: int


def gross(parts: Sequence[PartLike]) -> Gross:
    """A payout of nothing or less, taken apart."""
    back = taken_back(parts)
    gone = {one.at for one in back}
    rest = [part for at, part in enumerate(parts) if part.kind != "fee" and at not in gone]
    paid = sum(part.amount_minor for part in rest if is_paid(part))
    fees = -sum(part.amount_minor for part in parts if part.kind == "fee")
    return Gross(
        paid=paid,
        fee=fees - sum(one.fee_minor for one in back),
        back=sum(one.minor for one in back),
        kept=paid - sum(part.amount_minor for part in rest),
    )


def is_paid(part: PartLike) -> bool:
    """Whether a part of a payout is money for a document."""
    is_named = part.kind == "payment" or part.document != ""
    return part.amount_minor > 0 and part.kind != "fee" and is_named


def parts_digest(parts: Iterable[tuple[str, str, str, str, int, int]]) -> str:
    """SHA-256 over the parts in their order, as they are kept: kind, document, reference, payer,
    amount and discount."""
    return sha256(canonical_json([list(part) for part in parts]))


def told_parts(line: BankLine) -> tuple[PartRead, ...]:
    """What a movement says of the documents it pays: parts that sum up to it. What the documents
    do not come to is a fee where banks kept it on the way, else a part of its own that is open."""
    place = line.byte_start, line.byte_end
    parts = [
        PartRead(
            "payment" if one.paid_minor >= 0 else "refund",
            one.document[:140],
            one.reason[:140],
            line.payer_name[:200],
            one.paid_minor,
            one.discount_minor,
            place,
        )
        for one in line.told
    ]
    rest = line.amount_minor - sum(one.paid_minor for one in line.told)
    if rest:
        is_fee = rest == -line.charges_minor < 0
        kind, why = ("fee", "") if is_fee else ("adjustment", "not explained")
        parts.append(PartRead(kind, "", why, "", rest, 0, place))
    return tuple(parts)


def told_in(line: BankLine, *, number: str) -> AdviceRead | None:
    """A movement of a statement as an advice about itself; None where it says nothing of documents,
    or went out."""
    if not line.told or line.amount_minor <= 0:
        return None
    day, parts = line.booking_date, told_parts(line)
    return AdviceRead(
        STATEMENT, number, line.payer_name, line.payer_iban, day, line.currency, parts
    )


def of_entry(statement: BankStatement, lines: tuple[BankLine, ...]) -> AdviceRead:
    """What a notice says of one entry: a sum that the statement has as one line."""
    first = lines[0]
    shared = {line.bank_reference for line in lines}
    number = shared.pop() if len(shared) == 1 else ""
    parts = tuple(part for line in lines for part in _noticed(line))
    return AdviceRead(
        NOTIFICATION,
        number or f"{statement.reference}#{first.entry_number}",
        "",
        "",
        first.booking_date,
        first.currency,
        parts,
    )


def _noticed(line: BankLine) -> tuple[PartRead, ...]:
    if line.told and line.amount_minor > 0:
        return told_parts(line)
    return (
        PartRead(
            "payment" if line.amount_minor > 0 else "refund",
            " ".join((*line.structured_references, line.remittance))[:140].strip(),
            line.end_to_end_id[:140],
            line.payer_name[:200],
            line.amount_minor,
            0,
            (line.byte_start, line.byte_end),
        ),
    )


def of_deposit(deposit: lockbox.Deposit, currency: str) -> AdviceRead:
    """What was deducted is left open: the payer's reason for it is a person's to judge."""
    parts = tuple(
        PartRead(
            "payment" if item.paid_minor >= 0 else "refund",
            item.document[:140],
            f"{cheque.number} {item.reason}".strip(),
            cheque.payer,
            item.paid_minor,
            0,
            (item.start, item.end),
        )
        for cheque in deposit.cheques
        for item in cheque.parts()
    )
    return AdviceRead(NOTIFICATION, deposit.number, "", "", deposit.day, currency, parts)


def declared(advice: RemittanceAdvice, size: int) -> AdviceRead:
    """A bundle that a customer declared: its reference names it, and nothing else links it."""
    return replace(of_remittance(advice, size), kind=BUNDLE)


def of_remittance(advice: RemittanceAdvice, size: int) -> AdviceRead:
    whole = (0, size)  # these syntaxes are small, and the page shows them as documents
    parts = [
        PartRead(
            "payment" if line.paid.minor >= 0 else "refund",
            line.document,
            line.order_number or "",
            "",
            line.paid.minor,
            line.discount.minor if line.discount else 0,
            whole,
        )
        for line in advice.lines
    ]
    parts += [
        PartRead(
            "adjustment", "", each.text or each.reason_code or "", "", each.amount.minor, 0, whole
        )
        for each in advice.adjustments
    ]
    if advice.difference.minor:
        # The money that arrives counts; what the lines leave open is a part of its own.
        open_minor = advice.difference.minor
        parts.append(PartRead("adjustment", "", "not explained", "", open_minor, 0, whole))
    payer = advice.payer.name or ""
    return AdviceRead(
        REMITTANCE,
        advice.number,
        payer,
        (advice.payer_account or "").replace(" ", ""),
        advice.paid_on or advice.issue_date,
        advice.currency,
        tuple(parts),
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """An advice and a movement of the same amount about the same day. ``by`` is the strongest
    sign that they belong together: the "number" of the advice, a "document" of it, the "payer" or
    the "amount"."""

    advice: Any
    line: Any
    by: str


class LineLike(Protocol):
    """Money that came, as far as an advice can be about it."""

    @property
    def payer_name(self) -> str: ...
    @property
    def payer_iban(self) -> str: ...
    @property
    def end_to_end(self) -> str: ...
    @property
    def text(self) -> str: ...


_key = lru_cache(maxsize=10_000)(name_key)


def is_same_name(ours: str, theirs: str) -> bool:
    """Whether two names are one: banks write them in their own way, without accents and legal
    forms.

    >>> is_same_name("Möbel & Söhne GmbH", "MOEBEL U. SOEHNE")
    True
    """
    return ours != "" and theirs != "" and _key(ours) == _key(theirs) != ""


BEFORE, AFTER = timedelta(days=7), timedelta(days=14)  # of its day the money of an advice comes
_SIGN_OFF = re.compile(r"[^a-z0-9]")


def sign(advice: AdviceRead, line: LineLike) -> str:
    """By what an advice and money of its amount and days seem to belong together, see ``Pair``;
    "" where nothing says so. ``commands/advice.py`` asks the database the same."""
    key = _SIGN_OFF.sub("", advice.number.lower())
    text = line.text.lower()
    if len(key) >= 4 and key in _SIGN_OFF.sub("", f"{text} {line.end_to_end.lower()}"):
        return "number"
    if any(len(p.document) >= 5 and p.document.lower() in text for p in advice.parts):
        return "document"
    if advice.payer_iban and advice.payer_iban == line.payer_iban:
        return "payer"
    if is_same_name(advice.payer_name, line.payer_name):
        return "payer"
    return "" if advice.kind == REMITTANCE else "amount"


_SIGNS = ("number", "document", "payer", "amount")


def linked(pairs: Iterable[Pair]) -> Mapping[Any, Pair]:
    """Advice -> its pair, strongest signs first. A tie is refused, not guessed: a pair counts
    only where neither side has another one of the same strength. ``pairs`` names none twice."""
    left = list(pairs)
    found: dict[Any, Pair] = {}
    for sign in _SIGNS:
        mine = [pair for pair in left if pair.by == sign]
        advices = Counter(pair.advice for pair in mine)
        lines = Counter(pair.line for pair in mine)
        for pair in mine:
            if advices[pair.advice] == lines[pair.line] == 1:
                found[pair.advice] = pair
        taken = {pair.line for pair in found.values()}
        left = [p for p in left if p.advice not in found and p.line not in taken]
    return found
