"""Pages in French, German and Romanian show nothing in English and no number of a program."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from acquit.access.models import ApprovalRequest
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.said import is_known, said
from acquit.policy.registry import SPECS
from acquit.stages.ledger.models import Entry
from acquit.stages.masterdata.commands.settings import BankDetails, change_bank
from tests.entrypoints.ui_figures.conftest import Scene, bank
from tests.support.corrupt import change
from tests.support.money import Movement
from tests.support.pages import browser, member
from tests.support.world import someone
from tools.messages import catalog, french_faults

PAGES = (
    "home", "billing", "invoices", "customers", "imports", "suggestions", "statements", "ageing",
    "ledger", "proof", "automatic", "approvals", "approvals_decided", "policies", "health",
    "billing_history", "items", "deliveries", "sendings", "receipts", "remittances",
    "returns_decided", "ledger_entries", "approvals_refused",
)  # fmt: skip
ROLES = ("receivables_manager", "accountant", "administrator")
# A program's amount, month, day or code: 1234.50, 2026-01, 2026-01-31, buyer.email:
RAW = re.compile(r"\b\d{4,}\.\d{2}\b|\b\d{4}-\d{2}(?:-\d{2})?\b|\b[a-z_]{3,}\.[a-z_]{3,}: ")


@pytest.mark.parametrize("language", ["fr", "de", "ro"])
def test_no_english_and_no_raw_number_is_left(scene: Scene, language: str) -> None:
    world = scene.world
    bank(world, Movement(432_100, "late"), reference="S9", wrong=123_456)
    owner = member(world, "administrator", name="Zoe")
    change_bank(
        ctx=world.ctx(actor=someone("administrator", name=owner.name, id=owner.id)),
        items=[BankDetails(iban="DE02120300000000202051", bank_name="Sparkasse")],
    )
    assert ApprovalRequest.objects.of(world.company_id).exists()
    client = browser(world, *ROLES)
    client.cookies["django_language"] = language
    urls = [reverse(name) for name in PAGES]
    urls += [reverse("policy", args=[name]) for name in ("matching", "issuing", "tax")]
    urls += [links.entry(entry.id) for entry in Entry.objects.of(world.company_id)[:3]]
    urls += [reverse("apply_receipt", args=[scene.receipt(minor)]) for minor in (3_000, 999)]
    left = [(url, text) for url in urls for text in _left(client, url, language)]
    assert left == []


# A cell of each kind that cannot be read, and rows that never decide.
TYPED = {
    "tax": ("between 1", "in", "not not yes", "any other", "perhaps", "not any"),
    "matching": ("a", "> x", "between 9 and 2", "1,5", "matches 9", '>= "1'),
    "billing": ("matches ", "any", "in delivery, gift", "", "", "= "),
}


@pytest.mark.parametrize("language", ["fr", "de", "ro"])
def test_what_is_wrong_in_a_table_is_said_in_the_readers_language(
    scene: Scene, language: str
) -> None:
    client = browser(scene.world, *ROLES)
    client.cookies["django_language"] = language
    for name, cells in TYPED.items():
        inputs = [fact.name for fact in SPECS[name].facts][-3:]
        form: dict[str, object] = {"do": "check", "input": inputs, "rows": "3"}
        for place, cell in enumerate((*cells, *("",) * 3)):
            form[f"when-{place // 3}-{place % 3}"] = cell
        for row in range(3):
            form[f"then-{row}-0"] = "" if SPECS[name].outputs[0].choices else "S"
        answer = client.post(reverse("policy_edit", args=[name]), form)
        assert len(answer.context["faults"]) > 3
        assert list(_english_on(answer.content.decode(), language)) == []


WRONG = {
    "ledger_posting": "debit_minor = debit_minor + 1 WHERE debit_minor > 0",
    "ledger_entry": "booked_on = booked_on - 40",
    "invoices_line": "net_minor = net_minor + 1",
    "invoices_tax": "tax_minor = tax_minor + 1",
    "invoices_series": "last_number = last_number + 1",
    "invoices_party": "party = '{}'",
    "receivables_open_item": "original_minor = original_minor + 1",
    "receipts_bank_line": "amount_minor = amount_minor + 1",
    "receipts_statement": "closing_minor = closing_minor + 1",
    "receipts_series": "last_number = last_number + 1",
    "history_fact": "reason = 'other' WHERE mod(seq, 7) = 3",
    "history_archive": "body = '\\x00'",
}


@pytest.mark.parametrize("language", ["fr", "de", "ro"])
def test_what_the_proof_finds_is_said_in_the_readers_language(scene: Scene, language: str) -> None:
    for table, wrong in WRONG.items():
        change(table, f"UPDATE {table} SET {wrong}")
    client = browser(scene.world, *ROLES)
    client.cookies["django_language"] = language
    page = client.get(reverse("proof"))
    broken = page.context["answer"]["broken"]
    assert len({one["invariant"] for one in broken}) > 10
    assert {one["message"] for one in broken if not is_known(one["message"])} == set()
    assert list(_english_on(page.content.decode(), language)) == []


def _left(client: Client, url: str, language: str) -> Iterator[str]:
    answer = client.get(url)
    assert answer.status_code == 200, url
    yield from _english_on(answer.content.decode(), language)


def _english_on(page: str, language: str) -> Iterator[str]:
    assert f'<html lang="{language}"' in page
    english = _english(language)
    for text in _texts(page):
        with translation.override(language):
            is_ours = is_known(text) and said(text) != text
        if text in english or is_ours or RAW.search(text):
            yield text


def _english(language: str) -> set[str]:
    """Texts of pages that are written otherwise in this language, of two words or more."""
    known = catalog(language)
    spoken = {text for one in known for text in _forms(one.string)}
    return {text for one in known for text in _forms(one.id) if " " in text and text not in spoken}


def _forms(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())  # type: ignore[arg-type]


def _texts(page: str) -> Iterator[str]:
    """What stands between tags, without scripts, and without what is typed or kept as it was."""
    plain = re.sub(r"<(script|style|code|option|title|svg)\b.*?</\1>", "", page, flags=re.DOTALL)
    for piece in re.split(r"<[^>]*>", plain):
        if text := " ".join(html.unescape(piece).split()):
            yield text


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("l’avis\u202f: 12:30, «\u202foui\u202f», https://x.example?a=b", 0),
        ("l'avis", 1),
        ("d'%(name)s", 1),
        ("réglez d'abord\u202f; puis : rien", 2),
        ("<b>Reste :</b>", 1),
    ],
)
def test_french_is_set_with_its_own_spaces_and_apostrophes(text: str, faults: int) -> None:
    assert len(list(french_faults(text))) == faults


def test_evidence_reads_as_a_sentence_in_german() -> None:
    with translation.override("de"):
        assert said("number RE-1 in text") == "Nummer RE-1 im Text"
        assert said("number RE-1 in end-to-end id") == "Nummer RE-1 in der Ende-zu-Ende-Referenz"
