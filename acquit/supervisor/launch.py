"""Turn this small process into the wanted program: other user, own session, bound to its parent.

Stand-alone on purpose: it is run by path with ``python -I -S`` and imports only the standard
library, so that it starts in a few milliseconds. Doing this work in a fresh process rather than
between fork and exec of the supervisor keeps it safe when the supervisor has threads.

    python -I -S launch.py [--user UID:GID] [--parent PID --death-signal N] [--detach] -- PROGRAM...

``--parent PID --death-signal N``: on Linux the kernel sends signal N when process PID dies, even
by ``kill -9``. ``--detach`` forks into a new session, prints the new process id and returns.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def drop_to(user: str) -> None:
    """Become ``UID:GID`` for good, without any supplementary group of the caller."""
    uid, gid = (int(part) for part in user.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with(parent: int, death_signal: int) -> None:
    """Ask the kernel for ``death_signal`` when the parent dies; leave at once if it already did.

    Must come after the change of user: the kernel forgets the request when credentials change.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
            sys.exit(f"launch: prctl failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("launch: the parent died before the program could start")


def detach() -> None:
    """Leave the caller's session and become a child of init; the caller's process ends here."""
    child = os.fork()
    if child:
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os._exit(0)
    os.setsid()
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    # Standard error was opened on a log file by the caller; standard output was his pipe.
    os.dup2(2, 1)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", default="")
    parser.add_argument("--parent", type=int, default=0)
    parser.add_argument("--death-signal", type=int, default=15)
    parser.add_argument("--detach", action="store_true")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args(arguments)
    if options.detach:
        detach()
    if options.user:
        drop_to(options.user)
    if options.parent:
        die_with(options.parent, options.death_signal)
    try:
        os.execv(options.program[0], options.program)
    except OSError as problem:
        sys.exit(f"launch: cannot run {options.program[0]}: {problem.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
