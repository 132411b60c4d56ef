"""The rules kept beside automatic acts (``billing v2 row 3``): what they say, where they stand."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.urls import reverse

from acquit.core.tables import Table
from acquit.policy.defaults import shipped
from acquit.policy.queries import InForce, kept_version, versions
from acquit.policy.registry import SPECS


def remarks(*, company_id: UUID, rules: Collection[str]) -> dict[str, str]:
    """What each rule says: the remark of its row, or what its policy is about. Rules that are not
    of a policy are left out. One query per policy of which a version of the company's is meant."""
    tables: dict[tuple[str, int], Table] = {}
    parts = {rule: _parts(rule) for rule in rules}
    for name in {name for name, version, _row in parts.values() if version and name in SPECS}:
        kept = versions(company_id=company_id, name=name)
        tables |= {(name, one.version): one.table for one in kept}
    found = {}
    for rule, (name, version, row) in parts.items():
        if name not in SPECS:
            continue
        table = tables.get((name, version)) if version else shipped(name)
        is_row = table is not None and 0 < row <= len(table.rows)
        remark = table.rows[row - 1].remark if table is not None and is_row else ""
        found[rule] = remark or SPECS[name].title
    return found


def rule_url(rule: str) -> str:
    """``billing v2 row 3`` leads to that row of the policy; empty where it is no policy."""
    name, version, row = _parts(rule)
    if name not in SPECS:
        return ""
    anchor = f"#row-{row}" if row else ""
    return f"{reverse('policy', args=[name])}?version={version}{anchor}"


def policy_of(*, company_id: UUID, rule: str) -> InForce | None:
    """The policy as the rule knew it; None where the rule is not of a policy."""
    name, version, _row = _parts(rule)
    return (
        kept_version(company_id=company_id, name=name, version=version) if name in SPECS else None
    )


def _parts(rule: str) -> tuple[str, int, int]:
    """Policy, version and row; 0 for the shipped version and for no row."""
    name, _blank, rest = rule.partition(" ")
    version = rest.split(" ")[0].removeprefix("v")
    row = rest.rpartition("row ")[2].split(",")[0] if "row " in rest else ""
    return name, int(version) if version.isdecimal() else 0, int(row) if row.isdecimal() else 0
