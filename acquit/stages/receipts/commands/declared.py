"""Bundles: what a customer declares that one transfer of his will be for, under our reference."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from acquit.core.codecs.ubl import remittance
from acquit.core.context import Context
from acquit.core.documents.remittance import RemittanceAdvice
from acquit.core.text import sha256
from acquit.database.copy import fetch_rows
from acquit.history import archive
from acquit.stages.receipts.commands.advice import link_advices
from acquit.stages.receipts.commands.keeping import keep, lock
from acquit.stages.receipts.models import Advice
from acquit.stages.receipts.rules.advising import BUNDLE, AdviceRead, declared


def take_counts(ctx: Context, *, count: int) -> list[int]:
    """The next numbers of bundles, counted from 1; others wait until the transaction ends."""
    lock(ctx)
    ((known,),) = fetch_rows(
        "SELECT count(*) FROM receipts_advice WHERE company_id = %s AND kind = %s",
        [ctx.company_id, BUNDLE],
    )
    return list(range(known + 1, known + 1 + count))


def declare(ctx: Context, advices: Sequence[RemittanceAdvice]) -> list[UUID]:
    """Keep them as UBL in the archive, and linked where their money is here; their ids."""
    pieces = [
        archive.Piece(
            remittance.write(document=advice).data, "application/xml", f"{advice.number}.xml"
        )
        for advice in advices
    ]
    archive.keep(ctx, pieces)
    rows = []
    for advice, piece in zip(advices, pieces, strict=True):
        read = declared(advice, len(piece.body))
        rows.append((_row(ctx, read, piece), read))
    keep(ctx, rows)
    link_advices(ctx, statement_ids=None)
    return [row.id for row, _read in rows]


def _row(ctx: Context, advice: AdviceRead, piece: archive.Piece) -> Advice:
    return Advice(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        kind=advice.kind,
        number=advice.number,
        payer_name=advice.payer_name[:200],
        paid_on=ctx.today,
        amount_minor=advice.amount_minor,
        currency=advice.currency,
        parts=len(advice.parts),
        archive_digest=sha256(piece.body),
        filename=piece.name,
        recorded_at=ctx.now,
    )
