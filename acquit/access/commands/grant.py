"""Give and take roles; set how much a role may do alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from acquit.access.command import REGISTRY, command
from acquit.access.facts import LimitSaved, RoleGranted, RoleRevoked
from acquit.access.models import Limit, Membership, User
from acquit.access.roles import ROLES, conflicts, permissions_of
from acquit.core.context import Context
from acquit.core.faults import ConfirmFirst, Fault, Refused, Severity
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit

CONFIRM_CONFLICT = "access.duty_conflict"


class CannotGrant(Refused):
    """No such role, or one that is not held; a password that is too weak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role for a person, who is created when the e-mail is new. Only then the password counts:
    nobody is let in by a word that somebody else gave him later."""

    email: str
    name: str
    role: str
    password: str = ""

    @property
    def key(self) -> str:
        return f"{self.email} {self.role}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLimit:
    role: str
    command: str
    amount: Money


@command("access.grant")
def grant(*, ctx: Context, items: Sequence[Grant]) -> Outcome:
    """Give roles. A pair of duties that must not meet in one hand is asked about first: repeat
    with ``access.duty_conflict`` confirmed to waive it (small firms), which is then on record."""
    unknown = [item for item in items if item.role not in ROLES]
    if unknown:
        raise CannotGrant(
            tuple(
                Fault("role.unknown", f"no role {i.role!r}", path="role", fix=", ".join(ROLES))
                for i in unknown
            )
        )
    users = _users(ctx, items)
    held = _roles_held(ctx, users)
    facts: list[RoleGranted] = []
    rows: list[Membership] = []
    results: list[ItemResult] = []
    for item in items:
        user = users[item.email.lower()]
        roles = held.setdefault(user.id, set())
        if item.role in roles:
            results.append(ItemResult(item.key, ItemState.DUPLICATE, user.id))
            continue
        roles.add(item.role)
        pairs = _pairs(ctx, user, roles)
        rows.append(
            Membership(
                id=ctx.ids.new(),
                company_id=ctx.company_id,
                user=user,
                role=item.role,
                granted_at=ctx.now,
            )
        )
        facts.append(
            RoleGranted(subject_id=user.id, effective_on=ctx.today, role=item.role, conflicts=pairs)
        )
        results.append(ItemResult(item.key, ItemState.DONE, user.id))
    Membership.objects.bulk_create(rows)
    unit.record(ctx, facts)
    return Outcome(items=tuple(results))


@command("access.revoke")
def revoke(*, ctx: Context, items: Sequence[Grant]) -> Outcome:
    """Take roles away; the user keeps his name on what he did."""
    results = []
    for item in items:
        rows = Membership.objects.of(ctx.company_id).filter(
            user__email__iexact=item.email, role=item.role, revoked_at=None
        )
        row = rows.first()
        if row is None:
            raise CannotGrant.because("role.not_held", f"{item.email} has no role {item.role}")
        rows.update(revoked_at=ctx.now)
        unit.record(
            ctx, [RoleRevoked(subject_id=row.user_id, effective_on=ctx.today, role=item.role)]
        )
        results.append(ItemResult(item.key, ItemState.DONE, row.user_id))
    return Outcome(items=tuple(results))


@command("access.save_limit")
def save_limit(*, ctx: Context, items: Sequence[NewLimit]) -> Outcome:
    """Set the amount up to which a role acts alone with a command."""
    faults = [fault for item in items for fault in _limit_faults(item)]
    if faults:
        raise CannotGrant(faults)
    known = {
        (row.role, row.command, row.currency): row.id for row in Limit.objects.of(ctx.company_id)
    }
    rows = [
        Limit(
            id=known.get((item.role, item.command, item.amount.currency)) or ctx.ids.new(),
            company_id=ctx.company_id,
            role=item.role,
            command=item.command,
            amount_minor=item.amount.minor,
            currency=item.amount.currency,
        )
        for item in items
    ]
    Limit.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["company", "role", "command", "currency"],
        update_fields=["amount_minor"],
    )
    facts = [
        LimitSaved(
            subject_id=row.id,
            effective_on=ctx.today,
            role=row.role,
            command=row.command,
            amount_minor=row.amount_minor,
            currency=row.currency,
        )
        for row in rows
    ]
    unit.record(ctx, facts)
    return Outcome(items=tuple(ItemResult(row.command, ItemState.DONE, row.id) for row in rows))


def _limit_faults(item: NewLimit) -> list[Fault]:
    faults = []
    if item.role not in ROLES:
        faults.append(Fault("role.unknown", f"no role {item.role!r}", "role", fix=", ".join(ROLES)))
    if item.command not in frozenset().union(*ROLES.values(), REGISTRY):
        message = f"no command {item.command!r}"
        faults.append(Fault("command.unknown", message, "command", fix="as roles name it"))
    return faults


def _users(ctx: Context, items: Sequence[Grant]) -> dict[str, User]:
    emails = {item.email.lower(): item for item in items}
    users = {u.email.lower(): u for u in User.objects.filter(email__in=list(emails))}
    strangers = {email: item for email, item in emails.items() if email not in users}
    faults = [fault for item in strangers.values() for fault in _password_faults(item)]
    if faults:
        raise CannotGrant(faults)
    for email, item in strangers.items():
        user = User(id=ctx.ids.new(), email=email, name=item.name, created_at=ctx.now)
        user.set_password(item.password or None)
        user.save(force_insert=True)
        users[email] = user
    return users


def _password_faults(item: Grant) -> list[Fault]:
    """What the settings have against a password; who has none signs in by another way."""
    try:
        if item.password:
            validate_password(item.password)
    except ValidationError as error:
        return [
            Fault("password.weak", text, "password", fix="a sentence of your own is long enough")
            for text in error.messages
        ]
    return []


def _roles_held(ctx: Context, users: dict[str, User]) -> dict[object, set[str]]:
    held: dict[object, set[str]] = {}
    rows = Membership.objects.of(ctx.company_id).filter(
        user__in=list(users.values()), revoked_at=None
    )
    for user_id, role in rows.values_list("user_id", "role"):
        held.setdefault(user_id, set()).add(role)
    return held


def _pairs(ctx: Context, user: User, roles: set[str]) -> tuple[str, ...]:
    found = conflicts(permissions_of(frozenset(roles)))
    hard = [c for c in found if c.level == "H"]
    if hard and CONFIRM_CONFLICT not in ctx.confirmed:
        raise ConfirmFirst(
            tuple(
                Fault(
                    CONFIRM_CONFLICT,
                    f"{user.name} would hold {c.first} and {c.second}: {c.risk}",
                    fix="give the roles to two persons, or confirm the waiver",
                    severity=Severity.WARNING,
                )
                for c in hard
            )
        )
    return tuple(f"{c.first}+{c.second}" for c in found)
