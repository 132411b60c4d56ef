"""Tables on their way in: what was said of their columns before, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from acquit.core.codecs import columns, mail, printed, sheet
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.history import archive
from acquit.intake import mappings
from acquit.stages.receipts.rules.tables import BANK, Table, is_table, shapes_of, table_of

Known = Mapping[str, Mapping[str, Any]]
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def known_columns(
    ctx: Context, files: Sequence[tuple[str, bytes]], *, use: str = BANK
) -> Mapping[str, Known]:
    """What was said before of tables of these shapes, by sender. ``files`` are (sender, bytes); a
    book that cannot be read has no shape."""
    shapes: set[str] = set()
    for _sender, body in files:
        if is_table(body, use=use):
            with suppress(sheet.CannotRead, printed.CannotRead):
                shapes |= shapes_of(body)
    senders = {sender for sender, _body in files}
    if not shapes:
        return {sender: {} for sender in senders}
    return mappings.known(
        company_id=ctx.company_id, kind=use, shapes=shapes, senders=senders - {""}
    )


def table(body: bytes, *, options: Mapping[str, str], known: Known) -> Table | Fault:
    """A bank file as its reader takes it, or why nobody can tell its columns."""
    if not is_table(body):
        return Table(body)
    found = table_of(body, use=BANK, said=options.get("map", ""), known=known)
    # Text that is no table at all is named better by the readers.
    is_sheet = sheet.is_sheet(body)
    is_other = isinstance(found, Fault) and found.code == "table.header" and not is_sheet
    return Table(body) if is_other else found


def remember(ctx: Context, table: Table, *, use: str = BANK, sender: str = "") -> None:
    """What was said just now of a table's columns holds for the next of its shape."""
    if table.is_new and table.layout:
        said = columns.as_plain(table.layout)
        mappings.keep(ctx, kind=use, shape=table.shape, sender=sender, layout=said)


def pieces(body: bytes, *, name: str, table: Table) -> Iterator[archive.Piece]:
    """What is kept: the file as it came, and the text that was read of it."""
    yield archive.Piece(body, media_type(body), name[:255])
    if table.sheet:
        yield archive.Piece(table.text, "text/plain", f"{name[:150]} {table.sheet[:95]}.tsv")


def media_type(body: bytes) -> str:
    if sheet.is_sheet(body):
        return _BOOK
    if body.startswith(b"%PDF-"):
        return "application/pdf"
    if mail.is_mail(body):
        return "message/rfc822"
    is_xml = body.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<?")
    return "application/xml" if is_xml else "text/plain"
