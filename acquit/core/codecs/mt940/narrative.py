"""Field 86 of MT940: what the banks of each country make of six lines of free text.

A dialect recognises its own text and takes it apart. Those that are written alike share one
reader: *numbered* (German banks and all that copied them: ``166?00...?20...?32...``, with ``?``,
``~``, ``^``, ``<`` or another mark), *slashed* (Dutch banks and SEPA: ``/TRTP/.../IBAN/...``),
*labelled* (``EREF+...``, ``Platitor: ...``). Text of no dialect is the payer's words as they are.
Sources: DK, Anlage 3 des DFÜ-Abkommens, chapter 8; SWIFT MT940 as the banks document it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
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
    charges: str = ""  # that the bank took, as EUR8,00
    sent: str = ""  # the amount before them, as EUR100,00


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
# All words of a purpose in the order of the DK, and no other plus.
_SEPA_IN_ORDER = re.compile(
    r"EREF\+([^+]*)(?:KREF\+[^+]*)?(?:MREF\+([^+]*))?(?:CRED\+[^+]*)?SVWZ\+([^+]*+)\Z"
)
_COLON = re.compile(rf"\b({_SEPA}): ")
_NUMBERED = re.compile(r"[0-9A-Z]{3}([^0-9A-Za-z\s/:,.+-])\d\d|([~^<>|?])\d\d")
# Numbered as the DK has it: every field at most once, in order, and the mark nowhere else.
IN_ORDER = (
    r"([0-9A-Z]{3})\?00([^?]*+)(?:\?10[^?]*+)?+((?:\?2[0-9][^?]*+)*+)(?:\?30[^?]*+)?+"
    r"(?:\?31([^?]*+))?+(?:\?32([^?]*+))?+(?:\?33([^?]*+))?+(?:\?34[^?]*+)?+"
)
_IN_ORDER = re.compile(rf"{IN_ORDER}\Z")
_SLASH_KEYS = (
    "TRTP|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|ORDP|BENM|ULTD|ULTC|ULTB|RTRN|PREF|PURP|SVCL|CNTP"
    "|ADDR|ISDT|ACCW|KREF|TRCD|BUSP|CHGS|CHGS1|CHGS2|OCMT|EXCH|CREF|TR|SWOC|BO|SVWZ"
)
_CHARGES = ("CHGS", "CHGS1", "CHGS2")
_SLASHED = re.compile(rf"/({_SLASH_KEYS})/")
_NOTHING: dict[str, str] = {}
_new = tuple.__new__  # takes all fields in their order; the class itself takes twice as long
_PURPOSE = frozenset(f"{code}" for code in (*range(20, 30), *range(60, 70)))
_CODES = frozenset(f"{code:02}" for code in range(100))
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
    match = _IN_ORDER.match(text.replace("\n", ""))
    if match is not None and text[3:6] == "?00":  # no line ends before or in the first mark
        return in_order(*match.groups(""))
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


def in_order(
    code: str, booking_text: str, purpose: str, account: str, name: str, more_name: str
) -> Narrative:
    """What :func:`_numbered` makes of the same text, whose fields it takes in any order; of the
    groups of :data:`IN_ORDER`, "" where one is missing."""
    if purpose.count("?") == 1:
        purpose = purpose[3:]
    elif purpose:
        said = ""
        for piece in purpose.split("?")[1:]:
            said += piece[2:] if len(piece) >= _FULL_FIELD else piece[2:] + " "
        purpose = said
    if more_name:
        name = name + more_name if len(name) >= _FULL_FIELD - 2 else f"{name} {more_name}"
    return _with_words(
        purpose.strip(),
        name.strip(),
        account.replace(" ", ""),
        code,
        booking_text.strip(),
    )


def _numbered(text: str) -> Narrative:
    mark = text[3] if text[3:4] and not text[3].isalnum() and text[:3].isalnum() else text[0]
    first, *fields = text.replace("\n", "").split(mark)
    purpose = name = booking_text = account = other_account = last = ""
    for field in fields:
        code = field[:2]
        if code not in _CODES and not code.isdigit():
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
        elif code == "00":
            booking_text += field[2:]
        elif code == "38":
            account += field[2:]
    account = account or other_account
    return _with_words(
        purpose.strip(),
        name.strip(),
        account.replace(" ", ""),
        first.strip(),
        booking_text.strip(),
    )


def _with_words(
    purpose: str, name: str = "", account: str = "", code: str = "", booking_text: str = ""
) -> Narrative:
    """A purpose with the words of SEPA in it taken apart."""
    reason = ""
    if code in _RETURN_CODES:
        match = _REASON.search(purpose)
        reason = match[1] if match else code
    pieces = purpose.split("+")
    ordered: Sequence[str] = ()
    if len(pieces) == 3 and pieces[0] == "EREF" and pieces[1][-4:] == "SVWZ":  # as most are
        ordered = pieces[1][:-4], "", pieces[2]
    elif len(pieces) > 1 and (match := _SEPA_IN_ORDER.match(purpose)):
        ordered = match.groups("")
    if ordered:
        end_to_end, mandate, text = ordered
        return _new(
            Narrative,
            (
                text.strip(), name, account, "", end_to_end.strip(), mandate.strip(), "", code,
                booking_text, "", reason, "", "",
            ),
        )  # fmt: skip
    before, found = _words(purpose) if len(pieces) > 1 else (purpose, _NOTHING)
    if not found and ": " in purpose:
        before, *pieces = _COLON.split(purpose)
        found = dict(zip(pieces[-2::-2], pieces[::-2], strict=True))
    if not found:
        return _new(
            Narrative,
            (purpose, name, account, "", "", "", "", code, booking_text, "", reason, "", ""),
        )
    ultimate = end_to_end = mandate = meant = sent = ""
    # What stands before the first word is part of what was said, as is the purpose itself.
    text = before.strip()
    for word, value in found.items():
        if word == "SVWZ":
            text = f"{text} {value.strip()}".strip() if text else value.strip()
        elif word == "EREF":
            end_to_end = value.strip()
        elif word == "MREF":
            mandate = value.strip()
        elif word == "IBAN":
            account = account or value.replace(" ", "")
        elif word == "PURP":
            meant = value.strip()
        elif word == "OAMT":
            sent = value.strip()
        elif (word == "ABWA" and value) or (word == "ABWE" and not found.get("ABWA")):
            ultimate = value.strip()
    return _new(Narrative,
        (
            text, name, account, ultimate, end_to_end, mandate, "", code, booking_text, meant,
            reason, "", sent,
        )
    )  # fmt: skip


def _words(purpose: str) -> tuple[str, dict[str, str]]:
    """What stands before the first ``WORD+``, and what follows each; of twins the first."""
    found: dict[str, str] = {}
    word = before = begun = ""
    *pieces, last = purpose.split("+")
    for piece in pieces:
        following = piece[-4:]
        if following in _WORDS:
            value = piece[:-4]
        elif piece[-3:] in _WORDS:
            following, value = piece[-3:], piece[:-3]
        else:
            begun += piece + "+"  # a plus of the text itself
            continue
        if begun:
            begun, value = "", begun + value
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
        charges=" ".join(found[key] for key in _CHARGES if key in found),
        sent=found.get("OCMT", ""),
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


_EMPTY = Narrative()
# In order: the more a dialect asks of a text, the earlier it is asked.
DIALECTS: tuple[Dialect, ...] = (
    Dialect("numbered", _NUMBERED.match, _numbered),
    Dialect("slashed", _SLASHED.match, _slashed),
    Dialect("words", _PLUS.match, _words_alone),
    Dialect("labelled", lambda text: len(_LABELLED.findall(text)) > 1, _labelled),
    Dialect("slashed later", lambda text: len(_SLASHED.findall(text)) > 1, _slashed),
)
