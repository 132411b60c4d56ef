"""The native judge and the official stylesheets say the same, rule by rule and place by place.

A thousand broken documents each time; ACQUIT_MUTATIONS asks for more (``make test-long``).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from acquit.core.judges import native, official
from acquit.core.judges.compare import differences
from tests.support.mutate import mutations

_EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "documents"
_INVOICES = (b"<Invoice ", b"<CreditNote ", b"CrossIndustryInvoice")
_CORPUS = [
    path
    for folder in ("cii", "ubl")
    for path in sorted((_EXAMPLES / folder).glob("*.xml"))
    if any(name in path.read_bytes()[:300] for name in _INVOICES)
]
_PARTS = 10
_EACH = int(os.environ.get("ACQUIT_MUTATIONS") or 1_000) // _PARTS


@pytest.mark.parametrize("path", _CORPUS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_they_agree_on_our_own_documents(path: Path) -> None:
    data = path.read_bytes()
    theirs = official.judge(data, profile="en16931")
    ours = native.judge(data, profile="en16931")
    assert differences(official=theirs, native=ours) == []
    assert ours.valid


@pytest.mark.parametrize("part", range(_PARTS))
def test_they_agree_on_broken_documents(part: int) -> None:
    documents = [path.read_bytes() for path in _CORPUS]
    broken = 0
    for what, data in mutations(documents, seed=1_000 + part, count=_EACH):
        theirs = official.judge(data, profile="en16931")
        ours = native.judge(data, profile="en16931")
        assert differences(official=theirs, native=ours) == [], what
        broken += not ours.valid
    assert broken > _EACH // 4  # the mutator does break things
