"""The code lists of EN 16931, and of its extensions, as the official
stylesheets name them (tools.judge_tables, tools.extension_tables)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from acquit.core.judges.values import SPACES, spaced

# Attached documents (BT-125): the media types of EN 16931, section 6.4.
MEDIA_TYPES = frozenset(
    (
        "application/pdf",
        "image/png",
        "image/jpeg",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    )
)


@cache
def _lists() -> dict[str, frozenset[str]]:
    folder = files("acquit.core.judges") / "data"
    texts = [(folder / name).read_text("utf-8") for name in ("codes.txt", "codes_extensions.txt")]
    rows = (line.split(" ") for text in texts for line in text.splitlines())
    return {name: frozenset(codes) for name, *codes in rows}


def codes(name: str) -> frozenset[str]:
    """The codes of a list; KeyError for a list that there is not."""
    return _lists()[name]


def listed(value: str, known: frozenset[str]) -> bool:
    """Whether the text, but for white space around it, is one of the codes."""
    return value in known or (value.strip(SPACES) in known and " " not in spaced(value))
