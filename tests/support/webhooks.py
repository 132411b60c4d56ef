"""A receiver of webhooks on the loopback address: real HTTP, planned answers, and it remembers."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import override_settings
from standardwebhooks import Webhook

from acquit.channels.webhook.commands.deliver import run
from acquit.channels.webhook.commands.endpoints import EndpointData, save_endpoint
from acquit.channels.webhook.models import Delivery
from acquit.channels.webhook.outbox import JOB
from acquit.channels.webhook.sealing import written
from acquit.core.context import Context
from acquit.core.outcome import Outcome
from acquit.database.copy import execute, fetch_rows
from tests.support.world import World

SECRET = written(b"the first key of the endpoint...")
NEXT_SECRET = written(b"the second one, after a rotation")


@dataclass
class Got:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    def verified_by(self, secret: str) -> dict[str, Any]:
        """The event, by the reference implementation of Standard Webhooks; raises otherwise."""
        return dict(Webhook(secret).verify(self.body, self.headers))


@dataclass
class Receiver:
    """``plan`` holds what the next requests are answered with: a status, ``hang`` (no answer
    while the test lasts), ``drip`` (a byte now and then), ``cut``, ``huge``, or a redirect's
    address; nothing planned: 204. ``seen`` is what a receiver does that keeps ids: each once."""

    plan: list[Any] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    always: Any = 204
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.got]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers["Content-Length"])
        headers = {name.lower(): value for name, value in handler.headers.items()}
        one = Got(handler.path, headers, handler.rfile.read(length))
        self.got.append(one)
        step = self.plan.pop(0) if self.plan else self.always
        if step == "hang":
            self.over.wait(30)
        elif step == "drip":
            while not self.over.wait(0.05):
                handler.wfile.write(b"H")
        elif step == "cut":
            handler.connection.shutdown(socket.SHUT_RDWR)
        elif step == "huge":
            handler.send_response(200)
            handler.end_headers()
            for _ in range(64):
                handler.wfile.write(b"x" * 65536)
        elif isinstance(step, str):
            handler.send_response(302)
            handler.send_header("Location", step)
            handler.end_headers()
        else:
            if 200 <= step < 300:
                self.seen.setdefault(one.headers.get("webhook-id", ""), one.event)
            handler.send_response(step)
            handler.end_headers()
            handler.wfile.write(b"" if step == 204 else b"the receiver's\nown words")


@contextmanager
def receiver(
    *plan: Any, always: Any = 204, allowed: bool = True, certificate: Path | None = None
) -> Iterator[Receiver]:
    """A receiver on a free port; ``allowed`` is the setting for this machine's own addresses,
    ``certificate`` a file of key and certificate with which it speaks TLS."""
    remembers = Receiver(plan=list(plan), always=always)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                remembers.answer(self)
            except OSError:
                self.close_connection = True  # the sender has gone

        def log_message(self, *_: Any) -> None:
            """Tests speak for themselves."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    scheme = "http" if certificate is None else "https"
    remembers.url = f"{scheme}://127.0.0.1:{server.server_port}/hook?from=acquit"
    try:
        with override_settings(WEBHOOK_LOOPBACK=allowed):
            yield remembers
    finally:
        remembers.over.set()
        server.shutdown()
        server.server_close()


def self_signed(path: Path, host: str) -> Path:
    """Key and certificate for the host, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@dataclass
class Clock:
    """The world's contexts at the real time (signatures are judged by it) plus ``ahead``."""

    world: World
    ahead: timedelta = timedelta()

    def ctx(self) -> Context:
        return replace(self.world.ctx(), now=datetime.now(UTC) + self.ahead)

    def listen(self, url: str, *kinds: str, secret: str = SECRET) -> UUID:
        """A new endpoint."""
        item = EndpointData(url=url, kinds=kinds or ("*",), secret=secret)
        return save_endpoint(ctx=self.ctx(), items=[item]).or_refuse().ids[0]

    def work(self) -> Outcome:
        """What the worker does: run the jobs that are queued and due, and take them away."""
        rows = fetch_rows(
            "SELECT id, args->>'ids' FROM procrastinate_jobs WHERE task_name = %s"
            " AND args->>'company_id' = %s AND coalesce(scheduled_at, now()) <= %s ORDER BY id",
            [JOB, str(self.world.company_id), self.ctx().now],
        )
        execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", [[row[0] for row in rows]])
        results = []
        for _id, ids in rows:
            chosen = [UUID(one) for one in json.loads(ids)]
            results.extend(run(new_ctx=self.ctx, ids=chosen).items)
        return Outcome(tuple(results))

    def until_quiet(self, rounds_max: int = 40) -> None:
        """Work, and jump ahead to whatever is due next, until nothing is."""
        for _ in range(rounds_max):
            self.work()
            due = [row.due_at for row in self.deliveries(state="queued")]
            if not due:
                return
            self.ahead = max(max(due) - datetime.now(UTC) + timedelta(seconds=1), self.ahead)
        raise AssertionError("it never becomes quiet")

    def deliveries(self, **chosen: Any) -> Sequence[Delivery]:
        rows = Delivery.objects.of(self.world.company_id).filter(**chosen)
        return list(rows.order_by("fact_seq", "id"))
