"""Tables on their way in: what was said of their columns before, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from acquit.core.codecs import columns
from acquit.core.codecs.sheet import CannotRead, is_sheet
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.history import archive
from acquit.intake import mappings
from acquit.stages.receipts.rules.tables import BANK, Table, is_table, shapes_of, table_of

Known = Mapping[str, Mapping[str, Any]]
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def known_columns(
    ctx: Context, bodies: Sequence[bytes], *, use: str = BANK, sender: str = ""
) -> Known:
    """What was said before of tables of these shapes. A book that cannot be read has none."""
    shapes: set[str] = set()
    for body in bodies:
        if is_table(body):
            with suppress(CannotRead):
                shapes |= shapes_of(body)
    if not shapes:
        return {}
    return mappings.known(company_id=ctx.company_id, kind=use, shapes=shapes, sender=sender)


def table(
    body: bytes, *, options: Mapping[str, str], known: Known, use: str = BANK
) -> Table | Fault:
    """The file as its reader takes it, or why nobody can tell its columns."""
    if not is_table(body):
        return Table(body)
    found = table_of(body, use=use, said=options.get("map", ""), known=known)
    # Text that is no table at all is named better by the readers.
    is_other = isinstance(found, Fault) and found.code == "table.header" and not is_sheet(body)
    return Table(body) if is_other else found


def remember(ctx: Context, table: Table, *, use: str = BANK, sender: str = "") -> None:
    """What was said just now of a table's columns holds for the next of its shape."""
    if table.is_new and table.layout:
        said = columns.as_plain(table.layout)
        mappings.keep(ctx, kind=use, shape=table.shape, sender=sender, layout=said)


def pieces(body: bytes, *, name: str, table: Table) -> Iterator[archive.Piece]:
    """What is kept: the file as it came, and the text of the sheet that was read of it."""
    yield archive.Piece(body, _media_type(body), name[:255])
    if table.sheet:
        yield archive.Piece(table.text, "text/plain", f"{name[:150]} {table.sheet[:95]}.tsv")


def _media_type(body: bytes) -> str:
    if is_sheet(body):
        return _BOOK
    is_xml = body.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<?")
    return "application/xml" if is_xml else "text/plain"
