"""Sample rules that ship with Acquit: what customers demand most often, each with two documents
that prove it. A company takes one over, says whose it is, changes the value, and keeps both
documents as examples. ``acquit demands`` and the page Samples try them all.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from acquit.core.documents.invoice import Invoice
from acquit.core.documents.plain import from_plain
from acquit.core.faults import Fault, Severity
from acquit.core.tables import HitPolicy, Table, compile_table
from acquit.policy import demands
from acquit.policy.models import PASS, REFUSE
from acquit.policy.registry import SPECS

LANGUAGES = ("en", "fr", "de", "ro")
_FILES = ("of_documents", "of_parties", "of_lines")
_NONE = "none"
_MORE_LINES, _LINES_MAX = "+lines", 2_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A demand with a value to choose (empty: there is none). ``title`` and ``fix`` are by
    language; ``passes`` and ``refuses`` are changes of the sample document by path."""

    name: str
    value: str
    when: Mapping[str, str]
    passes: Mapping[str, Any]
    refuses: Mapping[str, Any]
    title: Mapping[str, str]
    fix: Mapping[str, str]

    def said(self, language: str, value: str) -> str:
        """The demand in words, in English where the language is none of ours."""
        return _in(self.title, language, value)

    def then(self, language: str, value: str, severity: str) -> tuple[str, str, str]:
        """The outcomes of the row: what is wrong, what to do, and whether the document waits."""
        texts = (self.said(language, value), _in(self.fix, language, value))
        message, fix = ('"' + text.replace('"', '""') + '"' for text in texts)
        return message, fix, severity

    def cells(self, value: str) -> dict[str, str]:
        """Fact -> cell of the row that finds what is wrong."""
        quoted = value.replace('"', '""')
        return {fact: cell.replace("{value}", quoted) for fact, cell in self.when.items()}

    def documents(self, value: str) -> dict[str, dict[str, Any]]:
        """The two documents as plain values, by what the rule must decide: pass or refuse."""
        return {PASS: _changed(self.passes, value), REFUSE: _changed(self.refuses, value)}


@dataclass(frozen=True, slots=True)
class Trial:
    """One of the two documents: what the row must decide of it, and the faults that it finds."""

    expected: str
    faults: tuple[Fault, ...]

    @property
    def decided(self) -> str:
        fatal = any(fault.severity is Severity.FATAL for fault in self.faults)
        return REFUSE if fatal else PASS

    @property
    def is_right(self) -> bool:
        return self.decided == self.expected


@cache
def samples() -> dict[str, Sample]:
    """All of them by name, in the order they are shown."""
    return {row["name"]: Sample(**row) for file in _FILES for row in _read(file)["samples"]}


def tried(sample: Sample, value: str, *, language: str = "en") -> tuple[Trial, Trial]:
    """What the row alone decides of its two documents, the one that must pass first.

    Raises CannotUseTable for a value that is none for this fact, NotReadable for one that no
    document can have."""
    table = Table(demands.NAME, (), demands.OUTPUTS, (), HitPolicy.COLLECT)
    then = sample.then(language, value, Severity.FATAL.value)
    table = demands.with_row(table, when=sample.cells(value), then=then, remark="")
    compiled = compile_table(table=table, registry=SPECS[demands.NAME].registry)
    asked = demands.Demands(compiled, f"{demands.NAME} {sample.name}")
    asker = demands.Asker("sample", "", "")
    passing, refused = (
        Trial(
            expected,
            demands.faults(demands=asked, document=from_plain(Invoice, plain), asker=asker),
        )
        for expected, plain in sample.documents(value).items()
    )
    return passing, refused


def document() -> Invoice:
    """The document that the demands are tried on: a plain invoice of an invented company."""
    return from_plain(Invoice, deepcopy(_read("document")["document"]))


def _in(texts: Mapping[str, str], language: str, value: str) -> str:
    return texts.get(language[:2], texts["en"]).replace("{value}", value)


def _changed(changes: Mapping[str, Any], value: str) -> dict[str, Any]:
    document: dict[str, Any] = deepcopy(_read("document")["document"])
    for path, template in changes.items():
        new = template.replace("{value}", value) if isinstance(template, str) else template
        if path == _MORE_LINES:
            _add_lines(document, int(new) if new.isdecimal() else 0)
        else:
            *steps, last = path.split(".")
            part = _part(document, steps)
            # The file's own "none" takes a thing out, not one that somebody typed as the value.
            if template == _NONE:
                del part[last]
            else:
                part[last] = new
    return document


def _part(document: Any, steps: list[str]) -> Any:
    for step in steps:
        document = document[int(step) if step.isdecimal() else step]
    return document


def _add_lines(document: dict[str, Any], count: int) -> None:
    first = document["lines"][0]
    document["lines"] += [
        first | {"id": str(number + 1), "note": f"O-{number} · D-{number}"}
        for number in range(1, min(count, _LINES_MAX) + 1)
    ]


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text("utf-8"))
