"""The processes of a running installation, and the secrets they share."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path

from acquit.entrypoints import gate
from acquit.entrypoints.console.shared import command_line, own_server, say
from acquit.supervisor import Child, Cluster, Supervisor, database_child

SECRET_FILE = "secret_key"  # noqa: S105 - a file name
WEB_WORKERS = 2
CONNECTIONS = 4096  # per web worker


def secret_key(folder: Path) -> str:
    """The key that signs sessions and links: from the environment, or drawn once per folder."""
    given = os.environ.get("ACQUIT_SECRET_KEY", "")
    if given:
        return given
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / SECRET_FILE
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_urlsafe(48))
    os.environ["ACQUIT_SECRET_KEY"] = file.read_text()
    return os.environ["ACQUIT_SECRET_KEY"]


def forget(folder: Path) -> None:
    """Remove what a stopped installation without a database left: its key, its records, its logs.
    Anything else in the folder is not ours and stays."""
    for name in (SECRET_FILE, "state.json", "backups.json", "supervisor.lock"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "logs", ignore_errors=True)


def supervisor(*, folder: Path, host: str, port: int, mail_port: int) -> Supervisor:
    """Database, web, worker (and the demo's mailbox), not yet running; the web loads early."""
    shown = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    address = f"http://{shown}:{port}"
    demo = os.environ.get("ACQUIT_DEMO") == "1"
    children = _children(folder=folder, host=host, port=port, address=address)
    if demo:
        os.environ["ACQUIT_SMTP_PORT"] = str(mail_port)
        children.append(_python("mailbox", "-m", "acquit.channels.mailbox", address=address))
    return Supervisor(
        data=folder,
        children=children,
        address=address,
        every_15_seconds=_reap,
        progress=lambda text: _tell(text, address, folder),
    )


def serve(supervisor: Supervisor, *, folder: Path) -> None:
    """Run everything until told to stop."""
    supervisor.run()
    stop_database(folder)


def stop_database(folder: Path) -> None:
    """The embedded one, where it is used."""
    if os.environ.get("ACQUIT_EMBEDDED") == "1":
        # The commands before serving started the database under a keeper of its own; who stops
        # Acquit means the database too.
        Cluster.at(folder).stop()


def _children(*, folder: Path, host: str, port: int, address: str) -> list[Child]:
    children: list[Child] = []
    if os.environ.get("ACQUIT_EMBEDDED") == "1":
        children.append(database_child(cluster=Cluster.at(folder)))
    children.append(
        _python(
            "web",
            *web_arguments(host=host, port=port),
            address=address,
            ready=lambda: _answers(f"http://127.0.0.1:{port}/readyz"),
            early=True,
        )
    )
    children.append(
        _python(
            "worker",
            "-m",
            "django",
            "procrastinate",
            "worker",
            "--concurrency",
            "2",
            address=address,
        )
    )
    return children


def web_arguments(*, host: str, port: int) -> tuple[str, ...]:
    """What Python is told to serve the pages: processes, threads, and connections held open.

    Browsers keep connections, so many more are held than there are requests; how many requests run
    and wait is the matter of :mod:`acquit.entrypoints.gate`.
    """
    address = ("--host", host, "--port", str(port))
    threads = ("--workers", str(WEB_WORKERS), "--blocking-threads", str(gate.THREADS))
    held = ("--backlog", "1024", "--backpressure", str(CONNECTIONS))
    application = "acquit.config.wsgi:application"
    served = ("--interface", "wsgi", *address, *threads, *held, application)
    return ("-m", "acquit.config.web", *served)


def _python(
    name: str, *arguments: str, address: str, ready: object = None, early: bool = False
) -> Child:
    environment = {
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "DJANGO_SETTINGS_MODULE": "acquit.config.settings",
        "ACQUIT_ADDRESS": address,
        "ACQUIT_POOL": "1" if name == "web" else "0",
    }
    for shared in ("ACQUIT_SECRET_KEY", "ACQUIT_DEMO", "ACQUIT_DATA", "ACQUIT_SMTP_PORT"):
        if shared in os.environ:
            environment[shared] = os.environ[shared]
    return Child(
        name=name,
        command=(sys.executable, *arguments),
        env=environment,
        ready=ready,  # type: ignore[arg-type]
        ready_seconds=60.0,
        early=early,
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _reap() -> None:
    from django.db import close_old_connections

    from acquit.jobs.reaper import reap

    close_old_connections()
    found = reap()
    for job in found.parked:
        say(f"job {job} was given up after too many attempts; see System health")


def _tell(text: str, address: str, folder: Path) -> None:
    say(text)
    if text.strip().lower().startswith("ready"):
        server = own_server()
        say(f"Acquit is at {address} - Ctrl+C stops it, data stay in {server or folder}.")
        if not server:
            say(f"To remove them: {command_line('reset --yes', folder)}")
