"""The configuration files of the embedded server, written by us at each start.

Authentication is ``peer``: the kernel tells the server which user is at the other end of the
socket, and a map says who of them may be what. So there is no secret to store, to leak into a
log or a process list, or to forget in a backup; it works for an ordinary user (who is the
server's own user) and for root talking to the server of another user. The socket's folder is
closed to everybody else anyway.
"""

from __future__ import annotations

import pwd
import shlex
import shutil
from pathlib import Path

import psutil

from acquit.supervisor.layout import PORT, Layout
from acquit.supervisor.processes import write_text

ADMIN = "acquit_admin"
ROLE = "acquit"
DATABASE = "acquit"
MAP = "acquit"
ARCHIVE_TIMEOUT_SECONDS = 60
SHARED_MEMORY_NEEDED_BYTES = 256 * 1024 * 1024

LOCAL_LINES = "# Settings of yours for this server; read last, so they win.\n"

# Called as: archive.sh PATH NAME FOLDER. A segment may be offered again after a crash: the same
# content is a success, other content under a known name must never replace it.
ARCHIVE_SCRIPT = """#!/bin/sh
set -eu
from="$1"; to="$3/$2"
if command -v gzip >/dev/null; then to="$to.gz"; fi
pack() { case "$to" in *.gz) gzip -1 -n -c "$from";; *) cat "$from";; esac; }
if [ -f "$to" ]; then pack | cmp -s - "$to"; exit; fi
pack > "$to.part"
sync "$to.part" 2>/dev/null || sync
mv "$to.part" "$to"
sync "$3" 2>/dev/null || sync
"""

# Called as: restore.sh NAME PATH FOLDER; fails when the archive does not hold the segment.
RESTORE_SCRIPT = """#!/bin/sh
set -eu
if [ -f "$3/$1.gz" ]; then gzip -d -c "$3/$1.gz" > "$2"; else cp "$3/$1" "$2"; fi
"""


def quoted(value: str | Path) -> str:
    """A value in the syntax of postgresql.conf."""
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def shared_buffers_megabytes(*, memory_bytes: int) -> int:
    """An eighth of the memory, between 128 MB and 512 MB.

    >>> shared_buffers_megabytes(memory_bytes=2 * 1024**3)
    256
    """
    return max(128, min(512, memory_bytes // 8 // 1024 // 1024))


def write_configuration(*, layout: Layout, recovery: str = "") -> None:
    """Write all files; ``recovery`` is added as it is (restore to a point in time)."""
    files = {
        "postgresql.conf": server_lines(layout=layout) + recovery,
        "pg_hba.conf": hba_lines(),
        "pg_ident.conf": ident_lines(layout=layout),
        "archive.sh": ARCHIVE_SCRIPT,
        "restore.sh": RESTORE_SCRIPT,
    }
    for name, text in files.items():
        part = layout.conf / f".{name}.new"
        write_text(path=part, text=text, mode=0o644)
        part.replace(layout.conf / name)
    own = layout.conf / "local.conf"
    if not own.exists():
        write_text(path=own, text=LOCAL_LINES, mode=0o644)


def hba_lines() -> str:
    return f"local all all peer map={MAP}\nlocal replication all peer map={MAP}\n"


def ident_lines(*, layout: Layout) -> str:
    """root, the server's user and the owner of the data folder may be every role."""
    names = set()
    for uid in (0, layout.account.uid, layout.data.stat().st_uid):
        try:
            names.add(pwd.getpwuid(uid).pw_name)
        except KeyError:
            continue
    return "".join(f'{MAP} "{name}" all\n' for name in sorted(names))


def server_lines(*, layout: Layout) -> str:
    memory = psutil.virtual_memory().total
    lines = {
        "data_directory": quoted(layout.cluster),
        "hba_file": quoted(layout.conf / "pg_hba.conf"),
        "ident_file": quoted(layout.conf / "pg_ident.conf"),
        "listen_addresses": "''",
        "port": str(PORT),
        "unix_socket_directories": quoted(layout.run),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{shared_buffers_megabytes(memory_bytes=memory)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "effective_cache_size": f"{max(256, memory // 2 // 1024 // 1024)}MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "datestyle": "'ISO, YMD'",
        "default_text_search_config": "'pg_catalog.simple'",
        "lc_messages": "'C'",
        # What a role creates, it may also act as: the portal and API roles of the migrations.
        "createrole_self_grant": "'set, inherit'",
        "log_destination": "'stderr'",
        "logging_collector": "off",
        "log_line_prefix": "'%m [%p] '",
        "log_statement": "'none'",
        "log_min_duration_statement": "-1",
        # The text of a failed statement holds customers' data; it does not belong in a log.
        "log_min_error_statement": "panic",
        "log_parameter_max_length": "0",
        "log_startup_progress_interval": "'2s'",
        **_shared_memory(),
        **(_durable(layout=layout) if layout.durable else _throw_away()),
    }
    text = "".join(f"{name} = {value}\n" for name, value in lines.items())
    own = layout.conf / "local.conf"
    return (
        "# Written by Acquit at each start. Settings of yours belong in local.conf beside it.\n"
        f"{text}include_if_exists = {quoted(own)}\n"
    )


def _shared_memory() -> dict[str, str]:
    """Containers often have 64 MB of /dev/shm, too little for a parallel query; use files then."""
    try:
        free = shutil.disk_usage("/dev/shm").total
    except OSError:
        return {}
    kind = "posix" if free >= SHARED_MEMORY_NEEDED_BYTES else "mmap"
    return {"dynamic_shared_memory_type": kind}


def _durable(*, layout: Layout) -> dict[str, str]:
    archive = "exit 0"
    if layout.archiving:
        script, folder = (shlex.quote(str(p)) for p in (layout.conf / "archive.sh", layout.wal))
        doubled = (text.replace("%", "%%") for text in (script, folder))
        archive = "/bin/sh {} '%p' '%f' {}".format(*doubled)
    return {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_level": "replica",
        "max_wal_senders": "4",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "'15min'",
        # The mode needs a restart, the command only a reload: the mode stays on.
        "archive_mode": "on",
        "archive_command": quoted(archive),
        "archive_timeout": str(ARCHIVE_TIMEOUT_SECONDS if layout.archiving else 0),
    }


def _throw_away() -> dict[str, str]:
    """For tests only: nothing is flushed, a crash of the computer loses the cluster."""
    return {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "2GB",
        "shared_buffers": "64MB",
        "io_method": "sync",
    }
