"""What every list page can do: keep its filter as a view, select rows, hand rows out as a file.

A list page shows ``views_of`` above its rows, gives its selection form the address of ``told`` for
"all that match", and answers exports by ``download``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from acquit.access.lists import PLACES
from acquit.access.queries import SavedViewRow, saved_views
from acquit.core.codecs import rows_out
from acquit.core.faults import Refused
from acquit.core.money import Money
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.frame import Frame, id_or_404
from acquit.entrypoints.ui.views.home import amounts_text

FORMS = {"csv": rows_out.CSV_MEDIA, "xlsx": rows_out.XLSX_MEDIA}
ALL = 100_000  # rows that one act on "all that match" takes


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A view above its list."""

    row: SavedViewRow
    is_current: bool


@dataclass(frozen=True, slots=True)
class Views:
    """The line above a list: its views, and where its filter is kept and its rows are exported.

    ``select_url`` takes the ticked rows, ``matching_url`` tells how many match in all."""

    links: tuple[ViewLink, ...]
    save_url: str
    exports: tuple[tuple[str, str], ...]
    select_url: str
    matching_url: str

    @property
    def is_kept(self) -> bool:
        """Whether what is shown is one of the views."""
        return any(link.is_current for link in self.links)


def views_of(frame: Frame, list_name: str) -> Views:
    """What stands above this list as it is filtered now. One query."""
    query = [(n, v) for n, v in frame.request.GET.items() if v and n not in PLACES]
    rows = saved_views(
        company_id=frame.company_id, person_id=frame.ctx.actor.person_id, list_name=list_name
    )
    now, text = dict(query), urlencode(query)
    behind = f"?{text}" if text else ""
    return Views(
        tuple(ViewLink(row, dict(parse_qsl(row.query)) == now) for row in rows),
        f"{reverse('view_new')}?{urlencode({'list': list_name, 'query': text})}",
        tuple((form.upper(), f"/{list_name}.{form}{behind}") for form in FORMS),
        f"/{list_name}/selection{behind}",
        f"/{list_name}/matching{behind}",
    )


def told(count: int, sums: Sequence[Money]) -> HttpResponse:
    """How many rows match and what they sum to, for the bar of the selection."""
    written = display.count(count, language=get_language() or "en")
    return JsonResponse(
        {
            "count": written,
            "total": amounts_text(sums),
            "label": ngettext("Select the %(n)s that matches", "Select all %(n)s that match", count)
            % {"n": written},
        }
    )


def chosen(frame: Frame, kind: str) -> list[UUID] | None:
    """The ids of the ticked rows; None where all that match are meant."""
    post = frame.request.POST
    if post.get("all_matching"):
        return None
    ids = [id_or_404(kind, key) for key in post.getlist("ids")]
    if not ids:
        raise Refused.because(
            "selection.empty", _("Nothing was chosen."), fix=_("tick the rows first")
        )
    return ids


def unknown_act(verb: str) -> Refused:
    return Refused.because("selection.act", f"{verb!r} is not an act", path="do")


def download(
    frame: Frame,
    *,
    name: str,
    title: str,
    head: Sequence[str],
    rows: Callable[[], Iterable[rows_out.Row]],
    form: str,
) -> StreamingHttpResponse:
    """The rows as a file that leaves while it is read, with the day in its name."""
    if form not in FORMS:
        raise Http404("no such form of a list")
    head = [str(one) for one in head]  # the reader's language ends with the view

    def pieces() -> Iterator[bytes]:
        with transaction.atomic():
            if form == "csv":
                yield from rows_out.to_csv(head=head, rows=rows())
            else:
                yield from rows_out.to_xlsx(title=title, head=head, rows=rows())

    return streamed(pieces(), name=f"{name}-{frame.ctx.today}.{form}", media=FORMS[form])


def streamed(pieces: Iterator[bytes], *, name: str, media: str) -> StreamingHttpResponse:
    """A file in pieces; nobody between us and the reader keeps it."""
    answer = StreamingHttpResponse(pieces, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
