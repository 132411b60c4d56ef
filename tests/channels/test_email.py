"""Mail: the same letter is the same bytes, hostile values are refused, answers are told."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from acquit.channels.email import (
    Attachment,
    BadLetter,
    Letter,
    Mailer,
    SmtpSettings,
    compose,
)
from tests.support.smtp import smtp_server

LETTER = Letter(
    message_id="0199@muster.example",
    written_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    sender_name="Muster Händler",
    sender="rechnung@muster.example",
    recipient="einkauf@kunde.example",
    subject="Rechnung 7 über 1.234,50 €",
    paragraphs=("Guten Tag,", "<b>nicht fett</b> & ș ț"),
    language="de",
    links=(
        ("Beleg ansehen", "https://acquit.example/d/abc?x=1&y=2"),
        ("2 < 3", "https://acquit.example/q/abc"),
    ),
    attachments=(Attachment("rechnung-7.pdf", "application/pdf", b"%PDF-1.7 \x00\xff"),),
)


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert compose(LETTER).as_bytes() == compose(LETTER).as_bytes()


def test_the_message_reads_back_with_text_html_and_files() -> None:
    message = message_from_bytes(compose(LETTER).as_bytes(), policy=default)
    assert message["Subject"] == LETTER.subject
    assert message["Message-ID"] == "<0199@muster.example>"
    plain = message.get_body(preferencelist=("plain",))
    rich = message.get_body(preferencelist=("html",))
    assert plain is not None
    assert rich is not None
    lines = plain.get_content().splitlines()
    for text, target in LETTER.links:
        assert lines[lines.index(f"{text}:") + 1] == target
    assert '<a href="https://acquit.example/q/abc">2 &lt; 3</a>' in rich.get_content()
    assert "&lt;b&gt;nicht fett&lt;/b&gt; &amp; ș ț" in rich.get_content()
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("rechnung-7.pdf", b"%PDF-1.7 \x00\xff")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"subject": "a\r\nBcc: thief@x.example"}, "subject"),
        ({"recipient": "a@b.example\nBcc: thief@x.example"}, "recipient"),
        ({"recipient": "a@b.example>, <thief@x.example"}, "recipient"),
        ({"recipient": "two@x.example, three@x.example"}, "recipient"),
        ({"recipient": "nobody"}, "recipient"),
        ({"sender_name": "Boss\r\nX-Spam: no"}, "sender"),
        ({"message_id": "1@x>\r\nBcc: thief@x.example"}, "message-id"),
        ({"headers": {"X-Acquit-Company": "1\n2"}}, "x-acquit-company"),
    ],
)
def test_no_value_can_add_a_header(change: dict[str, object], where: str) -> None:
    with pytest.raises(BadLetter) as refusal:
        compose(replace(LETTER, **change))  # type: ignore[arg-type]
    assert refusal.value.faults[0].path == where


def _send(port: int, mailer: Mailer | None = None) -> tuple[bool, bool, str]:
    mailer = mailer or Mailer(SmtpSettings("127.0.0.1", port, timeout_seconds=60))
    with mailer:
        answer = mailer.send(message=b"Subject: x\r\n\r\nx", sender="a@b.c", recipient="d@e.f")
    return answer.ok, answer.is_final, answer.text


def test_answers_say_whether_another_try_helps() -> None:
    with smtp_server("451 later", "550 never", "cut") as server:
        assert _send(server.port) == (False, False, "451 later")
        assert _send(server.port) == (False, True, "550 never")
        ok, is_final, text = _send(server.port)
        assert (ok, is_final) == (False, False)
        assert "SMTPServerDisconnected" in text
        assert _send(server.port) == (True, False, "250 accepted")


def test_one_connection_carries_many_and_a_broken_one_is_replaced() -> None:
    with smtp_server("", "cut", "") as server:
        mailer = Mailer(SmtpSettings("127.0.0.1", server.port, timeout_seconds=60))
        with mailer:
            results = [
                mailer.send(message=b"Subject: x\r\n\r\nx", sender="a@b.c", recipient="d@e.f").ok
                for _ in range(3)
            ]
    assert results == [True, False, True]


def test_a_server_that_is_not_there_or_silent_is_an_answer() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        assert _send(port)[:2] == (False, False)
        silent.listen()
        hasty = Mailer(SmtpSettings("127.0.0.1", port, timeout_seconds=1))
        ok, is_final, text = _send(port, hasty)
    assert (ok, is_final) == (False, False)
    assert "timed out" in text
