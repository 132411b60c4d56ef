"""Documents are judged before they get a number: each shape once, and what is refused waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core import packs
from acquit.core.codecs import ubl
from acquit.core.faults import Fault, Severity
from acquit.core.judges import native
from acquit.core.judges.verdict import Verdict
from acquit.core.tables import CompiledTable, compile_table
from acquit.policy.defaults import shipped
from acquit.policy.demands import Demands
from acquit.policy.registry import SPECS
from acquit.stages.dispatch.commands.deliver import run_due
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.queries import rendition
from acquit.stages.invoices import queries
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.invoices.rules import judging
from acquit.stages.invoices.rules.judging import Judging, merged
from acquit.stages.invoices.rules.parties import Customer
from acquit.stages.invoices.rules.plan import Plan, PlannedLine, PlannedTax
from acquit.stages.masterdata.rules.terms import Term
from tests.support.invoices import Sold, customer, deliver
from tests.support.world import World, new_world

TODAY = date(2026, 10, 1)
ID = UUID(int=1)
EINVOICE: CompiledTable = compile_table(
    table=shipped("einvoice"), registry=SPECS["einvoice"].registry
)
NO_DEMANDS = Demands(
    compile_table(table=shipped("demands"), registry=SPECS["demands"].registry), "demands shipped"
)
LEITWEG = "04011000-12345-03"  # with right check digits: the buyer is reached by it
CITIES = {"RO": "Cluj-Napoca", "DE": "Berlin", "FR": "Lyon", "GB": "Leeds"}


def judge_of(country: str) -> Judging:
    company = SimpleNamespace(
        **dict.fromkeys(
            ("endpoint_scheme", "endpoint_id", "legal_form", "bank_name", "vat_due", "tax_number"),
            "",
        ),
        name="Verkauf & Co",
        country=country,
        street="Strada 1",
        bic="",
        city=CITIES[country],
        postcode="400632",
        email="r@v.example",
        region="RO-CJ" if country == "RO" else "",
        phone="+40 264 555 010",
        vat_id=f"{country}16341004",
        contact_name="Ana Pop",
        registration_id="732829320" if country == "FR" else "J12/1034/2004",
        iban="DE89370400440532013000",
        currency=packs.get(country).currency,
    )
    terms = {
        "NET30": Term("NET30", 30, False, Decimal(0), 0, "30 days"),
        "EARLY": Term("EARLY", 30, False, Decimal(2), 10, "2 % within 10 days, 30 days net"),
    }
    rates = {code: Decimal("1.25") for code in ("EUR", "RON", "GBP")}
    return Judging(company, packs.get(country), terms, rates, EINVOICE, NO_DEMANDS, TODAY)


usual = st.text(alphabet="abcăîș 0123-./&", min_size=1, max_size=30).map(str.strip)
odd = ("", "Sector 4", "București", "#1", "  ", "x" * 51, "y" * 201, "a\x0bb", "–")
text = st.one_of(usual, usual, st.sampled_from(odd))
buyers = st.builds(
    Customer,
    id=st.uuids(version=4),
    number=st.just("C-1"),
    name=st.one_of(text, st.just("Cumpărător SRL")),
    country=st.sampled_from(("RO", "DE", "FR", "GB", "")),
    street=text,
    city=text,
    postcode=st.sampled_from(("", "400632", "9" * 21)),
    region=st.sampled_from(("", "RO-CJ", "Cluj", "RO-B", "RO-XX", "Bavaria")),
    vat_id=st.sampled_from(("", "RO16341004", "DE136695976", "FR44732829320", "16341004", "AE1")),
    registration_id=st.sampled_from(("", "732829320", "73282932000074", "J12/1/2004")),
    email=st.sampled_from(("", "a@b.example", "a b", "@")),
    contact_name=text,
    phone=st.sampled_from(("", "1", "+40 264 555 010")),
    locale=st.sampled_from(("ro_RO", "de_DE", "fr_FR", "en_GB")),
    terms=st.just("NET30"),
    channel=st.just("email"),
    endpoint_scheme=st.sampled_from(("", "0204", "0225", "0088", "9999")),
    endpoint_id=st.sampled_from(("", "04011000-12345-34", "732829320", "4000001123452")),
    buyer_reference=st.just(""),
    contract=st.just(""),
    buyer_accounting=st.just(""),
    segment=st.sampled_from(("", "public")),
    is_placeholder=st.just(False),
)
lines = st.builds(
    PlannedLine,
    id=st.just(ID),
    delivery_line=st.none(),
    corrects=st.none(),
    item_code=st.one_of(usual, st.sampled_from(("", "B#2"))),
    description=st.one_of(usual, usual, st.sampled_from(("z" * 101, "", "bo\x00x", " pad "))),
    quantity=st.sampled_from((1_000_000, 2_500_000, 1_234_567)),
    unit=st.sampled_from(("C62", "HUR", "XXX", "")),
    unit_price=st.sampled_from((0, 10_000_000, 12_345_678)),
    net_minor=st.just(0),
    tax_minor=st.just(0),
    tax_code=st.just("S"),
    category=st.sampled_from(("S", "K", "E", "O", "G")),
    rate=st.sampled_from((0, 190_000, 210_000)),
    details=st.sampled_from(
        (
            {},
            {"order": "O-1", "delivery": "D-1"},
            {"order_line": "10"},
            {"buyer_accounting": "k" * 101},
            dict.fromkeys(("order", "delivery", "project", "contract"), "p" * 80),
        )
    ),
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "buyer_reference": st.sampled_from(("R-1", LEITWEG, "04011000-12345-34", "#2")),
        "purchase_order": st.sampled_from(("PO-1", LEITWEG, "p" * 201, " ")),
        "project": st.sampled_from(("P-1", "p" * 201)),
        "contract": st.sampled_from(("C-1", "c" * 201)),
        "buyer_accounting": st.sampled_from(("K-1", "k" * 101, " ")),
        "sales_order": st.just("O-1"),
        "delivered_on": st.just("2026-09-30"),
        "email": st.just("c@d.example"),
        "deliver_to_name": st.sampled_from(("Hall", "n" * 201)),
        "deliver_to_location": st.sampled_from(("4000001123452", "4000001123453", "L 7")),
        "deliver_to_street": st.sampled_from(("Weg 1", "Sector 4", "s" * 151, " ")),
        "deliver_to_postcode": st.sampled_from(("400632", "9" * 21)),
        "deliver_to_city": st.sampled_from(("Cluj", "București", "Sector 2", "c" * 51)),
        "deliver_to_region": st.sampled_from(("RO-CJ", "Cluj", "RO-B", "RO-XX", "Bavaria")),
        "deliver_to_country": st.sampled_from(("RO", "DE", "XX")),
    },
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan whose sums are right, whatever else it says."""
    drawn: Sequence[PlannedLine] = draw(st.lists(lines, min_size=1, max_size=3))
    rows = []
    groups: dict[tuple[str, int], int] = {}
    for line in drawn:
        rate = line.rate if line.category == "S" else 0
        net = (line.quantity * line.unit_price + 5 * 10**9) // 10**10
        rows.append(line._replace(rate=rate, net_minor=net))
        groups[line.category, rate] = groups.get((line.category, rate), 0) + net
    reason = draw(st.sampled_from(("", "Reverse charge")))
    taxes = tuple(
        PlannedTax("S", category, rate, net, (net * rate + 500_000) // 1_000_000, "", "", reason)
        for (category, rate), net in groups.items()
    )
    kind = draw(st.sampled_from(("invoice", "credit_note")))
    return Plan(
        id=ID,
        kind=kind,
        customer_id=ID,
        currency=draw(st.sampled_from(("EUR", "RON"))),
        lines=tuple(rows),
        taxes=taxes,
        net_minor=sum(line.net_minor for line in rows),
        tax_minor=sum(tax.tax_minor for tax in taxes),
        terms=draw(st.sampled_from(("NET30", "EARLY", "GONE"))) if kind == "invoice" else "",
        header=draw(headers),
        corrects=ID if kind == "credit_note" and draw(st.booleans()) else None,
    )


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(("RO", "DE", "FR", "GB")), st.lists(plans(), max_size=4),
       st.lists(buyers, min_size=1, max_size=4))  # fmt: skip
