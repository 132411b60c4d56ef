"""A mail server for tests that can refuse, break off, and remembers what it accepted."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from django.test import override_settings

PATIENCE = 60  # seconds for one answer: of a machine that is busy, nothing hangs here


@dataclass
class Server:
    """``plan`` holds what happens to the next messages: a reply such as ``451 later``, ``cut``
    (taken, but the reply never arrives), or nothing: accepted."""

    plan: list[str] = field(default_factory=list)
    accepted: list[bytes] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        step = self.plan.pop(0) if self.plan else ""
        if step and step != "cut":
            return step
        self.accepted.append(bytes(envelope.content))
        if step == "cut":
            server.transport.abort()
        return "250 OK"

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=default) for raw in self.accepted]


@contextmanager
def smtp_server(*plan: str) -> Iterator[Server]:
    """A server on a free port, with the settings pointing at it."""
    handler = Server(plan=list(plan))
    with socket.socket() as probe:  # the controller cannot choose a port itself
        probe.bind(("127.0.0.1", 0))
        handler.port = probe.getsockname()[1]
    controller = Controller(
        handler, hostname="127.0.0.1", port=handler.port, ready_timeout=PATIENCE
    )
    controller.start()
    try:
        with override_settings(
            EMAIL_HOST="127.0.0.1", EMAIL_PORT=handler.port, EMAIL_TIMEOUT=PATIENCE
        ):
            yield handler
    finally:
        controller.stop()
