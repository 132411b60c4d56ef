"""The frame of every operation: who calls, for which company, behind the second wall.

An operation is declared with the permission it needs. Reading rights are checked here; a command
checks its own permission again. Everything runs in one walled transaction, so a query without its
company cannot show another's rows.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja.security import HttpBearer

from acquit.access import actors
from acquit.access.command import Forbidden, log_refusal
from acquit.access.models import ApiKey, Company
from acquit.access.unscoped import key_of
from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.core.ids import from_public
from acquit.database.scope import walled
from acquit.entrypoints.api.problems import NotFound, of_refusal
from acquit.entrypoints.frame import context

P = ParamSpec("P")
R = TypeVar("R")


class BearerKey(HttpBearer):
    """``Authorization: Bearer KEY``; the key names its company and its scopes."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        return key_of(secret=token)


@dataclass(frozen=True, slots=True)
class Frame:
    """What an operation is handed: the company, the context, and nothing of HTTP."""

    company: Company
    ctx: Context

    @property
    def company_id(self) -> UUID:
        return self.company.id


Operation = Callable[Concatenate[Frame, P], R]


def operation(permission: str) -> Callable[[Operation[P, R]], Callable[..., Any]]:
    """Turn ``f(frame, ...)`` into a ninja view that needs ``permission``."""

    def declare(function: Operation[P, R]) -> Callable[..., Any]:
        @functools.wraps(function)
        def view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> R | HttpResponse:
            key: ApiKey = request.auth  # type: ignore[attr-defined]
            company = Company.objects.get(id=key.company_id)
            frame = Frame(company, _context(request, company, key))
            with walled(company.id):
                # A refusal is answered inside the wall: the log of it must not be rolled back.
                try:
                    _permit(frame, permission)
                    return function(frame, *args, **kwargs)
                except Refused as refusal:
                    return of_refusal(request, refusal)

        _hand_over_signature(function, view)
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def public_id(kind: str, text: str) -> UUID:
    """The UUID behind a public id; a malformed one is as unknown as a missing one."""
    try:
        return from_public(kind, text)
    except ValueError:
        raise not_found(kind, text) from None


def not_found(kind: str, text: str) -> NotFound:
    return NotFound((Fault(f"{kind}.unknown", f"no {kind} {text!r}"),))


def _context(request: HttpRequest, company: Company, key: ApiKey) -> Context:
    confirmed = request.headers.get("Confirm", "")
    return context(
        company=company,
        actor=actors.program(key=key),
        key=request.headers.get("Idempotency-Key", ""),
        request_id=getattr(request, "request_id", ""),
        confirmed=frozenset(code.strip() for code in confirmed.split(",") if code.strip()),
    )


def _permit(frame: Frame, permission: str) -> None:
    if frame.ctx.actor.may(permission):
        return
    why = f"the key {frame.ctx.actor.name} lacks the scope {permission}"
    log_refusal(frame.ctx, command=permission, why=why)
    raise Forbidden((Fault("access.scope", why, fix=f"create a key with {permission}"),))


def _hand_over_signature(function: Callable[..., Any], view: Callable[..., Any]) -> None:
    """Ninja reads parameters from the signature: the frame becomes the request."""
    signature = inspect.signature(function, eval_str=True)
    first, *rest = signature.parameters.values()
    request = first.replace(name="request", annotation=HttpRequest)
    view.__signature__ = signature.replace(parameters=[request, *rest])  # type: ignore[attr-defined]
    hints = {parameter.name: parameter.annotation for parameter in rest}
    view.__annotations__ = {**hints, "return": signature.return_annotation}
    del view.__wrapped__  # type: ignore[attr-defined]
