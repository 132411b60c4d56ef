"""The process tree: order, coming back, stopping, and no orphan whatever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from acquit.supervisor import (
    AlreadyRunning,
    CannotStart,
    ChildState,
    Cluster,
    Status,
    Supervisor,
    down,
    read_status,
    start_detached,
)
from acquit.supervisor.processes import Seen

from .conftest import PYTHONPATH, Person

# A child that writes what happens to it, and has a child of its own as a web server has.
CHILD = """
import signal, subprocess, sys, time
name, diary, stubborn = sys.argv[1], sys.argv[2], sys.argv[3:] == ["stubborn"]
def write(word):
    with open(diary, "a") as file: file.write(f"{name} {word}\\n")
def end(*_):
    write("told")
    if stubborn: return
    write("ended"); grandchild.kill(); sys.exit(0)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100) # " + diary])
signal.signal(signal.SIGTERM, end)
write("started")
while True: time.sleep(1)
"""

# Stands for `acquit up`: DATA DIARY [database|stubborn]...
UP = """
import sys
from pathlib import Path
import acquit.supervisor.tree as tree
from acquit.supervisor import *
tree.HOOK_SECONDS = 0.2
data, diary, options, code = Path(sys.argv[1]), sys.argv[2], sys.argv[3:-1], sys.argv[-1]
def python(name, code, *more, **rest):
    return Child(name=name, command=(sys.executable, "-c", code, name, diary, *more), **rest)
def hook():
    with open(diary, "a") as file: file.write("hook\\n")
    raise ValueError("the hook fails, nothing else does")
once = "import sys; open(sys.argv[2], 'a').write('migrate done\\\\n')"
stubborn = ["stubborn"] if "stubborn" in options else []
children = [database_child(cluster=Cluster.at(data))] if "database" in options else []
children += [
    python("migrate", once, restart=Restart.ONCE),
    python("web", code, ready=lambda: "web started" in Path(diary).read_text()),
    python("worker", code, *stubborn, stop_seconds=1.0,
           ready=lambda: "worker started" in Path(diary).read_text()),
]
Supervisor(data=data, children=children, address="http://127.0.0.1:8000",
           every_15_seconds=hook, progress=print).run()
print("the end")
"""


def until(true: Callable[[], object], *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def alive_with(text: str) -> list[int]:
    """Processes with this text in their command line: children and grandchildren of a test."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        arguments = process.info["cmdline"] or []
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(text in a for a in arguments):
            found.append(process.pid)
    return found


def ready(data: Path) -> Status:
    def found() -> bool:
        status = read_status(data=data)
        return status is not None and status.running and status.ready

    until(found)
    status = read_status(data=data)
    assert status is not None
    return status


@pytest.fixture
def diary(folder: Path) -> Path:
    path = folder / "diary"
    path.touch()
    path.chmod(0o666)
    return path


def test_ctrl_c_stops_everything_in_reverse_order(
    person: Person, folder: Path, diary: Path
) -> None:
    os.chown(folder, person.uid, person.gid)
    data = folder / "data"
    up = person.popen(UP, str(data), str(diary), "database", CHILD)
    status = ready(data)
    assert [(child.name, child.state, child.alive) for child in status.children] == [
        ("database", ChildState.RUNNING, True),
        ("migrate", ChildState.DONE, False),
        ("web", ChildState.RUNNING, True),
        ("worker", ChildState.RUNNING, True),
    ]
    assert status.address == "http://127.0.0.1:8000"
    with pytest.raises(AlreadyRunning, match=rf"process {up.pid}, at http://127.0.0.1:8000"):
        Supervisor(data=data, children=[], address="", every_15_seconds=None, progress=print).run()
    until(lambda: diary.read_text().count("hook") >= 2)
    os.kill(up.pid, signal.SIGINT)
    output, errors = up.communicate(timeout=60)
    assert up.returncode == 0, errors
    assert output.endswith("stopping worker\nstopping web\nstopping database\nthe end\n")
    assert "ValueError: the hook fails" in errors
    lines = [line for line in diary.read_text().splitlines() if line != "hook"]
    assert lines == [
        "migrate done",
        "web started",
        "worker started",
        "worker told",
        "worker ended",
        "web told",
        "web ended",
    ]
    assert not alive_with(str(diary))
    assert Cluster.at(data).server() is None
    after = read_status(data=data)
    assert after is not None
    assert not after.running
    assert {child.state for child in after.children} == {ChildState.STOPPED}


