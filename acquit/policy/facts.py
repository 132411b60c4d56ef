"""What happens to policies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySaved(Fact):
    """A new version of a decision table; ``digest`` is the SHA-256 of its canonical JSON."""

    KIND = "policy.PolicySaved"
    name: str
    version: int
    valid_from: date
    rows: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyExampleKept(Fact):
    """An example that every later version must decide as told; ``expected`` pass or refuse."""

    KIND = "policy.PolicyExampleKept"
    name: str
    title: str
    expected: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyExampleDropped(Fact):
    KIND = "policy.PolicyExampleDropped"
    name: str
    title: str
