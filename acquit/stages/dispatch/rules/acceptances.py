"""What a tax office answers of documents that it took: what stops their clocks.

Only the office itself can say so. A buyer who accepts, or a gateway that received, says nothing of
it. A network that carries its answers names it as who answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from acquit.core.codecs import efactura
from acquit.core.codecs.reading import File
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.response import Answer, Response, ResponseStatus

TAKEN = (ResponseStatus.ACCEPTED, ResponseStatus.ACCEPTED_WITH_ERRORS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A document that the tax office took: from that day on it is reported. Its number is "" until
    it is known, where an answer does not name it. ``source`` is who says so. ``on`` is None where
    the answer does not say when; ``sellers`` the numbers of who sold, where it does."""

    document_number: str
    source: str
    on: date | None = None
    sellers: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        return self.document_number

    @property
    def text(self) -> str:
        """In one line, as the preview of an import shows it."""
        return f"accepted by {self.source}"


def taken(files: Iterable[File[Any]]) -> tuple[Acceptance, ...]:
    """What files of answers say was taken. The signed invoice that RO e-Factura gives back is the
    answer that it took it."""
    found: list[Acceptance] = []
    for file in files:
        responses = [one for one in file.documents if isinstance(one, Response)]
        for response in responses:
            found += _of_response(response)
        if file.syntax == efactura.NAME and not responses:
            found += [_of_invoice(one) for one in file.documents if isinstance(one, Invoice)]
    return tuple(found)


def _of_response(response: Response) -> list[Acceptance]:
    if response.sender_name != efactura.OFFICE:
        return []
    whole = Answer(response.subject, response.status)
    return [
        Acceptance(
            document_number=answer.subject.document or "",
            source=efactura.OFFICE,
            on=response.issue_date,
        )
        for answer in response.answers or (whole,)
        if answer.status in TAKEN
    ]


def _of_invoice(document: Invoice) -> Acceptance:
    seller = document.seller
    registered = seller.legal_registration
    numbers = {seller.vat_id, registered.value if registered else None}
    return Acceptance(
        document_number=document.number,
        source=efactura.OFFICE,
        sellers=frozenset(one for one in numbers if one),
    )
