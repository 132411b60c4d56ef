"""What every list page can do, declared once a list: filters in the address that are kept as views,
a page of rows, a selection with its sums and acts, and files of what matches.

A list says where its rows come from (``Source``), which columns they have (``components.cells``)
and what can be done to many of them; ``acquit.access.lists`` says what its filters take. ``paths``
makes the addresses: of ``remittances`` the page ``/remittances``, the files ``/remittances.csv``
and ``.xlsx``, ``/remittances/matching`` (how many match, for the bar of the selection) and
``/remittances/selection``. ``views.every_list`` names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.access.command import Forbidden, log_refusal
from acquit.access.lists import CUSTOMER, DAY, LISTS, PLACES, TEXT, TEXT_MAX
from acquit.access.queries import SavedViewRow, saved_views
from acquit.core.codecs import rows_out
from acquit.core.faults import Fault, Refused
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.database.listing import Listing, Page
from acquit.entrypoints.ui import asked, links
from acquit.entrypoints.ui.components import cells, display
from acquit.entrypoints.ui.components.cells import Columns
from acquit.entrypoints.ui.components.shapes import Chip
from acquit.entrypoints.ui.exports import FORMS, download
from acquit.entrypoints.ui.frame import Frame, back_to, id_or_404, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.templatetags.acquit import select_cell, sums
from acquit.entrypoints.ui.views.home import amounts_text
from acquit.stages.masterdata.queries import customer_names

T = TypeVar("T")
Word = str | Promise
Wanted = Mapping[str, Any]  # the filters that are on: texts, words, days and ids
ROWS = 50
ALL = 100_000  # rows that one act on "all that match" takes
FAULTS_SHOWN = 5


class Source(Protocol[T]):
    """Where the rows of a list come from: one question for the page, the file and the sums."""

    def page(self, frame: Frame, wanted: Wanted, *, limit: int, after: str | None) -> Page[T]:
        """ValueError for a cursor that is none."""

    def every(self, frame: Frame, wanted: Wanted, ids: Sequence[UUID] | None) -> Iterator[T]:
        """All that match, or of these ids alone, read as they are taken."""

    def matching(self, frame: Frame, wanted: Wanted) -> tuple[int, Sequence[Money]]:
        """How many match, and what they sum to."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A stage's listing as a source; it knows the company's time zone and today."""

    listing: Listing[T]

    def page(self, frame: Frame, wanted: Wanted, *, limit: int, after: str | None) -> Page[T]:
        found = _here(frame, wanted)
        return self.listing.page(
            company_id=frame.company_id, wanted=found, limit=limit, after=after
        )

    def every(self, frame: Frame, wanted: Wanted, ids: Sequence[UUID] | None) -> Iterator[T]:
        found = _here(frame, wanted)
        return self.listing.every(company_id=frame.company_id, wanted=found, ids=ids)

    def matching(self, frame: Frame, wanted: Wanted) -> tuple[int, Sequence[Money]]:
        return self.listing.matching(company_id=frame.company_id, wanted=_here(frame, wanted))


def _here(frame: Frame, wanted: Wanted) -> Wanted:
    return {**wanted, "zone": frame.company.timezone, "today": frame.ctx.today}


@dataclass(frozen=True, slots=True)
class Filter:
    """What a filter is called; ``words`` are those to choose from, by what the address says.
    ``offered`` says to whom; who is not offered one can still follow a link that has it on."""

    label: Word
    words: Mapping[str, Word] | None = None
    is_tab: bool = False  # chosen by tabs above the list, not by a field
    offered: Callable[[Frame], bool] = lambda _frame: True


