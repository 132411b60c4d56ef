"""The quick reader: a file that is cut into its parts, and the parts at their tags.

It gives the very record that ``record.read`` gives, for the files that nearly everybody sends:
UTF-8, prefixes declared at the root, no CDATA, no numbers for characters. It gives nothing for any
other file.

A document has parts: each line is one, all the rest is one. The *shape* of a part is what stands
in it but for ordinary values: its elements and attributes in their order, the texts of its codes,
rates and indicators, and whether any other text is empty or a number unusual. Many rules ask for
no more than that (``Rule.by_shape``), so what obeyed them once obeys them wherever it comes again.
What was cut once is kept as a mould for the next part of its shape (``moulds``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from acquit.core.judges.record import (
    CII_KINDS,
    COMMON,
    LINES,
    ROOTS,
    UBL_KINDS,
    Group,
    Record,
    Text,
    kind_of,
)
from acquit.core.judges.values import SPACES

_S = "[ \\t\\r\\n]"
_PROLOGUE = re.compile(
    rf"\ufeff?(?:<\?xml{_S}+version=([\"'])1\.0\1(?:{_S}+encoding=([\"'])(?i:utf-8)\2)?"
    rf"(?:{_S}+standalone=([\"'])(?:yes|no)\3)?{_S}*\?>)?{_S}*(?=<)"
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)")
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})
_NO_CHARACTERS = ("\ufffe", "\uffff")
_HEAD = re.compile(
    r"([\w.-]+(?::[\w.-]+)?)((?:\s+[\w.:-]+\s*=\s*(?:\"[^\"<>\t\n]*\"|'[^'<>\t\n]*'))*)\s*(/?)"
)
_ATTRIBUTE = re.compile(r"\s([\w.:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))
# What the text of an element is to the shape it stands in.
ANY, SAID, NUMBER, _IDENTIFIER = range(4)
_SAID_ENDINGS: Final = ("Code", "Percent", "Indicator", "CountryID", "LanguageID")
_SAYS_NOTHING: Final = "PostcodeCode"  # called a code by CII, and a word like others
_NUMBER_ENDINGS: Final = ("Amount", "Quantity", "Measure", "Numeric", "Rate")
# Where identifiers are codes: of a tax, of a category, of a specification, of a country.
_CODED_BY = frozenset((
    "TaxScheme", "TaxCategory", "ClassifiedTaxCategory", "OriginTradeCountry",
    "GuidelineSpecifiedDocumentContextParameter",
    "BusinessProcessSpecifiedDocumentContextParameter",
))  # fmt: skip
_ROOTS_KEPT = 50
_ROOT_MAX = 5_000
_MARK = "\0"  # of an empty tag that stands for lines; XML has no such character
_HEADS_KEPT = 2_000
_HEAD_MAX = 200
_Pairs = list[tuple[str, str]]


class Odd(Exception):
    """Something that only a parser should read."""


class _Head(NamedTuple):
    """What a start tag says, whatever its element holds."""

    name: str
    group: bool
    alone: bool
    sort: int  # of its text
    amount: bool  # one of those that have two decimals
    attributes: Mapping[str, str]
    told: tuple[str, ...]  # the attributes that the record lists


class Root:
    """The start tag of a document: the prefixes it declares, and the tags seen under them."""

    __slots__ = ("attributes", "heads", "kinds", "lines", "name", "spaces", "syntax", "tag")

    def __init__(self, tag: str) -> None:
        match = _HEAD.fullmatch(tag)
        if match is None or match[3]:
            raise Odd
        prefix, _, name = match[1].rpartition(":")
        pairs = _pairs(match[2])
        declared = [pair for pair in pairs if pair[0].startswith("xmlns")]
        if any("&" in value or key[5:6] not in ("", ":") for key, value in declared):
            raise Odd
        space = next((value for key, value in declared if key[6:] == prefix), "")
        syntax = ROOTS.get((space, name))
        if syntax is None:
            raise Odd
        self.tag = tag
        self.name: str = name
        self.syntax = syntax
        self.kinds = UBL_KINDS if syntax == "ubl" else CII_KINDS
        self.spaces = {"": ""} | {name[6:]: value for name, value in declared}
        self.heads: dict[str, _Head] = {}
        self.attributes = self._named([pair for pair in pairs if pair not in declared])
        self.lines = tuple(
            f"{prefix}:{line}" if prefix else line
            for prefix, space in self.spaces.items()
            for line in sorted(LINES)
            if kind_of(f"{{{space}}}{line}", self.kinds) == (line, True)
        )

    def head(self, text: str) -> _Head:
        match = _HEAD.fullmatch(text.replace(_MARK, ""))
        if match is None or "xmlns" in text:
            raise Odd
        prefix, _, local = match[1].rpartition(":")
        space = self.spaces.get(prefix)
        if space is None:
            raise Odd
        name, group = kind_of(f"{{{space}}}{local}" if space else local, self.kinds)
        attributes = self._named(_pairs(match[2]))
        made = _Head(
            name,
            group,
            bool(match[3]),
            ANY if group and name.endswith("Indicator") else _sort(name),
            name.endswith("Amount") and not name.endswith("PriceAmount"),
            attributes,
            listed(attributes),
        )
        if len(self.heads) < _HEADS_KEPT and len(text) <= _HEAD_MAX:
            self.heads[text] = made
        return made

    def _named(self, pairs: _Pairs) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in pairs:
            prefix, _, local = name.rpartition(":")
            if prefix:
                space = self.spaces.get(prefix)
                if not space:
                    raise Odd
                name = f"{{{space}}}{local}"
            found[name] = plain(value)
        return found


def listed(attributes: Mapping[str, str]) -> tuple[str, ...]:
    """The names of those attributes that a record lists."""
    return tuple(key for key in attributes if key not in COMMON)


def _pairs(text: str) -> _Pairs:
    return [(name, double or single) for name, double, single in _ATTRIBUTE.findall(text)]


def _sort(name: str) -> int:
    if name.endswith(_SAID_ENDINGS) and name != _SAYS_NOTHING:
        return SAID
    if name.endswith(_NUMBER_ENDINGS):
        return NUMBER
    return _IDENTIFIER if name == "ID" else ANY


def plain(text: str) -> str:
    """A text as it is meant, from how it is written."""
    if "&" in text:
        for name, character in _ENTITIES:
            text = text.replace(name, character)
    return text


class Parts(NamedTuple):
    """The parts of a file, as they are written."""

    root: Root
    around: str  # all that is no line, with the mark of a line where the lines were
    lines: list[str]  # each from its start tag to its end tag


_ROOTS: dict[str, Root] = {}


def parts_of(data: bytes) -> Parts | None:
    """The parts of a UBL invoice or credit note or of a CII; None where a parser has to read it."""
    text = _decoded(data)
    if "<!--" in text and "<![" not in text:
        text = _COMMENT.sub("", text)
    if "<!" in text or text.find("<?", 6) >= 0 or has_references(text):
        return None
    return _parted(text, careful=True)


def rough_parts_of(data: bytes) -> Parts | None:
    """The same of a file whose parts are written like parts that ``parts_of`` gave for others.

    Of any other file it may give anything, so whoever asks has to know those parts.
    """
    text = _decoded(data)
    return None if _MARK in text else _parted(text, careful=False)


def _decoded(data: bytes) -> str:
    """The text, in which a line ends in a line feed, however it is written; else nothing."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _parted(text: str, *, careful: bool) -> Parts | None:
    start = _PROLOGUE.match(text)
    if start is None:
        return None
    text = text[start.end() :]
    try:
        root = _root(text[1:].partition(">")[0])
    except Odd:
        return None
    return Parts(root, *_cut(text, root, careful=careful))


