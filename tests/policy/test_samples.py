"""The sample rules that ship: each tells its two documents apart, in four languages, and what it
asks for is something that a bill of ours can carry."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from acquit.access.models import Company
from acquit.core.outcome import ItemState
from acquit.entrypoints.console.main import app
from acquit.policy import demands
from acquit.policy.commands.examples import NewExample, broken_examples
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.policy.samples import LANGUAGES, Sample, samples, tried
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.orders.models import OrderLine
from acquit.stages.orders.rules.references import BuyerReferences
from tests.support.invoices import customer, deliver
from tests.support.world import World

ALL = list(samples().values())
OF_CREDIT_NOTES = {"document.corrects"}
OF_SEVERAL_DAYS = {"document.months"}


def told(name: str, value: str) -> list[tuple[str, str]]:
    return [(trial.expected, trial.decided) for trial in tried(samples()[name], value)]


@pytest.mark.parametrize("sample", ALL, ids=[sample.name for sample in ALL])
def test_a_sample_decides_its_documents_as_told(sample: Sample) -> None:
    assert told(sample.name, sample.value) == [("pass", "pass"), ("refuse", "refuse")]
    for words in (sample.title, sample.fix):
        assert list(words) == list(LANGUAGES)
        assert len(set(words.values())) == len(words)
        assert all(("{value}" in text) <= bool(sample.value) for text in words.values())
    assert all(("{value}" in text) == bool(sample.value) for text in sample.title.values())
    for language in LANGUAGES:
        passing, refused = tried(sample, sample.value, language=language)
        assert passing.faults == ()
        fault = refused.faults[0]
        assert fault.message == sample.said(language, sample.value)
        assert fault.fix == sample.fix[language].replace("{value}", sample.value)
        assert fault.rule == f"demands {sample.name} row 1"


@given(value=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12))
def test_another_value_is_tried_anew(value: str) -> None:
    for name in ("order-begins", "buyer-gln-is", "unit", "unit-not", "account"):
        assert told(name, value) == [("pass", "pass"), ("refuse", "refuse")]


def test_a_value_is_never_taken_for_the_word_of_the_file() -> None:
    assert told("unit", "none") == [("pass", "pass"), ("refuse", "refuse")]


def test_there_is_enough_to_choose_from() -> None:
    assert len(ALL) >= 30
    assert len({sample.said("en", sample.value) for sample in ALL}) == len(ALL)


def test_a_bill_of_ours_can_carry_what_every_sample_asks_for(world: World) -> None:
    Company.objects.filter(id=world.company_id).update(
        endpoint_id="4000001123452",
        endpoint_scheme="0088",
        contact_name="Accounts receivable",
        iban="DE89370400440532013000",
    )
    buyer = customer(
        world,
        contact_name="Goods inwards",
        vat_id="DE123456788",
        endpoint_id="4012345000009",
        endpoint_scheme="0088",
        buyer_reference="04011000-12345-34",
    )
    deliver(
        world,
        buyer,
        purchase_order="4500017",
        references=BuyerReferences("", "P-100", "C-2026-7", "4711"),
    )
    OrderLine.objects.update(buyer_line="10", buyer_accounting="4712")
    assert bill(ctx=world.ctx(), as_of=world.today).figures["invoices"] == 1
    found = Document.objects.values_list("id", flat=True)
    (document,) = invoices.canonical(company_id=world.company_id, document_ids=list(found))
    (facts,) = demands.questions(document, demands.Asker("C-1", "DE", ""))
    asked = {fact for sample in ALL for fact in sample.when}
    missing = {fact for fact in asked if facts[fact] is None}
    assert missing == OF_CREDIT_NOTES | OF_SEVERAL_DAYS
    assert facts["document.days_to_pay"] == 30


def taken_over(world: World, name: str, value: str, then_value: str) -> NewVersion:
    """The version with the row of one value, and the sample's documents of another."""
    sample = samples()[name]
    when = {"customer.number": "= C-1"} | sample.cells(then_value)
    then = sample.then("en", then_value, "fatal")
    table = demands.with_row(shipped("demands"), when=when, then=then, remark=name)
    return NewVersion(
        name="demands",
        table=table.to_dict(),
        valid_from=world.today,
        note=name,
        examples=tuple(
            NewExample(
                title=f"{name} {expected}",
                document=document,
                expected=expected,
                customer_number="C-1",
                customer_country="DE",
                proves=sample.said("en", then_value),
            )
            for expected, document in sample.documents(value).items()
        ),
    )


