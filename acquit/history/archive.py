"""The archive: bytes kept once per content, found again by their SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from acquit.core.context import Context
from acquit.core.text import sha256
from acquit.database.copy import fetch_rows
from acquit.history.models import ArchivedBytes


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes to keep, with the name and media type under which they are handed out."""

    body: bytes
    media_type: str
    name: str


def keep(ctx: Context, pieces: Sequence[Piece]) -> list[str]:
    """Store the pieces that are not there yet; their digests in the same order."""
    digests = [sha256(piece.body) for piece in pieces]
    rows = [
        ArchivedBytes(
            id=ctx.ids.new(),
            company_id=ctx.company_id,
            digest=digest,
            media_type=piece.media_type,
            name=piece.name,
            size=len(piece.body),
            body=piece.body,
            archived_at=ctx.now,
        )
        for digest, piece in dict(zip(digests, pieces, strict=True)).items()
    ]
    ArchivedBytes.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return digests


def read(*, company_id: UUID, digest: str) -> Piece | None:
    """The bytes of a digest, or None when this company never kept them."""
    row = ArchivedBytes.objects.of(company_id).filter(digest=digest).first()
    return Piece(bytes(row.body), row.media_type, row.name) if row else None


def excerpt(*, company_id: UUID, digest: str, start: int, end: int) -> bytes:
    """A part of an archived file, cut by the database: the bytes a value came from."""
    rows = fetch_rows(
        "SELECT substring(body FROM %s FOR %s) FROM history_archive"
        " WHERE company_id = %s AND digest = %s",
        [start + 1, end - start, company_id, digest],
    )
    return bytes(rows[0][0]) if rows else b""
