"""Texts as a terminal may have them."""

from __future__ import annotations

import re

# Controls but tab and line end, and the marks that turn the direction of a text: a terminal obeys
# them (ECMA-48; Unicode UAX 9).
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Control characters as JSON writes them, nothing else changed: files of others may hold some
    that move the cursor, or colour what stands beside.

    >>> print(visible("a" + chr(27) + "[31mb"))
    a\\u001b[31mb
    """
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
