"""The files of documents as they leave the house: made once, judged, archived by their hash."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from acquit.access.command import command
from acquit.access.models import Company
from acquit.core import packs
from acquit.core.codecs import facturx, pdf, ubl
from acquit.core.codecs.pdf import NOTHING, Branding, Words
from acquit.core.context import Context
from acquit.core.documents.invoice import Invoice
from acquit.core.faults import Fault, Refused, Severity
from acquit.core.judges import added, native, official
from acquit.core.judges.verdict import Verdict
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import fetch_rows
from acquit.history import archive, unit
from acquit.history.archive import Piece
from acquit.policy import demands
from acquit.policy.queries import in_force
from acquit.stages.dispatch.facts import DispatchFailed
from acquit.stages.dispatch.models import Rendition
from acquit.stages.dispatch.queries.sayings import sayings
from acquit.stages.invoices import queries as invoices
from acquit.stages.masterdata import queries as masterdata

CHUNK = 25


class Files(NamedTuple):
    """One document made ready, or the faults for which it must wait."""

    document_id: UUID
    number: str
    locale: str
    xml: bytes
    pdf: bytes
    faults: tuple[Fault, ...]


def render_missing(ctx: Context, document_ids: Collection[UUID]) -> Outcome:
    """Render what has no files yet, some dozen documents in each transaction."""
    missing = _missing(ctx.company_id, document_ids)
    results: list[ItemResult] = []
    for start in range(0, len(missing), CHUNK):
        results.extend(render(ctx=ctx, items=missing[start : start + CHUNK]).items)
    return Outcome(tuple(results))


def _missing(company_id: UUID, document_ids: Collection[UUID]) -> list[UUID]:
    rows = fetch_rows(
        "SELECT d.id FROM invoices_document d WHERE d.company_id = %s AND d.id = ANY(%s)"
        " AND NOT EXISTS (SELECT 1 FROM dispatch_rendition r WHERE r.company_id = d.company_id"
        "  AND r.document_id = d.id AND r.version = 1) ORDER BY d.id",
        [company_id, list(document_ids)],
    )
    return [row[0] for row in rows]


@command("dispatch.render")
def render(*, ctx: Context, items: Sequence[UUID]) -> Outcome:
    """UBL 2.1 and Factur-X (PDF/A-3 with the CII inside) of documents, both judged valid; the UBL
    also by the pack of rules that the document obeys.

    Fail closed: what a judge refuses, or what cannot be printed, is not archived; its
    dispatches become exceptions with the first reason, and the item is refused with all of them.
    """
    company = Company.objects.get(id=ctx.company_id)
    documents = invoices.canonical(company_id=ctx.company_id, document_ids=items)
    buyers = invoices.buyers(company_id=ctx.company_id, document_ids=items)
    branding = branding_of(company)
    demanded = _demanded(ctx, items, documents)
    locales = {one: buyer["locale"] for one, buyer in buyers.items()}
    said = sayings(
        company_id=ctx.company_id,
        documents=dict(zip(items, documents, strict=True)),
        locales=locales,
    )
    rules = added.load(folder=settings.DATA / added.FOLDER)
    made = [
        refused
        if (refused := demanded.get(document_id))
        else make_files(
            document_id, document, locales[document_id], branding, said[document_id].words, rules
        )
        for document_id, document in zip(items, documents, strict=True)
    ]
    _store(ctx, [files for files in made if not files.faults])
    _fail(ctx, [files for files in made if files.faults])
    return Outcome(
        tuple(
            ItemResult(
                files.number,
                ItemState.REFUSED if files.faults else ItemState.DONE,
                files.document_id,
                files.faults,
            )
            for files in made
        )
    )


def _demanded(ctx: Context, ids: Sequence[UUID], documents: Sequence[Invoice]) -> dict[UUID, Files]:
    """The documents that do not meet what their customers demand now, with the reasons: rules may
    be younger than documents."""
    policy = in_force(company_id=ctx.company_id, name=demands.NAME, on=ctx.today)
    if not policy.table.table.rows:
        return {}
    asked = demands.Demands(policy.table, policy.label)
    rows = invoices.rows_by_id(company_id=ctx.company_id, ids=ids)
    customers = masterdata.customers_by_id(
        company_id=ctx.company_id, ids={row.customer_id for row in rows.values()}
    )
    found = {}
    for document_id, document in zip(ids, documents, strict=True):
        who = customers[rows[document_id].customer_id]
        asker = demands.Asker(who.number, who.country, who.segment)
        faults = demands.faults(demands=asked, document=document, asker=asker)
        fatal = tuple(fault for fault in faults if fault.severity is Severity.FATAL)
        if fatal:
            found[document_id] = Files(document_id, document.number, "", b"", b"", fatal)
    return found


def branding_of(company: Company) -> Branding:
    """How the company's papers look."""
    logo = archive.read(company_id=company.id, digest=company.logo) if company.logo else None
    return Branding(
        accent=company.accent,
        logo=logo.body if logo else None,
        footer=tuple(company.footer.splitlines()),
        design=company.design,
        paper=packs.get(company.country).paper,
    )


