"""Run the whole test suite on one throw-away embedded server, or on DATABASE_URL."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack

from acquit.supervisor import temporary_cluster


def main() -> int:
    with ExitStack() as stack:
        environment = dict(os.environ)
        if "DATABASE_URL" not in environment:
            cluster = stack.enter_context(temporary_cluster(fsync=False))
            environment["DATABASE_URL"] = cluster.url()
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", *sys.argv[1:]]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
