"""Messages that say the same of many rows: the first few, and the rest in one line."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

ALIKE_MAX = 10  # messages of one kind that are shown one by one
_SPANS_MAX = 8
# Quoted cells and figures are what differs in messages of one kind; a figure in the name of a file
# does not, since rows of another file are others.
_OWN = re.compile(r"'[^']*'|\"[^\"]*\"|(?<!\d)\d++(?:[.,]\d++)*+(?![\w/-]*+\.[A-Za-z])")
_ROW = re.compile(r"\brow (\d+)\b")


def folded(messages: Sequence[str]) -> Iterator[str]:
    """The messages in their order. Of those that differ in rows, figures and cells alone the first
    ones are shown, and behind them is said how many more there are, and where.

    >>> *_, last = folded([f"L.csv row {n}: {n / 8!r} is no day" for n in range(2, 2002)])
    >>> last
    '... and 1,990 more like it: rows 12-2001'
    """
    kinds = [_OWN.sub("#", message) for message in messages]
    counts = Counter(kinds)
    rows: dict[str, list[int]] = defaultdict(list)
    shown: Counter[str] = Counter()
    for kind, message in zip(kinds, messages, strict=True):
        shown[kind] += 1
        if shown[kind] <= ALIKE_MAX:
            yield message
        elif found := _ROW.search(message):
            rows[kind].append(int(found[1]))
        if shown[kind] == counts[kind] > ALIKE_MAX:
            indent = message[: len(message) - len(message.lstrip())]
            yield indent + _rest(counts[kind] - ALIKE_MAX, rows[kind])


def _rest(count: int, rows: Sequence[int]) -> str:
    found = list(spans(rows))
    noun = "row" if len(rows) == 1 else "rows"
    more = ", ..." if len(found) > _SPANS_MAX else ""
    where = f": {noun} {', '.join(found[:_SPANS_MAX])}{more}" if found else ""
    return f"... and {count:,} more like it{where}"


def spans(rows: Iterable[int]) -> Iterator[str]:
    """Rows that follow each other as one piece.

    >>> list(spans([2, 3, 4, 9]))
    ['2-4', '9']
    """
    start = last = 0
    for row in rows:
        if not start:
            start = row
        elif row != last + 1:
            yield _span(start, last)
            start = row
        last = row
    if start:
        yield _span(start, last)


def _span(start: int, last: int) -> str:
    return str(start) if start == last else f"{start}-{last}"
