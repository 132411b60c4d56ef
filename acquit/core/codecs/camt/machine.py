"""The state machine behind the camt reader: expat's events in, finished records out.

It holds one entry at a time. Text is collected by ``list.append`` itself, so that white space
between elements costs no Python call; every other step is a look-up in the tree of paths.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from acquit.core.codecs.bankfile import Refusal
from acquit.core.codecs.camt.paths import (
    AMOUNT,
    IGNORED,
    KIND_OF_ELEMENT,
    MANY,
    NAMESPACE,
    STRUCTURED,
    Node,
    tree,
)
from acquit.core.documents.bank import StatementKind
from acquit.core.faults import Fault

Record = dict[str, Any]
StartHandler = Callable[[str, dict[str, str]], None]
EndHandler = Callable[[str], None]
_MARK = "\x01"  # cannot occur in XML text


@dataclass(slots=True)
class Entry:
    """A finished ``Ntry``: its record, its ordinal in the statement, and its place in the file."""

    record: Record
    number: int
    byte_start: int
    byte_end: int


@dataclass(slots=True)
class Sink:
    """Where finished records go; the reader turns them into statements and lines."""

    statement_opened: Callable[[StatementKind, Record, Record], None]
    entry: Callable[[Entry], None]
    statement_closed: Callable[[Record, list[Record]], None]


class _Seek:
    """The children of everything outside a camt ``Document``: finds the document, or goes on."""

    def __init__(self) -> None:
        self.root = ""
        self.namespaces: list[str] = []
        self.node = Node(self.child)

    def child(self, name: str, default: Node) -> Node:
        namespace, _, local = name.rpartition("}")
        self.root = self.root or local
        if local != "Document":
            return self.node
        self.namespaces.append(namespace)
        if namespace and not NAMESPACE.match(namespace):
            return default
        return tree(namespace)


class Machine:
    """Receives expat's start and end events; ``texts.append`` receives the characters. ``place``
    says where in the file the present event begins."""

    def __init__(
        self,
        *,
        place: Callable[[], int],
        sink: Sink,
        end_of_tag: Callable[[int], int],
        details_max: int,
    ) -> None:
        self.texts: list[str] = []
        self.seek = _Seek()
        self.statements = 0
        self._place = place
        self._sink = sink
        self._end_of_tag = end_of_tag
        self._details_max = details_max
        self.stack: list[Node] = []  # the open elements above the present one
        self._kind = StatementKind.STATEMENT
        self._header: Record = {}
        self._statement: Record = {}
        self._balances: list[Record] = []
        self._opened = False
        self._entries = 0
        self._entry_start = 0
        self._record: Record = self._header
        self._outer: list[Record] = []
        self._named_before = 0, 0  # documents of the detail, and their types, before this Strd

    def handlers(self) -> tuple[StartHandler, EndHandler]:
        """The start and end handlers for the parser, as closures, which are the fastest form.

        A text is appended after the mark of its currency when the element is an amount, so an
        amount without ``Ccy`` can never take the currency of another element.
        """
        stack, texts, open_group, close_group = self.stack, self.texts, self._open, self._close
        push, pop, clear, collect = stack.append, stack.pop, texts.clear, texts.append
        node = self.seek.node
        record = self._record

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal node, record
            push(node)
            node = node[0](name, IGNORED)
            if texts:
                clear()
            if attributes and node[2] == AMOUNT:
                collect(attributes.get("Ccy", "") + _MARK)
            if node[3]:
                record = open_group(node[3], name)

        def end(name: str) -> None:
            nonlocal node, record
            key = node[1]
            if key:
                how = node[2]
                text = texts[0] if len(texts) == 1 else "".join(texts)
                if how == AMOUNT:
                    currency, _, amount = text.rpartition(_MARK)
                    record.setdefault(key, (amount.strip(), currency))
                elif text := text.strip():
                    if how == MANY:
                        record.setdefault(key, []).append(text)
                    elif key not in record:
                        record[key] = text
                clear()
            elif node[3]:
                record = close_group(node[3])
            node = pop()

        return start, end

    def take(self, record: Record, start: int, end: int) -> None:
        """An entry that follows another one and was read without the parser."""
        self._entries += 1
        self._sink.entry(Entry(record, self._entries, start, end))

    def _open(self, group: str, name: str) -> Record:
        """Begins a group of elements; the record that its texts go to."""
        if group == "message":
            self._kind = KIND_OF_ELEMENT[name.rpartition("}")[2]]
            self._header = self._record = {}
            return self._record
        if group == STRUCTURED:
            self._named_before = self._named()
            return self._record
        if group == "entry":
            if not self._opened:
                self._opened = True
                self._sink.statement_opened(
                    self._kind, self._header, self._statement | {"balances": self._balances}
                )
            self._entries += 1
            self._entry_start = self._place()
        self._outer.append(self._record)
        self._record = {}
        if group == "statement":
            self.statements += 1
            self._statement, self._balances = self._record, []
            self._opened, self._entries = False, 0
        return self._record

    def _named(self) -> tuple[int, int]:
        get = self._record.get
        return len(get("documents", ())), len(get("document_types", ()))

    def _close(self, group: str) -> Record:
        """Ends a group: hands its record on; the record of the group around it."""
        if group in ("message", STRUCTURED):
            return self._record
        record, self._record = self._record, self._outer.pop()
        if group == "detail":
            details = self._record.setdefault("details", [])
            details.append(record)
            if len(details) > self._details_max:
                message = f"an entry has more than {self._details_max} details"
                raise Refusal(
                    Fault("camt.too_many_details", message, path=f"entry[{self._entries}]")
                )
        elif group == "told":
            documents, types = self._named_before
            record["documents"] = self._record.get("documents", [])[documents:]
            record["types"] = self._record.get("document_types", [])[types:]
            self._record.setdefault("told", []).append(record)
        elif group == "charge":
            self._record.setdefault("charges", []).append(record)
        elif group == "charges":
            # Up to version .03 the amount stands in Chrgs itself; later in its records.
            charges = record.pop("charges", None) or [record]
            self._record.setdefault("charges", []).extend(
                charge for charge in charges if "amount" in charge
            )
            if "charges_total" in record:
                self._record.setdefault("charges_total", record["charges_total"])
        elif group == "balance":
            self._balances.append(record)
        elif group == "entry":
            end = self._end_of_tag(self._place())
            self._sink.entry(Entry(record, self._entries, self._entry_start, end))
        elif group == "statement":
            if not self._opened:
                self._sink.statement_opened(
                    self._kind, self._header, record | {"balances": self._balances}
                )
            self._sink.statement_closed(record, self._balances)
        return self._record
