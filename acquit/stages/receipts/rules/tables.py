"""Tables whose columns somebody has to describe: what they seem to be, and what was said. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from acquit.core.codecs import (
    banktable,
    binary,
    camt,
    columns,
    formats,
    lockbox,
    mail,
    payouts,
    printed,
    sheet,
    statements,
)
from acquit.core.codecs.banktable.layout import Layout, recognised
from acquit.core.codecs.columns import Proposal
from acquit.core.faults import Fault

BANK, REMITTANCE = "bank", "remittance"
AUTO = "auto"  # "it is what it seems to be"
_HEAD = 64 * 1024
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Table:
    """A file as its reader takes it. ``text`` is the file itself, or the ``sheet`` of a book or the
    table of a page that is so called; ``spots`` are places of its lines on paper. ``layout`` says
    what its columns are, None where a reader of ours knows that; ``shape`` is the mark of its
    header, and ``is_new`` where this was said just now."""

    text: bytes
    sheet: str = ""
    spots: tuple[str, ...] = ()
    layout: Layout | None = None
    shape: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    """A text to look for a table in; ``write`` gives it with another decimal mark."""

    name: str
    text: bytes
    write: Callable[[str], bytes]
    spots: tuple[str, ...] = ()

    def table(self, layout: Layout, shape: str, *, is_new: bool) -> Table:
        text = self.write(layout.decimal_mark)
        return Table(text, self.name, self.spots, layout, shape, is_new)


def is_table(body: bytes, *, use: str = BANK) -> bool:
    """Whether the bytes are a spreadsheet, or text that may be a table; for advices also a page."""
    if sheet.is_sheet(body):
        return True
    if use == REMITTANCE:
        is_other = any(each.sniff(body) for each in (payouts, camt, lockbox)) or mail.is_mail(body)
        is_pdf = body.startswith(b"%PDF-")  # also one that has an invoice inside
        return not is_other and (is_pdf or formats.sniff(data=body) is None)
    head = body[:_HEAD].lstrip(b"\xef\xbb\xbf \r\n")
    codec = statements.sniff(body)
    return (codec is None or codec is banktable) and head[:1] not in (b"<", b"%", b"{", b"")


def shapes_of(body: bytes) -> set[str]:
    """The marks of every row that may be a header, to look up what was said of them."""
    return {shape for page in _pages(body) for shape in columns.shapes(page.text)}


def proposal_of(body: bytes, *, use: str) -> Proposal | None:
    """What the first table of the file seems to be; ``use`` is BANK or REMITTANCE."""
    for page in _pages(body):
        if proposal := columns.propose(page.text, use=use):
            return proposal
    return None


def table_of(
    body: bytes, *, use: str, said: str, known: Mapping[str, Mapping[str, Any]]
) -> Table | Fault:
    """The table of a file. ``said`` is AUTO, or a JSON object of field -> column that puts right
    what the columns seem to be (also ``decimal_mark`` and ``dates``); ``known`` is what was said
    of shapes before. A fault where nobody can tell."""
    try:
        pages = tuple(_pages(body))
    except (sheet.CannotRead, printed.CannotRead) as bad:
        return bad.fault
    if said:
        return _said(body, pages, use, said)
    for page in pages:
        for shape in columns.shapes(page.text):
            if shape in known:
                layout = columns.from_plain(known[shape], use=use)
                return page.table(layout, shape, is_new=False)
    for page in pages:
        mark = _mark_of_ours(page.text, use)
        if mark:
            return Table(page.write(mark), page.name)
    return _unsaid(body, use)


def _pages(body: bytes) -> Iterator[_Page]:
    if sheet.is_sheet(body):
        for each in sheet.read(body):

            def write(mark: str, each: sheet.Sheet = each) -> bytes:
                return each.text(decimal_mark=mark)

            yield _Page(each.name, write("."), write)
    elif body.startswith(b"%PDF-"):
        yield _printed(printed.of_pdf(body))
    elif body.lstrip()[:1] == b"<":
        for table in printed.of_html(body.decode("utf-8", "replace")):
            yield _printed(table)
    elif body.startswith(_UTF_16):  # as spreadsheets save "Unicode text"
        text = body.decode("utf-16", "replace").encode()
        yield _Page("UTF-8", text, lambda _mark: text)
    else:
        yield _Page("", body, lambda _mark: body)


def _printed(table: printed.Printed) -> _Page:
    return _Page(table.name, table.text, lambda _mark: table.text, table.spots)


def _mark_of_ours(text: bytes, use: str) -> str:
    """The decimal mark of the layout of ours that reads a text; "" where none does."""
    if use == REMITTANCE:
        return "." if payouts.sniff(text) else ""
    codec = statements.sniff(text)
    if codec is not banktable:
        return "." if codec else ""
    for line in columns.lines(text[:_HEAD]):
        if layout := recognised(line.cells):
            return layout.decimal_mark
    return "."


def _said(body: bytes, pages: tuple[_Page, ...], use: str, said: str) -> Table | Fault:
    fix = _how_to_say(use)
    if said == AUTO and not any(columns.propose(page.text, use=use) for page in pages):
        other, headers = _no_table(body), [columns.header_of(page.text) for page in pages]
        if other.code != "table.header" or not any(row and row.cells[1:] for row in headers):
            return other
    try:
        change = {} if said == AUTO else json.loads(said)
        if not isinstance(change, dict):
            raise ValueError("a mapping is an object of field and column")
    except ValueError as bad:
        return Fault("table.map", f"the mapping cannot be read: {bad}", "map", fix=fix)
    why = "no row of the file looks like a header"
    for page in pages:
        proposal = columns.propose(page.text, use=use)
        try:
            layout = columns.from_plain(_merged(proposal, change), use=use)
        except ValueError as bad:
            why = f"{bad}{_seen(page.text, proposal)}"
            continue
        wanted = {name for names in layout.columns.values() for name in names}
        for shape, line in columns.shapes(page.text).items():
            if wanted <= set(columns.names(line.cells)):
                return page.table(layout, shape, is_new=True)
        why = f"no row has the columns {', '.join(sorted(wanted))}{_seen(page.text, proposal)}"
    return Fault("table.map", f"the mapping does not fit: {why}", "map", fix=fix)


def _how_to_say(use: str) -> str:
    example = columns.needed(use).partition(" or ")[0].split(" and ")
    said = " ".join(f"--map {what}=COLUMN" for what in example)
    return f"say it as field=column: {said}; fields: {', '.join(columns.fields(use))}"


def _seen(text: bytes, proposal: Proposal | None) -> str:
    """The row that was taken for the header, and what of it is known."""
    row = columns.header_of(text)
    if row is None:
        return ""
    seems = _seems(proposal) if proposal else "too few of its names are known"
    return f"; row {row.number} says {' | '.join(row.cells)[:200]}: {seems}"


def _seems(proposal: Proposal) -> str:
    return ", ".join(f"{what} = {names[0]}" for what, names in proposal.layout.columns.items())


def _merged(proposal: Proposal | None, change: Mapping[str, Any]) -> dict[str, Any]:
    """What the columns seem to be, put right by what was said; "" takes a field away."""
    plain: dict[str, Any] = columns.as_plain(proposal.layout) if proposal else {"columns": {}}
    named = {what: names for what, names in plain["columns"].items() if what not in change}
    for what, column in change.items():
        if what in ("decimal_mark", "dates"):
            plain[what] = [column] if what == "dates" and isinstance(column, str) else column
        elif column:
            # A column that is said to be something is nothing else any more.
            named = {w: n for w, n in named.items() if w in change or column not in n}
            named[what] = [str(column)]
    return {**plain, "columns": named}


def _unsaid(body: bytes, use: str) -> Fault:
    proposal = proposal_of(body, use=use)
    if proposal is None:
        return _no_table(body)
    seems = _seems(proposal)
    message = f"nobody said yet what the columns of this table are; they seem to be: {seems}"
    fix = "look at them on the page Imports, or say --map auto or --map field=column once"
    return Fault("table.unsaid", message, "map", fix=fix)


def _no_table(body: bytes) -> Fault:
    """Why a file has no row with the names of columns."""
    if not body.strip():
        return Fault("table.empty", "the file is empty", fix="send it again")
    if body.startswith(formats.PACKED) and not sheet.is_sheet(body):
        message = "this is a packed archive, and what is in it may be of any size"
        return Fault("table.packed", message, fix="unpack it first")
    what = binary.seems(body) or ("text with NUL characters" if b"\0" in body[:_HEAD] else "")
    if what and not sheet.is_sheet(body) and not body.startswith(_UTF_16):
        message = f"this is neither a text nor a spreadsheet; it seems to be {what}"
        return Fault("table.not_text", message, fix="save the table as CSV or XLSX")
    message = "no row of the table looks like a header, so nobody can tell its columns"
    fix = "put a row with the names of the columns above the first row"
    return Fault("table.header", message, fix=fix)
