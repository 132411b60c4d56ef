"""The little language of the texts that companies write themselves.

    Good day {{ customer.contact }},
    {% if document.due %}please pay {{ document.due }}.{% else %}nothing is due.{% endif %}

``{{ name }}`` puts in a value, ``{% if name %}`` asks whether there is one, ``{% if not name %}``
whether there is none. That is all: no attributes, no calls, no loops, no other names than the
caller allows. A text is read by one pass over it, and a value is never read as text: what a
customer is called can ask for nothing. A text cannot grow beyond its own length plus its values.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from acquit.core.faults import Fault

LENGTH_MAX = 4_000
DEPTH_MAX = 5
_TAG = re.compile(r"\{\{(?P<name>.*?)\}\}|\{%(?P<word>.*?)%\}", re.DOTALL)
_STRAY = re.compile(r"\{\{|\}\}|\{%|%\}")
_IF = re.compile(r"if\s+(?P<not>not\s+)?(?P<name>\S+)")


@dataclass(frozen=True, slots=True)
class Choice:
    """One ``if``: what is said where the value is there, and where it is not."""

    name: str
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one value."""

    name: str


Part = str | Slot | Choice


@dataclass(slots=True)
class _Open:
    """An ``if`` that is being read."""

    name: str
    is_negated: bool
    at: int
    then: list[Part] = field(default_factory=list)
    otherwise: list[Part] | None = None

    @property
    def parts(self) -> list[Part]:
        return self.then if self.otherwise is None else self.otherwise

    def closed(self) -> Choice:
        sides = (tuple(self.then), tuple(self.otherwise or ()))
        return Choice(self.name, *(sides[::-1] if self.is_negated else sides))


def faults(*, text: str, names: Collection[str]) -> tuple[Fault, ...]:
    """Everything wrong with the text; ``path`` is the place, as in ``line 2, column 5``."""
    return _read(text, frozenset(names))[1]


def fill(*, text: str, values: Mapping[str, str]) -> str:
    """The text with its values; "" counts as no value. A ValueError names the first fault of a
    text that was never checked."""
    parts, found = _read(text, frozenset(values))
    if found:
        raise ValueError(f"{found[0].path}: {found[0].message}")
    return "".join(_said(parts, values))


def paragraphs(text: str) -> tuple[str, ...]:
    """What stands between blank lines; a condition that said nothing leaves no gap."""
    return tuple(part.strip() for part in re.split(r"\n\s*\n", text.strip()) if part.strip())


def _said(parts: tuple[Part, ...], values: Mapping[str, str]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, Slot):
            yield values[part.name]
        else:
            yield from _said(part.then if values[part.name] else part.otherwise, values)


@lru_cache(maxsize=1024)
def _read(text: str, names: frozenset[str]) -> tuple[tuple[Part, ...], tuple[Fault, ...]]:
    if len(text) > LENGTH_MAX:
        message = f"the text has {len(text)} characters; at most {LENGTH_MAX}"
        return (), (Fault("text.long", message, fix="say it shorter"),)
    reader = _Reader(text, names)
    reader.read()
    return tuple(reader.parts), tuple(reader.found)


@dataclass(slots=True)
class _Reader:
    text: str
    names: frozenset[str]
    parts: list[Part] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    found: list[Fault] = field(default_factory=list)

    def read(self) -> None:
        end = 0
        for tag in _TAG.finditer(self.text):
            self._plain(end, tag.start())
            if tag["name"] is not None:
                self._slot(tag["name"].strip(), tag.start())
            else:
                self._word(tag["word"].strip(), tag.start())
            end = tag.end()
        self._plain(end, len(self.text))
        for left in self.open:
            self._wrong("text.if_open", "this if is not closed", left.at, "add {% endif %}")

    def _here(self) -> list[Part]:
        return self.open[-1].parts if self.open else self.parts

    def _plain(self, start: int, end: int) -> None:
        plain = self.text[start:end]
        for stray in _STRAY.finditer(plain):
            message = f"{stray[0]} stands alone"
            self._wrong("text.brace", message, start + stray.start(), "write {{ name }} whole")
        if plain:
            self._here().append(plain)

    def _slot(self, name: str, at: int) -> None:
        if self._knows(name, at):
            self._here().append(Slot(name))

    def _word(self, word: str, at: int) -> None:
        asked = _IF.fullmatch(word)
        if asked:
            self._knows(asked["name"], at)
            self.open.append(_Open(asked["name"], bool(asked["not"]), at))
            if len(self.open) > DEPTH_MAX:
                self._wrong("text.deep", f"more than {DEPTH_MAX} ifs inside each other", at, "")
        elif word not in ("else", "endif"):
            fix = "use if name, if not name, else, endif"
            self._wrong("text.word", f"{word[:40]!r} is no word of texts", at, fix)
        elif not self.open:
            self._wrong("text.no_if", f"{word} without an if before it", at, "take it out")
        elif word == "endif":
            done = self.open.pop()
            self._here().append(done.closed())
        elif self.open[-1].otherwise is not None:
            self._wrong("text.else_twice", "a second else of the same if", at, "take one out")
        else:
            self.open[-1].otherwise = []

    def _knows(self, name: str, at: int) -> bool:
        if name in self.names:
            return True
        near = difflib.get_close_matches(name[:60], self.names, 1, 0.5)
        fix = f"write {near[0]}" if near else f"use one of {', '.join(sorted(self.names))}"
        self._wrong("text.unknown", f"there is no value {name[:60]!r} here", at, fix)
        return False

    def _wrong(self, code: str, message: str, at: int, fix: str) -> None:
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        self.found.append(Fault(code, message, f"line {line}, column {column}", fix=fix))
