"""One door for every file that comes in: bank files and advices go to the receipts, tables to
the pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.core.outcome import ItemState, Outcome
from acquit.intake.commands.run import import_file, preview_file
from acquit.stages.dispatch.commands.reject import reject, rejections_in
from acquit.stages.receipts.commands.advice import AdviceFile, take_advice
from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
from acquit.stages.receipts.rules.advising import is_advice

BANK = "bank"
REMITTANCE = "remittance"
RESPONSES = "responses"
AUTO = "auto"


class CannotPreview(Refused):
    """A preview of this kind is not offered; nothing was read."""


def take_in(
    *,
    ctx: Context,
    kind: str,
    profile: str,
    filename: str,
    content: bytes,
    options: Mapping[str, str],
    dry_run: bool = False,
) -> Outcome:
    """Import one file. The figures are the same for every kind: ``kind``, ``rows``, ``accepted``,
    ``rejected``, ``duplicate``, ``created`` and ``faults``."""
    if kind in (BANK, REMITTANCE):
        if dry_run:
            raise CannotPreview.because(
                "import.no_preview",
                "a bank file is proven by its own balances or sums, it has no preview",
                fix="import it; a file that does not add up is parked, not booked",
            )
        if kind == REMITTANCE or is_advice(content):
            return take_advice(ctx=ctx, items=[AdviceFile(key=filename, body=content)])
        item = StatementFile(key=filename, body=content, options=dict(options))
        return import_statement(ctx=ctx, items=[item])
    if kind == RESPONSES:
        return _responses(ctx, content, dry_run)
    chosen = profile or AUTO
    if dry_run:
        shown = preview_file(
            ctx=ctx,
            kind=kind,
            profile=chosen,
            filename=filename,
            content=content,
            options=options,
        )
        return Outcome(figures=shown.figures)
    return import_file(
        ctx=ctx, kind=kind, profile=chosen, filename=filename, content=content, options=options
    )


def _responses(ctx: Context, content: bytes, dry_run: bool) -> Outcome:
    """What receivers answered: each rejection becomes an exception of its sending."""
    found = rejections_in(data=content)
    if dry_run:
        faults = [Fault("response.rejection", one.text, one.document_number) for one in found]
        return Outcome(figures=_figures_of(len(found), 0, 0, len(found), faults))
    outcome = reject(ctx=ctx, items=found)
    refused = len(outcome.of(ItemState.REFUSED))
    known = len(outcome.of(ItemState.DUPLICATE))
    done = len(outcome.of(ItemState.DONE))
    figures = _figures_of(len(found), refused, known, done, outcome.faults)
    return Outcome(outcome.items, figures)


def _figures_of(
    rows: int, rejected: int, known: int, done: int, faults: Sequence[Fault]
) -> dict[str, Any]:
    return {
        "kind": RESPONSES,
        "rows": rows,
        "accepted": done,
        "rejected": rejected,
        "duplicate": known,
        "created": {"exceptions": done},
        "faults": [{"row": 0, "code": f.code, "message": f.message} for f in faults],
    }