def has_references(text: str) -> bool:
    """Whether there is any but to the five characters that each XML knows."""
    return "&" in text and _REFERENCE.search(text) is not None


def allowed(data: bytes, text: str) -> bool:
    """Whether XML allows every character of the text, whose bytes these are."""
    return len(data.translate(None, _CONTROLS)) == len(data) and not any(
        character in text for character in _NO_CHARACTERS
    )


def _root(tag: str) -> Root:
    if len(tag) > _ROOT_MAX:
        raise Odd
    found = _ROOTS.get(tag)
    if found is None:
        if len(_ROOTS) >= _ROOTS_KEPT:
            _ROOTS.clear()
        found = _ROOTS[tag] = Root(tag)
    return found


def _cut(text: str, root: Root, *, careful: bool) -> tuple[str, list[str]]:
    """What is around the lines, and the lines; no lines where they do not follow one another."""
    for tag in root.lines:
        opening, closing = f"<{tag}>", f"</{tag}>"
        begin = text.find(opening)
        if begin < 0:
            continue
        end = text.rfind(closing, begin) + len(closing)
        lines = [line.lstrip(SPACES) for line in text[begin:end].split(closing)[:-1]]
        if careful and not all(
            line.startswith(opening) and line.count(opening) == 1 for line in lines
        ):
            break
        return f"{text[:begin]}<{tag}{_MARK}/>{text[end:]}", [line + closing for line in lines]
    return text, []


