"""What the mail that asks says of each answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from acquit.core.codecs.pdf.display import Display
from acquit.stages.dispatch.queries.sayings import shown
from acquit.stages.matching.commands.send_questions import credited
from acquit.stages.matching.rules.question_letter import lines


def share(number: str, minor: int, **more: Any) -> dict[str, object]:
    return {"open_item": str(UUID(int=1)), "number": number, "amount_minor": minor, **more}


def said(language: str, *shares: dict[str, object]) -> str:
    display: Display = shown(language, "DE")
    return lines(display=display, answers=[credited(shares, "EUR")])[0].replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "F-1: €100.00 (with credit note CN-7, of which €12.00 not paid), F-2: €5.00"),
        ("fr", "F-1: 100,00 € (avec l'avoir CN-7, dont 12,00 € non payés), F-2: 5,00 €"),
        (
            "de",
            "F-1: 100,00 € (mit Rechnungskorrektur CN-7, davon 12,00 € nicht gezahlt), F-2: 5,00 €",
        ),
        (
            "ro",
            "F-1: 100,00 EUR (cu nota de credit CN-7, din care 12,00 EUR neachitat), F-2: 5,00 EUR",
        ),
    ],
)
def test_what_a_document_is_credited_besides_the_money_is_said(language: str, words: str) -> None:
    credit = {"credit_item": str(UUID(int=2)), "credit_number": "CN-7"}
    parts = (
        share("F-1", 8_000),
        share("F-1", 800, **credit),
        share("F-1", 1_200, adjustment="bank_fee"),
        share("F-2", 500),
    )
    assert said(language, *parts) == words
