"""Layouts: which column of a bank's table is what. Data, not code; see ``layouts.toml``."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

# What a column may be. ``text`` and ``kind`` may be several columns, the others one.
FIELDS = frozenset(
    {
        "date", "value_date", "amount", "debit", "credit", "sign", "currency", "account", "name",
        "iban", "text", "kind", "reference", "reference_structured", "end_to_end", "mandate",
        "balance", "status",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """``columns`` maps a field to the names its column may have; case and accents do not count."""

    name: str
    title: str
    columns: Mapping[str, tuple[str, ...]]
    decimal_mark: str = ","
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    out: frozenset[str] = field(default_factory=frozenset)
    pending: frozenset[str] = field(default_factory=frozenset)

    def named(self, header: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Field -> names in this header, for those that are there."""
        by_name = {folded(name): name for name in header}
        found: dict[str, tuple[str, ...]] = {}
        for what, names in self.columns.items():
            there = tuple(by_name[folded(name)] for name in names if folded(name) in by_name)
            if there:
                found[what] = there if what in ("text", "kind") else there[:1]
        return found

    def found(self, header: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Field -> names in this header; empty where a column the layout needs is not there."""
        found = self.named(header)
        has_amount = "amount" in found or {"debit", "credit"} <= found.keys()
        has_sign = "sign" in found or "sign" not in self.columns
        has_text = "text" in found or "text" not in self.columns
        return found if "date" in found and has_text and has_amount and has_sign else {}


@cache
def shipped() -> tuple[Layout, ...]:
    """The layouts that come with the program."""
    data = tomllib.loads((files(__package__) / "layouts.toml").read_text("utf-8"))
    layouts = []
    for each in data["layout"]:
        unknown = each["columns"].keys() - FIELDS
        if unknown:
            raise ValueError(f"layout {each['name']}: no field {', '.join(sorted(unknown))}")
        layouts.append(
            Layout(
                name=each["name"],
                title=each["title"],
                columns={what: tuple(names) for what, names in each["columns"].items()},
                decimal_mark=each["decimal_mark"],
                dates=tuple(each["dates"]),
                out=frozenset(each.get("out", ())),
                pending=frozenset(each.get("pending", ())),
            )
        )
    return tuple(layouts)


def recognised(header: Sequence[str]) -> Layout | None:
    """The layout that knows most columns of the header, or None."""
    best = max(shipped(), key=lambda layout: len(layout.found(header)))
    return best if best.found(header) else None


def folded(name: str) -> str:
    """A column's name without case, accents, quotes and outer space."""
    plain = unicodedata.normalize("NFKD", name.strip().strip('"').casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
