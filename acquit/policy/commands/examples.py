"""Examples of documents: kept beside the policy, and decided anew whenever it is saved."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.plain import NotReadable, from_plain
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.tables import Table, compile_table
from acquit.core.text import canonical_json, sha256
from acquit.history import unit
from acquit.policy import demands
from acquit.policy.facts import PolicyExampleDropped, PolicyExampleKept
from acquit.policy.models import EXPECTED, PASS, REFUSE, PolicyExample
from acquit.policy.queries import example_view, examples
from acquit.policy.registry import SPECS

# What JSON can say and neither a database nor a hash can hold.
_UNKEPT = re.compile(r"\\u0000|[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExample:
    """``document`` is a canonical document as ``acquit read`` writes it; ``expected`` is pass or
    refuse, by the demands of the customer with that number, country and segment: by all of them,
    or by the one rule whose message is ``proves``."""

    title: str
    document: dict[str, Any]
    expected: str
    customer_number: str
    customer_country: str
    customer_segment: str = ""
    proves: str = ""

    @property
    def key(self) -> str:
        return self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleChoice:
    id: UUID

    @property
    def key(self) -> str:
        return str(self.id)


# What somebody gave, the row it becomes where it is sound, and what is wrong with it.
Judged = tuple[NewExample, PolicyExample | None, tuple[Fault, ...]]


@command("policy.keep_example")
def keep_example(*, ctx: Context, items: Sequence[NewExample]) -> Outcome:
    """Keep examples; the next version of the policy must decide them as told. A title that stands
    already is refused."""
    results, rows = [], []
    for item, row, faults in judged(ctx, items):
        if row is None:
            results.append(ItemResult(item.key, ItemState.REFUSED, None, faults))
            continue
        rows.append(row)
        results.append(ItemResult(item.key, ItemState.DONE, row.id))
    keep(ctx, rows)
    return Outcome(tuple(results))


def judged(ctx: Context, items: Sequence[NewExample]) -> list[Judged]:
    """Each as it will be kept, or what is wrong with it; of two with one title the second is."""
    taken = {example.title for example in examples(company_id=ctx.company_id)} if items else set()
    found = []
    for item in items:
        faults = _faults(item, taken)
        taken.add(item.title.strip())
        found.append((item, None if faults else _row(ctx, item), faults))
    return found


def keep(ctx: Context, rows: Sequence[PolicyExample]) -> None:
    """Keep examples that were :func:`judged`."""
    PolicyExample.objects.bulk_create(rows)
    unit.record(ctx, [_fact(ctx, row) for row in rows])


@command("policy.drop_example")
def drop_example(*, ctx: Context, items: Sequence[ExampleChoice]) -> Outcome:
    """Ask examples no more. They stay on record."""
    wanted = {item.id for item in items}
    rows = {
        row.id: row
        for row in PolicyExample.objects.of(ctx.company_id)
        .filter(id__in=wanted, dropped_at__isnull=True)
        .select_for_update()
    }
    results = []
    for item in items:
        row = rows.get(item.id)
        if row is None:
            fault = Fault("policy.example_unknown", "there is no such example", "id")
            results.append(ItemResult(item.key, ItemState.REFUSED, None, (fault,)))
        else:
            row.dropped_at = ctx.now
            results.append(ItemResult(item.key, ItemState.DONE, row.id))
    PolicyExample.objects.bulk_update(rows.values(), ["dropped_at"])
    facts = [
        PolicyExampleDropped(subject_id=r.id, effective_on=ctx.today, name=r.name, title=r.title)
        for r in rows.values()
    ]
    unit.record(ctx, facts)
    return Outcome(tuple(results))


def broken_examples(
    *, company_id: UUID, table: Table, more: Sequence[PolicyExample] = ()
) -> tuple[Fault, ...]:
    """The examples, kept ones and ``more``, that a candidate table decides otherwise than told."""
    compiled = compile_table(table=table, registry=SPECS[table.name].registry)
    asked = demands.Demands(compiled, table.name)
    messages = {"", *(str(outcome["message"]) for outcome in compiled.parsed.outcomes)}
    found = []
    for example in (*examples(company_id=company_id), *map(example_view, more)):
        faults = demands.refusals(
            demands=asked,
            document=example.document,
            asker=example.asker,
            proves=example.proves,
        )
        decided = REFUSE if faults else PASS
        if example.proves not in messages:
            message = f"the example {example.title} proves a rule that is gone: {example.proves}"
        elif decided == example.expected:
            continue
        elif faults:
            message = f"the example {example.title} must pass and is refused: {faults[0].message}"
        else:
            message = f"the example {example.title} must be refused and passes"
        fix = "change the rows, or drop the example"
        found.append(Fault("policy.example", message, f"example {example.title}", fix=fix))
    return tuple(found)


def _faults(item: NewExample, taken: set[str]) -> tuple[Fault, ...]:
    found = []
    title = item.title.strip()
    if not title or len(title) > 200:
        found.append(
            Fault("policy.example_title", "an example has a title, 200 signs at most", "title")
        )
    elif title in taken:
        found.append(Fault("policy.example_title", f"there is an example {title} already", "title"))
    if item.expected not in EXPECTED:
        message = "an example must pass or be refused"
        found.append(Fault("policy.example_expected", message, "expected", fix="pass or refuse"))
    if not item.customer_number or len(item.customer_number) > 40:
        found.append(
            Fault("policy.example_customer", "say whose demands are asked", "customer_number")
        )
    if len(item.proves) > 300:
        found.append(Fault("policy.example_proves", "a rule says 300 signs at most", "proves"))
    if _UNKEPT.search(json.dumps(item.document, ensure_ascii=False)):
        found.append(
            Fault("policy.example_text", "a text has a sign that no document can", "document")
        )
    try:
        from_plain(Invoice, item.document)
    except NotReadable as bad:
        found += bad.faults
    return tuple(found)


def _row(ctx: Context, item: NewExample) -> PolicyExample:
    return PolicyExample(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        name=demands.NAME,
        title=item.title.strip(),
        customer_number=item.customer_number,
        customer_country=item.customer_country[:2],
        customer_segment=item.customer_segment[:40],
        document=item.document,
        proves=item.proves,
        expected=item.expected,
        created_at=ctx.now,
        created_by=ctx.actor.name,
    )


def _fact(ctx: Context, row: PolicyExample) -> PolicyExampleKept:
    return PolicyExampleKept(
        subject_id=row.id,
        effective_on=ctx.today,
        name=row.name,
        title=row.title,
        expected=row.expected,
        digest=sha256(canonical_json(row.document)),
    )
