"""Running Acquit: ``up``, ``demo``, ``down``, ``status``, ``doctor``, ``reset``, backups."""

from __future__ import annotations

import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from acquit.core.faults import Refused
from acquit.entrypoints import built
from acquit.entrypoints.console.shared import (
    EXIT_WRONG,
    Data,
    Json,
    command_line,
    connect,
    data_folder,
    emit,
    guarded,
    load_connected,
    name_database,
    own_server,
    say,
)

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of the web server.")]
Host = Annotated[str, typer.Option(help="Address to listen on; other machines need 0.0.0.0.")]
Detach = Annotated[bool, typer.Option("--detach", help="Run in the background.")]
DEFAULT_PORT = 8400
MAIL_PORT = 8425


class CannotServe(Refused):
    """The port is taken, or there is nothing to serve from."""


class CannotReset(Refused):
    """Resetting needs a clear yes."""


def register(app: typer.Typer) -> None:
    for name, function in (
        ("demo", demo),
        ("up", up),
        ("down", down),
        ("status", status),
        ("doctor", doctor),
        ("reset", reset),
        ("migrate", migrate),
        ("backup", backup),
        ("restore", restore),
        ("config", config),
    ):
        app.command(name)(function)


@guarded
def demo(
    port: Port = DEFAULT_PORT,
    host: Host = "127.0.0.1",
    detach: Detach = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Serve the demo company; build it first where it is not there yet."""
    os.environ["ACQUIT_DEMO"] = "1"
    _serve(port, host, data, detach=detach, with_demo=True, as_json=as_json)


@guarded
def up(
    port: Port = DEFAULT_PORT,
    host: Host = "127.0.0.1",
    detach: Detach = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Serve your own companies: database, web and worker under one supervisor."""
    _serve(port, host, data, detach=detach, with_demo=False, as_json=as_json)


def _serve(
    port: int, host: str, data: Path | None, *, detach: bool, with_demo: bool, as_json: bool
) -> None:
    from acquit.entrypoints.console import serving
    from acquit.supervisor import heard, refuse_running, start_detached

    folder = data_folder(data)
    refuse_running(data=folder)
    _refuse_taken_port(host, port)
    if changed := built.older_than():
        say(f"The pages are older than {changed}: {built.COMMAND} builds them anew.")
    if detach:
        command = [sys.executable, "-m", "acquit.entrypoints.console.main"]
        command += ["demo" if with_demo else "up", "--port", str(port), "--host", host]
        command += ["--data", str(folder)]
        found = start_detached(data=folder, command=command, env={}, progress=say)
        say(f"Acquit runs at {found.address}. Stop it with: {command_line('down', folder)}")
        if as_json:
            emit({"address": found.address, "data": str(folder)}, as_json=True, text=str)
        return
    serving.secret_key(folder)
    name_database(folder)
    mail_port = _free_port(MAIL_PORT)
    try:
        with serving.supervisor(folder=folder, host=host, port=port, mail_port=mail_port) as tree:
            with heard():
                connect(folder)
                if with_demo:
                    from acquit.entrypoints.console.demo import ensure_demo

                    ensure_demo()
            serving.serve(tree, folder=folder)
    except KeyboardInterrupt:
        # Ctrl-C before all of it runs: nothing stays, as nothing does afterwards.
        serving.stop_database(folder)
        raise


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotServe.because(
                "port.taken", f"cannot listen on {host}:{port}: {error}", fix="--port NUMBER"
            ) from None


def _free_port(wanted: int) -> int:
    """The wanted loopback port, or any free one where it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CannotServe.because("port.none", "no free port on the loopback address")


@guarded
def down(data: Data = None, as_json: Json = False) -> None:
    """Stop everything, the database last. Data stay."""
    from acquit.supervisor import down as stop

    stopped = stop(data=data_folder(data))
    emit(
        {"stopped": stopped},
        as_json=as_json,
        text=lambda: "Stopped." if stopped else "Nothing was running.",
    )


@guarded
def status(data: Data = None, as_json: Json = False) -> None:
    """What runs, since when, and where."""
    from acquit.supervisor import Cluster, read_status

    folder = data_folder(data)
    found = read_status(data=folder)
    running = found is not None and found.running
    answer: dict[str, Any] = {
        "data": str(folder),
        "running": running,
        "address": found.address if found and running else "",
        "since": found.started_at if found and running else None,
        "database": Cluster.at(folder).is_running(),
        "server": own_server(),
        "processes": [
            {
                "name": c.name,
                "state": str(c.state),
                "pid": c.pid,
                "since": c.started_at,
                "restarts": c.restarts,
            }
            for c in (found.children if found and running else ())
        ],
    }
    emit(answer, as_json=as_json, text=lambda: _status_text(answer))
    if not running:
        raise typer.Exit(EXIT_WRONG)


def _status_text(answer: dict[str, Any]) -> str:
    served = "no"
    if answer["running"]:
        served = f"{answer['address']}, since {_instant(answer['since'])}"
    lines = [f"data      {answer['data']}", f"serving   {served}"]
    if all(p["name"] != "database" for p in answer["processes"]):
        own = answer["server"] and f"{answer['server']}, a server of yours; acquit doctor asks it"
        lines.append(f"database  {own or ('running' if answer['database'] else 'stopped')}")
    for p in answer["processes"]:
        since = f", since {_instant(p['since'])}" if p["since"] else ""
        lines.append(f"{p['name']:<9} {p['state']} (pid {p['pid']}{since})")
    return "\n".join(lines)


def _instant(written: str) -> str:
    """An instant as the supervisor wrote it down, for a person.

    >>> _instant("2026-03-02T09:15:04+00:00")
    '2026-03-02 09:15:04 UTC'
    """
    return f"{datetime.fromisoformat(written).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


@guarded
def doctor(data: Data = None, as_json: Json = False) -> None:
    """Check the installation; each finding says what it means and what to do."""
    folder = connect(data)
    # Only now: the checks look into tables, and those are not there before Django is.
    from acquit.entrypoints.health import checks

    found = checks(data=folder, now=datetime.now(UTC))
    answer = {
        "ok": all(check.ok for check in found),
        "checks": [
            {
                "name": c.name,
                "ok": c.ok,
                "detail": c.detail,
                "meaning": c.meaning,
                "fix": c.fix,
            }
            for c in found
        ],
    }
    emit(
        answer,
        as_json=as_json,
        text=lambda: "\n".join(
            f"{'ok  ' if c.ok else 'FIX '} {c.name}: {c.detail}" + (f"\n     {c.fix}" * (not c.ok))
            for c in found
        ),
    )
    if not answer["ok"]:
        raise typer.Exit(EXIT_WRONG)


@guarded
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Really delete all data.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Delete every company of the data folder: the database, its key, its logs. Backups stay."""
    from acquit.entrypoints.console import serving
    from acquit.supervisor import Cluster
    from acquit.supervisor import down as stop

    folder = data_folder(data)
    if server := own_server():
        raise CannotReset.because(
            "reset.server",
            f"the companies are in {server}, a server of yours",
            path="DATABASE_URL",
            fix="remove that database there; without DATABASE_URL the folder's own is removed",
        )
    if not yes:
        raise CannotReset.because(
            "reset.confirm",
            f"this deletes every company in {folder}",
            fix=command_line("reset --yes", folder),
        )
    stop(data=folder)
    Cluster.at(folder).erase()
    serving.forget(folder)
    left = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    emit(
        {"reset": str(folder), "left": left},
        as_json=as_json,
        text=lambda: (
            f"{folder} is empty."
            if not left
            else f"Nothing of Acquit is left in {folder}; there is also: {', '.join(left)}"
        ),
    )


@guarded
def migrate(data: Data = None, as_json: Json = False) -> None:
    """Bring the tables of the database to this release."""
    load_connected(data_folder(data))
    from acquit.entrypoints.console.schema import migrate as run
    from acquit.entrypoints.console.schema import pending

    missing = pending()
    if missing:
        run()
    emit({"migrations": missing}, as_json=as_json, text=lambda: f"{missing} migrations run.")


@guarded
def backup(
    target: Annotated[Path, typer.Argument(help="New folder for the backup.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Copy the whole embedded database, consistently, while it runs."""
    from acquit.supervisor import backup as take

    made = take(data=data_folder(data), target=target.resolve(), progress=say)
    emit(
        {"backup": str(target), "taken_at": str(made.taken_at)},
        as_json=as_json,
        text=lambda: f"Backup in {target}.",
    )


@guarded
def restore(
    source: Annotated[Path, typer.Argument(help="Folder of a backup.", exists=True)],
    until: Annotated[
        datetime | None, typer.Option(help="Restore to this instant (UTC), with --wal.")
    ] = None,
    wal: Annotated[Path | None, typer.Option(help="Archived WAL to replay.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Restore a backup into an empty data folder and check its pages."""
    from acquit.supervisor import restore as bring_back

    folder = data_folder(data)
    instant = until.replace(tzinfo=UTC) if until else None
    bring_back(backup=source.resolve(), data=folder, until=instant, wal=wal, progress=say)
    emit(
        {"restored": str(folder)},
        as_json=as_json,
        text=lambda: f"Restored and checked. Start it with: {command_line('up', folder)}",
    )


@guarded
def config(data: Data = None, as_json: Json = False) -> None:
    """The settings in force, secrets masked."""
    secret = ("SECRET", "PASSWORD")
    values = {
        name: "********" if any(word in name for word in secret) else value
        for name, value in sorted(os.environ.items())
        if name.startswith("ACQUIT_")
    }
    values["data"] = str(data_folder(data))
    values["database"] = "DATABASE_URL" if "DATABASE_URL" in os.environ else "embedded"
    emit(values, as_json=as_json, text=lambda: "\n".join(f"{k} = {v}" for k, v in values.items()))
