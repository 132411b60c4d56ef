"""One invoice in every syntax: whichever it travels by, it claims the same money for the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core.codecs import cii, edifact, facturx, formats, pdf, ubl, x12
from acquit.core.codecs.edifact import invoic
from acquit.core.codecs.reading import File
from acquit.core.codecs.x12 import invoice810
from acquit.core.documents.amounts import AllowanceCharge, Price, Vat, VatCategory
from acquit.core.documents.invoice import (
    CreditTransfer,
    Invoice,
    Item,
    Line,
    PaymentInstructions,
    PrecedingInvoice,
    References,
)
from acquit.core.documents.parties import Address, Identifier, Party
from acquit.core.documents.totals import Exemption, compute, line_net
from acquit.core.money import Money
from tests.core.documents.samples import two_rates

CODES = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=2, max_size=10).filter(
    lambda text: text.strip("0") != ""
)
WORDS = st.lists(st.text("abcdefghijklmnop", min_size=2, max_size=8), min_size=1, max_size=3).map(
    " ".join
)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
VATS = st.sampled_from(
    [
        Vat(VatCategory.STANDARD, Decimal(19)),
        Vat(VatCategory.STANDARD, Decimal(7)),
        Vat(VatCategory.STANDARD, Decimal("5.5")),
        Vat(VatCategory.ZERO),
        Vat(VatCategory.EXEMPT),
    ]
)


def party(name: str, country: str, gln: str) -> Party:
    address = Address(country, "Street 1", city="Town", postcode="12345")
    return Party(
        name, address, identifiers=(Identifier(gln, "0088"),), vat_id=f"{country}123456789"
    )


def money(low: int, high: int) -> st.SearchStrategy[Money]:
    return st.integers(low, high).map(lambda minor: Money(minor, "EUR"))


@st.composite
def changes(draw: st.DrawFn, *, of_document: bool) -> AllowanceCharge:
    """An allowance or a charge, with its reason, and of the document with its VAT."""
    return AllowanceCharge(
        is_charge=draw(st.booleans()),
        amount=draw(money(1, 500)),
        reason=draw(WORDS),
        vat=draw(VATS) if of_document else None,
    )


@st.composite
def lines(draw: st.DrawFn, index: int) -> Line:
    price = Price(net=draw(st.decimals(Decimal("0.01"), Decimal(999), places=2)))
    quantity = draw(st.decimals(Decimal("0.5"), Decimal(200), places=1))
    parts = tuple(draw(st.lists(changes(of_document=False), max_size=2)))
    return Line(
        id=str(index),
        quantity=quantity,
        unit=draw(st.sampled_from(["C62", "KGM", "HUR"])),
        net=line_net(quantity=quantity, price=price, allowances_charges=parts, currency="EUR"),
        price=price,
        vat=draw(VATS),
        item=Item(draw(WORDS), seller_id=draw(CODES)),
        allowances_charges=parts,
    )


@st.composite
def trades(draw: st.DrawFn) -> Invoice:
    """What businesses send: several rates, allowances and charges, prepaid, and credit notes."""
    made = tuple(draw(lines(index)) for index in range(1, draw(st.integers(2, 5))))
    parts = tuple(draw(st.lists(changes(of_document=True), max_size=3)))
    found = compute(
        currency="EUR",
        lines=made,
        allowances_charges=parts,
        exemptions=[Exemption(VatCategory.EXEMPT, "exempt by law", "VATEX-EU-132")],
        prepaid=draw(st.none() | money(0, 10_000)),
        rounding=draw(st.none() | money(-4, 4)),
        accounting_rate=None,
        fixed_tax=None,
    )
    kind = draw(st.sampled_from(["380", "381", "383", "384"]))
    corrected = st.lists(st.builds(PrecedingInvoice, CODES, DAYS), min_size=1, max_size=1)
    account = CreditTransfer("FR1420041010050500013M02606", "Atelier")
    return Invoice(
        number=draw(CODES),
        issue_date=draw(DAYS),
        type_code=kind,
        currency="EUR",
        seller=party("Atelier", "FR", "3012345678906"),
        buyer=party("Nordmarkt", "DE", "4012345000009"),
        lines=made,
        breakdown=found.breakdown,
        totals=found.totals,
        due_date=draw(DAYS),
        buyer_reference=draw(st.none() | CODES),
        references=draw(
            st.builds(
                References,
                contract=st.none() | CODES,
                purchase_order=st.none() | CODES,
                sales_order=st.none() | CODES,
                despatch_advice=st.none() | CODES,
                receiving_advice=st.none() | CODES,
            )
        ),
        preceding_invoices=() if kind == "380" else tuple(draw(corrected)),
        payment=PaymentInstructions("30", remittance=draw(CODES), transfers=(account,)),
        allowances_charges=parts,
    )


@cache
def paper() -> bytes:
    """A PDF/A-3 to put invoices into; what is printed on it does not matter here."""
    return pdf.render(document=two_rates(), branding=pdf.Branding(), locale="fr", mentions=())


Write = Callable[[Invoice], tuple[bytes, set[str]]]


def way(to: str, version: str = "") -> Write:
    def write(document: Invoice) -> tuple[bytes, set[str]]:
        written = formats.write(document=document, to=to, version=version)
        return written.data, {fault.path for fault in written.losses}

    return write


WAYS: dict[str, tuple[Write, dict[str, str]]] = {
    "ubl": (way("ubl"), ubl.LOSES),
    "cii": (way("cii"), cii.LOSES),
    "factur-x": (lambda d: (facturx.write(document=d, pdf=paper()), set()), facturx.LOSES),
    **{f"INVOIC {v}": (way(edifact.NAME, v), invoic.LOSES) for v in invoic.VERSIONS},
    **{f"810 {v}": (way(x12.NAME, v), invoice810.LOSES) for v in invoice810.VERSIONS},
}


def again(data: bytes) -> Invoice:
    found: File[Invoice] = formats.read(data=data)
    (part,) = found.parts
    assert part.reading.faults == (), data
    assert part.reading.document is not None
    return part.reading.document


def claim(document: Invoice) -> dict[str, object]:
    """What a customer owes and what the money is for, the reasons for it, and by which papers."""
    return {
        "number": (document.number, document.type_code, document.kind),
        "days": (document.issue_date, document.due_date),
        "totals": document.totals,
        "tax": [(row.vat, row.taxable, row.tax) for row in document.breakdown],
        "exempt": [row.exemption_reason for row in document.breakdown],
        "lines": [(line.id, line.quantity, line.unit, line.net) for line in document.lines],
        "rates": [line.vat for line in document.lines],
        "changes": [
            (part.is_charge, part.amount, part.vat)
            for part in (
                *document.allowances_charges,
                *(part for line in document.lines for part in line.allowances_charges),
            )
        ],
        "references": {f.name: getattr(document.references, f.name) for f in fields(References)},
        "preceding": document.preceding_invoices,
        "buyer": (document.buyer.name, document.buyer.vat_id, document.buyer_reference),
        "remittance": document.payment and document.payment.remittance,
    }


def named(path: str, declared: dict[str, str]) -> bool:
    """Whether a codec says that it loses what stands at a path."""
    bare = "".join(part.partition("]")[2] if "]" in part else part for part in path.split("["))
    return any(
        bare == key or bare.startswith(f"{key}.") or key.startswith(f"{bare}.")
        for key in (key.partition("[")[0] for key in declared)
    )


@settings(max_examples=25, deadline=None)
@given(document=trades())
def test_each_syntax_claims_the_same(document: Invoice) -> None:
    for name, (write, declared) in WAYS.items():
        data, losses = write(document)
        assert claim(again(data)) == claim(document), name
        assert [path for path in losses if not named(path, declared)] == [], name


@settings(max_examples=12, deadline=None)
@given(document=trades(), order=st.permutations(sorted(WAYS)))
def test_through_all_syntaxes_in_any_order(document: Invoice, order: list[str]) -> None:
    found = document
    for name in order:
        found = again(WAYS[name][0](found)[0])
    assert claim(found) == claim(document), order


def test_a_credit_note_takes_back_what_was_claimed() -> None:
    """The figures of a credit note are positive in every syntax; the type says the direction."""
    note = replace(two_rates(), type_code="381")
    for name, (write, _) in WAYS.items():
        found = again(write(note)[0])
        assert (found.kind, found.totals) == (note.kind, note.totals), name
