"""What payers write beside numbers, in many languages: what they took off, what is only a part."""

from __future__ import annotations

from tests.stages.matching.test_engine import best, item, money


def test_a_part_named_by_the_end_to_end_id_alone_is_answered_though_the_text_is_empty() -> None:
    claim = item("INV-2026-000901", 88_000)
    found = best(money(50_000, "", end_to_end=claim.number), [claim])
    assert (dict(found.credited), found.reason) == ({claim.id: 50_000}, "instalment")
