"""A running Acquit for the tests in a browser: its own database, web, worker and mail server."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Installation:
    """``address`` of the server, and by company the public ids that ``seed.py`` found."""

    address: str
    places: dict[str, dict[str, str]]


@contextmanager
def running(folder: Path, name: str) -> Iterator[Installation]:
    """Serve a freshly seeded database of this name until the block ends."""
    with _database(f"acquit_journeys_{name}") as url:
        web, mail = _free_port(), _free_port()
        address = f"http://127.0.0.1:{web}"
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "acquit.config.settings",
            "ACQUIT_ADDRESS": address,
            "ACQUIT_DATA": str(folder),
            "ACQUIT_DEMO": "1",
            "ACQUIT_SECRET_KEY": secrets.token_urlsafe(48),
            "ACQUIT_SMTP_PORT": str(mail),
        }
        seeded = _python(environment, "-m", "tests.journeys.seed")
        places = json.loads(seeded.strip().rpartition("\n")[2])
        granian = ("-m", "granian", "--interface", "wsgi", "--port", str(web))
        commands = (
            (*granian, "--blocking-threads", "4", "acquit.config.wsgi:application"),
            ("-m", "django", "procrastinate", "worker", "--concurrency", "1"),
            ("-m", "acquit.channels.mailbox"),
        )
        with open(folder / "processes.log", "wb") as log:
            started = [
                subprocess.Popen(
                    [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log
                )
                for command in commands
            ]
            try:
                _wait_for(f"{address}/readyz", folder / "processes.log")
                yield Installation(address, places)
            finally:
                for process in started:
                    process.send_signal(signal.SIGTERM)
                for process in started:
                    try:
                        process.wait(timeout=10)
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.wait()


def _python(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@contextmanager
def _database(name: str) -> Iterator[str]:
    """An empty database beside the one of ``DATABASE_URL``; gone after the block."""
    admin = os.environ["DATABASE_URL"]
    parts = urlsplit(admin)
    drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as server:
        server.execute(drop)
        server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            server.execute(drop)


def _wait_for(url: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer:\n{log.read_text()[-4000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