def test_the_verdict_on_a_shape_is_that_on_every_document_of_it(
    country: str, found: Sequence[Plan], who: Sequence[Customer]
) -> None:
    judge = judge_of(country)
    for plan in found:
        for buyer in who:
            dressed = judge.dressed(plan, buyer)
            assert judge.by_rules(dressed, buyer) == judge.judged(dressed, buyer)


def test_an_order_number_that_addresses_the_buyer_speaks_for_its_own_document_only() -> None:
    judging.forget()
    judge, office = judge_of("DE"), _buyer(1, segment="public", email="")
    refused = []
    for order in (LEITWEG, "PO-1"):
        dressed = judge.dressed(_plan(1, purchase_order=order), office)
        refused.append({fault.rule for fault in judge.by_rules(dressed, office)})
    assert refused == [set(), {"PEPPOL-EN16931-R010"}]


def test_a_run_of_one_shape_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judging.forget()
    seen = []
    whole = native.judge

    def counted(data: bytes, *, profile: str) -> Verdict:
        seen.append(profile)
        return whole(data, profile=profile)

    monkeypatch.setattr(native, "judge", counted)
    judge = judge_of("DE")
    for number in range(50):
        buyer = _buyer(number)
        assert judge.faults(judge.dressed(_plan(number), buyer), buyer) == ()
    assert seen == ["en16931"]


