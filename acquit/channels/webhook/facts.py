"""What happens to endpoints. Only the host is kept: a path may be a secret between two parties."""

from __future__ import annotations

from dataclasses import dataclass

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSaved(Fact):
    """``subject_id`` is the endpoint, new, changed or enabled again."""

    KIND = "webhook.EndpointSaved"
    host: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDisabled(Fact):
    """Nothing is sent any more; ``abandoned`` deliveries that waited are failed."""

    KIND = "webhook.EndpointDisabled"
    host: str
    why: str
    abandoned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRotated(Fact):
    """A new secret signs; the previous one beside it for a day."""

    KIND = "webhook.SecretRotated"
    host: str
