"""API keys: made once, shown once, revoked for good."""

from __future__ import annotations

import secrets
from collections import defaultdict

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from acquit.access import queries
from acquit.access.commands.keys import KeyToRevoke, NewKey, create_key, revoke_key
from acquit.core.faults import Refused
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, page

SECRET_BYTES = 32


class KeyForm(forms.Form):
    """A name for the program, and the rights it gets."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("What uses the key.")
    )


@require_GET
@page("read.system")
def keys(frame: Frame) -> HttpResponse:
    """The keys with their rights, live ones first."""
    return frame.show(
        "health/keys.html",
        {
            "keys": queries.keys(company_id=frame.company_id),
            "may_create": "access.create_key" in frame.may,
            "may_revoke": "access.revoke_key" in frame.may,
            "steps": _steps(),
        },
    )


@require_http_methods(["GET", "POST"])
@page("access.create_key")
def new_key(frame: Frame) -> HttpResponse:
    """The form; its answer shows the secret this one time and is not stored anywhere."""
    if frame.request.method == "GET":
        return _form(frame, KeyForm())
    form = KeyForm(frame.request.POST)
    scopes = tuple(sorted(set(frame.request.POST.getlist("scope"))))
    if form.is_valid() and not scopes:
        form.add_error(None, _("Tick at least one right."))
    if not form.is_valid():
        return _form(frame, form, scopes, status=422)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    # A repeated form makes another key: the secret of the first cannot be shown again.
    ctx = frame.ctx.without_key()
    try:
        create_key(
            ctx=ctx, items=[NewKey(name=form.cleaned_data["name"], secret=secret, scopes=scopes)]
        )
    except Refused as refused:
        for fault in refused.faults:
            form.add_error(None, fault.message)
        return _form(frame, form, scopes, status=422)
    response = frame.show(
        "health/key.html",
        {"name": form.cleaned_data["name"], "secret": secret, "scopes": scopes, "steps": _steps()},
    )
    response["Cache-Control"] = "no-store"
    return response


def _form(
    frame: Frame, form: KeyForm, chosen: tuple[str, ...] = (), status: int = 200
) -> HttpResponse:
    groups: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for scope in sorted(frame.may):
        groups[scope.partition(".")[0]].append((scope, scope in chosen))
    return frame.show(
        "health/new_key.html",
        {"form": form, "groups": sorted(groups.items()), "steps": _steps()},
        status=status,
    )


@require_POST
@page("access.revoke_key")
def revocation(frame: Frame) -> HttpResponse:
    """Revoke one key: the next request with it is refused."""
    wanted = next(
        (
            key
            for key in queries.keys(company_id=frame.company_id)
            if key.id.hex == frame.request.POST.get("id", "")
        ),
        None,
    )
    if wanted is None:
        raise Http404("no such key")
    outcome = revoke_key(ctx=frame.ctx, items=[KeyToRevoke(id=wanted.id)])
    if outcome.of(ItemState.DONE):
        messages.success(frame.request, _("%(name)s is revoked.") % {"name": wanted.name})
    return HttpResponseRedirect(reverse("keys"))


def _steps() -> list[Step]:
    return [
        Step(label=_("Health"), url=reverse("health")),
        Step(label=_("API keys"), url=reverse("keys")),
    ]