def _buyer(number: int, **more: Any) -> Customer:
    own: dict[str, Any] = dict(zip(Customer._fields, [""] * len(Customer._fields), strict=True))
    values = {"name": f"Kunde {number}", "country": "DE", "street": f"Weg {number}"}
    place = {"city": "Hamburg", "postcode": "20095", "locale": "de_DE"}
    key = {"id": UUID(int=number), "number": f"C-{number}", "email": f"c{number}@k.example"}
    return Customer(**(own | values | place | key | more))


def _plan(number: int, **header: str) -> Plan:
    line = PlannedLine(ID, None, None, f"I-{number}", f"Ding {number}", 1_000_000, "C62",
                       1_000_000 * (number + 1), 100 * (number + 1), 19 * (number + 1),
                       "S", "S", 190_000, {})  # fmt: skip
    tax = PlannedTax("S", "S", 190_000, line.net_minor, line.tax_minor, "", "", "")
    said = {"sales_order": f"O-{number}", "delivered_on": "2026-09-30"} | header
    return Plan(ID, "invoice", ID, "EUR", (line,), (tax,), line.net_minor, line.tax_minor,
                "EARLY", said)  # fmt: skip


def test_the_law_of_the_seller_and_the_address_of_the_buyer_choose_the_rules() -> None:
    asked = (
        ("RO", {"country": "RO", "vat_id": "RO1"}, "cius-ro"),
        ("RO", {"country": "RO"}, "cius-ro"),
        ("RO", {"country": "DE", "vat_id": "DE1"}, "en16931"),
        ("RO", {"country": "DE", "endpoint_scheme": "0204"}, "xrechnung"),
        ("DE", {"country": "DE", "segment": "public"}, "xrechnung"),
        ("FR", {"country": "FR", "vat_id": "FR1"}, "fr-flux2"),
    )
    for country, more, profile in asked:
        assert judge_of(country).profile(_buyer(1, **more), "invoice") == profile
    before = replace(judge_of("RO"), on=date(2024, 12, 31))
    assert before.profile(_buyer(1, country="RO"), "invoice") == "en16931"
    before = replace(judge_of("FR"), on=date(2026, 8, 31))
    assert before.profile(_buyer(1, country="FR", vat_id="FR1"), "invoice") == "en16931"


def test_what_two_say_is_said_once_with_the_official_rule() -> None:
    ours = Fault("buyer.address", "no street", "customer.street", severity=Severity.WARNING)
    theirs = Fault("buyer.address", "Buyer street (BT-50) is missing", "/Invoice", "BR-RO-082")
    other = Fault("judge.rule", "Seller telephone (BT-42) is missing", "/Invoice", "BR-DE-6")
    first, second = merged([ours], [theirs, other])
    assert (first.message, first.rule, first.severity) == ("no street", "BR-RO-082", "fatal")
    assert second == other


