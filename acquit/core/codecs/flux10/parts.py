"""Days and amounts of e-reporting: days as YYYYMMDD, amounts without a currency of their own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from acquit.core.codecs.moments import day_text, read_time
from acquit.core.codecs.numbers import decimal_text, money_text
from acquit.core.codecs.xml import NO_DATE, Node, tag
from acquit.core.money import Money


def day(name: str, value: date | None) -> str:
    return tag(name, day_text(value) if value else None)


def number(name: str, value: Decimal | None) -> str:
    return tag(name, None if value is None else decimal_text(value))


def amount(name: str, value: Money) -> str:
    return tag(name, money_text(value))


def read_day(node: Node, *path: str) -> date | None:
    """The day; a fault where it is none."""
    text = node.text(*path)
    if text is None:
        return None
    moment = read_time(text) if len(text) == 8 else None
    if moment is None:
        node.source.fault("date", f"{text[:40]!r} is no day as YYYYMMDD", node.element)
    return moment.date() if moment else None


def need_day(node: Node, *path: str) -> date:
    before = len(node.source.faults)
    found = read_day(node, *path)
    if found is None and len(node.source.faults) == before:
        node.source.fault("missing", f"{'/'.join(path)} is missing", node.element)
    return found or NO_DATE


def read_amount(node: Node, name: str, currency: str) -> Money:
    """The amount, which must be there, in the currency told elsewhere."""
    element = node.leaf(name)
    if element is None:
        node.source.fault("missing", f"{name} is missing", node.element)
        return Money.zero(currency)
    return node.money_of(element, currency)
