"""Faults in the reader's words: what is wrong and what to do, in English, French, German, Romanian.

A rule names its sentence (``text``) or has one under its own id; the names of its business terms
and its facts are put into it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from acquit.core.faults import Fault, Severity
from acquit.core.judges.registry import Breach, Rule
from acquit.core.judges.terms import LANGUAGES, name_of


@dataclass(frozen=True, slots=True)
class RuleFault(Fault):
    """A fault of a rule, with the business terms and groups it speaks of."""

    terms: tuple[str, ...] = ()


def told(breach: Breach, language: str) -> RuleFault:
    """The fault for a breach; KeyError for a rule without a sentence, ValueError for a language."""
    if language not in LANGUAGES:
        raise ValueError(f"no texts in {language!r}; there are {', '.join(LANGUAGES)}")
    rule = breach.rule
    code = "judge.rule"
    if breach.why:
        code, key = "judge.unevaluable", "unevaluable"
    else:
        key = rule.text or rule.id
    message, fix = sentence(key, language)
    facts = _facts(rule, breach.why, language)
    return RuleFault(
        code,
        message.format(**facts),
        breach.path,
        rule.id,
        fix.format(**facts),
        Severity.FATAL if breach.why else rule.severity,
        rule.terms,
    )


def _facts(rule: Rule, why: str, language: str) -> dict[str, str]:
    names = [name_of(term, language) for term in rule.terms] or [""]
    return {
        "term": names[0],
        "other": names[1] if len(names) > 1 else names[0],
        "group": names[-1],
        "terms": ", ".join(names),
        "rule": rule.id,
        "why": why,
        "name": "",
        "path": "",
        "category": "",
        **rule.facts,
    }


@cache
def _sentences() -> dict[str, dict[str, list[str]]]:
    folder = files("acquit.core.judges") / "data"
    names = ("texts.toml", "texts_packs.toml")
    parts = [tomllib.loads((folder / name).read_text("utf-8")) for name in names]
    return parts[0] | parts[1]


def sentence(key: str, language: str) -> tuple[str, str]:
    """Message and fix with their gaps; KeyError where there is no such sentence."""
    message, fix = _sentences()[key][language]
    return message, fix


# --- A sentence in another language --------------------------------------------------------------

_ID = r"(?:B[TG]|EXT-FR-FE)-[A-Z0-9-]+"
_TERM = rf"(?:[^;]+? \()?{_ID}\)?"
_OF_TERMS = {"term": _TERM, "other": _TERM, "group": _TERM, "terms": rf"{_TERM}(?:, {_TERM})*"}
_FORMS = {**_OF_TERMS, "name": r"\S+", "path": r"\S+"}
_GAP = re.compile(r"\{(\w+)\}")
_NAMED = re.compile(rf"(?:(?<=, )|^)[^;]+? \(({_ID})\)")


@lru_cache(maxsize=4_096)
def retold(text: str, language: str) -> str | None:
    """An English message or fix of the judge in another language; None when it is none of its own.

    For what was kept in English before anybody knew who would read it.
    """
    for pattern, key, place in _known():
        found = pattern.fullmatch(text)
        if found is not None:
            facts = {
                name: _named(name, value, language) for name, value in found.groupdict().items()
            }
            return sentence(key, language)[place].format(**facts)
    return None


def _named(name: str, value: str, language: str) -> str:
    if name not in _OF_TERMS:
        return value
    return _NAMED.sub(lambda match: name_of(match[1], language), value)


@cache
def _known() -> list[tuple[re.Pattern[str], str, int]]:
    """Every English sentence as a pattern, what says most first."""
    found = []
    for key, said in _sentences().items():
        for place, text in enumerate(said["en"]):
            literal = len(_GAP.sub("", text))
            found.append((literal, _pattern(text), key, place))
    found.sort(key=lambda row: -row[0])
    return [row[1:] for row in found]


def _pattern(text: str) -> re.Pattern[str]:
    seen: set[str] = set()
    made = ""
    for number, part in enumerate(_GAP.split(text)):
        if number % 2 == 0:
            made += re.escape(part)
        elif part in seen:
            made += f"(?P={part})"
        else:
            seen.add(part)
            made += f"(?P<{part}>{_FORMS.get(part, '.+?')})"
    return re.compile(made, re.DOTALL)
