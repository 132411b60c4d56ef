"""The texts of a company: values from the list only, every shipped text fits its documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from acquit.core.codecs.pdf.display import LANGUAGES, display_for
from acquit.core.documents.account import PaymentMeans, Quittance, Reminder, StatementItem
from acquit.core.documents.despatch import DespatchAdvice
from acquit.core.documents.trade import TradeParty
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.core.tables import Row, compile_table
from acquit.policy import text_values, texts
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.policy.registry import SPECS
from tests.core.documents.samples import HOLZWERK, PADURENI, credit_note, two_rates
from tests.support.world import World

SPEC = SPECS[texts.NAME]
DAY = date(2026, 11, 3)
LATE = StatementItem("F-1", DAY, date(2026, 10, 1), Money(5000, "EUR"), Money(5000, "EUR"))


def values_of(document: str, language: str) -> dict[str, str]:
    display = display_for(language)
    if document in texts.REMINDERS:
        paper = Reminder("R-1", int(document[-1]), DAY, DAY, PADURENI, HOLZWERK, (LATE,))
        return text_values.of_reminder(paper, display)
    if document == "quittance":
        money = Quittance("Q-1", DAY, PADURENI, HOLZWERK, Money(1, "EUR"), PaymentMeans.CASH, "Ana")
        return text_values.of_quittance(money, display)
    if document == "delivery_note":
        advice = DespatchAdvice("D-1", DAY, TradeParty("B"), TradeParty("S"), ())
        return text_values.of_delivery(advice, display)
    if document == texts.QUESTION:
        paid = text_values.Payment("", Money(1, "EUR"), DAY, "merci\nbien", DAY)
        return text_values.of_question(paid, PADURENI, HOLZWERK, display)
    made = credit_note() if document == "credit_note" else two_rates()
    return text_values.of_invoice(made, display)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("document", [one for one in texts.DOCUMENTS if one != "statement"])
def test_every_document_has_exactly_the_values_it_lists(document: str, language: str) -> None:
    """And every shipped text of it can be filled."""
    values = values_of(document, language)
    assert set(values) == texts.names_for((document,))
    table = compile_table(table=shipped(texts.NAME), registry=SPEC.registry)
    asked = texts.Asked(document, language, "C-1", "FR", "")
    said = [
        texts.say(table=table, asked=asked, place=place, values=values) for place in texts.PLACES
    ]
    is_mailed = document in ("invoice", "credit_note", "debit_note", "question")
    assert bool(said[3]) == is_mailed
    assert bool(said[0]) == bool(said[1]) == (document in texts.REMINDERS)
    assert not any("{" in text for text in said)


def with_text(when: tuple[str, ...], text: str) -> dict[str, object]:
    table = shipped(texts.NAME)
    row = Row(when, ('"' + text.replace('"', '""') + '"',))
    return replace(table, rows=(row, *table.rows)).to_dict()


@pytest.mark.django_db
def test_a_text_with_an_unknown_value_is_refused_by_row_and_place(world: World) -> None:
    """A reminder has days late, an invoice has none; a row for all documents has what all have."""
    good = with_text(("opening", "reminder_1", "en", "", ""), "{{ reminder.days }} days")
    cases = {
        ("opening", "invoice", "en", "", ""): "{{ reminder.days }} days",
        ("opening", "", "", "", ""): "Due {{ document.due_date }}",
        ("mail_body", "in invoice, quittance", "", "", ""): "ok\n{% if document.net %}a{% endif %}",
    }
    items = [NewVersion(name=texts.NAME, table=good, valid_from=DAY)] + [
        NewVersion(name=texts.NAME, table=with_text(when, text), valid_from=DAY)
        for when, text in cases.items()
    ]
    outcome = save(ctx=world.ctx(), items=items)
    assert [item.state for item in outcome.items] == [ItemState.DONE] + [ItemState.REFUSED] * 3
    faults = [item.faults[0] for item in outcome.items[1:]]
    assert {fault.path for fault in faults} == {"row[1].text"}
    assert "line 2, column 1: there is no value 'document.net' here" in faults[2].message


def test_the_segment_chooses_the_text() -> None:
    table = shipped(texts.NAME)
    own = Row(("opening", "", "", "vip", ""), ('"Dear {{ customer.name }}, thank you."',))
    compiled = compile_table(table=replace(table, rows=(own, *table.rows)), registry=SPEC.registry)
    values = values_of("invoice", "en")
    for segment, opening in (
        ("vip", ("Dear Holzwerk Grünau GmbH & Co. KG, thank you.",)),
        ("", ()),
    ):
        asked = texts.Asked("invoice", "en", "C-1", "DE", segment)
        assert texts.words(table=compiled, asked=asked, values=values).opening == opening
