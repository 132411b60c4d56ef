"""Field 86 of MT940: what the banks of each country make of six lines of free text.

A dialect recognises its own text and takes it apart. Those that are written alike share one
reader: *numbered* (German banks and all that copied them: ``166?00...?20...?32...``, with ``?``,
``~``, ``^``, ``<`` or another mark), *slashed* (Dutch banks and SEPA: ``/TRTP/.../IBAN/...``),
*labelled* (``EREF+...``, ``Platitor: ...``). Text of no dialect is the payer's words as they are.
Sources: DK, Anlage 3 des DFÜ-Abkommens, chapter 8; SWIFT MT940 as the banks document it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

_FULL_FIELD = 29  # characters of a numbered field, its code included; a shorter one ended a word


class Narrative(NamedTuple):
    """What a field 86 says; "" where it says nothing."""

    text: str = ""
    payer_name: str = ""
    payer_iban: str = ""
    ultimate: str = ""
    end_to_end: str = ""
    mandate: str = ""
    reference: str = ""  # a structured creditor reference
    code: str = ""  # the bank's business code
    booking_text: str = ""
    purpose: str = ""
    return_reason: str = ""


class Dialect(NamedTuple):
    """One way of writing field 86. ``takes`` looks at the text's beginning."""

    name: str
    takes: Callable[[str], object]
    reads: Callable[[str], Narrative]


# Business codes (GVC) of returned payments: direct debits given back, transfers that came back.
_RETURN_CODES = frozenset({"108", "109", "159", "181", "184", "185"})
_REASON = re.compile(r"\b(A[CGM]\d\d|BE\d\d|C[NU]\w\d|DT\d\d|FF\d\d|M[DS]\d\d|R[CR]\d\d|SL\d\d)\b")
# The words of SEPA inside a purpose, DK chapter 8.2.
_SEPA = "EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|RREF|PURP|PREF"
_WORDS = frozenset(_SEPA.split("|"))
_PLUS = re.compile(rf"({_SEPA})\+")
_COLON = re.compile(rf"\b({_SEPA}): ")
_NUMBERED = re.compile(r"[0-9A-Z]{3}([^0-9A-Za-z\s/:,.+-])\d\d|([~^<>|?])\d\d")
_SLASH_KEYS = (
    "TRTP|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|ORDP|BENM|ULTD|ULTC|ULTB|RTRN|PREF|PURP|SVCL|CNTP"
    "|ADDR|ISDT|ACCW|KREF|TRCD|BUSP|CHGS|OCMT|EXCH|CREF|TR|SWOC|BO|SVWZ"
)
_SLASHED = re.compile(rf"/({_SLASH_KEYS})/")
_NOTHING: dict[str, str] = {}
_PURPOSE = frozenset(f"{code}" for code in (*range(20, 30), *range(60, 70)))
_READ = _PURPOSE | {"00", "31", "32", "33", "38"}
_LABELS: Mapping[str, str] = {
    "platitor": "payer_name",
    "ordonator": "payer_name",
    "beneficiar": "payer_name",
    "partener": "payer_name",
    "iban": "payer_iban",
    "cont platitor": "payer_iban",
    "cont": "payer_iban",
    "detalii": "text",
    "explicatii": "text",
    "donneur d'ordre": "payer_name",
    "motif": "text",
    "ordering party": "payer_name",
    "details": "text",
    "eref": "end_to_end",
    "ref": "end_to_end",
    "referinta": "end_to_end",
}
_LABELLED = re.compile(
    r"(?:^|[;\n])[ ]*(" + "|".join(map(re.escape, _LABELS)) + r")[ ]*[:=][ ]*", re.IGNORECASE
)
_NS = re.compile(r"(?:^|\n)(\d\d)")


def read(text: str) -> Narrative:
    """The fields of one narrative, by the first dialect that recognises it. Lines of ``text`` are
    parted by LF."""
    if not text:
        return _EMPTY
    for dialect in DIALECTS:
        if dialect.takes(text):
            return dialect.reads(text)
    return Narrative(text=text.strip())


def read_ns(text: str) -> Narrative:
    """The older field NS: each line begins with a code of two digits (01-14 purpose, 15 name,
    17 booking text, 19 account)."""
    pieces = _NS.split(text)
    fields: dict[str, str] = {}
    for code, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        fields.setdefault(code, piece.strip())
    said = [fields[code] for code in sorted(fields) if "01" <= code <= "14" and fields[code]]
    return Narrative(
        text="\n".join(said),
        payer_name=fields.get("15", ""),
        payer_iban=fields.get("19", ""),
        booking_text=fields.get("17", ""),
    )


def _numbered(text: str) -> Narrative:
    mark = text[3] if text[3:4] and not text[3].isalnum() and text[:3].isalnum() else text[0]
    if "\n" in text:
        text = text.replace("\n", "")
    first, *fields = text.split(mark)
    purpose = name = booking_text = account = other_account = last = ""
    for field in fields:
        code = field[:2]
        if code not in _READ and not code.isdigit():
            # The mark itself stands in the text: it belongs to the field before.
            code, field = last, f"{last}{mark}{field}"
            purpose, name = purpose.removesuffix(" "), name.removesuffix(" ")
        last = code
        if code in _PURPOSE:
            purpose += field[2:] if len(field) >= _FULL_FIELD else field[2:] + " "
        elif code == "32" or code == "33":
            name += field[2:] if len(field) >= _FULL_FIELD else field[2:] + " "
        elif code == "31":
            other_account += field[2:]
        elif code == "38":
            account += field[2:]
        elif code == "00":
            booking_text += field[2:]
    account = account or other_account
    return _with_words(
        purpose.strip(),
        name.strip(),
        account if " " not in account else account.replace(" ", ""),
        first.strip(),
        booking_text.strip(),
    )