def test_killed_supervisor_leaves_no_orphan(me: Person, cluster: Cluster, diary: Path) -> None:
    up = me.popen(UP, str(cluster.data), str(diary), "database", CHILD)
    status = ready(cluster.data)
    server = cluster.server()
    assert server is not None
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    up.kill()
    up.communicate()
    until(lambda: not alive_with(str(diary)))
    assert server.gone_within(seconds=60)
    until(lambda: not any(c.alive for c in getattr(read_status(data=cluster.data), "children", [])))
    after = read_status(data=cluster.data)
    assert after is not None
    assert not after.running
    assert after.pid == status.pid
    with psycopg.connect(cluster.ensure_running()) as connection:
        assert connection.execute("TABLE kept").fetchall() == [(1,)]


def test_a_killed_child_comes_back_and_its_own_children_do_not_stay(
    me: Person, folder: Path, diary: Path
) -> None:
    data = folder / "data"
    up = me.popen(UP, str(data), str(diary), CHILD)
    before = {child.name: child.pid for child in ready(data).children}
    assert before["web"] is not None
    os.kill(before["web"], signal.SIGKILL)

    def back() -> bool:
        status = read_status(data=data)
        web = next(c for c in status.children if c.name == "web") if status else None
        return web is not None and web.restarts == 1 and web.state is ChildState.RUNNING

    until(back)
    until(lambda: diary.read_text().count("web started") == 2)
    assert diary.read_text().count("worker started") == 1
    # The supervisor, web, worker, and one child of each of the two: the killed one's is gone.
    until(lambda: len(alive_with(str(diary))) == 5)
    up.terminate()
    output, _ = up.communicate(timeout=60)
    assert "web ended with -9" in output
    assert not alive_with(str(diary))


def test_who_ignores_the_request_is_killed_with_his_children(
    me: Person, folder: Path, diary: Path
) -> None:
    up = me.popen(UP, str(folder / "data"), str(diary), "stubborn", CHILD)
    ready(folder / "data")
    begun = time.monotonic()
    up.terminate()
    up.communicate(timeout=60)
    assert time.monotonic() - begun >= 1.0
    assert "worker told\n" in diary.read_text()
    assert not alive_with(str(diary))


def test_the_killed_database_comes_back_under_the_tree(
    me: Person, cluster: Cluster, diary: Path
) -> None:
    up = me.popen(UP, str(cluster.data), str(diary), "database", CHILD)
    ready(cluster.data)
    server, keeper = cluster.server(), cluster.keeper()
    assert server is not None
    assert keeper is not None
    server.signal(signal.SIGKILL)
    until(lambda: cluster.server() not in (None, server) and cluster.is_running())
    assert cluster.keeper() == keeper
    keeper.signal(signal.SIGKILL)
    until(lambda: cluster.keeper() not in (None, keeper) and cluster.is_running())
    up.terminate()
    up.communicate(timeout=60)
    assert not cluster.is_running()


def test_the_tree_takes_over_a_database_that_was_there_before(
    me: Person, cluster: Cluster, diary: Path
) -> None:
    cluster.ensure_running()
    server, keeper = cluster.server(), cluster.keeper()
    assert keeper is not None
    up = me.popen(UP, str(cluster.data), str(diary), "database", CHILD)
    ready(cluster.data)
    assert cluster.server() == server
    keeper.signal(signal.SIGKILL)
    until(lambda: cluster.keeper() not in (None, keeper) and cluster.is_running())
    assert down(data=cluster.data)
    up.communicate(timeout=60)
    assert up.returncode == 0
    assert not cluster.is_running()
    assert not down(data=cluster.data)


def test_background_status_and_down(me: Person, folder: Path, diary: Path) -> None:
    data = folder / "data"
    command = [me.python, "-c", UP, str(data), str(diary), CHILD]
    told: list[str] = []
    status = start_detached(
        data=data, command=command, env={"PYTHONPATH": PYTHONPATH}, progress=told.append
    )
    try:
        process = psutil.Process(status.pid)
        assert process.terminal() is None
        assert process.cwd() == "/"
        assert os.getsid(status.pid) == status.pid
        assert process.ppid() != os.getpid()
        assert status.process.alive()
        with pytest.raises(AlreadyRunning):
            start_detached(data=data, command=command, env={})
    finally:
        assert down(data=data)
    assert not alive_with(str(diary))
    assert "stopping web" in (data / "logs" / "supervisor.log").read_text()


