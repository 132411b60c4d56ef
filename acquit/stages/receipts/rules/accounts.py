"""Which of the company's accounts a bank file names. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

_BANK_CODE_DIGITS = 8  # of a German bank, before the slash
_ACCOUNT_DIGITS = 10
_ENDING_MIN = 6  # fewer characters at the end of an IBAN say nothing


class Named(Protocol):
    @property
    def iban(self) -> str: ...
    @property
    def currency(self) -> str: ...


A = TypeVar("A", bound=Named)


def account_named(name: str, *, currency: str, accounts: Sequence[A]) -> A | None:
    """The one account meant by a name in a file: its IBAN, the national number inside of it,
    bank code and number (``70120700/1234567``), or an ending that only one IBAN has. ``currency``
    "" is any. None where no account, or more than one, is meant."""
    # A bank writes its own notes around the number: keep the letters and digits of each part.
    parts = [re.sub("[^A-Z0-9]", "", part.upper()) for part in name.split("/")]
    whole = "".join(parts)
    mine = [account for account in accounts if currency in ("", account.currency)]
    for means in (_is_iban, _is_national, _is_ending):
        found = [account for account in mine if means(account.iban, whole, parts)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _is_iban(iban: str, whole: str, parts: Sequence[str]) -> bool:
    return bool(whole) and (iban == whole or iban in parts)


def _is_national(iban: str, whole: str, parts: Sequence[str]) -> bool:
    """Without country and check digits; German banks leave out zeros before the number."""
    number = iban[4:]
    if len(parts) > 1 and len(parts[0]) == _BANK_CODE_DIGITS:
        return number == parts[0] + parts[1].zfill(_ACCOUNT_DIGITS)
    return len(whole) >= _ENDING_MIN and number == whole


def _is_ending(iban: str, whole: str, parts: Sequence[str]) -> bool:
    ending = parts[-1] if len(parts[-1]) >= _ENDING_MIN else whole
    return len(ending) >= _ENDING_MIN and iban[4:].endswith(ending)
