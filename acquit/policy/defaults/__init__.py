"""The shipped policies, in force where a company has no version of its own.

One TOML file per policy: ``inputs`` names the facts asked, each row has a cell per input
(``when``), a cell per outcome of the registry (``then``) and a remark for people.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from acquit.core.tables import Row, Table
from acquit.policy.registry import SPECS


@cache
def shipped(name: str) -> Table:
    """The table that ships with Acquit; KeyError for a policy that does not exist."""
    spec = SPECS[name]
    data = tomllib.loads((files(__package__) / f"{name}.toml").read_text("utf-8"))
    rows = tuple(
        Row(tuple(row["when"]), tuple(row["then"]), row.get("remark", "")) for row in data["rows"]
    )
    return Table(name, tuple(data["inputs"]), spec.outputs, rows, spec.hit)
