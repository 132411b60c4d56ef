"""The canonical answer to a document or a transmission: received, accepted or rejected, and why.

EDIFACT CONTRL and APERAK, X12 997 and TA1 all say this; so does a UBL ApplicationResponse. The
words are those of UBL 2.1 (Response, DocumentReference, status reason).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from acquit.core.documents import plain
from acquit.core.documents.parties import Identifier


class Layer(StrEnum):
    """Who answers: the gateway that reads the syntax, or the application that uses the document."""

    SYNTAX = "syntax"
    APPLICATION = "application"


class ResponseStatus(StrEnum):
    RECEIVED = "received"  # it arrived; nothing is said about what is in it
    IN_PROCESS = "in_process"  # somebody looks at it
    UNDER_QUERY = "under_query"  # it waits for an answer of its sender
    ACCEPTED = "accepted"
    CONDITIONALLY_ACCEPTED = "conditionally_accepted"  # if what the reasons say is done
    ACCEPTED_WITH_ERRORS = "accepted_with_errors"
    PARTLY_ACCEPTED = "partly_accepted"  # some of several were rejected
    REJECTED = "rejected"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code with the list it is from, a text, and the place in what is answered.

    A place in a message is written ``segment 4`` or ``segment 4 element 2.1``, both counted from
    1 and elements without the segment's tag; one in an invoice is a path or a term (BT-13).
    """

    code: str | None = None
    text: str | None = None
    path: str | None = None
    list: str | None = None  # UNCL 0085, UNCL 9321, X12 717, OPStatusReason, OPStatusAction ...
    wanted: str | None = None  # the value that should stand at the place instead


@dataclass(frozen=True, slots=True)
class Subject:
    """What is answered, by the numbers its sender gave it."""

    interchange: str | None = None
    group: str | None = None
    message: str | None = None
    message_type: str | None = None  # INVOIC, 810; of a group its functional identifier
    document: str | None = None  # BT-1 of an invoice, the number of an order
    document_type: str | None = None  # UNCL 1001
    document_date: date | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on one message of a transmission."""

    subject: Subject
    status: ResponseStatus
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. ``sender`` is who answers, ``receiver`` who sent what is answered."""

    layer: Layer
    status: ResponseStatus
    subject: Subject
    number: str | None = None
    issue_date: date | None = None
    sender: Identifier | None = None
    receiver: Identifier | None = None
    reasons: tuple[Reason, ...] = ()
    answers: tuple[Answer, ...] = ()
    count: int | None = None  # of messages, where the answer names none of them
    effective_on: date | None = None  # since when, where that is not the day of the answer
    sender_name: str | None = None
    receiver_name: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return plain.to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Response:
        return plain.from_plain(cls, data)


def overall(statuses: Iterable[ResponseStatus]) -> ResponseStatus:
    """The status of a whole from those of its parts; accepted where there is none.

    >>> overall([ResponseStatus.ACCEPTED, ResponseStatus.REJECTED]).value
    'partly_accepted'
    """
    found = set(statuses)
    if found == {ResponseStatus.REJECTED}:
        return ResponseStatus.REJECTED
    if found & {ResponseStatus.REJECTED, ResponseStatus.PARTLY_ACCEPTED}:
        return ResponseStatus.PARTLY_ACCEPTED
    if ResponseStatus.ACCEPTED_WITH_ERRORS in found:
        return ResponseStatus.ACCEPTED_WITH_ERRORS
    return ResponseStatus.ACCEPTED
