"""Where everything of one data folder is, decided once and written down in ``database.json``.

``data``  the folder the user chose: state, logs, documents
``home``  what belongs to the database: ``<data>/postgres``; when root runs the server as another
          user who cannot reach the data folder, ``/var/lib/acquit/<hash of the data folder>``

Inside ``home``: ``cluster`` (PGDATA), ``conf`` (our configuration), ``run`` (the socket, in its
own folder so that a copy of the cluster never carries it), ``lock``, ``keeper.json``.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from acquit.core.faults import Refused
from acquit.supervisor.accounts import (
    Account,
    account_for_new_cluster,
    account_of,
    can_enter,
)
from acquit.supervisor.binaries import SYSTEM_FOLDER, CannotRunDatabase
from acquit.supervisor.processes import make_folder, read_json, write_json

PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
SOCKET_PATH_MAX = 103  # sun_path holds 108 bytes on Linux, 104 on macOS, with the closing zero.
FORMAT = 1


class CannotUseData(Refused):
    """The data folder belongs to somebody else, or is not a data folder."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of one data folder. ``durable`` False only for throw-away test clusters;
    ``archiving`` None until somebody decided (off, switched on by the first backup)."""

    data: Path
    home: Path
    account: Account
    durable: bool
    archiving: bool | None

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def conf(self) -> Path:
        return self.home / "conf"

    @property
    def configuration(self) -> Path:
        return self.conf / "postgresql.conf"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def keeper(self) -> Path:
        return self.home / "keeper.json"

    @property
    def wal(self) -> Path:
        """The archive of write-ahead log; ``<data>/wal`` is it, or a link to it."""
        return self.data / "wal" if self.is_inside else self.home / "wal"

    @property
    def is_inside(self) -> bool:
        return self.home.parent == self.data

    @property
    def log(self) -> Path:
        return self.data / "logs" / "postgres.log"

    @property
    def run(self) -> Path:
        """The folder of the socket: inside ``home``, or a short path when that is too long."""
        near = self.home / "run"
        if len(os.fsencode(near / SOCKET_NAME)) <= SOCKET_PATH_MAX:
            return near
        name = f"acquit-{self.account.uid}-{short_hash(path=self.home)}"
        return Path(tempfile.gettempdir()) / name

    def write(self) -> None:
        """Store a changed decision (``replace(layout, archiving=True).write()``)."""
        write_json(path=record_of(data=self.data), value=_as_record(self), mode=0o644)


def short_hash(*, path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def record_of(*, data: Path) -> Path:
    return data / "database.json"


def read_layout(*, data: Path) -> Layout | None:
    """The layout of an existing data folder; None when no database was ever set up in it."""
    try:
        record = read_json(path=record_of(data=data))
    except PermissionError:
        raise CannotUseData.because(
            "data.not_yours",
            f"{data} may not be read by this user",
            path=str(data),
            fix="run as its owner or as root, or choose another folder with --data",
        ) from None
    if record is None:
        return None
    if record.get("format") != FORMAT:
        raise CannotUseData.because(
            "data.format",
            f"{record_of(data=data)} has format {record.get('format')}, this version reads "
            f"{FORMAT}",
            path=str(data),
            fix="use the version of Acquit that wrote it, or a newer one",
        )
    account = account_of(uid=int(record["server_uid"]))
    if not account.is_me and os.geteuid() != 0:
        raise CannotUseData.because(
            "data.not_yours",
            f"the database in {data} belongs to the user {account.name}",
            path=str(data),
            fix=f"run as {account.name} or as root, or choose another folder with --data",
        )
    archiving = record.get("archiving")
    return Layout(
        data=data,
        home=Path(str(record["home"])),
        account=account,
        durable=bool(record["durable"]),
        archiving=None if archiving is None else bool(archiving),
    )


def create_layout(*, data: Path, durable: bool) -> Layout:
    """Make the folders of a new data folder, or return the layout another start just made.

    Folders that exist keep their modes.
    """
    existing = read_layout(data=data)
    if existing is not None:
        return existing
    account = account_for_new_cluster()
    make_data_folder(data=data)
    inside = account.is_me or can_enter(account=account, folder=data)
    home = data / "postgres" if inside else SYSTEM_FOLDER / short_hash(path=data)
    layout = Layout(data=data, home=home, account=account, durable=durable, archiving=None)
    make_folder(path=home, mode=0o700 if account.is_me else 0o711)
    # The first of several starts writes the record; the others read what it decided.
    part = data / f".database.json.{os.getpid()}.new"
    write_json(path=part, value=_as_record(layout), mode=0o644)
    try:
        os.link(part, record_of(data=data))
    except FileExistsError:
        pass
    finally:
        part.unlink()
    decided = read_layout(data=data)
    assert decided is not None, "the record was just written"
    return decided


def make_data_folder(*, data: Path) -> None:
    """Create the data folder if it is missing; refuses one this user cannot use.

    Root makes it so that the server's user may pass it but not list it; an existing folder
    keeps its mode.
    """
    problem = ""
    try:
        make_folder(path=data, mode=0o700 if os.geteuid() else 0o711)
    except OSError as error:
        problem = str(error.strerror)
    if not problem and not (data.is_dir() and os.access(data, os.W_OK | os.X_OK)):
        problem = "not a folder this user may write"
    if problem:
        raise CannotUseData.because(
            "data.not_writable",
            f"{data}: {problem}",
            path=str(data),
            fix="choose a folder of yours with --data or ACQUIT_DATA",
        )


def _as_record(layout: Layout) -> dict[str, object]:
    return {
        "format": FORMAT,
        "home": str(layout.home),
        "server_uid": layout.account.uid,
        "durable": layout.durable,
        "archiving": layout.archiving,
    }


def with_archiving(layout: Layout, *, on: bool) -> Layout:
    changed = replace(layout, archiving=on)
    changed.write()
    return changed


def prepare_folders(*, layout: Layout) -> None:
    """Folders the server needs at each start; checks that the socket's folder is really ours."""
    owner = layout.account
    make_folder(path=layout.conf, mode=0o755)
    make_folder(path=layout.run, mode=0o700, uid=owner.uid, gid=owner.gid)
    facts = layout.run.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != owner.uid or facts.st_mode & 0o077:
        raise CannotRunDatabase.because(
            "database.socket.folder",
            f"{layout.run} is not a folder of {owner.name} alone",
            fix="remove it if nobody uses it, or choose a shorter data folder",
        )
    make_folder(path=layout.wal, mode=0o700, uid=owner.uid, gid=owner.gid)
    link = layout.data / "wal"
    if not layout.is_inside and not link.is_symlink() and not link.exists():
        link.symlink_to(layout.wal)