def days(label: Word) -> dict[str, Filter]:
    """The two filters of a span of days."""
    return {"from": Filter(label), "to": Filter(gettext_lazy("to"))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What can be done to many rows. ``run`` takes their ids and tells what came of it, or answers
    itself; ``confirm`` is a question, what it means, and the word that says yes."""

    verb: str
    label: Word
    icon: str
    right: str
    run: Callable[[Frame, list[UUID]], HttpResponseBase | None]
    confirm: tuple[Word, Word, Word] | None = None
    most: int = ALL


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


@dataclass(frozen=True, slots=True)
class Shown:
    """A list as its templates read it; ``head`` and ``body`` are the cells of its table."""

    title: Word
    lead: Word
    fields: Sequence[Mapping[str, Any]]
    hidden: Mapping[str, str]
    chips: Sequence[Chip]
    views: Views
    address: str
    pages: links.Pages
    head: SafeString
    body: SafeString
    is_selected: bool
    acts: Sequence[Act]
    empty: tuple[Word, Word]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Generic[T]):
    """A list. ``name`` is its address; ``kind`` that of its public ids, and without one its rows
    are not chosen. ``counts`` is what a chosen row adds to the sum. ``peek`` is the address that
    opens beside the list. ``file`` makes other rows of a file than those of the page. Where
    ``is_page`` is false, the page has a view of its own that calls :meth:`shown`."""

    name: str
    right: str
    title: Word
    filters: Mapping[str, Filter]
    source: Source[T]
    columns: Callable[[Frame], Columns[T]]
    empty: tuple[Word, Word]
    lead: Word = ""
    kind: str = ""
    id: Callable[[T], UUID] = attrgetter("id")
    counts: Callable[[T], Money | Sequence[Money]] | None = None
    peek: Callable[[T], str] | None = None
    acts: Sequence[Act] = ()
    file: Callable[[Frame, Iterator[T]], tuple[list[str], Iterator[rows_out.Row]]] | None = None
    template: str = "lists/page.html"
    is_page: bool = True

    def show(
        self, frame: Frame, more: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """The page of the list, with ``more`` for templates of its own."""
        return frame.show(self.template, {"list": self.shown(frame), **(more or {})}, status=status)

    def shown(
        self, frame: Frame, *, found: Page[T] | None = None, views: Views | None = None
    ) -> Shown:
        """What the templates show: a query each for what is not ``found`` yet and the ``views``."""
        wanted, columns, query = self.wanted(frame), self.columns(frame), frame.request.GET
        address = f"/{self.name}"  # of the list, wherever it is shown
        try:
            after = _plain(query.get("after", "")) or None
            found = found or self.source.page(frame, wanted, limit=ROWS, after=after)
        except ValueError:
            raise Http404("no such page of the list") from None
        taken = [act for act in self.acts if act.right in frame.may]
        return Shown(
            self.title,
            self.lead,
            self._fields(frame),
            {name: query[name] for name in self._hidden() if query.get(name)},
            self._chips(frame, wanted),
            views or views_of(frame, self.name),
            address,
            links.pages_of(address, query, found.after),
            cells.head(columns),
            SafeString("".join([self._row(columns, row) for row in found.rows])),
            bool(self.kind),
            taken,
            self.empty,
        )

    def wanted(self, frame: Frame) -> dict[str, Any]:
        """The filters of the address that are on; a word the list does not know is none."""
        found: dict[str, Any] = {}
        for name, takes in LISTS[self.name].items():
            text = _plain(frame.request.GET.get(name, ""))
            if not text:
                continue
            if takes == DAY:
                found[name] = asked.day_of(text, path=name)
            elif takes == CUSTOMER:
                found[name] = id_or_404("customer", text)
            elif takes == TEXT:
                found[name] = text[:TEXT_MAX]
            elif text in takes.split("|"):
                found[name] = text
        return found

    def export(self, frame: Frame, form: str) -> HttpResponseBase:
        """All that matches the filter as a file."""
        return self._file(frame, form, None)

    def matching(self, frame: Frame) -> HttpResponse:
        """How many rows match and what they sum to, for the bar of the selection."""
        with transaction.atomic():
            count, sums = self.source.matching(frame, self.wanted(frame))
        written = display.count(count, language=get_language() or "en")
        label = ngettext("Select the %(n)s that matches", "Select all %(n)s that match", count)
        return JsonResponse(
            {"count": written, "total": amounts_text(sums), "label": label % {"n": written}}
        )

    def selection(self, frame: Frame) -> HttpResponseBase:
        """What was pressed in the bar of the selection."""
        verb, ids = frame.request.POST.get("do", ""), chosen(frame, self.kind)
        if verb in FORMS:
            return self._file(frame, verb, ids)
        act = next((one for one in self.acts if one.verb == verb), None)
        if act is None:
            raise Refused.because("selection.act", f"{verb!r} is not an act", path="do")
        if act.right not in frame.may:
            why = f"{frame.ctx.actor.name} may not do this: {act.right}"
            log_refusal(frame.ctx, command=act.right, why=why)
            raise Forbidden((Fault("access.forbidden", why),))
        if ids is None:
            with transaction.atomic():
                every = self.source.every(frame, self.wanted(frame), None)
                ids = [self.id(row) for row in islice(every, act.most + 1)]
        if len(ids) > act.most:
            count = display.count(act.most, language=get_language() or "en")
            raise Refused.because(
                "selection.many",
                _("%(n)s are taken at once, not more.") % {"n": count},
                fix=_("choose fewer rows"),
            )
        return act.run(frame, ids) or back_to(frame, f"/{self.name}")

    def _file(self, frame: Frame, form: str, ids: Sequence[UUID] | None) -> HttpResponseBase:
        """Ticked rows come whatever the filter says of them by now."""
        wanted, columns = self.wanted(frame) if ids is None else {}, self.columns(frame)
        rows = self.source.every(frame, wanted, ids)
        head, lines = self.file(frame, rows) if self.file else cells.file_of(columns, rows)
        return download(
            frame,
            name=self.name,
            title=str(self.title),
            head=head,
            rows=lines,
            form=form,
            is_ticked=ids is not None,
        )

    def _row(self, columns: Columns[T], row: T) -> str:
        if not self.kind:
            return f"<tr data-row>{cells.body(columns, row)}</tr>"
        key = to_public(self.kind, self.id(row))
        counts = sums(self.counts(row)) if self.counts else ""
        box = select_cell(key, cells.label_of(columns, row), counts)
        peek = format_html(' data-peek="{}"', self.peek(row)) if self.peek else ""
        return f'<tr data-row{peek} id="{key}">{box}{cells.body(columns, row)}</tr>'

    def _hidden(self) -> set[str]:
        """Filters without a field: a customer is set by links, a tab by its own."""
        takes = LISTS[self.name].items()
        tabs = {name for name, one in self.filters.items() if one.is_tab}
        return tabs | {name for name, kind in takes if kind == CUSTOMER}

    def _fields(self, frame: Frame) -> list[dict[str, Any]]:
        query, hidden = frame.request.GET, self._hidden()
        return [
            {
                "name": name,
                "label": self.filters[name].label,
                "value": query.get(name, "").strip(),
                "type": "date" if takes == DAY else "search",
                "is_search": name == "q",
                "options": self._options(name),
            }
            for name, takes in LISTS[self.name].items()
            if name not in hidden and self.filters[name].offered(frame)
        ]

    def _options(self, name: str) -> list[tuple[str, Word]] | None:
        words = self.filters[name].words
        return None if words is None else [("", _("All")), *words.items()]

    def _chips(self, frame: Frame, wanted: Wanted) -> list[Chip]:
        """The filters that are on; the customer's name is one more query."""
        chips = list[Chip]()
        for name, value in wanted.items():
            known = self.filters.get(name)
            if known is not None and known.is_tab:
                continue
            words = known.words if known else None
            if LISTS[self.name][name] == CUSTOMER:
                who = customer_names(company_id=frame.company_id, ids=[value]).alone()
                label = who.get(value, _("Unknown customer"))
            elif LISTS[self.name][name] == DAY:
                sentence = _("from %(day)s") if name == "from" else _("to %(day)s")
                label = sentence % {"day": value.isoformat()}
            else:
                label = str(words[value]) if words else f"“{value}”"
            without = links.with_query(f"/{self.name}", frame.request.GET, {name: "", "after": ""})
            chips.append(Chip(label=label, remove_url=without))
        return chips


def _plain(text: str) -> str:
    """A value of the address; the database knows no text with NUL in it."""
    return text.replace("\x00", "").strip()


def paths(one: ListPage[Any]) -> Iterator[URLPattern]:
    """The addresses of a list."""
    name, allowed = one.name.replace("/", "_"), page(one.right)
    if one.is_page:
        yield path(one.name, require_GET(allowed(_bound(one.show))), name=name)
    yield path(
        f"{one.name}.<str:form>", require_GET(allowed(_bound(one.export))), name=f"{name}_export"
    )
    if one.kind:
        for part, decorated in (
            ("matching", require_GET(allowed(_bound(one.matching)))),
            ("selection", require_POST(allowed(_bound(one.selection)))),
        ):
            yield path(f"{one.name}/{part}", decorated, name=f"{name}_{part}")


def _bound(method: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A method as a function, which can carry what decorators note on it."""

    def view(frame: Frame, *args: Any, **named: Any) -> HttpResponseBase:
        return method(frame, *args, **named)

    return view


def views_of(frame: Frame, list_name: str, rows: Sequence[SavedViewRow] | None = None) -> Views:
    """What stands above this list as it is filtered now. One query, none with the ``rows``."""
    query = [(n, v) for n, v in frame.request.GET.items() if v and n not in PLACES]
    if rows is None:
        person = frame.ctx.actor.person_id
        rows = saved_views(
            company_id=frame.company_id, person_id=person, list_name=list_name
        ).alone()
    now, text = dict(query), urlencode(query)
    behind = f"?{text}" if text else ""
    return Views(
        tuple(ViewLink(row, dict(parse_qsl(row.query)) == now) for row in rows),
        f"{reverse('view_new')}?{urlencode({'list': list_name, 'query': text})}",
        tuple((form.upper(), f"/{list_name}.{form}{behind}") for form in FORMS),
        f"/{list_name}/selection{behind}",
        f"/{list_name}/matching{behind}",
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


def tell(frame: Frame, faults: Sequence[Fault]) -> None:
    """What was refused of many: the first ones word for word, the rest by their number."""
    for fault in faults[:FAULTS_SHOWN]:
        messages.error(frame.request, said(fault.message))
    if (more := len(faults) - FAULTS_SHOWN) > 0:
        text = ngettext("%(n)s more was refused.", "%(n)s more were refused.", more)
        messages.error(frame.request, text % {"n": more})
