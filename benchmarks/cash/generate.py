"""Make a case: python -m benchmarks.cash.generate --lines 10000 --seed 1 --profile default -o DIR

The same seed, profile and size give the same bytes. The truth is written apart from what a
matcher may read.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from benchmarks.cash import books, people
from benchmarks.cash.bench import Bench
from benchmarks.cash.profiles import Profile, profile
from benchmarks.cash.scenarios import MAKERS
from benchmarks.cash.texts import NUMBER_STYLES
from benchmarks.cash.world import Case

ITEMS_PER_LINE = 2.5
TRIES = 20


def make(*, lines: int, seed: str, profile: Profile) -> Case:
    """A case of about ``lines`` bank lines, two and a half times as many open items."""

    def draw(part: str) -> Random:
        return Random(f"{seed}/{profile.name}/{part}")

    cast = people.customers(round(lines * ITEMS_PER_LINE), profile, draw("customers"))
    style = draw("style").randrange(len(NUMBER_STYLES))
    opened, past = books.items(cast, profile, style, draw("items"))
    everyone = [customer for customer, _ in cast]
    paid = books.history(past, {one.id: one for one in everyone}, draw("history"))
    case = Case(books.AS_OF, everyone, opened, paid, books.rates(draw("rates")))
    _lines(case, lines, profile, draw("lines"))
    return case


def _lines(case: Case, count: int, profile: Profile, draw: Random) -> None:
    bench = Bench(case, profile, draw)
    names = list(profile.weights)
    weights = list(profile.weights.values())
    skipped: Counter[str] = Counter()
    while len(case.lines) < count:
        for _ in range(TRIES):
            (name,) = draw.choices(names, weights)
            if MAKERS[name](bench):
                break
            skipped[name] += 1
        else:
            break  # The books are paid out.
    order = list(range(len(case.lines)))
    draw.shuffle(order)
    case.lines = [case.lines[at] for at in order]
    case.truth = [case.truth[at] for at in order]
    for at, (line, truth) in enumerate(zip(case.lines, case.truth, strict=True), 1):
        line.id = truth.line = f"L{at:07}"
    case.skipped = dict(skipped)


def write(case: Case, folder: Path) -> None:
    """The files of ``acquit apply`` in ``folder``, and the truth in ``folder/truth``."""
    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    _customers(case, folder)
    _items(case, folder)
    _history(case, folder)
    _table(
        folder / "rates.csv",
        ("date", "from", "to", "rate"),
        ((day, "EUR", code, f"{rate / 1_000_000:.6f}") for (day, code), rate in case.rates.items()),
    )
    _table(
        folder / "lines.csv",
        ("id", "date", "amount", "currency", "payer_name", "payer_iban", "end_to_end_id", "text"),
        (
            (
                line.id,
                line.date,
                major(line.amount),
                line.currency,
                line.payer_name,
                line.payer_iban,
                line.end_to_end_id,
                line.text,
            )
            for line in case.lines
        ),
    )
    _table(
        folder / "remittances.csv",
        ("remittance", "date", "payer_name", "amount", "currency", "reference", "number", "paid"),
        (
            (
                a.advice,
                a.date,
                a.payer_name,
                major(a.amount),
                a.currency,
                a.reference,
                a.number,
                major(a.paid),
            )
            for a in case.advices
        ),
    )
    _table(
        truth / "truth.csv",
        ("line", "scenario", "items", "reason", "residue"),
        ((t.line, t.scenario, _pairs(t.items), t.reason, major(t.residue)) for t in case.truth),
    )
    summary = {
        "lines": len(case.lines),
        "items": len(case.items),
        "customers": len(case.customers),
        "history": len(case.history),
        "scenarios": dict(sorted(Counter(t.scenario for t in case.truth).items())),
        "skipped": dict(sorted(case.skipped.items())),
    }
    (truth / "case.json").write_text(json.dumps(summary, indent=1) + "\n")


def _customers(case: Case, folder: Path) -> None:
    _table(
        folder / "customers.csv",
        ("id", "name", "ibans", "parent", "aliases"),
        (
            (c.id, c.name, ";".join(c.known_ibans), c.parent, ";".join(c.aliases))
            for c in case.customers
        ),
    )


def _items(case: Case, folder: Path) -> None:
    columns = ("id", "customer", "number", "kind", "amount", "open", "currency", "issued", "due")
    _table(
        folder / "items.csv",
        (*columns, "discount_pct", "discount_until", "references"),
        (
            (
                *(i.id, i.customer, i.number, i.kind, major(i.amount), major(i.open)),
                *(i.currency, i.issued, i.due, i.discount_pct or "", i.discount_until or ""),
                ";".join(i.references),
            )
            for i in case.items
        ),
    )


def _history(case: Case, folder: Path) -> None:
    columns = ("item", "customer", "number", "amount", "currency", "issued", "due", "paid_on")
    _table(
        folder / "history.csv",
        (*columns, "paid_amount", "payer_name", "payer_iban", "text"),
        (
            (
                *(p.item.id, p.item.customer, p.item.number, major(p.item.amount)),
                *(p.item.currency, p.item.issued, p.item.due, p.paid_on, major(p.amount)),
                *(p.payer_name, p.payer_iban, p.text),
            )
            for p in case.history
        ),
    )


def major(minor: int) -> str:
    """Minor units as a decimal in major units; all currencies here have two digits."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02}"


def _pairs(items: dict[str, int]) -> str:
    return ";".join(f"{item}:{major(amount)}" for item, amount in sorted(items.items()))


def _table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--profile", default="default")
    parser.add_argument("-o", "--out", type=Path, required=True)
    given = parser.parse_args()
    case = make(lines=given.lines, seed=given.seed, profile=profile(given.profile))
    write(case, given.out)
    print((given.out / "truth" / "case.json").read_text())


if __name__ == "__main__":
    main()
