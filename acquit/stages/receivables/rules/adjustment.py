"""Why an item is settled without another one, and what that does to the tax. Pure."""

from __future__ import annotations

from collections.abc import Sequence

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
