"""Payment references with check digits: what a payer types, a bank carries, a machine trusts.

RF of ISO 11649 (letters and digits), the Swiss QR reference (27 digits, modulo 10 recursive; SIX
implementation guidelines for the QR-bill) and the Belgian structured communication (12 digits,
modulo 97; Febelfin OGM-VCS). A reference says its scope (an invoice, a customer, a bundle) and
the number of that thing, so that money which quotes nothing else still tells what it is for.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from stdnum import iso11649
from stdnum.be import ogm_vcs
from stdnum.ch import esr
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

from acquit.core.text import normalize_reference

_RF_BODY_MAX = 21
_RF_MAX = 25  # "RF", two check digits and the body
_RF_LEAST = 9  # below it a reference is one digit away from too many others
_QR_BODY = 26
_BELGIAN_BODY = 10
_DIGITS_LENGTHS = (_BELGIAN_BODY + 2, _QR_BODY + 1)
_BELGIAN = re.compile(r"[+*]{3}\d{3}/\d{4}/\d{5}[+*]{3}|\d{12}")


class ReferenceKind(StrEnum):
    """By which standard the check digits are made."""

    RF = "rf"  # ISO 11649
    SWISS = "swiss"  # QRR, wants a QR-IBAN
    BELGIAN = "belgian"  # OGM-VCS


class Scope(StrEnum):
    """What the reference names."""

    INVOICE = "invoice"
    CUSTOMER = "customer"
    BUNDLE = "bundle"


# What payers can be asked to quote: the number as it is, or a reference of one of the kinds.
NUMBER = "number"
SCHEMES = (NUMBER, *(kind.value for kind in ReferenceKind))
# A number in digits alone cannot say what it counts: its first digit does. In an RF reference
# an invoice has its own number, as buyers know it; the other two have a letter in front.
_SCOPE_DIGITS = {Scope.INVOICE: "1", Scope.CUSTOMER: "2", Scope.BUNDLE: "3"}
_SCOPE_LETTERS = {Scope.INVOICE: "", Scope.CUSTOMER: "C", Scope.BUNDLE: "B"}


@dataclass(frozen=True, slots=True)
class PaymentReference:
    """``value`` as files carry it, without blanks; ``printed`` in the groups of its standard."""

    kind: ReferenceKind
    value: str

    @property
    def printed(self) -> str:
        return _PRINTED[self.kind](self.value)


def make_reference(*, kind: ReferenceKind, scope: Scope, number: str) -> PaymentReference:
    """The reference of the thing with this number.

    Letters count as two digits each (A is 10, as in ISO 7064) where only digits are allowed.
    ValueError names the room there is when the number is too long or has nothing in it.

    >>> make_reference(kind=ReferenceKind.RF, scope=Scope.INVOICE, number="INV-2026-0001").value
    'RF16INV20260001'
    """
    body = normalize_reference(number)
    if not body or not body.isascii():
        raise ValueError(f"a payment reference needs letters or digits, {number!r} has none")
    if kind is ReferenceKind.RF:
        return PaymentReference(kind, _make_rf(_SCOPE_LETTERS[scope] + body, number))
    digits = "".join(str(int(character, 36)) for character in body)
    room = (_QR_BODY if kind is ReferenceKind.SWISS else _BELGIAN_BODY) - 1
    if len(digits) > room:
        raise ValueError(
            f"a {kind.value} reference has room for {room} digits, {number!r} makes {len(digits)}"
        )
    filled = _SCOPE_DIGITS[scope] + digits.rjust(room, "0")
    check = _CHECK_DIGITS[kind](filled)
    return PaymentReference(kind, filled + check)


def quoted(*, scheme: str, scope: Scope, number: str) -> str:
    """What a payer is asked to quote (BT-83) by a scheme of ``SCHEMES``, as files carry it.

    Where a number has too many letters for digits alone, its last digits are taken: such a
    reference is found again by being known, not by being taken apart. The number itself is
    quoted where it makes no reference at all.

    >>> quoted(scheme="belgian", scope=Scope.INVOICE, number="F-2026-000042")
    '102600004202'
    """
    if scheme == NUMBER:
        return number
    kind = ReferenceKind(scheme)
    for body in (number, re.sub(r"\D", "", number)[-(_BELGIAN_BODY - 1) :]):
        try:
            return make_reference(kind=kind, scope=scope, number=body).value
        except ValueError:
            continue
    return number


def read_reference(text: str) -> PaymentReference | None:
    """The reference that the whole text is; None where it is none or a check digit is wrong.

    Blanks count for nothing. Twelve digits are read as Belgian, 27 as Swiss.
    """
    compact = "".join(text.split()).upper()
    if compact.startswith("RF"):
        return _read_rf(compact)
    if _BELGIAN.fullmatch(compact):
        digits = re.sub(r"\D", "", compact)
        return PaymentReference(ReferenceKind.BELGIAN, digits) if ogm_vcs.is_valid(digits) else None
    # The zeros in front belong to the reference: the library takes a shorter one for good too.
    if len(compact) == _QR_BODY + 1 and compact.isascii() and compact.isdigit():
        is_right = compact.strip("0") != "" and esr.is_valid(compact)
        return PaymentReference(ReferenceKind.SWISS, compact) if is_right else None
    return None


def has_form(key: str) -> bool:
    """Whether the key looks like a reference with check digits, right or wrong ones."""
    return key[:2] == "RF" or len(key) in _DIGITS_LENGTHS


def repairs(key: str) -> list[str]:
    """References with right check digits that differ from this key, which has wrong ones, by one
    digit or by two neighbours that changed places; none where the key has the form of none.

    Which of them is meant is for the reader to know: he takes one only if no other is known.

    >>> make_reference(kind=ReferenceKind.RF, scope=Scope.INVOICE, number="8881234").value
    'RF958881234'
    >>> "RF958881234" in repairs("RF958891234"), repairs("RF958881234"), repairs("8891234")
    (True, [], [])
    """
    if key[:2] == "RF" and _RF_LEAST <= len(key) <= _RF_MAX:
        found = _near(key, _rf_weights(key), 1) if key.isascii() and key.isalnum() else ()
    elif key.isascii() and key.isdigit() and len(key) == _BELGIAN_BODY + 2:
        found = _near(key, _BELGIAN_WEIGHTS, 0)
    elif key.isascii() and key.isdigit() and len(key) == _QR_BODY + 1:
        return [one for one in _near_swiss(key) if one.strip("0")]
    else:
        return []
    return [one for one in found if read_reference(one)]


def _near(key: str, weights: Mapping[int, int], wanted: int) -> Iterator[str]:
    """The key with one digit changed or two swapped, so that its weighed digits come to what is
    ``wanted`` modulo 97. Worked out, not tried: most digits of texts are something else."""
    counted = sum(int(sign, 36) * weights[at] for at, sign in enumerate(key) if at in weights)
    off = (wanted - counted) % 97
    if not off:
        return
    for at, weight in weights.items():
        if not key[at].isdigit():
            continue
        step = off * _INVERSE[weight] % 97
        for digit in (int(key[at]) + step, int(key[at]) + step - 97):
            if 0 <= digit <= 9:
                yield f"{key[:at]}{digit}{key[at + 1 :]}"
        after = key[at + 1 : at + 2]
        if after.isdigit() and at + 1 in weights:
            more = (int(after) - int(key[at])) * (weight - weights[at + 1])
            if (more - off) % 97 == 0:
                yield f"{key[:at]}{after}{key[at]}{key[at + 2 :]}"


def _rf_weights(key: str) -> dict[int, int]:
    """What each sign counts in ISO 7064, modulo 97: the first four stand last, and a letter is
    two digits."""
    weights, weight = {}, 1
    for at in (3, 2, 1, 0, *range(len(key) - 1, 3, -1)):
        weights[at] = weight
        weight = weight * (10 if key[at].isdigit() else 100) % 97
    return weights


# The check digits are what is left of the body divided by 97.
_BELGIAN_WEIGHTS = {at: pow(10, _BELGIAN_BODY - 1 - at, 97) for at in range(_BELGIAN_BODY)} | {
    _BELGIAN_BODY: -10 % 97,
    _BELGIAN_BODY + 1: -1 % 97,
}
_INVERSE = (0, *(pow(weight, -1, 97) for weight in range(1, 97)))
_CARRIED = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def _near_swiss(key: str) -> Iterator[str]:
    """As :func:`_near`, for modulo 10, recursive: a carry goes from digit to digit, and from the
    end back there is one alone with which the check digit comes out. At each place one digit leads
    from the carry that is there to the one that is wanted."""
    digits = [int(sign) for sign in key]
    carries = list(itertools.accumulate(digits[:-1], _carried, initial=0))
    wanted = [-digits[-1] % 10]
    for digit in reversed(digits[:-1]):
        wanted.append((_CARRIED.index(wanted[-1]) - digit) % 10)
    wanted.reverse()  # as the carries: one before each digit
    if carries[-1] == wanted[-1]:
        return
    for at in range(len(digits) - 1):
        meant = (_CARRIED.index(wanted[at + 1]) - carries[at]) % 10
        yield f"{key[:at]}{meant}{key[at + 1 :]}"
    yield f"{key[:-1]}{-carries[-1] % 10}"
    for at in range(len(digits) - 2):
        first = _carried(carries[at], digits[at + 1])
        if digits[at] != digits[at + 1] and _carried(first, digits[at]) == wanted[at + 2]:
            yield f"{key[:at]}{key[at + 1]}{key[at]}{key[at + 2 :]}"
    if -_carried(carries[-2], digits[-1]) % 10 == digits[-2]:
        yield f"{key[:-2]}{key[-1]}{key[-2]}"


def _carried(carry: int, digit: int) -> int:
    return _CARRIED[(carry + digit) % 10]


def customer_number(text: str) -> str:
    """The number of the customer whom a reference names, in letters and digits; empty where the
    text is none, has wrong check digits, or names something else.

    >>> customer_number(quoted(scheme="belgian", scope=Scope.CUSTOMER, number="1042"))
    '1042'
    """
    is_checked = text.startswith("RF") or (text[:1] == "2" and len(text) in _DIGITS_LENGTHS)
    reference = read_reference(text) if is_checked else None
    if reference is None:
        return ""
    if reference.kind is ReferenceKind.RF:
        body = reference.value[4:]
        mark = _SCOPE_LETTERS[Scope.CUSTOMER]
        return body[len(mark) :] if body.startswith(mark) else ""
    check = 1 if reference.kind is ReferenceKind.SWISS else 2
    return reference.value[1:-check].lstrip("0")


def is_qr_iban(iban: str) -> bool:
    """Whether a Swiss or Liechtenstein account takes QR references (institution 30000-31999)."""
    compact = "".join(iban.split()).upper()
    return compact[:2] in {"CH", "LI"} and compact[4:9].isdigit() and compact[4:6] in {"30", "31"}


def _make_rf(body: str, number: str) -> str:
    if len(body) > _RF_BODY_MAX:
        raise ValueError(f"an rf reference has room for {_RF_BODY_MAX} characters: {number!r}")
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def _read_rf(compact: str) -> PaymentReference | None:
    try:
        valid: str = iso11649.validate(compact)
    except ValidationError:
        return None
    # The standard allows ASCII letters and digits only; the library is wider.
    if not (valid.isascii() and valid.isalnum() and len(valid) <= _RF_MAX):
        return None
    return PaymentReference(ReferenceKind.RF, valid)


def _print_rf(value: str) -> str:
    return " ".join(value[at : at + 4] for at in range(0, len(value), 4))


def _print_swiss(value: str) -> str:
    blocks = (value[at : at + 5] for at in range(2, len(value), 5))
    return " ".join([value[:2], *blocks])


def _print_belgian(value: str) -> str:
    return f"+++{value[:3]}/{value[3:7]}/{value[7:]}+++"


def _swiss_check(body: str) -> str:
    check: str = esr.calc_check_digit(body)
    return check


def _belgian_check(body: str) -> str:
    check: str = ogm_vcs.calc_check_digits(body)
    return check


_PRINTED: Mapping[ReferenceKind, Callable[[str], str]] = {
    ReferenceKind.RF: _print_rf,
    ReferenceKind.SWISS: _print_swiss,
    ReferenceKind.BELGIAN: _print_belgian,
}
_CHECK_DIGITS: Mapping[ReferenceKind, Callable[[str], str]] = {
    ReferenceKind.SWISS: _swiss_check,
    ReferenceKind.BELGIAN: _belgian_check,
}
