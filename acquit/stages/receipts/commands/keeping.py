"""Store advices with their parts."""

from __future__ import annotations

from collections.abc import Sequence

from acquit.core.context import Context
from acquit.database.copy import copy_rows, execute
from acquit.history import unit
from acquit.stages.receipts.facts import AdviceTaken
from acquit.stages.receipts.models import Advice, AdvicePart
from acquit.stages.receipts.rules.advising import AdviceRead, PartRead, parts_digest

_PART_COLUMNS = (
    "id", "company_id", "advice_id", "position", "kind", "document", "reference", "payer_name",
    "amount_minor", "discount_minor", "byte_start", "byte_end", "place",
)  # fmt: skip


def lock(ctx: Context) -> None:
    """Who brings the same advices at the same moment, or movements that one of them explains,
    waits, and then finds them known and linked."""
    name = f"advices:{ctx.company_id}"
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def keep(ctx: Context, rows: Sequence[tuple[Advice, AdviceRead]]) -> None:
    """Advices as they are stored, with their parts and facts."""
    Advice.objects.bulk_create(row for row, _advice in rows)
    copy_rows(
        AdvicePart,
        _PART_COLUMNS,
        (
            (
                ctx.ids.new(), ctx.company_id, row.id, position, *_words(part), *part.place,
                part.spot,
            )
            for row, advice in rows
            for position, part in enumerate(advice.parts, start=1)
        ),
    )  # fmt: skip
    unit.record(ctx, [_taken(row, advice) for row, advice in rows])


def _words(part: PartRead) -> tuple[str, str, str, str, int, int]:
    """What a part says, as it is kept."""
    texts = part.kind, part.document[:140], part.reference[:140], part.payer_name[:200]
    return *texts, part.amount_minor, part.discount_minor


def _taken(row: Advice, advice: AdviceRead) -> AdviceTaken:
    return AdviceTaken(
        subject_id=row.id,
        effective_on=row.paid_on,
        kind=row.kind,
        number=row.number,
        amount_minor=row.amount_minor,
        currency=row.currency,
        parts=row.parts,
        digest=parts_digest(_words(part) for part in advice.parts),
    )
