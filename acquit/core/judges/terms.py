"""Business terms of EN 16931: their names in four languages and their places in UBL and CII."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from acquit.core.judges.record import Group, Record

LANGUAGES = ("en", "fr", "de", "ro")
_SHORT = {
    "AS": "AccountingSupplierParty/Party",
    "AC": "AccountingCustomerParty/Party",
    "T": "SupplyChainTradeTransaction",
    "A": "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement",
    "D": "SupplyChainTradeTransaction/ApplicableHeaderTradeDelivery",
    "S": "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement",
    "LA": "SpecifiedLineTradeAgreement",
    "LD": "SpecifiedLineTradeDelivery",
    "LS": "SpecifiedLineTradeSettlement",
    "P": "SpecifiedTradeProduct",
}
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A BT or BG: its paths start from the group ``within``, or from the document."""

    id: str
    within: str
    names: tuple[str, str, str, str]
    ubl: tuple[Path, ...]
    cii: tuple[Path, ...]


@cache
def terms() -> dict[str, Term]:
    """Every term by its id."""
    text = files("acquit.core.judges").joinpath("data/terms.txt").read_text("utf-8")
    found = {}
    for row in text.splitlines():
        number, within, ubl, cii, en, fr, de, ro = row.split("|")
        names = (en, fr, de, ro)
        found[number] = Term(number, within, names, _paths(ubl), _paths(cii))
    return found


def _paths(text: str) -> tuple[Path, ...]:
    found = []
    for path in text.split("+") if text else ():
        first, *rest = path.split("/")
        found.append(tuple("/".join((_SHORT.get(first, first), *rest)).split("/")))
    return tuple(found)


def name_of(term: str, language: str) -> str:
    """``Invoice number (BT-1)`` in one of the four languages; the bare id of an unknown term."""
    found = terms().get(term)
    if found is None:
        return term
    return f"{found.names[LANGUAGES.index(language)]} ({term})"


def term(group: Group, record: Record, name: str) -> list[str]:
    """The values of a business term in its group (a line for BT-131), in the order of the file.

    Empty where there is none, and for the few terms that a path alone does not find, as they need a
    condition: BT-18, BT-31, BT-32, BT-90, BT-111, BT-130. KeyError for a term there is not.
    """
    found = terms()[name]
    paths = found.ubl if record.syntax == "ubl" else found.cii
    return [value for path in paths for value in group.values(*path)]
