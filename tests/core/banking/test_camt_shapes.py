"""Entries read by their shape are what the parser would have made of them, to the byte."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from acquit.core.codecs import camt
from acquit.core.codecs.camt.shapes import Shapes
from acquit.core.documents.bank import StatementKind
from tests.core.banking.test_camt import document

PLAIN = (
    '<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
    "<BookgDt><Dt>2026-03-02</Dt></BookgDt>\n <NtryDtls><TxDtls><RltdPties><Dbtr><Nm>{name}</Nm>"
    "<Pty><Nm>Second</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd><Ustrd/>"
    "<Ustrd>{text} again</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
)
MIXED = PLAIN.replace("{name}", "b{text}<Nm>x</Nm>")
BATCH = (
    '<Ntry><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
    "<BookgDt><Dt>2026-03-02</Dt></BookgDt><NtryDtls>"
    '<TxDtls><Amt Ccy="EUR">1.00</Amt><RmtInf><Ustrd>{name}</Ustrd></RmtInf></TxDtls>'
    '<TxDtls><Amt Ccy="EUR">2.00</Amt></TxDtls></NtryDtls></Ntry>'
)
TEXTS = st.sampled_from(
    [
        "A",
        " ",
        "",
        "Müller & Söhne",
        "Müller &amp; Söhne",
        "a]]>b",
        "a\rb",
        "a\r\nb",
        "\x01",
        "\xa0",
        "<!-- x -->",
        "<![CDATA[c]]>",
        "<Nm>x</Nm>",
        "</Nm><Nm>",
        "</Ntry>",
        "\ufffe",
        "  padded\t",
        "€",
    ]
)
AMOUNTS = st.sampled_from(["1.00", " 20.5 ", "", "-1", "1.005", "x", "3<!-- -->.00"])
ENTRIES = st.lists(
    st.builds(str.format, st.sampled_from([PLAIN, BATCH]), amount=AMOUNTS, name=TEXTS, text=TEXTS),
    max_size=6,
)


@settings(max_examples=300)
@given(odd=ENTRIES, put=st.binary(max_size=3), at=st.integers(0, 2_000))
@example(odd=[], put=b"\xff", at=1_500)
@example(odd=[PLAIN.format(amount=n, name="<Nm>x</Nm>", text="A") for n in "12"], put=b"", at=0)
@example(odd=[], put=b"<a ", at=1_181)
@example(odd=[MIXED.format(text=n, amount=n) for n in "12"], put=b"", at=0)
def test_shapes_and_the_parser_agree(odd: list[str], put: bytes, at: int) -> None:
    known = [
        PLAIN.format(amount="1.00", name="Anna", text="t"),
        BATCH.format(name="n"),
        PLAIN.format(amount="2.00", name="Bo", text="t"),
    ]
    entries = "\n".join((*known, *odd, *known)).encode("utf-8", "ignore")
    body = document("ENTRIES").replace(b"ENTRIES", entries[:at] + put + entries[at:])
    by_shape = camt.read_all(body)
    with pytest.MonkeyPatch.context() as without:
        without.setattr(Shapes, "record", lambda _self, _entry: None)
        by_parser = camt.read_all(body)
    assert by_shape == by_parser


def test_a_shape_is_known_after_one_entry() -> None:
    shapes = Shapes()
    namespace = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
    one, two = (PLAIN.format(amount=n, name="Anna", text=f"t{n}").encode() for n in (1, 2))
    assert shapes.record(one) is None
    shapes.learn(one, namespace=namespace, kind=StatementKind.STATEMENT)
    assert shapes.record(two) == {
        "amount": ("2", "EUR"),
        "sign": "CRDT",
        "status": "BOOK",
        "booked": "2026-03-02",
        "details": [{"dbtr_name": "Anna", "text": ["t2", "t2 again"]}],
    }
    assert shapes.record(two.replace(b"Anna", b"A&amp;B")) is None
    assert shapes.record(two.replace(b"EUR", b"USD")) is None
