"""Four simple matchers that many systems ship, after public descriptions of what they do.

- contains: an open number stands in the text, letters and digits only; posted when the open
  amounts of all numbers found come to the money (Odoo's and ERPNext's own first rule).
- exact: exactly one open item in that currency has the amount.
- prefix: the payer by account, then the oldest items until the money is used up.
- first_subset: the payer by account, then the first set of up to four items that adds up.

    python -m benchmarks.cash.baselines CASE NAME -o proposals.csv
"""

from __future__ import annotations

import argparse
import csv
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.cash import files
from benchmarks.cash.files import BankLine, OpenItem
from benchmarks.cash.generate import major

Found = list[OpenItem]
SUBSET_MAX = 4
SUBSET_OF = 40


class Books:
    """What the simple matchers look things up in."""

    def __init__(self, folder: Path) -> None:
        self.by_number: dict[str, OpenItem] = {}
        self.by_amount: dict[tuple[str, int], Found] = defaultdict(list)
        self.by_customer: dict[str, Found] = defaultdict(list)
        for item in files.items(folder):
            self.by_number[plain(item.number)] = item
            self.by_amount[item.currency, item.open].append(item)
            self.by_customer[item.customer].append(item)
        for owed in self.by_customer.values():
            owed.sort(key=lambda item: (item.due, item.id))
        self.payer: dict[str, str] = {}
        for row in files.rows(folder / "customers.csv"):
            for iban in row["ibans"].split(";"):
                self.payer[iban] = row["id"]
        self.lengths = sorted({len(number) for number in self.by_number}, reverse=True)

    def owed(self, line: BankLine) -> Found:
        customer = self.payer.get(line.payer_iban, "") if line.payer_iban else ""
        return [
            item
            for item in self.by_customer.get(customer, ())
            if item.currency == line.currency and item.open > 0
        ]


def plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def contains(line: BankLine, books: Books) -> dict[str, int]:
    text = plain(line.text)
    found: dict[str, int] = {}
    for length in books.lengths:
        for at in range(len(text) - length + 1):
            item = books.by_number.get(text[at : at + length])
            if item and item.currency == line.currency:
                found[item.id] = item.open
    return found if found and sum(found.values()) == line.amount else {}


def exact(line: BankLine, books: Books) -> dict[str, int]:
    found = books.by_amount.get((line.currency, line.amount), [])
    return {found[0].id: found[0].open} if len(found) == 1 else {}


def prefix(line: BankLine, books: Books) -> dict[str, int]:
    left, found = line.amount, {}
    for item in books.owed(line):
        if left <= 0:
            break
        found[item.id] = min(left, item.open)
        left -= found[item.id]
    return found


def first_subset(line: BankLine, books: Books) -> dict[str, int]:
    owed = books.owed(line)[:SUBSET_OF]
    for size in range(1, SUBSET_MAX + 1):
        for chosen in itertools.combinations(owed, size):
            if sum(item.open for item in chosen) == line.amount:
                return {item.id: item.open for item in chosen}
    return {}


BASELINES: dict[str, Callable[[BankLine, Books], dict[str, int]]] = {
    "contains": contains,
    "exact": exact,
    "prefix": prefix,
    "first_subset": first_subset,
}


def answers(name: str, folder: Path) -> Iterator[tuple[str, dict[str, int]]]:
    """Each line with what the matcher posts; items once paid are not paid again."""
    books, paid = Books(folder), set()
    for line in files.lines(folder):
        found = BASELINES[name](line, books)
        if paid.isdisjoint(found):
            paid.update(found)
            yield line.id, found
        else:
            yield line.id, {}


def write(name: str, folder: Path, out: Path) -> None:
    """``proposals.csv`` of a baseline; what it finds it posts, else it leaves the line."""
    columns = ("line", "rank", "probability", "rivals", "action", "items", "residue", "reason")
    with out.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        for line, found in answers(name, folder):
            items = ";".join(f"{item}:{major(amount)}" for item, amount in found.items())
            action, sure = ("post", "1.0") if found else ("leave", "0.0")
            table.writerow((line, 1, sure, 0, action, items, "", name if found else "unknown"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", type=Path)
    parser.add_argument("name", choices=BASELINES)
    parser.add_argument("-o", "--out", type=Path, required=True)
    given = parser.parse_args()
    write(given.name, given.case, given.out)


if __name__ == "__main__":
    main()
