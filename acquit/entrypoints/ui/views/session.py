"""Signing in and out, choosing company and language, one's own profile."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from acquit.access.models import User
from acquit.access.unscoped import companies_of, demo_people
from acquit.entrypoints.ui import tour
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.shell import ROLE_ICONS, role_name, role_work
from acquit.entrypoints.ui.views.home import work_waiting

LANGUAGES = {code for code, _name in settings.LANGUAGES}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_GET
def signin(request: HttpRequest) -> HttpResponse:
    """One card per role in the demo; everyone else signs in with password and second factor."""
    if not settings.DEMO:
        return HttpResponseRedirect(f"{reverse('account_login')}?{request.GET.urlencode()}")
    people = [
        {
            "id": user.id,
            "name": user.name,
            "role": role_name(role),
            "icon": ROLE_ICONS.get(role, "user"),
            "work": role_work(role),
            "waiting": _waiting(user, role),
        }
        for user, role in demo_people()
    ]
    return render(
        request, "signin/demo.html", {"people": people, "next": request.GET.get("next", "/")}
    )


def _waiting(user: User, role: str) -> str:
    company = next(iter(companies_of(user_id=user.id)), None)
    return work_waiting(company=company, user_id=user.id, role=role) if company else ""


@require_POST
def demo_signin(request: HttpRequest) -> HttpResponse:
    """Sign in as a person of the demo company; this route answers 404 on real data."""
    if not settings.DEMO:
        raise Http404
    wanted = request.POST.get("person", "")
    chosen = next((user for user, _role in demo_people() if str(user.id) == wanted), None)
    if chosen is None:
        raise Http404
    tried = tour.kept(request)
    login(request, chosen, backend=BACKEND)
    tour.keep(request, tried)
    return HttpResponseRedirect(_own_address(request.POST.get("next", "/")))


@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    tried = tour.kept(request)
    logout(request)
    tour.keep(request, tried)
    return HttpResponseRedirect(reverse("signin"))


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie, and on the account of who is signed in."""
    code = request.POST.get("language", "")
    response = HttpResponseRedirect(_own_address(request.POST.get("next", "/")))
    if code in LANGUAGES:
        translation.activate(code)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, code, max_age=365 * 86400, samesite="Lax", httponly=True
        )
        if isinstance(request.user, User):
            User.objects.filter(id=request.user.id).update(locale=code)
    return response


@require_POST
def company(request: HttpRequest) -> HttpResponse:
    """Work in another of one's companies."""
    request.session["company"] = request.POST.get("company", "")
    return HttpResponseRedirect(reverse("home"))


@require_http_methods(["GET", "POST"])
@page("read.history")
def profile(frame: Frame) -> HttpResponse:
    """One's own settings: the switch for single-letter keys, second factor, password."""
    user = frame.request.user
    assert isinstance(user, User)
    if frame.request.method == "POST":
        keys = frame.request.POST.get("single_keys") == "on"
        User.objects.filter(id=user.id).update(single_keys=keys)
        return HttpResponseRedirect(reverse("profile"))
    return frame.show("profile.html", {"has_second_factor": is_mfa_enabled(user)})


def _own_address(wanted: str) -> str:
    """The address if it is on our own host, else the first page."""
    return wanted if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) else "/"
