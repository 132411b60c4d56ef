"""What the schema of a Factur-X level asks: which elements, in which order, how often, with what.

Such faults have the id ``XSD``, as the official judge calls them, which stops at the first of a
group. The record keeps the children of a group by their names, so what stands apart from others of
its name is not seen here, nor is text beside elements, nor whether an attached file is in base64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from acquit.core.judges.cii import LINE, TRANSACTION
from acquit.core.judges.facturx_levels import LEVELS
from acquit.core.judges.record import Group, Record, place, text_of
from acquit.core.judges.registry import Breach, Rule
from acquit.core.judges.values import SPACES, Unevaluable, boolean, decimal

_MAX = {"1": 1, "?": 1, "2": 2}  # how often an element may stand; others as often as they like
_NEEDED = ("1", "+")


@dataclass(slots=True)
class _Element:
    """An element of a level: how often it may stand, what its text is, what is in it."""

    place: int = 0  # among its neighbours
    often: str = "1"
    kind: str = ""  # decimal or boolean; any text otherwise
    attributes: frozenset[str] = frozenset()
    due: tuple[str, ...] = ()  # attributes that it needs
    below: dict[str, _Element] = field(default_factory=dict)
    needed: list[str] = field(default_factory=list)  # names that have to stand in it


@cache
def _elements(level: str) -> _Element:
    """What the root of a level holds."""
    text = files("acquit.core.judges").joinpath("data/facturx_levels.txt").read_text("utf-8")
    asked = LEVELS.index(level)
    path = [_Element()]
    for row in text.splitlines():
        name, lowest, often, *rest = row.split()
        depth = len(row) - len(row.lstrip(" "))
        del path[depth + 1 :]
        at = asked - LEVELS.index(lowest)
        above = path[depth]
        said = [part.partition(":") for part in rest]
        mine = [part for part, _, since in said if LEVELS.index(since or lowest) <= asked]
        kind = "".join(part for part in mine if part[0] != "@")
        attributes = frozenset(part.strip("@!") for part in mine if part[0] == "@")
        due = tuple(part.strip("@!") for part in mine if part[-1] == "!")
        found = _Element(len(above.below), often[at] if at >= 0 else "", kind, attributes, due)
        path.append(found)
        if at >= 0:
            above.below[name] = found
            if found.often in _NEEDED:
                above.needed.append(name)
    return path[0]


def by_schema(level: str) -> Callable[[Record, Sequence[Group]], Iterable[Breach]]:
    """What the schema of a level minds, of some parts of a document."""

    def asked(record: Record, parts: Sequence[Group]) -> Iterable[Breach]:
        root = _elements(level)
        found: list[Breach] = []
        if parts[0] is record.root:
            _inside(level, record.root, root, found)
            return found
        line = root.below[TRANSACTION].below.get(LINE)
        for part in parts:
            if line is not None:
                _inside(level, part, line, found)
            elif part.parent is not None:
                found.append(_unknown(level, part.parent, LINE, part.index))
        return found

    return asked


def _unknown(level: str, group: Group, name: str, index: int) -> Breach:
    facts = {"value": level.upper(), "name": name.rpartition("}")[2]}
    return Breach(Rule("XSD", terms=("BT-24",), text="level", facts=facts),
                  place(group, name, index))  # fmt: skip


def _said(text: str, name: str, path: str) -> Breach:
    return Breach(Rule("XSD", text=text, facts={"name": name}), path)


def _inside(level: str, group: Group, element: _Element, found: list[Breach]) -> None:
    """The children of a group, and all that is in them."""
    last = -1
    for name, values in group.items():
        known = element.below.get(name)
        if known is None:  # told once, without what is below it
            found += [_unknown(level, group, name, index) for index in range(len(values))]
            continue
        if known.place < last:
            found.append(_said("order", name, place(group, name)))
        last = max(last, known.place)
        most = _MAX.get(known.often, len(values))
        if len(values) > most:
            found.append(_said("too-often", name, place(group, name, most)))
        for index, value in enumerate(values):
            _check(value, known, name, place(group, name, index), found)
            if isinstance(value, Group):
                _inside(level, value, known, found)
    for name in element.needed:
        if name not in group:
            found.append(_said("at-least-once", name, group.path()))


def _check(value: Group | str, known: _Element, name: str, path: str, found: list[Breach]) -> None:
    """One element: its attributes, and its text if it is one of those that hold text."""
    attributes = getattr(value, "attributes", None)
    if attributes or known.due:
        for key in attributes or ():
            if key not in known.attributes and not key.startswith("{"):
                found.append(_said("no-attribute", key, path))
        for key in known.due:
            if not attributes or key not in attributes:
                found.append(_said("attribute", key, path))
    if isinstance(value, Group):
        if value.text.strip(SPACES):
            found.append(_said("no-text", name, path))
    elif known.below:  # an element for others that holds none reads like a value
        if value.strip(SPACES):
            found.append(_said("no-text", name, path))
        elif known.needed:
            found.append(_said("at-least-once", known.needed[0], path))
    elif known.kind and not _is(known.kind, text_of(value)):
        found.append(_said(f"no-{known.kind}", name, path))


def _is(kind: str, text: str) -> bool:
    try:
        _ = decimal(text) if kind == "decimal" else boolean(text)
    except Unevaluable:
        return False
    return True