def test_a_changed_value_runs_the_examples_again_and_says_which_fails(world: World) -> None:
    refused = save(ctx=world.ctx(), items=[taken_over(world, "order-begins", "45", "46")])
    (fault,) = refused.faults
    assert fault.path == "example order-begins pass"
    assert "The order number begins with 46" in fault.message
    assert save(ctx=world.ctx(), items=[taken_over(world, "order-begins", "46", "46")]).of(
        ItemState.DONE
    )


def test_all_samples_of_one_customer_stand_beside_each_other_each_proved(world: World) -> None:
    """Some contradict each other (the unit is KGM, the unit is not C62 ...): each is asked of its
    own two documents, and none can be taken out or turned round unnoticed."""
    versions = [taken_over(world, sample.name, sample.value, sample.value) for sample in ALL]
    examples = [example for version in versions for example in version.examples]
    table = shipped("demands")
    for sample in ALL:
        when = {"customer.number": "= C-1"} | sample.cells(sample.value)
        then = sample.then("en", sample.value, "fatal")
        table = demands.with_row(table, when=when, then=then, remark=sample.name)
    every = replace(versions[0], table=table.to_dict(), examples=tuple(examples))
    assert save(ctx=world.ctx(), items=[every]).of(ItemState.DONE)
    for number in range(0, len(ALL), 12):
        rows = (*table.rows[:number], *table.rows[number + 1 :])
        (found, more) = broken_examples(
            company_id=world.company_id, table=replace(table, rows=rows)
        )
        gone = ALL[number].said("en", ALL[number].value)
        assert found.message.endswith(f"proves a rule that is gone: {gone}"), more
        cells = tuple("= C-1" if name == "customer.number" else "" for name in table.inputs)
        everything = replace(table.rows[number], conditions=cells)
        wide = (*table.rows[:number], everything, *table.rows[number + 1 :])
        (refused,) = broken_examples(company_id=world.company_id, table=replace(table, rows=wide))
        assert refused.path == f"example {ALL[number].name} pass"


def test_a_bill_that_is_due_too_late_waits_with_the_rule_and_the_fix(world: World) -> None:
    version = taken_over(world, "days-to-pay", "14", "14")
    assert save(ctx=world.ctx(), items=[version]).of(ItemState.DONE)
    for number in ("C-1", "C-2"):
        deliver(world, customer(world, number))
    outcome = bill(ctx=world.ctx(), as_of=world.today)
    assert (outcome.figures["invoices"], outcome.figures["held"]) == (1, 1)
    (fault,) = Draft.objects.get().faults
    assert fault["message"] == "Payment terms are 14 days at most"
    assert fault["fix"] == "Give the customer terms of 14 days or fewer"
    assert fault["rule"] == "demands v1 row 1"


def test_the_command_tries_them_all_and_names_what_fails() -> None:
    run = CliRunner()
    every = run.invoke(app, ["demands", "--json"])
    rows = [json.loads(line) for line in every.stdout.splitlines()]
    assert every.exit_code == 0 and [row["name"] for row in rows] == list(samples())
    assert all(row["trials"][1]["faults"][0]["fix"] for row in rows)
    star = run.invoke(app, ["demands", "order-begins", "--value", "*"])
    assert star.exit_code == 1 and "pass and should refuse" in star.stdout
    german = run.invoke(app, ["demands", "unit", "--value", "XBX", "--language", "de"])
    assert "Die Einheit ist XBX" in german.stdout and german.exit_code == 0
    for wrong in (["--value", "45"], ["order", "--value", "45"], ["--language", "it"]):
        assert run.invoke(app, ["demands", *wrong]).exit_code == 2
