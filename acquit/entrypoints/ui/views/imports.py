"""Imports: a file is looked at first, then taken in whole, and can be taken back whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from acquit.core.codecs.rows_out import CSV_MEDIA, Row, to_csv
from acquit.core.faults import Fault, Refused
from acquit.core.ids import to_public
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.text import sha256
from acquit.entrypoints import taking_in
from acquit.entrypoints.ui.column_forms import SAID, form_of, said_in
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.exports import Tally, as_it_came, noted, streamed
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.soon import match_soon
from acquit.entrypoints.ui.views.import_list import LIST, status_of
from acquit.entrypoints.ui.words import import_title
from acquit.history import archive
from acquit.intake import kinds, queries
from acquit.intake.commands.run import SIZE_MAX, RunToUndo, preview_file, undo_import
from acquit.intake.profiles import AUTO, SHIPPED, STANDARD
from acquit.intake.queries import RunView
from acquit.stages.masterdata.queries import bank_accounts
from acquit.stages.receipts.queries import parked_runs

FAULTS = 200
UNTOLD = {"response.document", "response.undecided"}  # what a person can say of an answer
SAMPLE = 8


@dataclass(frozen=True, slots=True)
class Upload:
    """What was chosen: the file, what it is and how its columns are named."""

    kind: str
    profile: str
    filename: str
    day: str
    map: str = ""
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, str]:
        given = {"date": self.day, "map": self.map, **self.said}
        return {name: value for name, value in given.items() if value}


@require_http_methods(["GET", "POST"])
@page("read.receipts")
def imports(frame: Frame) -> HttpResponse:
    """The list of imports with the upload form; POST takes a previewed file in."""
    if frame.request.method == "POST":
        return _commit(frame)
    return _list(frame)


def _list(
    frame: Frame, *, upload: Upload | None = None, faults: tuple[Fault, ...] = ()
) -> HttpResponse:
    values = {
        "kinds": _kind_names(frame),
        "profiles": [
            (AUTO, _("Recognise by its columns")),
            *((name, name) for name in SHIPPED),
            (STANDARD, _("Acquit's own column names")),
        ],
        "upload": upload,
        "faults": faults,
        "may_import": bool(_kind_names(frame)),
    }
    return LIST.show(frame, values, status=422 if faults else 200)


def _kind_names(frame: Frame) -> list[tuple[str, str]]:
    """What this person may take in: a table needs the right to what is made of it too."""
    tables = [
        name for name in kinds.names() if {"intake.import", kinds.get(name).needs} <= frame.may
    ]
    own = [name for name, right in taking_in.READERS.items() if right in frame.may]
    return [(name, import_title(name)) for name in (*tables, *own)]


@require_POST
@page("read.receipts")
def import_previews(frame: Frame) -> HttpResponse:
    """Keep the file, and show what an import would do: nothing else is written."""
    file = frame.request.FILES.get("file")
    upload = _upload(frame, file.name if file and file.name else "")
    if (digest := frame.request.POST.get("digest", "")) and upload.kind in taking_in.READERS:
        # The same file once more, with what was said of its columns.
        return _try_reader(frame, upload, _kept(frame, digest).body)
    if file is None or not file.size:
        fault = Fault("import.file", _("Choose a file that is not empty."), "file")
        return _list(frame, upload=upload, faults=(fault,))
    if file.size > SIZE_MAX:
        fault = Fault("import.too_large", _("The file is larger than 256 MB."), "file")
        return _list(frame, upload=upload, faults=(fault,))
    content = file.read()
    try:
        if upload.kind in taking_in.READERS:
            return _try_reader(frame, upload, content)
        preview = preview_file(
            ctx=frame.ctx,
            kind=upload.kind,
            profile=upload.profile,
            filename=upload.filename,
            content=content,
            options=upload.options,
        )
    except Refused as refusal:
        return _list(frame, upload=upload, faults=refusal.faults)
    digest = _keep(frame, content, upload)
    sample = [list(row.values()) for row in preview.sample[:SAMPLE]]
    header = list(preview.sample[0]) if preview.sample else []
    values = {
        "header": header,
        "sample": sample,
        "mapping": sorted(preview.mapping.items()),
        "ignored": preview.ignored,
        "figures": preview.figures,
        "found_profile": preview.profile,
        "faults": preview.figures["faults"][:FAULTS],
        "more_faults": max(len(preview.figures["faults"]) - FAULTS, 0),
    }
    return _show_preview(frame, upload, digest, values)


def _try_reader(frame: Frame, upload: Upload, content: bytes) -> HttpResponse:
    """A file with a reader of its own: what taking it in would do, found out by doing it. A table
    nobody has described yet is shown as what it seems to be, to be put right."""
    try:
        outcome = _tried(frame, upload, content)
    except Refused as refusal:
        if not {fault.code for fault in refusal.faults} & UNTOLD:
            raise
        return _ask(frame, upload, _keep(frame, content, upload), refusal.faults)
    form = None
    is_unsaid = any(fault.code == "table.unsaid" for fault in outcome.faults)
    if is_unsaid or upload.map:
        upload = upload if upload.map else replace(upload, map="auto")
        use = upload.kind
        form = form_of(upload.filename, content, use=use, said=upload.map)
        outcome = _tried(frame, upload, content) if is_unsaid else outcome
    refused = _refused(outcome)
    if refused and not refused[0].id and form is None:
        return _list(frame, upload=upload, faults=outcome.faults[:FAULTS])
    parked = outcome.of(ItemState.AWAITING)
    faults = outcome.figures["faults"]
    values = {
        "figures": outcome.figures,
        "created": _made(outcome.figures["created"]),
        "answers": [{**a, "does": DOES[a["does"]]} for a in outcome.figures.get("answers", ())],
        "parked": parked[0].faults[0].message if parked else "",
        "is_refused": bool(refused),
        "faults": faults[:FAULTS],
        "more_faults": max(len(faults) - FAULTS, 0),
        "form": form,
        "accounts": bank_accounts(company_id=frame.company_id) if form and form.is_bank else (),
    }
    status = 422 if refused and upload.map != "auto" else 200
    return _show_preview(frame, upload, _keep(frame, content, upload), values, status=status)


def _refused(outcome: Outcome) -> tuple[ItemResult, ...]:
    """The files that were refused, where none of those that came in one was taken."""
    refused = outcome.of(ItemState.REFUSED)
    return refused if len(refused) == len(outcome.items) else ()


# What an answer to a document did, see ``taking_in``.
DOES = {
    taking_in.EXCEPTION: gettext_lazy("It becomes an exception"),
    taking_in.REPORTED: gettext_lazy("It is reported from then on"),
    taking_in.NOTED: gettext_lazy("Nothing changes by it; where it asks, answer it"),
    taking_in.KNOWN: gettext_lazy("Known already"),
    taking_in.REFUSED: gettext_lazy("Rejected"),
}


def _made(created: Mapping[str, int]) -> list[tuple[str, int]]:
    """What there is of each; nothing is not worth a line."""
    return sorted((name, count) for name, count in created.items() if count)


def _tried(frame: Frame, upload: Upload, content: bytes) -> Outcome:
    return taking_in.take_in(
        ctx=frame.ctx,
        kind=upload.kind,
        profile=upload.profile,
        filename=upload.filename,
        content=content,
        options=upload.options,
        dry_run=True,
    )


def _upload(frame: Frame, filename: str) -> Upload:
    post = frame.request.POST
    return Upload(
        kind=post.get("kind", ""),
        profile=post.get("profile", "") or AUTO,
        filename=filename[:255] or post.get("filename", "")[:255],
        day=post.get("date", "").strip(),
        map=said_in(post),
        said={name: post.get(name, "").strip() for name in SAID if post.get(name, "").strip()},
    )


def _keep(frame: Frame, content: bytes, upload: Upload) -> str:
    """The bytes wait in the archive until they are taken in, so nobody uploads twice."""
    if not {"intake.import", *taking_in.READERS.values()} & frame.may:
        raise Refused.because("access.forbidden", _("You may not import files."))
    piece = archive.Piece(content, "application/octet-stream", upload.filename)
    (digest,) = archive.keep(frame.ctx, [piece])
    return digest


def _ask(frame: Frame, upload: Upload, digest: str, faults: tuple[Fault, ...]) -> HttpResponse:
    """An answer that does not say which document it is about, or whether it refuses it."""
    shown = {
        "upload": upload,
        "digest": digest,
        "faults": faults,
        "steps": [Step(label=_("Imports"), url=reverse("imports")), Step(label=_("Preview"))],
    }
    return frame.show("imports/answer.html", shown, status=422)


def _show_preview(
    frame: Frame, upload: Upload, digest: str, values: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    shown = {
        "upload": upload,
        "digest": digest,
        "preview": values,
        "is_bank": upload.kind == taking_in.BANK,
        "is_table": upload.kind not in taking_in.READERS,
        "kind_name": dict(_kind_names(frame)).get(upload.kind, upload.kind),
        "steps": [Step(label=_("Imports"), url=reverse("imports")), Step(label=_("Preview"))],
    }
    return frame.show("imports/preview.html", shown, status=status)


def _kept(frame: Frame, digest: str) -> archive.Piece:
    piece = archive.read(company_id=frame.company_id, digest=digest)
    if piece is None or sha256(piece.body) != digest:
        raise Refused.because(
            "import.bytes_unknown", _("The file is no longer here."), fix=_("choose it again")
        )
    return piece


def _commit(frame: Frame) -> HttpResponse:
    """Take the previewed bytes in; the same form again gives the same answer."""
    piece = _kept(frame, frame.request.POST.get("digest", ""))
    upload = _upload(frame, "")
    outcome = taking_in.take_in(
        ctx=frame.ctx,
        kind=upload.kind,
        profile=upload.profile,
        filename=upload.filename or piece.name,
        content=piece.body,
        options=upload.options,
    )
    if parked := outcome.of(ItemState.AWAITING):
        text = _("Parked, nothing of it is booked: %(why)s")
        messages.warning(frame.request, text % {"why": said(parked[0].faults[0].message)})
        _match_soon(frame, upload, outcome)  # of an archive only some files may be parked
        return HttpResponseRedirect(f"{reverse('statements')}?state=parked")
    if (refused := _refused(outcome)) and not refused[0].id:
        return _list(frame, upload=upload, faults=outcome.faults[:FAULTS])
    figures = outcome.figures
    text = ngettext(
        "%(rows)s row: %(accepted)s accepted, %(rejected)s rejected, %(duplicate)s known.",
        "%(rows)s rows: %(accepted)s accepted, %(rejected)s rejected, %(duplicate)s known.",
        figures["rows"],
    )
    messages.success(frame.request, text % figures)
    _match_soon(frame, upload, outcome)
    run = next(iter(outcome.ids), None)
    if upload.kind == taking_in.BANK or run is None:
        return HttpResponseRedirect(reverse("imports"))
    return HttpResponseRedirect(reverse("import_run", args=[to_public("import", run)]))


def _match_soon(frame: Frame, upload: Upload, outcome: Outcome) -> None:
    if upload.kind in (taking_in.BANK, taking_in.REMITTANCE):
        match_soon(frame, new=outcome.figures["accepted"])


@require_GET
@page("read.receipts")
def import_run(frame: Frame, key: str) -> HttpResponse:
    """One import: what came of every row, and the way back."""
    run = run_or_404(frame, key)
    faults = queries.faults(company_id=frame.company_id, run_id=run.id, limit=FAULTS)
    parked = parked_runs(company_id=frame.company_id, run_ids=[run.id])
    packed = queries.archive_of(company_id=frame.company_id, run_id=run.id)
    values = {
        "public_id": key,
        "run": run,
        "archive": packed[0] if packed else "",
        "status": status_of(run, parked),
        "is_parked": bool(parked),
        "created": _made(run.created),
        "faults": faults,
        "more": run.rejected > len(faults),
        "may_undo": "intake.undo" in frame.may
        and run.state == "committed"
        and kinds.undo_of(run.kind) is not None,
        "steps": [Step(label=_("Imports"), url=reverse("imports")), Step(label=run.filename)],
    }
    return frame.show("imports/run.html", values)


def run_or_404(frame: Frame, key: str) -> RunView:
    found = queries.run(company_id=frame.company_id, run_id=id_or_404("import", key))
    if found is None:
        raise Http404("no such import")
    return found


@require_GET
@page("read.receipts")
def import_archive(frame: Frame, key: str) -> HttpResponse:
    """The ZIP that the import's file came out of, byte for byte."""
    run = run_or_404(frame, key)
    packed = queries.archive_of(company_id=frame.company_id, run_id=run.id)
    piece = archive.read(company_id=frame.company_id, digest=packed[1]) if packed else None
    if not (packed and piece):
        raise Http404("the file came in no archive")
    return as_it_came(piece, digest=packed[1], default="archive.zip")


