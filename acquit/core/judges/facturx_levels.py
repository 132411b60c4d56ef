"""The levels of Factur-X 1.09: which one a CII declares, and whether it keeps to it.

A level is a part of CII: MINIMUM and BASIC WL are no invoices in the sense of EN 16931 (in Germany
they are no invoices at all), BASIC, EN 16931 and EXTENDED are. What the schema of the declared
level does not have is a fault with the id ``XSD``, as the official judge calls it. Its sheet of
rules is in ``facturx_sheets``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files

from acquit.core.judges.record import Group, Record, place
from acquit.core.judges.registry import Breach, Rule

LEVELS = ("minimum", "basicwl", "basic", "en16931", "extended")
# What the publication holds and these packs do not, with the reason.
UNCOVERED = (("XSD", "order, number and types of elements: asked by the official judge only"),)
_Tree = dict[str, tuple[int, "_Tree"]]


@cache
def _allowed() -> _Tree:
    """Each element of a level with the number of the lowest that has it, and what is below it."""
    text = files("acquit.core.judges").joinpath("data/facturx_levels.txt").read_text("utf-8")
    trees: list[_Tree] = [{}]
    for row in text.splitlines():
        name, level = row.split()
        depth = len(row) - len(row.lstrip(" "))
        del trees[depth + 1 :]
        below: _Tree = {}
        trees[depth][name] = (LEVELS.index(level), below)
        trees.append(below)
    return trees[0]


def declared(specification: str) -> str:
    """The level that BT-24 names, empty for one that is none of Factur-X or ZUGFeRD 2."""
    name = specification.strip().lower()
    if ":factur-x.eu:" not in name and ":zugferd.de:" not in name:
        return ""
    found = [level for level in LEVELS if name.endswith(f":{level}")]
    return found[0] if found else ""


def by_level(level: str) -> Callable[[Record], Iterable[Breach]]:
    """Each element that the level does not have, once, without what is below it."""
    highest = LEVELS.index(level)

    def asked(record: Record) -> Iterable[Breach]:
        waiting: list[tuple[Group, _Tree]] = [(record.root, _allowed())]
        for group, tree in waiting:
            for name, values in group.items():
                lowest, below = tree.get(name, (len(LEVELS), {}))
                for index, value in enumerate(values):
                    if lowest > highest:
                        yield Breach(_named(level, name), place(group, name, index))
                    elif isinstance(value, Group):
                        waiting.append((value, below))

    return asked


def _named(level: str, name: str) -> Rule:
    return Rule("XSD", terms=("BT-24",), text="level",
                facts={"value": level.upper(), "name": name.rpartition("}")[2]})  # fmt: skip
