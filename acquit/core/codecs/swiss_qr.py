"""The text of a Swiss QR-bill (SIX Implementation Guidelines QR-bill 2.3, "SPC" version 0200).

31 lines and up to three more, by their position: the account, who is paid, how much, by whom, with
which reference. A QR-IBAN wants a QR reference (QRR), any other account an RF reference (SCOR) or
none (NON). Addresses are structured (type S), as the guidelines want them since November 2025.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stdnum import iban as accounts

from acquit.core.codecs.numbers import money_text
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import CannotWrite
from acquit.core.documents import plain
from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.payment_references import ReferenceKind, is_qr_iban, read_reference

__all__ = ["NAME", "Debtor", "QrBill", "read", "sniff", "write"]

NAME = "swiss-qr"
_CURRENCIES = ("CHF", "EUR")
_MINOR_MAX = 99_999_999_999
_TRAILER = "EPD"
_HEAD = ("SPC", "0200", "1")
_LINES_MIN, _LINES_MAX = 31, 34
_TEXT_MAX = 140
_KINDS = {ReferenceKind.SWISS: "QRR", ReferenceKind.RF: "SCOR"}
_LIMITS = {"name": 70, "street": 70, "house": 16, "postcode": 16, "city": 35}
# Basic Latin, Latin-1 Supplement, Latin Extended-A, the Romanian letters and the euro sign.
_ALLOWED = re.compile(r"[\u0020-\u007e\u00a0-\u017f\u0218-\u021b\u20ac]*")


@dataclass(frozen=True, slots=True)
class Debtor:
    """A name and an address of either side; the house number may stand in the street."""

    name: str
    postcode: str
    city: str
    country: str
    street: str = ""
    house: str = ""


@dataclass(frozen=True, slots=True)
class QrBill:
    """What the code says. Without an amount or a debtor the payer fills them in."""

    iban: str
    creditor: Debtor
    currency: str
    amount: Money | None = None
    debtor: Debtor | None = None
    reference: str | None = None  # without blanks
    message: str = ""
    billing: str = ""  # structured information of the biller (Swico S1)

    def to_dict(self) -> dict[str, Any]:
        return plain.to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> QrBill:
        return plain.from_plain(cls, data)


def sniff(text: str) -> bool:
    return text.startswith(_HEAD[0]) and text.splitlines()[:1] == [_HEAD[0]]


def write(*, bill: QrBill) -> str:
    """The text of the code, lines ended by CR LF; CannotWrite with all that does not fit."""
    if faults := _faults(bill):
        raise CannotWrite(faults)
    lines = [
        *_HEAD,
        _compact(bill.iban),
        *_address(bill.creditor),
        *[""] * 7,  # the ultimate creditor: for future use
        "" if bill.amount is None else money_text(bill.amount),
        bill.currency,
        *_address(bill.debtor),
        _kind(bill.reference),
        _compact(bill.reference or ""),
        bill.message,
        _TRAILER,
    ]
    return "\r\n".join([*lines, bill.billing] if bill.billing else lines)


def read(*, text: str) -> Reading[QrBill]:
    """The bill of a scanned code; never raises, the faults say which line is wrong."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    if tuple(lines[:1]) != _HEAD[:1]:
        return _unread(1, "this is no Swiss QR-bill")
    if not _LINES_MIN <= len(lines) <= _LINES_MAX:
        return _unread(len(lines), f"{len(lines)} lines, there are {_LINES_MIN} to {_LINES_MAX}")
    if not lines[1].startswith("02") or lines[30] != _TRAILER:
        return _unread(2 if lines[30] == _TRAILER else 31, "not version 02, or broken off")
    currency, amount = lines[19], None
    if currency not in _CURRENCIES:
        return _unread(20, f"{currency!r} is neither CHF nor EUR")
    if lines[18]:
        try:
            if not re.fullmatch(r"\d{1,9}(\.\d{1,2})?", lines[18], re.ASCII):
                raise ValueError(lines[18])
            amount = Money.of(lines[18], currency)
        except ValueError:
            return _unread(19, f"{lines[18][:20]!r} is no amount")
    creditor = _read_address(lines[4:11])
    if creditor is None:
        return _unread(6, "the creditor has no name")
    bill = QrBill(
        iban=lines[3],
        creditor=creditor,
        currency=currency,
        amount=amount,
        debtor=_read_address(lines[20:27]),
        reference=lines[28] or None,
        message=lines[29],
        billing=lines[31] if len(lines) > _LINES_MIN else "",
    )
    found = _faults(bill)
    if lines[27] != _kind(bill.reference):
        message = f"the reference is not of type {lines[27]}"
        found.append(Fault("swiss_qr.reference", message, "line 28"))
    return Reading(None if found else bill, tuple(found))


