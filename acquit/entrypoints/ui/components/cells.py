"""The cells of lists: what they hold, and how that stands on a page and in a file.

A list names its columns once. On a page an amount shows with its currency, a day in the reader's
form; in a file an amount is a plain decimal beside a column with its currency, a day a date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Generic, TypeVar

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from acquit.core.codecs import rows_out
from acquit.core.money import Money
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.components.status import status
from acquit.entrypoints.ui.templatetags import acquit as written

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere, and what stands smaller below it. A number of ours stays in one
    line."""

    text: str
    url: str
    sub: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with a smaller one below it, which files leave to a column of its own."""

    value: Cell
    sub: Cell


@dataclass(frozen=True, slots=True)
class Status:
    """A word of ``components.status`` with its shape."""

    code: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A word behind a picture that says the same."""

    icon: str
    word: str | Promise


# Markup (SafeString) and several amounts are for pages alone.
Cell = str | Link | Noted | Status | Marked | date | Money | int | Sequence[Money] | None
CHANNELS = {
    "email": Marked("mail", gettext_lazy("E-mail")),
    "portal": Marked("link", gettext_lazy("Portal")),
    "print": Marked("printer", gettext_lazy("Post")),
    "post": Marked("printer", gettext_lazy("Post")),
}
LONG = 24  # signs of a word; a longer one is broken where the line ends
PAGE, FILE, AMOUNT, NUMBER = "page", "file", "amount", "number"


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """``shape`` says whether it holds amounts or numbers, which stand to the right; ``only`` keeps
    it on the page or in the file."""

    label: str
    cell: Callable[[T], Cell]
    shape: str = ""
    only: str = ""


Columns = Sequence[Column[T]]


def channel(code: str) -> Marked:
    """The way a document goes; one of a house's own by its name."""
    return CHANNELS.get(code) or Marked("send", code)


def head(columns: Columns[T]) -> SafeString:
    """The heads of the columns that a page shows."""
    return SafeString(
        "".join(
            f'<th scope="col"{_NUM if one.shape else ""}>{escape(one.label)}</th>'
            for one in columns
            if one.only != FILE
        )
    )


def body(columns: Columns[T], row: T) -> str:
    """The cells of a row on a page; the first one names the row and opens it."""
    first, *others = [one for one in columns if one.only != FILE]
    cells = [f'<th scope="row">{_html(first.cell(row), opens=True)}</th>']
    for one in others:
        kind = _NUM if one.shape else ""
        shown = _html(one.cell(row))
        cells.append(f'<td{kind} data-label="{escape(one.label)}">{shown}</td>')
    return "".join(cells)


_NUM = ' class="num"'


def _html(cell: Cell, *, opens: bool = False) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, SafeString):
        return cell
    if isinstance(cell, str):
        return _text(cell)
    if isinstance(cell, Link):
        text = escape(cell.text) if cell.is_number else _text(cell.text)
        if cell.url:
            kinds = ["row-open"] * opens + ["unbroken"] * cell.is_number
            kind = f' class="{" ".join(kinds)}"' if kinds else ""
            text = f'<a{kind} href="{escape(cell.url)}">{text}</a>'
        return _below(text, cell.sub)
    if isinstance(cell, Noted):
        return _below(_html(cell.value, opens=opens), cell.sub)
    if isinstance(cell, Status):
        return written.badge(cell.code)
    if isinstance(cell, Marked):
        picture = written.icon(cell.icon)
        return f'<span class="cluster unbroken">{picture}{escape(str(cell.word))}</span>'
    if isinstance(cell, date):
        return written.moment(cell)
    if isinstance(cell, Money):
        return written.money(cell)
    if isinstance(cell, int):
        return str(written.whole(cell))
    return "".join(f"<div>{written.money(one)}</div>" for one in cell) or "–"


def _text(text: str) -> str:
    """Text of others may hold words that are wider than a phone."""
    if all(len(word) <= LONG for word in text.split()):
        return escape(text)
    return f'<span class="breakable">{escape(text)}</span>'


def _below(text: str, sub: Cell) -> str:
    shown = _html(sub)
    return f'<span>{text}<span class="cell-sub">{shown}</span></span>' if shown else text


def label_of(columns: Columns[T], row: T) -> str:
    """What a row is called: the text of its first column."""
    cell = plain(columns[0].cell(row))
    return cell if isinstance(cell, str) else str(cell)


def file_of(columns: Columns[T], rows: Iterable[T]) -> tuple[list[str], Iterator[rows_out.Row]]:
    """The head of the file and its rows; the currency stands before the first amount."""
    kept = [one for one in columns if one.only != PAGE]
    shapes = [one.shape for one in kept]
    place = shapes.index(AMOUNT) if AMOUNT in shapes else None
    names = [one.label for one in kept]
    if place is not None:
        names.insert(place, _("Currency"))

    def lines() -> Iterator[rows_out.Row]:
        for row in rows:
            cells = [one.cell(row) for one in kept]
            line = [plain(cell) for cell in cells]
            if place is not None:
                money = next((cell for cell in cells if isinstance(cell, Money)), None)
                line.insert(place, money.currency if money else None)
            yield line

    return names, lines()


def plain(cell: Cell) -> rows_out.Cell:
    """A cell as a file holds it. TypeError for what only a page can show."""
    if isinstance(cell, Link):
        return cell.text
    if isinstance(cell, Noted):
        return plain(cell.value)
    if isinstance(cell, Status):
        return str(status(cell.code).word)
    if isinstance(cell, Marked):
        return str(cell.word)
    if isinstance(cell, Money):
        return cell.decimal
    if isinstance(cell, datetime):
        return display.local(cell)
    if cell is None or isinstance(cell, str | date | int):
        return cell
    raise TypeError(f"a file shows no {type(cell).__name__}")
