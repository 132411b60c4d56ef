"""Odoo with OCA's bank reconciliation on the same PostgreSQL server: a case of cash application.

Odoo comes from Debian's archive, its addon and the libraries from PyPI, all at pinned versions,
into ``.tools/peers/odoo``. What it cleared by itself is scored by our scorer against the truth.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.cash.files import Answer, Right
from benchmarks.cash.score import score
from benchmarks.cash.world import Case
from benchmarks.peers.install import PEERS, Unreachable, install
from benchmarks.place import Place, run_json

FOLDER = PEERS / "odoo"
DEBIAN = "19.0.0+dfsg-1"
ADDONS = (
    "odoo-addon-account-reconcile-oca==19.0.1.1.1",
    "odoo-addon-account-statement-base==19.0.1.0.1",
)
LIMIT = 900.0  # seconds for making the books, and for all lines
BATCH = 1_000  # lines created in one call
PACKAGES = tuple(
    """
    asn1crypto==1.5.1 Babel==2.17.0 cbor2==5.7.0 chardet==5.2.0 cryptography==42.0.8
    python-dateutil==2.9.0.post0 docutils==0.21.2 freezegun==1.5.1 geoip2==4.8.1 gevent==24.2.1
    greenlet==3.1.1 idna==3.10 Jinja2==3.1.4 libsass==0.23.0 lxml==5.3.0 lxml-html-clean==0.4.1
    MarkupSafe==2.1.5 num2words==0.5.13 ofxparse==0.21 openpyxl==3.1.5 passlib==1.7.4 Pillow==10.4.0
    polib==1.2.0 psutil==5.9.8 psycopg2-binary==2.9.10 pyOpenSSL==24.1.0 PyPDF2==2.12.1 pytz==2025.2
    pyserial==3.5 python-stdnum==1.19 pyusb==1.2.1 qrcode==7.4.2 reportlab==4.1.0 requests==2.32.3
    rjsmin==1.2.2 setuptools==75.8.0 urllib3==2.2.3 vobject==0.9.8 Werkzeug==3.0.6 xlrd==2.0.1
    XlsxWriter==3.1.9 xlwt==1.3.0 zeep==4.2.1
    """.split()
)
_APT = """\
Dir::State "{folder}";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}";
Dir::Etc::sourcelist "{folder}/sid.list";
Dir::Etc::sourceparts "/dev/null";
APT::Sandbox::User "{user}";
Acquire::Languages "none";
"""
_SOURCE = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {address} sid main\n"
_MIRROR = "http://deb.debian.org/debian"


def prepare() -> None:
    """Odoo as it will be run; fetched at first use."""
    install("odoo", PACKAGES, alone=ADDONS)
    if (FOLDER / "debian" / ".done").exists():
        return
    unpacked = FOLDER / "debian"
    with tempfile.TemporaryDirectory(prefix="acquit-apt-") as name:
        apt = Path(name)
        (apt / "status").touch()
        (apt / "lists" / "partial").mkdir(parents=True)
        (apt / "archives" / "partial").mkdir(parents=True)
        (apt / "sid.list").write_text(_SOURCE.format(address=_MIRROR))
        user = "root" if os.geteuid() == 0 else ""
        (apt / "apt.conf").write_text(_APT.format(folder=apt, user=user))
        env = os.environ | {"APT_CONFIG": str(apt / "apt.conf")}
        _step(["apt-get", "--quiet", "update"], apt, env)
        _step(["apt-get", "--quiet", "download", f"odoo-19={DEBIAN}"], apt, env)
        (package,) = apt.glob("odoo-19_*.deb")
        _step(["dpkg-deb", "--extract", str(package), str(unpacked)], apt, env)
    (unpacked / ".done").touch()


def _step(command: list[str], folder: Path, env: dict[str, str]) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreachable(str(error)) from error
    if done.returncode:
        raise Unreachable((done.stderr.strip().splitlines() or [command[0]])[-1])


def load(place: Place, database: str, case: Case, folder: Path) -> dict[str, Any]:
    """A new database with the books of the case; ``folder`` keeps the case for ``match``."""
    (folder / "case.json").write_text(json.dumps(_plain(case)))
    place.drop(database)
    place.ask(f"CREATE DATABASE \"{database}\" TEMPLATE template0 ENCODING 'UTF8'")
    return _driver(place, folder, database, step="load")


def match(
    place: Place, database: str, case: Case, folder: Path, *, is_partner_given: bool
) -> dict[str, Any]:
    """Every line created and what the addon clears cleared; with the figures of our scorer."""
    values = {"step": "match", "batch": BATCH, "is_partner_given": is_partner_given}
    taken = _driver(place, folder, database, **values)
    score = scored(case, taken.pop("cleared"))
    return {**taken, "scenarios": score.pop("scenarios"), "score": score}


def scored(case: Case, cleared: dict[str, dict[str, int]]) -> dict[str, Any]:
    """``cleared``: for each line the items it paid, by their numbers, in minor units."""
    ids = {item.number: item.id for item in case.items}
    answers = {
        line: [Answer(1, 1.0, 0, "post", {ids[number]: paid for number, paid in items.items()}, "")]
        for line, items in cleared.items()
    }
    truth = {one.line: Right(one.scenario, one.items, one.reason) for one in case.truth}
    lines = [(line.id, line.amount) for line in case.lines]
    return score(lines=lines, truth=truth, answers=answers)


def _driver(place: Place, folder: Path, database: str, **values: Any) -> dict[str, Any]:
    (site,) = FOLDER.glob("lib/python3.*/site-packages")
    root = FOLDER / "debian" / "usr" / "lib" / "python3" / "dist-packages"
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "DATABASE_URL")}
    env |= place.libpq() | {"PYTHONPATH": str(root)}
    given = {
        "database": database,
        "addons": f"{root}/odoo/addons,{site}/odoo/addons",
        "data": str(folder),
        "case": str(folder / "case.json"),
        **values,
    }
    driver = str(Path(__file__).with_name("odoo_driver.py"))
    # -P: this folder's odoo is not theirs.
    command = [str(FOLDER / "bin" / "python"), "-P", driver, json.dumps(given)]
    return run_json(command, env=env, seconds=LIMIT)


def _plain(case: Case) -> dict[str, Any]:
    """What the peer may know of a case: all but the truth, the paid items and the advices."""
    return {
        "customers": [
            {"id": one.id, "name": one.name, "ibans": one.known_ibans} for one in case.customers
        ],
        "items": [
            {
                "id": one.id,
                "customer": one.customer,
                "number": one.number,
                "amount": one.open,
                "currency": one.currency,
                "issued": str(one.issued),
                "due": str(one.due),
                "references": one.references,
            }
            for one in case.items
        ],
        "rates": [(str(day), code, rate / 1_000_000) for (day, code), rate in case.rates.items()],
        "lines": [
            {
                "id": one.id,
                "date": str(one.date),
                "amount": one.amount,
                "currency": one.currency,
                "name": one.payer_name,
                "iban": one.payer_iban,
                # The addon looks for the one text it has within the numbers of documents: the
                # payer's own id of the payment, where there is one, is the likelier to be found.
                "text": one.end_to_end_id or one.text,
            }
            for one in case.lines
        ],
    }
