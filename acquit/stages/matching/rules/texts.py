"""Which document numbers a text may contain, so that only those are looked up."""

from __future__ import annotations

import re

from acquit.core.text import fold

_PARTS = re.compile(r"[A-Z]+|[0-9]+")
PARTS_MAX = 6  # pieces of one reference: "RE", "2026", "000123"
LENGTH_MIN = 3
LENGTH_MAX = 60
SUFFIXES_MAX = 6  # a prefix may be glued to the word before it: "NRINV"


def reference_keys(text: str) -> set[str]:
    """Every run of neighbouring pieces, letters and digits only, that has a digit in it.

    A superset of what the reference index can find: it decides, this only narrows the lookup.

    >>> sorted(reference_keys("Rg. RE-2026/7"))
    ['2026', '20267', 'RE2026', 'RE20267', 'RGRE2026', 'RGRE20267']
    """
    parts = _PARTS.findall(fold(text))
    keys: set[str] = set()
    for start, first in enumerate(parts):
        heads = [first]
        if first.isalpha():
            heads += [first[-size:] for size in range(2, min(len(first), SUFFIXES_MAX + 2))]
        rest = ""
        for part in ("", *parts[start + 1 : start + PARTS_MAX]):
            rest += part
            if len(first) + len(rest) > LENGTH_MAX:
                break
            for head in heads:
                key = head + rest
                if len(key) >= LENGTH_MIN and not key.isalpha():
                    keys.add(key)
    return keys
