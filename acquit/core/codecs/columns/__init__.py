"""Tables whose columns nobody has described yet: what each one seems to be, for a person to say.

A proposal is made of the header's words (English, French, German, Romanian) and of what stands
below them. It decides nothing: money is read only by columns that somebody has confirmed.
"""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from itertools import islice

from acquit.core.codecs.banktable.layout import Layout, folded
from acquit.core.codecs.tabular import BadNumber, read_decimal
from acquit.core.text import unpadded

HEADER_ROWS = 40  # rows of notes that may stand above the header
_SAMPLE = 200
_SIGNS = re.compile(r"[^0-9a-z]+")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
_CODE = re.compile(r"[A-Z]{3}")
# Days as people write them; a table whose days fit several is read by the first that fits all.
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%Y",
         "%Y%m%d", "%Y/%m/%d")  # fmt: skip
DAYS = frozenset({"date", "value_date"})
AMOUNTS = frozenset({"amount", "debit", "credit", "balance", "discount"})
# What a table must have to be of use, as sets of which one must be there whole.
NEEDED: Mapping[str, tuple[frozenset[str], ...]] = {
    "bank": (frozenset({"date", "amount"}), frozenset({"date", "debit", "credit"})),
    "remittance": (frozenset({"document", "amount"}),),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of text: its number from 1, its cells, and its bytes in the file."""

    number: int
    cells: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """``row`` is the header's, ``header`` its names, ``layout`` what its columns seem to be and
    ``lines`` the first rows below. ``is_whole`` where nothing that is needed is missing."""

    row: int
    header: tuple[str, ...]
    layout: Layout
    lines: tuple[Line, ...]
    is_whole: bool


def fields(use: str) -> tuple[str, ...]:
    """What a column of such a table may be, in the order of our lists."""
    return tuple(_words()[use])


def needed(use: str) -> str:
    """What the columns of such a table must tell.

    >>> needed("bank")
    'date and amount or date and debit and credit'
    """
    every = fields(use)
    return " or ".join(" and ".join(sorted(need, key=every.index)) for need in NEEDED[use])


def lines(data: bytes) -> Iterator[Line]:
    """The rows of a table of text, blank ones left out; nothing where it is none."""
    data = unpadded(data)
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = data.decode("cp1252", "replace"), "cp1252"
    written = text.splitlines(keepends=True)
    delimiter = _delimiter(written[:_SAMPLE])
    number, start, taken = 0, 0, iter(written)
    used: list[str] = []

    def fed() -> Iterator[str]:
        for line in taken:
            used.append(line)
            yield line

    reader = csv.reader(fed(), delimiter=delimiter)
    while True:
        used.clear()
        try:
            cells = next(reader)
        except (StopIteration, csv.Error):
            return
        number += 1
        end = start + sum(len(line.encode(encoding, "replace")) for line in used)
        if any(cell.strip() for cell in cells):
            cells[0] = cells[0].removeprefix("\ufeff")
            yield Line(number, tuple(cell.strip() for cell in cells), start, end)
        start, number = end, number + len(used) - 1


def _delimiter(sample: Sequence[str]) -> str:
    """The one that parts most rows alike."""

    def score(delimiter: str) -> int:
        widths = [line.count(delimiter) for line in sample if line.strip()]
        usual = max(widths, key=widths.count, default=0)
        return usual and widths.count(usual) * 100 + usual

    return max("\t;,|", key=score)


def shape(header: Iterable[str]) -> str:
    """The mark of a header, by which a table of the same columns is known again."""
    return hashlib.sha256("\x1f".join(folded(name) for name in header).encode()).hexdigest()


def shapes(data: bytes) -> dict[str, Line]:
    """Shape -> row, for every row that may be the header."""
    found: dict[str, Line] = {}
    for line in lines(data[: 64 * 1024]):
        if line.number > HEADER_ROWS:
            break
        found.setdefault(shape(names(line.cells)), line)
    return found


def propose(data: bytes, *, use: str) -> Proposal | None:
    """What the columns of a table seem to be; None where no row looks like a header. ``use`` is
    "bank" or "remittance"."""
    rows = []
    for line in lines(data):
        rows.append(line)
        if line.number > HEADER_ROWS + _SAMPLE:
            break
    best: tuple[int, int] | None = None
    for at, line in enumerate(rows):
        if line.number > HEADER_ROWS:
            break
        known = len(_by_words(line.cells, use))
        if known >= 2 and at + 1 < len(rows) and (best is None or known > best[0]):
            best = (known, at)
    if best is None:
        return None
    header, below = rows[best[1]], tuple(rows[best[1] + 1 :])
    called = names(header.cells)
    columns = _by_content(_by_words(called, use), called, below, use)
    values = {what: _column(called, columns[what], below) for what in columns}
    layout = Layout(
        name=use,
        title="",
        columns={what: (name,) for what, name in columns.items()},
        decimal_mark=_decimal_mark([v for w in AMOUNTS for v in values.get(w, ())]),
        dates=_dates([v for w in DAYS for v in values.get(w, ())]),
    )
    is_whole = any(need <= columns.keys() for need in NEEDED[use])
    return Proposal(header.number, called, layout, below[:8], is_whole)


def likely_header(rows: Sequence[Sequence[str]]) -> int | None:
    """The place of the row that looks most like a header, whatever its use; None where none does:
    most words that are known, then most cells."""
    best: tuple[int, int] | None = None
    found = None
    for at, cells in enumerate(rows[:-1]):
        known = max(len(_by_words(cells, use)) for use in NEEDED)
        score = (known, len(cells))
        if len(cells) > 1 and (best is None or score > best):
            best, found = score, at
    return found if best and (best[0] > 1 or best[1] > 2) else None


def header_of(data: bytes) -> Line | None:
    """The row that looks most like a header, the first where none does; None without a row."""
    rows = list(islice(lines(data[: 64 * 1024]), HEADER_ROWS))
    at = likely_header([row.cells for row in rows]) or 0
    return rows[at] if rows else None


def is_total(cells: Iterable[str]) -> bool:
    """Whether the first word of a row says that it adds up the others."""
    first = next((cell for cell in cells if cell), "")
    return plain(first.rstrip(" :")) in _words()["total"]["words"]


def names(cells: Sequence[str]) -> tuple[str, ...]:
    """As the reader of tables calls them: a column without a name by its place."""
    return tuple(cell or f"column {place}" for place, cell in enumerate(cells, start=1))


def words_for(what: str) -> tuple[str, ...]:
    """What people call a field of a remittance advice, the longest first."""
    return tuple(sorted(_words()["remittance"][what], key=len, reverse=True))


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((files(__package__) / "words.toml").read_text("utf-8"))


def plain(name: str) -> str:
    """A name in small letters, without accents and signs."""
    return _SIGNS.sub(" ", folded(name)).strip()


def _by_words(header: Sequence[str], use: str) -> dict[str, str]:
    """Field -> column, by the words of the header alone. A column is one thing at most; what is
    written in full beats what only stands inside a longer name."""
    scores = []
    for place, name in enumerate(header):
        called = plain(name)
        for what, words in _words()[use].items():
            exact = max((len(w) for w in words if w == called), default=0)
            inside = max((len(w) for w in words if len(w) > 3 and _has(called, w)), default=0)
            if exact or inside:
                scores.append((-(exact * 1000 + inside), place, what))
    found: dict[str, str] = {}
    taken: set[int] = set()
    for _score, place, what in sorted(scores):
        if place not in taken and what not in found:
            taken.add(place)
            found[what] = header[place]
    return found


def _has(name: str, word: str) -> bool:
    return f" {word} " in f" {name} "


def _by_content(
    found: dict[str, str], header: tuple[str, ...], below: Sequence[Line], use: str
) -> dict[str, str]:
    """What the words left open, by what stands in the columns; and nothing against it: a column
    of days holds days."""
    kept = {
        what: name
        for what, name in found.items()
        if (what not in DAYS or _dates(_column(header, name, below), else_none=True))
        and (what not in AMOUNTS or _are_numbers(_column(header, name, below)))
    }
    free = [name for name in header if name not in kept.values()]
    has_amount = "amount" in kept or {"debit", "credit"} <= kept.keys()
    tests: dict[str, Callable[[list[str]], bool]] = {
        "date": lambda cells: use == "bank" and bool(_dates(cells, else_none=True)),
        "iban": lambda cells: all(_IBAN.fullmatch(c.replace(" ", "")) for c in cells),
        "currency": lambda cells: all(_CODE.fullmatch(c) for c in cells),
        "amount": lambda cells: not has_amount and _are_numbers(cells),
    }
    for what, test in tests.items():
        fits = [n for n in free if (cells := _column(header, n, below)) and test(cells)]
        if what in _words()[use] and what not in kept and len(fits) == 1:
            kept[what] = fits[0]
            free.remove(fits[0])
    return kept


def _column(header: tuple[str, ...], name: str, below: Sequence[Line]) -> list[str]:
    at = header.index(name)
    return [
        line.cells[at]
        for line in below
        if at < len(line.cells) and line.cells[at] and not is_total(line.cells)
    ]


def _are_numbers(cells: Sequence[str]) -> bool:
    return bool(cells) and all(any(_number(cell, mark) for mark in ",.") for cell in cells)


def _number(cell: str, mark: str) -> bool:
    try:
        read_decimal(money_text(cell), decimal_mark=mark)
    except BadNumber:
        return False
    return True


def money_text(cell: str) -> str:
    """An amount without the name or sign of its currency."""
    return re.sub(r"[€$£]|\b(?:[A-Z]{3}|lei|Lei)\b", "", cell).strip()


def _decimal_mark(cells: Sequence[str]) -> str:
    """The mark under which all amounts can be read; of two such the one that is followed by two
    digits, since money has cents and thousands have three."""
    able = [mark for mark in ",." if all(_number(cell, mark) for cell in cells)]
    if len(able) == 1:
        return able[0]
    cents = {m: sum(bool(re.search(rf"\{m}\d\d\D*$", c)) for c in cells) for m in ",."}
    return "," if cents[","] > cents["."] else "."


def _dates(cells: Sequence[str], *, else_none: bool = False) -> tuple[str, ...]:
    """The likeliest way of writing a day under which every cell is one."""
    able = tuple(
        pattern
        for pattern in DATES
        if cells and all(day_of(cell, (pattern,)) is not None for cell in cells)
    )
    return able[:1] if able or else_none else ("%d.%m.%Y", "%Y-%m-%d")


def day_of(text: str, patterns: Iterable[str]) -> date | None:
    """A day as one of the patterns writes it, or as 2026-01-31; a time behind it is left out."""
    for pattern in (*patterns, "%Y-%m-%d"):
        for part in (text, text.split(" ")[0]):
            try:
                return datetime.strptime(part, pattern).date()  # noqa: DTZ007 - a day as written
            except ValueError:
                continue
    return None


def as_plain(layout: Layout) -> dict[str, object]:
    """A layout as it is stored: field -> columns, mark, ways to write a day."""
    return {
        "columns": {what: list(names) for what, names in layout.columns.items()},
        "decimal_mark": layout.decimal_mark,
        "dates": list(layout.dates),
        "out": sorted(layout.out),
    }


def from_plain(data: Mapping[str, object], *, use: str, title: str = "") -> Layout:
    """The layout back; ValueError names what is wrong with it."""
    columns = data.get("columns")
    if not isinstance(columns, dict):
        raise ValueError("a mapping needs columns: field and name of the column")
    unknown = sorted(columns.keys() - _words()[use].keys() - {"sign"})
    if unknown:
        raise ValueError(f"no field {', '.join(unknown)}; there are {', '.join(fields(use))}")
    if not any(need <= columns.keys() for need in NEEDED[use]):
        raise ValueError(f"the columns for {needed(use)} are needed")
    mark = data.get("decimal_mark", ".")
    if mark not in (",", "."):
        raise ValueError(f"the decimal mark is , or . and not {mark!r}")
    dates, out = data.get("dates") or DATES[:1], data.get("out") or ()
    assert isinstance(dates, list | tuple)
    assert isinstance(out, list | tuple)
    return Layout(
        name=use,
        title=title,
        columns={
            str(what): (names,) if isinstance(names, str) else tuple(names)
            for what, names in columns.items()
        },
        decimal_mark=str(mark),
        dates=tuple(map(str, dates)),
        out=frozenset(map(str, out)),
    )
