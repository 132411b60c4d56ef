"""French life-cycle statuses (CDAR) and e-reporting (flux 10): written by the rules, read back."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core.codecs import formats
from acquit.core.codecs.writing import CannotWrite
from acquit.core.documents.amounts import Period
from acquit.core.documents.ereport import RatePayment, reported, reported_party
from acquit.core.documents.lifecycle import (
    STATUSES,
    Characteristic,
    LifecycleStatus,
    StatusDetail,
    collected_by_rate,
)
from acquit.core.documents.parties import Address, Identifier, Party
from acquit.core.faults import Severity
from acquit.core.money import Money
from acquit.core.text import canonical_json
from tests.core.codecs.damage import damaged
from tests.core.documents import french_samples
from tests.core.documents.french_samples import SAMPLES, collected, euro, in_dispute, sales
from tests.core.documents.samples import two_rates

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents"
REWRITE = os.environ.get("ACQUIT_REWRITE_GOLDEN") == "1"


def back(data: bytes) -> Any:
    (part,) = formats.read(data=data).parts
    assert part.reading.faults == (), data
    return part.reading.document


@pytest.mark.parametrize("sample", SAMPLES)
def test_golden_files(sample: str) -> None:
    """ACQUIT_REWRITE_GOLDEN=1 writes them anew; the diff is what a reviewer reads."""
    to, make = SAMPLES[sample]
    path = EXAMPLES / to / f"{sample}.xml"
    out = EXAMPLES / to / "out" / f"{sample}.json"
    document = make()
    written = formats.write(document=document, to=to)
    assert written.losses == ()
    assert back(written.data) == document
    assert type(document).from_dict(document.to_dict()) == document
    text = canonical_json(document.to_dict()) + b"\n"
    if REWRITE:
        out.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written.data)
        out.write_bytes(text)
    assert path.read_bytes() == written.data
    assert out.read_bytes() == text


def refused(document: Any) -> set[str]:
    with pytest.raises(CannotWrite) as caught:
        formats.write(document=document, to="cdar" if hasattr(document, "status") else "flux10")
    return {fault.rule for fault in caught.value.faults}


def test_what_was_collected_is_told_per_rate() -> None:
    """Decree 2022-1299: the tax on services becomes due with the money, rate by rate."""
    status = collected()
    assert status.collected("EUR") == euro("1252.75")
    bare = replace(status, details=())
    assert refused(bare) == {"BR-FR-CDV-14"}
    unrated = replace(status, details=(StatusDetail(characteristics=(Characteristic("MEN"),)),))
    assert refused(unrated) == {"BR-FR-CDV-14"}


@given(minor=st.integers(-(10**9), 10**9))
def test_a_payment_is_shared_over_the_rates_to_the_cent(minor: int) -> None:
    invoice = two_rates()
    parts = collected_by_rate(paid=Money(minor, "EUR"), invoice=invoice)
    assert [part.percent for part in parts] == [row.vat.rate for row in invoice.breakdown]
    assert sum(part.amount.minor for part in parts if part.amount) == minor


def test_all_that_is_paid_collects_each_rate_in_full() -> None:
    invoice = two_rates()
    parts = collected_by_rate(paid=invoice.totals.gross, invoice=invoice)
    assert [part.amount for part in parts] == [r.taxable + r.tax for r in invoice.breakdown]


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_comes_back_with_its_reason(status: str) -> None:
    reasons = {
        "206": "QTE_ERR",
        "207": "TX_TVA_ERR",
        "208": "JUSTIF_ABS",
        "210": "CALCUL_ERR",
        "213": "REJ_SEMAN",
        "501": "IRR_SYNTAX",
    }
    code = reasons.get(status)
    details = collected().details if status == "212" else ()
    if code:
        assert refused(replace(in_dispute(), status=status, details=())) == {"BR-FR-CDV-15"}
        details = (StatusDetail(code, "voir note"),)
    document = replace(in_dispute(), status=status, details=details)
    found = back(formats.write(document=document, to="cdar").data)
    assert found == document
    assert found.is_refusal == (status in ("210", "213", "501"))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda s: replace(s, status="999"), "BR-FR-CDV-CL-06"),
        (lambda s: replace(s, document=""), "BR-FR-CDV-10"),
        (lambda s: replace(s, document_date=None), "BR-FR-CDV-11"),
        (lambda s: replace(s, seller=Identifier("10000000900074", "0009")), "BR-FR-CDV-13"),
        (lambda s: replace(s, recipients=()), "BR-FR-CDV-08"),
        (lambda s: replace(s, sender=french_samples.PORTAL), "BR-FR-CDV-CL-02"),
        (lambda s: replace(s, issuer=french_samples.PLATFORM), "BR-FR-CDV-CL-03"),
        (lambda s: replace(s, issuer=replace(s.issuer, identifier=None)), "BR-FR-CDV-07"),
        (
            lambda s: replace(s, recipients=(replace(french_samples.SELLER, address=None),)),
            "BR-FR-CDV-08",
        ),
        (lambda s: replace(s, details=(StatusDetail("ROUTAGE_ERR"),)), "BR-FR-CDV-CL-09"),
        (
            lambda s: replace(s, details=(StatusDetail("AUTRE", action_code="RUN"),)),
            "BR-FR-CDV-CL-10",
        ),
        (
            lambda s: replace(
                s, details=(StatusDetail("AUTRE", characteristics=(Characteristic("XXX"),)),)
            ),
            "BR-FR-CDV-CL-11",
        ),
    ],
)
def test_a_status_that_breaks_a_rule_is_not_written(
    change: Callable[[LifecycleStatus], LifecycleStatus], rule: str
) -> None:
    assert refused(change(in_dispute())) == {rule}


def test_a_message_about_several_invoices_as_platforms_send_it() -> None:
    data = formats.write(document=in_dispute(), to="cdar").data.decode()
    start, end = data.index("<ram:ReferenceRef"), data.index("</rsm:Acknow")
    one = data[start:end]
    other = one.replace("F-2026-0042", "F-2026-0043").replace(">20261103<", ">20261104000000<")
    other = other.replace("<ram:TypeCode>", "<ram:StatusCode>49</ram:StatusCode><ram:TypeCode>", 1)
    both = data[:start] + one + other + data[end:]
    found = formats.read(data=both.encode())
    assert [part.name for part in found.parts] == ["cdar 207", "cdar 207"]
    first, second = found.documents
    assert first == in_dispute()
    assert (second.document, second.document_date) == ("F-2026-0043", date(2026, 11, 4))
    assert all(part.reading.faults == () for part in found.parts)


@pytest.mark.parametrize(
    ("sample", "old", "new", "code"),
    [
        ("collected", ">23<", ">24<", "cdar.phase"),
        ("collected", ">20261202101530<", ">2026-12-02<", "cdar.date"),
        ("collected", ">1200.00<", ">1200.005<", "cdar.amount"),
        ("collected", "<ram:RoleCode>BY</ram:RoleCode>", "", "cdar.missing"),
        ("sales", ">IN<", ">XX<", "flux10.kind"),
        ("sales", ">20261104<", ">4/11/26<", "flux10.date"),
        ("sales", ">TLB1<", ">TLB9<", "flux10.category"),
        ("sales", "<Code>K</Code>", "<Code>Q</Code>", "flux10.vat_category"),
        ("payments", "<Amount>77</Amount>", "", "flux10.missing"),
    ],
)
def test_what_is_wrong_is_a_fault(sample: str, old: str, new: str, code: str) -> None:
    to, make = SAMPLES[sample]
    text = formats.write(document=make(), to=to).data.decode()
    assert old in text
    (part,) = formats.read(data=text.replace(old, new, 1).encode()).parts
    assert part.reading.document is None
    assert code in [fault.code for fault in part.reading.fatal]


def test_a_report_is_written_by_the_rules() -> None:
    report = sales()
    (invoice,) = report.invoices
    (day,) = report.transactions
    assert refused(replace(report, payments=french_samples.payments().payments)) == {"G6.29"}
    assert refused(replace(report, invoices=(), transactions=())) == {"G6.29"}
    assert refused(replace(report, platform="12345", declarant="10000000")) == {"G6.22", "G6.26"}
    assert refused(replace(report, period=Period(date(2026, 11, 1), date(2026, 11, 1)))) == {
        "G6.25"
    }
    wrong = replace(invoice, frame="B9", type_code="999", number="F 2026  1", preceding=())
    assert refused(replace(report, invoices=(wrong,))) == {"G1.02", "G1.01", "G1.05"}
    alone = replace(invoice, preceding=(), buyer=replace(invoice.buyer, identifier=None))
    assert refused(replace(report, invoices=(alone,))) == {"G1.32", "G6.28"}
    nameless = replace(invoice, buyer=replace(invoice.buyer, vat_id=None), net=euro("900.00"))
    assert refused(replace(report, invoices=(nameless,))) == {"G2.33", "G1.53"}
    odd = replace(day, vat=euro("52.00"), rates=(replace(day.rates[0], rate=Decimal(19)),))
    assert refused(replace(report, transactions=(odd,))) == {"G1.24", "G1.53"}
    paid = french_samples.payments()
    (one,) = paid.payments
    taken_back = replace(one, rates=(RatePayment(Decimal(20), euro("-1.00")),))
    assert refused(replace(paid, payments=(taken_back,))) == {"G1.16"}


def test_an_invoice_is_reported_by_what_it_says() -> None:
    invoice = two_rates()
    told = reported(invoice)
    assert told.frame == "M1"  # goods, and hours of work
    assert (told.number, told.net, told.vat) == (
        invoice.number,
        invoice.totals.net,
        invoice.totals.vat,
    )
    assert told.buyer.country == "DE"
    with pytest.raises(ValueError, match="BT-111"):
        reported(replace(invoice, currency="USD"))


@pytest.mark.parametrize(
    ("country", "vat_id", "legal", "expected"),
    [
        ("FR", None, "100 000 009 00074", Identifier("100000009", "0002")),
        ("FR", "FR88100000009", None, Identifier("100000009", "0002")),
        ("DE", "DE129273398", None, Identifier("DE129273398", "0223")),
        ("US", None, None, Identifier("USA rather long na", "0227")),
    ],
)
def test_the_number_of_a_party_depends_on_its_country(
    country: str, vat_id: str | None, legal: str | None, expected: Identifier
) -> None:
    party = Party(
        "A rather long name Inc",
        Address(country),
        vat_id=vat_id,
        legal_registration=Identifier(legal) if legal else None,
    )
    assert reported_party(party).identifier == expected


def test_what_a_report_holds_beyond_is_named() -> None:
    data = formats.write(document=sales(), to="flux10").data
    data = data.replace(
        b"<BusinessProcess>",
        b"<IncludedNote><Subject>AAB</Subject></IncludedNote><BusinessProcess>",
    )
    (part,) = formats.read(data=data).parts
    (fault,) = part.reading.faults
    assert (fault.severity, fault.path) == (
        Severity.WARNING,
        "/Report/TransactionsReport/Invoice/IncludedNote",
    )


@pytest.mark.parametrize("sample", SAMPLES)
@settings(max_examples=15, deadline=None)
@given(picks=st.data())
def test_damage_gives_faults_and_never_a_crash(sample: str, picks: st.DataObject) -> None:
    to, make = SAMPLES[sample]
    data = formats.write(document=make(), to=to).data
    broken = picks.draw(damaged(data, after=100))
    for part in formats.read(data=broken).parts:
        assert (part.reading.document is None) == bool(part.reading.fatal)
