"""The demo's mailbox as a process: what is sent to it stands in the table, once."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection

from acquit.channels.email import Letter, Mailer, SmtpSettings, compose
from acquit.stages.dispatch import queries
from tests.support.invoices import customer
from tests.support.world import new_world

pytestmark = pytest.mark.django_db(transaction=True)


def _url() -> str:
    settings = connection.settings_dict
    host, port = settings["HOST"], settings["PORT"]
    where = f"?host={host}" if str(host).startswith("/") else ""
    address = "" if where else f"{host}:{port}"
    if where and port:
        where += f"&port={port}"
    user, password = settings["USER"], settings["PASSWORD"]
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    return f"postgres://{login}{address}/{settings['NAME']}{where}"


@pytest.fixture
def mailbox() -> Iterator[int]:
    """The port of a mailbox process over the test database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = os.environ | {"DATABASE_URL": _url(), "ACQUIT_SMTP_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "acquit.channels.mailbox"], env=environment)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                assert process.poll() is None, "the mailbox did not start"
                assert time.monotonic() < deadline, "the mailbox does not answer"
                time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_mail_is_kept_once_and_mail_for_strangers_is_refused(mailbox: int) -> None:
    world = new_world(seed="mailbox")
    customer(world, "C-1", email="Einkauf@Kunde.example")
    letter = Letter(
        message_id="1@muster.example",
        written_at=datetime(2026, 3, 2, tzinfo=UTC),
        sender_name="Muster",
        sender="rechnung@muster.example",
        recipient="einkauf@kunde.example",
        subject="Rechnung über 5 €",
        paragraphs=("Guten Tag, ș ț",),
        language="de",
    )
    raw = compose(letter).as_bytes()
    with Mailer(SmtpSettings("127.0.0.1", mailbox)) as mailer:
        answers = [
            mailer.send(message=raw, sender=letter.sender, recipient=letter.recipient)
            for _ in range(2)
        ]
        stranger = mailer.send(message=raw, sender=letter.sender, recipient="x@unknown.example")
    assert [answer.ok for answer in answers] == [True, True]
    assert (stranger.ok, stranger.is_final) == (False, True)
    (mail,) = queries.mails(company_id=world.company_id)
    assert (mail.subject, mail.recipient) == (letter.subject, letter.recipient)
    assert "Guten Tag, ș ț" in mail.body
    with smtplib.SMTP("127.0.0.1", mailbox) as client:
        named = raw.replace(b"1@muster", b"2@muster")
        named = f"X-Acquit-Company: {world.company_id}\r\n".encode() + named
        client.sendmail(letter.sender, ["x@unknown.example"], named)
    assert len(queries.mails(company_id=world.company_id)) == 2
