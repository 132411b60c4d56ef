"""Tryton from PyPI in an environment of its own, on the same PostgreSQL server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.peers.install import PEERS, install
from benchmarks.place import Failed, Place, run_json

FOLDER = PEERS / "tryton"
LIMIT = 240.0  # seconds for setting up, and for all invoices
PACKAGES = (
    "trytond==8.0.12",
    "trytond-account==8.0.4",
    "trytond-account-invoice==8.0.2",
    "proteus==8.0.*",
    "psycopg[binary,pool]",
)


def prepare(place: Place, database: str) -> dict[str, str]:
    """An initialised Tryton database; the environment that finds it."""
    python = install("tryton", PACKAGES)
    place.drop(database)
    place.ask(f'CREATE DATABASE "{database}"')
    secret = FOLDER / "password"
    secret.write_text("bench-bench\n")
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "DATABASE_URL")}
    env |= place.libpq()
    env |= {"TRYTOND_DATABASE_URI": "postgresql://", "TRYTONPASSFILE": str(secret)}
    configuration = FOLDER / "trytond.conf"
    configuration.write_text("[database]\nuri = postgresql://\n")
    env["TRYTOND_CONFIG"] = str(configuration)
    command = [str(python.with_name("trytond-admin")), "-c", str(configuration), "-d", database]
    command += ["-u", "account_invoice", "--activate-dependencies", "--email", "x@bench.example"]
    try:
        done = subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"trytond-admin did not finish within {LIMIT} s") from error
    if done.returncode:
        raise Failed("\n".join(done.stderr.strip().splitlines()[-8:]))
    return env


def invoices(
    env: dict[str, str], database: str, *, batch: int, batches: int, singles: int
) -> dict[str, Any]:
    values = {"database": database, "batch": batch, "batches": batches, "singles": singles}
    driver = str(Path(__file__).with_name("tryton_driver.py"))
    return run_json(
        [str(FOLDER / "bin" / "python"), driver, json.dumps(values)], env=env, seconds=LIMIT
    )
