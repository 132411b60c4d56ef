"""Files of rows that leave while they are read; the history gets who took them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TypeVar

from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import get_language

from acquit.access.commands.exports import Export, export
from acquit.core.codecs import rows_out
from acquit.entrypoints.ui.frame import Frame
from acquit.history.archive import Piece

T = TypeVar("T")
FORMS = {"csv": rows_out.CSV_MEDIA, "xlsx": rows_out.XLSX_MEDIA}


def download(
    frame: Frame,
    *,
    name: str,
    title: str,
    head: Sequence[str],
    rows: Iterable[rows_out.Row],
    form: str,
    is_ticked: bool = False,
) -> StreamingHttpResponse:
    """The rows as a file that leaves while it is read, with the day in its name. Who took it is
    noted, see :func:`noted`."""
    if form not in FORMS:
        raise Http404("no such form of a list")
    head = [str(one) for one in head]
    tally = Tally()
    counted = tally.of(rows)
    if form == "csv":
        pieces = rows_out.to_csv(head=head, rows=counted)
    else:
        pieces = rows_out.to_xlsx(title=title, head=head, rows=counted)
    whole = noted(frame, pieces, tally=tally, list_name=name, form=form, is_ticked=is_ticked)
    file_name = f"{name.replace('/', '-')}-{frame.ctx.today}.{form}"
    return streamed(_as_the_reader_is(frame, whole), name=file_name, media=FORMS[form])


class Tally:
    """How many rows were taken."""

    def __init__(self) -> None:
        self.rows = 0

    def of(self, rows: Iterable[T]) -> Iterator[T]:
        for row in rows:
            self.rows += 1
            yield row


def noted(
    frame: Frame,
    pieces: Iterable[bytes],
    *,
    tally: Tally,
    list_name: str,
    form: str,
    is_ticked: bool = False,
) -> Generator[bytes, None, None]:
    """The pieces of a file; at its end, or where the reader breaks off, the history gets who took
    how many rows of which list. Before the first piece is asked for nothing has left."""
    is_whole = False
    try:
        with transaction.atomic():
            yield from pieces
        is_whole = True
    finally:
        item = Export(
            list_name=list_name,
            form=form,
            rows=tally.rows,
            query="" if is_ticked else frame.request.GET.urlencode(),
            is_ticked=is_ticked,
            is_whole=is_whole,
        )
        export(ctx=frame.ctx.without_key(), items=[item])


def _as_the_reader_is(frame: Frame, pieces: Generator[bytes, None, None]) -> Iterator[bytes]:
    """Language and time zone end with the view, before the first piece is made; each is made in
    the reader's, and nothing of it is left to whoever comes between two."""
    language, zone = get_language() or "en", frame.company.timezone
    try:
        while True:
            with translation.override(language), timezone.override(zone):
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece
    finally:
        pieces.close()


def streamed(pieces: Iterator[bytes], *, name: str, media: str) -> StreamingHttpResponse:
    """A file in pieces; nobody between us and the reader keeps it."""
    answer = StreamingHttpResponse(pieces, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def as_it_came(piece: Piece, *, digest: str, default: str) -> HttpResponse:
    """An archived file byte for byte, under its name or a ``default``."""
    answer = HttpResponse(piece.body, content_type="application/octet-stream")
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in piece.name)
    answer["Content-Disposition"] = f'attachment; filename="{name or default}"'
    answer["Digest"] = f"sha-256={digest}"
    return answer
