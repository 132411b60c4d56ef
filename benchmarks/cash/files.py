"""The plain files of a case, read back: what a matcher may see, and apart from it the truth."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OpenItem:
    id: str
    customer: str
    number: str
    open: int  # minor units
    currency: str
    issued: str
    due: str


@dataclass(frozen=True, slots=True)
class BankLine:
    id: str
    amount: int
    currency: str
    payer_name: str
    payer_iban: str
    text: str  # with the end-to-end id in front


@dataclass(frozen=True, slots=True)
class Answer:
    """One row of ``proposals.csv``."""

    rank: int
    probability: float
    rivals: int
    action: str
    items: dict[str, int]
    reason: str


@dataclass(frozen=True, slots=True)
class Right:
    """One row of the truth."""

    scenario: str
    items: dict[str, int]
    reason: str


def minor(text: str) -> int:
    """Minor units of a decimal with at most two digits behind the point."""
    whole, _, part = text.partition(".")
    value = abs(int(whole or 0)) * 100 + int(part.ljust(2, "0")[:2] or 0)
    return -value if text.startswith("-") else value


def pairs(text: str) -> dict[str, int]:
    """``id:1.00;id:2.00`` as a mapping to minor units."""
    found = (part.rpartition(":") for part in text.split(";") if part)
    return {item: minor(amount) for item, _, amount in found}


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def items(folder: Path) -> list[OpenItem]:
    names = ("id", "customer", "number", "currency", "issued", "due")
    return [
        OpenItem(**{name: row[name] for name in names}, open=minor(row["open"]))
        for row in rows(folder / "items.csv")
    ]


def lines(folder: Path) -> list[BankLine]:
    return [
        BankLine(
            id=row["id"],
            amount=minor(row["amount"]),
            currency=row["currency"],
            payer_name=row["payer_name"],
            payer_iban=row["payer_iban"],
            text=f"{row['end_to_end_id']} {row['text']}".strip(),
        )
        for row in rows(folder / "lines.csv")
    ]


def truth(folder: Path) -> dict[str, Right]:
    return {
        row["line"]: Right(row["scenario"], pairs(row["items"]), row["reason"])
        for row in rows(folder / "truth" / "truth.csv")
    }


def answers(path: Path) -> dict[str, list[Answer]]:
    """The proposals of each line, best first."""
    found: dict[str, list[Answer]] = {}
    for row in rows(path):
        answer = Answer(
            rank=int(row["rank"]),
            probability=float(row["probability"]),
            rivals=int(row["rivals"] or 0),
            action=row["action"],
            items=pairs(row["items"]),
            reason=row["reason"],
        )
        found.setdefault(row["line"], []).append(answer)
    for several in found.values():
        several.sort(key=lambda answer: answer.rank)
    return found
