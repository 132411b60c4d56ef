"""What is said of a document that changes nothing here: that it arrived, is looked at, waits for
an answer, was accepted by its buyer or paid.

It is told to whoever brings it, so that a question of a customer is not lost among answers that
want nothing. Money counts when the bank says that it came.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from acquit.core.codecs import efactura
from acquit.core.documents.lifecycle import LifecycleStatus
from acquit.core.documents.response import Answer, Response, ResponseStatus
from acquit.stages.dispatch.rules.acceptances import TAKEN
from acquit.stages.dispatch.rules.rejections import IN_DISPUTE

_SAID = {
    ResponseStatus.RECEIVED: "received by {}",
    ResponseStatus.IN_PROCESS: "looked at by {}",
    ResponseStatus.UNDER_QUERY: "held back with a question by {}",
    ResponseStatus.ACCEPTED: "accepted by {}",
    ResponseStatus.CONDITIONALLY_ACCEPTED: "accepted on a condition by {}",
    ResponseStatus.ACCEPTED_WITH_ERRORS: "accepted with errors by {}",
    ResponseStatus.PARTLY_ACCEPTED: "accepted in part by {}",
    ResponseStatus.PAID: "paid as told by {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What ``source`` says. The number is "" where an answer is about a transmission."""

    document_number: str
    said: str  # with the name of who says it
    reason: str = ""

    @property
    def key(self) -> str:
        return self.document_number

    @property
    def text(self) -> str:
        """In one line, as the preview of an import shows it."""
        return f"{self.said}: {self.reason}" if self.reason else self.said


def remarks(documents: Iterable[Any]) -> tuple[Remark, ...]:
    """What is said in a file beside rejections and the word of a tax office."""
    found: list[Remark] = []
    for document in documents:
        if isinstance(document, Response):
            found += _of_response(document)
        elif isinstance(document, LifecycleStatus):
            found += _of_status(document)
    return tuple(found)


def _of_response(response: Response) -> list[Remark]:
    source = response.sender_name or (response.sender.value if response.sender else "receiver")
    whole = Answer(response.subject, response.status, response.reasons)
    by_office = response.sender_name == efactura.OFFICE
    return [
        Remark(
            document_number=answer.subject.document or "",
            said=_SAID[answer.status].format(source),
            reason="; ".join(reason.text for reason in answer.reasons if reason.text),
        )
        for answer in response.answers or (whole,)
        if answer.status in _SAID and not (by_office and answer.status in TAKEN)
    ]


def _of_status(status: LifecycleStatus) -> list[Remark]:
    if status.is_refusal or status.status == IN_DISPUTE:
        return []
    source = status.issuer.name or "the platform"
    texts = [text for d in status.details for text in (d.reason, d.action, *d.notes) if text]
    said = f"status {status.status} {status.name or ''}".rstrip()
    return [
        Remark(document_number=status.document, said=f"{said} by {source}", reason="; ".join(texts))
    ]