@require_GET
@page("read.receipts")
def import_faults(frame: Frame, key: str) -> HttpResponseBase:
    """The rejected rows as CSV: reason beside content, to correct and import again."""
    run = run_or_404(frame, key)

    def rows() -> Iterator[Row]:
        last = 0
        while part := queries.faults(
            company_id=frame.company_id, run_id=run.id, limit=5000, after_row=last
        ):
            for one in part:
                yield (one.row, one.code, one.message, one.fix, one.content)
            last = part[-1].row

    tally = Tally()
    pieces = to_csv(head=("row", "code", "message", "fix", "content"), rows=tally.of(rows()))
    whole = noted(frame, pieces, tally=tally, list_name=f"imports/{key}", form="csv")
    return streamed(whole, name=f"rejected-{key}.csv", media=CSV_MEDIA)


@require_POST
@page("intake.undo")
def import_reversal(frame: Frame, key: str) -> HttpResponse:
    """Take the whole import back, unless something depends on it."""
    run = run_or_404(frame, key)
    outcome = undo_import(ctx=frame.ctx, items=[RunToUndo(run.id)]).or_refuse()
    removed = ", ".join(
        f"{count} {name}" for name, count in outcome.figures.get("removed", {}).items()
    )
    messages.success(
        frame.request, _("The import was taken back: %(removed)s.") % {"removed": removed or "0"}
    )
    return HttpResponseRedirect(reverse("import_run", args=[key]))
