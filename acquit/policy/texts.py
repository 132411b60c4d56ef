"""What a company says in its own words: on its papers and in its mails, by segment and language.

The policy ``texts`` decides which text stands in which place; its cells are written in the language
of :mod:`acquit.core.wording`. The values a text may name are listed here, and only those: a row is
refused on save where it names one that its documents do not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from acquit.core import wording
from acquit.core.documents.invoice import DocumentKind
from acquit.core.faults import Fault
from acquit.core.looks import Words
from acquit.core.tables import CompiledTable, FactSpec, Kind, OutputColumn, Registry, Row, Table
from acquit.core.tables.table import parse
from acquit.core.tables.values import format_value

NAME = "texts"
PLACES = ("opening", "closing", "mail_subject", "mail_body")
LANGUAGES = ("en", "fr", "de", "ro")
_BILLS = tuple(DocumentKind)
REMINDERS = ("reminder_1", "reminder_2", "reminder_3")
QUESTION = "question"  # to a customer, what his payment is for
DOCUMENTS: tuple[str, ...] = (
    *_BILLS,
    "statement",
    *REMINDERS,
    "quittance",
    "delivery_note",
    QUESTION,
)
FACTS = (
    FactSpec("text.place", Kind.ENUM, "Where the text stands", PLACES),
    FactSpec("text.document", Kind.ENUM, "Kind of document", DOCUMENTS),
    FactSpec("text.language", Kind.ENUM, "Language of the document", LANGUAGES),
)
# An empty text is an answer too: nothing is said there.
OUTPUTS = (OutputColumn("text", Kind.TEXT),)


class Word(NamedTuple):
    """A value that texts may name, and the documents that have it."""

    name: str
    title: str
    documents: tuple[str, ...] = DOCUMENTS


WORDS = (
    Word("company.name", "Name of the company"),
    Word("company.contact", "Contact person of the company"),
    Word("company.email", "E-mail address of the company"),
    Word("company.phone", "Phone of the company"),
    Word("customer.name", "Name of the customer"),
    Word("customer.number", "Customer number"),
    Word("customer.contact", "Contact person of the customer"),
    Word("document.kind", "Invoice, credit note ... in the language of the text"),
    Word("document.number", "Number of the document"),
    Word("document.date", "Day of the document"),
    Word("document.total", "Amount with tax", (*_BILLS, "quittance", QUESTION)),
    Word("document.net", "Amount without tax", _BILLS),
    Word(
        "document.due", "Amount to pay; empty where nothing is", (*_BILLS, "statement", *REMINDERS)
    ),
    Word("document.due_date", "Day to pay by", (*_BILLS, *REMINDERS)),
    Word("document.reference", "What to quote with the payment", (*_BILLS, *REMINDERS)),
    Word("document.order", "Order number of the buyer", (*_BILLS, "delivery_note")),
    Word("document.corrects", "Number of the corrected invoice", _BILLS),
    Word("document.terms", "Payment terms", _BILLS),
    Word("reminder.items", "Number of late documents", REMINDERS),
    Word("reminder.days", "Days the oldest of them is late", REMINDERS),
    Word("question.text", "What the payer wrote", (QUESTION,)),
    Word("question.until", "Day until which he can answer", (QUESTION,)),
)


class Asked(NamedTuple):
    """For which document of which customer a text is wanted."""

    document: str
    language: str
    customer_number: str
    customer_country: str
    customer_segment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnText:
    """What the company says in one place of one kind of document: to all customers, to those of a
    ``segment``, or to the one of a ``customer_number``. An empty text says nothing there."""

    place: str
    document: str
    language: str
    text: str
    segment: str = ""
    customer_number: str = ""

    @property
    def cells(self) -> dict[str, str]:
        said = {
            "text.place": self.place,
            "text.document": self.document,
            "text.language": self.language,
            "customer.segment": self.segment,
            "customer.number": self.customer_number,
        }
        return {name: format_value(value) if value else "" for name, value in said.items()}


def with_text(*, table: Table, own: OwnText) -> Table:
    """The table with the text above all others; what was said for the same place and people is
    replaced, not hidden below."""
    cells = own.cells
    inputs = (*table.inputs, *(name for name in cells if name not in table.inputs))
    more = ("",) * (len(inputs) - len(table.inputs))
    conditions = tuple(cells.get(name, "") for name in inputs)
    wide = (replace(row, conditions=(*row.conditions, *more)) for row in table.rows)
    kept = [row for row in wide if row.conditions != conditions]
    text = own.text.replace("\r\n", "\n")  # as a form of a browser ends its lines
    first = Row(conditions, (format_value(text) if text else "",))
    return replace(table, inputs=inputs, rows=(first, *kept))


def names_for(documents: tuple[str, ...]) -> frozenset[str]:
    """The values that all of these kinds of document have."""
    return frozenset(word.name for word in WORDS if set(documents) <= set(word.documents))


def faults(*, table: Table, registry: Registry) -> tuple[Fault, ...]:
    """What is wrong with the texts of a table whose cells can all be read: row and place in it."""
    parsed, _ = parse(table=table, registry=registry)
    if parsed is None:
        return ()
    at = table.inputs.index("text.document") if "text.document" in table.inputs else None
    found = []
    for number, outcome in enumerate(parsed.outcomes, start=1):
        documents: tuple[str, ...] = DOCUMENTS
        if at is not None:
            cell = parsed.conditions[number - 1][at]
            documents = tuple(one for one in DOCUMENTS if cell.holds(one, kind=Kind.ENUM))
        for fault in wording.faults(text=str(outcome["text"] or ""), names=names_for(documents)):
            message = f"row {number}, column text, {fault.path}: {fault.message}"
            found.append(Fault(fault.code, message, f"row[{number}].text", fix=fault.fix))
    return tuple(found)


def say(*, table: CompiledTable, asked: Asked, place: str, values: Mapping[str, str]) -> str:
    """The text of one place, filled; "" where the company says nothing there."""
    decision = table.decide(
        {
            "customer.number": asked.customer_number,
            "customer.country": asked.customer_country,
            "customer.segment": asked.customer_segment or None,
            "text.place": place,
            "text.document": asked.document,
            "text.language": asked.language,
        }
    )
    text = decision.value("text") if decision.rows else None
    # A form of a browser sends two characters for the end of a line.
    return wording.fill(text=str(text).replace("\r\n", "\n"), values=values) if text else ""


def paragraphs(
    *, table: CompiledTable, asked: Asked, place: str, values: Mapping[str, str]
) -> tuple[str, ...]:
    """The text of one place, paragraph by paragraph."""
    return wording.paragraphs(say(table=table, asked=asked, place=place, values=values))


def words(*, table: CompiledTable, asked: Asked, values: Mapping[str, str]) -> Words:
    """What stands before and after the table of a paper, paragraph by paragraph."""
    opening, closing = (
        paragraphs(table=table, asked=asked, place=place, values=values)
        for place in ("opening", "closing")
    )
    return Words(opening, closing)
