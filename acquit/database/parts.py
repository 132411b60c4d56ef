"""Parts of texts, found by an index: what people type is seldom the beginning of what they mean.

The index is a GIN over the pieces of three characters of a text, made by a function of ours: it
needs no extension, and the embedded server has none. A text of three characters or more is found
by it wherever it stands; shorter ones are in too many rows for an index to help.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

SHORTEST = 3  # characters of a text that the index can find

FUNCTION = """
CREATE OR REPLACE FUNCTION acquit_pieces(given text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE small text := lower(given); pieces text[] := '{}';
BEGIN
    FOR n IN 1 .. length(small) - 2 LOOP
        pieces := pieces || substr(small, n, 3);
    END LOOP;
    RETURN pieces;
END $$
"""


class Pieces(models.Func):
    """The pieces of some columns side by side: the expression of an index."""

    function = "acquit_pieces"
    arg_joiner = " || ' ' || "
    output_field = ArrayField(models.TextField())


def has_part(columns: str, *, text: str) -> str:
    """SQL: the index's own condition, a first sieve. ``columns`` is the indexed expression, as
    ``number`` or ``number || ' ' || name``; the parameter is called ``part``."""
    if len(text) < SHORTEST:
        return "true"
    return f"acquit_pieces({columns}) @> acquit_pieces(%(part)s)"


def parameters(text: str) -> dict[str, Any]:
    """``part``, the text as typed, and ``like``, its pattern for ILIKE."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"part": text, "like": f"%{escaped}%"}
