"""What every strict writer gives back: the bytes, and what of the document is not in them.

A loss is found by comparing, never by trust: what was written is read again and every difference
is reported with its place. ``LOSES`` of the codec says why; a difference in what the document
claims in money is no loss but a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Any

from acquit.core.codecs.reading import Reading
from acquit.core.faults import Fault, Refused, Severity
from acquit.core.money import Money

# What must come back to the cent and to the letter, or the document is not written at all.
EXACT = (
    "number",
    "currency",
    "totals",
    "breakdown.vat",
    "breakdown.taxable",
    "breakdown.tax",
    "lines.id",
    "lines.net",
    "lines.quantity",
    "lines.vat",
    "allowances_charges.amount",
    "allowances_charges.vat",
    "total",
    "payments",
    "adjustments.amount",
    "lines.document",
    "lines.paid",
    "lines.due",
    "lines.discount",
    "lines.adjustments.amount",
    "details",
    "invoices",
    "transactions",
    "collections",
)
# What may change inside but not be gone: a line, a tax, something that is added or taken off.
_WHOLE = frozenset(
    {"lines", "breakdown", "allowances_charges", "lines.allowances_charges", "adjustments"}
)
_INDEX = re.compile(r"\[[^]]*\]")


class CannotWrite(Refused):
    """The document does not fit the syntax; the faults name each value that is the reason."""


@dataclass(frozen=True, slots=True)
class Written:
    """The bytes, and one warning for each value that is not in them or not as it was."""

    data: bytes
    losses: tuple[Fault, ...] = ()


def checked(
    *, name: str, document: Any, data: bytes, reading: Reading[Any], loses: Mapping[str, str]
) -> Written:
    """The bytes with their losses, by what ``reading`` found in them again.

    Raises CannotWrite where they cannot be read, or where an amount or a key would change.
    """
    if reading.document is None:
        raise CannotWrite(reading.fatal)
    losses: list[Fault] = []
    fatal: list[Fault] = []
    for path, before, after in _differences(document, reading.document, ""):
        bare = _INDEX.sub("", path)
        if bare in _WHOLE or _within(bare, EXACT):
            message = f"{path} is {_shown(before)} and would be read as {_shown(after)}"
            fix = "shorten or change the value, or send another syntax"
            fatal.append(Fault(f"{name}.not_exact", message, path, fix=fix))
            continue
        why = next((why for key, why in loses.items() if _within(bare, (key,))), "")
        gone = after in (None, ())
        code = "lost" if gone else "changed"
        message = "not carried" if gone else f"{_shown(before)} becomes {_shown(after)}"
        message += f": {why}" if why else ""
        losses.append(Fault(f"{name}.{code}", message, path, severity=Severity.WARNING))
    if fatal:
        raise CannotWrite(fatal)
    return Written(data, tuple(losses))


def _within(path: str, keys: Sequence[str]) -> bool:
    return any(
        path == bare or path.startswith(f"{bare}.")
        for bare in (_INDEX.sub("", key) for key in keys)
    )


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, Money | Decimal) else f"{value!r:.80}"


def _differences(before: Any, after: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Every place where two values of documents differ, as deep as they are alike in shape."""
    if before == after:
        return
    if isinstance(before, tuple) and isinstance(after, tuple) and after:
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else None
            new = after[index] if index < len(after) else None
            yield from _differences(old, new, f"{path}[{index}]")
    elif is_dataclass(before) and type(before) is type(after) and not isinstance(before, Money):
        for field in fields(before):
            old, new = getattr(before, field.name), getattr(after, field.name)
            yield from _differences(old, new, f"{path}.{field.name}" if path else field.name)
    else:
        yield path, before, after