# A text of a record: the list it stands in and its place there, what it is to the shape of its
# part, whether it is one of those amounts that have two decimals, and its attributes.
Slot = tuple[list[Group | str], int, int, bool, Mapping[str, str]]


class Cutting:
    """One part on its way to a record of its own; a line stands right under the root there."""

    def __init__(self, root: Root, text: str, *, line: bool) -> None:
        self.root = root
        self.record = record = Record(root.syntax)
        record.root.name = root.name
        self.shape = [root.tag]
        self.slots: list[Slot] = []  # of each text that is not blank, in their order
        self.place: tuple[Group, str] | None = None  # which group holds the lines, and their name
        # How many stood under each name before the lines: of holders, groups and attributes.
        self.before: tuple[dict[str, int], ...] = ({}, {}, {})
        if root.attributes and not line:
            self._note(record.root, root.attributes, listed(root.attributes))
        self._read(text.split("<")[1 if line else 2 :], whole=not line)
        if (self.place is None) is (_MARK in text):
            raise Odd

    def _read(self, pieces: list[str], *, whole: bool) -> None:
        """One pass over what the tags part; a value is followed by its end tag, a group is not."""
        record, heads, shape, slots = self.record, self.root.heads, self.shape, self.slots
        holders, repeated = record.holders, record.repeated
        group: Group | None = record.root
        rest = zip(pieces, (*pieces[1:], "/"), strict=True)
        for piece, following in rest:
            if group is None:
                raise Odd
            if piece[0] == "/":
                shape.append("/")
                group = group.parent
                continue
            tag, _, text = piece.partition(">")
            head = heads.get(tag) or self.root.head(tag)
            name, is_group, alone, sort, amount, attributes, told = head
            children = group.get(name)
            if children is None:
                group[name] = children = []
                holders.setdefault(name, []).append(group)
            else:
                repeated.add(name)
            closes = not alone and following[0] == "/"
            if is_group or not (closes or alone):
                if whole and name in LINES and self._holds_lines(group):
                    self._leave_room(tag, name, group)
                    continue
                below = self._begin(head, group, children, piece if closes else tag)
                if closes:  # a group with nothing in it, but perhaps a text
                    below.text = plain(text)
                group = group if alone else below
                continue
            if closes:
                next(rest)  # its end tag
            else:
                text = ""  # what follows is no part of it
            text = plain(text)
            said = text != "" and not text.isspace()
            if sort == _IDENTIFIER:
                sort = SAID if group.name in _CODED_BY else ANY
            usual = usual_number(text) if sort == NUMBER else said and sort == ANY
            shape.append(tag if usual else piece)
            if said:
                slots.append((children, len(children), sort, amount, attributes))
            if attributes:
                text = Text(text)
                text.attributes = attributes
                for key in told:
                    record.attributes.setdefault(key, []).append((group, name))
            children.append(text)
        if group is not (None if whole else record.root):
            raise Odd

    def _begin(self, head: _Head, group: Group, children: list[Group | str], said: str) -> Group:
        """A group begins in a group, with ``said`` to its shape."""
        name = head.name
        below = Group(name, group, len(children))
        children.append(below)
        self.record.named.setdefault(name, []).append(below)
        if head.attributes:
            self._note(below, head.attributes, head.told)
        if head.sort != ANY and (head.sort != _IDENTIFIER or group.name in _CODED_BY):
            raise Odd  # a group where a value should be
        self.shape.append(said + "\0")
        return below

    def _holds_lines(self, group: Group) -> bool:
        if self.root.syntax == "ubl":
            return group is self.record.root
        return group.name == "SupplyChainTradeTransaction" and group.parent is self.record.root

    def _leave_room(self, tag: str, name: str, group: Group) -> None:
        if self.place is not None or _MARK not in tag:
            raise Odd
        self.place = group, name
        self.shape.append("\n")  # how many lines there are is nothing to the rest
        record = self.record
        found = (record.holders, record.named, record.attributes)
        holders, named, attributes = (
            {name: len(all_of) for name, all_of in kind.items()} for kind in found
        )
        self.before = holders, named, attributes

    def _note(self, group: Group, attributes: Mapping[str, str], told: tuple[str, ...]) -> None:
        group.attributes = attributes
        for key in told:
            self.record.attributes.setdefault(key, []).append((group, ""))


def usual_number(text: str) -> bool:
    """Digits, and at most one full stop."""
    return text.isascii() and text.replace(".", "", 1).isdigit()
