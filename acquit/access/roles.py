"""Roles as sets of permissions, and the pairs of duties that one person must not hold.

A permission is the name of a command (``invoices.issue``) or a reading right (``read.ledger``).
"""

from __future__ import annotations

from dataclasses import dataclass

READ = frozenset(
    [
        "read.masterdata",
        "read.orders",
        "read.invoices",
        "read.dispatch",
        "read.receipts",
        "read.receivables",
        "read.matching",
        "read.ledger",
        "read.insight",
        "read.history",
        "read.system",
        "read.policy",
    ]
)

_BILLING = frozenset(
    [
        "orders.record",
        "orders.deliver",
        "orders.return",
        "intake.import",
        "intake.undo",
        "invoices.bill",
        "invoices.draft",
        "invoices.enrich",
        "invoices.hold",
        "invoices.release",
        "invoices.discard",
        "invoices.issue",
        "invoices.recall",
        "invoices.change_date",
        "invoices.change_tax_point",
        "invoices.change_channel",
        "invoices.split",
        "invoices.merge",
        "invoices.undo",
        "dispatch.send",
        "dispatch.send_later",
        "dispatch.resend",
        "dispatch.link",
        "dispatch.revoke_link",
        "dispatch.render",
        "dispatch.deliver",
        "dispatch.answer",
    ]
)
_CASH = frozenset(
    [
        "receipts.import_statement",
        "receipts.take_advice",
        "receipts.record",
        "intake.import",
        "matching.propose",
        "matching.propose_later",
        "matching.accept",
        "matching.reject",
        "matching.confirm",
        "matching.undo",
        "matching.settle_return",
        "matching.undo_return",
        "matching.dismiss_return",
        "matching.assign_gap",
        "matching.put_aside",
        "matching.take_up",
        "matching.ask",
        "matching.withdraw_question",
        "matching.send_question",
        "receivables.adjust",
        "receivables.allocate",
        "receivables.identify",
        "receivables.undo",
    ]
)
_WEBHOOKS = frozenset(
    [
        "read.webhook",
        "webhook.save_endpoint",
        "webhook.disable",
        "webhook.rotate",
        "webhook.resend",
        "webhook.replay",
    ]
)
_MASTERDATA = frozenset(
    [
        "masterdata.save_bank_accounts",
        "masterdata.save_customers",
        "masterdata.save_items",
        "masterdata.save_rates",
    ]
)
# Everybody keeps filters for himself, and takes away as a file what he can read, which is noted;
# who shares a filter, or changes a shared one, is named by role.
_LISTS = frozenset(["access.save_view", "access.delete_view", "access.export"])

ROLES: dict[str, frozenset[str]] = {
    "billing_clerk": READ | _BILLING | _LISTS,
    "cash_clerk": READ | _CASH | _LISTS,
    "credit_controller": READ
    | _LISTS
    | {"dispatch.resend", "dispatch.link", "matching.assign_gap"},
    "receivables_manager": READ
    | _CASH
    | _LISTS
    | {"access.approve", "access.reject", "access.share_view", "dispatch.resend"}
    | {"policy.save", "policy.keep_example", "policy.drop_example", "matching.switch_lesson"}
    | {"invoices.release", "receipts.accept", "receipts.discard"},
    "accountant": READ
    | _LISTS
    | {"access.share_view"}
    | {"ledger.lock", "ledger.reopen", "ledger.reverse", "access.approve", "access.reject"}
    | {"invoices.credit", "matching.assign_gap"},
    "administrator": READ
    | _MASTERDATA
    | _WEBHOOKS
    | _LISTS
    | frozenset(
        [
            "access.share_view",
            "access.grant",
            "access.revoke",
            "access.save_limit",
            "access.create_key",
            "access.revoke_key",
            "jobs.retry",
            "masterdata.change_bank",
            "masterdata.save_settings",
            "policy.save",
            "policy.keep_example",
            "policy.drop_example",
            "intake.import",
            "intake.undo",
            "access.approve",
            "access.reject",
        ]
    ),
    "auditor": READ | _LISTS | {"read.webhook"},
    # Automatic acts: everything the policies may do by themselves, nothing that decides for people.
    "system": READ
    | _BILLING
    | _CASH
    | _MASTERDATA
    | {"dispatch.issue_due", "ledger.post", "webhook.deliver"},
}

# A company of one person: every duty in one hand; the close report prints that it is so.
ROLES["owner"] = frozenset().union(*ROLES.values())


# Up to how much a role acts alone by a command as delivered, in major units of the company's
# currency. The first limit that a company sets for the command itself stands in place of these.
LIMITS: dict[str, dict[str, int]] = {"receivables.adjust": {"cash_clerk": 25}}


@dataclass(frozen=True, slots=True)
class DutyConflict:
    """Two permissions that one person may not hold (H) or only with a review (M)."""

    first: str
    second: str
    risk: str
    level: str


# As far as the duties exist; each is checked when a role is granted.
CONFLICTS: tuple[DutyConflict, ...] = (
    DutyConflict("masterdata.save_customers", "invoices.issue", "phantom customer", "H"),
    DutyConflict("invoices.issue", "invoices.credit", "sale and its reversal in one hand", "H"),
    DutyConflict("receipts.record", "invoices.credit", "lapping by credit", "H"),
    DutyConflict("access.grant", "receivables.allocate", "gives himself the right", "H"),
    DutyConflict("policy.save", "matching.accept", "writes and applies the rule", "M"),
    DutyConflict("receipts.record", "ledger.lock", "receipts and close in one hand", "M"),
)


def permissions_of(roles: frozenset[str]) -> frozenset[str]:
    """Everything the roles allow; KeyError for a role that does not exist."""
    return frozenset().union(*(ROLES[role] for role in roles))


def delivered_limit(roles: frozenset[str], command: str) -> int | None:
    """Up to how much who has these roles acts alone by a command as delivered; None where nothing
    limits him: a role that may do it has no limit, or no role of his may. A program, which has no
    roles, has the lowest limit of any.

    >>> delivered_limit(frozenset({"cash_clerk", "auditor"}), "receivables.adjust")
    25
    >>> delivered_limit(frozenset({"cash_clerk", "owner"}), "receivables.adjust")
    """
    limits = LIMITS.get(command, {})
    if not roles:
        return min(limits.values(), default=None)
    acting = [limits.get(role) for role in roles if command in ROLES.get(role, ())]
    known = [limit for limit in acting if limit is not None]
    return max(known) if known and len(known) == len(acting) else None


def conflicts(permissions: frozenset[str]) -> tuple[DutyConflict, ...]:
    """The pairs of duties that these permissions join in one hand."""
    return tuple(c for c in CONFLICTS if c.first in permissions and c.second in permissions)
