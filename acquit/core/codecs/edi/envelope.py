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
    gln_qualifier: str,
) -> Envelope:
    """The envelope where nobody gave one: addressed by the parties' own identifiers, dated with
    the document, and numbered with it. Fit for a file; a connection has numbers of its own."""
    from_, to = _address(sender), _address(receiver)
    return Envelope(
        sender=from_.value,
        sender_qualifier=gln_qualifier if from_.scheme == GLN else "",
        receiver=to.value,
        receiver_qualifier=gln_qualifier if to.scheme == GLN else "",
        reference=reference,
        prepared_at=datetime(day.year, day.month, day.day),  # noqa: DTZ001
        charset=charset,
    )


def _address(identifiers: tuple[Identifier, ...]) -> Identifier:
    """The GLN of a party, else its first identifier, else a word that says there is none."""
    gln = next((i for i in identifiers if i.scheme == GLN), None)
    return gln or (identifiers[0] if identifiers else Identifier("UNKNOWN"))
