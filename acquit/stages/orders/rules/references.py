"""How the buyer names an order in his own papers: what his documents must repeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from acquit.core.faults import Fault

LENGTH_MAX = 80


class BuyerReferences(NamedTuple):
    """The references of an order; what the buyer does not say is empty."""

    purchase_order: str = ""  # BT-13
    project: str = ""  # BT-11
    contract: str = ""  # BT-12
    buyer_accounting: str = ""  # BT-19, such as his cost centre

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> BuyerReferences:
        """The references among named values, such as a row of a file."""
        return cls(*(values.get(name) or "" for name in cls._fields))


UNSAID = BuyerReferences()


def reference_faults(references: BuyerReferences) -> Iterator[Fault]:
    """What is too long for its column."""
    for name, text in references._asdict().items():
        if len(text) > LENGTH_MAX:
            yield Fault(f"order.{name}", f"at most {LENGTH_MAX} characters fit", name)
