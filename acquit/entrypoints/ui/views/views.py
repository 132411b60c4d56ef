"""Views: filters of lists kept under a name, their forms and the page of all."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from acquit.access.commands.views import (
    NAME_MAX,
    SHARE,
    ViewChoice,
    ViewData,
    delete_view,
    save_view,
)
from acquit.access.lists import LISTS, kept
from acquit.access.queries import SavedViewRow, saved_views
from acquit.core.ids import to_public
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.views.every_list import LISTS as EVERY


class ViewForm(forms.Form):
    """A name, and whom the view is for; the filter comes from the list."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_MAX,
        help_text=gettext_lazy("It stands above the list."),
    )
    is_shared = forms.BooleanField(
        label=gettext_lazy("Share it with everybody in the company"), required=False
    )


def list_names() -> dict[str, str]:
    """The lists in the reader's language."""
    return {name: str(one.title) for name, one in EVERY.items()}


@require_GET
@page("access.save_view")
def views(frame: Frame) -> HttpResponse:
    """Every view the person sees, by list."""
    names, may_share = list_names(), SHARE in frame.may
    rows = [
        {
            "view": row,
            "list": names[row.list_name],
            "url": reverse("view", args=[to_public("view", row.id)]),
            "may_change": may_share or row.owner_id == frame.ctx.actor.person_id,
        }
        for row in _seen(frame)
    ]
    return frame.show("views/list.html", {"rows": rows, "lists": names.items()})


@require_http_methods(["GET", "POST"])
@page("access.save_view")
def view_new(frame: Frame) -> HttpResponse:
    """Keep the filter that the address names."""
    query = frame.request.GET
    list_name = query.get("list", "")
    if list_name not in LISTS:
        raise Http404("no such list")
    text = kept(list_name=list_name, query=query.get("query", ""))
    form = ViewForm(frame.request.POST or None)
    data = ViewData(list_name=list_name, name="", query=text)
    return _form(frame, form, data, None)


@require_http_methods(["GET", "POST"])
@page("access.save_view")
def view(frame: Frame, key: str) -> HttpResponse:
    """Change the name of a view, or whom it is for."""
    row = _row(frame, key)
    initial = {"name": row.name, "is_shared": row.is_shared}
    form = ViewForm(frame.request.POST or None, initial=initial)
    data = ViewData(list_name=row.list_name, name=row.name, query=row.query, id=row.id)
    return _form(frame, form, data, key)


@require_POST
@page("access.delete_view")
def view_deletion(frame: Frame, key: str) -> HttpResponse:
    """Delete a view; what it showed stays."""
    row = _row(frame, key)
    delete_view(ctx=frame.ctx, items=[ViewChoice(id=row.id)]).or_refuse()
    messages.success(frame.request, _("%(name)s is deleted.") % {"name": row.name})
    return HttpResponseRedirect(reverse("views"))


def _form(frame: Frame, form: ViewForm, data: ViewData, key: str | None) -> HttpResponse:
    """The form, or where it was sent and is right the list as the view shows it."""
    may_share = SHARE in frame.may
    if not may_share:
        del form.fields["is_shared"]
    if frame.request.method == "POST" and form.is_valid():
        # A form that was refused is sent again with another name: its key is for nothing.
        item = ViewData(
            list_name=data.list_name,
            name=form.cleaned_data["name"],
            query=data.query,
            is_shared=form.cleaned_data.get("is_shared", False),
            id=data.id,
        )
        outcome = save_view(ctx=frame.ctx.without_key(), items=[item])
        if outcome.of(ItemState.DONE):
            messages.success(frame.request, _("%(name)s is kept.") % {"name": item.name})
            behind = f"?{data.query}" if data.query else ""
            return HttpResponseRedirect(f"/{data.list_name}{behind}")
        for fault in outcome.faults:
            field = fault.path if fault.path in form.fields else None
            form.add_error(field, f"{said(fault.message)}. {said(fault.fix)}".strip(". "))
    return frame.show(
        "views/form.html",
        {
            "form": form,
            "public_id": key,
            "query": data.query,
            "back": f"/{data.list_name}" + (f"?{data.query}" if data.query else ""),
            "steps": [
                Step(label=list_names()[data.list_name], url=f"/{data.list_name}"),
                Step(label=_("Views"), url=reverse("views")),
            ],
        },
        status=422 if form.errors else 200,
    )


def _seen(frame: Frame) -> list[SavedViewRow]:
    return saved_views(company_id=frame.company_id, person_id=frame.ctx.actor.person_id).alone()


def _row(frame: Frame, key: str) -> SavedViewRow:
    view_id = id_or_404("view", key)
    found = next((row for row in _seen(frame) if row.id == view_id), None)
    if found is None:
        raise Http404("no such view")
    return found
