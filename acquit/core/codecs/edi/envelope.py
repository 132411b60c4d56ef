"""The envelope of an interchange: from whom, to whom, when, and under which number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from acquit.core.documents.parties import Identifier

GLN = "0088"  # ISO 6523: the Global Location Number of GS1
DUNS = "0060"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Sender, receiver, control reference and time of preparation (local time of the sender).

    Qualifiers are those of the syntax: EDIFACT 0007 (14 for a GLN), X12 I05 (ZZ, 01, 08, ...).
    The reference is unique per sender and receiver; in X12 it has up to nine digits.
    ``charset`` is the EDIFACT level (UNOA to UNOL, UNOY), or for X12 an encoding.
    """

    sender: str
    receiver: str
    reference: str
    prepared_at: datetime
    sender_qualifier: str = ""
    receiver_qualifier: str = ""
    charset: str = ""
    is_test: bool = False
    wants_answer: bool = False


def envelope_for(
    *,
    sender: tuple[Identifier, ...],
    receiver: tuple[Identifier, ...],
    reference: str,
    day: date,
    charset: str,
) -> Envelope:
    """The envelope where nobody gave one: addressed by the parties' own identifiers, dated with
    the document, and numbered with it. Fit for a file; a connection has numbers of its own."""
    return Envelope(
        sender=address(sender),
        receiver=address(receiver),
        reference=reference,
        prepared_at=datetime(day.year, day.month, day.day),  # noqa: DTZ001
        charset=charset,
    )


def address(identifiers: tuple[Identifier, ...]) -> str:
    """The GLN of a party, else its first identifier, else a word that says there is none."""
    by_scheme = {i.scheme: i.value for i in reversed(identifiers)}
    return by_scheme.get(GLN) or (identifiers[0].value if identifiers else "UNKNOWN")
