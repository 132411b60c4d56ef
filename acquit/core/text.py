"""Canonical text: folding names and references, and the JSON that hashes are taken over."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from anyascii import anyascii

from acquit.core.money import Money

_NOT_ALNUM = re.compile(r"[^0-9A-Z]+")
_TO_UPPER = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DROPPED = bytes(code for code in range(128) if not chr(code).isalnum())
_DROPPED_INSIDE = _DROPPED.replace(b"\n", b"")
_NOT_WORD = re.compile(r"[^A-Z0-9 ]+")
_LEGAL_FORMS = re.compile(
    r"\b(?:GMBH|CO KG|AG|EK|UG|HAFTUNGSBESCHRANKT|KG|OHG|GBR|MBH|EG|EV|SARL|SAS|SASU|SA|EURL|SNC"
    r"|SRL|SRL ?D|PFA|EOOD|OOD|EAD|OOO|EPE|LTD|LIMITED|PLC|LLP|LLC|INC|BV|NV|SPA|SE|SRO|SP ZOO"
    r"|KFT|DOO)\b"
)
_INITIALS = re.compile(r"(?<=\b[A-Z]) (?=[A-Z]\b)")
_TRADING = re.compile(r"^SC (?=.* (?:SRL|SRL ?D|SA)$)")  # as Romania writes before its forms
_BETWEEN = re.compile(r" (?:UND|U|AND|ET|SI)(?= |$)")
_UMLAUTS = re.compile(r"([AO])E|(?<![AEOQ])(U)E")  # banks write Ä as AE or as A


class _Folds(dict[int, str]):
    """What becomes of each letter, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        parts = unicodedata.normalize("NFKD", letter)
        plain = "".join(c for c in parts if not unicodedata.combining(c))
        if not plain.isascii() and letter.isalnum():
            latin = anyascii(letter)
            plain = "".join(c for c in latin if c.isalnum()) if latin else plain
        self[code] = plain.upper()
        return self[code]


_FOLDS = _Folds({ord("ß"): "SS", ord("ъ"): "A", ord("Ъ"): "A"})  # as Bulgaria writes its names
_GREEK_OU = re.compile("(?<=[οΟ])[υΥύΎ]")  # ELOT 743, the one pair of letters that is common


def fold(text: str) -> str:
    """Upper case without accents, for comparing names ("Société Éclair" = "SOCIETE ECLAIR");
    other scripts letter by letter in Latin ones ("Газпром" = "GAZPROM")."""
    if text.isascii():
        return text.upper()
    return _GREEK_OU.sub("u", text).translate(_FOLDS)


def normalize_reference(text: str) -> str:
    """A reference with everything but letters and digits dropped: "F-2026/0042" = "F20260042"."""
    if text.isascii():  # nearly always: runs ask this for every number they meet
        return text.encode().translate(_TO_UPPER, _DROPPED).decode()
    return _NOT_ALNUM.sub("", fold(text))


def normalize_references(several: Sequence[str]) -> list[str]:
    """Each as :func:`normalize_reference` has it, of all at once where that can be."""
    whole = "\n".join(several)
    if not whole.isascii() or whole.count("\n") != len(several) - 1:
        return [normalize_reference(text) for text in several]
    return whole.encode().translate(_TO_UPPER, _DROPPED_INSIDE).decode().split("\n")


def plain_name(name: str) -> str:
    """A name without accents and punctuation, its legal form kept: "DUPONT SARL"; letters that
    stand alone are joined ("S.A.R.L." = "SARL"). Of a script that has no Latin letters, the
    letters as they are: they are compared exactly."""
    folded = fold(name)
    plain = " ".join(_NOT_WORD.sub(" ", folded).split())
    if plain:
        return _INITIALS.sub("", plain)
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())


def name_key(name: str) -> str:
    """A name without accents, punctuation, legal form and words for "and", however its umlauts
    are written; the order of its words is kept.

    >>> name_key("Müller & Söhne GmbH"), name_key("MUELLER UND SOEHNE")
    ('MULLER SOHNE', 'MULLER SOHNE')
    >>> name_key("S.C. Zeta S.R.L.")
    'ZETA'
    """
    bare = " ".join(_LEGAL_FORMS.sub(" ", _TRADING.sub("", plain_name(name))).split())
    return _INITIALS.sub("", _UMLAUTS.sub(r"\1\2", _BETWEEN.sub("", bare)))


def canonical_json(value: Any) -> bytes:
    """One byte string per value: sorted keys, no spaces, UTF-8; refuses floats.

    Decimals and money are written as text, dates in ISO 8601, so that a hash taken in any
    language over the same value agrees.
    """
    return json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Money):
        return {"amount": str(value.decimal), "currency": value.currency}
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no canonical form for {type(value).__name__}: {value!r}")


def unpadded(data: bytes) -> bytes:
    """A text with a space for each NUL, so that every other byte keeps its place: some machines
    fill fields with NULs, and no database stores them. What is UTF-16 is left as it is.

    >>> unpadded(b"A\\0B")
    b'A B'
    """
    return data if data.startswith((b"\xff\xfe", b"\xfe\xff")) else data.replace(b"\0", b" ")