def _with_words(
    purpose: str, name: str = "", account: str = "", code: str = "", booking_text: str = ""
) -> Narrative:
    """A purpose with the words of SEPA in it taken apart."""
    before, found = _words(purpose) if "+" in purpose else (purpose, _NOTHING)
    if not found and ": " in purpose:
        before, *pieces = _COLON.split(purpose)
        found = dict(zip(pieces[-2::-2], pieces[::-2], strict=True))
    reason = ""
    if code in _RETURN_CODES:
        match = _REASON.search(purpose)
        reason = match[1] if match else code
    if not found:
        return _narrative((purpose, name, account, "", "", "", "", code, booking_text, "", reason))
    # What stands before the first word is part of what was said, as is the purpose itself.
    text = found["SVWZ"].strip() if "SVWZ" in found else ""
    if before:
        text = f"{before.strip()} {text}".strip()
    if not account and "IBAN" in found:
        account = found["IBAN"].replace(" ", "")
    return _narrative(
        (
            text,
            name,
            account,
            (found.get("ABWA") or found.get("ABWE", "")).strip(),
            found["EREF"].strip() if "EREF" in found else "",
            found["MREF"].strip() if "MREF" in found else "",
            "",
            code,
            booking_text,
            found["PURP"].strip() if "PURP" in found else "",
            reason,
        )
    )


def _words(purpose: str) -> tuple[str, dict[str, str]]:
    """What stands before the first ``WORD+``, and what follows each; of twins the first."""
    found: dict[str, str] = {}
    word = before = begun = ""
    *pieces, last = purpose.split("+")
    for piece in pieces:
        following = piece[-4:]
        if following not in _WORDS:
            following = piece[-3:]
            if following not in _WORDS:
                begun += piece + "+"  # a plus of the text itself
                continue
        value = begun + piece[: -len(following)]
        begun = ""
        if not word:
            before = value
        elif word not in found:
            found[word] = value
        word = following
    if not word:
        return purpose, found
    if word not in found:
        found[word] = begun + last
    return before, found


def _slashed(text: str) -> Narrative:
    """``/KEY/value`` one after the other; a value may hold slashes of its own. The remittance of
    the Dutch kind says first whether it is structured: ``/REMI/STRD/CUR/reference``."""
    before, *pieces = _SLASHED.split(text.replace("\n", ""))
    found: dict[str, str] = {}
    for key, piece in zip(pieces[::2], pieces[1::2], strict=True):
        if key not in found:
            found[key] = piece.strip()
    remittance, reference = found.get("REMI", "") or found.get("SVWZ", ""), ""
    kind, _, rest = remittance.partition("/")
    if kind == "STRD":
        # The type of the reference (CUR, ISO, SCOR) is followed by the reference itself.
        issuer, _, own = rest.partition("/")
        reference, remittance = (own or issuer).strip("/ "), ""
    elif kind == "USTD":
        remittance = rest
    name, account = found.get("NAME", ""), found.get("IBAN", "") or found.get("ACCW", "")
    party = found.get("CNTP", "").split("/")
    if len(party) >= 3:  # ING: account, BIC, name, town
        account, name = account or party[0], name or party[2]
    for key in ("ORDP", "BENM"):
        name = name or found.get(key, "").strip("/")
    return Narrative(
        text=" ".join(part for part in (before.strip(), remittance.strip("/ ")) if part),
        payer_name=name.strip("/ "),
        payer_iban=account.partition(",")[0].replace(" ", ""),
        ultimate=(found.get("ULTD", "") or found.get("ULTC", "")).strip("/ "),
        end_to_end=found.get("EREF", "").strip("/ "),
        mandate=found.get("MARF", "").strip("/ "),
        reference=reference,
        booking_text=found.get("TRTP", "").strip("/ "),
        purpose=found.get("PURP", "").removeprefix("CD/").strip("/ "),
        return_reason=found.get("RTRN", "").strip("/ "),
    )


def _labelled(text: str) -> Narrative:
    """``Label: value`` pieces, parted by semicolons or lines; what has no label is text."""
    before, *pieces = _LABELLED.split(text)
    found: dict[str, list[str]] = {}
    for label, piece in zip(pieces[::2], pieces[1::2], strict=True):
        value = " ".join(piece.strip(" ;\n").split())
        found.setdefault(_LABELS[label.casefold()], []).append(value)
    words = [" ".join(before.split()), *found.pop("text", [])]
    first = {field: values[0] for field, values in found.items()}
    extra = [value for values in found.values() for value in values[1:]]
    return Narrative(
        text="\n".join(word for word in (*words, *extra) if word),
        payer_name=first.get("payer_name", ""),
        payer_iban=first.get("payer_iban", "").replace(" ", ""),
        end_to_end=first.get("end_to_end", ""),
    )


def _words_alone(text: str) -> Narrative:
    return _with_words(text.replace("\n", ""))


def _narrative(fields: tuple[str, ...]) -> Narrative:
    """All fields in their order; the class itself takes twice as long to call."""
    return tuple.__new__(Narrative, fields)


_EMPTY = Narrative()
# In order: the more a dialect asks of a text, the earlier it is asked.
DIALECTS: tuple[Dialect, ...] = (
    Dialect("numbered", _NUMBERED.match, _numbered),
    Dialect("slashed", _SLASHED.match, _slashed),
    Dialect("words", _PLUS.match, _words_alone),
    Dialect("labelled", lambda text: len(_LABELLED.findall(text)) > 1, _labelled),
    Dialect("slashed later", lambda text: len(_SLASHED.findall(text)) > 1, _slashed),
)
