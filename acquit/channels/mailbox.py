"""The mail server of the demo: takes mail on the loopback address, for the mailbox page.

Run as ``python -m acquit.channels.mailbox``. It delivers nothing to anyone. The company is named
by the header ``X-Acquit-Company`` (its id), or found by a customer's address; mail for nobody we
know is refused with 550. A message that comes twice is kept once.
"""

from __future__ import annotations

import asyncio
import signal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from typing import Any
from uuid import UUID

SIZE_MAX = 40_000_000
HOST = "127.0.0.1"


class Keeper:
    """The handler of aiosmtpd: every accepted message is a committed row before the 250."""

    async def handle_DATA(  # noqa: N802  # the name is aiosmtpd's
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        raw, sender = bytes(envelope.content), str(envelope.mail_from)
        return await asyncio.to_thread(keep, raw, sender, list(envelope.rcpt_tos))


def keep(raw: bytes, sender: str, recipients: list[str]) -> str:
    """Store one message for each recipient; the answer to the client."""
    from django.db import DatabaseError, close_old_connections, transaction

    message = message_from_bytes(raw, policy=default)
    close_old_connections()
    try:
        with transaction.atomic():
            for recipient in recipients:
                company_id = _company(message, recipient)
                if company_id is None:
                    return f"550 no company here writes to {recipient}"
                _store(company_id, message, raw, sender, recipient)
    except DatabaseError:
        return "451 the mailbox cannot write now, try again"
    finally:
        close_old_connections()
    return "250 kept"


def _company(message: EmailMessage, recipient: str) -> UUID | None:
    from acquit.database.copy import fetch_rows

    try:
        named = UUID(str(message.get("X-Acquit-Company", "")))
    except ValueError:
        rows = fetch_rows(
            "SELECT company_id FROM masterdata_customer WHERE lower(email) = lower(%s)"
            " ORDER BY created_at LIMIT 1",
            [recipient],
        )
    else:
        rows = fetch_rows("SELECT id FROM access_company WHERE id = %s", [named])
    return rows[0][0] if rows else None


def _store(
    company_id: UUID, message: EmailMessage, raw: bytes, sender: str, recipient: str
) -> None:
    from acquit.database.copy import execute

    digest = sha256(raw).hexdigest()
    subject = str(message.get("Subject", ""))[:250]
    body = message.get_body(preferencelist=("plain", "html"))
    text = body.get_content() if body is not None else ""
    message_id = str(message.get("Message-ID", "")).strip("<> ") or f"{digest}@unnamed"
    execute(
        "INSERT INTO history_archive (id, company_id, digest, media_type, name, size, body,"
        " archived_at) VALUES (gen_random_uuid(), %s, %s, 'message/rfc822', 'mail.eml', %s, %s,"
        " now()) ON CONFLICT (company_id, digest) DO NOTHING",
        [company_id, digest, len(raw), raw],
    )
    execute(
        "INSERT INTO dispatch_mail (id, company_id, message_id, sender, recipient, subject, body,"
        " raw_digest, received_at) VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, %s, now())"
        " ON CONFLICT (company_id, message_id, recipient) DO NOTHING",
        [company_id, message_id[:200], sender[:254], recipient[:254], subject, text, digest],
    )


async def serve(*, host: str, port: int) -> None:
    """Listen until SIGTERM or SIGINT."""
    from aiosmtpd.smtp import SMTP

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)

    def protocol() -> Any:
        return SMTP(Keeper(), data_size_limit=SIZE_MAX, hostname="acquit.local")

    server = await loop.create_server(protocol, host, port)
    async with server:
        await stop.wait()


def main() -> None:
    import django

    django.setup()
    from django.conf import settings

    asyncio.run(serve(host=HOST, port=settings.EMAIL_PORT))


if __name__ == "__main__":
    main()
