"""Why an item is settled without another one, and what that does to the tax. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

K = TypeVar("K")

EXCHANGE = "exchange"
RETURNED = "returned"  # the money of a receipt went back; the bank line stands on suspense
NETTED = "netted"  # a payout was smaller by money that went back; that stands on suspense too
TRANSFERRED = "transferred"  # a provider sent us of our balance, which stands on suspense
# Reason -> the role of the account that bears it (country pack).
ROLES = {
    "discount": "discount",
    "late_discount": "discount",
    "bank_fee": "bank_fees",
    "small_difference": "differences",
    "withheld_tax": "withheld_tax",
    EXCHANGE: "exchange",
    RETURNED: "suspense",
    NETTED: "suspense",
    TRANSFERRED: "suspense",
}
# What is borne by us, or by the customer, with no money against it.
WITHOUT_MONEY = ("discount", "late_discount", "bank_fee", "small_difference", "withheld_tax")
REASONS = tuple(reason for reason in ROLES if reason not in (EXCHANGE, RETURNED, TRANSFERRED))


def tax_parts(
    amount: int, gross: int, taxes: Sequence[tuple[str, int]]
) -> tuple[tuple[str, int], ...]:
    """What of an amount, taken off a document of ``gross``, corrects each tax account: the share
    of the tax in the document, half up, in minor units.

    A price reduction after the supply reduces the taxable amount: Directive 2006/112/EC, art. 90.

    >>> tax_parts(238, 11_900, [("3806", 1_900)])
    (('3806', 38),)
    """
    accounts: dict[str, int] = {}
    for account, minor in taxes:
        accounts[account] = accounts.get(account, 0) + minor
    parts = (
        (account, (2 * amount * minor + gross) // (2 * gross))
        for account, minor in accounts.items()
    )
    return tuple((account, minor) for account, minor in parts if minor)


def times_before(
    asked: Sequence[K | None], *, before: Mapping[K, int], closed: Sequence[bool]
) -> list[int | None]:
    """How often each key was closed before it comes: ``before`` the batch, and ahead in it where
    ``closed``. None for what has no key.

    >>> times_before(["a", "b", "a", None, "a"], before={"a": 2}, closed=[True, True, False] * 2)
    [2, 0, 3, None, 3]
    """
    ahead: Counter[K] = Counter()
    found: list[int | None] = []
    for key, is_closed in zip(asked, closed, strict=False):
        found.append(None if key is None else before.get(key, 0) + ahead[key])
        if key is not None and is_closed:
            ahead[key] += 1
    return found
