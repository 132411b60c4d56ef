"""What happens to imports."""

from __future__ import annotations

from dataclasses import dataclass

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class FileImported(Fact):
    """A file was taken in: accepted + rejected + duplicate = rows (invariant I33). ``digest`` is
    the SHA-256 under which its bytes are archived."""

    KIND = "intake.FileImported"
    kind: str
    profile: str
    filename: str
    digest: str
    rows: int
    accepted: int
    rejected: int
    duplicate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportUndone(Fact):
    """Everything an import made was taken back; ``removed`` says how many of what."""

    KIND = "intake.ImportUndone"
    kind: str
    filename: str
    removed: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsSaid(Fact):
    """Somebody said what the columns of a shape of table are; ``subject_id`` is the mapping."""

    KIND = "intake.ColumnsSaid"
    kind: str
    sender: str
    layout: dict[str, object]
