"""What the packs of countries and networks ask alike, as rules over paths from the document.

A path is a tuple of names; a step may be a tuple of names of which any will do, as the line of an
invoice and that of a credit note.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from acquit.core.faults import Severity
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test, ValueTest, Where
from acquit.core.judges.values import Unevaluable, day, places, spaced

Step = str | tuple[str, ...]
Path = tuple[Step, ...]
FATAL = Severity.FATAL


def path_of(text: str) -> tuple[str, ...]:
    """``"Delivery/DeliveryLocation"`` as a path."""
    return tuple(text.split("/")) if text else ()


def names(step: Step) -> tuple[str, ...]:
    return (step,) if isinstance(step, str) else step


def groups(start: Group, path: Path) -> list[Group]:
    """Every group at the end of the path, in the order of the file."""
    found = [start]
    for step in path:
        found = [below for group in found for name in names(step) for below in group.groups(name)]
    return found


def texts(start: Group, path: Path) -> list[str]:
    """Every value at the end of the path, normalised in its white space."""
    holders = groups(start, path[:-1])
    return [
        spaced(text_of(value))
        for group in holders
        for name in names(path[-1])
        for value in group.get(name, ())
    ]


def first(start: Group, *path: Step) -> str:
    """The first value at the end of the path, empty where there is none."""
    found = texts(start, path)
    return found[0] if found else ""


def said(start: Group, *path: Step) -> bool:
    """Whether anything but white space stands at the end of the path."""
    return any(texts(start, path))


def at(*path: Step) -> Test:
    """The group stands exactly there, counted from the document."""

    def when(group: Group, record: Record) -> bool:
        above: Group | None = group
        for step in reversed(path):
            if above is None or above.name not in names(step):
                return False
            above = above.parent
        return above is record.root

    return when


def below(*path: Step) -> Test | None:
    """The group stands at the end of such a path, wherever that begins; None where none is told."""
    if len(path) < 2:  # the name of the group itself is told to the rule
        return None

    def when(group: Group, _: Record) -> bool:
        above: Group | None = group
        for step in reversed(path):
            if above is None or above.name not in names(step):
                return False
            above = above.parent
        return True

    return when


def both(*tests: Test | None) -> Test | None:
    """A condition that holds where all of these hold."""
    asked = [test for test in tests if test is not None]
    if not asked:
        return None
    return lambda group, record: all(test(group, record) for test in asked)


def _deepest(start: Group, path: Path) -> Group:
    """Where what is missing would have to be put: the last group of the path that there is."""
    for step in path:
        found = groups(start, (step,))
        if not found:
            break
        start = found[0]
    return start


def _broken(_: Group, __: Record) -> bool:
    return False


def needed(
    number: str,
    base: Path,
    path: Path,
    *terms: str,
    when: Test | None = None,
    severity: Severity = FATAL,
) -> Rule:
    """In every group at ``base`` something is said at ``path`` below it."""

    def where(record: Record) -> list[Group]:
        return [
            _deepest(group, path[:-1])
            for group in groups(record.root, base)
            if (when is None or when(group, record)) and not said(group, *path)
        ]

    return Rule(number, _broken, terms=terms, text="missing", severity=severity, where=where)


def there(path: Path) -> Where:
    """The groups at the end of a path from the document."""
    return lambda record: groups(record.root, path)


def of_values(
    number: str,
    path: Path,
    test: ValueTest,
    *terms: str,
    text: str = "",
    when: Test | None = None,
    severity: Severity = FATAL,
    facts: Mapping[str, str] | None = None,
) -> Rule:
    """Each value at the end of the path passes the test; ``("*", name)`` is anywhere."""
    anywhere = path[0] == "*"
    holders = path[1:-1] if anywhere else path[:-1]
    condition = both(below(*holders) if anywhere else at(*holders), when)
    on = names(holders[-1]) if holders else ()
    return Rule(
        number,
        None,
        on,
        condition,
        names(path[-1]),
        test,
        terms,
        text,
        severity,
        facts if facts is not None else {},
    )


def longest(number: str, path: Path, count: int, *terms: str, when: Test | None = None) -> Rule:
    """The text has at most so many characters, white space normalised."""

    def short(value: Group | str, _: Group, __: Record) -> bool:
        return len(spaced(text_of(value))) <= count

    facts = {"max": str(count)}
    return of_values(number, path, short, *terms, text="too-long", facts=facts, when=when)


def coded(number: str, path: Path, known: Collection[str], *terms: str, severity: Severity = FATAL,
          when: Test | None = None) -> Rule:  # fmt: skip
    """The value, white space normalised, is one of the codes."""

    def test(value: Group | str, _: Group, __: Record) -> bool:
        return spaced(text_of(value)) in known

    facts = {"codes": ", ".join(sorted(known))} if len(known) <= 30 else {}
    text = "one-of" if facts else "code"
    return of_values(
        number, path, test, *terms, text=text, when=when, severity=severity, facts=facts
    )


def matching(pattern: str) -> ValueTest:
    """The whole value, white space normalised, follows the pattern."""
    compiled = re.compile(pattern, re.ASCII)
    return lambda value, _, __: compiled.fullmatch(spaced(text_of(value))) is not None


def a_date(value: Group | str, _: Group, __: Record) -> bool:
    """``YYYY-MM-DD`` and a day that there is, without a time zone."""
    text = text_of(value)
    try:
        day(text)
    except Unevaluable:
        return False
    return len(text) == 10


def cents_only(value: Group | str, _: Group, __: Record) -> bool:
    return places(text_of(value)) <= 2


def scheme_of(value: Group | str) -> str:
    return spaced(attribute(value, "schemeID") or "")


def with_scheme(known: Collection[str]) -> ValueTest:
    """The identifier has a scheme, and it is one of the list."""
    return lambda value, _, __: scheme_of(value) in known
