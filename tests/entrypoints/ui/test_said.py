"""What lower shelves say is said in the reader's language, figures and days included."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path

import pytest
from django.utils import timezone, translation

from acquit.access.command import REGISTRY
from acquit.access.roles import ROLES
from acquit.entrypoints.ui.acts import ACTS, act_words
from acquit.entrypoints.ui.said import is_known, said
from acquit.entrypoints.ui.words import MADE, made_title, rule_words
from acquit.policy.defaults import shipped
from acquit.policy.registry import SPECS
from acquit.stages.insight.verify.registry import INVARIANTS
from acquit.stages.insight.verify.source import COUNTED
from acquit.stages.receipts.models import METHODS

ROOT = Path(__file__).parents[3] / "acquit"
# Where what pages show is said. Programs alone read the answers of the others.
SPEAKERS = (
    "access/approvals.py",
    "access/command.py",
    "access/commands/approve.py",
    "core/documents/bank.py",
    "core/tables/cells.py",
    "core/tables/table.py",
    "core/tables/values.py",
    "core/wording.py",
    "entrypoints/papers.py",
    "entrypoints/health.py",
    "stages/dispatch/commands/send.py",
    "history/chain.py",
    "stages/insight/verify/database.py",
    "stages/insight/verify/documents.py",
    "stages/insight/verify/ledger.py",
    "stages/insight/verify/proof.py",
    "stages/invoices/commands/alter.py",
    "stages/invoices/commands/bill.py",
    "stages/invoices/commands/credit.py",
    "stages/invoices/commands/drafting.py",
    "stages/invoices/commands/hold.py",
    "stages/invoices/commands/reshape.py",
    "stages/invoices/commands/undo.py",
    "stages/invoices/rules/checks.py",
    "stages/invoices/rules/crediting.py",
    "stages/invoices/rules/invoicing.py",
    "stages/invoices/rules/numbering.py",
    "stages/invoices/rules/reshaping.py",
    "stages/invoices/rules/tax_point.py",
    "stages/ledger/commands/lock.py",
    "stages/ledger/commands/reverse.py",
    "stages/masterdata/rules/customers.py",
    "stages/masterdata/rules/letters.py",
    "stages/masterdata/commands/save_customers.py",
    "stages/masterdata/commands/settings.py",
    "stages/matching/commands/judge.py",
    "stages/matching/commands/propose.py",
    "stages/matching/rules/plans.py",
    "stages/matching/rules/words.py",
    "stages/orders/commands/deliver.py",
    "stages/orders/commands/record_orders.py",
    "stages/receipts/commands/judge.py",
    "stages/receipts/rules/reading.py",
    "stages/receipts/rules/sifting.py",
    "supervisor/doctor.py",
)
# Which places of their calls are sentences, beside the arguments of these names.
SAYING: dict[str, tuple[int, ...]] = {
    "Fault": (1, 4),
    "because": (1,),
    "Reason": (1,),
    "warn": (0,),
    "BadCell": (0,),
    "Broken": (1,),
    "BrokenLink": (1,),
    "_issue": (3, 4),
    "Check": (),
    "_check": (),
    "check_setting": (),
}
# Commands to type and moments: the same in every language, or written by their form alone.
AS_THEY_ARE = {"acquit migrate", "chmod \0 \0", "\0 UTC"}
SPOKEN = {"message", "fix", "detail", "meaning", "name"}


@pytest.mark.parametrize("path", SPEAKERS)
def test_everything_a_page_may_show_is_listed(path: str) -> None:
    found = list(_texts(ast.parse((ROOT / path).read_text("utf-8"))))
    assert found, "nothing is said here: take it off the list"
    assert [t for t in found if t not in AS_THEY_ARE and not any(map(is_known, _samples(t)))] == []


def _texts(tree: ast.AST) -> Iterator[str]:
    """The sentences given to faults, checks and evidence: in the call or in a name just before."""
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        named: dict[str, list[str]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                named.setdefault(node.targets[0].id, []).extend(_said_in(node.value, dict(named)))
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and (places := SAYING.get(_name(node.func))) is not None:
                said_here = [node.args[place] for place in places if place < len(node.args)]
                said_here += [word.value for word in node.keywords if word.arg in SPOKEN]
                for value in said_here:
                    yield from (text for text in _said_in(value, named) if " " in text)
            elif isinstance(node, ast.Return) and function.name.startswith("_why"):
                yield from (text for text in _said_in(node.value, named) if " " in text)


def _name(function: ast.expr) -> str:
    return str(getattr(function, "id", getattr(function, "attr", "")))


def _said_in(value: ast.expr | None, named: dict[str, list[str]]) -> list[str]:
    if isinstance(value, ast.Name):
        return named.get(value.id, [])
    if isinstance(value, ast.IfExp):
        return _said_in(value.body, named) + _said_in(value.orelse, named)
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return [value.value]
    if isinstance(value, ast.JoinedStr):
        texts = [""]
        for part in value.values:
            texts = [text + piece for text in texts for piece in _pieces(part, named)]
        return texts
    return []


def _pieces(part: ast.expr, named: dict[str, list[str]]) -> list[str]:
    if isinstance(part, ast.Constant):
        return [str(part.value)]
    assert isinstance(part, ast.FormattedValue)
    return _said_in(part.value, named) or ["\0"]


def _samples(text: str) -> Iterator[str]:
    """The sentence with words, numbers, amounts and modes in the place of its values."""
    *places, end = text.split("\0")
    values = ("X1", "7", "12.50 EUR", "0700", "1.5", "less", "2026-10")
    mixed = product(values, repeat=len(places)) if len(places) < 3 else ()
    for chosen in chain(((value,) * len(places) for value in values), mixed):
        yield "".join(chain(*zip(places, chosen, strict=True))) + end


def test_policies_proof_and_ledger_speak_every_language() -> None:
    spoken = [text for spec in SPECS.values() for text in (spec.title, *_titles(spec.facts))]
    spoken += [row.remark for name in SPECS for row in shipped(name).rows if row.remark]
    spoken += [*COUNTED, *(one.title for one in INVARIANTS)]
    spoken += [f"Receipt by {method.replace('_', ' ')} 12" for method in METHODS]
    spoken += ["Receipt applied", "Credit note: application undone", "Invoice RO-1"]
    assert [text for text in spoken if not is_known(text)] == []


def _titles(facts: object) -> list[str]:
    return [fact.title for fact in facts if fact.title]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("de", "4887.19 RON is above the limit of 500.00 RON",
         "4.887,19\u00a0RON liegt über der Grenze von 500,00\u00a0RON"),
        ("fr", "5.5 GB of 1000.0 GB at /srv", "5,5\u00a0Go sur 1\u202f000\u00a0Go dans /srv"),
        ("de", "18.4; 18.6 is known since 2026-08-13 or earlier", "13.08.2026"),
        ("fr", "18.4; this release of Acquit brings it; 18.6 is known since 2026-08-13 or earlier",
         "18.4; cette version d’Acquit l’apporte; 18.6 est connue depuis le 13"),
        ("ro", "2026-11-20 08:15 UTC", "20 nov. 2026, 08:15"),
        ("fr", "email.recipient: 'x' is not an e-mail address",
         "'x' n’est pas une adresse e-mail"),
        ("de", "the return of A-1 waits until its delivery is invoiced", "A-1"),
        ("ro", "bank.iban: an account needs an IBAN; bank.bic: 'X' is not a valid BIC",
         "un cont are nevoie de IBAN; 'X' nu este un BIC valid"),
        ("de", "3 movements of 2026-03-02 equal movements imported before, without a bank"
         " reference, and the balances do not tell whether they are the same: imported 1.00 EUR to"
         " 1234.50 EUR, this file without proven balances", "1,00\u00a0EUR bis 1.234,50\u00a0EUR"),
        ("en", "96998.44 RON is above the limit of 500.00 RON",
         "96,998.44\u00a0RON"),
        ("fr", "the file has 25165825 bytes, 25165824 are taken", "25\u202f165\u202f825 octets"),
        ("en", "1 other answers fit as well", "1 other answer fits as well"),  # as it was kept
        ("fr", "1 other answer fits as well", "1 autre réponse convient aussi"),
        ("de", "2 other answers fit as well", "2 andere Antworten passen ebenso"),
        ("ro", "3 other answers fit as well", "3 alte răspunsuri se potrivesc la fel"),
        ("ro", "24 other answers fit as well", "24 de alte răspunsuri"),
        ("de", "payout 9QR is 1274.60 EUR, its rows add up to 1294.60 EUR (difference -20.00 EUR)",
         "Auszahlung 9QR beträgt 1.274,60\u00a0EUR, ihre Zeilen ergeben 1.294,60\u00a0EUR"),
        ("de", "2026-10 is not over yet", "Oktober 2026 ist noch nicht vorbei"),
        ("de", "2026-13-41 is in the future", "2026-13-41 liegt in der Zukunft"),
    ],
)  # fmt: skip
def test_values_are_written_as_the_reader_writes_them(language: str, text: str, shown: str) -> None:
    with translation.override(language), timezone.override("UTC"):
        assert shown in said(text)


def test_what_people_wrote_and_what_is_not_listed_stays() -> None:
    with translation.override("de"):
        assert said("seen the photos") == "seen the photos"
        # "rejected" is a word of ours, and here the name of a customer.
        assert said("rejected has no country") == "rejected hat kein Land"


@pytest.mark.parametrize(
    "text", ["; ".join(["no such order"] * 1500), "rejected by A: " + "b " * 600]
)
def test_what_a_file_says_at_length_shows_as_it_is(text: str) -> None:
    with translation.override("fr"):
        assert said(text) == text


def test_rules_of_policies_are_named_in_words() -> None:
    with translation.override("de"):
        assert rule_words("matching shipped row 2") == "Regel 2 aus Zuordnung (wie ausgeliefert)"
        assert rule_words("billing v3 row 1, 2") == "Regel 1, 2 aus Fakturierung, Version 3"
        assert rule_words("dispatch shipped") == "Versand (wie ausgeliefert)"
        assert rule_words("a rule of somebody") == "a rule of somebody"


_OURS = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[a-z]+\.[a-z]+\b")  # names of the program, not words


@pytest.mark.parametrize("language", ["en", "fr", "de", "ro"])
def test_acts_and_what_imports_make_are_named_in_words(language: str) -> None:
    """Every right that a role may hold, and every figure of every kind of import."""
    rights = frozenset().union(*ROLES.values(), REGISTRY)
    assert [one for one in rights if one not in ACTS and not one.startswith("test.")] == []
    with translation.override(language):
        shown = [act_words(right) for right in rights if right in ACTS]
        shown += [made_title(name) for name in MADE]
        shown += [said(f"Ana may not do this: {right}") for right in ACTS]
        shown += [said(f"ask for a role that may do this: {right}") for right in ACTS]
        assert [text for text in shown if _OURS.search(text)] == []
        told = said("Ana may not do this: masterdata.save_customers")
    assert told.startswith("Ana ")
    assert (language == "en") == told.endswith(": Save customers")
