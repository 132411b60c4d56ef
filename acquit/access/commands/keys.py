"""API keys: made once, shown once, stored as a hash, revoked for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from acquit.access.command import command
from acquit.access.facts import KeyCreated, KeyRevoked
from acquit.access.models import ApiKey
from acquit.access.roles import ROLES
from acquit.core.context import ActorKind, Context
from acquit.core.faults import Fault, Refused
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.text import sha256
from acquit.history import unit

SECRET_LENGTH_MIN = 32


class CannotCreateKey(Refused):
    """A scope does not exist, or the secret is too short to be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """``secret`` is drawn at the edge and handed to the caller once; scopes are permissions."""

    name: str
    secret: str
    scopes: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyToRevoke:
    id: UUID


@command("access.create_key")
def create_key(*, ctx: Context, items: Sequence[NewKey]) -> Outcome:
    """Create keys. Nobody hands out a right that he does not have himself."""
    faults = [fault for item in items for fault in _faults(ctx, item)]
    if faults:
        raise CannotCreateKey(faults)
    rows = [
        ApiKey(
            id=ctx.ids.new(),
            company_id=ctx.company_id,
            name=item.name,
            prefix=item.secret[:8],
            secret_hash=sha256(item.secret.encode()),
            scopes=sorted(item.scopes),
            created_at=ctx.now,
            created_by_id=ctx.actor.id if ctx.actor.kind is ActorKind.PERSON else None,
        )
        for item in items
    ]
    ApiKey.objects.bulk_create(rows)
    facts = [
        KeyCreated(
            subject_id=row.id, effective_on=ctx.today, name=row.name, scopes=tuple(row.scopes)
        )
        for row in rows
    ]
    unit.record(ctx, facts)
    return Outcome(items=tuple(ItemResult(row.name, ItemState.DONE, row.id) for row in rows))


@command("access.revoke_key")
def revoke_key(*, ctx: Context, items: Sequence[KeyToRevoke]) -> Outcome:
    """Revoke keys: the next request with them is refused."""
    ids = [item.id for item in items]
    known = set(ApiKey.objects.of(ctx.company_id).filter(id__in=ids).values_list("id", flat=True))
    ApiKey.objects.of(ctx.company_id).filter(id__in=ids, revoked_at=None).update(revoked_at=ctx.now)
    unit.record(
        ctx,
        [KeyRevoked(subject_id=i, effective_on=ctx.today, key_id=i) for i in ids if i in known],
    )
    missing = (Fault("key.unknown", "no such key in this company"),)
    return Outcome(
        items=tuple(
            ItemResult(str(i), ItemState.DONE, i)
            if i in known
            else ItemResult(str(i), ItemState.REFUSED, faults=missing)
            for i in ids
        )
    )


def _faults(ctx: Context, item: NewKey) -> list[Fault]:
    faults = []
    known = frozenset().union(*ROLES.values())
    for scope in item.scopes:
        if scope not in known:
            faults.append(Fault("scope.unknown", f"no scope {scope!r}", path="scopes"))
        elif not ctx.actor.may(scope):
            faults.append(
                Fault("scope.not_yours", f"you do not have {scope} yourself", path="scopes")
            )
    if len(item.secret) < SECRET_LENGTH_MIN:
        faults.append(Fault("secret.short", f"a secret has {SECRET_LENGTH_MIN} characters or more"))
    return faults
