"""The frame of every operation: who calls, for which company, behind the second wall.

An operation is declared once, with its path, the permission it needs and what it answers::

    routes = Routes("customers")

    @routes.get("/customers/{customer_id}", "read.masterdata", CustomerOut)
    def get_customer(frame: Frame, customer_id: str) -> CustomerOut: ...

Key and permission are checked before anything of the request is read; then the operation runs in
one walled transaction, so a query without its company cannot show another's rows.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.security import HttpBearer

from acquit.access import actors
from acquit.access.command import Forbidden, log_refusal
from acquit.access.idempotency import InFlight, caller_of
from acquit.access.models import ApiKey, Company
from acquit.access.pace import count
from acquit.access.unscoped import key_of, note_use
from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.core.ids import from_public
from acquit.core.outcome import ItemState, Outcome
from acquit.core.text import sha256
from acquit.database.copy import fetch_rows
from acquit.database.scope import walled
from acquit.entrypoints.api.problems import (
    BadRequest,
    InvalidQuery,
    NotFound,
    PreconditionFailed,
    PreconditionMissing,
    TooMany,
    of_refusal,
)
from acquit.entrypoints.api.schemas import OutcomeOut, Problem
from acquit.entrypoints.frame import context
from acquit.entrypoints.plain_text import faults

PREFIX = "/api/v1"
KEY_LENGTH_MAX = 200
WRITES = ("POST", "PUT", "PATCH", "DELETE")
NOT_QUERY = ("body", "form", "file")  # what these parameters are called in every operation


@dataclass(frozen=True, slots=True)
class Frame:
    """What an operation is handed: the company, the context, and of HTTP only ``If-Match``."""

    company: Company
    ctx: Context
    if_match: str = ""

    @property
    def company_id(self) -> UUID:
        return self.company.id

    @property
    def is_replay(self) -> bool:
        """Whether this caller used the request's key before: then the stored answer counts, and
        a precondition that held the first time is not asked again."""
        key = self.ctx.idempotency_key
        return bool(key) and bool(
            fetch_rows(
                "SELECT 1 FROM access_idempotency WHERE company_id = %s AND caller = %s"
                " AND key = %s",
                [self.company_id, caller_of(self.ctx), key],
            )
        )

    def require_match(self, tag: str) -> None:
        """The caller must have seen the version he changes (RFC 9110 section 13.1.1)."""
        if self.is_replay:
            return
        if not self.if_match:
            raise PreconditionMissing.because(
                "precondition.missing",
                "an update must name the version it changes",
                path="header If-Match",
                fix="GET the object and send its ETag as If-Match",
            )
        if self.if_match != "*" and tag not in [t.strip() for t in self.if_match.split(",")]:
            raise PreconditionFailed.because(
                "precondition.changed",
                "the object was changed since it was read",
                path="header If-Match",
                fix="GET it again, apply your change to what is there now, send the new ETag",
            )


@dataclass(frozen=True, slots=True)
class Reply:
    """A body with a status or headers of its own."""

    body: Schema
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Declared:
    """One operation, as the role matrix and the OpenAPI document list it. ``media`` is the type
    of an answer that is a file."""

    method: str
    path: str
    permission: str
    name: str
    moves_money: bool
    if_match: bool
    media: str

    @property
    def takes_key(self) -> bool:
        return self.method in WRITES

    @property
    def route(self) -> str:
        return f"{self.method} {PREFIX}{self.path}"


DECLARED: list[Declared] = []


class BearerKey(HttpBearer):
    """``Authorization: Bearer KEY``; the key names its company and its scopes. A key that lacks
    the scope is refused and the attempt is kept."""

    def __init__(self, permission: str) -> None:
        super().__init__()
        self.permission = permission

    def authenticate(self, request: HttpRequest, token: str) -> Frame | None:
        key = key_of(secret=token)
        if key is None:
            return None
        _keep_pace(request, key)
        company = key.company
        frame = Frame(company, _context(request, company, key), request.headers.get("If-Match", ""))
        if not frame.ctx.actor.may(self.permission):
            why = f"the key {key.name} lacks the scope {self.permission}"
            log_refusal(frame.ctx, command=self.permission, why=why)
            fix = f"create a key with the scope {self.permission}"
            raise Forbidden((Fault("access.scope", why, path="header Authorization", fix=fix),))
        note_use(key, now=frame.ctx.now)
        if nul := faults(request):
            raise InvalidQuery(nul)
        return frame


def _keep_pace(request: HttpRequest, key: ApiKey) -> None:
    """Count the request, also one that will be refused; the edge tells where the key stands."""
    limit: int = settings.API_PER_MINUTE
    if not limit:
        return
    pace = count(key=key, limit=limit, now=datetime.now(UTC))
    request.pace = pace  # type: ignore[attr-defined]
    if pace.is_over:
        raise TooMany.because(
            "pace.exceeded",
            f"the key {key.name} sent more than {limit} requests in this minute; nothing was done",
            path="header Authorization",
            fix=f"send it again in {pace.seconds_left} seconds; put many items into one request",
        )


class Routes:
    """The operations about one noun."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._pending: list[Callable[[Router], None]] = []

    def mount(self, router: Router) -> None:
        """Put the operations into the one router of the API: nouns may share a path."""
        for add in self._pending:
            add(router)

    def get(
        self, path: str, permission: str, response: Any, *, media: str = ""
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """A read. ``media`` says that the answer is a file of that type."""
        return self._declare("GET", path, permission, response, media=media)

    def post(
        self,
        path: str,
        permission: str,
        response: Any = OutcomeOut,
        *,
        moves_money: bool = False,
        media: str = "",
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """A command. ``moves_money`` makes the header Idempotency-Key mandatory; ``media`` says
        that the answer is a file of that type."""
        return self._declare(
            "POST", path, permission, response, moves_money=moves_money, media=media
        )

    def put(
        self, path: str, permission: str, response: Any = OutcomeOut
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self._declare("PUT", path, permission, response)

    def patch(
        self, path: str, permission: str, response: Any = OutcomeOut, *, if_match: bool = False
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self._declare("PATCH", path, permission, response, if_match=if_match)

    def delete(
        self, path: str, permission: str, response: Any = OutcomeOut
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self._declare("DELETE", path, permission, response)

    def _declare(
        self,
        method: str,
        path: str,
        permission: str,
        response: Any,
        *,
        moves_money: bool = False,
        if_match: bool = False,
        media: str = "",
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            view = _view(function, path, moves_money=moves_money)
            answers = {200: response} | ({202: response} if method == "POST" else {})
            answers |= dict.fromkeys(_statuses(method, path, if_match=if_match), Problem)
            models = {status: _body(answer) for status, answer in answers.items()}
            summary, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n\n")

            def add(router: Router) -> None:
                router.add_api_operation(
                    path,
                    [method],
                    view,
                    auth=BearerKey(permission),
                    operation_id=function.__name__,
                    summary=" ".join(summary.split()).rstrip("."),
                    description=" ".join(rest.split()) or None,
                    tags=[self.tag],
                )
                router.path_operations[path].operations[-1].response_models = models
                DECLARED.append(declared)

            declared = Declared(
                method, path, permission, function.__name__, moves_money, if_match, media
            )
            self._pending.append(add)
            return function

        return declare


@cache
def _body(answer: Any) -> type[Schema] | None:
    """The model by which the framework describes this answer: one for all operations that give
    it, where the framework itself would make nine hundred, in a quarter of the time of a start."""
    if answer is None:
        return None
    return type("Body", (Schema,), {"__annotations__": {"response": answer}})


def _statuses(method: str, path: str, *, if_match: bool) -> tuple[int, ...]:
    """The problems that this kind of operation may answer with."""
    found = [400, 401, 403, 422, 429]
    if "{" in path or method == "GET":
        found.append(404)  # also an id in the query that is not there
    if method in WRITES:
        found += [404, 409, 413]
    if if_match:
        found += [412, 428]
    return tuple(sorted(set(found)))


def _view(
    function: Callable[..., Any], path: str, *, moves_money: bool
) -> Callable[..., HttpResponse]:
    known = _query_names(function, path)

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        frame: Frame = request.auth  # type: ignore[attr-defined]
        try:
            _check_query(request, known)
            _check_key(request, required=moves_money)
        except Refused as refusal:
            return of_refusal(request, refusal)
        with walled(frame.company_id):
            # A refusal is answered inside the wall: what was logged of it must stay.
            try:
                _one_at_a_time(request, frame)
                return _answer(function(frame, *args, **kwargs))
            except Refused as refusal:
                return of_refusal(request, refusal)

    view.__name__, view.__doc__, view.__module__ = (
        function.__name__,
        function.__doc__,
        function.__module__,
    )
    _hand_over_signature(function, view)
    return view


def _answer(result: Any) -> HttpResponse:
    if isinstance(result, HttpResponse):
        return result
    reply = result if isinstance(result, Reply) else Reply(result)
    return HttpResponse(
        reply.body.model_dump_json().encode(),
        status=reply.status,
        content_type="application/json",
        headers=reply.headers,
    )


def done(outcome: Outcome, *, kind: str) -> Reply:
    """The answer of an operation on one object: a refusal is a problem, waiting for a second
    person is 202 Accepted."""
    outcome.or_refuse()
    waiting = bool(outcome.of(ItemState.AWAITING))
    return Reply(OutcomeOut.of(outcome, kind=kind), status=202 if waiting else 200)


def public_id(kind: str, text: str) -> UUID:
    """The UUID behind a public id; a malformed one is as unknown as a missing one."""
    try:
        return from_public(kind, text)
    except ValueError:
        raise not_found(kind) from None


def not_found(kind: str) -> NotFound:
    """The same words whether the object is another company's or nobody's."""
    return NotFound((Fault(f"{kind}.unknown", f"there is no such {kind.replace('_', ' ')}"),))


def _context(request: HttpRequest, company: Company, key: ApiKey) -> Context:
    confirmed = request.headers.get("Confirm", "")
    return context(
        company=company,
        actor=actors.program(key=key),
        key=request.headers.get("Idempotency-Key", ""),
        request_id=getattr(request, "request_id", ""),
        confirmed=frozenset(code.strip() for code in confirmed.split(",") if code.strip()),
    )


def _check_query(request: HttpRequest, known: frozenset[str]) -> None:
    """Unknown parameters are refused like unknown fields: a misspelt filter must not show all."""
    strange = sorted(set(request.GET) - known)
    if strange:
        allowed = ", ".join(sorted(known)) or "none"
        raise InvalidQuery(
            [
                Fault("query.unknown", "no such parameter", f"query {name}", fix=f"use: {allowed}")
                for name in strange
            ]
        )


def _check_key(request: HttpRequest, *, required: bool) -> None:
    key = request.headers.get("Idempotency-Key", "")
    if required and not key:
        raise BadRequest.because(
            "idempotency.key_missing",
            "a request that moves money needs the header Idempotency-Key",
            path="header Idempotency-Key",
            fix="send a fresh UUID, and the same one when you repeat the request",
        )
    if len(key) > KEY_LENGTH_MAX or not all("!" <= letter <= "~" for letter in key):
        raise BadRequest.because(
            "idempotency.key_malformed",
            f"a key has 1 to {KEY_LENGTH_MAX} visible ASCII characters",
            path="header Idempotency-Key",
        )


def _one_at_a_time(request: HttpRequest, frame: Frame) -> None:
    """A second request with a key whose first one still runs is told so instead of waiting."""
    key = frame.ctx.idempotency_key
    if not key or request.method not in WRITES:
        return
    name = f"key {frame.company_id} {caller_of(frame.ctx)} {key}"
    ((free,),) = fetch_rows("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
    if not free:
        raise InFlight.because(
            "idempotency.in_flight",
            "the first request with this key is still running",
            fix="repeat the same request in a moment",
        )


def etag(*parts: object) -> str:
    """A strong validator of what a representation shows."""
    return f'"{sha256(repr(parts).encode())[:32]}"'


def _query_names(function: Callable[..., Any], path: str) -> frozenset[str]:
    """Parameters that come from the query: neither the path's, nor body, form or file."""
    names = list(inspect.signature(function).parameters)[1:]
    return frozenset(n for n in names if f"{{{n}}}" not in path and n not in NOT_QUERY)


def _hand_over_signature(function: Callable[..., Any], view: Callable[..., Any]) -> None:
    """Ninja reads parameters from the signature: the frame becomes the request."""
    signature = inspect.signature(function, eval_str=True)
    first, *rest = signature.parameters.values()
    request = first.replace(name="request", annotation=HttpRequest)
    view.__signature__ = signature.replace(parameters=[request, *rest])  # type: ignore[attr-defined]
    hints = {parameter.name: parameter.annotation for parameter in rest}
    view.__annotations__ = {**hints, "return": signature.return_annotation}