def make_files(
    document_id: UUID,
    document: Invoice,
    locale: str,
    branding: Branding,
    words: Words = NOTHING,
    rules: added.Added = added.NOTHING,
) -> Files:
    """The two files of one document and what the judges hold against them, the official one also
    by the ``rules`` that were added."""
    xml = paper = b""
    faults: tuple[Fault, ...]
    try:
        xml = ubl.write(document=document)
        printed = pdf.render(
            document=document,
            branding=branding,
            locale=locale.replace("_", "-"),
            mentions=(),
            words=words,
        )
        paper = facturx.write(document=document, pdf=printed)
        faults = _fatal(
            native.judge(xml),
            official.judge(xml, added=rules),
            official.judge(paper, added=rules),
        )
    except Refused as refusal:
        faults = refusal.faults
    return Files(document_id, document.number, locale, xml, paper, faults)


def _fatal(*verdicts: Verdict) -> tuple[Fault, ...]:
    """What the judges refuse for, each rule once whoever names it."""
    found: dict[str, Fault] = {}
    for verdict in verdicts:
        for fault in verdict.faults:
            if fault.severity is Severity.FATAL:
                found.setdefault(fault.rule or fault.message, fault)
    return tuple(found.values())


def _store(ctx: Context, made: Sequence[Files]) -> None:
    pieces = [
        piece
        for files in made
        for piece in (
            Piece(files.xml, "application/xml", f"{files.number}.xml"),
            Piece(files.pdf, "application/pdf", f"{files.number}.pdf"),
        )
    ]
    digests = iter(archive.keep(ctx, pieces))
    Rendition.objects.bulk_create(
        [
            Rendition(
                id=ctx.ids.new(),
                company_id=ctx.company_id,
                document_id=files.document_id,
                version=1,
                locale=files.locale[:8],
                xml_digest=next(digests),
                pdf_digest=next(digests),
                made_at=ctx.now,
            )
            for files in made
        ],
        ignore_conflicts=True,  # another worker was quicker, with the same bytes
    )


def _fail(ctx: Context, refused: Sequence[Files]) -> None:
    if not refused:
        return
    reasons = {files.document_id: _reason(files) for files in refused}
    rows = fetch_rows(
        "UPDATE dispatch_dispatch d SET state = 'failed', last_error = bad.why"
        " FROM unnest(%s::uuid[], %s::text[]) AS bad (document, why)"
        " WHERE d.company_id = %s AND d.document_id = bad.document AND d.state = 'queued'"
        " RETURNING d.id, d.document_id, d.channel, d.recipient",
        [list(reasons), list(reasons.values()), ctx.company_id],
    )
    facts = [
        DispatchFailed(
            subject_id=row[1],
            effective_on=ctx.today,
            dispatch_id=row[0],
            channel=row[2],
            recipient=row[3],
            why=reasons[row[1]],
        )
        for row in rows
    ]
    unit.record(ctx, facts)


def _reason(files: Files) -> str:
    first = files.faults[0]
    more = f" (and {len(files.faults) - 1} more)" if len(files.faults) > 1 else ""
    return f"not valid: {first.rule or first.code}: {first.message}{more}"
