"""Which process holds the database's lock as the parent of its server."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from acquit.supervisor.layout import Layout
from acquit.supervisor.postgres import postmaster
from acquit.supervisor.processes import Lock, Seen, read_json, write_json

KEEPER = "keeper"  # a process of its own, ended by `acquit down`
GUEST = "guest"  # a command that needs the database only while it works on it


@dataclass(frozen=True, slots=True)
class Holder:
    process: Seen
    kind: str


def sign(*, layout: Layout, kind: str) -> None:
    """Write down that this process is the server's parent; call it with the lock held."""
    me = Seen.myself()
    value = {"pid": me.pid, "mark": me.mark, "kind": kind}
    write_json(path=layout.keeper, value=value)


def holder(*, layout: Layout) -> Holder | None:
    """The live parent of the server; None when there is none, whatever the file says."""
    facts = read_json(path=layout.keeper)
    if facts is None:
        return None
    seen = Seen(pid=int(facts["pid"]), mark=str(facts["mark"]))
    return Holder(process=seen, kind=str(facts["kind"])) if seen.alive() else None


def stop_orphan(*, layout: Layout) -> bool:
    """Ask a server whose parent was killed to stop; True when there was one.

    On Linux the kernel has asked it already; elsewhere nobody else would.
    """
    if holder(layout=layout) is not None or not Lock(path=layout.lock).held_elsewhere():
        return False
    server = postmaster(cluster=layout.cluster)
    return server is not None and server.signal(signal.SIGINT)
