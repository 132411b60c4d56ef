"""The archive: bytes kept once per content, found again by their SHA-256."""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from psycopg import Cursor

from acquit.core.context import Context
from acquit.core.text import sha256
from acquit.database import behind
from acquit.database.bulk import lock
from acquit.database.copy import fetch_rows
from acquit.database.scope import is_behind_wall
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


_COPY = (
    "COPY history_archive (id, company_id, digest, media_type, name, size, archived_at, body)"
    " FROM STDIN (FORMAT binary)"
)
_SIGNATURE = b"PGCOPY\n\xff\r\n\0"  # the file format of COPY, PostgreSQL's manual
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_AT_ONCE = 1024**2  # bytes


def keep(ctx: Context, pieces: Sequence[Piece]) -> list[str]:
    """Store the pieces that are not there yet; their digests in the same order."""
    digests = [sha256(piece.body) for piece in pieces]
    new = dict(zip(digests, pieces, strict=True))
    if not is_behind_wall():  # where no COPY may go into the table itself
        large = {digest: p for digest, p in new.items() if len(p.body) > _AT_ONCE}
        _keep_large(ctx, large)
        new = {digest: piece for digest, piece in new.items() if digest not in large}
    if new:
        _keep(ctx, new)
    return digests


@contextmanager
def ahead(ctx: Context, piece: Piece) -> Iterator[Callable[[], None]]:
    """Large bytes go into the archive while the block looks at them; unless it calls what it is
    given, they are taken out again. Then :func:`keep` finds them there."""
    if len(piece.body) <= _AT_ONCE or is_behind_wall() or not behind.is_writing_behind():
        yield lambda: None
        return
    wanted: list[None] = []
    with transaction.atomic():
        _keep_large(ctx, {sha256(piece.body): piece})
        yield lambda: wanted.append(None)
        transaction.set_rollback(not wanted)


def _keep(ctx: Context, new: Mapping[str, Piece]) -> None:
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


def _keep_large(ctx: Context, new: Mapping[str, Piece]) -> None:
    """By COPY in its binary format, a megabyte at a time: a statement with the body in it would
    be held by the client library for as long as the connection lasts."""
    for digest, piece in sorted(new.items()):
        with transaction.atomic(savepoint=False):
            lock(ctx.company_id, f"archive {digest}")
            known = "SELECT 1 FROM history_archive WHERE company_id = %s AND digest = %s"
            if not fetch_rows(known, [ctx.company_id, digest]):
                _copy(ctx, digest, piece)


def _copy(ctx: Context, digest: str, piece: Piece) -> None:
    values = (
        *(ctx.ids.new().bytes, ctx.company_id.bytes, digest.encode()),
        *(piece.media_type.encode(), piece.name.encode(), struct.pack(">q", len(piece.body))),
        struct.pack(">q", (ctx.now - _EPOCH) // timedelta(microseconds=1)),
    )
    fields = b"".join(struct.pack(">i", len(value)) + value for value in values)
    head = _SIGNATURE + struct.pack(">iih", 0, 0, len(values) + 1) + fields
    with _rows() as put:
        put(head + struct.pack(">i", len(piece.body)))
        body = memoryview(piece.body)
        for start in range(0, len(body), _AT_ONCE):
            put(body[start : start + _AT_ONCE])
        put(struct.pack(">h", -1))


@contextmanager
def _rows() -> Iterator[Callable[[bytes | memoryview], None]]:
    """The open COPY; of a command it goes on beside the program."""
    if behind.is_writing_behind():
        with behind.copying(_COPY) as put:
            yield put
        return
    with Cursor(connection.connection) as cursor, cursor.copy(_COPY) as copy:
        yield copy.write


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
