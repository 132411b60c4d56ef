"""What whoever brings a table says of it: the account, and the balances around its rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from acquit.core.codecs import columns
from acquit.core.codecs.amounts import BadAmount, minor_of
from acquit.core.codecs.bankfile import Told
from acquit.core.faults import Fault
from acquit.stages.receipts.rules.accounts import Named, account_named

OPTIONS = ("account", "opening", "closing", "map")


def told_of(options: Mapping[str, str], *, accounts: Sequence[Named]) -> Told | Fault:
    """The options of an import, checked. A company with one account need not name it; balances
    are decimals with a point, in the account's currency."""
    # The day that an import may be given is for tables whose rows have none.
    unknown = sorted(options.keys() - {*OPTIONS, "date"})
    if unknown:
        message = f"a bank file has no option {', '.join(unknown)}"
        return Fault("import.option", message, unknown[0], fix=f"options: {', '.join(OPTIONS)}")
    name = options.get("account", "").replace(" ", "")
    account = account_named(name, currency="", accounts=accounts)
    if name and account is None:
        message = f"the company has no account {name}, or more than one that is called so"
        return Fault("bank.account_unknown", message, "account", fix="give the IBAN of an account")
    if account is None and len(accounts) == 1:
        account = accounts[0]
    shared = {each.currency for each in accounts}
    currency = account.currency if account else shared.pop() if len(shared) == 1 else ""
    balances: dict[str, int | None] = {}
    for what in ("opening", "closing"):
        try:
            balances[what] = _balance(options.get(what, ""), currency)
        except BadAmount as bad:
            fix = "give it as 1234.56, and the account if the company has several"
            return Fault("import.option", f"{what}: {bad}", what, fix=fix)
    return Told(account.iban if account else "", currency, balances["opening"], balances["closing"])


def _balance(text: str, currency: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    minor = minor_of(text.lstrip("+-"), currency)
    return -minor if text.startswith("-") else minor


_PLAIN = ("account", "currency", "opening_minor", "closing_minor")


def kept(told: Told) -> dict[str, Any]:
    """As it is stored with the import, so that the file can be read again the same way."""
    plain = {name: getattr(told, name) for name in _PLAIN}
    return {**plain, "layout": columns.as_plain(told.layout)} if told.layout else plain


def again(options: Mapping[str, Any]) -> Told:
    """What was stored with an import."""
    plain = options.get("told", {})
    told = Told(**{name: plain[name] for name in _PLAIN if name in plain})
    if "layout" not in plain:
        return told
    return replace(told, layout=columns.from_plain(plain["layout"], use="bank"))
