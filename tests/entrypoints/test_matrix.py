"""Every route there is stands in ``matrix.toml`` with the right it needs and the roles that have
it; a route that is not there, or differs, fails the build.

``ACQUIT_REWRITE=1 pytest tests/entrypoints/test_matrix.py`` writes what the code says. A route
without a permission needs ``who`` written by hand: who may come without a right, and why that is
fine.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from acquit.access.roles import ROLES
from acquit.entrypoints.api.app import api
from acquit.entrypoints.api.operation import DECLARED, PREFIX

assert api  # mounts the operations

FILE = Path(__file__).with_name("matrix.toml")
HEAD = """# Who may do what: every operation of the API and every page, its permission and the roles
# that hold it. Written by test_matrix.py; read the difference in review.
"""


def _patterns(resolver: Any, prefix: str = "/") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.callback


def _roles(permission: str) -> list[str]:
    return sorted(role for role, held in ROLES.items() if permission in held)


def _row(permission: str) -> dict[str, Any]:
    return {"permission": permission, "roles": _roles(permission)}


def _pages() -> dict[str, dict[str, Any]]:
    """Page routes; without a permission, an empty row."""
    return {
        route: _row(callback.permission) if hasattr(callback, "permission") else {}
        for route, callback in _patterns(get_resolver())
        if not route.startswith(f"{PREFIX}/") or route.endswith(("/", "openapi.json"))
    }


def _operations() -> dict[str, dict[str, Any]]:
    return {declared.route: _row(declared.permission) for declared in DECLARED}


def _kept() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads(FILE.read_text("utf-8")) if FILE.exists() else {"api": {}, "pages": {}}


def _quoted(text: str) -> str:
    return "'" + text + "'"


def _write(kept: dict[str, dict[str, dict[str, Any]]]) -> None:
    lines = [HEAD]
    for table, rows in (("api", _operations()), ("pages", _pages())):
        lines.append(f"[{table}]")
        for route, row in sorted(rows.items()):
            shown = row or {"who": kept[table].get(route, {}).get("who", "")}
            values = ", ".join(
                f"{name} = {value!r}".replace("'", '"') for name, value in shown.items()
            )
            lines.append(f"{_quoted(route)} = {{ {values} }}")
        lines.append("")
    FILE.write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def matrix() -> dict[str, dict[str, dict[str, Any]]]:
    if os.environ.get("ACQUIT_REWRITE") == "1":
        _write(_kept())
    return _kept()


def test_every_operation_is_listed_as_it_is(matrix: dict[str, Any]) -> None:
    assert matrix["api"] == _operations(), "look at the difference, then ACQUIT_REWRITE=1"


def test_every_page_is_listed_as_it_is(matrix: dict[str, Any]) -> None:
    found = _pages()
    assert set(matrix["pages"]) == set(found), "look at the difference, then ACQUIT_REWRITE=1"
    for route, row in found.items():
        if row:
            assert matrix["pages"][route] == row, route
        else:
            assert len(matrix["pages"][route].get("who", "")) > 10, f"{route}: who may, and why?"


def test_nothing_else_answers_under_the_api(matrix: dict[str, Any]) -> None:
    """Every path of the URLconf under /api/v1 is a declared operation's."""
    declared = {f"{PREFIX}{d.path}" for d in DECLARED}
    served = {
        route.replace("<", "{").replace(">", "}")
        for route, _callback in _patterns(get_resolver())
        if route.startswith(f"{PREFIX}/")
    }
    assert served - {f"{PREFIX}/", f"{PREFIX}/openapi.json"} == declared


def test_every_permission_is_somebodys(matrix: dict[str, Any]) -> None:
    """A right that no role holds could never be used, and would hide a misspelling."""
    for table in matrix.values():
        for route, row in table.items():
            assert "permission" not in row or row["roles"], route
