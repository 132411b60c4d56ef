"""The keeper: the process whose only work is to keep the database server of a data folder running.

    python -m acquit.supervisor.keeper --data DIR [--standby]

It is the parent of the server, starts it again when it dies, and stops it on SIGTERM or SIGINT.
Web, worker and commands are clients: none of them is the server's parent, none can stop it.
With ``--standby`` it waits while another keeper has the database, and takes over when that ends.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from acquit.core.faults import Refused
from acquit.supervisor.holder import KEEPER, holder, sign, stop_orphan
from acquit.supervisor.layout import Layout, create_layout, read_layout
from acquit.supervisor.postgres import Server, StartGivenUp
from acquit.supervisor.processes import Lock, Signals, shorten_log

BACK_OFF_SECONDS = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
HEALTHY_AFTER_SECONDS = 60.0
FAILED_STARTS_MAX = 6
LOG_CHECK_SECONDS = 60.0
STOP = frozenset({signal.SIGTERM, signal.SIGINT})


def say(text: str) -> None:
    """One line in the keeper's log."""
    sys.stderr.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}\n")
    sys.stderr.flush()


def keep(*, layout: Layout, standby: bool) -> int:
    """Run the server until told to stop. Exit code 0 stopped or not needed, 1 cannot start."""
    lock = Lock(path=layout.lock)
    with Signals(wanted=[*STOP, signal.SIGHUP]) as signals:
        while not lock.take():
            if stop_orphan(layout=layout):
                say("a server without its keeper was still running; it stops first")
            elif not standby and holder(layout=layout) is not None:
                say("another keeper has the database")
                return 0
            signals.wait(seconds=0.5)
            if signals.ever() & STOP:
                return 0
        sign(layout=layout, kind=KEEPER)
        try:
            return _keep_running(layout=layout, lock=lock, signals=signals)
        finally:
            layout.keeper.unlink(missing_ok=True)
            lock.free()


def _keep_running(*, layout: Layout, lock: Lock, signals: Signals) -> int:
    failures, failed_starts, was_ready = 0, 0, False
    while True:
        fresh = read_layout(data=layout.data) or layout
        server = Server(
            layout=fresh,
            lock=lock,
            progress=say,
            give_up=lambda: bool(signals.ever() & STOP),
        )
        started_at = time.monotonic()
        try:
            server.start()
            say(f"ready, process {server.process.pid if server.process else 0}")
            was_ready, failed_starts = True, 0
            stopped = _watch(server=server, signals=signals)
        except Refused as refusal:
            say(str(refusal))
            server.stop()
            # A server that never came up will not come up by itself: report it to the caller.
            failed_starts += 1
            if not was_ready or failed_starts == FAILED_STARTS_MAX:
                return 1
            stopped = False
        except StartGivenUp:
            server.stop()
            stopped = True
        except BaseException:
            server.stop()
            raise
        if stopped or signals.ever() & STOP:
            say("stopped")
            return 0
        if time.monotonic() - started_at > HEALTHY_AFTER_SECONDS:
            failures = 0
        pause = BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)]
        failures += 1
        say(f"the server ended unexpectedly; starting it again in {pause} s")
        if _pause(signals=signals, seconds=pause):
            return 0


def _watch(*, server: Server, signals: Signals) -> bool:
    """Until the server ends by itself (False) or somebody wants it stopped (True)."""
    while server.alive():
        came = signals.wait(seconds=LOG_CHECK_SECONDS)
        if signals.ever() & STOP:
            say("stopping")
            server.stop()
            return True
        if signal.SIGHUP in came:
            server.layout = read_layout(data=server.layout.data) or server.layout
            server.reload()
        shorten_log(path=server.layout.log)
    return False


def _pause(*, signals: Signals, seconds: float) -> bool:
    """Wait; True when told to stop meanwhile."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        signals.wait(seconds=left)
        if signals.ever() & STOP:
            return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m acquit.supervisor.keeper")
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--standby", action="store_true")
    options = parser.parse_args()
    try:
        layout = create_layout(data=options.data.resolve(), durable=True)
        sys.exit(keep(layout=layout, standby=options.standby))
    except Refused as refusal:
        say(str(refusal))
        sys.exit(1)


if __name__ == "__main__":
    main()
