"""Which edition of a pack judges a document: the one of its date (BT-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from acquit.core.codecs import cii, ubl
from acquit.core.judges import native
from acquit.core.judges.packs import packs
from acquit.core.judges.registry import RulePack
from tests.core.documents.samples import two_rates

OLD, NEW = date(2024, 1, 1), date(2026, 1, 1)


def _edition(begins: date, ends: date | None = None) -> RulePack:
    return RulePack("x", f"edition of {begins.year}", "source", begins, "ubl", valid_to=ends)


@pytest.mark.parametrize(
    ("on", "begins"),
    [
        (date(2023, 12, 31), OLD),  # older than every edition: the earliest
        (OLD, OLD),
        (date(2025, 12, 31), OLD),
        (NEW, NEW),
        (None, NEW),  # no readable date: the latest
    ],
)
def test_the_edition_of_the_day(on: date | None, begins: date) -> None:
    found = native.in_force(packs=[_edition(NEW), _edition(OLD)], on=on)
    assert found["x"].valid_from == begins


def test_what_has_ended_is_not_asked() -> None:
    ended = _edition(OLD, date(2025, 6, 30))
    assert native.in_force(packs=[ended], on=date(2025, 6, 30)) == {"x": ended}
    assert native.in_force(packs=[ended], on=date(2025, 7, 1)) == {}


@pytest.mark.parametrize("write", [ubl.write, cii.write])
def test_the_verdict_says_when_the_document_is_older_than_its_rules(write: object) -> None:
    first = min(pack.valid_from for pack in packs() if pack.id == "en16931")
    document = two_rates()
    for day, told in ((date(2020, 5, 1), True), (date(2027, 5, 1), False)):
        dated = replace(document, issue_date=day)
        verdict = native.judge(write(document=dated), profile="en16931")  # type: ignore[operator]
        assert first > date(2020, 5, 1)
        assert ("none earlier" in verdict.judged_by[0]) is told
