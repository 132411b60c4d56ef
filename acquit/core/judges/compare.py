"""Where two judges differ on one file: the rules that only one of them says are broken."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from acquit.core.faults import Fault
from acquit.core.judges.verdict import Verdict

_STOPPED = ("judge.stopped", "judge.unevaluable")
# What EN 16931 is called by the judge of the stylesheets, in either syntax.
_SAME = {"en16931": "en16931", "facturx-en16931": "en16931"}
# Whose stylesheet holds national rules alone, by their beginning; natively EN 16931 is asked first.
_NATIONAL = {"fr-flux2": "BR-FR-"}
# Whose stylesheet holds none of the national rules that are asked natively too, likewise.
_WITHOUT = {"extended-ctc-fr": "BR-FR-"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A rule that one judge alone says is broken at this place."""

    rule: str
    path: str
    only: str  # the judge that says so


def comparable(first: Verdict, second: Verdict) -> bool:
    """Whether both judged the same rules; other profiles have other rules."""
    profiles = [_SAME.get(verdict.profile, verdict.profile) for verdict in (first, second)]
    return first.syntax == second.syntax != "unknown" and profiles[0] == profiles[1]


def asks_more(native: Verdict) -> bool:
    """Whether the native judge asks a country and EN 16931 where the official one asks one."""
    return native.profile in _NATIONAL or native.profile in _WITHOUT


def differences(*, official: Verdict, native: Verdict) -> list[Difference]:
    """What only one of the two says; none where both could not evaluate some rule.

    The stylesheets stop at the first value they cannot evaluate, so nothing else can be compared
    then. Faults of the schema are left out: rules alone are compared.
    """
    beginning = _NATIONAL.get(official.profile, "")
    without = _WITHOUT.get(official.profile, "-")  # no rule begins like that
    stopped = [_stopped(verdict, without) for verdict in (official, native)]
    if all(stopped):
        return []
    if any(stopped):
        rule = "judge.stopped" if stopped[0] else "judge.unevaluable"
        return [Difference(rule, "", "official" if stopped[0] else "native")]
    theirs, ours = (_rules(verdict, beginning, without) for verdict in (official, native))
    return [
        *(Difference(rule, path, "official") for rule, path in (theirs - ours).elements()),
        *(Difference(rule, path, "native") for rule, path in (ours - theirs).elements()),
    ]


def _stopped(verdict: Verdict, without: str) -> bool:
    return any(
        fault.code in _STOPPED and not fault.rule.startswith(without) for fault in verdict.faults
    )


def _rules(verdict: Verdict, beginning: str, without: str) -> Counter[tuple[str, str]]:
    return Counter(
        (fault.rule, fault.path)
        for fault in verdict.faults
        if _of_a_rule(fault)
        and fault.rule.startswith(beginning)
        and not fault.rule.startswith(without)
    )


def _of_a_rule(fault: Fault) -> bool:
    return fault.code != "judge.schema" and fault.rule != "XSD"
