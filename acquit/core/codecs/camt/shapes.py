"""Entries that look like one that the parser has read: the same tags in the same order.

A bank writes its entries after a few patterns, and only the texts between the tags differ. What
the parser made of one entry therefore holds for every other of its *shape*, and the texts are cut
out by one expression instead of two calls per element. A shape is kept of nothing but plain tags,
so that equal tags mean the same; whatever else an entry has in it (entities, comments, other
attributes, control characters), it is the parser's to read or to refuse.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from acquit.core.codecs.camt.machine import Record
from acquit.core.codecs.camt.paths import AMOUNT, IGNORED, MANY, STRUCTURED, Node, elements, tree
from acquit.core.documents.bank import StatementKind

_SIGNS = r"<>&\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff"  # what XML has not, or not as it is
_PLAIN = rf"[ \t\n]*(?:[^ \t\n{_SIGNS}][^{_SIGNS}]*)?"
_TEXT = re.compile(rf">([ \t\n]*[^ \t\n{_SIGNS}][^{_SIGNS}]*)<")
_TAG = re.compile(rf'<(/?)([A-Za-z]\w*)(?: Ccy="([A-Z]{{3}})")?(/?)>({_PLAIN})', re.ASCII)
_SHAPES_MAX = 256
BYTES_MAX = 16 * 1024  # of an entry; longer ones are batches, of which no two are alike

Leaf = tuple[int, str, int, str]  # how, key, which text of the entry, currency


class Part(NamedTuple):
    """Where in the texts of an entry those of one record are: of the entry, or of a detail. Where
    a key stands twice its first text wins, which is the last here."""

    singles: tuple[tuple[str, int], ...]
    many: tuple[tuple[str, int], ...]
    amounts: tuple[tuple[str, int, str], ...]  # and the currency

    def record(self, texts: list[str]) -> Record:
        record: Record = {key: texts[at] for key, at in self.singles if texts[at]}
        for key, at, currency in self.amounts:
            record[key] = (texts[at], currency)
        for key, at in self.many:
            if texts[at]:
                record.setdefault(key, []).append(texts[at])
        return record


class Shapes:
    """The shapes of one file."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Part, ...]] = {}

    def record(self, entry: bytes) -> Record | None:
        """What the parser would make of an entry; None where its shape is not known."""
        try:
            parts = _TEXT.split(entry.decode())
        except UnicodeDecodeError:
            return None
        shape = self._known.get("\0".join(parts[::2]))
        if shape is None:
            return None
        texts = [text.strip() for text in parts[1::2]]
        own, *details = [part.record(texts) for part in shape]
        if details:
            own["details"] = details
        return own

    def learn(self, entry: bytes, *, namespace: str, kind: StatementKind) -> None:
        """Keep the shape of an entry that the parser has read."""
        if len(entry) > BYTES_MAX or len(self._known) >= _SHAPES_MAX:
            return
        text = entry.decode()
        shape = _shape(text, namespace=namespace, kind=kind)
        if shape is not None:
            self._known["\0".join(_TEXT.split(text)[::2])] = shape


def _shape(text: str, *, namespace: str, kind: StatementKind) -> tuple[Part, ...] | None:
    """The record of the entry and those of its details. Walks the tags along the tree of paths,
    as the machine does."""
    prefix = f"{namespace}}}" if namespace else ""
    node = tree(namespace)
    for name in elements(kind, namespace):
        node = node.child(prefix + name, IGNORED)
    above: list[Node] = []
    parts: list[list[Leaf]] = [[]]
    present, texts, end, is_text = 0, 0, 0, False
    for tag in _TAG.finditer(text):
        closes, name, currency, is_empty, words = tag.groups()
        if tag.start() != end or (is_text and not closes):
            return None
        end, is_text = tag.end(), bool(words.strip(" \t\n"))
        if not closes:
            above.append(node)
            node = node.child(prefix + name, IGNORED)
            if node.group == "detail":
                present = len(parts)
                parts.append([])
            elif node.group not in ("", "entry", STRUCTURED):
                return None
            if node.key and is_text and not is_empty:
                parts[present].append((node.how, node.key, texts, currency or ""))
            elif node.how == AMOUNT:
                return None
            elif is_text and any(each.key for each in above):
                return None  # an unknown element inside a text: the machine's to read
        if closes or is_empty:
            if is_text:
                return None
            if node.group == "detail":
                present = 0
            node = above.pop()
        texts += is_text
    return tuple(map(_part, parts)) if end == len(text) and not above else None


def _part(leaves: list[Leaf]) -> Part:
    turned = leaves[::-1]
    return Part(
        tuple((key, at) for how, key, at, _ in turned if how not in (AMOUNT, MANY)),
        tuple((key, at) for how, key, at, _ in leaves if how == MANY),
        tuple((key, at, currency) for how, key, at, currency in turned if how == AMOUNT),
    )
