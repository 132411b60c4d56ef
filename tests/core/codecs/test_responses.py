"""CONTRL, APERAK, 997 and TA1: answers made, written and read."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from acquit.core.codecs import edifact, formats, x12
from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.places import Place, place_of
from acquit.core.codecs.edifact import aperak, contrl, invoic
from acquit.core.codecs.writing import CannotWrite
from acquit.core.codecs.x12 import acknowledgement, invoice810
from acquit.core.codecs.x12 import syntax as x12_syntax
from acquit.core.documents.parties import Identifier
from acquit.core.documents.response import (
    Answer,
    Layer,
    Reason,
    Response,
    ResponseStatus,
    Subject,
    overall,
)
from acquit.core.text import canonical_json
from tests.core.documents.samples import two_rates

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents"
REWRITE = os.environ.get("ACQUIT_REWRITE_GOLDEN") == "1"
ENVELOPE = Envelope(
    sender="A", receiver="B", reference="9", prepared_at=datetime(2026, 11, 4, 9, 30)
)
GOOD = invoic.write(document=two_rates()).data
BAD = GOOD.replace(b"DTM+137:20261103", b"DTM+137:20261399").replace(b"MOA+203:93.75", b"MOA+203:x")
GOOD_810 = invoice810.write(document=two_rates()).data
BAD_810 = GOOD_810.replace(b"PAM****1*93.75", b"PAM****1*x").replace(b"\nSE*", b"\nSE*1")


def acknowledged(data: bytes) -> Response:
    return edifact.acknowledge(data=data)


def answered(data: bytes) -> Response:
    (response,) = x12.acknowledge(data=data)
    return response


def test_a_sound_interchange_is_acknowledged() -> None:
    response = acknowledged(GOOD)
    assert response.status is ResponseStatus.ACCEPTED
    written = contrl.write(document=response, envelope=ENVELOPE)
    assert b"UNH+1+CONTRL:D:3:UN:EAN004'" in written.data
    assert b"UCI+F-2026-0042+3012345678906:14+K-20417+7'" in written.data
    assert b"UCM+1+INVOIC:D:96A:UN:EAN008+7'" in written.data
    assert written.losses == ()
    (part,) = edifact.read_file(data=written.data).parts
    assert part.reading.faults == ()
    assert part.reading.document == response


def test_a_broken_message_is_rejected_with_codes_and_places() -> None:
    response = acknowledged(BAD)
    assert response.status is ResponseStatus.REJECTED
    (answer,) = response.answers
    assert [(r.code, r.path) for r in answer.reasons] == [
        ("37", "segment 65 MOA"),
        ("12", "segment 3 DTM"),
    ]
    written = contrl.write(document=response, envelope=ENVELOPE)
    assert b"UCM+1+INVOIC:D:96A:UN:EAN008+4'\r\nUCS+3+12'\r\nUCS+65+37'" in written.data
    (part,) = edifact.read_file(data=written.data).parts
    back = part.reading.document
    assert back.status is ResponseStatus.REJECTED
    assert [(r.code, r.path) for r in back.answers[0].reasons] == [
        ("12", "segment 3"),
        ("37", "segment 65"),
    ]


def test_elements_are_counted_with_the_tag_in_contrl() -> None:
    reason = Reason("12", None, "segment 4 element 2.1", contrl.ERRORS)
    answer = Answer(
        Subject(message="1", message_type="INVOIC:D:96A:UN"), ResponseStatus.REJECTED, (reason,)
    )
    response = Response(Layer.SYNTAX, ResponseStatus.REJECTED, Subject("7"), answers=(answer,))
    written = contrl.write(document=response, envelope=ENVELOPE)
    assert b"UCS+4'\r\nUCD+12+3:1'" in written.data
    assert written.losses == ()


@pytest.mark.parametrize("action", ["4", "7", "8"])
def test_interchange_verdicts(action: str) -> None:
    message = f"UNH+1+CONTRL:D:3:UN'UCI+77+B:14+A:14+{action}'UNT+3+1'"
    data = f"UNB+UNOC:3+A+B+261103:0805+1'{message}UNZ+1+1'"
    (part,) = edifact.read_file(data=data.encode()).parts
    document = part.reading.document
    assert part.reading.faults == ()
    expected = {"4": "rejected", "7": "accepted", "8": "received"}
    assert document.status == expected[action]
    assert document.subject.interchange == "77"
    assert (document.sender, document.receiver) == (Identifier("A", "14"), Identifier("B", "14"))


APPLICATION = Response(
    layer=Layer.APPLICATION,
    status=ResponseStatus.REJECTED,
    subject=Subject(
        interchange="77",
        message="1",
        document="F-2026-0042",
        document_type="380",
        document_date=date(2026, 11, 3),
    ),
    number="APE-1",
    issue_date=date(2026, 11, 4),
    sender=Identifier("4012345000009", "0088"),
    receiver=Identifier("3012345678906", "0088"),
    reasons=(
        Reason("40", "Bestellnummer unbekannt: +45?", "lines[0]"),
        Reason(None, "price differs"),
    ),
)


@pytest.mark.parametrize("version", ["D96A", "D01B"])
def test_an_application_rejects_with_reasons(version: str) -> None:
    written = aperak.write(document=APPLICATION, envelope=ENVELOPE, version=version)
    assert written.losses == ()
    assert b"BGM+313+APE-1+27'" in written.data
    (part,) = edifact.read_file(data=written.data).parts
    assert part.name == f"APERAK {version}"
    assert part.reading.faults == ()
    assert part.reading.document == APPLICATION
    assert Response.from_dict(APPLICATION.to_dict()) == APPLICATION
    alone = formats.write(document=APPLICATION, to="edifact", version=version)
    assert edifact.read_file(data=alone.data).documents == (APPLICATION,)
    with pytest.raises(CannotWrite, match="no date"):
        formats.write(document=replace(APPLICATION, issue_date=None), to="edifact")


def test_an_application_accepts() -> None:
    accepted = replace(APPLICATION, status=ResponseStatus.ACCEPTED, reasons=())
    written = aperak.write(document=accepted, envelope=ENVELOPE)
    assert edifact.read_file(data=written.data).documents == (accepted,)
    received = replace(accepted, status=ResponseStatus.RECEIVED)
    with pytest.raises(CannotWrite):
        aperak.write(document=received, envelope=ENVELOPE)


def test_a_997_accepts_a_group() -> None:
    response = answered(GOOD_810)
    written = acknowledgement.write(document=response, envelope=ENVELOPE)
    assert b"AK1*IN*20260042~\nAK2*810*0001~\nAK5*A~\nAK9*A*1*1*1~" in written.data
    assert b"GS*FA*A*B*20261104*0930*9*X*004010~" in written.data
    assert written.losses == ()
    assert x12.read_file(data=written.data).documents == (response,)


def test_a_997_rejects_with_codes_and_places() -> None:
    response = answered(BAD_810)
    assert response.status is ResponseStatus.REJECTED
    written = acknowledgement.write(document=response, envelope=ENVELOPE, version="5010")
    assert b"AK9*R*1*1*0~" in written.data
    (part,) = x12.read_file(data=written.data).parts
    (answer,) = part.reading.document.answers
    (reason,) = answer.reasons
    assert (reason.code, reason.list) == ("8", "X12 720")
    assert reason.path == response.answers[0].reasons[0].path
    assert "PAM" in (reason.path or "")


def test_a_997_as_partners_send_it() -> None:
    lines = [
        "ISA*00* *00* *ZZ*B *ZZ*A *261104*0930*U*00401*000000003*0*P*>",
        "GS*FA*B*A*20261104*0930*3*X*004010",
        "ST*997*0001",
        "AK1*IN*77",
        "AK2*810*0001",
        "AK5*A",
        "AK2*810*0002",
        "AK3*IT1*12**8",
        "AK4*4*212*6*abc",
        "AK5*R*5",
        "AK9*P*2*2*1",
        "SE*10*0001",
        "GE*1*3",
        "IEA*1*000000003",
    ]
    (part,) = x12.read_file(data="~".join([*lines, ""]).encode()).parts
    assert part.reading.faults == ()
    document = part.reading.document
    assert document.status is ResponseStatus.PARTLY_ACCEPTED
    assert document.count == 2
    assert [a.status for a in document.answers] == ["accepted", "rejected"]
    (reason,) = document.answers[1].reasons
    assert reason == Reason("6", "abc", "segment 12 IT1 element 4", "X12 723")


AT = datetime(2026, 11, 4, 9, 30)


def asking(data: bytes) -> bytes:
    """The interchange with ISA14 set: its sender wants a TA1."""
    header = data[:106].replace(b"*0*P*", b"*1*P*")
    assert header != data[:106]
    return header + data[106:]


def test_an_interchange_is_answered_to_its_sender() -> None:
    data = formats.answer(data=asking(BAD_810), reference="77", at=AT).data
    back = x12.read_file(data=data)
    assert back.faults == ()
    ta1, group = back.documents
    assert (ta1.status, ta1.reasons, group.status) == ("accepted", (), "rejected")
    sent, answered_by = (x12_syntax.read(data=each).header for each in (BAD_810, data))
    assert sent is not None
    assert answered_by is not None
    assert [answered_by.get(n) for n in (5, 6, 7, 8)] == [sent.get(n) for n in (7, 8, 5, 6)]
    assert b"TA1*%s*%s*%s*A*000~" % tuple(sent.get(n).encode() for n in (13, 9, 10)) in data
    assert [part.name for part in x12.read_file(
        data=formats.answer(data=GOOD_810, reference="1", at=AT).data
    ).parts] == ["997 4010"]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "status", "note"),
    [
        (b"IEA*1*", b"IEA*2*", "accepted_with_errors", "021"),
        (b"IEA*1*", b"IEA*1*9", "accepted_with_errors", "001"),
        (b"IEA*1*", b"IEB*1*", "accepted_with_errors", "024"),
        (b"GE*1*", b"GE*7*", "accepted", None),
        (b"GE*1*", b"?*1*", "rejected", "024"),
    ],
)
def test_an_envelope_in_disorder_is_told_by_ta1(
    old: bytes, new: bytes, status: str, note: str | None
) -> None:
    assert old in GOOD_810
    data = asking(GOOD_810).replace(old, new)
    ta1, *_groups = x12.read_file(data=x12.answer(data=data, reference="8", at=AT).data).documents
    assert ta1.status == status
    assert [reason.code for reason in ta1.reasons] == ([note] if note else [])


def test_a_contrl_goes_back_to_the_sender() -> None:
    for data, status in ((GOOD, "accepted"), (BAD, "rejected")):
        (back,) = formats.read(
            data=formats.answer(data=data, reference="307093000", at=AT).data
        ).documents
        assert (back.status, back.subject.interchange) == (status, "F-2026-0042")
        assert (back.sender, back.receiver) == (
            acknowledged(data).sender, acknowledged(data).receiver
        )  # fmt: skip


def test_no_answer_is_made_where_none_is_due() -> None:
    for data, code in (
        (b"<Invoice/>", "document.no_answer"),
        (b"UNH+1+INVOIC:D:96A:UN'BGM+380+1'UNT+3+1'", "edifact.no_answer"),
        (formats.answer(data=GOOD, reference="1", at=AT).data, "edifact.no_answer"),
        (formats.answer(data=GOOD_810, reference="1", at=AT).data, "x12.no_answer"),
    ):
        with pytest.raises(CannotWrite) as refused:
            formats.answer(data=data, reference="2", at=AT)
        assert [fault.code for fault in refused.value.faults] == [code]


@pytest.mark.parametrize("code", ["A", "E", "P", "R", "M", "Q"])
def test_codes_of_acknowledgement(code: str) -> None:
    data = acknowledgement.write(document=answered(GOOD_810), envelope=ENVELOPE).data
    data = data.replace(b"AK9*A", f"AK9*{code}".encode())
    (part,) = x12.read_file(data=data).parts
    assert (part.reading.document is None) == (code == "Q")


def test_missing_parts_are_faults() -> None:
    for data, code in (
        (b"UNB+UNOC:3+A+B+1:1+1'UNH+1+CONTRL:D:3:UN'UNT+2+1'UNZ+1+1'", "edifact.missing"),
        (b"UNB+UNOC:3+A+B+1:1+1'UNH+1+APERAK:D:96A:UN'UNT+2+1'UNZ+1+1'", "edifact.missing"),
        (b"UNB+UNOC:3+A+B+1:1+1'UNH+1+IFTMIN:D:96A:UN'UNT+2+1'UNZ+1+1'", "edifact.message"),
    ):
        (part,) = edifact.read_file(data=data).parts
        assert part.reading.document is None
        assert [f.code for f in part.reading.faults] == [code]


@pytest.mark.parametrize("text", ["", "segment", "lines[3]", "row 7"])
def test_no_place(text: str) -> None:
    assert place_of(text) == Place()
    assert str(place_of(text)) == ""


def test_overall_of_none_is_accepted() -> None:
    assert overall([]) is ResponseStatus.ACCEPTED
    assert overall([ResponseStatus.ACCEPTED_WITH_ERRORS]) is ResponseStatus.ACCEPTED_WITH_ERRORS


def test_messages_of_unknown_types_are_acknowledged_as_rejected() -> None:
    data = b"UNB+UNOC:3+A+B+1:1+5'UNH+1+IFTMIN:D:96A:UN'UNT+2+1'UNZ+1+5'"
    response = edifact.acknowledge(data=data)
    assert response.status is ResponseStatus.REJECTED
    assert [r.code for r in response.answers[0].reasons] == ["18"]
    assert (
        x12.acknowledge(
            data=acknowledgement.write(document=answered(GOOD_810), envelope=ENVELOPE).data
        )
        == ()
    )


GOLDEN = {
    "edifact/D96A/acknowledgement": lambda: contrl.write(
        document=acknowledged(BAD), envelope=ENVELOPE
    ),
    "edifact/D96A/application-error": lambda: aperak.write(document=APPLICATION, envelope=ENVELOPE),
    "edifact/D01B/application-error": lambda: aperak.write(
        document=APPLICATION, envelope=ENVELOPE, version="D01B"
    ),
    "x12/4010/acknowledgement": lambda: acknowledgement.write(
        document=answered(BAD_810), envelope=ENVELOPE
    ),
    "x12/5010/acknowledgement": lambda: acknowledgement.write(
        document=answered(BAD_810), envelope=ENVELOPE, version="5010"
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_files(name: str) -> None:
    """ACQUIT_REWRITE_GOLDEN=1 writes them anew; the diff is what a reviewer reads."""
    folder, _, sample = (EXAMPLES / name).as_posix().rpartition("/")
    path, out = Path(folder) / f"{sample}.edi", Path(folder) / "out" / f"{sample}.json"
    data = GOLDEN[name]().data
    (document,) = formats.read(data=data).documents
    text = canonical_json(document.to_dict()) + b"\n"
    if REWRITE:
        path.write_bytes(data)
        out.write_bytes(text)
    assert path.read_bytes() == data
    assert out.read_bytes() == text
