"""The one door for XML: bytes become a tree here or nowhere, hostile constructs refused.

A DOCTYPE is refused twice, by the bytes and by the parsed document, so no entity, no external
file and no network address is ever reached (XXE, entity bombs). Sizes and depth are limited.
Writing is text: values are escaped into templates, and characters that XML 1.0 cannot carry
are refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from lxml import etree

from acquit.core.faults import Fault, Refused, Severity
from acquit.core.money import Money

BYTES_MAX = 50_000_000
TAGS_MAX = 1_500_000  # each costs some hundred bytes of memory, however short it is
DEPTH_MAX = 100
FAULTS_MAX = 500  # told of one document
HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
NO_DATE = date(1, 1, 1)  # stands where a fault is reported for the missing date
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?")
# One look by libxml2 from step to step; walking every element from here took half of all parsing.
_TOO_DEEP = etree.XPath(f"boolean({'/*' * (DEPTH_MAX + 1)})")
_VALUE_MAX = 10_000_000  # libxml2's own limit without huge_tree
_TWINS_BEFORE = etree.XPath(
    "count(preceding-sibling::*[local-name() = $name and namespace-uri() = $space])"
)
_AMOUNT_CHARACTERS_MAX = 40
_IN_NUMBERS = frozenset("0123456789.+-")
_MINOR_MAX = 2**63 - 1


class NotXml(Refused):
    """The bytes are not XML that we accept; the fault says why. Nothing was read."""


def parse(*, data: bytes, size_max: int) -> etree._Element:
    """The root element; NotXml for DOCTYPE, broken syntax, wrong encoding, size or depth."""
    if not data.strip():
        raise NotXml.because("xml.empty", "the file is empty")
    if len(data) > size_max:
        message = f"{len(data)} bytes; at most {size_max} are accepted"
        raise NotXml.because("xml.size", message, fix="split the document or raise the limit")
    if data.count(b"<") + data.count(b"=") > TAGS_MAX:
        message = f"more than {TAGS_MAX} tags and attributes"
        raise NotXml.because("xml.size", message, fix="split the document")
    if _has_doctype(data):
        raise NotXml.because(
            "xml.doctype",
            "the file declares a DOCTYPE or an entity, which could pull in other files",
            fix="remove the DOCTYPE; business documents need none",
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _broken(error) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotXml.because("xml.doctype", "the file declares a DOCTYPE")
    _refuse_deep(root)
    return root


def _broken(error: Exception) -> Refused:
    """Why the parser stopped, by the number of its reason."""
    number = getattr(error, "code", 0)
    if number in (etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING, etree.ErrorTypes.ERR_INVALID_ENCODING):
        message = f"the bytes are not text in the encoding they claim to be in: {error}"
        return NotXml.because("xml.encoding", message, fix="write the file as UTF-8")
    if number == etree.ErrorTypes.ERR_RESOURCE_LIMIT and "depth" in str(error):
        return _too_deep()
    if number == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        message = f"one value has more than {_VALUE_MAX} characters"
        return NotXml.because("xml.size", message, fix="send large attachments beside the document")
    if number == etree.ErrorTypes.ERR_DOCUMENT_EMPTY:
        fix = "is it the right file? Every XML document begins with <"
        return NotXml.because("xml.syntax", "this is no XML: it does not begin with <", fix=fix)
    reason = getattr(error, "msg", None) or str(error)
    fix = "ask the sender for the file as his program wrote it"
    return NotXml.because("xml.syntax", f"not well-formed XML: {reason}", fix=fix)


def _has_doctype(data: bytes) -> bool:
    """Looks at the bytes as they are, and as UTF-16 or UTF-32 where they are wide."""
    if _DOCTYPE.search(data):
        return True
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is None and b"\x00" in data[:4]:
        # Wide characters without a byte order mark: drop the zeros and look at what remains.
        return _DOCTYPE.search(data.replace(b"\x00", b"")) is not None
    if encoding is None:
        return False
    return _DOCTYPE.search(data.decode(encoding, "replace").encode("utf-8", "replace")) is not None


def _refuse_deep(root: etree._Element) -> None:
    if _TOO_DEEP(root):
        raise _too_deep()


def _too_deep() -> Refused:
    return NotXml.because("xml.depth", f"elements are nested more than {DEPTH_MAX} deep")


@lru_cache(maxsize=5_000)
def local(tag: str) -> str:
    """The tag without its namespace."""
    return tag.rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """The namespace of the element, empty when it has none."""
    return element.tag.rpartition("}")[0].lstrip("{") if isinstance(element.tag, str) else ""


def path_of(element: etree._Element) -> str:
    """Where an element is, by local names: ``/Invoice/InvoiceLine[2]/ID``."""
    steps: list[str] = []
    node: etree._Element | None = element
    while node is not None:
        parent = node.getparent()
        step = local(node.tag)
        if parent is not None:
            # libxml2 counts: a list of all lines for each of many faults would take minutes.
            found = _TWINS_BEFORE(node, name=local(node.tag), space=namespace(node))
            before = int(found)  # type: ignore[arg-type]
            if before or next(node.itersiblings(node.tag), None) is not None:
                step += f"[{before + 1}]"
        steps.append(step)
        node = parent
    return "/" + "/".join(reversed(steps))


@dataclass(slots=True)
class Source:
    """One reading of one document: what was found wrong, and the nodes that were opened (of those
    that are closed, the nodes in which something is unread)."""

    syntax: str
    currency: str = ""
    faults: list[Fault] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    _nothing: Node | None = None
    # Names that an older syntax has for the same: ``Old`` or ``Parent/Old`` to the newer one.
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def fatal(self) -> bool:
        return any(fault.severity is Severity.FATAL for fault in self.faults)

    def name_of(self, element: etree._Element) -> str:
        """The name an element is asked for by: its local name, unless it has an alias."""
        name = local(element.tag)
        parent = element.getparent()
        outer = "" if parent is None else local(parent.tag)
        return self.aliases.get(f"{outer}/{name}") or self.aliases.get(name, name)

    def nothing(self) -> Node:
        """What stands for every element that is missing: it has no children either."""
        if self._nothing is None:
            self._nothing = Node(None, self)
        return self._nothing

    def fault(self, code: str, message: str, element: etree._Element | None) -> None:
        if len(self.faults) < FAULTS_MAX:
            path = "" if element is None else path_of(element)
            self.faults.append(Fault(f"{self.syntax}.{code}", message, path))
        elif len(self.faults) == FAULTS_MAX:
            message = f"more is wrong; only the first {FAULTS_MAX} faults are told"
            self.faults.append(Fault(f"{self.syntax}.more", message))

    def report_unread(self, limit: int) -> None:
        """A warning for each element that has content and was not taken by the reader."""
        unread = [leaf for node in self.nodes for leaf in node.left_over()]
        for element in unread[:limit]:
            message = f"{local(element.tag)} is not carried by the canonical document"
            self.faults.append(
                Fault(
                    f"{self.syntax}.not_carried",
                    message,
                    path_of(element),
                    severity=Severity.WARNING,
                )
            )
        if len(unread) > limit:
            message = f"{len(unread) - limit} more elements are not carried"
            self.faults.append(
                Fault(f"{self.syntax}.not_carried", message, severity=Severity.WARNING)
            )


class Node:
    """An element whose children are taken by local name, each once; the rest is reported.

    A missing element is an empty node, so paths can be followed without asking at each step.
    """

    __slots__ = ("_children", "_opened", "element", "source")

    def __init__(self, element: etree._Element | None, source: Source) -> None:
        self.element = element
        self.source = source
        self._children: dict[str, list[etree._Element]] = {}
        self._opened: dict[str, Node] = {}
        if element is not None:
            children = self._children
            for child in element:
                name = source.name_of(child) if source.aliases else local(child.tag)
                if name in children:
                    children[name].append(child)
                else:
                    children[name] = [child]
            source.nodes.append(self)

    def __bool__(self) -> bool:
        return self.element is not None

    def at(self, *path: str) -> Node:
        """The first element on the path, opened once and the same each time."""
        node = self
        for name in path:
            found = node._opened.get(name)
            if found is None:
                waiting = node._children.get(name)
                if not waiting:
                    return node.source.nothing()
                found = node._opened[name] = Node(waiting.pop(0), node.source)
            node = found
        return node

    def all(self, name: str) -> list[Node]:
        """Every child of that name that was not taken yet."""
        return [Node(child, self.source) for child in self._children.pop(name, ())]

    def each(self, name: str) -> Iterator[Node]:
        """The same one after the other, each closed when the next is asked for, so that long
        documents cost the memory of one line."""
        opened = self.source.nodes
        for child in self._children.pop(name, ()):
            before = len(opened)
            yield Node(child, self.source)
            opened[before:] = [node for node in opened[before:] if node.is_unread()]

    def has(self, name: str) -> bool:
        """Whether there is a child of that name that was not taken yet."""
        return bool(self._children.get(name))

    def leaf(self, *path: str) -> etree._Element | None:
        """The element itself, where its attributes matter too."""
        node = self if len(path) == 1 else self.at(*path[:-1])
        waiting = node._children.get(path[-1])
        return waiting.pop(0) if waiting else None

    def leaves(self, name: str) -> list[etree._Element]:
        """Every element of that name that was not taken yet."""
        return self._children.pop(name, [])

    def text(self, *path: str) -> str | None:
        """The stripped text, or None where the element is absent or empty."""
        return text_of(self.leaf(*path))

    def need(self, *path: str) -> str:
        """The text; a fault where it is absent."""
        found = self.text(*path)
        if found is None:
            self.source.fault("missing", f"{'/'.join(path)} is missing", self.element)
            return ""
        return found

    def decimal(self, *path: str) -> Decimal | None:
        """The number; a fault where the text is none."""
        element = self.leaf(*path)
        return None if text_of(element) is None else self.number(element)

    def need_decimal(self, *path: str) -> Decimal:
        found = self.decimal(*path)
        if found is None:
            self.source.fault("missing", f"{'/'.join(path)} is missing", self.element)
            return Decimal(0)
        return found

    def money(self, *path: str) -> Money | None:
        """The amount in the document currency; a fault where it names another one."""
        element = self.leaf(*path)
        return None if element is None else self.money_of(element, self.source.currency)

    def need_money(self, *path: str) -> Money:
        found = self.money(*path)
        if found is None:
            self.source.fault("missing", f"{'/'.join(path)} is missing", self.element)
            return nothing_in(self.source.currency)
        return found

    def money_of(self, element: etree._Element, currency: str) -> Money:
        named = element.get("currencyID")
        if named and named != currency:
            message = f"amount in {named} where {currency} is expected"
            self.source.fault("currency", message, element)
        number = self.number(element)
        try:
            amount = Money.of(number, currency)
        except ValueError as error:
            self.source.fault("amount", str(error), element)
            return nothing_in(currency)
        if abs(amount.minor) > _MINOR_MAX:
            self.source.fault("amount", f"{number} is too large", element)
            return Money.zero(currency)
        return amount

    def date(self, *path: str) -> date | None:
        """An xsd:date, with or without time zone; a fault where it is no day."""
        element = self.leaf(*path)
        text = text_of(element)
        if text is None:
            return None
        match = _DATE.fullmatch(text)
        try:
            return date.fromisoformat(match.group(1) if match else text[:0])
        except ValueError:
            self.source.fault("date", f"{text!r} is not a date as YYYY-MM-DD", element)
            return None

    def number(self, element: etree._Element | None) -> Decimal:
        """The number an element holds; a fault where it holds none."""
        text = text_of(element) or ""
        try:
            if len(text) > _AMOUNT_CHARACTERS_MAX or not _IN_NUMBERS.issuperset(text):
                raise InvalidOperation
            return Decimal(text)
        except InvalidOperation:
            self.source.fault("number", f"{text[:60]!r} is not a decimal number", element)
            return Decimal(0)

    def is_unread(self) -> bool:
        return next(iter(self.left_over()), None) is not None

    def left_over(self) -> Iterable[etree._Element]:
        for waiting in self._children.values():
            for element in waiting:
                if any(text.strip() for text in element.itertext() if isinstance(text, str)):
                    yield element


def read_currency(node: Node, *path: str) -> str | None:
    """The code of a currency, None where it is absent; a fault where it is no ISO 4217 code."""
    currency = node.text(*path)
    if currency is None:
        return None
    if _is_code(currency):
        return currency
    node.source.fault("currency", f"{currency!r} is no ISO 4217 code", node.element)
    return None


def _is_code(currency: str) -> bool:
    return len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()


def nothing_in(currency: str) -> Money:
    """What stands for an amount that cannot be read; XXX where its currency is none (ISO 4217)."""
    return Money.zero(currency if _is_code(currency) else "XXX")


def need_currency(node: Node, *path: str) -> str:
    """The document currency; a fault where it is absent or no ISO 4217 code."""
    before = len(node.source.faults)
    currency = read_currency(node, *path)
    if currency is None and len(node.source.faults) == before:
        node.source.fault("missing", f"{'/'.join(path)} is missing", node.element)
    return currency or ""


def text_of(element: etree._Element | None) -> str | None:
    """The stripped text of an element, None where it is absent or empty."""
    if element is None or element.text is None:
        return None
    return element.text.strip() or None


def escape(text: str) -> str:
    """Text as XML content or as the value of an attribute in double quotes."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    # A bare carriage return would come back as a line feed.
    return text.replace("\r", "&#13;") if "\r" in text else text


def tag(name: str, text: str | None) -> str:
    """The element with its text, or nothing where the text is None or empty."""
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def tag_with(name: str, attribute: str, value: str | None, text: str) -> str:
    """The element with one attribute, which is left out where it has no value."""
    if not value:
        return f"<{name}>{escape(text)}</{name}>"
    return f'<{name} {attribute}="{escape(value)}">{escape(text)}</{name}>'


def attributes(pairs: tuple[tuple[str, str | None], ...]) -> str:
    """`` name="value"`` for each pair that has a value."""
    return "".join(f' {name}="{escape(value)}"' for name, value in pairs if value)


def wrap(name: str, *content: str) -> str:
    """The element around its content, or nothing where there is no content."""
    inner = "".join(content)
    return f"<{name}>{inner}</{name}>" if inner else ""


def encode(text: str) -> bytes:
    """UTF-8 bytes of a written document; NotXml where XML cannot carry a character."""
    illegal = _ILLEGAL.search(text)
    if illegal:
        around = text[max(0, illegal.start() - 30) : illegal.start()]
        message = f"character U+{ord(illegal.group()):04X} after {around!r} is not allowed in XML"
        raise NotXml.because("xml.character", message, fix="remove the control character")
    return (HEADER + text).encode()
