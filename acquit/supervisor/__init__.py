"""Processes of one installation: the embedded PostgreSQL, the tree of ``acquit up``, backups.

Imports ``acquit.core`` only; no Django. What others use:

The database of a data folder::

    cluster = Cluster.at(data_dir)
    url = cluster.ensure_running(progress=print)   # starts it in the background unless it runs
    cluster.url()              # postgresql://acquit@/acquit?host=/path/to/socket&port=5432
    cluster.django_settings()  # {"ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT"}
    cluster.is_running()       # a real connection was made
    cluster.stop()             # the explicit end; clients never call it
    cluster.set_archiving(on=False)

The role ``acquit`` owns the database, may create databases and roles, and is no superuser.
Only the user of the data folder and root can connect (peer authentication, no password).

A throw-away database for tests (half a second, also as root, gone with the process)::

    with temporary_cluster(fsync=False) as cluster:
        psycopg.connect(cluster.url())

The processes of ``acquit up``::

    Supervisor(
        data=data_dir,
        children=[
            database_child(cluster=cluster),
            Child(name="migrate", command=(...), restart=Restart.ONCE),
            Child(name="web", command=(...), env={...}, ready=answers_http),
            Child(name="worker", command=(...)),
        ],
        address="http://127.0.0.1:8000",
        every_15_seconds=reap,        # the reaper of stalled jobs; None for none
        progress=print,
    ).run()                           # returns after Ctrl-C or SIGTERM, everything stopped

    Child(name="web", early=True, ...)  # `with Supervisor(...)` lets it load before `run`;
    wait_for_go()                       # in its program, before it does what others can see

    start_detached(data=..., command=[...that calls run()...], env={}, progress=print)
    read_status(data=...)             # Status | None, for `acquit status`
    down(data=...)                    # False when nothing ran

Backups and health::

    backup(data=..., target=...)                               -> Backup
    restore(backup=..., data=..., until=None, wal=None)        -> Restored (stopped, checked)
    examine(data=..., worker_seen_at=..., now=...)             -> list[Check]
    examine_server(url=..., embedded=False)                    -> list[Check]

Every refusal is a subclass of ``acquit.core.faults.Refused`` that names place and fix:
``CannotRunDatabase``, ``CannotUseData``, ``CannotUseAccount``, ``AlreadyRunning``,
``CannotStart``, ``CannotStop``, ``CannotBackUp``, ``CannotReadBackup``, ``CannotRestore``.

Start processes from the main thread only: the kernel ends them with the thread that started them.
In a container run ``acquit up`` under an init (``docker run --init``): as process 1 it would have
to collect the orphans of everything else.
"""

from acquit.supervisor.accounts import CannotUseAccount
from acquit.supervisor.backup import (
    Backup,
    CannotBackUp,
    CannotReadBackup,
    backup,
    last_backup_at,
    read_backup,
)
from acquit.supervisor.binaries import CannotRunDatabase
from acquit.supervisor.child import Child, Restart, wait_for_go
from acquit.supervisor.cluster import Cluster, temporary_cluster
from acquit.supervisor.doctor import Check, examine, examine_server
from acquit.supervisor.layout import CannotUseData
from acquit.supervisor.processes import heard
from acquit.supervisor.restore import CannotRestore, Restored, restore
from acquit.supervisor.state import ChildState, ChildStatus, Status, read_status
from acquit.supervisor.tree import (
    AlreadyRunning,
    CannotStart,
    CannotStop,
    Supervisor,
    database_child,
    down,
    refuse_running,
    start_detached,
)

__all__ = [
    "AlreadyRunning",
    "Backup",
    "CannotBackUp",
    "CannotReadBackup",
    "CannotRestore",
    "CannotRunDatabase",
    "CannotStart",
    "CannotStop",
    "CannotUseAccount",
    "CannotUseData",
    "Check",
    "Child",
    "ChildState",
    "ChildStatus",
    "Cluster",
    "Restart",
    "Restored",
    "Status",
    "Supervisor",
    "backup",
    "database_child",
    "down",
    "examine",
    "examine_server",
    "heard",
    "last_backup_at",
    "read_backup",
    "read_status",
    "refuse_running",
    "restore",
    "start_detached",
    "temporary_cluster",
    "wait_for_go",
]
