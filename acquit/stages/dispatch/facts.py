"""What happens on the way to the customer."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchQueued(Fact):
    """``subject_id`` is the dispatch."""

    KIND = "dispatch.DispatchQueued"
    document_id: UUID
    channel: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSent(Fact):
    """``subject_id`` is the document; digests are of the bytes that left."""

    KIND = "dispatch.DocumentSent"
    dispatch_id: UUID
    channel: str
    recipient: str
    message_id: str
    message_digest: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFailed(Fact):
    """``subject_id`` is the document."""

    KIND = "dispatch.DispatchFailed"
    dispatch_id: UUID
    channel: str
    recipient: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionWithdrawn(Fact):
    """The import that told of the rejection was taken back; ``subject_id`` is the document."""

    KIND = "dispatch.RejectionWithdrawn"
    dispatch_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTold(Fact):
    """A network was told what happened to a document: status 212, a payment of it. ``subject_id``
    is the message. ``amount_minor`` is negative where money was taken back; ``digest`` is of the
    message, "" where the rules of the network do not let it leave."""

    KIND = "dispatch.StatusTold"
    document_id: UUID
    allocation_id: UUID
    status: str
    number: str
    amount_minor: int
    currency: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSeen(Fact):
    """The customer opened the document's page; ``subject_id`` is the document."""

    KIND = "dispatch.DocumentSeen"
    through: str