def test_a_start_that_fails_says_why_and_leaves_nothing(
    me: Person, folder: Path, diary: Path
) -> None:
    bad = "import sys; sys.exit('no such table: ' + sys.argv[1])"
    code = UP.replace('python("migrate", once', f'python("migrate", {bad!r}').replace(
        "children += [",
        "children += [python('first', code, "
        "ready=lambda: 'first started' in Path(diary).read_text()),",
    )
    with pytest.raises(CannotStart, match="no such table: migrate"):
        start_detached(
            data=folder / "data",
            command=[sys.executable, "-c", code, str(folder / "data"), str(diary), CHILD],
            env={"PYTHONPATH": PYTHONPATH},
        )
    assert not alive_with(str(diary))
    assert "first ended" in diary.read_text()
    assert "web started" not in diary.read_text()


def test_leftovers_of_a_killed_supervisor_are_cleared(
    me: Person, folder: Path, diary: Path
) -> None:
    """As on a system whose kernel does not end the children of a killed process."""
    data = folder / "data"
    up = me.popen(UP, str(data), str(diary), CHILD)
    ready(data)
    up.kill()
    up.communicate()
    until(lambda: not alive_with(str(diary)))
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(90)"])
    state = data / "state.json"
    status = read_status(data=data)
    assert status is not None
    web = next(child for child in status.children if child.name == "web")
    text = state.read_text().replace(f'"pid": {web.pid}', f'"pid": {left.pid}')
    seen = Seen.of(pid=left.pid)
    assert seen is not None
    state.write_text(text.replace(f'"mark": "{web.mark}"', f'"mark": "{seen.mark}"'))
    up = me.popen(UP, str(data), str(diary), CHILD)
    assert left.wait(timeout=60) == -signal.SIGTERM
    until(lambda: diary.read_text().count("web started") == 2)
    up.terminate()
    output, _ = up.communicate(timeout=60)
    assert f"waiting for web of an earlier start (process {left.pid})" in output


# Lets an early child write down when it loads and when it begins.
EARLY_CHILD = """
import os, sys, time
from acquit.supervisor import wait_for_go
def write(word):
    with open(sys.argv[1], "a") as file: file.write(f"{os.getpid()} {word}\\n")
write("loaded")
wait_for_go()
write("begun" + os.environ.get("ACQUIT_GO", ""))
time.sleep(100)
"""

# Prepares what an early child will find: DATA DIARY run|fail|wait CHILD.
PREPARE = """
import sys, time
from pathlib import Path
from acquit.supervisor import *
data, diary, end, code = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]
web = Child(name="web", command=(sys.executable, "-c", code, str(diary)), early=True,
            ready=lambda: "begun" in diary.read_text())
with Supervisor(data=data, children=[web], address="", every_15_seconds=None,
                progress=print) as supervisor:
    while "loaded" not in diary.read_text(): time.sleep(0.02)
    if end == "fail": raise ValueError("cannot prepare")
    if end == "wait": time.sleep(100)
    with diary.open("a") as file: file.write("prepared\\n")
    supervisor.run()
"""


def test_an_early_child_loads_before_and_begins_after_what_is_prepared(
    me: Person, folder: Path, diary: Path
) -> None:
    data = folder / "data"
    up = me.popen(PREPARE, str(data), str(diary), "run", EARLY_CHILD)
    web = ready(data).children[0].pid
    assert web is not None
    assert diary.read_text().splitlines() == [f"{web} loaded", "prepared", f"{web} begun"]
    os.kill(web, signal.SIGKILL)
    # The one that comes back waits for nobody: everything is there.
    until(lambda: diary.read_text().count("begun") == 2)
    up.terminate()
    _, errors = up.communicate(timeout=60)
    assert up.returncode == 0, errors
    assert not alive_with(str(diary))


def test_an_early_child_never_begins_where_nothing_gets_prepared(
    me: Person, folder: Path, diary: Path
) -> None:
    failed = me.popen(PREPARE, str(folder / "data"), str(diary), "fail", EARLY_CHILD)
    _, errors = failed.communicate(timeout=60)
    assert "ValueError: cannot prepare" in errors
    assert not alive_with(str(diary))
    killed = me.popen(PREPARE, str(folder / "data"), str(diary), "wait", EARLY_CHILD)
    until(lambda: diary.read_text().count("loaded") == 2)
    killed.kill()
    killed.communicate()
    until(lambda: not alive_with(str(diary)))
    assert "begun" not in diary.read_text()