def _unread(line: int, message: str) -> Reading[QrBill]:
    return Reading(None, (Fault("swiss_qr.syntax", message, f"line {line}"),))


def _compact(text: str) -> str:
    return "".join(text.split())


def _kind(reference: str | None) -> str:
    known = read_reference(reference) if reference else None
    return _KINDS.get(known.kind, "?") if known else "?" if reference else "NON"


def _address(party: Debtor | None) -> list[str]:
    if party is None:
        return [""] * 7
    return [
        "S",
        party.name,
        party.street,
        party.house,
        party.postcode,
        party.city,
        party.country,
    ]


def _read_address(lines: list[str]) -> Debtor | None:
    """An address of type S, or of the older type K, whose second line has postcode and city."""
    kind, name, street, house, postcode, city, country = lines
    if not name:
        return None
    if kind == "K":
        postcode, _, city = house.partition(" ")
        house = ""
    return Debtor(name, postcode, city, country, street, house)


def _faults(bill: QrBill) -> list[Fault]:
    found: list[Fault] = []

    def fault(code: str, message: str, path: str, fix: str = "") -> None:
        found.append(Fault(f"swiss_qr.{code}", message, path, fix=fix))

    iban = _compact(bill.iban).upper()
    if iban[:2] not in ("CH", "LI") or not accounts.is_valid(iban):
        fault(
            "account", f"{bill.iban[:34]!r} is no account in Switzerland or Liechtenstein", "iban"
        )
    if bill.currency not in _CURRENCIES:
        fault("currency", f"{bill.currency} is neither CHF nor EUR", "currency")
    amount = bill.amount
    if amount is not None and not (
        0 < amount.minor <= _MINOR_MAX and amount.currency == bill.currency
    ):
        fault("amount", f"{amount} cannot be asked for", "amount", "0.01 to 999999999.99")
    kind = _kind(bill.reference)
    if is_qr_iban(iban) != (kind == "QRR") or kind == "?":
        message = f"a reference of type {kind} does not go with this account"
        fault("reference", message, "reference", "QRR for a QR-IBAN, SCOR or none for any other")
    if len(bill.message) + len(bill.billing) > _TEXT_MAX:
        fault("too_long", f"the texts have more than {_TEXT_MAX} characters", "message")
    for path, party in (("creditor", bill.creditor), ("debtor", bill.debtor)):
        for name, limit in _LIMITS.items():
            value = getattr(party, name, "")
            if len(value) > limit:
                fault("too_long", f"more than {limit} characters", f"{path}.{name}", "shorten it")
            if party and not value and name not in ("street", "house"):
                fault("missing", f"the {path} has no {name}", f"{path}.{name}")
        if party and not re.fullmatch("[A-Z]{2}", party.country):
            fault("missing", f"the {path} has no country", f"{path}.country")
    texts = [bill.message, bill.billing]
    for each in (bill.creditor, bill.debtor):
        texts += [getattr(each, name, "") for name in _LIMITS]
    for text in texts:
        allowed = _ALLOWED.match(text)
        if allowed and allowed.end() < len(text):
            fault("character", f"{text[allowed.end()]!r} is not allowed in a QR-bill", text[:40])
    return found