@pytest.fixture
def cluj(db: None) -> World:
    return new_world(
        country="RO", slug="cluj", name="Carpat SRL", vat_id="RO16341004", region="RO-CJ"
    )


def test_a_consumer_in_romania_is_reported_by_thirteen_zeros(cluj: World) -> None:
    who = {"country": "RO", "vat_id": "", "locale": "ro_RO", "region": "RO-CJ"}
    for name, number in (("C-1", ""), ("C-2", "1960101221144")):
        buyer = customer(cluj, name, **who, registration_id=number)
        deliver(cluj, buyer, currency="RON")
    bill(ctx=cluj.ctx(), as_of=cluj.today)
    assert not [draft.faults for draft in Draft.objects.of(cluj.company_id)]
    ids = list(Document.objects.order_by("number").values_list("id", flat=True))
    send(ctx=cluj.ctx(), items=[Sending(document_id=one, channel="portal") for one in ids])
    run_due(ctx=cluj.ctx())
    files = [rendition(company_id=cluj.company_id, document_id=one, form="xml") for one in ids]
    told = [ubl.read(data=file.body).document for file in files if file]
    numbers = [one.buyer.legal_registration for one in told if one]
    assert [number.value for number in numbers if number] == ["0000000000000", "1960101221144"]
    assert all(one and one.specification and "CIUS-RO" in one.specification for one in told)


def test_a_refused_document_waits_and_the_rest_of_the_run_goes_on(cluj: World) -> None:
    good = {"country": "RO", "vat_id": "RO16341004", "locale": "ro_RO", "region": "RO-CJ"}
    bare = good | {"region": "", "street": ""}
    for name, more in (("C-1", good), ("C-2", bare), ("C-3", good)):
        deliver(cluj, customer(cluj, name, **more), currency="RON")
    outcome = bill(ctx=cluj.ctx(), as_of=cluj.today)
    assert (outcome.figures["invoices"], outcome.figures["held"]) == (2, 1)
    faults = {fault["rule"]: fault for fault in Draft.objects.get().faults}
    assert faults.keys() == {"BR-RO-082", "BR-RO-111", "BR-RO-211", "BR-RO-212"}
    assert faults["BR-RO-082"]["code"] == "buyer.address"
    assert faults["BR-RO-111"]["severity"] == "fatal"
    documents = Document.objects.filter(company_id=cluj.company_id)
    forms = queries.canonical(
        company_id=cluj.company_id, document_ids=list(documents.values_list("id", flat=True))
    )
    for form in forms:
        verdict = native.judge(ubl.write(document=form))
        assert (verdict.profile, verdict.faults) == ("cius-ro", ())


def test_what_is_credited_keeps_its_day_of_delivery(world: World) -> None:
    buyer = customer(world, country="FR", vat_id="FR44732829320", locale="fr_FR")
    deliver(world, buyer, [Sold()])
    bill(ctx=world.ctx(), as_of=world.today)
    (invoice,) = Document.objects.all()
    made = credit(ctx=world.ctx(), items=[Credit(document_id=invoice.id, reason="cassé")])
    (note,) = queries.canonical(company_id=world.company_id, document_ids=[made.items[0].id or ID])
    assert note.delivery is not None and note.delivery.delivered_on == world.today
    assert native.judge(ubl.write(document=note)).faults == ()


def test_a_discount_and_a_leitweg_id_are_written_for_machines(world: World) -> None:
    place = {"endpoint_scheme": "0204", "endpoint_id": "04011000-12345-34"}
    buyer = customer(world, terms="2-10-NET30", buyer_reference="04011000-12345-34", **place)
    deliver(world, buyer)
    bill(ctx=world.ctx(), as_of=world.today)
    (form,) = queries.canonical(
        company_id=world.company_id, document_ids=[Document.objects.get().id]
    )
    assert "#SKONTO#TAGE=10#PROZENT=2.00#" in (form.payment_terms or "")
    verdict = native.judge(ubl.write(document=form))
    assert (verdict.profile, verdict.valid) == ("xrechnung", True)
