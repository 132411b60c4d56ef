"""The archive: bytes kept once per content, found again by their SHA-256."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from psycopg import Cursor

from acquit.core.context import Context
from acquit.core.text import sha256
from acquit.database import behind
from acquit.database.copy import fetch_rows
from acquit.history.models import ArchivedBytes


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes to keep, with the name and media type under which they are handed out."""

    body: bytes
    media_type: str
    name: str


_KEEP = (
    "INSERT INTO history_archive"
    " (id, company_id, digest, media_type, name, size, body, archived_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %b, %s) ON CONFLICT (company_id, digest) DO NOTHING"
)


def keep(ctx: Context, pieces: Sequence[Piece]) -> list[str]:
    """Store the pieces that are not there yet; their digests in the same order."""
    digests = [sha256(piece.body) for piece in pieces]
    new = dict(zip(digests, pieces, strict=True))
    connection.ensure_connection()
    behind.send()
    # Bodies travel as binary parameters. Django's own cursor writes values into the text of the
    # statement, where each byte takes two and the server has to parse them all.
    with Cursor(connection.connection) as cursor:
        cursor.executemany(
            _KEEP,
            [
                (
                    *(ctx.ids.new(), ctx.company_id, digest, piece.media_type, piece.name),
                    *(len(piece.body), piece.body, ctx.now),
                )
                for digest, piece in new.items()
            ],
        )
    return digests


def read(*, company_id: UUID, digest: str) -> Piece | None:
    """The bytes of a digest, or None when this company never kept them."""
    row = ArchivedBytes.objects.of(company_id).filter(digest=digest).first()
    return Piece(bytes(row.body), row.media_type, row.name) if row else None


def read_many(*, company_id: UUID, digests: Collection[str]) -> dict[str, Piece]:
    """The bytes of digests, by digest; what was never kept is left out."""
    rows = ArchivedBytes.objects.of(company_id).filter(digest__in=digests)
    return {row.digest: Piece(bytes(row.body), row.media_type, row.name) for row in rows}


def excerpt(*, company_id: UUID, digest: str, start: int, end: int) -> bytes:
    """A part of an archived file, cut by the database: the bytes a value came from."""
    rows = fetch_rows(
        "SELECT substring(body FROM %s FOR %s) FROM history_archive"
        " WHERE company_id = %s AND digest = %s",
        [start + 1, end - start, company_id, digest],
    )
    return bytes(rows[0][0]) if rows else b""
